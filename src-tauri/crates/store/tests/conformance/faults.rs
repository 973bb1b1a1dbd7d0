//! Every verb that changes something, failing at each of its statements in turn.
//!
//! A verb is run again and again on the same store: with its first statement failing, with its second, and so on to
//! the rows of its events and of its audit entries, then with the COMMIT refused by the database, and at last with no
//! failure. After each failure every table holds what it held before; after the success state, entry and event are
//! there together. A new verb is one more line in [`every_change_is_all_or_nothing`].

use crate::chain_runs::new_run;
use crate::chains::diamond;
use crate::dependencies::edge;
use crate::fixture::{Fixture, ME};
use crate::keys::{connection, pgp_key, ssh_key};
use crate::monitors::{look_once, new_monitor};
use crate::notifications::{new, raise, rule};
use crate::schedules::{hourly, of_job};
use crate::tags::tag;
use courier_domain::chain::{ChainEvent, MemberEvent};
use courier_domain::connection::{KnownHost, Sealed};
use courier_domain::execution::StepExecutionState;
use courier_domain::monitor::{ListedFile, MonitorEvent};
use courier_domain::receipt::{Direction, Receipt, Verification};
use courier_domain::schedule::JobSchedule;
use courier_domain::setting::{CONCURRENCY_LIMIT, RESCUE_LIMIT};
use courier_domain::tag::TaggableEntityType;
use courier_domain::{ErrorCode, IdSource, JobStepId, KnownHostId, ReceiptId, SecretId, Timestamp};
use courier_store::{
    AuditVerdict, Checkpoint, ClaimRequest, Claimable, Ending, Intent, Lease, LogLevel, LogLine, MemberNote,
    NewDelivery, Node, Outcome, StoreError, StoreUrl, UnitOfWork, fail_at_statement,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};
use std::collections::BTreeMap;

/// A connection of the test's own, which sees only what is committed.
enum Onlooker {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Every row of every table, as text.
type Everything = BTreeMap<String, Vec<String>>;

struct Trial<'a> {
    f: &'a Fixture,
    onlooker: Onlooker,
}

/// How many entries and events a verb leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Leaves {
    entries: usize,
    events: usize,
}

