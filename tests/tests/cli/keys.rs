//! Keys at the command line, and that gpg and OpenSSH take what Courier makes.

use crate::courier::{Courier, files_below, finish};
use anyhow::{Context, Result};
use courier_testkit::process::run;
use courier_testkit::{Gpg, sshd};
use std::process::Command;

#[test]
fn gpg_takes_a_key_made_here_and_its_key_comes_in() -> Result<()> {
    let (courier, gpg) = (Courier::new()?, Gpg::new()?);
    let made = courier.json(&[
        "key",
        "pgp",
        "generate",
        "ours",
        "--algorithm",
        "ecc_curve25519",
        "--user-id",
        "Ours <o@example.org>",
        "--expires-in-days",
        "30",
    ])?;
    gpg.import(courier.ok(&["key", "pgp", "export", "ours"])?.as_bytes())?;
    assert_eq!(gpg.fingerprint("o@example.org")?, made["fingerprint"]);

    gpg.generate("Partner <p@example.org>", "rsa3072", "hidden words")?;
    let file = courier.folder().join("partner.asc");
    std::fs::write(&file, gpg.export_private("p@example.org", "hidden words")?)?;
    let file = file.display().to_string();
    let import = |passphrase: &str| {
        let mut command = courier.command(&[
            "key",
            "pgp",
            "import",
            &file,
            "--name",
            "partner",
            "--passphrase-env",
            "PASS",
        ])?;
        command.env("PASS", passphrase);
        finish(command)
    };
    let wrong = import("not these")?.expect(2)?;
    assert!(wrong.stderr.contains("passphrase"), "{}", wrong.stderr);
    import("hidden words")?.expect(0)?;
    let again = import("hidden words")?.expect(0)?;
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    let keys = courier.json(&["key", "pgp", "list"])?;
    let kinds: Vec<_> = keys.as_array().into_iter().flatten().map(|k| (&k["name"], &k["key_type"])).collect();
    assert_eq!(
        format!("{kinds:?}"),
        r#"[(String("ours"), String("key_pair")), (String("partner"), String("key_pair"))]"#
    );
    Ok(())
}

#[test]
fn an_export_never_replaces_a_file() -> Result<()> {
    let courier = Courier::new()?;
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <o@example.org>"])?;
    let file = courier.folder().join("ours.asc").display().to_string();
    courier.ok(&["key", "pgp", "export", "ours", "--output", &file])?;
    let before = std::fs::read(&file)?;
    courier.run(&["key", "pgp", "export", "ours", "--output", &file, "--binary"])?.expect(5)?;
    assert_eq!(std::fs::read(&file)?, before);
    Ok(())
}

#[test]
fn ssh_keys_are_those_that_openssh_knows() -> Result<()> {
    let courier = Courier::new()?;
    let path = courier.folder().join("id");
    sshd::keygen("ed25519", &path)?;
    courier.ok(&["key", "ssh", "import", &path.display().to_string(), "--name", "ops"])?;
    let exported = courier.ok(&["key", "ssh", "export", "ops"])?;
    let public = std::fs::read_to_string(path.with_extension("pub"))?;
    let words = |line: &str| line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&exported), words(&public));
    let listed =
        String::from_utf8(run(Command::new("ssh-keygen").arg("-lf").arg(path.with_extension("pub")))?)?;
    let fingerprint = courier.json(&["key", "ssh", "show", "ops"])?["fingerprint"].clone();
    assert!(listed.contains(fingerprint.as_str().context("no fingerprint")?), "{listed} {fingerprint}");
    Ok(())
}

#[test]
fn a_key_that_is_used_is_not_deleted() -> Result<()> {
    let courier = Courier::new()?;
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <o@example.org>"])?;
    courier
        .apply("courier: 1\njobs: [{ name: seal, steps: [{ name: E, type_key: pgp.encrypt, configuration: { input_path: /x, recipient_key_ids: [ours] } }] }]\n")?
        .expect(0)?;
    assert!(courier.ok(&["key", "pgp", "where-used", "ours"])?.contains("seal"));
    let done = courier.run(&["key", "pgp", "delete", "ours"])?.expect(5)?;
    assert!(done.stderr.contains("seal"), "{}", done.stderr);
    courier.ok(&["job", "delete", "seal"])?;
    courier.ok(&["key", "pgp", "delete", "ours"])?;
    courier.run(&["key", "pgp", "show", "ours"])?.expect(3)?;
    Ok(())
}

#[test]
fn a_key_is_revoked_here_and_with_partners() -> Result<()> {
    let (courier, gpg) = (Courier::new()?, Gpg::new()?);
    let file = |name: &str, content: &[u8]| -> Result<String> {
        let path = courier.folder().join(name);
        std::fs::write(&path, content)?;
        Ok(path.display().to_string())
    };
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <o@example.org>"])?;
    let good = courier.ok(&["key", "pgp", "export", "ours"])?;
    let kept = courier.ok(&["key", "pgp", "export", "ours", "--revocation"])?;

    let revoke = [
        "--json",
        "key",
        "pgp",
        "revoke",
        "ours",
        "--reason",
        "superseded",
        "--message",
        "ask for the new one",
    ];
    let revoked = courier.run(&revoke)?.expect(0)?.json()?;
    assert_eq!(revoked["status"], "revoked");
    courier.run(&revoke)?.expect(0)?;
    courier.run(&["key", "pgp", "retire", "ours"])?.expect(5)?;
    gpg.import(courier.ok(&["key", "pgp", "export", "ours"])?.as_bytes())?;
    assert!(gpg.is_revoked("o@example.org")?, "gpg takes the revoked key for a good one");

    let other = Gpg::new()?;
    other.import(good.as_bytes())?;
    assert!(!other.is_revoked("o@example.org")?);
    other.import(kept.as_bytes())?;
    assert!(other.is_revoked("o@example.org")?, "the certificate made with the key revokes it");

    gpg.generate("Partner <p@example.org>", "future-default", "")?;
    let public = file("partner.asc", &gpg.export_public("p@example.org")?)?;
    courier.ok(&["key", "pgp", "import", &public, "--name", "partner"])?;
    let own = courier.run(&["key", "pgp", "revoke", "partner"])?;
    assert!(own.status != 0 && own.stderr.contains("only its owner"), "{}", own.stderr);
    for (name, wrong) in
        [("kept.asc", kept.as_bytes()), ("good.asc", good.as_bytes()), ("rubbish", b"rubbish")]
    {
        let wrong = file(name, wrong)?;
        let refused = courier.run(&["key", "pgp", "revoke", "partner", "--certificate", &wrong])?;
        assert!(refused.status != 0, "{name} revoked the partner's key");
    }
    let theirs = file("theirs.asc", gpg.revocation("p@example.org")?.as_bytes())?;
    let revoked = courier.json(&["key", "pgp", "revoke", "partner", "--certificate", &theirs])?;
    assert_eq!(revoked["status"], "revoked");
    let log = courier.ok(&["audit", "list", "--json"])?;
    assert!(log.contains("RevocationExported"), "{log}");
    for secret in files_below(&courier.home()) {
        let bytes = std::fs::read(&secret)?;
        let is_told = bytes.windows(24).any(|part| part == b"importing it revokes the");
        assert!(!is_told, "a revocation certificate lies open in {}", secret.display());
    }
    Ok(())
}
