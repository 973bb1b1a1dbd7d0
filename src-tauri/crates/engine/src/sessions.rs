//! The open sessions of this node: kept for the life of an execution, and never more to one server than its
//! connection's `session_limit`.
//!
//! A step that waits for a session holds none that is in use, and idle ones are given up for whoever waits, so nobody
//! waits for ever. Left out: several sessions inside one [`Remote`]. Invariant: a session is only ever used for the
//! connection as it is stored now, see [`SessionKey`].

use crate::context::Services;
use crate::error::StepError;
use crate::limits;
use crate::remote::{Learning, TrustNotes, target_learning};
use courier_domain::step::StepType;
use courier_domain::{ConnectionId, ErrorCode};
use courier_transfer::{Remote, SessionKey, SessionSlot, SessionSlots, Target};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio_util::sync::CancellationToken;

/// Every server that something on this node has reached.
#[derive(Debug, Default)]
pub(crate) struct SessionPool {
    servers: Mutex<HashMap<ConnectionId, Arc<Server>>>,
}

/// The sessions of one connection.
#[derive(Debug)]
struct Server {
    slots: Arc<SessionSlots>,
    sessions: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    idle: Vec<Open>,
    busy: Vec<Weak<Held>>,
}

#[derive(Debug)]
struct Open {
    key: SessionKey,
    remote: Arc<dyn Remote>,
    slot: SessionSlot,
    /// The execution's; gone with it.
    owner: Weak<Owner>,
}

/// Stands for the execution that sessions are kept for.
#[derive(Debug)]
struct Owner;

/// A session in use; idle again when the last user drops it.
#[derive(Debug)]
struct Held {
    server: Arc<Server>,
    /// Taken by the drop alone.
    open: Option<Open>,
}

/// A session with a server, for as long as a step needs it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    remote: Arc<dyn Remote>,
    _held: Arc<Held>,
}

impl std::ops::Deref for Session {
    type Target = dyn Remote;
    fn deref(&self) -> &Self::Target {
        &*self.remote
    }
}

impl Open {
    fn is_of(&self, owner: &Arc<Owner>) -> bool {
        std::ptr::eq(self.owner.as_ptr(), Arc::as_ptr(owner))
    }

    fn serves(&self, key: &SessionKey) -> bool {
        self.key.serves(key, &self.remote.server_identity())
    }

    /// Says goodbye; the slot is free afterwards.
    async fn close(self) -> SessionSlot {
        self.remote.close().await;
        self.slot
    }
}

/// What was found for a step.
enum Found {
    Ready(Session),
    /// Sessions to be closed first, and a slot if one was free.
    Connect {
        outdated: Vec<Open>,
        slot: Option<SessionSlot>,
    },
}

impl Server {
    fn sessions(&self) -> MutexGuard<'_, Kept> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The execution's own session, or room for one.
    fn find(self: &Arc<Self>, owner: &Arc<Owner>, key: &SessionKey) -> Found {
        let busy: Vec<Arc<Held>> = {
            let mut kept = self.sessions();
            kept.busy.retain(|held| held.strong_count() > 0);
            // Dropped after the lock: the last one to go takes it.
            kept.busy.iter().filter_map(Weak::upgrade).collect()
        };
        for held in busy {
            if let Some(open) = held.open.as_ref().filter(|open| open.is_of(owner) && open.serves(key)) {
                return Found::Ready(Session { remote: open.remote.clone(), _held: held.clone() });
            }
        }
        let mut kept = self.sessions();
        if let Some(at) = kept.idle.iter().position(|open| open.is_of(owner) && open.serves(key)) {
            let open = kept.idle.remove(at);
            drop(kept);
            return Found::Ready(self.hold(open));
        }
        // What the execution still has was opened for the connection as it was before.
        let mut outdated: Vec<Open> = Vec::new();
        while let Some(at) = kept.idle.iter().position(|open| open.is_of(owner)) {
            outdated.push(kept.idle.remove(at));
        }
        let slot = self.slots.try_take();
        if slot.is_none() && outdated.is_empty() && !kept.idle.is_empty() {
            // Somebody's whose turn it is not.
            outdated.push(kept.idle.remove(0));
        }
        Found::Connect { outdated, slot }
    }

    fn hold(self: &Arc<Self>, open: Open) -> Session {
        let remote = open.remote.clone();
        let held = Arc::new(Held { server: Arc::clone(self), open: Some(open) });
        self.sessions().busy.push(Arc::downgrade(&held));
        Session { remote, _held: held }
    }

