//! The domain model, as `docs/domain-model.md` has it, is what the types of the domain and the tables of both databases
//! are. Whatever is missing is named, all of it at once.

#![cfg(test)]

use courier_domain::audit::{AuditLogEntry, AuditableEntityType};
use courier_domain::chain::{ChainExecution, ChainExecutionState, JobChain, JobChainMember};
use courier_domain::connection::{
    AuthMethod, Connection, ConnectionProtocol, ConnectionStatus, HostKeyPolicy, KnownHost,
    SshAlgorithmConfig, TlsCertPolicy, TlsVersion,
};
use courier_domain::dependency::JobDependency;
use courier_domain::event::DomainEvent;
use courier_domain::execution::{JobExecution, JobExecutionState, StepExecution, StepExecutionState};
use courier_domain::job::{FailurePolicy, FailurePolicyType, Job, JobStep, JobVersion};
use courier_domain::key::{PgpAlgorithm, PgpKey, PgpKeyStatus, PgpKeyType, SshKey, SshKeyStatus, SshKeyType};
use courier_domain::monitor::{
    FileMonitor, MonitorDirectoryState, MonitorFileLog, MonitorJobBinding, MonitorState, TriggerEvent,
    WatchTarget, WatchTargetType,
};
use courier_domain::receipt::{TransferProgress, VerifyResult, VerifyStatus};
use courier_domain::schedule::{ChainSchedule, JobSchedule, ScheduleType};
use courier_domain::setting::SystemSetting;
use courier_domain::step::SplitArchiveConfig;
use courier_domain::tag::{EntityTag, Tag, TaggableEntityType};
use courier_domain::{Clock, IdSource, Timestamp};
use courier_store::{Store, StoreUrl};
use courier_testkit::postgres::PrivatePostgres;
use serde::Serialize;
use sqlx::{PgPool, SqlitePool};
use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const MODEL: &str = include_str!("../../../../docs/domain-model.md");

/// Fields of all entities together: a row that is lost from a table is missed.
const FIELD_COUNT: usize = 217;

/// What has a dot between backticks and is no column.
const NO_COLUMNS: &[&str] = &["sftp.download", "security.approved_algorithms_only"];

/// Name and whether it may be absent.
type Field = (String, bool);

/// A field's type by its accessor, so that no value is needed.
fn type_of<S, F>(_: fn(&S) -> &F) -> &'static str {
    type_name::<F>()
}

macro_rules! fields {
    ($type:ty: $($($path:ident).+),+ $(,)?) => {
        vec![$({
            let path = stringify!($($path).+);
            let name = path.rsplit('.').next().unwrap_or(path).trim().to_owned();
            (name, type_of(|of: &$type| &of.$($path).+).starts_with("core::option::Option<"))
        }),+]
    };
}

macro_rules! schedule_fields {
    ($type:ty, $owner:ident) => {
        fields!($type: id, $owner, schedule.schedule_type, schedule.cron_expression, schedule.run_at,
            schedule.is_enabled, schedule.last_fired_at, schedule.next_fire_at)
    };
}

