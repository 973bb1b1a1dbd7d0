//! A file's passport: where it came from, what was done to it, where it went. Its bytes' hash is its identity.
//!
//! The life of a file is that of what it was made of, back to where that was fetched, and of what was made of it, on to
//! where that was sent; what else an archive held is not part of it.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::transfers::{MovedFile, OnTick, Sending};
use courier_domain::passage::{FETCHED_BY_HAND, FileAt, SENT_AGAIN};
use courier_domain::receipt::{Direction, Receipt, Verification};
use courier_domain::step::Overwrite;
use courier_domain::{ConnectionId, ErrorCode, JobExecutionId, JobId, ReceiptId, Timestamp};
use courier_store::{FoundPassage, FoundReceipt, FoundRun, KnownFile, Session};
use serde::Serialize;
use specta::Type;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// Files that a search shows.
const MOST_FILES: u32 = 200;
/// Records of a passport.
const MOST_EVENTS: u32 = 2_000;
/// Files that one passport follows.
const MOST_RELATED: usize = 500;

/// A file that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FoundFile {
    /// Lower-case hex.
    pub sha256: String,
    /// The last part of its newest path.
    pub name: String,
    /// Where it was last seen, here or on a server.
    pub path: String,
    pub size: Option<i64>,
    pub last_at: Timestamp,
}

/// All that is known of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct Passport {
    /// Lower-case hex.
    pub sha256: String,
    pub size: Option<u64>,
    /// What it was called, the newest name first.
    pub names: Vec<String>,
    /// Oldest first.
    pub events: Vec<FileEvent>,
    /// There is more than is shown.
    pub truncated: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FileFate {
    Fetched,
    Sent,
    /// Something else was made of it, or it of something else.
    Made,
    /// The same bytes under another name or in another place.
    Moved,
    /// Looked at and left as it is.
    Checked,
    Removed,
}

/// One thing that happened to a file or to one of its relatives.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct FileEvent {
    pub at: Timestamp,
    pub fate: FileFate,
    /// `download` or `upload`, the type of the step, or what a person did: `hand.fetch`, `hand.send`, `hand.send_again`.
    pub operation: String,
    pub source: Option<FilePlace>,
    pub result: Option<FilePlace>,
    /// None when a person did it by hand.
    pub run: Option<EventRun>,
    pub performed_by: Option<String>,
    pub proof: Option<Proof>,
}

/// A file at one end of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FilePlace {
    /// The server it is on; None for this machine.
    pub connection_id: Option<ConnectionId>,
    pub connection_name: Option<String>,
    pub path: String,
    pub size: Option<u64>,
    pub sha256: Option<String>,
}

/// The run that did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct EventRun {
    pub execution_id: JobExecutionId,
    pub job_id: JobId,
    pub job_name: String,
    pub chain_name: Option<String>,
}

/// How a transfer was proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Proof {
    pub receipt_id: ReceiptId,
    pub verified_by: Verification,
    pub server_identity: String,
    pub resumed_bytes: u64,
}

impl App {
    /// Files with `text` in one of their names or paths, or with this SHA-256; the newest when it is empty. At most `most`
    /// and never more than 200.
    pub async fn files_search(&self, text: &str, most: Option<u32>) -> Result<Vec<FoundFile>> {
        let text = text.trim();
        let mut session = self.read().await?;
        if let Some(sha256) = as_hash(text) {
            let passport = passport(&mut session, &sha256).await?;
            return Ok(passport.and_then(|passport| found_by_hash(&passport)).into_iter().collect());
        }
        let found = session.files_like(text, most.unwrap_or(MOST_FILES).min(MOST_FILES)).await?;
        Ok(found.into_iter().map(found_file).collect())
    }

    /// One file's whole life.
    ///
    /// # Errors
    /// No file with these bytes was ever handled.
    pub async fn files_passport(&self, sha256: &str) -> Result<Passport> {
        let sha256 = sha256.to_ascii_lowercase();
        passport(&mut self.read().await?, &sha256).await?.ok_or_else(|| nowhere(&sha256))
    }