    /// Queues for a slot. No session becomes idle between the look for one and the queueing.
    fn ask(&self) -> Result<courier_transfer::SlotRequest, Open> {
        let mut kept = self.sessions();
        if kept.idle.is_empty() { Ok(self.slots.ask()) } else { Err(kept.idle.remove(0)) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(open) = self.open.take() else { return };
        let mut kept = self.server.sessions();
        if open.owner.strong_count() > 0 && !self.server.slots.is_wanted() {
            kept.idle.push(open);
            return;
        }
        drop(kept);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(open.close())),
            // The process is ending.
            Err(_) => drop(open),
        }
    }
}

/// The sessions of one execution.
#[derive(Debug)]
pub(crate) struct Sessions {
    owner: Arc<Owner>,
    /// Ends connecting when the execution stops.
    cancel: CancellationToken,
    learning: Learning,
}

impl Sessions {
    pub(crate) fn new(cancel: CancellationToken) -> Self {
        Self { owner: Arc::new(Owner), cancel, learning: Learning::Stored { actor: "system".to_owned() } }
    }

    /// Sessions that store nothing about the servers they meet.
    pub(crate) fn unrecorded(cancel: CancellationToken, notes: Arc<TrustNotes>) -> Self {
        Self { owner: Arc::new(Owner), cancel, learning: Learning::Noted(notes) }
    }

    /// The execution's session with a server, connecting if there is none. `waits` is told the limit when the
    /// connection has as many sessions as it may.
    pub(crate) async fn open(
        &self,
        services: &Services,
        id: ConnectionId,
        step_type: Option<StepType>,
        waits: impl Fn(u32),
    ) -> Result<Session, StepError> {
        let connection = services.store.read().await?.connection(id).await?;
        if let Some(misfit) = step_type.and_then(|step| step.misfit(connection.protocol)) {
            return Err(StepError::new(ErrorCode::Validation, format!("{}: {misfit}", connection.name)));
        }
        let limit = connection.session_limit.max(1);
        let server = services.sessions.server(id, limit);
        let paces = limits::of(services, &connection).await?;
        let trust = self.learning.sink(&services.store, &connection);
        let target = target_learning(&services.store, &services.vault, connection, &self.learning).await?;
        let target = Target { paces, ..target };
        let key = SessionKey::of(&target);
        let (outdated, mut slot) = match server.find(&self.owner, &key) {
            Found::Ready(session) => return Ok(session),
            Found::Connect { outdated, slot } => (outdated, slot),
        };
        for open in outdated {
            slot = Some(open.close().await);
        }
        let slot = match slot {
            Some(slot) => slot,
            None => match server.ask() {
                Err(idle) => idle.close().await,
                Ok(asked) => {
                    waits(limit);
                    tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => return Err(StepError::cancelled()),
                        granted = asked.granted() => granted.ok_or_else(StepError::cancelled)?,
                    }
                }
            },
        };
        let slots = Some(Arc::clone(&server.slots));
        let remote =
            courier_transfer::connect_within(Arc::new(target), trust, self.cancel.clone(), slots).await?;
        Ok(server.hold(Open { key, remote, slot, owner: Arc::downgrade(&self.owner) }))
    }

    /// Says goodbye to every server. Later uses connect anew.
    pub(crate) async fn close(&self, services: &Services) {
        for open in services.sessions.take_idle(&self.owner) {
            open.close().await;
        }
    }
}

impl SessionPool {
    fn servers(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Server>>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn server(&self, id: ConnectionId, limit: u32) -> Arc<Server> {
        let mut servers = self.servers();
        let server = servers.entry(id).or_insert_with(|| {
            Arc::new(Server { slots: SessionSlots::new(limit), sessions: Mutex::default() })
        });
        server.slots.set_limit(limit);
        Arc::clone(server)
    }

    fn take_idle(&self, owner: &Arc<Owner>) -> Vec<Open> {
        let servers: Vec<Arc<Server>> = self.servers().values().cloned().collect();
        let mut taken = Vec::new();
        for server in servers {
            let mut kept = server.sessions();
            while let Some(at) = kept.idle.iter().position(|open| open.is_of(owner)) {
                taken.push(kept.idle.remove(at));
            }
        }
        taken
    }
}