impl<'a> Trial<'a> {
    async fn new(f: &'a Fixture) -> Self {
        let onlooker = match &f.url {
            StoreUrl::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                Onlooker::Sqlite(options.connect().await.unwrap())
            }
            StoreUrl::Postgres(url) => Onlooker::Postgres(PgConnection::connect(url).await.unwrap()),
        };
        let trial = Self { f, onlooker };
        // What a COMMIT stumbles over while the trigger on the audit log is there.
        if let StoreUrl::Sqlite(_) = &f.url {
            f.raw("CREATE TABLE fault_parent (n INTEGER PRIMARY KEY)").await.unwrap();
            f.raw(
                "CREATE TABLE fault_child (n INTEGER REFERENCES fault_parent (n) DEFERRABLE INITIALLY DEFERRED)",
            )
            .await
            .unwrap();
        } else {
            f.raw(
                "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'no commit today'; END $$",
            )
            .await
            .unwrap();
        }
        trial
    }

    async fn everything(&mut self) -> Everything {
        let mut everything = Everything::new();
        match &mut self.onlooker {
            Onlooker::Sqlite(c) => {
                let tables = "SELECT t.name, (SELECT group_concat('quote(\"' || name || '\")', '||''|''||') \
                              FROM pragma_table_info(t.name)) FROM sqlite_master t WHERE t.type = 'table' \
                              AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '%sqlx%'";
                let tables: Vec<(String, String)> = sqlx::query_as(tables).fetch_all(&mut *c).await.unwrap();
                for (table, row) in tables {
                    let rows = AssertSqlSafe(format!("SELECT {row} FROM \"{table}\" ORDER BY 1"));
                    let rows = sqlx::query_scalar(rows).fetch_all(&mut *c).await.unwrap();
                    everything.insert(table, rows);
                }
            }
            Onlooker::Postgres(c) => {
                let tables = "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public' \
                              AND tablename NOT LIKE '%sqlx%'";
                let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *c).await.unwrap();
                for table in tables {
                    let rows = AssertSqlSafe(format!("SELECT t::TEXT FROM \"{table}\" t ORDER BY 1"));
                    let rows = sqlx::query_scalar(rows).fetch_all(&mut *c).await.unwrap();
                    everything.insert(table, rows);
                }
            }
        }
        everything
    }

    async fn unchanged(&mut self, before: &Everything, verb: &str, at: &str) {
        let after = self.everything().await;
        for (table, rows) in &after {
            assert_eq!(before.get(table), Some(rows), "{verb} failed at {at} and left something in {table}");
        }
        let verdict = self.f.store.read().await.unwrap().verify_audit().await.unwrap();
        assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verb} failed at {at}: {verdict:?}");
        self.let_go().await;
    }

    /// Waits until a server has taken back what was dropped: a verb that passes over locked rows would find none.
    async fn let_go(&mut self) {
        let Onlooker::Postgres(connection) = &mut self.onlooker else { return };
        let open = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
        while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut *connection).await.unwrap() > 0 {}
    }

    async fn try_once<T>(
        &self,
        verb: &impl AsyncFn(&mut UnitOfWork) -> Result<T, StoreError>,
    ) -> Result<(), StoreError> {
        let mut work = self.f.store.begin(ME).await?;
        verb(&mut work).await?;
        work.commit().await
    }

    async fn verb<T>(
        &mut self,
        name: &str,
        entries: usize,
        events: usize,
        verb: impl AsyncFn(&mut UnitOfWork) -> Result<T, StoreError>,
    ) {
        let before = self.everything().await;
        let mut statements = 0;
        // As many statements as the verb has fail in turn; the first that no longer does is the COMMIT.
        let refuse = if self.f.url_is_sqlite() {
            "CREATE TRIGGER fault AFTER INSERT ON audit_log_entries BEGIN INSERT INTO fault_child VALUES (1); END"
        } else {
            "CREATE CONSTRAINT TRIGGER fault AFTER INSERT ON audit_log_entries DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION fault()"
        };
        let allow = if self.f.url_is_sqlite() {
            "DROP TRIGGER fault"
        } else {
            "DROP TRIGGER fault ON audit_log_entries"
        };
        if entries > 0 {
            self.f.raw(refuse).await.unwrap();
        }
        loop {
            let Err(error) = fail_at_statement(statements + 1, self.try_once(&verb)).await else { break };
            if error.code() != ErrorCode::StoreUnavailable {
                assert!(entries > 0, "{name}: {error}");
                self.unchanged(&before, name, "its COMMIT").await;
                self.f.raw(allow).await.unwrap();
                self.try_once(&verb).await.unwrap_or_else(|e| panic!("{name} without a failure: {e}"));
                break;
            }
            statements += 1;
            assert!(statements < 200, "{name} never gets to its end");
            self.unchanged(&before, name, &format!("statement {statements}")).await;
        }
        let least = 1 + usize::from(entries > 0) * 2 + usize::from(events > 0);
        assert!(statements as usize >= least, "{name} failed at {statements} statements only");
        let after = self.everything().await;
        let more = |table: &str| after[table].len() - before[table].len();
        let left = Leaves { entries: more("audit_log_entries"), events: more("domain_events") };
        assert_eq!(left, Leaves { entries, events }, "{name}");
        let recorded = ["audit_log_entries", "domain_events"];
        let state = after
            .iter()
            .any(|(table, rows)| !recorded.contains(&table.as_str()) && before.get(table) != Some(rows));
        assert!(state, "{name} changed nothing");
    }
}

