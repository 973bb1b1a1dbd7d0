//! `courier apply` and `courier export`.

use crate::args::{ApplyArgs, ExportArgs, Kind};
use crate::exit;
use crate::output::{Out, shown};
use crate::secrets;
use courier_app::domain::job::FieldChange;
use courier_app::{
    App, AppError, ApplyMode, ApplyRequest, BundleKind, ExportFormat, PlanAction, Prompt, Unnamed,
};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes; thousands of jobs fit in.
const MAX_BUNDLE: u64 = 10 * 1024 * 1024;

pub(super) async fn apply(app: &App, args: &ApplyArgs, out: &Out) -> Result<u8, AppError> {
    let mode = if args.dry_run { ApplyMode::DryRun } else { ApplyMode::Write };
    let unnamed = if args.prune { Unnamed::Delete } else { Unnamed::Keep };
    let allow_missing_secrets = args.allow_missing_secrets;
    let request = ApplyRequest { unnamed, allow_missing_secrets, ..request(&args.file, mode)? };
    let applied = app.bundle_apply(request).await?;
    out.warnings(&applied.warnings);
    if out.json {
        out.json(&applied);
        return Ok(exit::DONE);
    }
    for change in &applied.changes {
        let word = match (change.action, applied.dry_run) {
            (PlanAction::Create, false) => "created",
            (PlanAction::Create, true) => "would create",
            (PlanAction::Update, false) => "updated",
            (PlanAction::Update, true) => "would update",
            (PlanAction::Delete, false) => "deleted",
            (PlanAction::Delete, true) => "would delete",
            (PlanAction::Unchanged, _) => "unchanged",
        };
        out.line(&format!("{word} {} {}", change.kind, change.name));
        for field in &change.fields {
            out.line(&format!("    {}", difference(field)));
        }
    }
    Ok(exit::DONE)
}

/// One changed field on a line.
pub(super) fn difference(field: &FieldChange) -> String {
    let value = |value: &Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => shown(text),
        Some(value) => value.to_string(),
    };
    format!("{}: {} → {}", shown(&field.path), value(&field.from), value(&field.to))
}

/// A bundle from a file, or from standard input for `-`.
pub(super) fn request(file: &Path, mode: ApplyMode) -> Result<ApplyRequest, AppError> {
    let unreadable = |e: std::io::Error| {
        AppError::problem("file", "missing_file", format!("Cannot read {}: {e}.", file.display()))
    };
    let (text, folder) = if file.as_os_str() == "-" {
        (bounded(std::io::stdin().lock(), file, unreadable)?, PathBuf::from("."))
    } else {
        let text = bounded(File::open(file).map_err(unreadable)?, file, unreadable)?;
        (text, file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned())
    };
    let prompt =
        Prompt(Arc::new(
            |path: &str| {
                if secrets::can_ask() { secrets::ask(&format!("{path}: ")).ok() } else { None }
            },
        ));
    Ok(ApplyRequest { text, folder, mode, unnamed: Unnamed::Keep, allow_missing_secrets: false, prompt })
}

/// The whole text, unless it is longer than any bundle.
fn bounded(
    source: impl Read,
    file: &Path,
    unreadable: impl Fn(std::io::Error) -> AppError,
) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    source.take(MAX_BUNDLE + 1).read_to_end(&mut bytes).map_err(&unreadable)?;
    if bytes.len() as u64 > MAX_BUNDLE {
        return Err(AppError::problem(
            "file",
            "too_long",
            format!("{} is longer than 10 MiB, so it is no bundle.", file.display()),
        ));
    }
    String::from_utf8(bytes).map_err(|_| {
        AppError::problem("file", "invalid", format!("{} is not text, so it is no bundle.", file.display()))
    })
}

pub(super) async fn export(app: &App, args: &ExportArgs, out: &Out) -> Result<u8, AppError> {
    let kinds: Vec<BundleKind> = if args.kind.is_empty() {
        BundleKind::ALL.to_vec()
    } else {
        BundleKind::ALL
            .iter()
            .copied()
            .filter(|k| args.kind.iter().any(|wanted| kind(*wanted) == *k))
            .collect()
    };
    out.bytes(app.bundle_export(&kinds, format(out)).await?.as_bytes());
    Ok(exit::DONE)
}

pub(super) const fn format(out: &Out) -> ExportFormat {
    if out.json { ExportFormat::Json } else { ExportFormat::Yaml }
}

const fn kind(kind: Kind) -> BundleKind {
    match kind {
        Kind::Settings => BundleKind::Settings,
        Kind::Tags => BundleKind::Tags,
        Kind::Calendars => BundleKind::Calendars,
        Kind::SshKeys => BundleKind::SshKeys,
        Kind::PgpKeys => BundleKind::PgpKeys,
        Kind::Connections => BundleKind::Connections,
        Kind::Jobs => BundleKind::Jobs,
        Kind::Chains => BundleKind::Chains,
        Kind::Monitors => BundleKind::Monitors,
        Kind::NotificationRules => BundleKind::NotificationRules,
    }
}
