//! One file per command: asks the app, writes the result, says the exit status.

mod agent;
mod agent_service;
mod archive;
mod audit;
mod bundle;
mod calendar;
mod chain;
mod connection;
mod db;
mod demo;
mod dependency;
mod doctor;
mod events;
mod execution;
mod expected;
mod file;
mod import;
mod job;
mod key_pgp;
mod key_ssh;
mod listing;
mod logs;
mod monitor;
mod notify;
mod pgp;
mod rehearsal;
mod run;
mod schedule;
mod settings;
mod step_types;
mod tag;
mod vault;
mod version;

use crate::args::{Args, ChainCommand, Command, FileCommand, KeyCommand};
use crate::exit;
use crate::open::{self, open};
use crate::output::Out;
use clap::CommandFactory;
use courier_app::{App, AppError, Use, VaultState};
use serde_json::Value;

/// A dry run sets nothing up, not even a vault.
fn is_rehearsal_without_vault(command: &Command, app: &App) -> bool {
    matches!(command, Command::Run(args) if args.dry_run)
        && app.vault_status().state == VaultState::Uninitialised
}

/// Runs a command to its exit status.
pub(crate) async fn run(args: Args, out: &Out) -> Result<u8, AppError> {
    match &args.command {
        Command::Db(command) => return db::run(&args.global, command, out).await,
        Command::StepTypes { type_key } => return step_types::run(type_key.as_deref(), out),
        Command::Version => return version::run(&args.global, out),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "courier", &mut text);
            out.bytes(&text);
            return Ok(exit::DONE);
        }
        Command::Apply(_)
        | Command::Export(_)
        | Command::Import(_)
        | Command::Run(_)
        | Command::Agent(_)
        | Command::Job(_)
        | Command::Chain(_)
        | Command::Schedule(_)
        | Command::Execution(_)
        | Command::Connection(_)
        | Command::Key(_)
        | Command::Pgp(_)
        | Command::Archive(_)
        | Command::File(_)
        | Command::Monitor(_)
        | Command::Calendar(_)
        | Command::Tag(_)
        | Command::Notify(_)
        | Command::Events(_)
        | Command::Vault(_)
        | Command::Settings(_)
        | Command::Audit(_)
        | Command::Doctor
        | Command::Demo => {}
    }
    let opened = open(&args.global, out).await?;
    let app = &opened.app;
    if needs_secrets(&args.command) && !is_rehearsal_without_vault(&args.command, app) {
        open::unlock(app, out).await?;
    }
    let status = match args.command {
        Command::Apply(args) => bundle::apply(app, &args, out).await,
        Command::Export(args) => bundle::export(app, &args, out).await,
        Command::Import(command) => import::run(app, command, out).await,
        Command::Run(args) => run::run(app, args, out).await,
        Command::Agent(args) => agent::run(app, &args, out).await,
        Command::Job(command) => job::run(app, command, out).await,
        Command::Chain(command) => chain::run(app, command, out).await,
        Command::Schedule(command) => schedule::run(app, command, out).await,
        Command::Execution(command) => execution::run(app, command, out).await,
        Command::Connection(command) => connection::run(app, command, out).await,
        Command::Key(KeyCommand::Pgp(command)) => key_pgp::run(app, command, out).await,
        Command::Key(KeyCommand::Ssh(command)) => key_ssh::run(app, command, out).await,
        Command::Pgp(command) => pgp::run(app, command, out).await,
        Command::Archive(command) => archive::run(app, command, out).await,
        Command::File(command) => file::run(app, command, out).await,
        Command::Monitor(command) => monitor::run(app, command, out).await,
        Command::Calendar(command) => calendar::run(app, command, out).await,
        Command::Tag(command) => tag::run(app, command, out).await,
        Command::Notify(command) => notify::run(app, command, out).await,
        Command::Events(command) => events::run(app, command, out).await,
        Command::Vault(command) => vault::run(app, command, out).await,
        Command::Settings(command) => settings::run(app, command, out).await,
        Command::Audit(command) => audit::run(app, command, out).await,
        Command::Doctor => doctor::run(app, out).await,
        Command::Demo => demo::run(app, out).await,
        // Answered above, without opening anything.
        Command::Db(_) | Command::StepTypes { .. } | Command::Version | Command::Completions { .. } => {
            Ok(exit::DONE)
        }
    };
    opened.close().await;
    status
}

/// Whether a command may open or store a secret.
fn needs_secrets(command: &Command) -> bool {
    match command {
        Command::Import(command) => command.stores_secrets(),
        Command::Agent(args) => args.service.is_none(),
        Command::Chain(command) => matches!(command, ChainCommand::Run(_)),
        Command::File(command) => matches!(command, FileCommand::Send { .. }),
        Command::Apply(_)
        | Command::Run(_)
        | Command::Connection(_)
        | Command::Key(_)
        | Command::Pgp(_)
        | Command::Demo => true,
        Command::Export(_)
        | Command::Archive(_)
        | Command::Db(_)
        | Command::Job(_)
        | Command::Schedule(_)
        | Command::Execution(_)
        | Command::Monitor(_)
        | Command::Calendar(_)
        | Command::Tag(_)
        | Command::Notify(_)
        | Command::Events(_)
        | Command::Vault(_)
        | Command::StepTypes { .. }
        | Command::Version
        | Command::Settings(_)
        | Command::Audit(_)
        | Command::Doctor
        | Command::Completions { .. } => false,
    }
}

/// Puts the fields of one part of a view on its top level, so that JSON has the domain's own shape.
fn flat(view: &impl serde::Serialize, part: &str) -> Result<Value, AppError> {
    let mut value = serde_json::to_value(view).map_err(AppError::internal)?;
    let inner = value.as_object_mut().and_then(|map| map.remove(part));
    if let (Some(map), Some(Value::Object(inner))) = (value.as_object_mut(), inner) {
        map.extend(inner);
    }
    Ok(value)
}

/// The part of a list that begins after the row with the id `after`, and where the next one begins if there is one.
fn page_of<T>(
    mut rows: Vec<T>,
    after: Option<&str>,
    limit: u32,
    id: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), AppError> {
    if let Some(after) = after {
        let Some(at) = rows.iter().position(|row| id(row) == after) else {
            let message = format!("`{after}` is not in this list; use the id of one of its rows.");
            return Err(AppError::problem("after", "invalid", message));
        };
        rows.drain(..=at);
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(id);
    Ok((rows, next))
}

fn tell_more(next: Option<String>, out: &Out) {
    if let Some(next) = next {
        out.hint(&format!("There are more: --after {next}"));
    }
}

/// As [`flat`], for a list.
fn flat_all(views: &[impl serde::Serialize], part: &str) -> Result<Vec<Value>, AppError> {
    views.iter().map(|view| flat(view, part)).collect()
}

fn show_uses(uses: &[Use], out: &Out) {
    if out.json {
        return out.json(&uses);
    }
    let rows: Vec<Vec<String>> = uses
        .iter()
        .map(|u| match (&u.job_name, &u.connection_name) {
            (Some(job), _) => {
                vec!["job".into(), job.clone(), u.step_name.clone().unwrap_or_default(), u.how.clone()]
            }
            (None, connection) => {
                vec![
                    "connection".into(),
                    connection.clone().unwrap_or_default(),
                    String::new(),
                    u.how.clone(),
                ]
            }
        })
        .collect();
    out.table(&["KIND", "NAME", "STEP", "FIELD"], &rows);
}
