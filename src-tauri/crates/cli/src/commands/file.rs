//! `courier file`: where a file came from, what was done to it, where it went; and sending it there again.

use super::connection::{replace, show_moved};
use crate::args::FileCommand;
use crate::exit;
use crate::output::{Out, bytes, instant};
use crate::progress::FileBar;
use courier_app::domain::{ErrorCode, ReceiptId};
use courier_app::{App, AppError, FileEvent, FileFate, FilePlace, Passport};

pub(super) async fn run(app: &App, command: FileCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        FileCommand::Where { file } => {
            let passports = app.files_where(&file).await?;
            if out.json {
                out.json(&passports);
            } else {
                passports.iter().for_each(|passport| show(passport, out));
            }
        }
        FileCommand::Send { receipt, overwrite } => {
            let bar = FileBar::new(out);
            let (cancel, tick) = (bar.cancel(), bar.tick());
            let moved = app.files_send_again(receipt_id(&receipt)?, replace(overwrite), cancel, tick).await;
            bar.finish();
            show_moved(&moved?, out);
        }
    }
    Ok(exit::DONE)
}

fn receipt_id(id: &str) -> Result<ReceiptId, AppError> {
    id.parse().map_err(|_| AppError::new(ErrorCode::NotFound, format!("There is no receipt `{id}`.")))
}

fn show(passport: &Passport, out: &Out) {
    let size = passport.size.map(|size| bytes(i64::try_from(size).unwrap_or(i64::MAX)));
    out.line(&format!(
        "{} ({}): {}",
        passport.sha256,
        size.unwrap_or_else(|| "size unknown".into()),
        passport.names.join(", ")
    ));
    let rows: Vec<Vec<String>> = passport.events.iter().map(row).collect();
    out.table(&["WHEN", "WHAT", "FROM", "TO", "BY", "RUN", "RECEIPT"], &rows);
    if passport.truncated {
        out.hint("There is more than is shown.");
    }
}

fn row(event: &FileEvent) -> Vec<String> {
    let what = match event.fate {
        FileFate::Fetched => "fetched".to_owned(),
        FileFate::Sent => "sent".to_owned(),
        FileFate::Made => format!("made by {}", event.operation),
        FileFate::Moved if event.operation == "file.copy" => format!("copied by {}", event.operation),
        FileFate::Moved => format!("moved by {}", event.operation),
        FileFate::Checked => format!("checked by {}", event.operation),
        FileFate::Removed => format!("removed by {}", event.operation),
    };
    let by = match (&event.run, &event.performed_by) {
        (Some(run), _) => match &run.chain_name {
            Some(chain) => format!("{} / {}", chain, run.job_name),
            None => run.job_name.clone(),
        },
        (None, by) => by.clone().unwrap_or_default(),
    };
    // A file that was only looked at is at one place.
    let result = event.result.as_ref().filter(|_| event.fate != FileFate::Checked);
    vec![
        instant(Some(event.at)),
        what,
        place(event.source.as_ref()),
        place(result),
        by,
        event.run.as_ref().map(|run| run.execution_id.to_string()).unwrap_or_default(),
        event.proof.as_ref().map(|proof| proof.receipt_id.to_string()).unwrap_or_default(),
    ]
}

fn place(place: Option<&FilePlace>) -> String {
    match place {
        None => "-".to_owned(),
        Some(FilePlace { connection_name: Some(server), path, .. }) => format!("{server}: {path}"),
        Some(place) => place.path.clone(),
    }
}
