//! A connection to the store that can be asked.
//!
//! One body of code serves both databases: [`on!`] runs an expression with the connection of whichever it is, and
//! [`sql!`] chooses between two texts where the dialects differ.

use crate::StoreError;
use crate::writer::Turn;
use courier_domain::{Clock, Timestamp};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

/// A connection to the store, for queries. A [`crate::UnitOfWork`] is one too, and sees its own changes.
pub struct Session {
    pub(crate) link: Link,
}

/// What a session holds.
pub(crate) enum Link {
    SqliteReader(PoolConnection<Sqlite>),
    SqliteWriter(Turn),
    PostgresReader(PoolConnection<Postgres>),
    PostgresWriter(Transaction<'static, Postgres>),
}

/// The connection of whichever database it is.
pub(crate) enum Conn<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// Rows in one statement that writes many: with up to 17 values in each, below the 32,766 bound values of SQLite.
pub(crate) const ROWS: usize = 1_000;

impl Session {
    pub(crate) fn conn(&mut self) -> Result<Conn<'_>, sqlx::Error> {
        #[cfg(debug_assertions)]
        crate::fault::before_statement()?;
        Ok(match &mut self.link {
            Link::SqliteReader(connection) => Conn::Sqlite(connection),
            Link::SqliteWriter(turn) => Conn::Sqlite(turn.connection()?),
            Link::PostgresReader(connection) => Conn::Postgres(connection),
            Link::PostgresWriter(transaction) => Conn::Postgres(transaction),
        })
    }

    pub(crate) fn is_postgres(&self) -> bool {
        match &self.link {
            Link::SqliteReader(_) | Link::SqliteWriter(_) => false,
            Link::PostgresReader(_) | Link::PostgresWriter(_) => true,
        }
    }
}

impl Session {
    /// The instant by which leases and heartbeats are judged: one clock for all nodes, whatever theirs say. Several
    /// machines share only a PostgreSQL store, and its server has a clock. Otherwise it is `clock`'s.
    pub async fn shared_now(&mut self, clock: &dyn Clock) -> Result<Timestamp, StoreError> {
        if !self.is_postgres() || !clock.is_machines() {
            return Ok(clock.now());
        }
        Ok(on!(self, |c| sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(c).await?))
    }

    /// What the database calls itself: `SQLite 3.50.4`, `PostgreSQL 17.6`.
    pub async fn database_version(&mut self) -> Result<String, StoreError> {
        let (name, sql) = match self.is_postgres() {
            true => ("PostgreSQL", "SELECT current_setting('server_version')"),
            false => ("SQLite", "SELECT sqlite_version()"),
        };
        let version: String = on!(self, |c| sqlx::query_scalar(sql).fetch_one(c).await?);
        Ok(format!("{name} {version}"))
    }
}

impl Conn<'_> {
    /// The same connection, lent on; lets [`on!`] take either.
    pub(crate) fn conn(&mut self) -> Result<Conn<'_>, sqlx::Error> {
        Ok(match self {
            Conn::Sqlite(connection) => Conn::Sqlite(connection),
            Conn::Postgres(connection) => Conn::Postgres(connection),
        })
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() { "Session(PostgreSQL)" } else { "Session(SQLite)" })
    }
}

/// Runs the expression with `$connection` as the session's `&mut SqliteConnection` or `&mut PgConnection`.
macro_rules! on {
    ($session:expr, |$connection:ident| $body:expr) => {
        match $session.conn()? {
            $crate::session::Conn::Sqlite($connection) => $body,
            $crate::session::Conn::Postgres($connection) => $body,
        }
    };
}

/// The text for the session's dialect.
macro_rules! sql {
    ($session:expr, sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {
        if $session.is_postgres() { $postgres } else { $sqlite }
    };
}

pub(crate) use {on, sql};
