//! Keeping the computer from going to sleep.
//!
//! On a thread of its own: the request is a blocking one, and on Windows it belongs to the thread that made it.

use keepawake::{Builder, KeepAwake};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Whether the computer shall stay awake; it may sleep again when this is dropped.
pub(super) struct Wakefulness {
    wanted: Sender<bool>,
}

impl Wakefulness {
    pub(super) fn start() -> Self {
        let (wanted, wishes) = channel();
        std::thread::spawn(move || keep(&wishes));
        Self { wanted }
    }

    pub(super) fn want(&self, awake: bool) {
        // The thread ends with its sender.
        let _ = self.wanted.send(awake);
    }
}

fn keep(wishes: &Receiver<bool>) {
    let mut kept: Option<KeepAwake> = None;
    while let Ok(awake) = wishes.recv() {
        match (awake, &kept) {
            (true, None) => kept = ask(),
            (false, Some(_)) => kept = None,
            (true, Some(_)) | (false, None) => {}
        }
    }
}

fn ask() -> Option<KeepAwake> {
    Builder::default()
        .idle(true)
        .sleep(true)
        .reason("Jobs are running")
        .app_name("Courier")
        .app_reverse_domain("dev.courier.desktop")
        .create()
        .inspect_err(|error| tracing::info!(%error, "this computer cannot be kept awake"))
        .ok()
}
