//! Keys going out: certificates for partners, private keys for a backup or another program.
//!
//! Left out: the question whether a private key may leave; ask and audit before calling.

use super::certificate::{Certificate, PrivateKey, packet};
use crate::error::{KeysError, Result};
use courier_domain::step::OutputFormat;
use courier_vault::{SecretBytes, SecretString};
use sequoia_openpgp as openpgp;

use openpgp::Cert;
use openpgp::cert::amalgamation::key::PrimaryKey;
use openpgp::crypto::Password;
use openpgp::serialize::SerializeInto;

/// A certificate as a file for others.
///
/// # Errors
/// [`KeysError::Library`].
pub fn export_public(certificate: &Certificate, format: OutputFormat) -> Result<Vec<u8>> {
    let failed = |error| KeysError::library("wrote a certificate", error);
    match format {
        OutputFormat::Binary => certificate.0.export_to_vec().map_err(failed),
        OutputFormat::Armored => Ok(armored_certificate(&certificate.0)?.into_bytes()),
    }
}

/// A private key as a file, under a new passphrase or, with `None`, without one.
///
/// # Errors
/// [`KeysError::Library`].
pub fn export_private(
    key: &PrivateKey,
    passphrase: Option<&SecretString>,
    format: OutputFormat,
) -> Result<SecretBytes> {
    let failed = |error| KeysError::library("wrote a private key", error);
    let mut cert = key.0.clone();
    if let Some(passphrase) = passphrase {
        let password = Password::from(passphrase.expose());
        let mut protected = Vec::new();
        for ka in key.0.keys().unencrypted_secret() {
            let secret = ka.key().clone().encrypt_secret(&password).map_err(failed)?;
            protected.push(packet(secret.role_into_unspecified(), ka.primary()));
        }
        cert = cert.insert_packets(protected).map_err(failed)?.0;
    }
    let bytes = match format {
        OutputFormat::Binary => cert.as_tsk().to_vec(),
        OutputFormat::Armored => cert.as_tsk().armored().to_vec(),
    };
    Ok(SecretBytes::new(bytes.map_err(failed)?))
}

pub(crate) fn armored_certificate(cert: &Cert) -> Result<String> {
    let failed = |error| KeysError::library("wrote a certificate", error);
    let bytes = cert.armored().to_vec().map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| KeysError::library("wrote a certificate", error))
}
