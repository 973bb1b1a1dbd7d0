//! Which SSH algorithms are offered, in which order. The connection's own lists replace ours.
//!
//! AES-GCM comes first where the processor computes AES (it carries twice what the default cipher does), compression
//! is never offered. What rests on SHA-1, on CBC or on small groups is legacy: offered only when a connection lists
//! it, and named by [`legacy_algorithms`] for whoever shows or records that.

use crate::TransferError;
use courier_domain::connection::{KnownHost, SshAlgorithmConfig};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};
use serde::Serialize;
use specta::Type;
use std::borrow::Cow;
use std::str::FromStr;

pub(crate) fn preferred(
    own: Option<&SshAlgorithmConfig>,
    known: &[KnownHost],
) -> Result<Preferred, TransferError> {
    let mut preferred = Preferred {
        cipher: Cow::Owned(ciphers()),
        kex: Cow::Owned(key_exchanges()),
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

/// What of `own` is legacy, as it is written there. Without lists of its own a connection uses nothing that is.
pub fn legacy_algorithms(own: &SshAlgorithmConfig) -> Vec<String> {
    fn legacy(names: Option<&Vec<String>>, is_legacy: fn(&str) -> bool) -> impl Iterator<Item = String> {
        names.into_iter().flatten().filter(move |name| is_legacy(name)).cloned()
    }
    legacy(own.key_exchange.as_ref(), is_legacy_exchange)
        .chain(legacy(own.encryption.as_ref(), is_legacy_cipher))
        .chain(legacy(own.mac.as_ref(), is_legacy_mac))
        .chain(legacy(own.host_key.as_ref(), is_legacy_key))
        .collect()
}

fn is_legacy_exchange(name: &str) -> bool {
    key_exchange(name).is_some_and(|k| [kex::DH_G1_SHA1, kex::DH_G14_SHA1, kex::DH_GEX_SHA1].contains(&k))
}

fn is_legacy_cipher(name: &str) -> bool {
    name.ends_with("-cbc")
}

fn is_legacy_mac(name: &str) -> bool {
    authentication(name).is_some_and(|m| [mac::HMAC_SHA1, mac::HMAC_SHA1_ETM].contains(&m))
}

fn is_legacy_key(name: &str) -> bool {
    matches!(host_key(name), Some(Algorithm::Rsa { hash: None } | Algorithm::Dsa))
}

/// Whether and when an algorithm is offered to servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum AlgorithmUse {
    /// Without being asked.
    Usual,
    /// Safe, and offered when a connection lists it.
    Listed,
    /// No longer safe, and offered when a connection lists it.
    Legacy,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AlgorithmChoice {
    pub name: String,
    pub offered: AlgorithmUse,
}

/// Every algorithm that a connection can list, the usual ones first and in the order in which they are offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AlgorithmChoices {
    pub key_exchange: Vec<AlgorithmChoice>,
    pub encryption: Vec<AlgorithmChoice>,
    pub mac: Vec<AlgorithmChoice>,
    pub host_key: Vec<AlgorithmChoice>,
}

pub fn algorithm_choices() -> AlgorithmChoices {
    fn choices<'a>(
        usual: impl Iterator<Item = String>,
        all: impl Iterator<Item = &'a str>,
        is_known: fn(&str) -> bool,
        is_legacy: fn(&str) -> bool,
    ) -> Vec<AlgorithmChoice> {
        let mut choices: Vec<AlgorithmChoice> = usual
            .filter(|name| is_known(name))
            .map(|name| AlgorithmChoice { name, offered: AlgorithmUse::Usual })
            .collect();
        for name in all.filter(|name| is_known(name)) {
            if choices.iter().all(|choice| choice.name != name) {
                let offered = if is_legacy(name) { AlgorithmUse::Legacy } else { AlgorithmUse::Listed };
                choices.push(AlgorithmChoice { name: name.to_owned(), offered });
            }
        }
        choices.sort_by_key(|choice| choice.offered == AlgorithmUse::Legacy);
        choices
    }
    let owned = |name: &str| name.to_owned();
    AlgorithmChoices {
        key_exchange: choices(
            key_exchanges().iter().map(|k| owned(k.as_ref())),
            kex::ALL_KEX_ALGORITHMS.iter().map(|k| (*k).as_ref()),
            |name| key_exchange(name).is_some(),
            is_legacy_exchange,
        ),
        encryption: choices(
            ciphers().iter().map(|c| owned(c.as_ref())),
            cipher::ALL_CIPHERS.iter().map(|c| (*c).as_ref()),
            |name| encryption(name).is_some(),
            is_legacy_cipher,
        ),
        mac: choices(
            Preferred::DEFAULT.mac.iter().map(|m| owned(m.as_ref())),
            mac::ALL_MAC_ALGORITHMS.iter().map(|m| (*m).as_ref()),
            |name| authentication(name).is_some(),
            is_legacy_mac,
        ),
        host_key: choices(
            host_keys(&[]).iter().map(ToString::to_string),
            std::iter::once("ssh-rsa"),
            |name| host_key(name).is_some(),
            is_legacy_key,
        ),
    }
}

