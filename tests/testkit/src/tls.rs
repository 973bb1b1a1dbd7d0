//! An authority of its own and certificates from it, made when a test asks: good ones, and each kind of bad one.
//!
//! Made by the `openssl` program, so that what a server presents was not written by a library that Courier uses.

use crate::process::run;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What is right or wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leaf {
    /// For `127.0.0.1` and `localhost`, valid now.
    #[default]
    Good,
    /// As the good one, but its time ended years ago.
    Expired,
    /// As the good one, but its time begins years from now.
    NotYetValid,
    /// Valid now, for `ftp.example.com`.
    WrongHost,
}

/// A certificate with its key, in files that live as long as this.
#[derive(Debug, Clone)]
pub struct ServerCertificate {
    files: Arc<TempDir>,
    /// SHA-256 of the certificate: 64 hex digits in lower case.
    pub thumbprint: String,
}

impl ServerCertificate {
    /// For `127.0.0.1` and `localhost`, signed by nobody else.
    pub fn self_signed() -> Result<Self> {
        let files = folder()?;
        run(request(files.path(), "127.0.0.1").args(["-x509", "-days", "30", "-addext", GOOD_NAMES]))?;
        Self::in_folder(files)
    }

    fn in_folder(files: TempDir) -> Result<Self> {
        let pem = files.path().join("certificate.pem");
        let shown = run(Command::new("openssl")
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(&pem))?;
        let shown = String::from_utf8(shown)?;
        let (_, digits) = shown.trim().split_once('=').context("openssl printed no fingerprint")?;
        let thumbprint = digits.replace(':', "").to_lowercase();
        Ok(Self { files: Arc::new(files), thumbprint })
    }

    /// The certificate alone, PEM.
    pub fn certificate(&self) -> PathBuf {
        self.files.path().join("certificate.pem")
    }
    /// Its private key, PEM.
    pub fn key(&self) -> PathBuf {
        self.files.path().join("key.pem")
    }

    /// What a server presents, of those that are part of the test itself.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>> {
        let chain = vec![CertificateDer::from_pem_file(self.certificate())?];
        let key = PrivateKeyDer::from_pem_file(self.key())?;
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Arc::new(config))
    }
}

const GOOD_NAMES: &str = "subjectAltName=IP:127.0.0.1,DNS:localhost";

/// Signs certificates. Nobody trusts it unless told to.
#[derive(Debug)]
pub struct Authority {
    dir: TempDir,
}

impl Authority {
    pub fn new() -> Result<Self> {
        let dir = folder()?;
        let name = "Courier test authority";
        run(request(dir.path(), name).args([
            "-x509",
            "-days",
            "30",
            "-addext",
            "keyUsage=critical,keyCertSign",
        ]))?;
        std::fs::write(dir.path().join("issued"), "")?;
        std::fs::write(
            dir.path().join("openssl.cnf"),
            format!(
                "[ca]\ndefault_ca = here\n[here]\ndatabase = {dir}/issued\nnew_certs_dir = {dir}\nrand_serial = yes\n\
                 certificate = {dir}/certificate.pem\nprivate_key = {dir}/key.pem\ndefault_md = sha256\n\
                 unique_subject = no\npolicy = any\n[any]\ncommonName = supplied\n",
                dir = dir.path().display(),
            ),
        )?;
        Ok(Self { dir })
    }

    /// Its own certificate, PEM: what a client has to trust.
    pub fn certificate(&self) -> PathBuf {
        self.dir.path().join("certificate.pem")
    }

    /// A new certificate with a new key.
    pub fn issue(&self, leaf: Leaf) -> Result<ServerCertificate> {
        let files = folder()?;
        let at = |name: &str| files.path().join(name);
        let (host, names) = match leaf {
            Leaf::Good | Leaf::Expired | Leaf::NotYetValid => ("127.0.0.1", GOOD_NAMES),
            Leaf::WrongHost => ("ftp.example.com", "subjectAltName=DNS:ftp.example.com"),
        };
        run(&mut request(files.path(), host))?;
        std::fs::rename(at("certificate.pem"), at("request.pem"))?;
        std::fs::write(
            at("extensions"),
            format!("{names}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"),
        )?;
        let valid: &[&str] = match leaf {
            Leaf::Good | Leaf::WrongHost => &["-days", "30"],
            Leaf::Expired => &["-startdate", "20190101000000Z", "-enddate", "20200101000000Z"],
            Leaf::NotYetValid => &["-startdate", "20900101000000Z", "-enddate", "20910101000000Z"],
        };
        run(Command::new("openssl")
            .args(["ca", "-batch", "-notext", "-config"])
            .arg(self.dir.path().join("openssl.cnf"))
            .args(valid)
            .arg("-extfile")
            .arg(at("extensions"))
            .arg("-in")
            .arg(at("request.pem"))
            .arg("-out")
            .arg(at("certificate.pem")))?;
        ServerCertificate::in_folder(files)
    }
}

fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("courier-tls-").tempdir()?)
}

/// Makes `key.pem`, and a request for it (with `-x509` a certificate) in `certificate.pem`.
fn request(folder: &Path, name: &str) -> Command {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", &format!("/CN={name}"), "-keyout"])
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(authority: &Authority, leaf: &ServerCertificate) -> Result<Vec<u8>> {
        run(Command::new("openssl")
            .args(["verify", "-verify_ip", "127.0.0.1", "-CAfile"])
            .arg(authority.certificate())
            .arg(leaf.certificate()))
    }

    #[test]
    fn only_the_good_certificate_verifies() {
        let authority = Authority::new().unwrap();
        verify(&authority, &authority.issue(Leaf::Good).unwrap()).unwrap();
        for (bad, why) in [
            (authority.issue(Leaf::Expired).unwrap(), "certificate has expired"),
            (authority.issue(Leaf::NotYetValid).unwrap(), "certificate is not yet valid"),
            (authority.issue(Leaf::WrongHost).unwrap(), "IP address mismatch"),
            (ServerCertificate::self_signed().unwrap(), "self-signed certificate"),
        ] {
            let error = verify(&authority, &bad).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert_eq!(bad.thumbprint.len(), 64);
        }
    }
}
