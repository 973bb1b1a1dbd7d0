use super::*;
use crate::key::{PgpAlgorithm, PgpKeyType};
use chrono::DateTime;
use proptest::prelude::*;
use uuid::Uuid;

const DAY: TimeDelta = TimeDelta::days(1);
const WARNING: TimeDelta = TimeDelta::days(30);

fn at(days: i64) -> Timestamp {
    DateTime::UNIX_EPOCH + DAY * i32::try_from(days).unwrap()
}

fn key(number: u128, name: &str, successor: Option<u128>) -> PgpKey {
    PgpKey {
        id: PgpKeyId(Uuid::from_u128(number)),
        name: name.into(),
        fingerprint: format!("{number:040X}"),
        short_key_id: format!("{number:016X}"),
        algorithm: PgpAlgorithm::EccCurve25519,
        key_type: PgpKeyType::KeyPair,
        purpose: None,
        status: PgpKeyStatus::Active,
        public_key_data: String::new(),
        private_key_data: None,
        passphrase_hash: None,
        expires_at: None,
        successor_key_id: successor.map(|n| PgpKeyId(Uuid::from_u128(n))),
        created_by: "me@here".into(),
        created_at: at(0),
        updated_at: at(0),
        is_deleted: false,
        deleted_at: None,
        user_ids: Vec::new(),
        revocation_certificate: None,
    }
}

#[test]
fn a_key_ages_from_active_over_expiring_to_retired() {
    let end = Some(at(100));
    let due = |status: PgpKeyStatus, day| status.due(end, at(day), WARNING);
    assert_eq!(due(PgpKeyStatus::Active, 69), None);
    assert_eq!(due(PgpKeyStatus::Active, 70), Some(PgpKeyEvent::NearEnd));
    assert_eq!(due(PgpKeyStatus::Expiring, 99), None);
    assert_eq!(due(PgpKeyStatus::Expiring, 100), Some(PgpKeyEvent::Expire));
    assert_eq!(due(PgpKeyStatus::Active, 100), Some(PgpKeyEvent::Expire), "a machine that was off for weeks");
    assert_eq!(due(PgpKeyStatus::Expiring, 60), Some(PgpKeyEvent::Extend), "a shorter warning was set");
    assert_eq!(PgpKeyStatus::Expiring.due(None, at(60), WARNING), Some(PgpKeyEvent::Extend));
    for over in [PgpKeyStatus::Retired, PgpKeyStatus::Revoked, PgpKeyStatus::Deleted] {
        assert_eq!(due(over, 1_000), None, "{over}");
    }
}

#[test]
fn revoked_and_deleted_are_for_good() {
    for event in PgpKeyEvent::ALL {
        assert!(PgpKeyStatus::Deleted.apply(*event).is_err(), "{event}");
        let after = PgpKeyStatus::Revoked.apply(*event);
        assert!(after.is_err() || after == Ok(PgpKeyStatus::Deleted), "{event}");
    }
}

#[test]
fn a_successor_that_leads_back_is_refused_with_the_circle() {
    let keys = [key(1, "2024", None), key(2, "2025", Some(3)), key(3, "2026", Some(1))];
    assert_eq!(check_successor(&keys[0], &keys[0], &keys), Err(SuccessorRefused::Itself));
    let refused = check_successor(&keys[0], &keys[1], &keys).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the keys would follow each other in a circle: 2024 → 2025 → 2026 → 2024"
    );
    assert_eq!(check_successor(&keys[2], &keys[0], &keys), Ok(()));
}

#[test]
fn a_successor_must_be_able_to_do_the_work() {
    let (old, mut new) = (key(1, "old", None), key(2, "new", None));
    new.status = PgpKeyStatus::Retired;
    let refused = |new: &PgpKey| check_successor(&old, new, &[old.clone(), new.clone()]);
    assert!(matches!(refused(&new), Err(SuccessorRefused::Unusable { .. })));
    new.status = PgpKeyStatus::Expiring;
    assert_eq!(refused(&new), Ok(()));
    new.key_type = PgpKeyType::PublicOnly;
    assert!(matches!(refused(&new), Err(SuccessorRefused::PublicOnly { .. })));
}

#[test]
fn the_newest_usable_successor_takes_over() {
    let mut keys = [key(1, "a", Some(2)), key(2, "b", Some(3)), key(3, "c", None)];
    assert_eq!(newest_successor(&keys[0], &keys), Some(keys[2].id));
    keys[2].status = PgpKeyStatus::Revoked;
    assert_eq!(newest_successor(&keys[0], &keys), Some(keys[1].id));
    assert_eq!(newest_successor(&keys[2], &keys), None);
}

proptest! {
    #[test]
    fn whatever_happens_a_key_that_was_revoked_never_works_again(
        events in proptest::collection::vec(0..PgpKeyEvent::ALL.len(), 0..40)
    ) {
        let mut status = PgpKeyStatus::Active;
        let mut revoked = false;
        for event in events.into_iter().map(|n| PgpKeyEvent::ALL[n]) {
            if let Ok(next) = status.apply(event) {
                status = next;
            }
            revoked |= status == PgpKeyStatus::Revoked;
            prop_assert!(!revoked || !status.may_read());
        }
    }

    #[test]
    fn time_settles_after_one_event(end in 0i64..400, now in 0i64..400) {
        for status in [PgpKeyStatus::Active, PgpKeyStatus::Expiring] {
            if let Some(event) = status.due(Some(at(end)), at(now), WARNING) {
                let next = status.apply(event).unwrap();
                prop_assert_eq!(next.due(Some(at(end)), at(now), WARNING), None);
            }
        }
    }
}
