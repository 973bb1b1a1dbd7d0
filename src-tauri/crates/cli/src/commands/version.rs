//! `courier version`: what this Courier is and who does its cryptography. Opens nothing.

use crate::args::GlobalArgs;
use crate::exit;
use crate::output::Out;
use courier_app::{About, AppError, OpenOptions};

pub(super) fn run(global: &GlobalArgs, out: &Out) -> Result<u8, AppError> {
    let options =
        OpenOptions { home: global.home.clone(), database_url: global.database.clone(), vault: None };
    let about = About::unopened(&options)?;
    if out.json {
        out.json(&about);
        return Ok(exit::DONE);
    }
    out.line(&format!("courier {}", about.version));
    out.line(&format!("Built for {} ({}) by {}", about.target, about.profile, about.compiler));
    let database = &about.database;
    out.line(&format!(
        "Database: {} with tables of version {}: {}",
        database.kind, database.schema_version, database.location
    ));
    out.line("\nCryptography:");
    for one in &about.cryptography {
        out.line(&format!("  {}: {}", one.purpose, one.detail));
        let libraries: Vec<_> = one.libraries.iter().map(|l| format!("{} {}", l.name, l.version)).collect();
        out.line(&format!("      {}", libraries.join(", ")));
    }
    out.line(&format!("\n{}", about.fips.words));
    Ok(exit::DONE)
}
