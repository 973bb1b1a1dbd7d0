//! `courier audit`.

use crate::args::{AuditCommand, AuditExportArgs, AuditFormat, AuditListArgs, AuditVerifyArgs};
use crate::exit;
use crate::output::{Out, instant};
use courier_app::{
    App, AppError, AuditChecks, AuditExportFormat, AuditExportRequest, AuditFileFormat, AuditQuery,
    AuditVerdict, AuditVerification, CancellationToken,
};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::Arc;

pub(super) async fn run(app: &App, command: AuditCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        AuditCommand::List(args) => list(app, args, out).await,
        AuditCommand::Verify(args) => verify(app, args, out).await,
        AuditCommand::Export(args) => export(app, args, out).await,
    }
}

async fn list(app: &App, args: AuditListArgs, out: &Out) -> Result<u8, AppError> {
    let query = AuditQuery {
        entity_type: args.entity_type,
        entity: args.entity,
        operation: args.operation,
        performed_by: args.by,
        since: args.time.since,
        until: args.time.until,
        limit: args.limit,
        after: args.after,
    };
    let page = app.audit_list(query).await?;
    if out.json {
        out.json(&page.items);
        return Ok(exit::DONE);
    }
    let rows: Vec<_> = page
        .items
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
    if let Some(next) = page.next {
        out.hint(&format!("There are more: --after {next}"));
    }
    Ok(exit::DONE)
}

async fn verify(app: &App, args: AuditVerifyArgs, out: &Out) -> Result<u8, AppError> {
    let checks = AuditChecks { checkpoint_file: args.checkpoint_file, trusted_keys: args.trusted_key };
    let found = match args.export {
        Some(file) => app.audit_verify_export(file, checks).await?,
        None => app.audit_verify(checks).await?,
    };
    if out.json {
        out.json(&document(&found)?);
    }
    let status = match &found.verdict {
        AuditVerdict::Whole { entries } => {
            if !out.json {
                out.line(&format!("The chain is whole: {entries} entries."));
                said(&found, out);
            }
            exit::DONE
        }
        AuditVerdict::Broken { sequence, reason, .. } => {
            out.note(&format!("error: The chain is broken at entry {sequence}: {reason}."));
            exit::FAILED
        }
    };
    if !out.json {
        for note in &found.notes {
            out.hint(&format!("note: {note}"));
        }
    }
    Ok(status)
}

/// What stands behind a whole chain.
fn said(found: &AuditVerification, out: &Out) {
    if let (Some(to), Some(by)) = (found.pruned_to, &found.pruned_by) {
        out.line(&format!("Entries up to {to} were pruned by {by} on {}.", instant(found.pruned_at)));
    }
    if let Some(to) = found.sealed_to {
        out.line(&format!(
            "{} signed checkpoints in the store fit, the last at entry {to}.",
            found.checkpoints
        ));
    }
    if let Some(to) = found.sealed_outside_to {
        let count = found.outside_checkpoints;
        out.line(&format!("{count} checkpoints kept outside the store fit, the last at entry {to}."));
    }
}

fn document(found: &AuditVerification) -> Result<Value, AppError> {
    let mut value = serde_json::to_value(found).map_err(AppError::internal)?;
    if let Some(map) = value.as_object_mut() {
        map.remove("verdict");
        let whole = match &found.verdict {
            AuditVerdict::Whole { .. } => true,
            AuditVerdict::Broken { reason, .. } => {
                let fault = serde_json::to_value(reason).map_err(AppError::internal)?;
                map.insert("fault".into(), fault.get("fault").cloned().unwrap_or_default());
                map.insert("reason".into(), json!(reason.to_string()));
                false
            }
        };
        map.insert("whole".into(), json!(whole));
    }
    Ok(value)
}

async fn export(app: &App, args: AuditExportArgs, out: &Out) -> Result<u8, AppError> {
    let Some(path) = args.output else {
        let format = match args.format {
            AuditFormat::Jsonl => AuditExportFormat::JsonLines,
            AuditFormat::Csv => AuditExportFormat::Csv,
        };
        let mut pipe = Pipe(*out);
        app.audit_export(format, args.time.since, args.time.until, &mut pipe).await?;
        return Ok(exit::DONE);
    };
    let format = match args.format {
        AuditFormat::Jsonl => AuditFileFormat::JsonLines,
        AuditFormat::Csv => AuditFileFormat::Csv,
    };
    let (since, until) = (args.time.since, args.time.until);
    let request = AuditExportRequest { path: path.clone(), format, since, until };
    let bytes = app.audit_export_file(request, CancellationToken::new(), Arc::new(|_| ())).await?;
    if format == AuditFileFormat::JsonLines {
        out.hint(&format!("Anyone can check it: courier audit verify --export {}", path.display()));
    }
    if out.json {
        out.json(&json!({ "file": path, "bytes": bytes }));
    }
    Ok(exit::DONE)
}

/// Standard output, whose end is the terminal module's matter.
struct Pipe(Out);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.bytes(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
