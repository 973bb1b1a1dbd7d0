//! What gpg and we agree on beside the matrix: passphrases, keyrings, revocations, weak algorithms.

use super::testing::*;
use super::*;
use courier_domain::receipt::VerifyStatus;
use courier_domain::step::{OutputFormat, SignMode};
use std::fs;

const TEXT: &[u8] = b"Invoice 4711\n- 3 apples\nFrom the orchard\n";

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
