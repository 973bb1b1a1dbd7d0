//! Connections from other programs: a preview first, then the import of what was seen.

use super::{Answer, Courier};
use courier_app::{ImportKind, ImportPlace, ImportPreview, ImportRequest, ImportSource};
use serde::Deserialize;
use specta::Type;
use std::path::PathBuf;

/// A file of another program, and what of it is wanted.
#[derive(Debug, Clone, Deserialize, Type)]
pub(crate) struct ImportFile {
    /// `null` means: told by what is in the file.
    kind: Option<ImportKind>,
    path: String,
    /// Names in the file; empty means all.
    only: Vec<String>,
    /// Replaces the folders of the file.
    group: Option<String>,
    /// Reads the key files that the connections name, and seals those without a passphrase into the vault.
    with_keys: bool,
    /// Seals passwords that the file has in clear into the vault.
    with_passwords: bool,
}

impl ImportFile {
    fn request(self, seen: Option<String>) -> ImportRequest {
        ImportRequest {
            kind: self.kind,
            source: ImportSource::File(PathBuf::from(self.path)),
            only: self.only,
            group: self.group,
            with_keys: self.with_keys,
            with_passwords: self.with_passwords,
            seen,
        }
    }
}

/// The files of other programs that lie where these keep them.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_places(courier: Courier<'_>) -> Answer<Vec<ImportPlace>> {
    courier.import_places().await
}

/// What an import would do. Nothing is written.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_preview(courier: Courier<'_>, file: ImportFile) -> Answer<ImportPreview> {
    courier.import_preview(file.request(None)).await
}

/// Imports, and answers what was done; refused when the file is not the one of the digest `seen` any more.
#[tauri::command]
#[specta::specta]
pub(crate) async fn import_apply(
    courier: Courier<'_>,
    file: ImportFile,
    seen: String,
) -> Answer<ImportPreview> {
    let preview = courier.import_preview(file.request(Some(seen))).await?;
    courier.import_apply(preview).await
}
