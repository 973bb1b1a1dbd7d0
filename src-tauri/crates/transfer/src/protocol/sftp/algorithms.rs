//! Which SSH algorithms are offered, in which order. The connection's own lists replace ours.
//!
//! AES-GCM comes first where the processor computes AES (it carries twice what the default cipher does), compression
//! is never offered, and SHA-1 host key signatures only when a connection lists them.

use crate::TransferError;
use courier_domain::connection::{KnownHost, SshAlgorithmConfig};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};
use std::borrow::Cow;
use std::str::FromStr;

pub(crate) fn preferred(
    own: Option<&SshAlgorithmConfig>,
    known: &[KnownHost],
) -> Result<Preferred, TransferError> {
    let mut preferred = Preferred {
        cipher: Cow::Owned(ciphers()),
        compression: Cow::Borrowed(&[compression::NONE]),
        key: Cow::Owned(host_keys(known)),
        ..Preferred::DEFAULT
    };
    let Some(own) = own else { return Ok(preferred) };
    if let Some(names) = &own.encryption {
        preferred.cipher = named(names, "encryption", encryption)?;
    }
    if let Some(names) = &own.mac {
        preferred.mac = named(names, "mac", authentication)?;
    }
    if let Some(names) = &own.key_exchange {
        let listed = named(names, "key exchange", key_exchange)?;
        // Not algorithms, but signals in the same list that every session needs.
        let signals = [kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];
        preferred.kex = Cow::Owned(listed.iter().copied().chain(signals).collect());
    }
    if let Some(names) = &own.host_key {
        preferred.key = named(names, "host key", host_key)?;
    }
    Ok(preferred)
}

/// The names of `own` that a connection can use, and those that it cannot. A list of which nothing is left is `None`.
pub fn usable_algorithms(own: SshAlgorithmConfig) -> (SshAlgorithmConfig, Vec<String>) {
    let mut unknown = Vec::new();
    let mut keep = |names: Option<Vec<String>>, known: fn(&str) -> bool| {
        let (good, bad): (Vec<_>, Vec<_>) =
            names.into_iter().flatten().partition(|name: &String| known(name));
        unknown.extend(bad);
        if good.is_empty() { None } else { Some(good) }
    };
    let usable = SshAlgorithmConfig {
        key_exchange: keep(own.key_exchange, |n| key_exchange(n).is_some()),
        encryption: keep(own.encryption, |n| encryption(n).is_some()),
        mac: keep(own.mac, |n| authentication(n).is_some()),
        host_key: keep(own.host_key, |n| host_key(n).is_some()),
    };
    (usable, unknown)
}

fn encryption(name: &str) -> Option<cipher::Name> {
    cipher::Name::try_from(name).ok().filter(|c| *c != cipher::NONE && *c != cipher::CLEAR)
}

fn authentication(name: &str) -> Option<mac::Name> {
    mac::Name::try_from(name).ok().filter(|m| *m != mac::NONE)
}

fn key_exchange(name: &str) -> Option<kex::Name> {
    kex::Name::try_from(name).ok().filter(|k| *k != kex::NONE)
}

fn host_key(name: &str) -> Option<Algorithm> {
    Algorithm::from_str(name).ok().filter(|a| !matches!(a, Algorithm::Other(_)))
}

fn named<T: Clone>(
    names: &[String],
    kind: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Cow<'static, [T]>, TransferError> {
    let read = |name: &String| {
        read(name).ok_or_else(|| TransferError::UnknownAlgorithm {
            kind: kind.to_owned(),
            name: crate::escaped(name),
        })
    };
    Ok(Cow::Owned(names.iter().map(read).collect::<Result<Vec<_>, _>>()?))
}

fn ciphers() -> Vec<cipher::Name> {
    let gcm = [cipher::AES_256_GCM, cipher::AES_128_GCM];
    let ctr = [cipher::AES_256_CTR, cipher::AES_192_CTR, cipher::AES_128_CTR];
    let chacha = [cipher::CHACHA20_POLY1305];
    if computes_aes() {
        gcm.into_iter().chain(chacha).chain(ctr).collect()
    } else {
        chacha.into_iter().chain(gcm).chain(ctr).collect()
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn computes_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes")
}
#[cfg(target_arch = "aarch64")]
fn computes_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn computes_aes() -> bool {
    false
}

/// Types that are known of this server come first: a server with several keys must not look changed.
fn host_keys(known: &[KnownHost]) -> Vec<Algorithm> {
    let mut all = vec![
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
        Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
    ];
    let is_known = |algorithm: &Algorithm| {
        let name = match algorithm {
            Algorithm::Rsa { .. } => "ssh-rsa".to_owned(),
            other => other.to_string(),
        };
        known.iter().any(|k| k.revoked_at.is_none() && k.key_type == name)
    };
    all.sort_by_key(|algorithm| !is_known(algorithm));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_named() {
        let own = SshAlgorithmConfig { encryption: Some(vec!["rot13".into()]), ..Default::default() };
        let error = preferred(Some(&own), &[]).unwrap_err();
        assert!(error.to_string().contains("rot13"), "{error}");
    }

    #[test]
    fn nothing_can_switch_encryption_off() {
        for name in ["none", "clear"] {
            let own = SshAlgorithmConfig { encryption: Some(vec![name.into()]), ..Default::default() };
            assert!(preferred(Some(&own), &[]).is_err());
        }
    }

    #[test]
    fn what_is_usable_is_what_a_connection_takes() {
        let own = SshAlgorithmConfig {
            key_exchange: Some(vec!["curve25519-sha256".into(), "rot13-sha1".into()]),
            encryption: Some(vec!["none".into()]),
            ..Default::default()
        };
        let (usable, unknown) = usable_algorithms(own);
        assert_eq!(unknown, ["rot13-sha1", "none"]);
        assert_eq!((usable.key_exchange.as_ref().map(Vec::len), &usable.encryption), (Some(1), &None));
        assert!(preferred(Some(&usable), &[]).is_ok());
    }

    #[test]
    fn legacy_signatures_are_not_offered_unless_listed() {
        let ours = preferred(None, &[]).unwrap();
        assert!(!ours.key.contains(&Algorithm::Rsa { hash: None }));
        assert_eq!(ours.compression.len(), 1);
        let own = SshAlgorithmConfig { host_key: Some(vec!["ssh-rsa".into()]), ..Default::default() };
        assert_eq!(preferred(Some(&own), &[]).unwrap().key.to_vec(), vec![Algorithm::Rsa { hash: None }]);
    }
}