impl Fixture {
    fn url_is_sqlite(&self) -> bool {
        matches!(self.url, StoreUrl::Sqlite(_))
    }
}

pub(crate) async fn every_change_is_all_or_nothing(f: &Fixture) {
    let mut t = Trial::new(f).await;
    jobs(f, &mut t).await;
    connections_and_keys(f, &mut t).await;
    settings_and_secrets(f, &mut t).await;
    queue(f, &mut t).await;
    runs(f, &mut t).await;
    chains_and_schedules(f, &mut t).await;
    monitors_and_tags(f, &mut t).await;
    rules_and_deliveries(f, &mut t).await;
    t.verb("the last unit of work", 1, 0, async |w| w.insert_job(&f.new_job(f.draft("After all"))).await)
        .await;
}

async fn jobs(f: &Fixture, t: &mut Trial<'_>) {
    let job = f.new_job(f.draft("Invoices"));
    let mut edited = job.clone();
    let mut draft = job.to_draft();
    draft.steps.reverse();
    edited.edit(draft, f.now(), || JobStepId(f.ids.new_id()));
    t.verb("insert_job", 1, 0, async |w| w.insert_job(&job).await).await;
    t.verb("update_job", 1, 0, async |w| w.update_job(&edited).await).await;
    t.verb("set_job_enabled", 1, 0, async |w| w.set_job_enabled(job.id, false).await).await;
    t.verb("delete_job", 1, 0, async |w| w.delete_job(job.id).await).await;
    t.verb("restore_job", 1, 0, async |w| w.restore_job(job.id).await).await;
}

async fn connections_and_keys(f: &Fixture, t: &mut Trial<'_>) {
    let c = connection(f, "Partner");
    let host = KnownHost {
        id: KnownHostId(f.ids.new_id()),
        connection_id: c.id,
        fingerprint: "SHA256:one".into(),
        key_type: "ssh-ed25519".into(),
        first_seen: f.now(),
        last_seen: f.now(),
        approved_by: ME.into(),
        revoked_at: None,
    };
    let other = connection(f, "Other partner");
    t.verb("insert_connection", 1, 0, async |w| w.insert_connection(&c).await).await;
    t.verb("insert_connection", 1, 0, async |w| w.insert_connection(&other).await).await;
    t.verb("update_connection", 1, 0, async |w| w.update_connection(&c, c.updated_at).await).await;
    t.verb("insert_known_host", 1, 0, async |w| w.insert_known_host(&host).await).await;
    let first = KnownHost { id: KnownHostId(f.ids.new_id()), connection_id: other.id, ..host.clone() };
    t.verb("keep_first_known_host", 1, 0, async |w| w.keep_first_known_host(&first).await.map(drop)).await;
    f.clock.advance(chrono::TimeDelta::seconds(1));
    t.verb("touch_known_host", 0, 0, async |w| w.touch_known_host(host.id).await).await;
    t.verb("revoke_known_host", 1, 0, async |w| w.revoke_known_host(host.id).await).await;
    t.verb("delete_connection", 1, 0, async |w| w.delete_connection(c.id).await).await;
    t.verb("restore_connection", 1, 0, async |w| w.restore_connection(c.id).await).await;
    let (pgp, ssh) = (pgp_key(f, "ours", "AB"), ssh_key(f, "ops", "SHA256:x"));
    t.verb("insert_pgp_key", 1, 0, async |w| w.insert_pgp_key(&pgp).await).await;
    t.verb("update_pgp_key", 1, 0, async |w| w.update_pgp_key(&pgp, pgp.updated_at).await).await;
    t.verb("delete_pgp_key", 1, 0, async |w| w.delete_pgp_key(pgp.id).await).await;
    t.verb("insert_ssh_key", 1, 0, async |w| w.insert_ssh_key(&ssh).await).await;
    t.verb("update_ssh_key", 1, 0, async |w| w.update_ssh_key(&ssh, ssh.updated_at).await).await;
    t.verb("delete_ssh_key", 1, 0, async |w| w.delete_ssh_key(ssh.id).await).await;
}

