//! Nothing that was changed, unsigned, foreign or stopped leaves a file behind.

use super::testing::*;
use super::*;
use crate::{Control, KeysError};
use courier_domain::ErrorCode;
use courier_domain::key::PgpAlgorithm;
use courier_domain::receipt::VerifyStatus;
use courier_domain::step::{OutputFormat, PgpCompression, SignMode};
use sequoia_openpgp as openpgp;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(super) struct Bench {
    pub(super) home: TempDir,
    pub(super) pair: Pair,
}

impl Bench {
    pub(super) fn new(content: &[u8]) -> Self {
        let bench = Self { home: folder(), pair: quick() };
        fs::write(bench.at("plain"), content).unwrap();
        bench
    }
    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
    pub(super) fn seal(&self, signer: Option<&PrivateKey>) {
        let recipients = [self.pair.certificate.clone()];
        encrypt_to(&self.at("plain"), &self.at("sealed"), &recipients, signer).unwrap();
    }
    pub(super) fn sealed(&self, signer: Option<&PrivateKey>) -> Vec<u8> {
        self.seal(signer);
        fs::read(self.at("sealed")).unwrap()
    }
    pub(super) fn open(&self, rule: SignatureRule) -> crate::Result<Decrypted> {
        let keys = std::slice::from_ref(&self.pair.key);
        let signers = std::slice::from_ref(&self.pair.certificate);
        decrypt_with(&self.at("sealed"), &self.at("opened"), keys, signers, rule)
    }
    pub(super) fn sign(&self, signer: &PrivateKey, mode: SignMode) {
        let (input, output) = (self.at("plain"), self.at("signed"));
        let format = OutputFormat::Binary;
        let request = SignRequest { input: &input, output: &output, signer, mode, format, now: now() };
        quietly(|control| sign(&request, control)).unwrap();
    }
    pub(super) fn refused(&self, rule: SignatureRule) -> KeysError {
        let error = self.open(rule).unwrap_err();
        assert!(!self.at("opened").exists(), "{error}");
        error
    }
}

#[test]
fn what_was_encrypted_and_signed_comes_back() {
    for length in [0, 1, 5_000_000] {
        let content = noise(length);
        let bench = Bench::new(&content);
        bench.seal(Some(&bench.pair.key));
        let done = bench.open(SignatureRule::Required).unwrap();
        assert_eq!((done.output.bytes, done.verify.unwrap().is_valid), (length as u64, true));
        assert!(fs::read(bench.at("opened")).unwrap() == content);
    }
}

#[test]
fn whether_a_message_opens_is_known_without_writing() {
    let bench = Bench::new(&noise(3_000_000));
    bench.seal(None);
    let look = |name: &str, key: &PrivateKey| {
        quietly(|control| opens(&bench.at(name), std::slice::from_ref(key), now(), control))
    };
    look("sealed", &bench.pair.key).unwrap();
    let stranger = look("sealed", &quick().key).unwrap_err();
    assert_eq!(stranger.code(), ErrorCode::NoDecryptionKey);
    assert_eq!(look("plain", &bench.pair.key).unwrap_err().code(), ErrorCode::MessageDamaged);
    bench.sign(&bench.pair.key, SignMode::Inline);
    let signed = look("signed", &bench.pair.key).unwrap_err();
    assert!(matches!(signed, KeysError::NotEncrypted { .. }), "{signed}");
    let mut files: Vec<_> =
        fs::read_dir(bench.home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["plain", "sealed", "signed"], "a look leaves nothing");
}

#[test]
fn whether_a_key_protects_is_known_without_using_it() {
    let year = Duration::from_secs(365 * 86_400);
    let pair = pair_at(PgpAlgorithm::EccCurve25519, "Year <year@example.org>", now(), Some(year));
    check_recipient(&pair.certificate, now()).unwrap();
    check_signer(&pair.key, now()).unwrap();
    let later = now() + chrono::TimeDelta::days(400);
    for refused in [check_recipient(&pair.certificate, later), check_signer(&pair.key, later)] {
        assert_eq!(refused.unwrap_err().code(), ErrorCode::KeyUnusable);
    }
}

