//! Disasters that pass: the same process goes on by itself when the cause is gone.

use crate::check::faults;
use crate::writers::{Tells, Told, WRITERS, What, one_round, open};
use courier_domain::ErrorCode;
use courier_store::{Store, StoreError, StoreUrl};
use courier_testkit::Proxy;
use courier_testkit::postgres::PrivatePostgres;
use courier_testkit::proxy::Rules;
use sqlx::{ConnectOptions, SqliteConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Far more than any of it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writers in this process that go on whatever happens.
struct Load {
    told: Arc<Mutex<Vec<Told>>>,
    refused: Arc<Mutex<Vec<StoreError>>>,
    counts: watch::Receiver<(usize, usize)>,
    stop: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(store: &Store) -> Self {
        let (told, refused) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let stop = Arc::new(AtomicBool::new(false));
        let (count, counts) = watch::channel((0, 0));
        let count = Arc::new(count);
        let writers = (0..WRITERS).map(|_| {
            let (store, told, refused) = (store.clone(), told.clone(), refused.clone());
            let (stop, count) = (stop.clone(), count.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let tell = |what: &str, id| {
                        told.lock().unwrap().extend(Told::parse(&format!("told {what} {id}")));
                        count.send_modify(|c| c.0 += 1);
                    };
                    if let Err(error) = one_round(&store, Tells::AfterCommit, tell).await {
                        refused.lock().unwrap().push(error);
                        count.send_modify(|c| c.1 += 1);
                    }
                    tokio::task::yield_now().await;
                }
            })
        });
        let writers = writers.collect();
        Self { told, refused, counts, stop, writers }
    }

    /// Waits for so many changes more.
    async fn more(&mut self, changes: usize) {
        let from = self.counts.borrow().0;
        let waited = tokio::time::timeout(PATIENCE, self.counts.wait_for(|c| c.0 >= from + changes)).await;
        assert!(
            waited.is_ok_and(|w| w.is_ok()),
            "work does not go on: {:?}",
            self.refused.lock().unwrap().last()
        );
    }

    /// Waits until so many more units of work were refused.
    async fn refusals(&mut self, units: usize) {
        let from = self.counts.borrow().1;
        let waited = tokio::time::timeout(PATIENCE, self.counts.wait_for(|c| c.1 >= from + units)).await;
        assert!(waited.is_ok_and(|w| w.is_ok()), "nothing was refused");
    }

    /// What was told and what was refused, once every writer has ended.
    async fn end(self) -> (Vec<Told>, Vec<StoreError>) {
        self.stop.store(true, Ordering::Relaxed);
        for writer in self.writers {
            writer.await.unwrap();
        }
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        let refused = std::mem::take(&mut *self.refused.lock().unwrap());
        (told, refused)
    }
}

/// The code that the edge turns into exit status 7, and words for a person.
fn plainly(refused: &[StoreError], words: &[&str]) {
    assert!(!refused.is_empty(), "nothing was refused");
    for error in refused {
        assert_eq!(error.code(), ErrorCode::StoreUnavailable, "{error:?}");
        let text = error.to_string();
        assert!(words.iter().any(|w| text.contains(w)), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_at_once_under_load_is_used_again_when_it_is_back() {
    let cluster = PrivatePostgres::start().unwrap();
    let url = StoreUrl::parse(&cluster.create_database("away").unwrap()).unwrap();
    let store = open(&url).await.unwrap();
    let mut load = Load::start(&store);
    for _ in 0..3 {
        load.more(50).await;
        cluster.stop().unwrap();
        load.refusals(1).await;
        cluster.start_again().unwrap();
    }
    load.more(50).await;
    let (told, refused) = load.end().await;
    store.close().await;
    plainly(&refused, &["check that it runs", "did not answer in time", "takes no more connections"]);
    assert_eq!(faults(&url, &told).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_at_any_byte_breaks_no_unit_of_work() {
    let cluster = PrivatePostgres::start().unwrap();
    let direct = cluster.create_database("cut").unwrap();
    let port = direct.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).unwrap().parse().unwrap();
    let proxy = Proxy::start(port, Rules::default()).unwrap();
    let through = direct.replace(&format!(":{port}/"), &format!(":{}/", proxy.port()));
    let store = open(&StoreUrl::parse(&through).unwrap()).await.unwrap();
    let mut load = Load::start(&store);
    for cut in 0..20_u32 {
        load.more(20).await;
        let after = u64::from(cut) * 977 % 9_000 + 1;
        proxy.set(Rules { cut_after: Some(after), ..Rules::default() });
        load.refusals(1).await;
    }
    load.more(50).await;
    let (told, refused) = load.end().await;
    store.close().await;
    assert!(proxy.cuts() >= 20, "{} cuts", proxy.cuts());
    plainly(&refused, &["check that it runs", "did not answer in time"]);
    assert_eq!(faults(&StoreUrl::parse(&direct).unwrap(), &told).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_program_locks_for_long_is_said_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::in_home(folder.path());
    let store = open(&url).await.unwrap();
    let mut load = Load::start(&store);
    load.more(20).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("courier.db"));
    let mut other: SqliteConnection = options.busy_timeout(PATIENCE).connect().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let locked = Instant::now();
    load.refusals(1).await;
    assert!(locked.elapsed() > Duration::from_secs(5), "a short lock is waited for");
    // Whoever only looks is not disturbed.
    store.read().await.unwrap().jobs().await.unwrap();
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    load.more(50).await;
    let (told, refused) = load.end().await;
    store.close().await;
    plainly(&refused, &["another program keeps the database file locked; close it or wait"]);
    assert_eq!(faults(&url, &told).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_what_the_check_looks_for() {
    let folder = tempfile::tempdir().unwrap();
    let url = StoreUrl::in_home(folder.path());
    let store = open(&url).await.unwrap();
    let told = Mutex::new(Vec::new());
    let tell = |what: &str, id| told.lock().unwrap().extend(Told::parse(&format!("told {what} {id}")));
    one_round(&store, Tells::AfterCommit, tell).await.unwrap();
    store.close().await;
    let mut told = told.into_inner().unwrap();
    assert_eq!(told.iter().map(|t| t.what).collect::<Vec<_>>(), [What::Ran, What::Disabled, What::Deleted]);
    assert_eq!(faults(&url, &told).await, Vec::<String>::new());
    told[0].id = uuid::Uuid::nil();
    assert_eq!(faults(&url, &told).await.len(), 1, "a change that is missing");
    // A row that changed without its entry.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("courier.db"));
    let mut other = options.connect().await.unwrap();
    sqlx::query("UPDATE jobs SET is_enabled = 1").execute(&mut other).await.unwrap();
    let found = faults(&url, &[]).await;
    assert!(found.len() == 1 && found[0].starts_with("there by half"), "{found:?}");
}
