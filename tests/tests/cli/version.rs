//! `courier version`: what this Courier is, without opening anything.

use crate::courier::Courier;
use anyhow::{Result, ensure};
use serde_json::Value;

/// What the lock file says of a package that has one version.
fn locked(name: &str) -> Result<String> {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"))?;
    let at = format!("name = \"{name}\"\nversion = \"");
    let rest = lock.split_once(&at).map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

#[test]
fn versions_come_from_the_build_and_nothing_is_opened() -> Result<()> {
    let courier = Courier::new()?;
    let about = courier.json(&["version"])?;
    ensure!(about["version"] == env!("CARGO_PKG_VERSION"), "{about}");
    ensure!(about["database"]["kind"] == "SQLite" && about["database"]["engine"].is_null(), "{about}");
    ensure!(!courier.home().join("courier.db").exists(), "a database was made");
    let uses = about["cryptography"].as_array().cloned().unwrap_or_default();
    let version_of = |library: &str| {
        let all = uses.iter().flat_map(|one| one["libraries"].as_array().into_iter().flatten());
        all.filter(|one| one["name"] == library).find_map(|one| one["version"].as_str().map(str::to_owned))
    };
    for library in ["rustls", "aws-lc-rs", "russh", "sequoia-openpgp", "nettle", "aes-gcm"] {
        ensure!(version_of(library) == Some(locked(library)?), "{library}: {about}");
    }

    // The version of the tables is the one that a database gets.
    let made = courier.json(&["db", "migrate"])?;
    ensure!(about["database"]["schema_version"] == made["to"], "{about} {made}");

    let text = courier.ok(&["version"])?;
    ensure!(text.contains("OpenPGP") && text.contains("does not run in FIPS mode"), "{text}");
    let other = courier.json(&["--database", "postgres://ana:secret@127.0.0.1:1/none", "version"])?;
    ensure!(other["database"]["kind"] == "PostgreSQL", "{other}");
    ensure!(!other.to_string().contains("secret"), "{other}");
    Ok(())
}

#[test]
fn a_step_type_is_shown_with_its_guide() -> Result<()> {
    let courier = Courier::new()?;
    let text = courier.ok(&["step-types", "sftp.download"])?;
    ensure!(text.contains("Fails with:") && text.contains("no_files (may be tried again)"), "{text}");
    let spec: Value = courier.json(&["step-types", "sftp.download"])?;
    ensure!(spec["type_key"] == "sftp.download", "{spec}");
    Ok(())
}
