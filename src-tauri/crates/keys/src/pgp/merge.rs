//! Another copy of a certificate that is known: what it says newly is taken over.
//!
//! Invariant: nothing is ever taken away; a revocation that is known stays, whatever the other copy leaves out.

use super::certificate::{Certificate, PrivateKey};
use crate::error::{KeysError, Result};
use sequoia_openpgp as openpgp;

use openpgp::Packet;

const DOING: &str = "joined two copies of a key";

/// `known` with what `other` says newly: user ids, subkeys, a later or earlier end, revocations. `None` when that is
/// nothing.
///
/// # Errors
/// [`KeysError::Invalid`] when the two are different keys.
pub fn merged(known: &Certificate, other: &Certificate) -> Result<Option<Certificate>> {
    if known.0.fingerprint() != other.0.fingerprint() {
        let message = format!("{} is another key than {}.", other.fingerprint(), known.fingerprint());
        return Err(KeysError::Invalid { field: "certificate", message });
    }
    let packets: Vec<Packet> = other.0.clone().into_packets().collect();
    let (cert, changed) =
        known.0.clone().insert_packets(packets).map_err(|error| KeysError::library(DOING, error))?;
    Ok(changed.then_some(Certificate(cert)))
}

impl PrivateKey {
    /// The pair with what its certificate has learnt since: a pair that was stored once keeps its old end otherwise.
    ///
    /// # Errors
    /// [`KeysError::Library`] when the certificate is another key's.
    pub fn brought_up_to(self, certificate: &Certificate) -> Result<Self> {
        let joined = self.0.merge_public(certificate.0.clone());
        Ok(Self(joined.map_err(|error| KeysError::library(DOING, error))?))
    }
}
