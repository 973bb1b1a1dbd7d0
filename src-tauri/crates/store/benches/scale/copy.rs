//! Rows in bulk, past the store: large inserts on SQLite, COPY on PostgreSQL.

use anyhow::Result;
use courier_domain::Timestamp;
use courier_store::StoreUrl;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, QueryBuilder, Sqlite, SqliteConnection};
use std::fmt::Write;
use uuid::Uuid;

/// A value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    Null,
    Id(Uuid),
    Text(String),
    Int(i64),
    Flag(bool),
    At(Timestamp),
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field::Text(text.to_owned())
    }
}

/// A table's name and columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static str,
}

/// Rows of one SQLite statement: 32,766 values are its limit, and the widest table has 24 columns.
const SQLITE_ROWS: usize = 500;

pub(crate) enum Bulk {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bulk {
    /// A connection that keeps nothing safe: what breaks here is filled anew.
    pub(crate) async fn open(url: &StoreUrl) -> Result<Self> {
        Ok(match url {
            StoreUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Off)
                    .synchronous(SqliteSynchronous::Off)
                    .locking_mode(sqlx::sqlite::SqliteLockingMode::Exclusive)
                    .foreign_keys(false)
                    .pragma("cache_size", "-1000000")
                    .disable_statement_logging();
                Bulk::Sqlite(options.connect().await?)
            }
            StoreUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                // Foreign keys are triggers there; the rows are made to fit.
                let quick = "SET session_replication_role = replica; SET synchronous_commit = off";
                sqlx::raw_sql(quick).execute(&mut connection).await?;
                Bulk::Postgres(connection)
            }
        })
    }

    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<()> {
        match self {
            Bulk::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop)?,
            Bulk::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop)?,
        }
        Ok(())
    }

    pub(crate) async fn put(&mut self, table: &Table, rows: &[Vec<Field>]) -> Result<()> {
        match self {
            Bulk::Sqlite(connection) => {
                let insert = format!("INSERT INTO {} ({}) ", table.name, table.columns);
                for rows in rows.chunks(SQLITE_ROWS) {
                    let mut query = QueryBuilder::<Sqlite>::new(insert.as_str());
                    query.push_values(rows, |mut values, row| {
                        for field in row {
                            match field {
                                Field::Null => values.push_bind(None::<i64>),
                                Field::Id(id) => values.push_bind(*id),
                                Field::Text(text) => values.push_bind(text.as_str()),
                                Field::Int(n) => values.push_bind(*n),
                                Field::Flag(flag) => values.push_bind(*flag),
                                Field::At(at) => values.push_bind(*at),
                            };
                        }
                    });
                    // The last, shorter statement of a batch is not worth keeping.
                    query.build().persistent(rows.len() == SQLITE_ROWS).execute(&mut *connection).await?;
                }
            }
            Bulk::Postgres(connection) => {
                let mut text = String::with_capacity(rows.len() * 300);
                for row in rows {
                    for (n, field) in row.iter().enumerate() {
                        if n > 0 {
                            text.push('\t');
                        }
                        match field {
                            Field::Null => text.push_str("\\N"),
                            Field::Id(id) => write!(text, "{id}")?,
                            Field::Text(value) => text.push_str(&value.replace('\\', "\\\\")),
                            Field::Int(n) => write!(text, "{n}")?,
                            Field::Flag(flag) => text.push(if *flag { 't' } else { 'f' }),
                            Field::At(at) => {
                                write!(text, "{}", at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))?;
                            }
                        }
                    }
                    text.push('\n');
                }
                let copy = format!("COPY {} ({}) FROM STDIN", table.name, table.columns);
                let mut copy = connection.copy_in_raw(&copy).await?;
                copy.send(text.as_bytes()).await?;
                copy.finish().await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<()> {
        match self {
            Bulk::Sqlite(connection) => connection.close().await?,
            Bulk::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}
