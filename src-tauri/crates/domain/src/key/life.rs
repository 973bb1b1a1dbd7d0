//! The life of an OpenPGP key: Active → Expiring → Retired; Revoked and Deleted from everywhere before. And what follows
//! a key: its successor.
//!
//! Pure functions; whoever applies an event stores the new status with its audit entry in one unit of work. Invariant:
//! a revoked key never protects or reads again, a deleted one never changes again.

use super::{PgpKey, PgpKeyStatus};
use crate::execution::InvalidTransition;
use crate::macros::text_enum;
use crate::{PgpKeyId, Timestamp};
use chrono::TimeDelta;

text_enum! {
    /// What can happen to an OpenPGP key.
    pub enum PgpKeyEvent {
        /// Its end is near.
        NearEnd = "near_end",
        /// Its end is far again: its owner extended it.
        Extend = "extend",
        Expire = "expire",
        Retire = "retire",
        Revoke = "revoke",
        Delete = "delete",
    }
}

impl PgpKeyStatus {
    /// The status after `event`, or a refusal.
    pub fn apply(self, event: PgpKeyEvent) -> Result<PgpKeyStatus, InvalidTransition> {
        use PgpKeyEvent as E;
        use PgpKeyStatus as S;
        Ok(match (self, event) {
            (S::Active, E::NearEnd) => S::Expiring,
            // Who retired it by hand does not get it back; whoever calls tells the two apart by the old end.
            (S::Expiring | S::Retired, E::Extend) => S::Active,
            (S::Active | S::Expiring, E::Expire | E::Retire) => S::Retired,
            (S::Active | S::Expiring | S::Retired, E::Revoke) => S::Revoked,
            (S::Active | S::Expiring | S::Retired | S::Revoked, E::Delete) => S::Deleted,
            (state, event) => {
                return Err(InvalidTransition { state: state.as_str(), event: event.as_str() });
            }
        })
    }

    /// What the passing of time means for a key that ends at `expires_at`, if anything. `warning` is how long before
    /// its end a key is called expiring.
    pub fn due(
        self,
        expires_at: Option<Timestamp>,
        now: Timestamp,
        warning: TimeDelta,
    ) -> Option<PgpKeyEvent> {
        let left = expires_at.map(|at| at - now);
        match (self, left) {
            (Self::Active | Self::Expiring, Some(left)) if left <= TimeDelta::zero() => {
                Some(PgpKeyEvent::Expire)
            }
            (Self::Active, Some(left)) if left <= warning => Some(PgpKeyEvent::NearEnd),
            (Self::Expiring, Some(left)) if left > warning => Some(PgpKeyEvent::Extend),
            (Self::Expiring, None) => Some(PgpKeyEvent::Extend),
            (Self::Active | Self::Expiring | Self::Retired | Self::Revoked | Self::Deleted, _) => None,
        }
    }
}

/// Why a key cannot be another's successor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuccessorRefused {
    #[error("a key cannot follow itself")]
    Itself,
    /// The names on the way round, the first one again at the end.
    #[error("the keys would follow each other in a circle: {}", .0.join(" → "))]
    Circle(Vec<String>),
    #[error("`{name}` is {status}; a successor must be active")]
    Unusable { name: String, status: PgpKeyStatus },
    #[error("`{name}` has no private part here, but `{old}` is one of our key pairs")]
    PublicOnly { name: String, old: String },
}

/// Whether `successor` may follow `key`, among all living `keys`.
pub fn check_successor(key: &PgpKey, successor: &PgpKey, keys: &[PgpKey]) -> Result<(), SuccessorRefused> {
    if key.id == successor.id {
        return Err(SuccessorRefused::Itself);
    }
    let mut names = vec![key.name.clone(), successor.name.clone()];
    let mut next = successor.successor_key_id;
    while let Some(found) = next.and_then(|id| keys.iter().find(|k| k.id == id)) {
        // An older circle elsewhere cannot keep this loop going for ever.
        if names.len() > keys.len() {
            break;
        }
        names.push(found.name.clone());
        if found.id == key.id {
            return Err(SuccessorRefused::Circle(names));
        }
        next = found.successor_key_id;
    }
    if !successor.status.may_protect() {
        return Err(SuccessorRefused::Unusable { name: successor.name.clone(), status: successor.status });
    }
    if key.key_type == super::PgpKeyType::KeyPair && successor.key_type == super::PgpKeyType::PublicOnly {
        return Err(SuccessorRefused::PublicOnly { name: successor.name.clone(), old: key.name.clone() });
    }
    Ok(())
}

/// The last in line of `key`'s successors that still protects; `None` if there is none. Keys that stopped protecting
/// are passed over.
pub fn newest_successor(key: &PgpKey, keys: &[PgpKey]) -> Option<PgpKeyId> {
    let mut next = key.successor_key_id;
    let mut newest = None;
    for _ in 0..keys.len() {
        let Some(found) = next.and_then(|id| keys.iter().find(|k| k.id == id)) else { break };
        if found.status.may_protect() {
            newest = Some(found.id);
        }
        next = found.successor_key_id;
    }
    newest
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