    /// The passports of files with this name (the last part of a path, or all of it) or this SHA-256; the last handled
    /// first.
    ///
    /// # Errors
    /// No such file was ever handled.
    pub async fn files_where(&self, name_or_hash: &str) -> Result<Vec<Passport>> {
        let mut session = self.read().await?;
        let mut hashes: Vec<String> = as_hash(name_or_hash).into_iter().collect();
        hashes
            .extend(session.files_named(name_or_hash, MOST_FILES).await?.into_iter().map(|file| file.sha256));
        let mut passports = Vec::new();
        for sha256 in hashes {
            passports.extend(passport(&mut session, &sha256).await?);
        }
        if passports.is_empty() { Err(nowhere(name_or_hash)) } else { Ok(passports) }
    }

    /// Sends the file of a delivery once more to where it went, under the name that it had there in the end, from wherever
    /// on this machine its very bytes still are.
    ///
    /// # Errors
    /// The receipt is that of a fetched file; no place that is known has the bytes any more; what the transfer says.
    pub async fn files_send_again(
        &self,
        receipt: ReceiptId,
        overwrite: Overwrite,
        cancel: CancellationToken,
        on_tick: OnTick,
    ) -> Result<Vec<MovedFile>> {
        let mut session = self.read().await?;
        let found = session.receipt(receipt).await?;
        if found.receipt.direction != Direction::Upload {
            return Err(AppError::new(
                ErrorCode::Validation,
                "This receipt is of a file that was fetched; only what was sent can be sent again.",
            ));
        }
        let passport = passport(&mut session, &found.receipt.sha256).await?;
        drop(session);
        let wanted = &found.receipt;
        let remote = passport.as_ref().map_or(wanted.remote_path.clone(), |life| final_name(life, wanted));
        for path in passport.map(|life| places_here(&life, &wanted.sha256)).unwrap_or_default() {
            if has_bytes(path.clone(), wanted.size, wanted.sha256.clone(), cancel.clone()).await {
                let sending = Sending { local: &path, remote: &remote, overwrite, operation: SENT_AGAIN };
                return self.send(wanted.connection_id, sending, cancel, on_tick).await;
            }
        }
        Err(AppError::new(
            ErrorCode::FileNotFound,
            format!(
                "The bytes of {} are in none of the places on this machine where they were. Retry run {} of the job {} to make and send the file anew.",
                courier_transfer::escaped(&remote),
                found.receipt.job_execution_id,
                found.run.job_name
            ),
        ))
    }
}

fn nowhere(name_or_hash: &str) -> AppError {
    AppError::new(
        ErrorCode::NotFound,
        format!("No file with the name or SHA-256 `{name_or_hash}` was handled by a job or by hand."),
    )
}

fn as_hash(text: &str) -> Option<String> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

fn found_file(file: KnownFile) -> FoundFile {
    FoundFile {
        name: name_of(&file.path).to_owned(),
        sha256: file.sha256,
        path: file.path,
        size: file.size,
        last_at: file.at,
    }
}

fn found_by_hash(passport: &Passport) -> Option<FoundFile> {
    let own = |place: &&FilePlace| place.sha256.as_deref() == Some(passport.sha256.as_str());
    let newest = passport.events.iter().rev().find_map(|event| {
        let place = [&event.result, &event.source].into_iter().flatten().find(own)?;
        Some((event.at, place))
    });
    newest.map(|(last_at, place)| FoundFile {
        sha256: passport.sha256.clone(),
        name: name_of(&place.path).to_owned(),
        path: place.path.clone(),
        size: passport.size.and_then(|size| i64::try_from(size).ok()),
        last_at,
    })
}

/// Both kinds of separators: a path may be of another machine.
fn name_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}