/// The fields of each entity in the domain.
fn entities() -> BTreeMap<&'static str, Vec<Field>> {
    BTreeMap::from([
        (
            "Job",
            fields!(Job: id, name, description, current_version, failure_policy, is_enabled, created_at, updated_at,
                is_deleted, deleted_at),
        ),
        ("JobStep", fields!(JobStep: id, job_id, step_order, name, type_key, configuration, timeout_seconds)),
        (
            "JobVersion",
            fields!(JobVersion: id, job_id, version_number, config_snapshot, created_at, created_by),
        ),
        (
            "JobExecution",
            fields!(JobExecution: id, job_id, job_version_number, chain_execution_id, triggered_by, state, queued_at,
                started_at, completed_at, context_snapshot),
        ),
        (
            "StepExecution",
            fields!(StepExecution: id, job_execution_id, job_step_id, step_order, state, started_at, completed_at,
                duration_ms, bytes_processed, output_data, error_message, error_stack_trace, retry_attempt),
        ),
        (
            "JobChain",
            fields!(JobChain: id, name, description, is_enabled, created_at, updated_at, is_deleted, deleted_at),
        ),
        (
            "JobChainMember",
            fields!(JobChainMember: id, chain_id, job_id, execution_order, depends_on_member_id,
                run_on_upstream_failure),
        ),
        (
            "ChainExecution",
            fields!(ChainExecution: id, chain_id, triggered_by, state, started_at, completed_at),
        ),
        ("JobDependency", fields!(JobDependency: id, upstream_job_id, downstream_job_id, run_on_failure)),
        ("JobSchedule", schedule_fields!(JobSchedule, job_id)),
        ("ChainSchedule", schedule_fields!(ChainSchedule, chain_id)),
        (
            "Connection",
            fields!(Connection: id, name, group, protocol, host, port, auth_method, username, password_encrypted,
                ssh_key_id, host_key_policy, stored_host_fingerprint, passive_mode, tls_version_floor,
                tls_cert_policy, tls_pinned_thumbprint, ssh_algorithms, connect_timeout_sec, operation_timeout_sec,
                keepalive_interval_sec, transport_retries, status, fips_override, notes, created_at, updated_at,
                is_deleted, deleted_at),
        ),
        (
            "KnownHost",
            fields!(KnownHost: id, connection_id, fingerprint, key_type, first_seen, last_seen, approved_by),
        ),
        (
            "PgpKey",
            fields!(PgpKey: id, name, fingerprint, short_key_id, algorithm, key_type, purpose, status,
                public_key_data, private_key_data, passphrase_hash, expires_at, successor_key_id, created_by,
                created_at, updated_at, is_deleted, deleted_at),
        ),
        (
            "SshKey",
            fields!(SshKey: id, name, key_type, public_key_data, private_key_data, passphrase_hash, fingerprint,
                status, notes, created_by, created_at, updated_at, is_deleted, deleted_at),
        ),
        (
            "FileMonitor",
            fields!(FileMonitor: id, name, description, watch_target, trigger_events, file_patterns,
                polling_interval_sec, stability_window_sec, batch_mode, max_consecutive_failures,
                consecutive_failure_count, state, created_at, updated_at, is_deleted, deleted_at),
        ),
        ("MonitorJobBinding", fields!(MonitorJobBinding: id, monitor_id, job_id, chain_id)),
        (
            "MonitorDirectoryState",
            fields!(MonitorDirectoryState: id, monitor_id, directory_listing, captured_at),
        ),
        (
            "MonitorFileLog",
            fields!(MonitorFileLog: id, monitor_id, file_path, file_size, file_hash, last_modified, triggered_at,
                execution_id),
        ),
        ("Tag", fields!(Tag: id, name, color, category, description, created_at, is_deleted, deleted_at)),
        ("EntityTag", fields!(EntityTag: id, tag_id, entity_type, entity_id)),
        (
            "AuditLogEntry",
            fields!(AuditLogEntry: id, entity_type, entity_id, operation, performed_by, performed_at, details),
        ),
        (
            "DomainEvent",
            fields!(DomainEvent: id, event_type, entity_type, entity_id, payload, occurred_at, processed_at,
                processed_by),
        ),
        ("SystemSetting", fields!(SystemSetting: key, value, description, updated_at, updated_by)),
    ])
}

/// The names that each value object has as JSON.
fn value_objects() -> BTreeMap<&'static str, Vec<String>> {
    fn names(of: impl Serialize) -> Vec<String> {
        let value = serde_json::to_value(of).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    }
    let target = WatchTarget { target_type: WatchTargetType::Local, path: "/in".into(), connection_id: None };
    let verified = VerifyResult {
        is_valid: true,
        status: VerifyStatus::Valid,
        signer_fingerprint: None,
        signature_timestamp: None,
    };
    BTreeMap::from([
        ("FailurePolicy", names(FailurePolicy::default())),
        // Whatever the step type has: no names of its own.
        ("StepConfiguration", names(courier_domain::step::Configuration::new())),
        ("WatchTarget", names(target)),
        ("SshAlgorithmConfig", names(SshAlgorithmConfig::default())),
        ("SplitArchiveConfig", names(SplitArchiveConfig::default())),
        ("TransferProgress", names(TransferProgress::default())),
        ("VerifyResult", names(verified)),
    ])
}