async fn settings_and_secrets(f: &Fixture, t: &mut Trial<'_>) {
    t.verb("set_setting", 1, 0, async |w| w.set_setting(CONCURRENCY_LIMIT, "64").await).await;
    let never = Timestamp::UNIX_EPOCH;
    t.verb("replace_setting", 1, 0, async |w| w.replace_setting(RESCUE_LIMIT, "9", never).await).await;
    let (id, sealed) = (SecretId(f.ids.new_id()), Sealed(vec![7; 40]));
    t.verb("put_secret", 0, 0, async |w| w.put_secret(id, &sealed).await).await;
    t.verb("delete_secret", 0, 0, async |w| w.delete_secret(id).await).await;
}

async fn queue(f: &Fixture, t: &mut Trial<'_>) {
    let job = f.insert_job("Queued").await;
    let execution = f.new_execution(&job);
    let node_id = f.node();
    let now = f.now();
    let node = Node {
        id: node_id,
        name: "desk".into(),
        pid: 7,
        version: "0.1.0".into(),
        serves_queue: true,
        started_at: now,
        heartbeat_at: now,
    };
    t.verb("register_node", 0, 0, async |w| w.register_node(&node).await).await;
    f.clock.advance(chrono::TimeDelta::seconds(1));
    t.verb("heartbeat", 0, 0, async |w| w.heartbeat(node_id).await).await;
    t.verb("enqueue", 1, 0, async |w| w.enqueue(&execution).await).await;
    let claim = ClaimRequest { node_id, node_name: "desk".into(), slots: 4, only: Some(execution.id.0) };
    t.verb("claim", 1, 1, async |w| w.claim(&claim).await).await;
    let held = f.store.read().await.unwrap().execution(execution.id).await.unwrap();
    let lease = Lease::of(&held).unwrap();
    f.clock.advance(chrono::TimeDelta::seconds(1));
    t.verb("renew", 0, 0, async |w| w.renew(&[lease]).await).await;
    t.verb("request_pause", 1, 0, async |w| w.request_pause(execution.id).await).await;
    t.verb("request_cancel of what runs", 1, 0, async |w| w.request_cancel(execution.id).await).await;
    t.verb("expire_leases", 0, 0, async |w| w.expire_leases(node_id).await).await;
    // With each of its two steps, which it never came to.
    t.verb("rescue", 3, 3, async |w| w.rescue().await).await;
    t.verb("remove_node", 0, 0, async |w| w.remove_node(node_id).await).await;
    let waiting = f.enqueue(&job).await;
    t.verb("request_cancel", 3, 3, async |w| w.request_cancel(waiting.id).await).await;
}

