//! What is known of a folder, and which file in it is ready: one that stood still for as long as its monitor wants.
//!
//! Left out: looking (`scan`, `remote`), and what becomes of a ready file (`fire`). Pure: whoever calls says what time it
//! is. Invariant: a file is handed out as ready only with the size and time it was last seen with, and again only when
//! one of them has changed or it was gone.

use courier_domain::Timestamp;
use courier_domain::monitor::{ListedFile, TriggerEvent};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A writer that has closed its file is waited for at least this long: some open it again at once.
const AFTER_CLOSE: Duration = Duration::from_millis(1_500);
/// And this part of the window.
const CLOSE_PART: u32 = 10;

/// A file as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) size: u64,
    /// To the microsecond, as the store keeps it.
    pub(super) modified: Timestamp,
}

/// What a watcher has told of a file since the last look at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hint {
    /// It was gone at some time.
    pub(super) removed: bool,
    /// Times that a writer has closed it, or that it came whole under another name.
    pub(super) closed: u32,
}

/// A file that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) path: String,
    pub(super) sample: Sample,
    pub(super) event: TriggerEvent,
    /// Given once: trying again must not look like another file.
    pub(super) generation: Option<u32>,
    pub(super) sha256: Option<String>,
}

#[derive(Debug, Clone)]
struct Known {
    sample: Sample,
    sha256: Option<String>,
}

#[derive(Debug, Clone)]
struct Pending {
    sample: Sample,
    due: Instant,
    closes: u32,
    generation: Option<u32>,
    /// It was handed out as ready, and what became of that is not known yet.
    handed: bool,
}

/// A folder as one monitor knows it.
#[derive(Debug)]
pub(super) struct Folder {
    window: Duration,
    known: HashMap<String, Known>,
    pending: HashMap<String, Pending>,
    /// Something changed that the store does not know.
    pub(super) dirty: bool,
}

impl Folder {
    pub(super) fn new(window: Duration, known: Vec<ListedFile>) -> Self {
        let mut folder = Self { window, known: HashMap::new(), pending: HashMap::new(), dirty: false };
        folder.take_over(known);
        folder
    }

    pub(super) fn set_window(&mut self, window: Duration) {
        self.window = window;
    }

    /// Replaces what is known, as somebody has changed it in the store. Files that are waited for stay so.
    pub(super) fn take_over(&mut self, known: Vec<ListedFile>) {
        let known = known.into_iter().map(|file| {
            let sample = Sample { size: file.size, modified: file.last_modified };
            (file.path, Known { sample, sha256: file.sha256 })
        });
        self.known = known.collect();
        self.dirty = false;
        // What was found with other knowledge is found again, unless it is known now.
        let known = &self.known;
        self.pending.retain(|path, pending| known.get(path).is_none_or(|k| k.sample != pending.sample));
        for pending in self.pending.values_mut() {
            (pending.handed, pending.generation) = (false, None);
        }
    }

