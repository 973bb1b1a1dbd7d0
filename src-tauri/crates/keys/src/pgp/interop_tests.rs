//! Files and keys from here open in gpg and sq, and theirs open here.

use super::testing::*;
use super::*;
use courier_domain::key::PgpAlgorithm;
use courier_domain::receipt::VerifyStatus;
use courier_domain::step::{OutputFormat, PgpCompression, SignMode};
use std::fs;
use std::path::Path;
use std::process::Command;

const TEXT: &[u8] = b"Invoice 4711\n- 3 apples\nFrom the orchard\n";

fn gpg_reads_ours(algorithm: PgpAlgorithm) {
    let gpg = Gnupg::new();
    let pair = pair(algorithm, "Ours <ours@example.org>");
    gpg.import(pair.made.private.expose());
    for (name, format, compression) in [
        ("binary", OutputFormat::Binary, PgpCompression::None),
        ("armored", OutputFormat::Armored, PgpCompression::Zip),
        ("zlib", OutputFormat::Binary, PgpCompression::Zlib),
    ] {
        let (plain, sealed) = (gpg.path("plain"), gpg.path(name));
        let content = noise(3_000_000);
        fs::write(&plain, &content).unwrap();
        let recipients = [pair.certificate.clone()];
        let request = EncryptRequest {
            input: &plain,
            output: &sealed,
            recipients: &recipients,
            signer: Some(&pair.key),
            format,
            compression,
            now: now(),
        };
        let done = quietly(|control| encrypt(&request, control)).unwrap();
        assert_eq!(done.input_bytes, 3_000_000);
        assert_eq!(done.output.bytes, fs::metadata(&sealed).unwrap().len());
        let (opened, status) = gpg.run(&["--decrypt", text(&sealed)]);
        assert!(opened == content, "{name}");
        assert!(status.contains("GOODSIG") && status.contains("DECRYPTION_OKAY"), "{status}");
        // Cipher 9 is AES-256; 0 after the MDC method means no AEAD.
        assert!(status.contains("DECRYPTION_INFO 2 9 0"), "{status}");
    }
    let plain = gpg.path("text");
    fs::write(&plain, TEXT).unwrap();
    for (mode, format) in [
        (SignMode::Detached, OutputFormat::Binary),
        (SignMode::Detached, OutputFormat::Armored),
        (SignMode::Inline, OutputFormat::Binary),
        (SignMode::Inline, OutputFormat::Armored),
        (SignMode::Clearsign, OutputFormat::Armored),
    ] {
        let signed = gpg.path(&format!("{mode}-{format}"));
        let request =
            SignRequest { input: &plain, output: &signed, signer: &pair.key, mode, format, now: now() };
        quietly(|control| sign(&request, control)).unwrap();
        let status = if mode == SignMode::Detached {
            gpg.run(&["--verify", text(&signed), text(&plain)]).1
        } else {
            let (content, status) = gpg.run(&["--decrypt", text(&signed)]);
            // The line end before a clear signature belongs to the frame, and gpg prints it.
            assert_eq!(content.trim_ascii_end(), TEXT.trim_ascii_end());
            status
        };
        assert!(status.contains("GOODSIG"), "{mode} {format}: {status}");
    }
}

fn we_read_gpgs(algorithm: &str, expected: PgpAlgorithm) {
    let gpg = Gnupg::new();
    gpg.make_key("theirs@example.org", algorithm);
    let certificate = gpg.certificate("theirs@example.org");
    let info = certificate.info(now()).unwrap();
    assert_eq!((info.algorithm, info.can_encrypt, info.can_sign), (expected, true, true));
    let keys = [gpg.private_key("theirs@example.org")];
    let signers = [certificate];
    let plain = gpg.path("plain");
    let content = noise(3_000_000);
    fs::write(&plain, &content).unwrap();
    for options in [&[][..], &["--armor"], &["-z0"], &["--throw-keyids"], &["--compress-algo", "bzip2"]] {
        let (sealed, opened) = (gpg.path("sealed"), gpg.path("opened"));
        let mut args = vec!["--output", text(&sealed), "--recipient", "theirs@example.org"];
        args.extend(options);
        args.extend(["--sign", "--encrypt", text(&plain)]);
        gpg.run(&args);
        let done = decrypt_with(&sealed, &opened, &keys, &signers, SignatureRule::Required).unwrap();
        assert!(fs::read(&opened).unwrap() == content, "{options:?}");
        assert_eq!(done.output.bytes, 3_000_000);
        let verify = done.verify.unwrap();
        assert!(verify.is_valid);
        assert_eq!(verify.signer_fingerprint, Some(signers[0].fingerprint()));
        assert!((now() - verify.signature_timestamp.unwrap()).num_seconds() < 600);
        fs::remove_file(&opened).unwrap();
    }
    fs::write(&plain, TEXT).unwrap();
    for (name, args) in [
        ("detached", &["--detach-sign"][..]),
        ("detached-armored", &["--armor", "--detach-sign"]),
        ("inline", &["--sign"]),
        ("clear", &["--clearsign"]),
    ] {
        let signed = gpg.path(name);
        let mut all = vec!["--output", text(&signed)];
        all.extend(args);
        all.push(text(&plain));
        gpg.run(&all);
        let found = if name.starts_with("detached") {
            verify_by(&plain, Some(&signed), &signers)
        } else {
            verify_by(&signed, None, &signers)
        };
        let found = found.unwrap();
        assert_eq!(found.result.status, VerifyStatus::Valid, "{name}: {}", found.detail);
        assert_eq!(found.result.signer_fingerprint, Some(signers[0].fingerprint()));
    }
}

