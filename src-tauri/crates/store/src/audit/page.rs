//! Entries in the order of their sequence, many at a time, in the form that their hash is computed from.
//!
//! Reading the whole log is bounded by what each row costs on the way out of the driver, so a page holds all its rows
//! in one buffer and nothing is parsed: no JSON, no time, no text.

use super::canonical::{self, Fields};
use crate::StoreError;
use crate::session::Conn;
use courier_domain::{AuditLogEntryId, Timestamp};
use futures::TryStreamExt;
use sqlx::{Postgres, Row, Sqlite};
use uuid::Uuid;

const SELECT: &str = "SELECT sequence, previous_hash, id, entity_type, entity_id, operation, performed_by, \
                      performed_at, details, entry_hash FROM audit_log_entries WHERE sequence > $1 \
                      ORDER BY sequence LIMIT $2";

/// Rows ready to be hashed.
#[derive(Debug, Default)]
pub(super) struct Page {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    sequence: i64,
    id: Uuid,
    /// Ends of the canonical bytes and of the stored hash behind them.
    covered: usize,
    end: usize,
    previous_hash: (usize, usize),
}

/// One row of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) sequence: i64,
    pub(super) id: AuditLogEntryId,
    pub(super) previous_hash: &'a [u8],
    /// What the hash covers.
    pub(super) covered: &'a [u8],
    pub(super) entry_hash: &'a [u8],
}

impl Page {
    fn with_room(rows: usize) -> Self {
        // An ordinary entry has about 450 bytes.
        Self { bytes: Vec::with_capacity(rows * 512), slots: Vec::with_capacity(rows) }
    }

    /// Up to `limit` rows after a sequence; empty at the end of the log.
    pub(super) async fn read(conn: Conn<'_>, after: i64, limit: i64) -> Result<Self, StoreError> {
        let mut page = Self::with_room(usize::try_from(limit).unwrap_or(0));
        match conn {
            Conn::Sqlite(c) => {
                let mut rows = sqlx::query(SELECT).bind(after).bind(limit).fetch(c);
                while let Some(row) = rows.try_next().await? {
                    page.push_sqlite(&row)?;
                }
            }
            Conn::Postgres(c) => {
                let mut rows = sqlx::query(SELECT).bind(after).bind(limit).fetch(c);
                while let Some(row) = rows.try_next().await? {
                    page.push_postgres(&row)?;
                }
            }
        }
        Ok(page)
    }

    fn push_sqlite(&mut self, row: &<Sqlite as sqlx::Database>::Row) -> Result<(), sqlx::Error> {
        let bytes = |column: usize| row.try_get_unchecked::<&[u8], _>(column);
        let stored = bytes(7)?;
        let canonical = canonical::instant_of_text(stored);
        let fields = Fields {
            sequence: row.try_get_unchecked(0)?,
            previous_hash: bytes(1)?,
            id: bytes(2)?,
            entity_type: bytes(3)?,
            entity_id: bytes(4)?,
            operation: bytes(5)?,
            performed_by: bytes(6)?,
            // Another spelling is hashed as it stands, and so found.
            performed_at: canonical.as_ref().map_or(stored, |text| text.as_slice()),
            details: bytes(8)?,
        };
        self.push(&fields, bytes(9)?);
        Ok(())
    }

    fn push_postgres(&mut self, row: &<Postgres as sqlx::Database>::Row) -> Result<(), sqlx::Error> {
        let bytes = |column: usize| row.try_get_unchecked::<&[u8], _>(column);
        let at = canonical::instant(row.try_get_unchecked::<Timestamp, _>(7)?);
        let fields = Fields {
            sequence: row.try_get_unchecked(0)?,
            previous_hash: bytes(1)?,
            id: bytes(2)?,
            entity_type: bytes(3)?,
            entity_id: bytes(4)?,
            operation: bytes(5)?,
            performed_by: bytes(6)?,
            performed_at: at.as_bytes(),
            details: bytes(8)?,
        };
        self.push(&fields, bytes(9)?);
        Ok(())
    }

    /// Adds a row.
    pub(super) fn push(&mut self, fields: &Fields<'_>, entry_hash: &[u8]) {
        let begin = self.bytes.len();
        canonical::write(&mut self.bytes, fields);
        let covered = self.bytes.len();
        self.bytes.extend_from_slice(entry_hash);
        // Two lengths, the sequence's digits, then the hash before.
        let digits = u64_at(&self.bytes, begin);
        let previous = begin + 8 + digits + 8;
        self.slots.push(Slot {
            sequence: fields.sequence,
            id: Uuid::from_slice(fields.id).unwrap_or_default(),
            covered,
            end: self.bytes.len(),
            previous_hash: (previous, previous + fields.previous_hash.len()),
        });
    }

    pub(super) fn last_sequence(&self) -> Option<i64> {
        self.slots.last().map(|slot| slot.sequence)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut begin = 0;
        self.slots.iter().map(move |slot| {
            let entry = Entry {
                sequence: slot.sequence,
                id: AuditLogEntryId(slot.id),
                previous_hash: &self.bytes[slot.previous_hash.0..slot.previous_hash.1],
                covered: &self.bytes[begin..slot.covered],
                entry_hash: &self.bytes[slot.covered..slot.end],
            };
            begin = slot.end;
            entry
        })
    }
}

/// The length that stands at a place.
fn u64_at(bytes: &[u8], at: usize) -> usize {
    let length = bytes.get(at..at + 8).and_then(|b| <[u8; 8]>::try_from(b).ok());
    length.map_or(0, |b| usize::try_from(u64::from_be_bytes(b)).unwrap_or(0))
}
