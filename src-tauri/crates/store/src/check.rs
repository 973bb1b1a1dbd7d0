//! Whether a database is whole: its pages or indexes, its references, its audit chain, its version.
//!
//! Nothing is changed and nothing is migrated, so that a database no command can open any more can still be examined.
//! Left out: mending. The way back is a backup.
//!
//! Invariant: what is broken is a finding with its name; an error means only that the database could not be examined.

use crate::migrate::{self, POSTGRES, SQLITE, untouched};
use crate::session::{Link, Session};
use crate::{AuditVerdict, StoreError, StoreUrl};
use serde::Serialize;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::path::Path;

/// Faults that are named one by one; more are counted.
const NAMED: usize = 20;

/// What a database was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseCheck {
    /// The newest migration applied; absent if that cannot be read.
    pub version: Option<i64>,
    /// The newest one that this program knows.
    pub known_version: i64,
    /// Bytes on the disk, of a file with its log.
    pub size: Option<u64>,
    pub findings: Vec<Finding>,
}

impl DatabaseCheck {
    /// Whether nothing is broken.
    pub fn is_whole(&self) -> bool {
        self.findings.iter().all(|f| f.state != FindingState::Broken)
    }

    fn find(&mut self, name: &'static str, state: FindingState, detail: impl Into<String>) {
        self.findings.push(Finding { name, state, detail: detail.into() });
    }

    /// `faults` as one finding, or `fine` where there are none.
    fn judge(&mut self, name: &'static str, faults: Vec<String>, fine: &str) {
        match faults.len() {
            0 => self.find(name, FindingState::Whole, fine),
            1..=NAMED => self.find(name, FindingState::Broken, faults.join("; ")),
            more => {
                let named = faults.into_iter().take(NAMED).collect::<Vec<_>>().join("; ");
                self.find(name, FindingState::Broken, format!("{named}; and {} more", more - NAMED));
            }
        }
    }

    /// Damage found on the way is a finding; anything else, such as a lost connection, ends the examination.
    fn damage(&mut self, name: &'static str, error: StoreError) -> Result<(), StoreError> {
        if !error.is_damage() {
            return Err(error);
        }
        self.find(name, FindingState::Broken, error.to_string());
        Ok(())
    }

    fn migrations(&mut self, applied: Result<i64, StoreError>) -> Result<(), StoreError> {
        let known = self.known_version;
        match applied {
            Ok(version) => {
                self.version = Some(version);
                let (state, detail) = match version {
                    v if v > known => (
                        FindingState::Broken,
                        format!("Version {v} was written by a newer Courier; this one knows {known}."),
                    ),
                    v if v < known => (
                        FindingState::Note,
                        format!("Version {v} of {known}; the next command brings it up to date."),
                    ),
                    v => (FindingState::Whole, format!("Version {v}, up to date.")),
                };
                self.find("migrations", state, detail);
                Ok(())
            }
            Err(error @ (StoreError::NotCourier { .. } | StoreError::Foreign { .. })) => {
                self.find("migrations", FindingState::Broken, error.to_string());
                Ok(())
            }
            Err(error) => self.damage("migrations", error),
        }
    }

    async fn audit(&mut self, session: &mut Session) -> Result<(), StoreError> {
        if self.version.unwrap_or(0) == 0 {
            return Ok(());
        }
        if self.version != Some(self.known_version) {
            self.find(
                "audit",
                FindingState::Note,
                "Not examined: the tables are not at this program's version.",
            );
            return Ok(());
        }
        match session.verify_audit().await {
            Ok(AuditVerdict::Whole { entries }) => {
                self.find("audit", FindingState::Whole, format!("{entries} entries, the chain is whole."));
                Ok(())
            }
            Ok(AuditVerdict::Broken { sequence, reason, .. }) => {
                self.find("audit", FindingState::Broken, format!("Broken at entry {sequence}: {reason}."));
                Ok(())
            }
            Err(error) => self.damage("audit", error),
        }
    }
}

/// One thing that was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `file`, `migrations`, `pages`, `indexes`, `constraints`, `references` or `audit`.
    pub name: &'static str,
    pub state: FindingState,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    Whole,
    /// Not wrong, but worth knowing: something was not examined.
    Note,
    Broken,
}

