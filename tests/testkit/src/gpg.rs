//! gpg with a home of its own, as a partner's machine would have it.

use crate::process::run;
use anyhow::{Context, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A gpg home. Its agent is ended when this is dropped.
#[derive(Debug)]
pub struct Gpg {
    home: TempDir,
}

impl Gpg {
    pub fn new() -> Result<Self> {
        // The agent's socket lies in the home, and its path has at most 108 bytes.
        let home = tempfile::Builder::new().prefix("cg-").tempdir_in("/tmp")?;
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700))?;
        // Importing a revocation wants the trust database, which the trust model below does not make.
        let mut make = Command::new("gpg");
        make.env("GNUPGHOME", home.path()).args(["--batch", "--quiet", "--import-ownertrust", "/dev/null"]);
        run(&mut make)?;
        Ok(Self { home })
    }

    /// gpg, not asking anything, with this home.
    pub fn command(&self) -> Command {
        let mut command = Command::new("gpg");
        command.env("GNUPGHOME", self.home.path()).args([
            "--batch",
            "--yes",
            "--no-tty",
            "--quiet",
            "--trust-model",
            "always",
            "--pinentry-mode",
            "loopback",
        ]);
        command
    }

    /// Makes a key that signs and encrypts, without passphrase unless one is given. `algorithm` as gpg names it:
    /// `default`, `rsa3072`, `future-default`. Returns the fingerprint.
    pub fn generate(&self, user_id: &str, algorithm: &str, passphrase: &str) -> Result<String> {
        run(self.command().args([
            "--passphrase",
            passphrase,
            "--quick-generate-key",
            user_id,
            algorithm,
            "default",
            "1y",
        ]))?;
        self.fingerprint(user_id)
    }

    /// Fingerprint of the primary key.
    pub fn fingerprint(&self, user_id: &str) -> Result<String> {
        let out = run(self.command().args(["--with-colons", "--list-keys", user_id]))?;
        let out = String::from_utf8(out)?;
        let line =
            out.lines().find_map(|line| line.strip_prefix("fpr:")).context("gpg lists no fingerprint")?;
        Ok(line.trim_matches(':').to_owned())
    }

    /// The public key, ASCII-armored.
    /// Whether gpg lists the primary key as revoked.
    pub fn is_revoked(&self, user_id: &str) -> Result<bool> {
        let out = String::from_utf8(run(self.command().args(["--with-colons", "--list-keys", user_id]))?)?;
        let line = out.lines().find_map(|line| line.strip_prefix("pub:")).context("gpg lists no key")?;
        Ok(line.starts_with("r:"))
    }

    /// The certificate that gpg made with the key, to revoke it.
    pub fn revocation(&self, user_id: &str) -> Result<String> {
        let file = format!("openpgp-revocs.d/{}.rev", self.fingerprint(user_id)?);
        let text = std::fs::read_to_string(self.home.path().join(file))?;
        let start = text.find(":-----BEGIN").context("gpg keeps no revocation certificate")?;
        // The colon keeps people from importing it by mistake.
        Ok(text.get(start + 1..).unwrap_or_default().to_owned())
    }

    pub fn export_public(&self, key: &str) -> Result<Vec<u8>> {
        run(self.command().args(["--armor", "--export", key]))
    }

    /// The private key, ASCII-armored.
    pub fn export_private(&self, key: &str, passphrase: &str) -> Result<Vec<u8>> {
        run(self.command().args(["--passphrase", passphrase, "--armor", "--export-secret-keys", key]))
    }

    /// Takes in keys, public or private.
    pub fn import(&self, keys: &[u8]) -> Result<()> {
        let file = self.home.path().join("import.asc");
        std::fs::write(&file, keys)?;
        run(self.command().arg("--import").arg(&file))?;
        Ok(())
    }

    /// Encrypts `input` to `recipient`, signed when `signer` is given.
    pub fn encrypt(
        &self,
        input: &Path,
        output: &Path,
        recipient: &str,
        signer: Option<&str>,
    ) -> Result<PathBuf> {
        let mut command = self.command();
        command.args(["--passphrase", "", "--recipient", recipient]);
        if let Some(signer) = signer {
            command.args(["--local-user", signer, "--sign"]);
        }
        run(command.arg("--output").arg(output).arg("--encrypt").arg(input))?;
        Ok(output.to_owned())
    }

    /// Decrypts; fails when the message or its signature is bad.
    pub fn decrypt(&self, input: &Path, output: &Path) -> Result<()> {
        run(self
            .command()
            .args(["--passphrase", ""])
            .arg("--output")
            .arg(output)
            .arg("--decrypt")
            .arg(input))?;
        Ok(())
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        // The agent ends by itself when its home is gone; this only makes it sooner.
        let _ = run(Command::new("gpgconf").env("GNUPGHOME", self.home.path()).args(["--kill", "all"]));
    }
}
