//! A bad network: a TCP proxy on loopback that delays, throttles, stalls, and cuts at a chosen byte.

use anyhow::Result;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a path behaves. The default passes everything on at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// One way; a round trip takes twice as long.
    pub delay: Duration,
    /// Bytes a second in each direction.
    pub rate: Option<u64>,
    /// Every connection is cut once so many bytes have come from the server, over all connections.
    pub cut_after: Option<u64>,
    /// Every connection is cut once so many bytes have come from the client, over all connections.
    pub cut_after_sent: Option<u64>,
    /// Nothing passes, but connections stay open.
    pub stalled: bool,
}

#[derive(Debug, Default)]
struct State {
    rules: Rules,
    from_server: u64,
    from_client: u64,
    cuts: u32,
    stopped: bool,
    streams: Vec<TcpStream>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self, state: &mut State) {
        for stream in state.streams.drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// A running proxy. Ends when dropped, with every connection through it.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Passes connections on to `target` on loopback.
    pub fn start(target: u16, rules: Rules) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        shared.state().rules = rules;
        let inner = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if inner.state().stopped {
                    return;
                }
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    // A pair that cannot be joined is closed by being dropped.
                    let _ = join(&inner, client, server);
                }
            }
        });
        Ok(Self { port, shared })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes the rules for connections that exist and those to come. The counts of bytes start again.
    pub fn set(&self, rules: Rules) {
        let mut state = self.shared.state();
        state.rules = rules;
        (state.from_server, state.from_client) = (0, 0);
        self.shared.changed.notify_all();
    }

    /// Cuts every connection now.
    pub fn cut_now(&self) {
        let mut state = self.shared.state();
        state.cuts += 1;
        self.shared.cut(&mut state);
    }

    /// How often connections were cut.
    pub fn cuts(&self) -> u32 {
        self.shared.state().cuts
    }

    /// Waits until so many bytes have come from the server. False when the time is up first.
    pub fn wait_for_bytes(&self, bytes: u64, limit: Duration) -> bool {
        self.wait_until(limit, |state| state.from_server >= bytes)
    }

    /// Waits until so many bytes have come from the client. False when the time is up first.
    pub fn wait_for_sent(&self, bytes: u64, limit: Duration) -> bool {
        self.wait_until(limit, |state| state.from_client >= bytes)
    }

    /// Bytes that were passed on to the client since the rules were set.
    pub fn bytes(&self) -> u64 {
        self.shared.state().from_server
    }

    /// Bytes that were passed on to the server since the rules were set.
    pub fn sent(&self) -> u64 {
        self.shared.state().from_client
    }

    fn wait_until(&self, limit: Duration, reached: impl Fn(&State) -> bool) -> bool {
        let until = Instant::now() + limit;
        let mut state = self.shared.state();
        while !reached(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stopped = true;
        self.shared.cut(&mut state);
        self.shared.changed.notify_all();
        drop(state);
        // Wakes the listener, so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn join(shared: &Arc<Shared>, client: TcpStream, server: TcpStream) -> Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    shared.state().streams.extend([client.try_clone()?, server.try_clone()?]);
    pump(shared, server.try_clone()?, client.try_clone()?, Way::FromServer);
    pump(shared, client, server, Way::ToServer);
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    FromServer,
    ToServer,
}

type Parcel = (Instant, Vec<u8>);

/// A reader notes when each piece came, a writer passes it on when its time has come.
fn pump(shared: &Arc<Shared>, from: TcpStream, to: TcpStream, way: Way) {
    // Enough pieces for what is under way on a long path.
    let (send, receive) = sync_channel::<Parcel>(4096);
    std::thread::spawn(move || take_in(from, &send));
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        hand_out(&shared, &to, &receive, way);
        let _ = to.shutdown(Shutdown::Write);
    });
}

fn take_in(mut from: TcpStream, send: &SyncSender<Parcel>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(got) = from.read(&mut buffer) {
        if got == 0 || send.send((Instant::now(), buffer[..got].to_vec())).is_err() {
            return;
        }
    }
}

fn hand_out(shared: &Shared, mut to: &TcpStream, receive: &Receiver<Parcel>, way: Way) {
    let mut free_at = Instant::now();
    while let Ok((came, piece)) = receive.recv() {
        // Small pieces, so that a throttled path is smooth and a cut falls on the byte.
        for part in piece.chunks(8 * 1024) {
            let Some(length) = admit(shared, part.len(), came, &mut free_at, way) else { return };
            if to.write_all(&part[..length]).is_err() {
                return;
            }
            if length < part.len() || is_used_up(shared, way) {
                let mut state = shared.state();
                state.cuts += 1;
                (state.rules.cut_after, state.rules.cut_after_sent) = (None, None);
                shared.cut(&mut state);
                return;
            }
        }
    }
}

/// Waits until a part may pass; how much of it may.
fn admit(shared: &Shared, length: usize, came: Instant, free_at: &mut Instant, way: Way) -> Option<usize> {
    let mut state = shared.state();
    loop {
        if state.stopped {
            return None;
        }
        let now = Instant::now();
        let due = (came + state.rules.delay).max(*free_at);
        if !state.rules.stalled && due <= now {
            break;
        }
        let wait = if state.rules.stalled { Duration::from_secs(3600) } else { due - now };
        state = shared.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
    }
    let mut length = length as u64;
    let State { rules, from_server, from_client, .. } = &mut *state;
    let (count, limit) = match way {
        Way::FromServer => (from_server, rules.cut_after),
        Way::ToServer => (from_client, rules.cut_after_sent),
    };
    length = length.min(limit.map_or(u64::MAX, |limit| limit.saturating_sub(*count)));
    *count += length;
    shared.changed.notify_all();
    if let Some(rate) = state.rules.rate {
        *free_at = Instant::now() + Duration::from_secs_f64(length as f64 / rate as f64);
    }
    usize::try_from(length).ok()
}

fn is_used_up(shared: &Shared, way: Way) -> bool {
    let state = shared.state();
    let (count, limit) = match way {
        Way::FromServer => (state.from_server, state.rules.cut_after),
        Way::ToServer => (state.from_client, state.rules.cut_after_sent),
    };
    limit.is_some_and(|limit| count >= limit)
}