/// Examines a database, which may be in use.
///
/// # Errors
/// It is not there or cannot be reached.
pub async fn check(url: &StoreUrl) -> Result<DatabaseCheck, StoreError> {
    match url {
        StoreUrl::Sqlite(path) => check_file(path).await,
        StoreUrl::Postgres(address) => check_server(address).await,
    }
}

fn unexamined(known_version: i64) -> DatabaseCheck {
    DatabaseCheck { version: None, known_version, size: None, findings: Vec::new() }
}

async fn check_file(path: &Path) -> Result<DatabaseCheck, StoreError> {
    let mut found = unexamined(migrate::known(&SQLITE));
    let Ok(file) = std::fs::metadata(path) else {
        return Err(StoreError::not_found("database", path.display()));
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    found.size = Some(file.len() + std::fs::metadata(log).map_or(0, |log| log.len()));
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(untouched(path).pragma("query_only", "on"))
        .await
        .map_err(StoreError::from);
    let pool = match pool {
        Ok(pool) => pool,
        Err(error) => {
            found.damage("file", error)?;
            return Ok(found);
        }
    };
    let mut connection = pool.acquire().await?;
    let applied = migrate::applied_in_file(&mut connection, &path.display().to_string()).await;
    let newest = applied.map(|applied| applied.iter().map(|a| a.version).max().unwrap_or(0));
    found.migrations(newest)?;
    match faulty_pages(&mut connection).await {
        Ok(faults) => found.judge("pages", faults, "Every page, index and rule of a column is in order."),
        Err(error) => found.damage("pages", error)?,
    }
    match orphans_in_file(&mut connection).await {
        Ok(faults) => found.judge("references", faults, "Every reference leads somewhere."),
        Err(error) => found.damage("references", error)?,
    }
    let mut session = Session { link: Link::SqliteReader(connection) };
    found.audit(&mut session).await?;
    drop(session);
    pool.close().await;
    Ok(found)
}

async fn faulty_pages(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(connection).await?;
    // The first line may name the database on a line of its own.
    let faults =
        lines.iter().flat_map(|line| line.lines()).filter(|line| *line != "ok" && !line.starts_with("***"));
    Ok(faults.map(str::to_owned).collect())
}

async fn orphans_in_file(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT \"table\", \"parent\", COUNT(*) FROM pragma_foreign_key_check() GROUP BY 1, 2 ORDER BY 1, 2";
    let rows: Vec<(String, String, i64)> = sqlx::query_as(sql).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(table, parent, rows)| orphaned(rows, &table, &parent)).collect())
}

fn orphaned(rows: i64, table: &str, parent: &str) -> String {
    let (noun, verb) = if rows == 1 { ("row", "refers") } else { ("rows", "refer") };
    format!("{rows} {noun} of {table} {verb} to {parent} that are not there")
}

async fn check_server(address: &str) -> Result<DatabaseCheck, StoreError> {
    let mut found = unexamined(migrate::known(&POSTGRES));
    let pool =
        PgPoolOptions::new().max_connections(1).acquire_timeout(migrate::PATIENCE).connect(address).await?;
    let mut connection = pool.acquire().await?;
    let applied = migrate::applied_on_server(&mut connection).await;
    let newest = applied.map(|applied| applied.iter().map(|a| a.version).max().unwrap_or(0));
    found.migrations(newest)?;
    let size: i64 =
        sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&mut *connection).await?;
    found.size = u64::try_from(size).ok();
    match damaged_blocks(&mut connection).await {
        Ok(faults) => found.judge("pages", faults, "The server has met no damaged block."),
        Err(error) => found.damage("pages", error)?,
    }
    check_indexes(&mut connection, &mut found).await?;
    match doubtful_rules(&mut connection).await {
        Ok(faults) => {
            found.judge("constraints", faults, "Every rule is in force and was checked against all rows.")
        }
        Err(error) => found.damage("constraints", error)?,
    }
    match orphans_on_server(&mut connection).await {
        Ok(faults) => found.judge("references", faults, "Every reference leads somewhere."),
        Err(error) => found.damage("references", error)?,
    }
    let mut session = Session { link: Link::PostgresReader(connection) };
    found.audit(&mut session).await?;
    drop(session);
    pool.close().await;
    Ok(found)
}

