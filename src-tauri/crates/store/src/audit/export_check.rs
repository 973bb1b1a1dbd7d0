//! Checking an exported file by itself: its own chain, and whatever checkpoints are given beside it.
//!
//! Left out: CSV, which is for reading.

use super::GENESIS;
use super::canonical::Fields;
use super::chain::Break;
use super::export::Line;
use super::page::Page;
use super::verify::{AuditFault, AuditTrust, AuditVerdict, AuditVerification, Plan};
use std::io::{self, BufRead};

/// Lines hashed at once.
const LINES: usize = 2_000;

/// Computes the chain of an export anew. Blocks for as long as the file takes to read.
///
/// # Errors
/// The file cannot be read. A line that is no entry is a verdict.
pub fn verify_audit_export(file: impl BufRead, trust: AuditTrust) -> io::Result<AuditVerification> {
    let mut lines = Lines { file, number: 0, text: String::new(), last: 0 };
    let first = match lines.next()? {
        Some(Ok(line)) => Ok(Some(line)),
        Some(Err(unreadable)) => Err(unreadable),
        None => Ok(None),
    };
    let (start, hash) = match &first {
        Ok(Some(line)) => (line.sequence.saturating_sub(1), line.previous_hash.clone()),
        Ok(None) | Err(_) => (0, GENESIS.to_owned()),
    };
    lines.last = start;
    let plan = Plan { prune: None, start, hash, inside: Vec::new(), trust, is_piece: true };
    let mut waiting = Some(first);
    let mut failed = None;
    let mut found = plan.judge(|| {
        let mut page = Page::default();
        if let Some(first) = waiting.take() {
            match first? {
                Some(line) => lines.put(&mut page, &line),
                None => return Ok(None),
            }
        }
        for _ in 0..LINES {
            match lines.next() {
                Ok(Some(line)) => {
                    let line = line?;
                    lines.put(&mut page, &line);
                }
                Ok(None) => break,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        Ok(page.last_sequence().map(|_| page))
    });
    if let Some(error) = failed {
        return Err(error);
    }
    if let AuditVerdict::Whole { entries: 1.. } = found.verdict {
        let (first, last) = (found.first_sequence, found.last_sequence);
        found.notes.push(format!(
            "The file holds the entries {first} to {last}; whether others were left out before or after them cannot \
             be told from it."
        ));
    }
    Ok(found)
}

struct Lines<R> {
    file: R,
    number: u64,
    text: String,
    /// The last entry that was handed out.
    last: i64,
}

impl<R: BufRead> Lines<R> {
    /// The next entry, or where a line is none.
    fn next(&mut self) -> io::Result<Option<Result<Line, Break>>> {
        self.text.clear();
        self.number += 1;
        let read = match self.file.read_line(&mut self.text) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Ok(Some(Err(self.unreadable())));
            }
            Err(error) => return Err(error),
        };
        if read == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&self.text).map_err(|_| self.unreadable())))
    }

    fn unreadable(&self) -> Break {
        Break { sequence: self.last + 1, entry_id: None, fault: AuditFault::Unreadable { line: self.number } }
    }

    fn put(&mut self, page: &mut Page, line: &Line) {
        self.last = line.sequence;
        let fields = Fields {
            sequence: line.sequence,
            previous_hash: line.previous_hash.as_bytes(),
            id: line.id.as_bytes(),
            entity_type: line.entity_type.as_bytes(),
            entity_id: line.entity_id.as_bytes(),
            operation: line.operation.as_bytes(),
            performed_by: line.performed_by.as_bytes(),
            performed_at: line.performed_at.as_bytes(),
            details: line.details.get().as_bytes(),
        };
        page.push(&fields, line.entry_hash.as_bytes());
    }
}