#[test]
fn every_flipped_bit_is_an_error_and_leaves_no_file() {
    for length in [200, 1_500_000] {
        let bench = Bench::new(&noise(length));
        let good = bench.sealed(Some(&bench.pair.key));
        for round in 0..60_usize {
            let mut bad = good.clone();
            // The head holds the session key and the first packet headers, so it is hit often.
            let at = if round % 3 == 0 { round * 7 % 300 } else { round * 7919 * 31 % good.len() };
            bad[at] ^= 1 << (round % 8);
            fs::write(bench.at("sealed"), bad).unwrap();
            let error = bench.refused(SignatureRule::Required);
            let expected = [ErrorCode::MessageDamaged, ErrorCode::NoDecryptionKey];
            assert!(expected.contains(&error.code()), "byte {at}: {:?} {error}", error.code());
        }
    }
}

#[test]
fn a_flipped_bit_is_found_without_any_signature_too() {
    let bench = Bench::new(&noise(3_000_000));
    let good = bench.sealed(None);
    for round in 0..30_usize {
        let mut bad = good.clone();
        bad[200 + round * 7919 * 13 % (good.len() - 200)] ^= 1 << (round % 8);
        fs::write(bench.at("sealed"), bad).unwrap();
        assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
    }
}

#[test]
fn every_truncation_is_an_error_and_leaves_no_file() {
    let bench = Bench::new(&noise(1_300_000));
    let good = bench.sealed(Some(&bench.pair.key));
    let near_the_end = (1..30).map(|less| good.len() - less);
    let anywhere = (0..30).map(|part| part * good.len() / 30);
    for length in anywhere.chain(near_the_end) {
        fs::write(bench.at("sealed"), &good[..length]).unwrap();
        let error = bench.refused(SignatureRule::Optional);
        let expected = [ErrorCode::MessageDamaged, ErrorCode::NoDecryptionKey];
        assert!(expected.contains(&error.code()), "{length} bytes: {error}");
    }
}

#[test]
fn another_key_does_not_open_it_and_the_recipients_are_named() {
    let mut bench = Bench::new(b"secret");
    bench.seal(None);
    bench.pair.key = quick().key;
    let error = bench.refused(SignatureRule::Optional);
    assert!(matches!(error, KeysError::NoDecryptionKey { .. }), "{error}");
    let subkey = bench.pair.certificate.0.keys().subkeys().nth(1).unwrap().key().keyid().to_hex();
    let ours =
        bench.pair.certificate.0.keys().any(|ka| error.to_string().contains(&ka.key().keyid().to_hex()));
    assert!(ours, "{error} names {subkey}");
}

#[test]
fn an_unsigned_message_is_refused_when_a_signature_is_required() {
    let bench = Bench::new(b"secret");
    bench.seal(None);
    assert_eq!(bench.refused(SignatureRule::Required).code(), ErrorCode::SignatureMissing);
    assert_eq!(bench.open(SignatureRule::Optional).unwrap().verify, None);
}

#[test]
fn an_unknown_signer_is_refused_when_a_signature_is_required_and_reported_otherwise() {
    let bench = Bench::new(b"secret");
    let stranger = quick();
    bench.seal(Some(&stranger.key));
    let error = bench.refused(SignatureRule::Required);
    assert_eq!(error.code(), ErrorCode::UnknownSigner);
    assert!(
        error.to_string().contains(&stranger.key.fingerprint()[..8])
            || error.to_string().contains("signed by")
    );
    let found = bench.open(SignatureRule::Optional).unwrap().verify.unwrap();
    assert_eq!((found.is_valid, found.status), (false, VerifyStatus::UnknownSigner));
}

#[test]
fn what_is_not_encrypted_is_not_decrypted() {
    let bench = Bench::new(b"public");
    bench.sign(&bench.pair.key, SignMode::Inline);
    fs::rename(bench.at("signed"), bench.at("sealed")).unwrap();
    assert!(matches!(bench.refused(SignatureRule::Required), KeysError::NotEncrypted { .. }));
    fs::write(bench.at("sealed"), b"just some text").unwrap();
    assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
    fs::write(bench.at("sealed"), b"").unwrap();
    assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::MessageDamaged);
    fs::remove_file(bench.at("sealed")).unwrap();
    assert_eq!(bench.refused(SignatureRule::Optional).code(), ErrorCode::FileNotFound);
}

