//! Where a store is.

use crate::StoreError;
use std::path::{Path, PathBuf};

/// A SQLite file, or a PostgreSQL database by its URL (which may hold a password: it is never shown).
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl StoreUrl {
    /// Reads `postgres://…`, `sqlite:PATH`, `sqlite://PATH` or a plain path.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let unknown = || StoreError::UnknownUrl { text: without_password(text) };
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            // What is wrong in it is not shown: it may be the password.
            text.parse::<sqlx::postgres::PgConnectOptions>().map_err(|_| unknown())?;
            return Ok(StoreUrl::Postgres(text.to_owned()));
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if text.contains("://") => return Err(unknown()),
            None => text,
        };
        if path.is_empty() { Err(unknown()) } else { Ok(StoreUrl::Sqlite(path.into())) }
    }

    /// The store of a home folder: its file `courier.db`.
    pub fn in_home(home: &Path) -> Self {
        StoreUrl::Sqlite(home.join("courier.db"))
    }
}

/// The place as people may read it, without a password.
impl std::fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreUrl::Sqlite(path) => write!(f, "{}", path.display()),
            StoreUrl::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl std::fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

fn without_password(url: &str) -> String {
    // A password may also stand among the parameters after `?`.
    let url = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((credentials, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = credentials.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_shown_without_their_password() {
        let parse = |text| StoreUrl::parse(text).map(|u| u.to_string()).map_err(|e| e.to_string());
        assert_eq!(parse("sqlite:///var/c.db").unwrap(), "/var/c.db");
        assert_eq!(parse("sqlite:c.db").unwrap(), "c.db");
        assert_eq!(parse("/var/c.db").unwrap(), "/var/c.db");
        assert_eq!(parse("postgres://u:p@ss@h:5/d?password=x").unwrap(), "postgres://u@h:5/d");
        let refused = parse("mysql://u:secret@h/d").unwrap_err();
        assert!(refused.contains("mysql://u@h/d") && !refused.contains("secret"), "{refused}");
        assert!(parse("").is_err());
        for bad in ["postgres://[::bad", "postgres://u:secret@h:port/d", "postgresql://u:secret@[::bad/d"] {
            let refused = StoreUrl::parse(bad).unwrap_err();
            assert_eq!(refused.code(), courier_domain::ErrorCode::Validation, "{bad}");
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }
}