/// What the delivered file was called when its run was over: some deliver under one name and rename then.
fn final_name(passport: &Passport, receipt: &Receipt) -> String {
    let mut name = receipt.remote_path.clone();
    for event in passport.events.iter().filter(|event| event.fate == FileFate::Moved) {
        let same_run = event.run.as_ref().is_some_and(|run| run.execution_id == receipt.job_execution_id);
        let ends = event.source.as_ref().zip(event.result.as_ref());
        if let Some((from, to)) = ends.filter(|_| same_run)
            && from.connection_id == Some(receipt.connection_id)
            && from.path == name
        {
            name.clone_from(&to.path);
        }
    }
    name
}

/// Where on this machine the bytes were, the newest place first.
fn places_here(passport: &Passport, sha256: &str) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    for place in passport.events.iter().rev().flat_map(|event| [&event.result, &event.source]).flatten() {
        let path = PathBuf::from(&place.path);
        if place.connection_id.is_none() && place.sha256.as_deref() == Some(sha256) && !places.contains(&path)
        {
            places.push(path);
        }
    }
    places
}

/// Whether the file has exactly these bytes now.
async fn has_bytes(path: PathBuf, size: u64, sha256: String, cancel: CancellationToken) -> bool {
    let is_it = move || {
        std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() == size)
            && courier_engine::digest(&path, &cancel).is_ok_and(|found| found.sha256 == sha256)
    };
    tokio::task::spawn_blocking(is_it).await.unwrap_or(false)
}

/// Hashes that belong to a file's life.
#[derive(Debug, Default)]
struct Life {
    own: String,
    /// What it was made of.
    before: BTreeSet<String>,
    /// What was made of it.
    after: BTreeSet<String>,
}

impl Life {
    /// Whether a passage is a part of it: on the way to the file, or on from it.
    fn has(&self, passage: &FoundPassage) -> bool {
        let (source, result) = (hash(&passage.passage.source), hash(&passage.passage.result));
        let until = |sha256: &str| sha256 == self.own || self.before.contains(sha256);
        let since = |sha256: &str| sha256 == self.own || self.after.contains(sha256);
        match (source, result) {
            (Some(source), Some(result)) => {
                (until(source) && until(result)) || (since(source) && since(result))
            }
            // What became of the file's own bytes; that an archive it came from was removed is another matter.
            (Some(only), None) => since(only),
            (None, Some(only)) => until(only),
            (None, None) => false,
        }
    }
}

fn hash(end: &Option<FileAt>) -> Option<&str> {
    end.as_ref()?.sha256.as_deref()
}