/// The members of each enum in the domain.
fn enums() -> BTreeMap<&'static str, BTreeSet<String>> {
    macro_rules! members {
        ($($name:literal: $type:ty),+ $(,)?) => {
            BTreeMap::from([$(($name, <$type>::ALL.iter().map(|member| member.as_str().to_owned()).collect())),+])
        };
    }
    members! {
        "JobExecutionState": JobExecutionState, "StepExecutionState": StepExecutionState,
        "ChainExecutionState": ChainExecutionState, "FailurePolicyType": FailurePolicyType,
        "ScheduleType": ScheduleType, "ConnectionProtocol": ConnectionProtocol, "AuthMethod": AuthMethod,
        "HostKeyPolicy": HostKeyPolicy, "TlsCertPolicy": TlsCertPolicy, "ConnectionStatus": ConnectionStatus,
        "TlsVersion": TlsVersion, "PgpAlgorithm": PgpAlgorithm, "PgpKeyType": PgpKeyType,
        "PgpKeyStatus": PgpKeyStatus, "SshKeyType": SshKeyType, "SshKeyStatus": SshKeyStatus,
        "MonitorState": MonitorState, "WatchTargetType": WatchTargetType, "TriggerEventFlags": TriggerEvent,
        "TaggableEntityType": TaggableEntityType, "AuditableEntityType": AuditableEntityType,
        "VerifyStatus": VerifyStatus,
    }
}

/// The cells of the tables in the section `heading`, by its `###` titles; header and rule left out.
fn tables(heading: &'static str) -> BTreeMap<&'static str, Vec<Vec<&'static str>>> {
    let section = MODEL.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let mut found: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    let mut title = heading;
    for line in section.lines() {
        if let Some(next) = line.strip_prefix("### ") {
            title = next;
            found.entry(title).or_default();
        } else if line.starts_with("| ") && !line.starts_with("| field ") && !line.starts_with("| enum ") {
            let cells =
                line.trim_matches('|').split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect();
            found.entry(title).or_default().push(cells);
        }
    }
    found
}

/// The fields of each entity in the model.
fn model() -> BTreeMap<&'static str, Vec<Field>> {
    let field = |cells: Vec<&str>| (cells[0].to_owned(), cells[1].ends_with('?'));
    tables("Entities").into_iter().map(|(name, rows)| (name, rows.into_iter().map(field).collect())).collect()
}

/// `job_chains` for `JobChain`.
fn table_of(entity: &str) -> String {
    let mut name = String::new();
    for letter in entity.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{name}s"),
    }
}

