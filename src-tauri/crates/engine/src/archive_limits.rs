//! The settings `archive.*` as bounds for whoever unpacks.

use courier_archive::Limits;
use courier_domain::setting;
use courier_store::{Session, StoreError};

/// What one archive may cost now.
///
/// # Errors
/// The store's.
pub async fn archive_limits(session: &mut Session) -> Result<Limits, StoreError> {
    let nesting = session.setting_i64(setting::ARCHIVE_MAX_NESTING).await?;
    // The registry of settings allows no negative value, and a few levels only.
    Ok(Limits {
        max_uncompressed_bytes: session.setting_i64(setting::ARCHIVE_MAX_UNCOMPRESSED).await?.unsigned_abs(),
        max_entry_size: session.setting_i64(setting::ARCHIVE_MAX_ENTRY).await?.unsigned_abs(),
        max_file_count: session.setting_i64(setting::ARCHIVE_MAX_FILES).await?.unsigned_abs(),
        max_compression_ratio: session.setting_i64(setting::ARCHIVE_MAX_RATIO).await?.unsigned_abs(),
        max_nesting_depth: u32::try_from(nesting).unwrap_or_default(),
        ..Limits::default()
    })
}
