//! What the tests share: a private gpg, keys, and calls with the usual arguments.

use super::*;
use crate::control::Control;
use crate::error::Result;
use courier_domain::Timestamp;
use courier_domain::key::PgpAlgorithm;
use courier_domain::step::{OutputFormat, PgpCompression};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(super) fn folder() -> TempDir {
    // Short: gpg-agent's socket must fit into 108 bytes.
    tempfile::Builder::new().prefix("ck").tempdir_in("/tmp").unwrap()
}

/// Programs beside us use the real time, so keys must too.
#[expect(clippy::disallowed_methods, reason = "gpg and sq look at the real clock")]
pub(super) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

/// As the setting has it.
pub(super) const MAX_RATIO: u64 = 200;

/// A gpg with a home of its own.
pub(super) struct Gnupg(pub(super) TempDir);

impl Gnupg {
    pub(super) fn new() -> Self {
        Self(folder())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn try_run(&self, args: &[&str]) -> Output {
        Command::new("gpg")
            .args(["--batch", "--yes", "--no-tty", "--status-fd", "2", "--pinentry-mode", "loopback"])
            .args(["--passphrase", "", "--trust-model", "always"])
            .args(args)
            .env("GNUPGHOME", self.0.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .expect("gpg is installed")
    }

    /// Runs gpg and gives its standard output and its status lines.
    pub(super) fn run(&self, args: &[&str]) -> (Vec<u8>, String) {
        let output = self.try_run(args);
        let status = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "gpg {args:?}: {status}");
        (output.stdout, status)
    }

    pub(super) fn make_key(&self, user: &str, algorithm: &str) {
        let subkey = if algorithm.starts_with("rsa") { algorithm } else { "cv25519" };
        let primary = if algorithm.starts_with("rsa") { algorithm } else { "ed25519" };
        self.run(&["--quick-generate-key", user, primary, "sign", "never"]);
        let (listing, _) = self.run(&["--with-colons", "--list-keys", user]);
        let listing = String::from_utf8(listing).unwrap();
        let fingerprint = listing.lines().find(|l| l.starts_with("fpr")).unwrap().split(':').nth(9).unwrap();
        self.run(&["--quick-add-key", fingerprint, subkey, "encr", "never"]);
    }

    pub(super) fn certificate(&self, user: &str) -> Certificate {
        Certificate::parse(&self.run(&["--export", user]).0).unwrap()
    }

    pub(super) fn import(&self, data: &[u8]) {
        let file = self.path("to-import");
        std::fs::write(&file, data).unwrap();
        // A revocation touches the trust database, which the model `always` never makes.
        self.run(&["--trust-model", "pgp", "--import", text(&file)]);
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", self.0.path()).status();
    }
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A key pair of ours, ready for use.
pub(super) struct Pair {
    pub(super) made: GeneratedPgp,
    pub(super) key: PrivateKey,
    pub(super) certificate: Certificate,
}

pub(super) fn pair(algorithm: PgpAlgorithm, user_id: &str) -> Pair {
    pair_at(algorithm, user_id, now(), None)
}

pub(super) fn pair_at(
    algorithm: PgpAlgorithm,
    user_id: &str,
    at: Timestamp,
    expires_in: Option<std::time::Duration>,
) -> Pair {
    let made = generate(&PgpKeySpec { algorithm, user_id, expires_in, passphrase: None }, at).unwrap();
    let key = PrivateKey::open(&made.private, None).unwrap();
    let certificate = Certificate::parse(made.public_armored.as_bytes()).unwrap();
    Pair { made, key, certificate }
}

pub(super) fn quick() -> Pair {
    pair(PgpAlgorithm::EccCurve25519, "Quick <quick@example.org>")
}

/// Runs with a control nobody uses.
pub(super) fn quietly<T>(work: impl FnOnce(Control<'_>) -> T) -> T {
    let cancel = CancellationToken::new();
    work(Control { cancel: &cancel, progress: &|_| {} })
}

pub(super) fn encrypt_to(
    input: &Path,
    output: &Path,
    recipients: &[Certificate],
    signer: Option<&PrivateKey>,
) -> Result<Encrypted> {
    let request = EncryptRequest {
        input,
        output,
        recipients,
        signer,
        format: OutputFormat::Binary,
        compression: PgpCompression::None,
        now: now(),
    };
    quietly(|control| encrypt(&request, control))
}

pub(super) fn decrypt_with(
    input: &Path,
    output: &Path,
    keys: &[PrivateKey],
    signers: &[Certificate],
    signature: SignatureRule,
) -> Result<Decrypted> {
    let request = DecryptRequest {
        input,
        output,
        keys,
        signers,
        revoked: &[],
        signature,
        max_ratio: MAX_RATIO,
        now: now(),
    };
    quietly(|control| decrypt(&request, control))
}

pub(super) fn verify_by(input: &Path, signature: Option<&Path>, signers: &[Certificate]) -> Result<Verified> {
    let request = VerifyRequest { input, signature, signers, revoked: &[], max_ratio: MAX_RATIO, now: now() };
    quietly(|control| verify(&request, control))
}

/// Bytes that look random but are the same every time.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(length);
    out
}
