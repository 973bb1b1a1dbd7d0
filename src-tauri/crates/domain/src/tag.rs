//! Tags: labels that people put on jobs, chains, connections, keys and monitors.

use crate::connection::check_name;
use crate::macros::text_enum;
use crate::problem::{Problem, Problems};
use crate::{EntityTagId, TagId, Timestamp};
use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::Uuid;

text_enum! {
    /// What can carry a tag.
    pub enum TaggableEntityType {
        Job = "job", JobChain = "job_chain", Connection = "connection",
        PgpKey = "pgp_key", SshKey = "ssh_key", FileMonitor = "file_monitor",
    }
}

impl TaggableEntityType {
    /// The kind under which the audit knows it.
    pub const fn audited_as(self) -> crate::audit::AuditableEntityType {
        use crate::audit::AuditableEntityType as A;
        match self {
            Self::Job => A::Job,
            Self::JobChain => A::Chain,
            Self::Connection => A::Connection,
            Self::PgpKey => A::PgpKey,
            Self::SshKey => A::SshKey,
            Self::FileMonitor => A::FileMonitor,
        }
    }
}

/// A label. Its name is unique without regard to case among what is not deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Tag {
    pub id: TagId,
    pub name: String,
    /// `#RRGGBB`, as it is shown.
    pub color: Option<String>,
    /// What groups it: `Partner`, `Environment`, …
    pub category: Option<String>,
    pub description: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
    pub deleted_at: Option<Timestamp>,
}

/// One label on one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct EntityTag {
    pub id: EntityTagId,
    pub tag_id: TagId,
    pub entity_type: TaggableEntityType,
    pub entity_id: Uuid,
}

/// What people enter about a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct TagDraft {
    pub name: String,
    #[serde(default)]
    pub color: Option<String>,
    #[serde(default)]
    pub category: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
}

impl TagDraft {
    /// Everything wrong with it, each with its path.
    pub fn check(&self) -> Problems {
        let mut problems = Problems::default();
        check_name(&self.name, "name", &mut problems);
        let hex = |text: &str| {
            text.strip_prefix('#').is_some_and(|h| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        if self.color.as_deref().is_some_and(|color| !hex(color)) {
            problems.push(Problem::error("color", "invalid", "Enter a colour such as #2563EB."));
        }
        problems
    }
}

impl Tag {
    /// A new tag from a draft whose check found no error.
    pub fn new(id: TagId, draft: TagDraft, now: Timestamp) -> Self {
        let mut tag = Self {
            id,
            name: String::new(),
            color: None,
            category: None,
            description: None,
            created_at: now,
            updated_at: now,
            is_deleted: false,
            deleted_at: None,
        };
        tag.edit(draft, now);
        tag
    }

    /// Takes over a draft whose check found no error.
    pub fn edit(&mut self, draft: TagDraft, now: Timestamp) {
        let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
        self.name = draft.name;
        self.color = draft.color.map(|c| c.to_uppercase());
        self.category = filled(draft.category);
        self.description = filled(draft.description);
        self.updated_at = now;
    }

    /// The draft that describes the tag as it is.
    pub fn to_draft(&self) -> TagDraft {
        TagDraft {
            name: self.name.clone(),
            color: self.color.clone(),
            category: self.category.clone(),
            description: self.description.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        let draft = |color: &str| TagDraft {
            name: "partner-x".into(),
            color: Some(color.into()),
            category: None,
            description: None,
        };
        assert!(!draft("#2563eb").check().has_errors());
        for bad in ["2563EB", "#25", "#GGGGGG", "red", "#2563EB0"] {
            assert_eq!(draft(bad).check().0[0].path, "color", "{bad}");
        }
    }
}
