//! `courier doctor`.

use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError, CheckState};

pub(super) async fn run(app: &App, out: &Out) -> Result<u8, AppError> {
    let checks = app.doctor().await?;
    if out.json {
        out.json(&checks);
    } else {
        for check in &checks {
            let mark = match check.state {
                CheckState::Good => "ok     ",
                CheckState::Warning => "warning",
                CheckState::Bad => "BAD    ",
            };
            out.line(&format!("{mark} {:6} {}", check.name, check.detail));
        }
    }
    let bad = checks.iter().any(|c| c.state == CheckState::Bad);
    Ok(if bad { exit::FAILED } else { exit::DONE })
}
