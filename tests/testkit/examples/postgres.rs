//! A PostgreSQL cluster for the window's tests: prints the URL of an empty database and ends with its standard input.

use anyhow::Result;
use courier_testkit::postgres::PrivatePostgres;
use std::io::{Read, Write};

fn main() -> Result<()> {
    let cluster = PrivatePostgres::start()?;
    let url = cluster.create_database("courier")?;
    writeln!(std::io::stdout(), "{}", serde_json::json!({ "url": url }))?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
