//! The seats of one pool: the right to each of its control connections.
//!
//! The first comes with the remote itself; further ones are slots that everything on this node shares which reaches
//! the server, where there are such. Invariant: a seat is free again only after its connection is gone.

use crate::{SessionSlot, SessionSlots};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Seats {
    /// `None`: nobody else counts sessions with this server.
    slots: Option<Arc<SessionSlots>>,
    own_is_free: AtomicBool,
    left: Notify,
}

#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Own,
    Further(Option<SessionSlot>),
}

impl Seats {
    /// The seats, and the remote's own.
    pub(crate) fn new(slots: Option<Arc<SessionSlots>>) -> (Arc<Self>, Seat) {
        let seats = Arc::new(Self { slots, own_is_free: AtomicBool::new(false), left: Notify::new() });
        let own = Seat { seats: Arc::clone(&seats), kind: Kind::Own };
        (seats, own)
    }

    pub(crate) fn take(self: &Arc<Self>) -> Option<Seat> {
        let kind = if self.own_is_free.swap(false, Ordering::AcqRel) {
            Kind::Own
        } else {
            match &self.slots {
                Some(slots) => Kind::Further(Some(slots.try_take()?)),
                None => Kind::Further(None),
            }
        };
        Some(Seat { seats: Arc::clone(self), kind })
    }

    /// Waits until a seat is left, or [`Seats::tell`] was called, since the last wait.
    pub(crate) async fn changed(&self) {
        self.left.notified().await;
    }

    /// A session is idle.
    pub(crate) fn tell(&self) {
        self.left.notify_one();
    }

    /// Returns when somebody else waits for a slot.
    pub(crate) async fn wanted(&self) {
        match &self.slots {
            Some(slots) => slots.wanted().await,
            None => std::future::pending().await,
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.slots.as_ref().is_some_and(|slots| slots.is_wanted())
    }
}

impl Seat {
    /// Whether somebody else could have it.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.kind, Kind::Further(Some(_)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        match &mut self.kind {
            Kind::Own => self.seats.own_is_free.store(true, Ordering::Release),
            Kind::Further(slot) => drop(slot.take()),
        }
        self.seats.tell();
    }
}