    /// What is known, for the store; in order, so that the same folder is the same text.
    pub(super) fn listing(&self) -> Vec<ListedFile> {
        let mut files: Vec<ListedFile> = self
            .known
            .iter()
            .map(|(path, known)| ListedFile {
                path: path.clone(),
                size: known.sample.size,
                last_modified: known.sample.modified,
                sha256: known.sha256.clone(),
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    pub(super) fn known_files(&self) -> usize {
        self.known.len()
    }

    /// When the first file may be ready.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.pending.values().filter(|pending| !pending.handed).map(|pending| pending.due).min()
    }

    /// Files that are to be looked at again now.
    pub(super) fn due(&self, now: Instant) -> Vec<String> {
        let due = self.pending.iter().filter(|(_, pending)| !pending.handed && pending.due <= now);
        due.map(|(path, _)| path.clone()).collect()
    }

    /// A file is there.
    pub(super) fn seen(&mut self, path: &str, sample: Sample, hint: Hint, now: Instant) {
        if hint.removed {
            self.gone(path);
        }
        if self.known.get(path).is_some_and(|known| known.sample == sample) {
            self.pending.remove(path);
            return;
        }
        let (window, short) = (self.window, self.window.min((self.window / CLOSE_PART).max(AFTER_CLOSE)));
        match self.pending.get_mut(path) {
            None => {
                let wait = if hint.closed == 1 { short } else { window };
                let (due, closes) = (now + wait, hint.closed);
                let pending = Pending { sample, due, closes, generation: None, handed: false };
                self.pending.insert(path.to_owned(), pending);
            }
            Some(pending) => {
                pending.closes = pending.closes.saturating_add(hint.closed);
                // Who closes a file and writes on is not trusted to be done at the next close.
                let is_first_close = hint.closed == 1 && pending.closes == 1;
                if pending.sample != sample {
                    pending.sample = sample;
                    pending.generation = None;
                    pending.handed = false;
                    pending.due = now + if is_first_close { short } else { window };
                } else if is_first_close {
                    pending.due = pending.due.min(now + short);
                }
            }
        }
    }

    /// A file is not there.
    pub(super) fn gone(&mut self, path: &str) {
        self.pending.remove(path);
        self.dirty |= self.known.remove(path).is_some();
    }

    /// The whole folder, as a scan has found it.
    pub(super) fn scanned(&mut self, files: &[(String, Sample)], now: Instant) {
        for (path, sample) in files {
            self.seen(path, *sample, Hint::default(), now);
        }
        self.keep_only(files);
    }

    /// The whole folder, as a server lists it. What stood still since the last time is ready.
    pub(super) fn polled(&mut self, files: &[(String, Sample)], now: Instant) -> Vec<Ready> {
        let still = |(path, sample): &&(String, Sample)| {
            self.pending.get(path).is_some_and(|pending| !pending.handed && pending.sample == *sample)
        };
        let still: Vec<&(String, Sample)> = files.iter().filter(still).collect();
        let ready = still.into_iter().filter_map(|(path, sample)| self.ready(path, *sample)).collect();
        self.scanned(files, now);
        ready
    }

    fn keep_only(&mut self, files: &[(String, Sample)]) {
        let there: std::collections::HashSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        self.pending.retain(|path, _| there.contains(path.as_str()));
        let before = self.known.len();
        self.known.retain(|path, _| there.contains(path.as_str()));
        self.dirty |= self.known.len() != before;
    }

    /// Files that lie there and have been dealt with.
    pub(super) fn standing(&self) -> Vec<Ready> {
        let standing = self.known.iter().filter(|(path, _)| !self.pending.contains_key(*path));
        standing
            .map(|(path, known)| Ready {
                path: path.clone(),
                sample: known.sample,
                event: TriggerEvent::FileExists,
                generation: Some(0),
                sha256: known.sha256.clone(),
            })
            .collect()
    }

    /// A file that was due was looked at: it is ready, or it has to wait anew.
    pub(super) fn confirm(&mut self, path: &str, found: Option<Sample>, now: Instant) -> Option<Ready> {
        let Some(sample) = found else {
            self.gone(path);
            return None;
        };
        let is_same = self.pending.get(path).is_some_and(|p| p.sample == sample && !p.handed && p.due <= now);
        if is_same {
            return self.ready(path, sample);
        }
        self.seen(path, sample, Hint::default(), now);
        None
    }

    fn ready(&mut self, path: &str, sample: Sample) -> Option<Ready> {
        let pending = self.pending.get_mut(path)?;
        pending.handed = true;
        let event = match self.known.contains_key(path) {
            true => TriggerEvent::FileModified,
            false => TriggerEvent::FileCreated,
        };
        let generation = pending.generation;
        Some(Ready { path: path.to_owned(), sample, event, generation, sha256: None })
    }

    /// Whether a file that was handed out is still as it was then.
    pub(super) fn still_stands(&self, ready: &Ready) -> bool {
        self.pending.get(&ready.path).is_some_and(|pending| pending.handed && pending.sample == ready.sample)
    }

    /// A file that was handed out has changed before anything came of it.
    pub(super) fn take_back(&mut self, ready: &Ready, now: Instant) {
        if let Some(pending) = self.pending.get_mut(&ready.path) {
            pending.handed = false;
            pending.due = now + self.window;
        }
    }

    /// Whether the content is what it was, although size or time are not.
    pub(super) fn is_only_touched(&self, ready: &Ready) -> bool {
        ready.sha256.is_some() && self.known.get(&ready.path).is_some_and(|k| k.sha256 == ready.sha256)
    }

    /// Notes which generation a file has, before it is known whether it could be dealt with.
    pub(super) fn remember_generation(&mut self, ready: &Ready) {
        if let Some(pending) = self.pending.get_mut(&ready.path)
            && pending.sample == ready.sample
        {
            pending.generation = ready.generation;
        }
    }

    /// A ready file has been dealt with.
    pub(super) fn settle(&mut self, ready: &Ready) {
        if self.pending.get(&ready.path).is_some_and(|pending| pending.sample == ready.sample) {
            self.pending.remove(&ready.path);
        }
        let known = Known { sample: ready.sample, sha256: ready.sha256.clone() };
        self.known.insert(ready.path.clone(), known);
        self.dirty = true;
    }

    /// Files without a hash, as they are known.
    pub(super) fn without_hash(&self) -> Vec<(String, Sample)> {
        let bare = self.known.iter().filter(|(_, known)| known.sha256.is_none());
        bare.map(|(path, known)| (path.clone(), known.sample)).collect()
    }

    pub(super) fn put_hash(&mut self, path: &str, sample: Sample, sha256: String) {
        if let Some(known) = self.known.get_mut(path)
            && known.sample == sample
        {
            known.sha256 = Some(sha256);
            self.dirty = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(20);
    const CLOSED: Hint = Hint { removed: false, closed: 1 };

    fn sample(size: u64) -> Sample {
        Sample { size, modified: Timestamp::UNIX_EPOCH }
    }

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_file_is_ready_when_it_stood_still_for_the_window() {
        let (start, mut folder) = (Instant::now(), Folder::new(WINDOW, Vec::new()));
        folder.seen("/in/a", sample(1), Hint::default(), start);
        folder.seen("/in/a", sample(2), Hint::default(), after(start, 15));
        assert!(folder.due(after(start, 34)).is_empty());
        assert_eq!(folder.due(after(start, 35)), ["/in/a"]);
        assert_eq!(folder.confirm("/in/a", Some(sample(3)), after(start, 35)), None, "it has grown");
        assert_eq!(folder.confirm("/in/a", Some(sample(3)), after(start, 54)), None, "not long enough");
        let ready = folder.confirm("/in/a", Some(sample(3)), after(start, 55)).unwrap();
        assert_eq!(ready.event, TriggerEvent::FileCreated);
        folder.settle(&ready);
        folder.scanned(&[("/in/a".into(), sample(3))], after(start, 60));
        assert_eq!(folder.next_due(), None);
        folder.seen("/in/a", sample(4), Hint::default(), after(start, 61));
        let again = folder.confirm("/in/a", Some(sample(4)), after(start, 81)).unwrap();
        assert_eq!(again.event, TriggerEvent::FileModified);
    }

    #[test]
    fn the_first_close_shortens_the_wait_and_later_ones_do_not() {
        let (start, mut folder) = (Instant::now(), Folder::new(WINDOW, Vec::new()));
        folder.seen("/in/a", sample(1), Hint::default(), start);
        folder.seen("/in/a", sample(2), CLOSED, after(start, 1));
        assert_eq!(folder.next_due(), Some(after(start, 3)));
        folder.seen("/in/a", sample(3), CLOSED, after(start, 2));
        assert_eq!(folder.next_due(), Some(after(start, 22)), "it was opened again");
    }

    #[test]
    fn what_was_gone_and_came_back_is_new_even_if_it_looks_the_same() {
        let (start, mut folder) = (Instant::now(), Folder::new(WINDOW, Vec::new()));
        folder.seen("/in/a", sample(1), Hint::default(), start);
        let ready = folder.confirm("/in/a", Some(sample(1)), after(start, 20)).unwrap();
        folder.settle(&ready);
        folder.dirty = false;
        folder.seen("/in/a", sample(1), Hint { removed: true, closed: 1 }, after(start, 30));
        assert!(folder.dirty && folder.pending.contains_key("/in/a"));
        let back = folder.confirm("/in/a", Some(sample(1)), after(start, 60)).unwrap();
        assert_eq!(back.event, TriggerEvent::FileCreated);
    }

    #[test]
    fn a_servers_file_is_ready_when_two_polls_find_it_the_same() {
        let (now, mut folder) = (Instant::now(), Folder::new(WINDOW, Vec::new()));
        assert!(folder.polled(&[("/a".into(), sample(1))], now).is_empty());
        assert!(folder.polled(&[("/a".into(), sample(2))], now).is_empty());
        let ready = folder.polled(&[("/a".into(), sample(2))], now);
        assert_eq!(ready.len(), 1);
        folder.settle(&ready[0]);
        assert!(folder.polled(&[("/a".into(), sample(2))], now).is_empty());
        assert!(folder.polled(&[], now).is_empty());
        assert_eq!(folder.known_files(), 0);
    }
}
