//! A real FTPS server for the benches: `ftpd FOLDER` serves FOLDER by vsftpd with explicit TLS, prints how to reach it
//! as one line of JSON, and ends with its standard input.

use anyhow::{Context, Result};
use courier_testkit::{FtpTls, Ftpd, FtpdOptions};
use std::io::{Read, Write};

fn main() -> Result<()> {
    let data = std::env::args_os().nth(1).context("the folder to serve")?.into();
    // The log of every command is for tests.
    let config = vec!["log_ftp_protocol=NO".to_owned(), "debug_ssl=NO".to_owned()];
    let server = Ftpd::start(FtpdOptions {
        tls: FtpTls::Explicit,
        data: Some(data),
        config,
        ..FtpdOptions::default()
    })?;
    let (uid, gid) = server.owner();
    let told = serde_json::json!({
        "port": server.port(), "user": server.user(), "password": server.password(),
        "thumbprint": server.thumbprint(), "uid": uid, "gid": gid,
    });
    writeln!(std::io::stdout(), "{told}")?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
