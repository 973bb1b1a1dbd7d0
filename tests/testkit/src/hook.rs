//! A receiver of webhooks: HTTP/1.1 on loopback, which keeps every call and answers as it is told, well or not.

use anyhow::{Result, bail, ensure};
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a call is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Status(u16),
    /// 302, to there.
    Redirect(String),
    /// 200, after this time.
    Late(Duration),
    /// Takes the call and never answers.
    Never,
    /// Refuses, and repeats the call's headers.
    Echo,
}

/// A call as it came.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: String,
    /// By name in lower case.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Call {
    /// Whether `X-Courier-Signature` is the body's under this secret, as the `openssl` program computes it.
    pub fn is_signed_by(&self, secret: &str) -> Result<bool> {
        let mut openssl = Command::new("openssl")
            .args(["dgst", "-sha256", "-hmac", secret, "-hex"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = openssl.stdin.take() {
            input.write_all(&self.body)?;
        }
        let said = String::from_utf8(openssl.wait_with_output()?.stdout)?;
        let digest = said.trim().rsplit(' ').next().unwrap_or_default();
        ensure!(digest.len() == 64, "openssl said {said}");
        Ok(self.headers.get("x-courier-signature") == Some(&format!("sha256={digest}")))
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    replies: VecDeque<Reply>,
    stopped: bool,
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
}

/// A running receiver; ends when dropped.
#[derive(Debug)]
pub struct Hook {
    port: u16,
    shared: Arc<Shared>,
}

impl Hook {
    /// Answers in this order, and 200 from then on.
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let state = State { replies: replies.into_iter().collect(), ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let inner = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if inner.state().stopped {
                    return;
                }
                let shared = Arc::clone(&inner);
                // A client that goes away ends its own connection only.
                std::thread::spawn(move || drop(serve(&shared, client)));
            }
        });
        Ok(Self { port, shared })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub fn reply(&self, next: Reply) {
        self.shared.state().replies.push_back(next);
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// Waits until there were `count` calls, and gives all of them.
    pub fn wait_for(&self, count: usize, limit: Duration) -> Result<Vec<Call>> {
        let until = Instant::now() + limit;
        let mut state = self.shared.state();
        while state.calls.len() < count {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("{} calls came instead of {count}: {:?}", state.calls.len(), state.calls);
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state.calls.clone())
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.shared.state().stopped = true;
        // Wakes the listener, so that it sees the end.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(shared: &Shared, client: TcpStream) -> Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            ensure!(reader.read_line(&mut line)? > 0, "the head ended early");
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(Ok(0), |length| length.parse())?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let reply = {
            let mut state = shared.state();
            state.calls.push(Call { path, headers: headers.clone(), body, at: Instant::now() });
            state.replies.pop_front().unwrap_or(Reply::Status(200))
        };
        shared.changed.notify_all();
        let (status, head, body) = match reply {
            Reply::Status(status) => (status, String::new(), String::new()),
            Reply::Redirect(to) => (302, format!("Location: {to}\r\n"), String::new()),
            Reply::Late(time) => {
                std::thread::sleep(time);
                (200, String::new(), String::new())
            }
            Reply::Never => {
                // Until the client has gone.
                std::io::copy(&mut reader, &mut std::io::sink())?;
                return Ok(());
            }
            Reply::Echo => (400, String::new(), format!("{headers:?}")),
        };
        let length = body.len();
        client.write_all(
            format!("HTTP/1.1 {status} As told\r\n{head}Content-Length: {length}\r\n\r\n{body}").as_bytes(),
        )?;
    }
}
