//! Moving a job's steps from an OpenPGP key to the key that follows it.
//!
//! What a step protects with, it protects with the successor instead. What it reads with, it reads with both: partners
//! go on using the old key for a while, and old files stay readable. Invariant: a step that does not name the old key
//! stays as it is.

use super::JobDraft;
use crate::PgpKeyId;
use crate::step::{FieldType, StepType, protects};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;

/// What became of one field of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct MovedKey {
    pub step_name: String,
    pub field: String,
    pub change: KeyMove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum KeyMove {
    /// The successor stands where the old key stood.
    Replaced,
    /// The successor stands beside the old key.
    Added,
}

/// Whether the old key may still open and check what was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKey {
    StillReads,
    IsOfNoUse,
}

impl JobDraft {
    /// Lets every step that names `old` name `new`; tells what changed, in the order of the steps.
    pub fn move_key(&mut self, old: PgpKeyId, new: PgpKeyId, standing: OldKey) -> Vec<MovedKey> {
        let mut moved = Vec::new();
        let (old, new) = (Value::from(old.to_string()), Value::from(new.to_string()));
        for step in &mut self.steps {
            let Ok(step_type) = step.type_key.parse::<StepType>() else { continue };
            for field in step_type.spec().fields {
                if !matches!(field.field_type, FieldType::PgpKeyId | FieldType::PgpKeyIdList) {
                    continue;
                }
                let keep = standing == OldKey::StillReads && !protects(&field.name);
                let Some(value) = step.configuration.get_mut(&field.name) else { continue };
                if let Some(change) = put(value, &old, &new, keep) {
                    moved.push(MovedKey { step_name: step.name.clone(), field: field.name.clone(), change });
                }
            }
        }
        moved
    }
}

fn put(value: &mut Value, old: &Value, new: &Value, keep: bool) -> Option<KeyMove> {
    if value == old {
        *value = new.clone();
        return Some(KeyMove::Replaced);
    }
    let Value::Array(keys) = value else { return None };
    let at = keys.iter().position(|key| key == old)?;
    let there = keys.contains(new);
    match (keep, there) {
        (true, true) => None,
        (true, false) => {
            keys.insert(at + 1, new.clone());
            Some(KeyMove::Added)
        }
        (false, true) => {
            keys.remove(at);
            Some(KeyMove::Replaced)
        }
        (false, false) => {
            if let Some(place) = keys.get_mut(at) {
                *place = new.clone();
            }
            Some(KeyMove::Replaced)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn id(number: u128) -> PgpKeyId {
        PgpKeyId(Uuid::from_u128(number))
    }

    fn draft() -> JobDraft {
        let (old, other) = (id(1), id(9));
        serde_json::from_value(json!({ "name": "j", "steps": [
            { "name": "Open", "type_key": "pgp.decrypt", "configuration":
                { "input_path": "a", "private_key_ids": [old], "signer_key_ids": [other] } },
            { "name": "Seal", "type_key": "pgp.encrypt", "configuration":
                { "input_path": "a", "recipient_key_ids": [other, old], "signing_key_id": old } },
            { "name": "Move", "type_key": "file.move", "configuration":
                { "source_path": old.to_string(), "destination_path": "b/" } },
        ] }))
        .unwrap()
    }

    #[test]
    fn what_protects_is_replaced_and_what_reads_keeps_the_old_key_beside_the_new() {
        let mut draft = draft();
        let moved = draft.move_key(id(1), id(2), OldKey::StillReads);
        let told: Vec<_> = moved.iter().map(|m| (m.step_name.as_str(), m.field.as_str(), m.change)).collect();
        assert_eq!(
            told,
            [
                ("Open", "private_key_ids", KeyMove::Added),
                ("Seal", "recipient_key_ids", KeyMove::Replaced),
                ("Seal", "signing_key_id", KeyMove::Replaced),
            ]
        );
        let field = |step: usize, name: &str| draft.steps[step].configuration[name].clone();
        assert_eq!(field(0, "private_key_ids"), json!([id(1), id(2)]));
        assert_eq!(field(0, "signer_key_ids"), json!([id(9)]));
        assert_eq!(field(1, "recipient_key_ids"), json!([id(9), id(2)]));
        assert_eq!(field(1, "signing_key_id"), json!(id(2)));
        assert_eq!(field(2, "source_path"), json!(id(1).to_string()), "a path is no key");
        assert!(draft.move_key(id(1), id(2), OldKey::StillReads).is_empty(), "moving again changes nothing");
    }

    #[test]
    fn a_revoked_key_is_left_nowhere() {
        let mut draft = draft();
        draft.move_key(id(1), id(9), OldKey::IsOfNoUse);
        assert_eq!(draft.steps[0].configuration["private_key_ids"], json!([id(9)]));
        assert_eq!(draft.steps[1].configuration["recipient_key_ids"], json!([id(9)]), "it was there already");
        let text = serde_json::to_string(&draft.steps[..2]).unwrap();
        assert!(!text.contains(&id(1).to_string()), "{text}");
    }

    #[test]
    fn every_field_for_keys_says_what_it_is_for() {
        let mut fields: Vec<String> = crate::step::specs()
            .into_iter()
            .flat_map(|spec| spec.fields)
            .filter(|f| matches!(f.field_type, FieldType::PgpKeyId | FieldType::PgpKeyIdList))
            .map(|f| f.name)
            .collect();
        fields.sort();
        fields.dedup();
        let (protecting, reading): (Vec<_>, Vec<_>) = fields.into_iter().partition(|name| protects(name));
        assert_eq!(protecting, ["recipient_key_ids", "signing_key_id"]);
        assert_eq!(reading, ["private_key_ids", "signer_key_ids"], "a new field belongs to one of the two");
    }
}
