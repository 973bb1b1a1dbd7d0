//! What this Courier is: its version, what it was built for, its database, and which library does which cryptography.
//!
//! Left out: what the window itself is drawn by, which only the shell knows.

mod uses;

use crate::app::{App, OpenOptions};
use crate::database::store_url;
use crate::error::Result;
use crate::surroundings;
use courier_store::StoreUrl;
use serde::Serialize;
use specta::Type;
use uses::USES;

include!(concat!(env!("OUT_DIR"), "/libraries.rs"));

/// Courier and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct About {
    pub version: String,
    /// The system and processor it was built for, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// `release`, or `debug` for a build of a developer.
    pub profile: String,
    pub compiler: String,
    pub database: AboutDatabase,
    pub cryptography: Vec<CryptographyUse>,
    pub fips: FipsStatement,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct AboutDatabase {
    /// `SQLite` or `PostgreSQL`.
    pub kind: String,
    /// With its own version, where it is open: `SQLite 3.50.4`.
    pub engine: Option<String>,
    /// Without a password.
    pub location: String,
    /// The version of the tables that this Courier works with.
    pub schema_version: i64,
}

/// Who does a part of the cryptography.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct CryptographyUse {
    /// What for: `TLS`, `OpenPGP`, …
    pub purpose: String,
    pub detail: String,
    pub libraries: Vec<Library>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Library {
    pub name: String,
    pub version: String,
}

/// Whether a validated module does the cryptography.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct FipsStatement {
    /// By the word of the module under TLS itself.
    pub tls_module: bool,
    pub words: String,
}

impl App {
    pub async fn about(&self) -> Result<About> {
        let engine = self.read().await?.database_version().await?;
        let kind = engine.split(' ').next().unwrap_or_default().to_owned();
        Ok(About::of(kind, Some(engine), self.database().to_owned()))
    }
}

impl About {
    /// Without opening, making or changing anything.
    pub fn unopened(options: &OpenOptions) -> Result<Self> {
        let home = match &options.home {
            Some(home) => home.clone(),
            None => surroundings::default_home()?,
        };
        let url = store_url(&home, options.database_url.as_deref())?;
        let kind = match &url {
            StoreUrl::Sqlite(_) => "SQLite",
            StoreUrl::Postgres(_) => "PostgreSQL",
        };
        Ok(Self::of(kind.to_owned(), None, url.to_string()))
    }

    fn of(kind: String, engine: Option<String>, location: String) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: env!("COURIER_TARGET").to_owned(),
            profile: env!("COURIER_PROFILE").to_owned(),
            compiler: env!("COURIER_RUSTC").to_owned(),
            database: AboutDatabase {
                kind,
                engine,
                location,
                schema_version: courier_store::schema_version(),
            },
            cryptography: cryptography(),
            fips: fips(courier_transfer::is_fips()),
        }
    }
}

fn cryptography() -> Vec<CryptographyUse> {
    let both = USES.iter().zip(LIBRARIES);
    both.map(|((purpose, detail, _), libraries)| CryptographyUse {
        purpose: (*purpose).to_owned(),
        detail: (*detail).to_owned(),
        libraries: libraries
            .iter()
            .map(|(name, version)| Library { name: (*name).to_owned(), version: (*version).to_owned() })
            .collect(),
    })
    .collect()
}

fn fips(tls_module: bool) -> FipsStatement {
    let tls = match tls_module {
        true => "TLS runs on a module that was validated for FIPS 140.",
        false => "TLS and SSH run on AWS-LC as it is, not on its module that was validated for FIPS 140.",
    };
    let words = format!(
        "Courier does not run in FIPS mode. {tls} OpenPGP, the vault and archives use libraries without such a validation."
    );
    FipsStatement { tls_module, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_libraries_with_versions() {
        let uses = cryptography();
        assert_eq!(uses.len(), USES.len());
        for one in &uses {
            assert!(!one.libraries.is_empty(), "{}", one.purpose);
            for library in &one.libraries {
                assert!(library.version.starts_with(|c: char| c.is_ascii_digit()), "{library:?}");
            }
        }
    }

    #[test]
    fn what_is_told_without_a_store_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let options = OpenOptions { home: Some(home.clone()), database_url: None, vault: None };
        let about = About::unopened(&options).unwrap();
        assert_eq!((about.database.kind.as_str(), about.database.engine), ("SQLite", None));
        assert!(!home.exists());
        let url = Some("postgres://ana:secret@db/courier".to_owned());
        let options = OpenOptions { home: Some(home), database_url: url, vault: None };
        let about = About::unopened(&options).unwrap();
        assert_eq!(about.database.kind, "PostgreSQL");
        assert!(!about.database.location.contains("secret"));
    }
}
