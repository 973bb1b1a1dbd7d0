//! `courier db`.

use crate::args::{DbCommand, GlobalArgs};
use crate::exit;
use crate::open;
use crate::output::{self, Out};
use courier_app::{AppError, Database, FindingState, OpenOptions};

pub(super) async fn run(global: &GlobalArgs, command: &DbCommand, out: &Out) -> Result<u8, AppError> {
    let _logs = open::start_log(global, out)?;
    let options =
        OpenOptions { home: global.home.clone(), database_url: global.database.clone(), vault: None };
    let database = Database::at(&options)?;
    match command {
        DbCommand::Migrate { without_backup } => migrate(&database, *without_backup, out).await,
        DbCommand::Backup { file, overwrite } => {
            let made = database.backup(file, *overwrite).await?;
            if out.json {
                out.json(&made);
            } else {
                out.line(&format!("{} ({})", made.file.display(), size(made.size)));
            }
            Ok(exit::DONE)
        }
        DbCommand::Check => check(&database, out).await,
        DbCommand::Restore { file } => {
            let restored = database.restore(file).await?;
            if out.json {
                out.json(&restored);
            } else {
                out.line(&format!(
                    "The database is {} again, at version {}.",
                    file.display(),
                    restored.version
                ));
            }
            if let Some(kept) = &restored.kept {
                out.hint(&format!("What was there is kept as {}.", kept.display()));
            }
            Ok(exit::DONE)
        }
    }
}

async fn migrate(database: &Database, without_backup: bool, out: &Out) -> Result<u8, AppError> {
    let done = database.migrate(without_backup).await?;
    if out.json {
        out.json(&done);
    } else if done.from == done.to {
        out.line(&format!("The database is up to date, at version {}.", done.to));
    } else {
        out.line(&format!("The database went from version {} to version {}.", done.from, done.to));
        if let Some(backup) = &done.backup {
            out.line(&format!("As it was before: {}", backup.display()));
        }
    }
    if let Some(why) = &done.without_backup {
        out.hint(&format!("warning: Nothing was taken away, so it was done without a backup: {why}."));
    }
    Ok(exit::DONE)
}

async fn check(database: &Database, out: &Out) -> Result<u8, AppError> {
    let report = database.check().await?;
    if out.json {
        out.json(&report);
    } else {
        let bytes = report.check.size.map(size).unwrap_or_default();
        let free = report.free.map(|free| format!(", {} free on its disk", size(free))).unwrap_or_default();
        out.line(&format!("{}: {bytes}{free}", report.location));
        for finding in &report.check.findings {
            let mark = match finding.state {
                FindingState::Whole => "ok     ",
                FindingState::Note => "note   ",
                FindingState::Broken => "BROKEN ",
            };
            out.line(&format!("{mark} {:11} {}", finding.name, finding.detail));
        }
    }
    if report.whole {
        return Ok(exit::DONE);
    }
    let broken = report.check.findings.iter().filter(|f| f.state == FindingState::Broken);
    let names: Vec<&str> = broken.map(|f| f.name).collect();
    out.note(&format!("error: The database is not whole: {}.", names.join(", ")));
    Ok(exit::FAILED)
}

fn size(bytes: u64) -> String {
    output::bytes(i64::try_from(bytes).unwrap_or(i64::MAX))
}
