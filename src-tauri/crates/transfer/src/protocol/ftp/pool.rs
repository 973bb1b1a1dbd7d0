//! The sessions of one [`super::remote::FtpRemote`]: as many as are needed at once, up to the connection's limit.
//!
//! A session goes back when its [`Lease`] is dropped, if it is in order; otherwise its connection is closed. A server
//! that says "too many" lowers the limit instead of failing what was asked, as long as one session is there. Idle
//! sessions are kept awake with NOOP; those beyond the first are given up when another remote waits for their place.

use super::connect::{Opened, Opener};
use super::control::Reply;
use super::seats::{Seat, Seats};
use super::session::{Known, Session};
use super::tls::{Agreed, Newest};
use crate::{SessionSlots, Target, TlsCertificate, TransferError};
use courier_domain::connection::Learned;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How long an idle session has to answer a NOOP.
const NOOP: Duration = Duration::from_secs(10);
/// How often it is seen whether somebody still waits for a place.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    opener: Opener,
    /// `None`: no further sessions are opened.
    target: Option<Arc<Target>>,
    idle: Mutex<Vec<Seated>>,
    seats: Arc<Seats>,
    /// One permit for each session that may be in use.
    free: Arc<Semaphore>,
    /// Sessions that may exist; lowered by a server that has enough.
    most: AtomicUsize,
    known: Arc<Known>,
    certificate: Option<TlsCertificate>,
    agreed: Option<Agreed>,
    /// This server's data connections do not work with TLS 1.3.
    only_12: AtomicBool,
    /// Data connections with a new TLS session are taken.
    takes_new_sessions: AtomicBool,
    closed: CancellationToken,
}

/// A session in its place. The order counts: the connection goes before the place is free.
#[derive(Debug)]
struct Seated {
    session: Session,
    seat: Seat,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("most", &self.shared.most).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool with its first session. Must be called inside a runtime.
    pub(crate) fn new(
        opener: Opener,
        (owner, slots): (Option<Arc<Target>>, Option<Arc<SessionSlots>>),
        first: Opened,
        target: &Target,
    ) -> Self {
        let (seats, seat) = Seats::new(slots);
        let most = match &owner {
            Some(_) => usize::try_from(target.connection.session_limit.max(1)).unwrap_or(1),
            None => 1,
        };
        let shared = Arc::new(Shared {
            opener,
            target: owner,
            free: Arc::new(Semaphore::new(most)),
            most: AtomicUsize::new(most),
            known: Arc::clone(&first.session.known),
            certificate: first.certificate,
            agreed: first.session.agreed.clone(),
            only_12: AtomicBool::new(target.connection.learned.tls_1_2_only),
            takes_new_sessions: AtomicBool::new(false),
            closed: CancellationToken::new(),
            seats,
            idle: Mutex::new(vec![Seated { session: first.session, seat }]),
        });
        tokio::spawn(make_room(Arc::downgrade(&shared)));
        let every = target.connection.keepalive_interval_sec;
        if every > 0 {
            tokio::spawn(keep_awake(Arc::downgrade(&shared), Duration::from_secs(u64::from(every))));
        }
        Self { shared }
    }

    pub(crate) fn known(&self) -> &Known {
        &self.shared.known
    }

    pub(crate) fn certificate(&self) -> Option<&TlsCertificate> {
        self.shared.certificate.as_ref()
    }

    pub(crate) fn agreed(&self) -> Option<&Agreed> {
        self.shared.agreed.as_ref()
    }

    /// Sessions that may be in use at once, as far as the server has said.
    pub(crate) fn most(&self) -> usize {
        self.shared.most.load(Ordering::Relaxed)
    }

