//! How the databases read: no list, count or claim may look through the history.
//!
//! The statements are those that the store really runs, heard from its driver's log; each database then says how it
//! would go about them.

use crate::fixture::Fixture;
use courier_domain::audit::AuditableEntityType;
use courier_domain::execution::{ExecutionSort, IterationShow, JobExecutionState as S, TriggerKind};
use courier_store::{
    AuditFilter, ClaimRequest, Cursor, ExecutionFilter, LogFilter, LogLevel, LoopBody, Session, StoreError,
    StoreUrl,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use std::sync::{Mutex, OnceLock};
use tracing::field::{Field, Visit};
use tracing::span;

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the text of every statement.
struct Ear;

impl Visit for Ear {
    fn record_str(&mut self, field: &Field, value: &str) {
        // A statement of four words or fewer is its own summary.
        if field.name() == "db.statement" && !value.is_empty() {
            HEARD.lock().unwrap().push(value.trim().to_owned());
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl tracing::Subscriber for Ear {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Ear);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Tables that grow for years, by the names that statements give them.
const HISTORY: [&str; 9] =
    ["job_executions", "step_executions", "audit_log_entries", "e", "q", "r", "s", "x", "t"];

/// The statements that were run meanwhile and read the history.
fn heard() -> Vec<String> {
    let all = std::mem::take(&mut *HEARD.lock().unwrap());
    all.into_iter()
        .filter(|sql| {
            ["job_executions", "step_executions", "execution_log_lines", "audit_log_entries"]
                .iter()
                .any(|table| sql.contains(table))
        })
        .filter(|sql| !sql.starts_with("INSERT"))
        .collect()
}

/// How the database would run it, one line for each step. `types` are those of its values, where PostgreSQL cannot see
/// them.
async fn plan(f: &Fixture, sql: &str, types: &str) -> Vec<String> {
    match &f.url {
        StoreUrl::Sqlite(path) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let mut connection = options.connect().await.unwrap();
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>("detail")).collect()
        }
        StoreUrl::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            let values = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
            let nulls = vec!["NULL"; values].join(", ");
            let nulls = if values == 0 { String::new() } else { format!("({nulls})") };
            // A small table is read whole whatever its indexes; what has an index uses it here.
            let setting = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan;";
            let prepare = AssertSqlSafe(format!("{setting} PREPARE asked{types} AS {sql}"));
            sqlx::raw_sql(prepare).execute(&mut connection).await.unwrap_or_else(|e| panic!("{e}: {sql}"));
            let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE asked{nulls}"));
            let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    }
}

/// Whether a step of a plan reads a table of the history from end to end.
fn scans(step: &str) -> bool {
    let words: Vec<&str> = step.split_whitespace().collect();
    match words.as_slice() {
        ["SCAN", table, rest @ ..] => HISTORY.contains(table) && !rest.contains(&"USING"),
        _ => HISTORY[..3].iter().any(|table| step.contains(&format!("Seq Scan on {table}"))),
    }
}

/// The statements of what is asked scan nothing; on SQLite, whose plans do not depend on what is stored, they walk
/// this index.
async fn walks<T>(
    f: &Fixture,
    what: &str,
    index: &str,
    types: &str,
    ask: impl AsyncFnOnce(&mut Session) -> Result<T, StoreError>,
) {
    let mut session = f.store.read().await.unwrap();
    heard();
    ask(&mut session).await.unwrap();
    let statements = heard();
    assert!(!statements.is_empty(), "{what}: nothing was heard");
    let mut plans = Vec::new();
    for sql in &statements {
        plans.extend(plan(f, sql, types).await);
    }
    let shown = format!("{what}:\n{}\n{}", statements.join("\n"), plans.join("\n"));
    assert!(!plans.iter().any(|step| scans(step)), "{shown}");
    if matches!(f.url, StoreUrl::Sqlite(_)) {
        let walked = |step: &String| step.split_whitespace().any(|word| word == index);
        assert!(plans.iter().any(walked), "no {index}: {shown}");
    }
}

pub(crate) async fn lists_counts_and_claims_walk_indexes(f: &Fixture) {
    // Of another test in this process, perhaps; then it listens already.
    static EAR: OnceLock<()> = OnceLock::new();
    EAR.get_or_init(|| drop(tracing::subscriber::set_global_default(Ear)));
    let (job, run, _) = f.running("Invoices").await;
    for _ in 0..20 {
        f.enqueue(&job).await;
    }
    for n in 0..101 {
        f.insert_job(&format!("many {n}")).await;
    }
    let (after, day) = (Some(Cursor::after(run.id)), chrono::TimeDelta::days(1));
    let now = f.now();
    let all = || ExecutionFilter { limit: 5, after: after.clone(), ..ExecutionFilter::default() };
    let by_id = "sqlite_autoindex_job_executions_1";
    let lists = [
        ("newest", by_id, ExecutionFilter { after: None, ..all() }),
        ("next page", by_id, all()),
        ("oldest", by_id, ExecutionFilter { sort: ExecutionSort::Oldest, ..all() }),
        ("of a job", "job_executions_job", ExecutionFilter { job_id: Some(job.id), ..all() }),
        ("failed", "job_executions_state", ExecutionFilter { states: vec![S::Failed], ..all() }),
        (
            "two states",
            "job_executions_state",
            ExecutionFilter { states: vec![S::Failed, S::Paused], ..all() },
        ),
        (
            "of a job, failed",
            "job_executions_job_state",
            ExecutionFilter { job_id: Some(job.id), states: vec![S::Failed], ..all() },
        ),
        (
            "by hand",
            "job_executions_trigger",
            ExecutionFilter { triggered_by: Some(TriggerKind::Manual), ..all() },
        ),
        ("of a day", by_id, ExecutionFilter { since: Some(now - day), until: Some(now), ..all() }),
        (
            "of a day, failed",
            "job_executions_state",
            ExecutionFilter { since: Some(now - day), until: Some(now), states: vec![S::Failed], ..all() },
        ),
        ("by many names", by_id, ExecutionFilter { search: Some("many".into()), ..all() }),
        ("by name", "job_executions_job", ExecutionFilter { search: Some("inv".into()), ..all() }),
        (
            "of a chain's run",
            "job_executions_chain",
            ExecutionFilter { chain_execution_id: Some(uuid::Uuid::nil().into()), ..all() },
        ),
    ];
    for (what, index, filter) in lists {
        walks(f, what, index, "", async |s| s.executions(&filter).await).await;
    }
    walks(f, "by id", by_id, "", async |s| s.executions_of(&[run.id]).await).await;
    walks(f, "recent", "job_executions_job", "", async |s| s.recent_executions(5).await).await;
    walks(f, "queue counts", "job_executions_state", "", async |s| s.queue_counts().await).await;
    let counted = "(int, uuid, uuid)";
    walks(f, "counts", "job_executions_state", counted, async |s| {
        s.execution_counts(&[now - day..now]).await
    })
    .await;
    walks(f, "moved", by_id, "", async |s| s.moved_since(now - day).await).await;

    let body = LoopBody { execution: run.id, steps: &[1, 2], within: "", first_attempt: 0 };
    let (newest, open) = ("step_executions_newest", "step_executions_open");
    let attempts = "sqlite_autoindex_step_executions_2";
    walks(f, "tally", newest, "", async |s| s.step_counts(&body).await).await;
    let within = LoopBody { within: "3", ..body };
    walks(f, "tally of an inner loop", newest, "", async |s| s.step_counts(&within).await).await;
    let anew = LoopBody { first_attempt: 1, ..body };
    walks(f, "tally of a loop begun anew", newest, "", async |s| s.step_counts(&anew).await).await;
    for (what, show, index) in [
        ("iterations", IterationShow::All, attempts),
        ("failed iterations", IterationShow::Failed, open),
        ("unfinished iterations", IterationShow::Unfinished, open),
    ] {
        walks(f, what, index, "", async |s| s.iterations(&body, show, Some(4), 9).await).await;
    }
    let paths = [String::new(), "3".to_owned()];
    walks(f, "of iterations", attempts, "", async |s| s.step_executions_at(run.id, &[1, 2], &paths).await)
        .await;
    let filter = LogFilter { levels: &[LogLevel::Warn], step_alias: Some("copy"), text: Some("x") };
    let log = "execution_log_lines_job_execution_id";
    walks(f, "log", log, "", async |s| s.log_page(run.id, &filter, 5, 9).await).await;

    let entries = || AuditFilter { limit: 5, before_sequence: Some(3), ..AuditFilter::default() };
    let audit = [
        ("audit", "sqlite_autoindex_audit_log_entries_2", AuditFilter { limit: 5, ..AuditFilter::default() }),
        ("of an entity", "audit_log_entries_entity", AuditFilter { entity_ids: vec![job.id.0], ..entries() }),
        (
            "by somebody",
            "audit_log_entries_performed_by",
            AuditFilter { performed_by: Some("system".into()), ..entries() },
        ),
        (
            "of a kind",
            "audit_log_entries_entity_type",
            AuditFilter { entity_type: Some(AuditableEntityType::Job), ..entries() },
        ),
        (
            "done so",
            "audit_log_entries_operation",
            AuditFilter { operation: Some("Created".into()), ..entries() },
        ),
        (
            "of a day",
            "audit_log_entries_performed_at",
            AuditFilter { since: Some(now - day), until: Some(now), ..entries() },
        ),
    ];
    for (what, index, filter) in audit {
        walks(f, what, index, "", async |s| s.audit_entries(&filter).await).await;
    }
    let operations = "audit_log_entries_operation";
    walks(f, "operations", operations, "", async |s| s.audited_operations().await).await;
    let people = "audit_log_entries_performed_by";
    walks(f, "people", people, "", async |s| s.audited_people().await).await;
    let kinds = [AuditableEntityType::JobExecution, AuditableEntityType::StepExecution];
    let things = kinds.map(|kind| (kind, run.id.0));
    walks(f, "names", by_id, "", async |s| s.audited_things(&things).await).await;

    // What nodes do all the time.
    let request = ClaimRequest { node_id: f.node(), node_name: "desk".into(), slots: 1, only: None };
    heard();
    let mut work = f.store.begin("system").await.unwrap();
    work.claim(&request).await.unwrap();
    work.rescue().await.unwrap();
    work.resume_interrupted().await.unwrap();
    work.rollback().await;
    let statements = heard();
    assert!(statements.len() >= 4, "{statements:?}");
    for sql in statements {
        let is_claim = sql.contains("WITH busy");
        let types = "(uuid, timestamptz, timestamptz, text, uuid, bigint, bigint)";
        let plan = plan(f, &sql, if is_claim { types } else { "" }).await;
        assert!(!plan.iter().any(|step| scans(step)), "{sql}\n{}", plan.join("\n"));
        if matches!(f.url, StoreUrl::Sqlite(_)) && is_claim {
            let queue = "INDEX job_executions_queue";
            let walked = plan.iter().any(|step| step.contains(" q USING") && step.contains(queue));
            assert!(walked, "no {queue}: {}", plan.join("\n"));
        }
    }
}
