//! OpenPGP keys over the years at the command line: files with several, expired ones, newer copies, successors.

use crate::courier::Courier;
use anyhow::Result;
use courier_testkit::Gpg;
use courier_testkit::process::run;
use serde_json::{Value, json};

/// A file beside the home.
fn file(courier: &Courier, name: &str, content: &[u8]) -> Result<String> {
    let path = courier.folder().join(name);
    std::fs::write(&path, content)?;
    Ok(path.display().to_string())
}

fn status(courier: &Courier, key: &str) -> Result<Value> {
    Ok(courier.json(&["key", "pgp", "show", key])?["status"].clone())
}

#[test]
fn a_keyring_comes_in_whole_and_says_what_is_wrong_with_each() -> Result<()> {
    let (courier, gpg) = (Courier::new()?, Gpg::new()?);
    gpg.generate("Good <good@example.org>", "future-default", "")?;
    gpg.generate("Gone <gone@example.org>", "future-default", "")?;
    run(gpg.command().args([
        "--faked-system-time",
        "20200101T000000",
        "--passphrase",
        "",
        "--quick-generate-key",
        "Old <old@example.org>",
        "rsa2048",
        "default",
        "1y",
    ]))?;
    gpg.import(gpg.revocation("gone@example.org")?.as_bytes())?;
    let keyring = file(&courier, "keyring.asc", &gpg.export_public("example.org")?)?;
    let done = courier.run(&["--json", "key", "pgp", "import", &keyring])?.expect(0)?;
    assert!(done.stderr.contains("`Old` expired on 2020-12-31 and is kept as retired"), "{}", done.stderr);
    assert!(done.stderr.contains("`Gone` is revoked by its owner"), "{}", done.stderr);
    let mut imported: Vec<_> = done.json()?["imported"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| (key["name"].to_string(), key["status"].to_string()))
        .collect();
    imported.sort();
    assert_eq!(
        format!("{imported:?}").replace("\\\"", ""),
        r#"[("Gone", "revoked"), ("Good", "active"), ("Old", "retired")]"#
    );

    // The partner gives the old key more time and revokes the good one; both come with the next copy.
    let old = gpg.fingerprint("old@example.org")?;
    run(gpg.command().args(["--passphrase", "", "--quick-set-expire", &old, "2y"]))?;
    gpg.import(gpg.revocation("good@example.org")?.as_bytes())?;
    let newer = file(&courier, "newer.asc", &gpg.export_public("example.org")?)?;
    let done = courier.run(&["--json", "key", "pgp", "import", &newer])?.expect(0)?;
    assert!(done.stderr.contains("`Old` was retired and is active now"), "{}", done.stderr);
    assert!(done.stderr.contains("`Good` was active and is revoked now"), "{}", done.stderr);
    assert_eq!(done.json()?["updated"].as_array().map(Vec::len), Some(2), "{}", done.stdout);
    assert_eq!((status(&courier, "Old")?, status(&courier, "Good")?), (json!("active"), json!("revoked")));
    let again = courier.run(&["key", "pgp", "import", &newer])?.expect(0)?;
    assert_eq!(again.stderr.matches("is there already").count(), 3, "{}", again.stderr);

    // What a person has retired, no copy brings back.
    courier.ok(&["key", "pgp", "retire", "Old"])?;
    run(gpg.command().args(["--passphrase", "", "--quick-set-expire", &old, "3y"]))?;
    let third = file(&courier, "third.asc", &gpg.export_public("old@example.org")?)?;
    courier.ok(&["key", "pgp", "import", &third])?;
    assert_eq!(status(&courier, "Old")?, "retired");
    Ok(())
}

#[test]
fn a_successor_takes_over_the_old_keys_work() -> Result<()> {
    let courier = Courier::new()?;
    for name in ["2025", "2026", "2027"] {
        courier.ok(&["key", "pgp", "generate", name, "--user-id", "Ours <o@example.org>"])?;
    }
    courier
        .apply(
            "courier: 1\njobs:\n  - { name: seal, steps: [{ name: Seal, type_key: pgp.encrypt, configuration: { input_path: /x, recipient_key_ids: ['2025'], signing_key_id: '2025' } }] }\n  - { name: open, steps: [{ name: Open, type_key: pgp.decrypt, configuration: { input_path: /x, private_key_ids: ['2025'] } }] }\n  - { name: other, steps: [{ name: Copy, type_key: file.copy, configuration: { source_path: /x, destination_path: /y } }] }\n",
        )?
        .expect(0)?;
    let none = courier.run(&["key", "pgp", "move-users", "2025"])?;
    assert!(none.status == 1 && none.stderr.contains("has no successor"), "{} {}", none.status, none.stderr);
    courier.ok(&["key", "pgp", "successor", "2025", "--to", "2026"])?;
    courier.ok(&["key", "pgp", "successor", "2026", "--to", "2027"])?;
    let circle = courier.run(&["key", "pgp", "successor", "2027", "--to", "2025"])?.expect(2)?;
    assert!(circle.stderr.contains("2027 → 2025 → 2026 → 2027"), "{}", circle.stderr);
    courier.run(&["key", "pgp", "successor", "2027", "--to", "2027"])?.expect(2)?;

    let preview = courier.json(&["key", "pgp", "move-users", "2025", "--dry-run"])?;
    let versions = |job: &str| courier.json(&["job", "show", job]).map(|j| j["current_version"].clone());
    assert_eq!((versions("seal")?, versions("open")?), (json!(1), json!(1)), "a preview changes nothing");
    let moved = courier.json(&["key", "pgp", "move-users", "2025"])?;
    assert_eq!(moved, preview);
    assert_eq!(moved["successor"]["name"], "2027");
    assert_eq!((versions("seal")?, versions("open")?, versions("other")?), (json!(2), json!(2), json!(1)));
    let uses = |key: &str| -> Result<String> {
        let uses = courier.json(&["key", "pgp", "where-used", key])?;
        let mut uses: Vec<_> = uses
            .as_array()
            .into_iter()
            .flatten()
            .map(|u| format!("{} {}", u["job_name"], u["how"]).replace('"', ""))
            .collect();
        uses.sort();
        Ok(uses.join(", "))
    };
    assert_eq!(uses("2027")?, "open private_key_ids, seal recipient_key_ids, seal signing_key_id");
    assert_eq!(uses("2025")?, "open private_key_ids", "old files are opened with the old key");
    let nothing = courier.run(&["key", "pgp", "move-users", "2025"])?.expect(0)?;
    assert!(nothing.stderr.contains("No job has to change"), "{}", nothing.stderr);
    courier.ok(&["key", "pgp", "successor", "2025", "--none"])?;
    Ok(())
}

#[test]
fn every_change_of_a_keys_status_is_on_record() -> Result<()> {
    let courier = Courier::new()?;
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <o@example.org>"])?;
    courier.ok(&["key", "pgp", "retire", "ours"])?;
    courier.ok(&["key", "pgp", "revoke", "ours"])?;
    courier.ok(&["key", "pgp", "delete", "ours"])?;
    let log = courier.json(&["audit", "list", "--entity", "ours"])?;
    let record: Vec<_> = log
        .as_array()
        .into_iter()
        .flatten()
        .map(|e| format!("{} {}", e["operation"], e["details"]["status"]["to"]).replace('"', ""))
        .collect();
    assert_eq!(record, ["Deleted null", "StateChanged revoked", "StateChanged retired", "Created null"]);
    Ok(())
}
