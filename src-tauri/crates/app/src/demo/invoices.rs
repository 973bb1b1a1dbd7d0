//! The sample's invoices: made, zipped, signed by a partner and encrypted to us, ready on the sample's server.
//!
//! The partner's private key exists only while the invoices are made; they are kept, so that the sample can be put back
//! without it.

use super::server::{folder, root};
use crate::app::blocking;
use crate::error::{AppError, Result};
use crate::surroundings::make_private_folder;
use courier_domain::Timestamp;
use courier_domain::key::{PgpAlgorithm, PgpKey};
use courier_domain::step::{OutputFormat, PgpCompression};
use courier_keys::pgp::{self, Certificate, EncryptRequest, GeneratedPgp, PgpKeySpec, PrivateKey};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

const INVOICES: [(&str, &str); 3] =
    [("2026-001", "Northwind Paper"), ("2026-002", "Harbour Logistics"), ("2026-003", "Alpine Optics")];

/// For whom and by whom the kept invoices were made.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MadeFor {
    ours: String,
    partner: String,
}

fn originals(home: &Path) -> PathBuf {
    folder(home).join("originals")
}

fn file_name(number: &str) -> String {
    format!("invoice-{number}.zip.pgp")
}

/// Puts the kept invoices on the server; `false` when there are none for these keys.
pub(super) async fn put_back(home: &Path, ours: &str, partner: &str) -> Result<bool> {
    let (home, wanted) = (home.to_owned(), MadeFor { ours: ours.to_owned(), partner: partner.to_owned() });
    blocking(move || {
        let kept = originals(&home);
        let made: Option<MadeFor> =
            std::fs::read(kept.join("made-for.json")).ok().and_then(|b| serde_json::from_slice(&b).ok());
        if made != Some(wanted) || !INVOICES.iter().all(|(n, _)| kept.join(file_name(n)).is_file()) {
            return Ok(false);
        }
        publish(&home).map(|()| true)
    })
    .await?
}

/// Copies the invoices to where the server offers them.
fn publish(home: &Path) -> Result<()> {
    let out = root(home).join("out");
    make_private_folder(&out)?;
    for (number, _) in INVOICES {
        let (from, to) = (originals(home).join(file_name(number)), out.join(file_name(number)));
        std::fs::copy(&from, &to).map_err(|e| AppError::disk("write", &to, &e))?;
    }
    Ok(())
}

/// Makes a partner and its invoices, and puts them on the server. Returns the partner's key.
pub(super) async fn make(home: &Path, ours: &PgpKey, now: Timestamp) -> Result<GeneratedPgp> {
    let (home, certificate, our_fingerprint) =
        (home.to_owned(), ours.public_key_data.clone(), ours.fingerprint.clone());
    blocking(move || {
        let partner = pgp::generate(
            &PgpKeySpec {
                algorithm: PgpAlgorithm::EccCurve25519,
                user_id: "Sample Partner <partner@courier.invalid>",
                expires_in: None,
                passphrase: None,
            },
            now,
        )?;
        let signer = PrivateKey::open(&partner.private, None)?;
        let recipient = Certificate::parse(certificate.as_bytes())?;
        let kept = originals(&home);
        clear(&kept)?;
        for (number, customer) in INVOICES {
            let csv = kept.join(format!("invoice-{number}.csv"));
            std::fs::write(&csv, invoice(number, customer)).map_err(|e| AppError::disk("write", &csv, &e))?;
            let zip = kept.join(format!("invoice-{number}.zip"));
            pack(&csv, &zip)?;
            let control = courier_keys::Control { cancel: &CancellationToken::new(), progress: &|_| {} };
            let request = EncryptRequest {
                input: &zip,
                output: &kept.join(file_name(number)),
                recipients: std::slice::from_ref(&recipient),
                signer: Some(&signer),
                format: OutputFormat::Binary,
                compression: PgpCompression::None,
                now,
            };
            pgp::encrypt(&request, control)?;
            for done in [csv, zip] {
                std::fs::remove_file(&done).map_err(|e| AppError::disk("remove", &done, &e))?;
            }
        }
        let made = MadeFor { ours: our_fingerprint, partner: partner.info.fingerprint.clone() };
        let note = kept.join("made-for.json");
        let text = serde_json::to_vec(&made).map_err(AppError::internal)?;
        std::fs::write(&note, text).map_err(|e| AppError::disk("write", &note, &e))?;
        publish(&home)?;
        Ok(partner)
    })
    .await?
}

/// An empty folder, whatever was in it.
fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(AppError::disk("empty", folder, &error)),
    }
    make_private_folder(folder)
}

fn pack(csv: &Path, zip: &Path) -> Result<()> {
    let sources = courier_archive::collect(&[csv.to_owned()], None)?;
    let request = courier_archive::CreateRequest {
        output_temp: zip,
        sources: &sources,
        format: courier_archive::Format::Zip,
        level: None,
        password: None,
        verify: true,
        max_part_bytes: None,
    };
    let control = courier_archive::Control { cancel: &CancellationToken::new(), progress: &|_| {} };
    courier_archive::create(&request, &control)?;
    Ok(())
}

/// An invoice that looks like one.
fn invoice(number: &str, customer: &str) -> String {
    let mut text = String::from("invoice,customer,line,item,quantity,unit_price,total\n");
    let items = [("Transport", 3_u32, 12_050_u32), ("Handling", 12, 1_875), ("Insurance", 1, 4_490)];
    for (line, (item, quantity, price)) in items.into_iter().enumerate() {
        let total = quantity * price;
        let row = format!(
            "{number},{customer},{},{item},{quantity},{}.{:02},{}.{:02}",
            line + 1,
            price / 100,
            price % 100,
            total / 100,
            total % 100
        );
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{row}");
    }
    text
}