#[test]
fn gpg_reads_what_we_make_with_rsa() {
    gpg_reads_ours(PgpAlgorithm::Rsa2048);
}

#[test]
fn gpg_reads_what_we_make_with_curve25519() {
    gpg_reads_ours(PgpAlgorithm::EccCurve25519);
}

#[test]
fn gpg_reads_what_we_make_with_p384() {
    gpg_reads_ours(PgpAlgorithm::EccP384);
}

#[test]
fn we_read_what_gpg_makes_with_rsa() {
    we_read_gpgs("rsa2048", PgpAlgorithm::Rsa2048);
}

#[test]
fn we_read_what_gpg_makes_with_curve25519() {
    we_read_gpgs("ed25519", PgpAlgorithm::EccCurve25519);
}

fn sq(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new("sq").args(args).current_dir(folder).output().expect("sq is installed");
    assert!(output.status.success(), "sq {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn sq_and_we_read_each_other() {
    let home = folder();
    let at = |name: &str| home.path().join(name);
    let ours = quick();
    fs::write(at("plain"), TEXT).unwrap();
    fs::write(at("ours.key"), ours.made.private.expose()).unwrap();
    fs::write(at("ours.cert"), &ours.made.public_armored).unwrap();

    encrypt_to(&at("plain"), &at("sealed"), std::slice::from_ref(&ours.certificate), Some(&ours.key))
        .unwrap();
    let opened =
        sq(home.path(), &["decrypt", "--recipient-key", "ours.key", "--signer-cert", "ours.cert", "sealed"]);
    assert_eq!(opened, TEXT);

    sq(home.path(), &["key", "generate", "--userid", "sq@example.org", "--export", "theirs.key"]);
    let theirs = Certificate::parse(&fs::read(at("theirs.key")).unwrap()).unwrap();
    let args = [
        "encrypt",
        "--recipient-cert",
        "ours.cert",
        "--signer-key",
        "theirs.key",
        "--output",
        "from-sq",
        "plain",
    ];
    sq(home.path(), &args);
    let done =
        decrypt_with(&at("from-sq"), &at("opened"), &[ours.key], &[theirs], SignatureRule::Required).unwrap();
    assert!(done.verify.unwrap().is_valid);
    assert_eq!(fs::read(at("opened")).unwrap(), TEXT);
}

#[test]
fn a_private_key_exported_under_a_new_passphrase_opens_in_gpg() {
    let gpg = Gnupg::new();
    let pair = quick();
    let exported = export_private(&pair.key, Some(&"new passphrase".into()), OutputFormat::Armored).unwrap();
    assert!(exported.expose().starts_with(b"-----BEGIN PGP PRIVATE KEY BLOCK-----"));
    let file = gpg.path("key.asc");
    fs::write(&file, exported.expose()).unwrap();
    gpg.run(&["--passphrase", "new passphrase", "--import", text(&file)]);
    fs::write(gpg.path("plain"), TEXT).unwrap();
    encrypt_to(&gpg.path("plain"), &gpg.path("sealed"), &[pair.certificate], None).unwrap();
    let sealed = gpg.path("sealed");
    assert_eq!(gpg.run(&["--passphrase", "new passphrase", "--decrypt", text(&sealed)]).0, TEXT);
    assert!(!gpg.try_run(&["--passphrase", "wrong", "--export-secret-keys"]).status.success());
}

#[test]
fn keyrings_of_gpg_come_in_whole_armored_binary_or_one_after_another() {
    let gpg = Gnupg::new();
    gpg.make_key("one@example.org", "ed25519");
    gpg.make_key("two@example.org", "ed25519");
    let binary = gpg.run(&["--export"]).0;
    let armored = gpg.run(&["--armor", "--export"]).0;
    let mut joined = b"Some words before.\n".to_vec();
    joined.extend(gpg.run(&["--armor", "--export", "one@example.org"]).0);
    joined.extend(gpg.run(&["--armor", "--export", "two@example.org"]).0);
    for data in [binary, armored, joined] {
        let found = import(&data, None, now()).unwrap();
        let mut users: Vec<_> = found.keys.iter().flat_map(|key| key.info.user_ids.clone()).collect();
        users.sort();
        assert_eq!(users, ["one@example.org", "two@example.org"]);
        assert!(found.keys.iter().all(|key| key.private.is_none()) && found.refused.is_empty());
    }
    let secret = import(&gpg.run(&["--armor", "--export-secret-keys"]).0, None, now()).unwrap();
    assert!(secret.keys.iter().all(|key| key.private.is_some() && !key.has_passphrase));
}

#[test]
fn a_protected_key_of_gpg_needs_its_passphrase() {
    let gpg = Gnupg::new();
    gpg.run(&[
        "--passphrase",
        "correct horse",
        "--quick-generate-key",
        "p@example.org",
        "ed25519",
        "sign",
        "never",
    ]);
    let exported = gpg.run(&["--passphrase", "correct horse", "--export-secret-keys"]).0;
    let code = |passphrase: Option<&str>| {
        let passphrase = passphrase.map(courier_vault::SecretString::from);
        import(&exported, passphrase.as_ref(), now()).map(|found| found.keys[0].has_passphrase)
    };
    assert!(matches!(code(None), Err(crate::KeysError::PassphraseNeeded { .. })));
    assert!(matches!(code(Some("wrong")), Err(crate::KeysError::WrongPassphrase { .. })));
    assert!(code(Some("correct horse")).unwrap());
}

#[test]
fn a_revocation_made_here_revokes_the_key_in_gpg_and_here() {
    let gpg = Gnupg::new();
    let pair = quick();
    fs::write(gpg.path("plain"), TEXT).unwrap();
    let (plain, signed) = (gpg.path("plain"), gpg.path("sig"));
    let request = SignRequest {
        input: &plain,
        output: &signed,
        signer: &pair.key,
        mode: SignMode::Detached,
        format: OutputFormat::Armored,
        now: now(),
    };
    quietly(|control| sign(&request, control)).unwrap();
    gpg.import(pair.made.public_armored.as_bytes());
    gpg.import(pair.made.revocation_armored.as_bytes());
    let (exported, status) = gpg.run(&["--export", "quick@example.org"]);
    let revoked = Certificate::parse(&exported).expect(&status);
    assert_eq!(revoked.info(now()).unwrap().standing, Standing::Revoked);
    let found = verify_by(&plain, Some(&signed), std::slice::from_ref(&revoked)).unwrap();
    assert_eq!(found.result.status, VerifyStatus::RevokedKey, "{}", found.detail);
    let error = encrypt_to(&plain, &gpg.path("sealed"), &[revoked], None).unwrap_err();
    assert!(error.to_string().contains("revoked"), "{error}");
}

#[test]
fn a_sha1_signature_over_data_is_refused_with_the_reason() {
    let gpg = Gnupg::new();
    gpg.make_key("old@example.org", "rsa2048");
    fs::write(gpg.path("plain"), TEXT).unwrap();
    let (plain, signed) = (gpg.path("plain"), gpg.path("sig"));
    gpg.run(&[
        "--digest-algo",
        "SHA1",
        "--allow-weak-digest-algos",
        "--output",
        text(&signed),
        "--detach-sign",
        text(&plain),
    ]);
    let found = verify_by(&plain, Some(&signed), &[gpg.certificate("old@example.org")]).unwrap();
    assert_eq!(found.result.status, VerifyStatus::Invalid);
    assert!(found.detail.contains("SHA1"), "{}", found.detail);
}

#[test]
fn a_short_rsa_key_is_refused_with_the_reason() {
    let gpg = Gnupg::new();
    gpg.make_key("short@example.org", "rsa1024");
    let exported = gpg.run(&["--export"]).0;
    let error = import(&exported, None, now()).unwrap_err();
    assert!(error.to_string().contains("1024"), "{error}");
    fs::write(gpg.path("plain"), TEXT).unwrap();
    let certificate = Certificate::parse(&exported).unwrap();
    let error = encrypt_to(&gpg.path("plain"), &gpg.path("sealed"), &[certificate], None).unwrap_err();
    assert_eq!(error.code(), courier_domain::ErrorCode::KeyUnusable);
    assert!(error.to_string().contains("RSA1024") || error.to_string().contains("1024"), "{error}");
}
