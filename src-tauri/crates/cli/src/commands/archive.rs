//! `courier archive`: the steps' own code on local archives.

use super::key_pgp::readable;
use crate::args::{ArchiveCommand, PassphraseArgs};
use crate::exit;
use crate::output::{Out, bytes, instant, shown};
use crate::progress::FileBar;
use courier_app::{App, AppError, ArchiveDraft, ArchiveListing, ArchiveUnpacking, SecretString};
use courier_domain::step::Overwrite;
use std::path::Path;

pub(super) async fn run(app: &App, command: ArchiveCommand, out: &Out) -> Result<u8, AppError> {
    let bar = FileBar::new(out);
    let (cancel, on_tick) = (bar.cancel(), bar.tick());
    let rule = |overwrite| if overwrite { Overwrite::Overwrite } else { Overwrite::Fail };
    match command {
        ArchiveCommand::Create { output, paths, format, base, level, password, overwrite } => {
            for path in &paths {
                readable(path)?;
            }
            let (password, overwrite) = (secret(password.into())?, rule(overwrite));
            let draft =
                ArchiveDraft { output, paths, base, format, level, password, overwrite, cancel, on_tick };
            let made = app.archives_create(draft).await;
            bar.finish();
            let made = made?;
            if out.json {
                out.json(&made);
            } else {
                let (from, to) = (size(made.bytes), size(made.archive_size));
                let archive = shown(&made.archive.to_string_lossy());
                out.line(&format!("{archive} {} files, {from} in {to}", made.file_count));
            }
        }
        ArchiveCommand::Extract { archive, output, password, include, exclude, flatten, overwrite } => {
            readable(&archive)?;
            let (password, overwrite) = (secret(password.into())?, rule(overwrite));
            let directory = output;
            let work = ArchiveUnpacking {
                archive,
                directory,
                password,
                include,
                exclude,
                flatten,
                overwrite,
                cancel,
                on_tick,
            };
            let unpacked = app.archives_extract(work).await;
            bar.finish();
            let unpacked = unpacked?;
            if out.json {
                out.json(&unpacked);
            } else {
                unpacked.files.iter().for_each(|file| out.line(&shown(&file.to_string_lossy())));
            }
        }
        ArchiveCommand::List { archive, password } => {
            let path = absolute(&archive)?;
            let listing = app.archives_list(&path, secret(password.into())?).await?;
            show(&listing, out);
        }
    }
    Ok(exit::DONE)
}

fn absolute(archive: &Path) -> Result<String, AppError> {
    readable(archive)?;
    let path = std::path::absolute(archive).map_err(AppError::internal)?;
    Ok(path.to_string_lossy().into_owned())
}

fn secret(args: PassphraseArgs) -> Result<Option<SecretString>, AppError> {
    args.get()
}

fn size(count: u64) -> String {
    bytes(i64::try_from(count).unwrap_or(i64::MAX))
}

fn show(listing: &ArchiveListing, out: &Out) {
    if out.json {
        return out.json(listing);
    }
    let rows: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| {
            let note = match (&entry.refused, entry.encrypted) {
                (Some(reason), _) => format!("refused: {reason}"),
                (None, true) => "encrypted".to_owned(),
                (None, false) => String::new(),
            };
            let packed = entry.packed_size.map(size).unwrap_or_default();
            vec![shown(&entry.name), size(entry.size), packed, instant(entry.modified_at), note]
        })
        .collect();
    out.table(&["NAME", "SIZE", "PACKED", "MODIFIED", "NOTE"], &rows);
    let more = if listing.truncated { format!(", {} shown", rows.len()) } else { String::new() };
    let total = size(listing.total_size);
    out.hint(&format!("{}: {} entries{more}, {total} unpacked.", listing.format, listing.total_entries));
}