async fn runs(f: &Fixture, t: &mut Trial<'_>) {
    let (job, execution, lease) = f.running("Runs").await;
    let partner = connection(f, "Source");
    t.verb("insert_connection again", 1, 0, async |w| w.insert_connection(&partner).await).await;
    let mut step = f.step(&job, 0, StepExecutionState::Running);
    let begun = step.clone();
    let begun = Checkpoint { steps: std::slice::from_ref(&begun), begun: &[], context_snapshot: Some("{}") };
    t.verb("checkpoint", 1, 1, async |w| w.checkpoint(&lease, &begun).await).await;
    let intents = [Intent { source: "/in/a".into(), destination: "/out/a".into(), size: 3, sha256: None }];
    t.verb("record_intents", 0, 0, async |w| w.record_intents(&lease, 0, "", &intents).await).await;
    let receipt = Receipt {
        id: ReceiptId(f.ids.new_id()),
        job_execution_id: execution.id,
        step_execution_id: step.id,
        connection_id: partner.id,
        direction: Direction::Download,
        remote_path: "/out/a".into(),
        local_path: "a".into(),
        size: 3,
        sha256: "ab".repeat(32),
        started_at: f.now(),
        completed_at: f.now(),
        resumed_bytes: 0,
        verified_by: Verification::Size,
        server_identity: "SHA256:x".into(),
        source_modified_at: None,
    };
    t.verb("insert_receipt", 0, 0, async |w| w.insert_receipt(&lease, &receipt).await).await;
    let paused = Ending { outcome: Outcome::Paused, steps: &[], begun: &[], context_snapshot: None };
    t.verb("finish for now", 1, 1, async |w| w.finish(&lease, &paused).await).await;
    t.verb("resume_interrupted", 1, 1, async |w| w.resume_interrupted().await).await;

    let again = f.claim(f.node(), 1).await.remove(0);
    let lease = Lease::of(&again).unwrap();
    t.verb("retry_whole_job", 1, 0, async |w| w.retry_whole_job(&lease, "{}").await).await;
    step.state = StepExecutionState::Failed;
    step.completed_at = Some(f.now());
    step.error_code = Some(ErrorCode::IoFailed);
    let outcome = Outcome::Failed { code: ErrorCode::IoFailed, message: "The disk is gone.".into() };
    let failed = Ending { outcome, steps: std::slice::from_ref(&step), begun: &[], context_snapshot: None };
    t.verb("finish", 2, 2, async |w| w.finish(&lease, &failed).await).await;
    t.verb("resume", 1, 1, async |w| w.resume(execution.id).await).await;

    let once_more = f.claim(f.node(), 1).await.remove(0);
    let lease = Lease::of(&once_more).unwrap();
    let line = LogLine {
        id: 0,
        job_execution_id: execution.id,
        at: f.now(),
        level: LogLevel::Info,
        step_alias: None,
        file: None,
        message: "The run is paused.".into(),
    };
    let with_its_log = async |w: &mut UnitOfWork| {
        w.append_log(std::slice::from_ref(&line)).await?;
        w.finish_all(&[(lease, paused.clone())]).await
    };
    t.verb("finish_all with lines of the log", 1, 1, with_its_log).await;
}

async fn chains_and_schedules(f: &Fixture, t: &mut Trial<'_>) {
    let (job, other) = (f.insert_job("Upstream").await, f.insert_job("Downstream").await);
    let chain = diamond(f, "Nightly", &job);
    t.verb("insert_chain", 1, 0, async |w| w.insert_chain(&chain).await).await;
    t.verb("update_chain", 1, 0, async |w| w.update_chain(&chain, chain.updated_at).await).await;
    t.verb("set_chain_enabled", 1, 0, async |w| w.set_chain_enabled(chain.id, false).await).await;
    t.verb("set_chain_enabled again", 1, 0, async |w| w.set_chain_enabled(chain.id, true).await).await;
    let run = new_run(f, &chain, None);
    t.verb("insert_chain_execution", 1, 0, async |w| w.insert_chain_execution(&run).await).await;
    t.verb("move_chain_execution", 1, 1, async |w| {
        w.move_chain_execution(run.id, ChainEvent::Start, None).await
    })
    .await;
    let why = MemberNote { job_execution_id: None, reason: Some("Its upstream failed.") };
    let member = run.members[0].id;
    t.verb("move_chain_member", 1, 0, async |w| w.move_chain_member(member, MemberEvent::Skip, why).await)
        .await;
    t.verb("a run of a chain that ends", 1, 1, async |w| {
        w.move_chain_execution(run.id, ChainEvent::Fail, Some("It failed.")).await
    })
    .await;
    t.verb("delete_chain", 1, 0, async |w| w.delete_chain(chain.id).await).await;
    t.verb("restore_chain", 1, 0, async |w| w.restore_chain(chain.id).await).await;

    let schedule = of_job(f, job.id, hourly(f));
    let id = schedule.id;
    t.verb("insert_schedule", 1, 0, async |w| w.insert_schedule(&schedule).await).await;
    let seen = schedule.schedule.updated_at;
    t.verb("update_schedule", 1, 0, async |w| w.update_schedule(&schedule, seen).await).await;
    let now = f.store.read().await.unwrap().schedule::<JobSchedule>(id).await.unwrap();
    f.clock.advance(chrono::TimeDelta::hours(2));
    let next = now.schedule.next_fire_at.map(|at| at + chrono::TimeDelta::hours(2));
    t.verb("fire_schedule", 1, 0, async |w| w.fire_schedule(&now, next).await).await;
    t.verb("set_schedule_enabled", 1, 0, async |w| w.set_schedule_enabled::<JobSchedule>(id, false).await)
        .await;
    t.verb("delete_schedule", 1, 0, async |w| w.delete_schedule::<JobSchedule>(id).await).await;

    let edge = edge(f, &job, &other);
    t.verb("insert_dependency", 1, 0, async |w| w.insert_dependency(&edge).await).await;
    t.verb("delete_dependency", 1, 0, async |w| w.delete_dependency(edge.id).await).await;
}