    /// A session for one operation; waits while all are in use.
    pub(crate) async fn lease(&self) -> Result<Lease, TransferError> {
        let shared = &self.shared;
        loop {
            let free = Arc::clone(&shared.free).acquire_owned().await;
            let permit = free.map_err(|_| closed())?;
            let seat = match shared.place().await? {
                (seat, Some(session)) => return Ok(shared.lend(Seated { session, seat }, permit)),
                (seat, None) => seat,
            };
            let Some(target) = &shared.target else {
                return Err(TransferError::Lost { doing: "asking it again".to_owned(), cause: None });
            };
            let told = shared.certificate.as_ref().map(|c| c.thumbprint.as_str());
            match shared.opener.another(target, shared.newest(), Arc::clone(&shared.known), told).await {
                Ok(session) => return Ok(shared.lend(Seated { session, seat }, permit)),
                Err(TransferError::Crowded { .. }) if shared.lower() => {
                    // This one will never be.
                    permit.forget();
                    tracing::info!(most = self.most(), "the server takes no more sessions");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// From now on only TLS 1.2 is offered to this server, also by later connections.
    pub(crate) async fn only_12(&self) {
        self.shared.only_12().await;
    }

    pub(crate) async fn close(&self) {
        self.shared.closed.cancel();
        self.shared.free.close();
        self.shared.seats.tell();
        for Seated { session, seat } in self.shared.take_all_idle() {
            session.quit().await;
            drop(seat);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.closed.cancel();
    }
}

fn closed() -> TransferError {
    TransferError::Lost { doing: "using it after it was closed".to_owned(), cause: None }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Seated>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Seated> {
        self.idle().pop()
    }

    fn take_longest_idle(&self) -> Option<Seated> {
        let mut idle = self.idle();
        if idle.is_empty() { None } else { Some(idle.remove(0)) }
    }

    fn take_all_idle(&self) -> Vec<Seated> {
        std::mem::take(&mut *self.idle())
    }

    /// The longest idle session whose place others may have.
    fn take_shared_idle(&self) -> Option<Seated> {
        let mut idle = self.idle();
        let at = idle.iter().position(|seated| seated.seat.is_shared())?;
        Some(idle.remove(at))
    }

    /// A place, with a session that works if one is idle; waits while all are in use.
    async fn place(&self) -> Result<(Seat, Option<Session>), TransferError> {
        loop {
            if self.closed.is_cancelled() {
                return Err(closed());
            }
            while let Some(Seated { mut session, seat }) = self.take_idle() {
                if !session.control.is_stale().await {
                    return Ok((seat, Some(session)));
                }
            }
            if let Some(seat) = self.seats.take() {
                return Ok((seat, None));
            }
            tokio::select! {
                () = self.closed.cancelled() => {}
                () = self.seats.changed() => {}
            }
        }
    }

    async fn only_12(&self) {
        if self.only_12.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::info!("data connections do not resume TLS 1.3 sessions here; 1.2 from now on");
        self.take_all_idle();
        if let Some(target) = &self.target {
            let learned = Learned { tls_1_2_only: true, ..target.connection.learned };
            self.opener.trust.learnt(&target.connection, learned).await;
        }
    }

    fn newest(&self) -> Newest {
        if self.only_12.load(Ordering::Relaxed) { Newest::Tls12 } else { Newest::Tls13 }
    }

    /// One session less from now on. `false` when it would be the last one.
    fn lower(&self) -> bool {
        self.most
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |most| (most > 1).then(|| most - 1))
            .is_ok()
    }

    fn lend(self: &Arc<Self>, mut seated: Seated, permit: OwnedSemaphorePermit) -> Lease {
        seated.session.takes_new_sessions |= self.takes_new_sessions.load(Ordering::Relaxed);
        Lease { shared: Arc::clone(self), seated: Some(seated), _permit: permit }
    }

    fn give_back(&self, seated: Seated) {
        let session = &seated.session;
        if session.takes_new_sessions {
            self.takes_new_sessions.store(true, Ordering::Relaxed);
        }
        let too_new = self.newest() == Newest::Tls12 && session.agreed.as_ref().is_some_and(|a| a.is_tls13);
        let is_wanted = seated.seat.is_shared() && self.seats.is_wanted();
        if session.is_clean() && !too_new && !is_wanted && !self.closed.is_cancelled() {
            self.idle().push(seated);
            self.seats.tell();
        }
    }
}

/// A session for as long as an operation lasts.
pub(crate) struct Lease {
    shared: Arc<Shared>,
    /// Taken by the drop alone.
    seated: Option<Seated>,
    _permit: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("seated", &self.seated).finish_non_exhaustive()
    }
}

impl Lease {
    pub(crate) fn session(&mut self) -> Result<&mut Session, TransferError> {
        self.seated.as_mut().map(|seated| &mut seated.session).ok_or_else(closed)
    }

    /// A reply that may mean that data connections do not work with TLS 1.3.
    pub(crate) async fn suspect(&mut self, reply: &Reply) {
        let is_13 = self.seated.as_ref().and_then(|s| s.session.agreed.as_ref()).is_some_and(|a| a.is_tls13);
        if is_13 && matches!(reply.code, 425 | 522) {
            self.shared.only_12().await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(seated) = self.seated.take() {
            self.shared.give_back(seated);
        }
    }
}

/// Gives idle sessions up for whoever waits for their places, until the pool is gone.
async fn make_room(pool: Weak<Shared>) {
    loop {
        let Some((closed, seats)) = pool.upgrade().map(|s| (s.closed.clone(), Arc::clone(&s.seats))) else {
            return;
        };
        tokio::select! {
            () = closed.cancelled() => return,
            () = seats.wanted() => {}
        }
        let found = pool.upgrade().and_then(|shared| shared.take_shared_idle());
        match found {
            Some(Seated { session, seat }) => {
                session.quit().await;
                drop(seat);
            }
            // Those in use are given up as they come back; till then there is nothing to do.
            None => tokio::select! {
                () = closed.cancelled() => return,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            },
        }
    }
}

/// Says NOOP on every idle session from time to time, until the pool is gone.
async fn keep_awake(pool: Weak<Shared>, every: Duration) {
    loop {
        let Some(closed) = pool.upgrade().map(|shared| shared.closed.clone()) else { return };
        tokio::select! {
            () = closed.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let Some(shared) = pool.upgrade() else { return };
        for _ in 0..shared.most.load(Ordering::Relaxed) {
            // As an operation would, so that the limit holds meanwhile.
            let Ok(permit) = Arc::clone(&shared.free).try_acquire_owned() else { break };
            let Some(seated) = shared.take_longest_idle() else { break };
            let mut lease = shared.lend(seated, permit);
            if let Ok(session) = lease.session() {
                let asked = tokio::time::timeout(NOOP, session.control.command("NOOP", None)).await;
                if !matches!(asked, Ok(Ok(_))) {
                    tracing::debug!("an idle session has ended");
                    lease.seated = None;
                }
            }
        }
    }
}
