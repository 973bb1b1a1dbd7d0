//! The downloads, uploads, dry runs and looks at folders and through the record that the window has asked for and may stop.

use courier_app::CancellationToken;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// By the name that the window gave each.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    running: Mutex<HashMap<String, CancellationToken>>,
}

/// One under way; when it is dropped, nobody can stop it any more.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    of: &'a Transfers,
    name: String,
    cancel: CancellationToken,
}

impl Transfers {
    pub(crate) fn begin(&self, name: &str) -> Running<'_> {
        let cancel = CancellationToken::new();
        self.running().insert(name.to_owned(), cancel.clone());
        Running { of: self, name: name.to_owned(), cancel }
    }

    pub(crate) fn stop(&self, name: &str) {
        if let Some(cancel) = self.running().get(name) {
            cancel.cancel();
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running<'_> {
    pub(crate) fn cancel(&self) -> CancellationToken {
        self.cancel.clone()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.of.running().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_can_be_stopped_until_it_ends() {
        let transfers = Transfers::default();
        let first = transfers.begin("first");
        let second = transfers.begin("second");
        transfers.stop("first");
        transfers.stop("nobody");
        assert!(first.cancel().is_cancelled());
        assert!(!second.cancel().is_cancelled());
        drop(first);
        drop(second);
        assert!(transfers.running().is_empty());
    }
}