async fn monitors_and_tags(f: &Fixture, t: &mut Trial<'_>) {
    let (job, other) = (f.insert_job("Watched").await, f.insert_job("Watched too").await);
    let m = new_monitor(f, "Inbox", serde_json::json!([{ "job_id": job.id }, { "job_id": other.id }]));
    t.verb("insert_monitor", 1, 0, async |w| w.insert_monitor(&m).await).await;
    t.verb("update_monitor", 1, 0, async |w| w.update_monitor(&m, m.updated_at).await).await;
    t.verb("monitor_look_failed", 0, 0, async |w| w.monitor_look_failed(m.id, "timeout").await).await;
    t.verb("monitor_look_succeeded", 1, 1, async |w| w.monitor_look_succeeded(m.id).await).await;
    t.verb("pause_all_monitors", 1, 0, async |w| w.pause_all_monitors().await).await;
    t.verb("resume_all_monitors", 1, 0, async |w| w.resume_all_monitors().await).await;
    t.verb("move_monitor", 1, 1, async |w| w.move_monitor(m.id, MonitorEvent::Fail, Some("gone")).await)
        .await;
    let files = [ListedFile { path: "/in/a".into(), size: 1, last_modified: f.now(), sha256: None }];
    t.verb("put_directory_state", 0, 0, async |w| w.put_directory_state(m.id, &files).await).await;
    let run = f.enqueue(&job).await;
    let file = look_once(f, &m, run.id, "/in/a");
    t.verb("log and link files", 0, 0, async |w| {
        let new = w.log_monitor_files(m.id, std::slice::from_ref(&file)).await?;
        w.link_monitor_files(&new).await
    })
    .await;
    let paths = ["/in/a".to_owned()];
    t.verb("forget_monitor_files", 1, 0, async |w| w.forget_monitor_files(m.id, &paths).await).await;
    let (x, y) = (tag(f, "partner-x"), tag(f, "partner-y"));
    t.verb("insert_tag", 1, 0, async |w| w.insert_tag(&x).await).await;
    t.verb("insert_tag again", 1, 0, async |w| w.insert_tag(&y).await).await;
    t.verb("update_tag", 1, 0, async |w| w.update_tag(&x, x.updated_at).await).await;
    let (jobs, watched) = (TaggableEntityType::Job, [job.id.0, other.id.0]);
    t.verb("tag_entities", 2, 0, async |w| w.tag_entities(x.id, jobs, &watched).await).await;
    t.verb("set_tags_of", 2, 0, async |w| w.set_tags_of(jobs, job.id.0, &[y.id]).await).await;
    t.verb("untag_entities", 1, 0, async |w| w.untag_entities(x.id, jobs, &watched).await).await;
    t.verb("delete_tag", 1, 0, async |w| w.delete_tag(y.id).await).await;
    t.verb("restore_tag", 1, 0, async |w| w.restore_tag(y.id).await).await;
    t.verb("delete_monitor", 1, 0, async |w| w.delete_monitor(m.id).await).await;
    t.verb("restore_monitor", 1, 0, async |w| w.restore_monitor(m.id).await).await;
}

