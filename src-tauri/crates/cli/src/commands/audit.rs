//! `courier audit`.

use crate::args::AuditCommand;
use crate::exit;
use crate::output::{Out, instant};
use courier_app::{App, AppError, AuditFilter, AuditVerdict};
use serde_json::json;

pub(super) async fn run(app: &App, command: &AuditCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        AuditCommand::List { limit } => {
            let entries = app.audit_list(&AuditFilter { limit: *limit, ..AuditFilter::default() }).await?;
            if out.json {
                out.json(&entries);
            } else {
                let rows: Vec<_> = entries
                    .iter()
                    .map(|e| {
                        vec![
                            e.sequence.to_string(),
                            instant(Some(e.performed_at)),
                            e.performed_by.clone(),
                            e.entity_type.to_string(),
                            e.operation.clone(),
                            e.entity_id.to_string(),
                        ]
                    })
                    .collect();
                out.table(&["#", "AT", "BY", "KIND", "DID", "ID"], &rows);
            }
            Ok(exit::DONE)
        }
        AuditCommand::Verify => Ok(match app.audit_verify().await? {
            AuditVerdict::Whole { entries } => {
                if out.json {
                    out.json(&json!({ "whole": true, "entries": entries }));
                } else {
                    out.line(&format!("The chain is whole: {entries} entries."));
                }
                exit::DONE
            }
            AuditVerdict::Broken { sequence, entry_id, reason } => {
                if out.json {
                    out.json(&json!({ "whole": false, "sequence": sequence, "entry_id": entry_id, "reason": reason }));
                }
                out.note(&format!("error: The chain is broken at entry {sequence}: {reason}."));
                exit::FAILED
            }
        }),
    }
}