fn quoted(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

/// (table, column) → may be null, of a database as its migrations leave it.
type Schema = BTreeMap<(String, String), bool>;

#[derive(Debug)]
struct Fixed(AtomicU64);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

impl IdSource for Fixed {
    fn new_id(&self) -> uuid::Uuid {
        let millis = self.0.fetch_add(1, Ordering::Relaxed);
        uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid()
    }
}

async fn make(url: &StoreUrl) {
    let source = Arc::new(Fixed(AtomicU64::new(1)));
    Store::open(url, source.clone(), source).await.unwrap().close().await;
}

async fn sqlite_schema() -> Schema {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courier.db");
    make(&StoreUrl::Sqlite(path.clone())).await;
    let pool = SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let sql = "SELECT t.name, c.name, c.\"notnull\" FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
               WHERE t.type = 'table'";
    let rows: Vec<(String, String, bool)> = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows.into_iter().map(|(table, column, not_null)| ((table, column), !not_null)).collect()
}

async fn postgres_schema() -> Schema {
    let cluster = PrivatePostgres::start().unwrap();
    let url = cluster.create_database("domain_model").unwrap();
    make(&StoreUrl::parse(&url).unwrap()).await;
    let pool = PgPool::connect(&url).await.unwrap();
    let sql = "SELECT table_name::text, column_name::text, is_nullable = 'YES' FROM information_schema.columns \
               WHERE table_schema = current_schema()";
    let rows: Vec<(String, String, bool)> = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows.into_iter().map(|(table, column, nullable)| ((table, column), nullable)).collect()
}

/// What the model has and the database lacks.
fn missing_in(schema: &Schema) -> Vec<String> {
    let mut missing = Vec::new();
    for (entity, fields) in model() {
        let table = table_of(entity);
        for (field, optional) in fields {
            match schema.get(&(table.clone(), field.clone())) {
                None => missing.push(format!("column {table}.{field}")),
                Some(nullable) if *nullable != optional => {
                    missing.push(format!("{table}.{field} may be null: {nullable}"));
                }
                Some(_) => {}
            }
        }
    }
    for name in quoted(MODEL).filter(|name| !NO_COLUMNS.contains(name)) {
        if let Some((table, column)) = name.split_once('.')
            && !schema.contains_key(&(table.to_owned(), column.to_owned()))
            && table.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        {
            missing.push(format!("column {name}, of which the model tells"));
        }
    }
    let tables: BTreeSet<&str> = schema.keys().map(|(table, _)| table.as_str()).collect();
    for told in MODEL.split("able `").skip(1).filter_map(|rest| rest.split('`').next()) {
        if !tables.contains(told) {
            missing.push(format!("table {told}"));
        }
    }
    missing.sort();
    missing.dedup();
    missing
}

#[test]
fn the_model_has_every_entity_value_object_and_enum() {
    assert_eq!(model().keys().collect::<Vec<_>>(), entities().keys().collect::<Vec<_>>());
    assert_eq!(model().values().map(Vec::len).sum::<usize>(), FIELD_COUNT);
    assert_eq!(
        tables("Value objects").keys().collect::<Vec<_>>(),
        value_objects().keys().collect::<Vec<_>>()
    );
    let told: BTreeSet<&str> = tables("Enums").into_values().flatten().map(|cells| cells[0]).collect();
    assert_eq!(told, enums().into_keys().collect());
}

#[test]
fn every_field_of_an_entity_is_in_its_type() {
    let mut wrong = Vec::new();
    let types = entities();
    for (entity, fields) in model() {
        for (field, optional) in fields {
            match types[entity].iter().find(|(name, _)| *name == field) {
                None => wrong.push(format!("{entity}.{field} is missing")),
                Some((_, may_be_absent)) if *may_be_absent != optional => {
                    wrong.push(format!("{entity}.{field} may be absent: {may_be_absent}"));
                }
                Some(_) => {}
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_field_of_a_value_object_has_its_name_in_json() {
    let types = value_objects();
    for (name, rows) in tables("Value objects") {
        let told: BTreeSet<&str> = rows.iter().map(|cells| cells[0]).collect();
        assert_eq!(told, types[name].iter().map(String::as_str).collect(), "{name}");
    }
}

#[test]
fn every_member_of_an_enum_is_in_its_type() {
    let types = enums();
    for cells in tables("Enums").into_values().flatten() {
        let told: BTreeSet<String> =
            cells[1..].iter().flat_map(|cell| quoted(cell)).map(str::to_owned).collect();
        assert_eq!(told, types[cells[0]], "{}", cells[0]);
    }
    for (event, bit) in
        [(TriggerEvent::FileCreated, 1), (TriggerEvent::FileModified, 2), (TriggerEvent::FileExists, 4)]
    {
        assert_eq!(event.flag(), bit);
    }
}

#[tokio::test]
async fn every_field_has_its_column_on_sqlite() {
    assert_eq!(missing_in(&sqlite_schema().await), [""; 0]);
}

#[tokio::test]
async fn every_field_has_its_column_on_postgres() {
    assert_eq!(missing_in(&postgres_schema().await), [""; 0]);
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let own = |(table, _): &(String, String)| table.starts_with("sqlite_") || table == "_sqlx_migrations";
    let (mut sqlite, mut postgres) = (sqlite_schema().await, postgres_schema().await);
    sqlite.retain(|key, _| !own(key));
    postgres.retain(|key, _| !own(key));
    let differ = |key: &&(String, String)| sqlite.get(*key) != postgres.get(*key);
    let found: BTreeSet<_> = sqlite.keys().chain(postgres.keys()).filter(differ).collect();
    assert_eq!(found, BTreeSet::new());
}