#[test]
fn a_changed_file_makes_its_signature_invalid() {
    let bench = Bench::new(b"pay 10");
    let signers = [bench.pair.certificate.clone()];
    bench.sign(&bench.pair.key, SignMode::Detached);
    let (plain, signed) = (bench.at("plain"), bench.at("signed"));
    assert!(verify_by(&plain, Some(&signed), &signers).unwrap().result.is_valid);
    let unknown = verify_by(&plain, Some(&signed), &[quick().certificate]).unwrap();
    assert_eq!(unknown.result.status, VerifyStatus::UnknownSigner);
    fs::write(&plain, b"pay 99").unwrap();
    assert_eq!(verify_by(&plain, Some(&signed), &signers).unwrap().result.status, VerifyStatus::Invalid);
    assert_eq!(verify_by(&plain, None, &signers).unwrap_err().code(), ErrorCode::MessageDamaged);
}

#[test]
fn a_clearsigned_text_that_was_edited_is_invalid() {
    let bench = Bench::new(b"pay 10\n");
    bench.sign(&bench.pair.key, SignMode::Clearsign);
    let edited = fs::read_to_string(bench.at("signed")).unwrap().replace("pay 10", "pay 99");
    fs::write(bench.at("signed"), edited).unwrap();
    let found = verify_by(&bench.at("signed"), None, std::slice::from_ref(&bench.pair.certificate)).unwrap();
    assert_eq!(found.result.status, VerifyStatus::Invalid);
}

#[test]
fn an_expired_key_neither_encrypts_nor_signs_but_still_opens() {
    let mut bench = Bench::new(b"secret");
    let made_at = now() - Duration::from_secs(3 * 86_400);
    bench.pair = pair_at(PgpAlgorithm::EccCurve25519, "old", made_at, Some(Duration::from_secs(86_400)));
    let recipients = [bench.pair.certificate.clone()];
    let error = encrypt_to(&bench.at("plain"), &bench.at("sealed"), &recipients, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KeyUnusable);
    assert!(error.to_string().contains("expired on"), "{error}");
    assert!(!bench.at("sealed").exists());

    let (input, output) = (bench.at("plain"), bench.at("sealed"));
    let then = made_at + Duration::from_secs(60);
    let request = EncryptRequest {
        input: &input,
        output: &output,
        recipients: &recipients,
        signer: Some(&bench.pair.key),
        format: OutputFormat::Binary,
        compression: PgpCompression::None,
        now: then,
    };
    quietly(|control| encrypt(&request, control)).unwrap();
    // Signed while the key was alive: good for ever.
    assert!(bench.open(SignatureRule::Required).unwrap().verify.unwrap().is_valid);

    let (format, mode, signer) = (OutputFormat::Binary, SignMode::Detached, &bench.pair.key);
    let request = SignRequest { input: &input, output: &bench.at("s"), signer, mode, format, now: now() };
    let error = quietly(|control| sign(&request, control)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::KeyUnusable);
}

#[test]
fn a_signature_made_after_the_key_expired_says_so() {
    use openpgp::serialize::stream::{Message, Signer};
    let bench = Bench::new(b"late");
    let made_at = now() - Duration::from_secs(3 * 86_400);
    let old = pair_at(PgpAlgorithm::EccCurve25519, "old", made_at, Some(Duration::from_secs(86_400)));
    let key = old.key.0.keys().unencrypted_secret().nth(1).unwrap().key().clone();
    let mut out = Vec::new();
    let mut signer = Signer::new(Message::new(&mut out), key.into_keypair().unwrap())
        .unwrap()
        .creation_time(SystemTime::from(now()))
        .detached()
        .build()
        .unwrap();
    std::io::Write::write_all(&mut signer, b"late").unwrap();
    signer.finalize().unwrap();
    fs::write(bench.at("signed"), out).unwrap();
    let found = verify_by(&bench.at("plain"), Some(&bench.at("signed")), &[old.certificate]).unwrap();
    assert_eq!(found.result.status, VerifyStatus::ExpiredKey, "{}", found.detail);
}