/// Null, and so nothing, on a server without checksums.
async fn damaged_blocks(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT checksum_failures FROM pg_stat_database \
               WHERE datname = current_database() AND checksum_failures > 0";
    let failures: Option<i64> = sqlx::query_scalar(sql).fetch_optional(connection).await?;
    Ok(failures
        .map(|n| format!("the server has met {n} damaged blocks; its log names them"))
        .into_iter()
        .collect())
}

/// Indexes that the server gave up, and with the extension amcheck the order within each.
async fn check_indexes(connection: &mut PgConnection, found: &mut DatabaseCheck) -> Result<(), StoreError> {
    let invalid = "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                   WHERE c.relnamespace = current_schema()::text::regnamespace \
                   AND NOT (i.indisvalid AND i.indisready AND i.indislive) ORDER BY 1";
    let invalid: Vec<String> = sqlx::query_scalar(invalid).fetch_all(&mut *connection).await?;
    let mut faults: Vec<String> =
        invalid.into_iter().map(|name| format!("index {name} is not valid")).collect();
    let amcheck = "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
                   WHERE e.extname = 'amcheck' \
                   AND has_function_privilege( \
                       to_regprocedure(quote_ident(n.nspname) || '.bt_index_check(regclass)')::oid, 'execute')";
    let Some(schema) = sqlx::query_scalar::<_, String>(amcheck).fetch_optional(&mut *connection).await?
    else {
        let state = if faults.is_empty() { FindingState::Note } else { FindingState::Broken };
        faults
            .push("the order within indexes was not examined (that needs the extension amcheck)".to_owned());
        found.find("indexes", state, faults.join("; "));
        return Ok(());
    };
    let trees = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam \
                 JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relkind = 'i' AND a.amname = 'btree' \
                 AND i.indisvalid AND c.relnamespace = current_schema()::text::regnamespace ORDER BY 1";
    let trees: Vec<String> = sqlx::query_scalar(trees).fetch_all(&mut *connection).await?;
    for tree in trees {
        let sql = AssertSqlSafe(format!("SELECT {schema}.bt_index_check($1::text::regclass)"));
        if let Err(error) = sqlx::query(sql).bind(&tree).execute(&mut *connection).await {
            let error = StoreError::from(error);
            if !error.is_damage() {
                return Err(error);
            }
            faults.push(format!("index {tree}: {error}"));
        }
    }
    found.judge("indexes", faults, "Every index is in order.");
    Ok(())
}

/// Rules that do not hold for certain: never validated, or switched off.
async fn doubtful_rules(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT format('rule %s of %s was never checked against all rows', conname, conrelid::regclass) \
               FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::text::regnamespace \
               UNION ALL \
               SELECT DISTINCT format('triggers of %s are switched off', t.tgrelid::regclass) FROM pg_trigger t \
               JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled = 'D' \
               AND c.relnamespace = current_schema()::text::regnamespace ORDER BY 1";
    Ok(sqlx::query_scalar(sql).fetch_all(connection).await?)
}

/// The server trusts its foreign keys; here each is looked at row by row.
async fn orphans_on_server(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let keys = "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, format( \
                    'SELECT count(*) FROM %s AS child WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS parent WHERE %s)', \
                    c.conrelid::regclass, \
                    (SELECT string_agg(format('child.%I IS NOT NULL', a.attname), ' AND ') FROM pg_attribute a \
                     WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)), \
                    c.confrelid::regclass, \
                    (SELECT string_agg(format('parent.%I = child.%I', p.attname, a.attname), ' AND ') \
                     FROM unnest(c.conkey, c.confkey) AS k (child, parent) \
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.child \
                     JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = k.parent)) \
                FROM pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0 \
                AND c.connamespace = current_schema()::text::regnamespace ORDER BY 1, 2, c.conname";
    let keys: Vec<(String, String, String)> = sqlx::query_as(keys).fetch_all(&mut *connection).await?;
    let mut faults = Vec::new();
    for (table, parent, sql) in keys {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        if rows > 0 {
            faults.push(orphaned(rows, &table, &parent));
        }
    }
    Ok(faults)
}