async fn rules_and_deliveries(f: &Fixture, t: &mut Trial<'_>) {
    let rule = rule(f, "tell-ops", serde_json::json!({}));
    t.verb("insert_notification_rule", 1, 0, async |w| w.insert_notification_rule(&rule).await).await;
    let seen = rule.updated_at;
    t.verb("update_notification_rule", 1, 0, async |w| w.update_notification_rule(&rule, seen).await).await;
    t.verb("set_notification_rule_enabled", 1, 0, async |w| {
        w.set_notification_rule_enabled(rule.id, false).await
    })
    .await;
    let events = raise(f, 4).await;
    let pairs: Vec<_> = events[..3].iter().map(|event| new(*event, rule.id)).collect();
    t.verb("insert_deliveries", 0, 0, async |w| {
        w.mark_events_processed(&events[3..]).await?;
        w.insert_deliveries(&pairs).await
    })
    .await;
    let due = f.store.read().await.unwrap().due_deliveries(f.now(), 3).await.unwrap();
    let later = f.now() + chrono::TimeDelta::seconds(5);
    t.verb("delivery_failed", 0, 0, async |w| w.delivery_failed(due[0].id, "503", later).await).await;
    t.verb("delivery_delivered", 0, 0, async |w| w.delivery_delivered(due[0].id).await).await;
    t.verb("delivery_dead", 0, 0, async |w| w.delivery_dead(due[1].id, "503").await).await;
    t.verb("delivery_suppressed", 0, 0, async |w| w.delivery_suppressed(due[2].id).await).await;
    t.verb("replay_dead_deliveries", 1, 0, async |w| w.replay_dead_deliveries(None).await).await;
    let node_id = courier_domain::NodeId(f.ids.new_id());
    let claim = Claimable { node_id, until: later, except: Vec::new(), limit: 9 };
    t.verb("claim_deliveries", 0, 0, async |w| w.claim_deliveries(&claim).await).await;
    t.verb("release_deliveries", 0, 0, async |w| w.release_deliveries(node_id).await).await;
    let now = f.now();
    t.verb("delivery_counted", 0, 0, async |w| w.delivery_counted(due[1].id, now).await).await;
    t.verb("repeat_deliveries", 0, 0, async |w| w.repeat_deliveries().await).await;
    t.verb("delivery_counted again", 0, 0, async |w| w.delivery_counted(due[1].id, now).await).await;
    let (subject, failed) = (due[1].event_id.0, courier_domain::event::EventType::JobFailed);
    t.verb("forget_repeats", 0, 0, async |w| w.forget_repeats(rule.id, subject, failed).await).await;
    let more = raise(f, 2).await;
    let open = [NewDelivery { awaits_recovery: true, ..new(more[0], rule.id) }];
    t.verb("insert_deliveries of a failure", 0, 0, async |w| w.insert_deliveries(&open).await).await;
    let subject = more[0].0;
    t.verb("close_failures", 0, 0, async |w| w.close_failures(rule.id, subject, failed).await).await;
    let waits = f.now() + chrono::TimeDelta::seconds(1);
    let rules = [rule.id];
    t.verb("give_up_deliveries", 0, 0, async |w| {
        w.pass_unwanted_events(&[], now, 9).await?;
        w.give_up_deliveries(&rules, waits, "nobody").await
    })
    .await;
    t.verb("delete_notification_rule", 1, 0, async |w| w.delete_notification_rule(rule.id).await).await;
    t.verb("restore_notification_rule", 1, 0, async |w| w.restore_notification_rule(rule.id).await).await;
}