#[test]
fn cancelling_inside_a_file_stops_at_once_and_leaves_nothing() {
    let bench = Bench::new(&noise(24 << 20));
    bench.seal(None);
    let cancel = CancellationToken::new();
    let seen = std::sync::atomic::AtomicU64::new(0);
    let progress = |bytes| {
        seen.store(bytes, std::sync::atomic::Ordering::Relaxed);
        if bytes > 4 << 20 {
            cancel.cancel();
        }
    };
    let control = Control { cancel: &cancel, progress: &progress };
    let (sealed, opened) = (bench.at("sealed"), bench.at("opened"));
    let keys = std::slice::from_ref(&bench.pair.key);
    let signature = SignatureRule::Optional;
    let request = DecryptRequest {
        input: &sealed,
        output: &opened,
        keys,
        signers: &[],
        revoked: &[],
        signature,
        max_ratio: MAX_RATIO,
        now: now(),
    };
    assert!(matches!(decrypt(&request, control), Err(KeysError::Cancelled)));
    assert!(!opened.exists());
    assert!(seen.load(std::sync::atomic::Ordering::Relaxed) < 8 << 20, "it went on reading");
}

#[test]
fn progress_ends_at_the_input_length() {
    let bench = Bench::new(&noise(3_500_000));
    let cancel = CancellationToken::new();
    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |bytes| seen.lock().unwrap().push(bytes);
    let (input, output) = (bench.at("plain"), bench.at("sealed"));
    let recipients = [bench.pair.certificate.clone()];
    let request = EncryptRequest {
        input: &input,
        output: &output,
        recipients: &recipients,
        signer: None,
        format: OutputFormat::Binary,
        compression: PgpCompression::None,
        now: now(),
    };
    encrypt(&request, Control { cancel: &cancel, progress: &progress }).unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.last(), Some(&3_500_000));
    assert!(seen.is_sorted() && seen.len() > 2);
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_bounded_whatever_the_size() {
    let kib = |field: &str| -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let bench = Bench::new(b"");
    fs::File::create(bench.at("plain")).unwrap().set_len(120 << 20).unwrap();
    let before = kib("VmRSS");
    bench.seal(Some(&bench.pair.key));
    bench.open(SignatureRule::Required).unwrap();
    let grown = kib("VmHWM") - before;
    assert!(grown < 64 << 10, "the peak grew by {grown} KiB");
}

#[test]
fn a_folder_or_a_missing_file_is_no_input() {
    let bench = Bench::new(b"x");
    let recipients = [bench.pair.certificate.clone()];
    let error = encrypt_to(bench.home.path(), &bench.at("sealed"), &recipients, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::IoFailed);
    let error = encrypt_to(&bench.at("none"), &bench.at("sealed"), &recipients, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::FileNotFound);
    assert!(error.to_string().contains("none"), "{error}");
    let error = encrypt_to(&bench.at("plain"), &bench.at("no/folder"), &recipients, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::FileNotFound);
    assert!(!bench.at("sealed").exists());
}

