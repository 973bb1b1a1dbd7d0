//! `courier file where`.

use crate::exit;
use crate::output::{Out, bytes, instant};
use courier_app::domain::receipt::Direction;
use courier_app::{App, AppError, PassportEntry};

pub(super) async fn locate(app: &App, name_or_hash: &str, out: &Out) -> Result<u8, AppError> {
    let passports = app.files_where(name_or_hash).await?;
    if out.json {
        out.json(&passports);
        return Ok(exit::DONE);
    }
    for passport in &passports {
        out.line(&format!(
            "{} ({})",
            passport.sha256,
            bytes(i64::try_from(passport.size).unwrap_or(i64::MAX))
        ));
        let rows: Vec<Vec<String>> = passport.transfers.iter().map(row).collect();
        out.table(&["WHEN", "WHAT", "SERVER", "REMOTE", "LOCAL", "JOB", "RUN"], &rows);
    }
    Ok(exit::DONE)
}

fn row(entry: &PassportEntry) -> Vec<String> {
    let receipt = &entry.receipt;
    let what = match receipt.direction {
        Direction::Download => "fetched",
        Direction::Upload => "sent",
    };
    vec![
        instant(Some(receipt.completed_at)),
        what.to_owned(),
        entry.connection_name.clone(),
        receipt.remote_path.clone(),
        receipt.local_path.clone(),
        entry.job_name.clone(),
        receipt.job_execution_id.to_string(),
    ]
}