/// The life of the file; nothing when nobody ever handled it.
async fn passport(session: &mut Session, sha256: &str) -> Result<Option<Passport>> {
    let mut life = Life { own: sha256.to_owned(), ..Life::default() };
    let mut truncated = false;
    let (mut up, mut down) = (BTreeSet::from([sha256.to_owned()]), BTreeSet::from([sha256.to_owned()]));
    let mut passages: Vec<FoundPassage> = Vec::new();
    while !(up.is_empty() && down.is_empty()) {
        let found = session.passages_of(&up.union(&down).cloned().collect(), MOST_EVENTS).await?;
        truncated |= found.len() >= MOST_EVENTS as usize;
        let (mut further_up, mut further_down) = (BTreeSet::new(), BTreeSet::new());
        for one in &found {
            let (source, result) = (hash(&one.passage.source), hash(&one.passage.result));
            let (Some(source), Some(result)) = (source, result) else { continue };
            if up.contains(result) && source != sha256 && life.before.insert(source.to_owned()) {
                further_up.insert(source.to_owned());
            }
            if down.contains(source) && result != sha256 && life.after.insert(result.to_owned()) {
                further_down.insert(result.to_owned());
            }
        }
        passages.extend(found);
        if life.before.len() + life.after.len() > MOST_RELATED {
            truncated = true;
            break;
        }
        (up, down) = (further_up, further_down);
    }
    passages.retain(|passage| life.has(passage));
    passages.sort_by_key(|one| one.passage.id);
    passages.dedup_by_key(|one| one.passage.id);

    let hashes = life.before.iter().chain(&life.after).chain([&life.own]).cloned().collect();
    let mut receipts = session.receipts_of(&hashes, MOST_EVENTS).await?;
    truncated |= receipts.len() >= MOST_EVENTS as usize;
    // Where else an archive went that the file came out of is not its life, nor where its like was fetched from.
    receipts.retain(|found| match found.receipt.direction {
        _ if found.receipt.sha256 == life.own => true,
        Direction::Download => life.before.contains(&found.receipt.sha256),
        Direction::Upload => life.after.contains(&found.receipt.sha256),
    });
    let mut events: Vec<FileEvent> = passages.into_iter().map(of_passage).collect();
    events.extend(receipts.into_iter().map(of_receipt));
    events.sort_by_key(|event| event.at);
    let own: Vec<&FilePlace> = events
        .iter()
        .rev()
        .flat_map(|event| [&event.result, &event.source])
        .flatten()
        .filter(|place| place.sha256.as_deref() == Some(sha256))
        .collect();
    if own.is_empty() {
        return Ok(None);
    }
    let mut names: Vec<String> = Vec::new();
    for place in &own {
        let name = name_of(&place.path);
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let size = own.iter().find_map(|place| place.size);
    Ok(Some(Passport { sha256: sha256.to_owned(), size, names, events, truncated }))
}

fn event_run(execution_id: JobExecutionId, run: FoundRun) -> EventRun {
    EventRun { execution_id, job_id: run.job_id, job_name: run.job_name, chain_name: run.chain_name }
}

fn of_receipt(found: FoundReceipt) -> FileEvent {
    let FoundReceipt { receipt, run, connection_name } = found;
    let place = |path: String, on_server: bool| FilePlace {
        connection_id: on_server.then_some(receipt.connection_id),
        connection_name: on_server.then(|| connection_name.clone()),
        path,
        size: Some(receipt.size),
        sha256: Some(receipt.sha256.clone()),
    };
    let (remote, local) =
        (place(receipt.remote_path.clone(), true), place(receipt.local_path.clone(), false));
    let (fate, source, result) = match receipt.direction {
        Direction::Download => (FileFate::Fetched, remote, local),
        Direction::Upload => (FileFate::Sent, local, remote),
    };
    FileEvent {
        at: receipt.completed_at,
        fate,
        operation: receipt.direction.to_string(),
        source: Some(source),
        result: Some(result),
        run: Some(event_run(receipt.job_execution_id, run)),
        performed_by: None,
        proof: Some(Proof {
            receipt_id: receipt.id,
            verified_by: receipt.verified_by,
            server_identity: receipt.server_identity,
            resumed_bytes: receipt.resumed_bytes,
        }),
    }
}

fn of_passage(found: FoundPassage) -> FileEvent {
    let FoundPassage { passage, run, connection_name } = found;
    let by_hand = passage.job_execution_id.is_none();
    let fate = match (&passage.source, &passage.result) {
        _ if by_hand && passage.operation == FETCHED_BY_HAND => FileFate::Fetched,
        _ if by_hand => FileFate::Sent,
        (_, None) => FileFate::Removed,
        (Some(source), Some(result)) if source == result => FileFate::Checked,
        (Some(source), Some(result)) if source.sha256.is_some() && source.sha256 == result.sha256 => {
            FileFate::Moved
        }
        (_, Some(_)) => FileFate::Made,
    };
    let place = |end: Option<FileAt>, on_server: bool| {
        end.map(|end| FilePlace {
            connection_id: passage.connection_id.filter(|_| on_server),
            connection_name: connection_name.clone().filter(|_| on_server),
            path: end.path,
            size: end.size,
            sha256: end.sha256,
        })
    };
    FileEvent {
        at: passage.at,
        fate,
        operation: passage.operation,
        // Of a transfer by hand, one end is here.
        source: place(passage.source, !by_hand || fate == FileFate::Fetched),
        result: place(passage.result, !by_hand || fate == FileFate::Sent),
        run: passage.job_execution_id.zip(run).map(|(id, run)| event_run(id, run)),
        performed_by: by_hand.then_some(passage.performed_by),
        proof: None,
    }
}
