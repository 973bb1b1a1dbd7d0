//! A file's passport: every transfer of it, by whatever job and under whatever name. Its bytes' hash is its identity.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::ErrorCode;
use courier_domain::receipt::Receipt;
use serde::Serialize;

/// All that is known of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passport {
    /// Lower-case hex.
    pub sha256: String,
    pub size: u64,
    /// Oldest first.
    pub transfers: Vec<PassportEntry>,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PassportEntry {
    pub job_name: String,
    pub connection_name: String,
    #[serde(flatten)]
    pub receipt: Receipt,
}

impl App {
    /// The passports of files with this name (the last part of a path, or all of it) or this SHA-256; the last moved
    /// first.
    ///
    /// # Errors
    /// No such file was ever moved.
    pub async fn files_where(&self, name_or_hash: &str) -> Result<Vec<Passport>> {
        let mut session = self.read().await?;
        let is_hash = name_or_hash.len() == 64 && name_or_hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut hashes = session.hashes_of_name(name_or_hash).await?;
        if is_hash {
            hashes.insert(0, name_or_hash.to_ascii_lowercase());
        }
        let mut passports = Vec::new();
        for sha256 in hashes {
            let found = session.receipts_of_hash(&sha256).await?;
            let transfers: Vec<PassportEntry> = found
                .into_iter()
                .map(|found| PassportEntry {
                    job_name: found.job_name,
                    connection_name: found.connection_name,
                    receipt: found.receipt,
                })
                .collect();
            if let Some(first) = transfers.first() {
                passports.push(Passport { size: first.receipt.size, sha256, transfers });
            }
        }
        if passports.is_empty() {
            return Err(AppError::new(
                ErrorCode::NotFound,
                format!("No file with the name or SHA-256 `{name_or_hash}` was moved by a job."),
            ));
        }
        Ok(passports)
    }
}
