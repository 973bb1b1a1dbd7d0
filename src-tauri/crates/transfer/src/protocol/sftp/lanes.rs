//! The lanes of a session: SFTP channels on its SSH connection, and where the server allows no further channel, on
//! further connections.
//!
//! A channel carries at most its window for each round trip (OpenSSH takes 2 MiB at a time), so a transfer over a long
//! path spreads its requests over several. A server that refuses another lane is not asked again; whoever wanted it
//! goes on with those there are. Left out: what is under way on a lane for whom; that is the reader's and writer's.
//! Invariant: files are looked at, renamed and deleted on the first lane only, so that those keep their order.

use super::channel::Session;
use super::line::Line;
use crate::TransferError;
use crate::memory::{Budget, Holder};
use futures::future::{BoxFuture, join_all};
use russh_sftp::client::rawsession::Limits;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// OpenSSH allows 10 channels on a connection unless told otherwise.
const MOST: usize = 8;
/// What all transfers of a session together may have under way, in bytes.
const UNDER_WAY: u64 = 24 * 1024 * 1024;
/// Each transfer may have so much, however many there are, if the node's memory allows.
const SHARE: u64 = 1024 * 1024;

/// Logs in once more, to the same server with the same key. `None` when the connection has no room for it now.
pub(crate) type Dial =
    Box<dyn Fn() -> Option<BoxFuture<'static, Result<Session, TransferError>>> + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Lanes {
    inner: Arc<Inner>,
}

struct Inner {
    session: Session,
    limits: Limits,
    first: Line,
    /// Connections beyond the first are held so that they live as long as this does.
    more: Mutex<Vec<(Line, Option<Arc<Session>>)>>,
    growth: tokio::sync::Mutex<Growth>,
    transfers: AtomicU64,
}

/// Where the next lane comes from.
struct Growth {
    channels: bool,
    dial: Option<Dial>,
    newest: Option<Arc<Session>>,
}

impl Lanes {
    pub(crate) fn new(session: Session, first: Line, limits: Limits) -> Self {
        Self {
            inner: Arc::new(Inner {
                session,
                limits,
                first,
                more: Mutex::default(),
                growth: tokio::sync::Mutex::new(Growth { channels: true, dial: None, newest: None }),
                transfers: AtomicU64::new(0),
            }),
        }
    }

    /// Lets lanes also come from further connections.
    pub(crate) async fn dial_with(&self, dial: Dial) {
        self.inner.growth.lock().await.dial = Some(dial);
    }

    pub(crate) fn session(&self) -> &Session {
        &self.inner.session
    }

    pub(crate) fn first(&self) -> &Line {
        &self.inner.first
    }

    /// The lane with the least under way. The first while none is busy.
    pub(crate) fn quietest(&self) -> Line {
        let more = self.inner.more.lock().unwrap_or_else(PoisonError::into_inner);
        let all = std::iter::once(&self.inner.first).chain(more.iter().map(|(line, _)| line));
        let quietest = all.filter(|line| line.is_alive()).min_by_key(|line| line.under_way());
        quietest.unwrap_or(&self.inner.first).clone()
    }

    /// Up to `wanted` lanes that are none of `used`, opened where there are too few; fewer when there can be no more.
    pub(crate) async fn others(&self, used: &[Line], wanted: usize) -> Vec<Line> {
        let mut growth = self.inner.growth.lock().await;
        let (mut found, room) = {
            let mut more = self.inner.more.lock().unwrap_or_else(PoisonError::into_inner);
            more.retain(|(line, _)| line.is_alive());
            let all = std::iter::once(&self.inner.first).chain(more.iter().map(|(line, _)| line));
            let mut free: Vec<Line> = all.filter(|line| !used.iter().any(|u| u.is(line))).cloned().collect();
            free.sort_by_key(Line::under_way);
            (free, MOST.saturating_sub(more.len() + 1))
        };
        found.truncate(wanted);
        let new = self.open(&mut growth, (wanted - found.len()).min(room)).await;
        found.extend(new.iter().map(|(line, _)| line.clone()));
        self.inner.more.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
        if self.inner.transfers.load(Ordering::Acquire) == 0 {
            self.give_back(&mut growth);
        }
        found
    }

    async fn open(&self, growth: &mut Growth, wanted: usize) -> Vec<(Line, Option<Arc<Session>>)> {
        let mut opened = Vec::new();
        loop {
            let before = opened.len();
            if growth.channels {
                let owner = growth.newest.clone();
                let session = owner.as_deref().unwrap_or(&self.inner.session);
                let at_once = (before..wanted).map(|_| session.lane(self.inner.limits));
                for lane in join_all(at_once).await {
                    match lane {
                        Ok(line) => opened.push((line, owner.clone())),
                        Err(error) => {
                            tracing::debug!(%error, "the server allows no further channel");
                            growth.channels = false;
                        }
                    }
                }
                if opened.len() == before && owner.is_some() {
                    // A connection without a channel is of no use, and the next would be like it.
                    (growth.dial, growth.newest) = (None, None);
                }
            }
            if opened.len() >= wanted {
                return opened;
            }
            let Some(dialling) = growth.dial.as_ref().and_then(|dial| dial()) else { return opened };
            match dialling.await {
                Ok(session) => (growth.newest, growth.channels) = (Some(Arc::new(session)), true),
                Err(error) => {
                    tracing::debug!(%error, "the server allows no further connection");
                    growth.dial = None;
                }
            }
        }
    }

    /// Closes the further connections: others may want the room.
    fn give_back(&self, growth: &mut Growth) {
        growth.channels &= growth.newest.take().is_none();
        let mut more = self.inner.more.lock().unwrap_or_else(PoisonError::into_inner);
        more.retain(|(_, owner)| owner.is_none());
    }

    /// Counts a transfer until the result is dropped.
    pub(crate) fn transfer(&self, memory: &Arc<Budget>) -> Transfer {
        self.inner.transfers.fetch_add(1, Ordering::Relaxed);
        Transfer { lanes: self.clone(), holder: memory.join() }
    }

    /// Says goodbye on every connection.
    pub(crate) async fn close(&self) {
        let more = {
            let mut more = self.inner.more.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *more)
        };
        for (line, owner) in &more {
            line.hang_up();
            if let Some(session) = owner {
                session.goodbye().await;
            }
        }
        self.inner.first.hang_up();
        self.inner.session.goodbye().await;
    }
}

/// One of the transfers of a session.
pub(crate) struct Transfer {
    pub(crate) lanes: Lanes,
    holder: Holder,
}

impl Transfer {
    /// The most that one transfer may have under way now, in bytes.
    pub(crate) fn share(&self) -> u64 {
        let transfers = self.lanes.inner.transfers.load(Ordering::Relaxed).max(1);
        (UNDER_WAY / transfers).max(SHARE).min(self.holder.share())
    }

    /// What a transfer alone may have under way, in bytes.
    pub(crate) const CEILING: u64 = UNDER_WAY;
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let inner = &self.lanes.inner;
        if inner.transfers.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        // Whoever is opening one at this moment sees to it.
        if let Ok(mut growth) = inner.growth.try_lock() {
            self.lanes.give_back(&mut growth);
        }
    }
}
