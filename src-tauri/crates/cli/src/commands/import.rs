//! `courier import`: a preview, a question, then the connections.

use crate::args::{ImportCommand, ImportOptions};
use crate::exit;
use crate::output::Out;
use crate::secrets;
use courier_app::{
    App, AppError, ImportAction, ImportKind, ImportPreview, ImportRequest, ImportSource, ImportedConnection,
    MissingSecret, SecretBytes, usual_ssh_config,
};
use courier_domain::ErrorCode;
use serde::Serialize;
use std::io::Read;
use std::path::PathBuf;

/// Bytes; one more than any file that is read, so that a longer one is told.
const MAX_INPUT: u64 = 10 * 1024 * 1024 + 1;

/// The preview as JSON: the same before and after it is done.
#[derive(Serialize)]
struct Report<'a> {
    /// Whether it only says what would be done.
    dry_run: bool,
    #[serde(flatten)]
    preview: &'a ImportPreview,
}

pub(super) async fn run(app: &App, command: ImportCommand, out: &Out) -> Result<u8, AppError> {
    let (kind, file, options) = match command {
        ImportCommand::SshConfig { file, options } => {
            let file = match file {
                Some(file) => file,
                None => usual_ssh_config()?,
            };
            (ImportKind::SshConfig, file, options)
        }
        ImportCommand::Winscp { file, options } => (ImportKind::Winscp, file, options),
        ImportCommand::Filezilla { file, options } => (ImportKind::Filezilla, file, options),
    };
    let ImportOptions { only, group, with_keys, with_passwords, dry_run, yes } = options;
    let source = source(file)?;
    let kind = Some(kind);
    let request = ImportRequest { kind, source, only, group, with_keys, with_passwords, seen: None };
    let preview = app.import_preview(request).await?;
    let creates = preview.creates();
    if dry_run || creates == 0 {
        show(&preview, true, out);
        if creates == 0 {
            out.hint("There is nothing to import.");
        }
        return Ok(exit::DONE);
    }
    if !yes {
        show(&preview, true, out);
        confirm(creates, out)?;
        app.import_apply(preview).await?;
        out.hint(&format!("Imported {}.", count(creates)));
        return Ok(exit::DONE);
    }
    let done = app.import_apply(preview).await?;
    show(&done, false, out);
    out.hint(&format!("Imported {}.", count(creates)));
    Ok(exit::DONE)
}

fn source(file: PathBuf) -> Result<ImportSource, AppError> {
    if file.as_os_str() != "-" {
        return Ok(ImportSource::File(file));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MAX_INPUT).read_to_end(&mut bytes).map_err(|e| {
        AppError::problem("file", "missing_file", format!("Cannot read standard input: {e}."))
    })?;
    Ok(ImportSource::Text(SecretBytes::new(bytes)))
}

/// Asks a person; without one, nothing is done.
fn confirm(creates: usize, out: &Out) -> Result<(), AppError> {
    // A program reads the JSON, and would have to read a second document after the answer.
    if out.json || !secrets::can_ask() {
        return Err(AppError::problem(
            "yes",
            "required",
            "Nothing was imported: there is nobody to confirm it. Add --yes to import what is listed.",
        ));
    }
    out.note(&format!("Type yes to import {}:", count(creates)));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(AppError::internal)?;
    if answer.trim() == "yes" {
        Ok(())
    } else {
        Err(AppError::new(ErrorCode::Cancelled, "Nothing was imported."))
    }
}

fn count(connections: usize) -> String {
    if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") }
}

fn show(preview: &ImportPreview, dry_run: bool, out: &Out) {
    if out.json {
        return out.json(&Report { dry_run, preview });
    }
    let rows: Vec<_> = preview.connections.iter().map(row).collect();
    if !rows.is_empty() {
        out.table(&["NAME", "GROUP", "PROTOCOL", "SERVER", "LOGIN", "ACTION"], &rows);
    }
    for key in &preview.keys {
        out.line(&format!("with the SSH key {} ({}) from {}", key.name, key.key_type, key.path));
    }
    out.warnings(&preview.warnings);
    for connection in &preview.connections {
        for warning in &connection.warnings {
            out.hint(&format!("warning: {}: {warning}", connection.imported_from));
        }
    }
}

fn row(connection: &ImportedConnection) -> Vec<String> {
    let draft = &connection.draft;
    let port = draft.port.unwrap_or_else(|| draft.protocol.default_port());
    let login = match (connection.action, connection.missing, &connection.ssh_key) {
        (ImportAction::Exists | ImportAction::Skipped, _, _) => "-".to_owned(),
        (_, Some(MissingSecret::Password), _) => "password missing, disabled".to_owned(),
        (_, Some(MissingSecret::SshKey), _) => "key missing, disabled".to_owned(),
        (_, None, Some(key)) => format!("key {key}"),
        (_, None, None) => "password".to_owned(),
    };
    let action = match connection.action {
        ImportAction::Create => "create".to_owned(),
        ImportAction::Renamed => format!("create, was {}", connection.imported_from),
        ImportAction::Exists => "exists".to_owned(),
        ImportAction::Skipped => "left out".to_owned(),
    };
    vec![
        draft.name.clone(),
        draft.group.clone().unwrap_or_else(|| "-".to_owned()),
        draft.protocol.to_string(),
        format!("{}@{}:{port}", draft.username, draft.host),
        login,
        action,
    ]
}
