//! The log as a file: JSON lines whose chain anyone can compute again, or CSV for a spreadsheet.
//!
//! In JSON lines `details` stands as the very text that the hash covers. In CSV a cell that a spreadsheet would take
//! for a formula begins with an apostrophe.
//!
//! Invariant: pages hold a bounded number of entries, and what leaves here has no hole.

use super::checkpoint::newest_sequence;
use super::list::Row;
use crate::StoreError;
use crate::session::{Session, on};
use courier_domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::Write;
use uuid::Uuid;

/// Entries read at once.
const PAGE: i64 = 2_000;

/// How the file looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditExportFormat {
    JsonLines,
    Csv,
}

/// An export on its way: [`AuditExport::page`] until it gives nothing.
#[derive(Debug)]
pub struct AuditExport {
    format: AuditExportFormat,
    /// The next page begins after this sequence.
    after: i64,
    /// The last sequence wanted.
    to: i64,
    begun: bool,
}

/// An entry as one line of JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) sequence: i64,
    pub(super) id: Uuid,
    pub(super) entity_type: String,
    pub(super) entity_id: Uuid,
    pub(super) operation: String,
    pub(super) performed_by: String,
    pub(super) performed_at: String,
    pub(super) details: Box<RawValue>,
    pub(super) previous_hash: String,
    pub(super) entry_hash: String,
}

const COLUMNS: [&str; 10] = [
    "sequence",
    "id",
    "entity_type",
    "entity_id",
    "operation",
    "performed_by",
    "performed_at",
    "details",
    "previous_hash",
    "entry_hash",
];

impl Session {
    /// Begins an export of the entries from `since` until before `until`: one unbroken piece of the chain.
    pub async fn export_audit(
        &mut self,
        format: AuditExportFormat,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<AuditExport, StoreError> {
        let after = match since {
            Some(since) => self.audit_last_before(since).await?,
            None => None,
        };
        let first = "SELECT sequence FROM audit_log_entries ORDER BY sequence LIMIT 1";
        let first: Option<i64> = on!(self, |c| sqlx::query_scalar(first).fetch_optional(c).await?);
        let to = match until {
            Some(until) => self.audit_last_before(until).await?.unwrap_or(0),
            None => newest_sequence(self).await?.unwrap_or(0),
        };
        let after = after.unwrap_or_else(|| first.map_or(0, |first| first - 1));
        Ok(AuditExport { format, after, to, begun: false })
    }
}

impl AuditExport {
    /// The next bytes of the file; empty when all is told.
    pub async fn page(&mut self, session: &mut Session) -> Result<Vec<u8>, StoreError> {
        let mut out = Vec::new();
        if !self.begun && self.format == AuditExportFormat::Csv {
            csv_line(&mut out, COLUMNS);
        }
        self.begun = true;
        let sql = "SELECT * FROM audit_log_entries WHERE sequence > $1 AND sequence <= $2 \
                   ORDER BY sequence LIMIT $3";
        let rows: Vec<Row> = on!(session, |c| sqlx::query_as(sql)
            .bind(self.after)
            .bind(self.to)
            .bind(PAGE)
            .fetch_all(c)
            .await?);
        if rows.is_empty() && self.after < self.to {
            return Err(self.hole());
        }
        for row in rows {
            if row.sequence != self.after + 1 {
                return Err(self.hole());
            }
            self.after = row.sequence;
            match self.format {
                AuditExportFormat::JsonLines => json_line(&mut out, row)?,
                AuditExportFormat::Csv => csv_row(&mut out, &row),
            }
        }
        Ok(out)
    }

    /// How many entries are still to be told.
    pub fn left(&self) -> u64 {
        u64::try_from(self.to - self.after).unwrap_or(0)
    }

    fn hole(&self) -> StoreError {
        let missing = self.after + 1;
        StoreError::Damaged {
            what: format!(
                "audit entry {missing} is missing; it was pruned meanwhile, or `courier audit verify` tells more"
            ),
        }
    }
}

fn json_line(out: &mut Vec<u8>, row: Row) -> Result<(), StoreError> {
    let sequence = row.sequence;
    let damaged = |e| StoreError::Damaged { what: format!("details of audit entry {sequence}: {e}") };
    let performed_at = row.performed_at_text();
    // A text that is no JSON on one line was not written by Courier; as a JSON string it stays what it is, and wrong.
    let details = match RawValue::from_string(row.details.clone()) {
        Ok(raw) if !row.details.contains(['\n', '\r']) => raw,
        Ok(_) | Err(_) => serde_json::value::to_raw_value(&row.details).map_err(damaged)?,
    };
    let line = Line {
        sequence,
        id: row.id,
        entity_type: row.entity_type.0.to_string(),
        entity_id: row.entity_id,
        operation: row.operation,
        performed_by: row.performed_by,
        performed_at,
        details,
        previous_hash: row.previous_hash,
        entry_hash: row.entry_hash,
    };
    serde_json::to_writer(&mut *out, &line).map_err(damaged)?;
    out.push(b'\n');
    Ok(())
}

fn csv_row(out: &mut Vec<u8>, row: &Row) {
    csv_line(
        out,
        [
            &row.sequence.to_string(),
            &row.id.to_string(),
            row.entity_type.0.as_str(),
            &row.entity_id.to_string(),
            &row.operation,
            &row.performed_by,
            &row.performed_at_text(),
            &row.details,
            &row.previous_hash,
            &row.entry_hash,
        ],
    );
}

/// One record as RFC 4180 has it.
fn csv_line(out: &mut Vec<u8>, cells: [&str; 10]) {
    for (n, cell) in cells.into_iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        if cell.contains(['"', ',', '\n', '\r']) {
            // Writing to memory cannot fail.
            let _ = write!(out, "\"{guard}{}\"", cell.replace('"', "\"\""));
        } else {
            let _ = write!(out, "{guard}{cell}");
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_would_be_a_formula_begins_with_an_apostrophe() {
        let mut out = Vec::new();
        csv_line(&mut out, ["=1+1", "+1", "-1", "@a", "\tb", "\rc", "a,\"b\"", "a=b", "=\"x\"", ""]);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "'=1+1,'+1,'-1,'@a,'\tb,\"'\rc\",\"a,\"\"b\"\"\",a=b,\"'=\"\"x\"\"\",\r\n");
    }
}