/// The library's own order, with the NIST curves that many servers of companies have and nothing else.
fn key_exchanges() -> Vec<kex::Name> {
    let mut all = Preferred::DEFAULT.kex.to_vec();
    let behind = all.iter().position(|k| *k == kex::DH_GEX_SHA256).unwrap_or(all.len());
    all.splice(behind..behind, [kex::ECDH_SHA2_NISTP256, kex::ECDH_SHA2_NISTP384, kex::ECDH_SHA2_NISTP521]);
    all
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
    fn what_is_legacy_is_named_and_never_offered_unasked() {
        let list = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
        let own = SshAlgorithmConfig {
            key_exchange: list(&[
                "curve25519-sha256",
                "diffie-hellman-group14-sha1",
                "diffie-hellman-group1-sha1",
            ]),
            encryption: list(&["aes256-ctr", "aes256-cbc"]),
            mac: list(&["hmac-sha1", "hmac-sha2-256"]),
            host_key: list(&["ssh-rsa", "rsa-sha2-512", "ssh-ed25519"]),
        };
        let legacy = legacy_algorithms(&own);
        let expected = [
            "diffie-hellman-group14-sha1",
            "diffie-hellman-group1-sha1",
            "aes256-cbc",
            "hmac-sha1",
            "ssh-rsa",
        ];
        assert_eq!(legacy, expected);
        assert!(preferred(Some(&own), &[]).is_ok(), "listed, they are offered");
        let ours = preferred(None, &[]).unwrap();
        let offered = SshAlgorithmConfig {
            key_exchange: Some(ours.kex.iter().map(|n| n.as_ref().to_owned()).collect()),
            encryption: Some(ours.cipher.iter().map(|n| n.as_ref().to_owned()).collect()),
            mac: Some(ours.mac.iter().map(|n| n.as_ref().to_owned()).collect()),
            host_key: Some(ours.key.iter().map(ToString::to_string).collect()),
        };
        assert_eq!(legacy_algorithms(&offered), Vec::<String>::new());
        assert!(ours.kex.contains(&kex::ECDH_SHA2_NISTP256));
    }

    #[test]
    fn every_choice_can_be_listed_and_only_safe_ones_are_usual() {
        let choices = algorithm_choices();
        let names = |of: &[AlgorithmChoice]| Some(of.iter().map(|c| c.name.clone()).collect());
        let all = SshAlgorithmConfig {
            key_exchange: names(&choices.key_exchange),
            encryption: names(&choices.encryption),
            mac: names(&choices.mac),
            host_key: names(&choices.host_key),
        };
        assert!(preferred(Some(&all), &[]).is_ok());
        let lists = [&choices.key_exchange, &choices.encryption, &choices.mac, &choices.host_key];
        let legacy: Vec<&str> = lists
            .into_iter()
            .flatten()
            .filter(|c| c.offered == AlgorithmUse::Legacy)
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(legacy_algorithms(&all), legacy);
        assert!(legacy.contains(&"aes128-cbc") && legacy.contains(&"ssh-rsa"), "{legacy:?}");
        assert_eq!(choices.host_key.iter().filter(|c| c.offered == AlgorithmUse::Usual).count(), 6);
        assert!(choices.key_exchange.iter().all(|c| !c.name.contains("ext-info") && c.name != "none"));
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