#[test]
fn an_existing_output_is_never_overwritten() {
    let bench = Bench::new(b"secret");
    bench.seal(None);
    fs::write(bench.at("opened"), b"mine").unwrap();
    let error = bench.open(SignatureRule::Optional).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    assert_eq!(fs::read(bench.at("opened")).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn outputs_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new(b"secret");
    bench.seal(None);
    bench.open(SignatureRule::Optional).unwrap();
    for name in ["sealed", "opened"] {
        assert_eq!(fs::metadata(bench.at(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn every_algorithm_makes_a_key_that_encrypts_and_signs() {
    for algorithm in PgpAlgorithm::ALL {
        let mut bench = Bench::new(b"round trip");
        bench.pair = pair(*algorithm, "Name <name@example.org>");
        let info = &bench.pair.made.info;
        assert_eq!(info.algorithm, *algorithm);
        assert!(info.can_encrypt && info.can_sign && info.standing == Standing::Good);
        assert_eq!(info.user_ids, ["Name <name@example.org>"]);
        assert_eq!((info.fingerprint.len(), &info.fingerprint[24..]), (40, info.short_key_id.as_str()));
        bench.seal(Some(&bench.pair.key));
        assert!(bench.open(SignatureRule::Required).unwrap().verify.unwrap().is_valid, "{algorithm}");
    }
}

#[test]
fn keys_made_here_promise_only_what_old_gpg_reads() {
    use openpgp::cert::Preferences;
    let pair = quick();
    let policy = openpgp::policy::StandardPolicy::new();
    let valid = pair.certificate.0.with_policy(&policy, None).unwrap();
    let features = valid.features().unwrap();
    assert!(features.supports_seipdv1() && !features.supports_seipdv2());
}

#[test]
fn a_passphrase_protects_the_new_key_and_expiry_is_kept() {
    let passphrase = "correct horse".into();
    let spec = PgpKeySpec {
        algorithm: PgpAlgorithm::EccCurve25519,
        user_id: "p",
        expires_in: Some(Duration::from_secs(86_400)),
        passphrase: Some(&passphrase),
    };
    let made = generate(&spec, now()).unwrap();
    let left = made.info.expires_at.unwrap() - now();
    assert!((86_300..=86_400).contains(&left.num_seconds()), "{left}");
    assert!(matches!(PrivateKey::open(&made.private, None), Err(KeysError::PassphraseNeeded { .. })));
    let wrong = "wrong".into();
    assert!(matches!(PrivateKey::open(&made.private, Some(&wrong)), Err(KeysError::WrongPassphrase { .. })));
    PrivateKey::open(&made.private, Some(&passphrase)).unwrap();
}

#[test]
fn impossible_wishes_for_a_key_name_their_field() {
    let spec = |user_id, expires_in| PgpKeySpec {
        algorithm: PgpAlgorithm::EccCurve25519,
        user_id,
        expires_in,
        passphrase: None,
    };
    for (spec, field_named) in [
        (spec("  ", None), "user_id"),
        (spec("a\nb", None), "user_id"),
        (spec("a", Some(Duration::ZERO)), "expires_in"),
        (spec("a", Some(Duration::from_secs(u64::from(u32::MAX)))), "expires_in"),
    ] {
        let error = generate(&spec, now()).unwrap_err();
        assert!(matches!(error, KeysError::Invalid { field, .. } if field == field_named), "{error}");
    }
}

#[test]
fn rubbish_is_no_key() {
    for data in [&b""[..], b"hello", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n", &[0xff; 100]] {
        assert_eq!(import(data, None, now()).unwrap_err().code(), ErrorCode::KeyUnreadable);
    }
}

#[test]
fn a_key_whose_binding_was_forged_is_refused() {
    let pair = quick();
    let other = quick();
    // One key's user id and signatures under another's primary key.
    let mut packets: Vec<openpgp::Packet> = vec![other.certificate.0.clone().into_packets().next().unwrap()];
    packets.extend(pair.certificate.0.clone().into_packets().skip(1));
    let mut bytes = Vec::new();
    for packet in packets {
        openpgp::serialize::Serialize::serialize(&packet, &mut bytes).unwrap();
    }
    let error = import(&bytes, None, now()).unwrap_err();
    assert!([ErrorCode::KeyUnusable, ErrorCode::KeyUnreadable].contains(&error.code()), "{error}");
}

#[test]
fn exports_read_back() {
    let pair = quick();
    for format in [OutputFormat::Binary, OutputFormat::Armored] {
        let public = export_public(&pair.certificate, format).unwrap();
        let found = import(&public, None, now()).unwrap();
        assert_eq!(found.keys[0].info.fingerprint, pair.certificate.fingerprint());
        assert!(found.keys[0].private.is_none());
        let passphrase = "another one".into();
        let private = export_private(&pair.key, Some(&passphrase), format).unwrap();
        assert!(matches!(PrivateKey::open(&private, None), Err(KeysError::PassphraseNeeded { .. })));
        assert_eq!(
            PrivateKey::open(&private, Some(&passphrase)).unwrap().fingerprint(),
            pair.key.fingerprint()
        );
    }
}
