//! Dependencies point one way, and each outside library stays behind the crate that tames it.
//!
//! Read from the manifests, so a wrong edge fails here before anybody builds on it. Test-only edges are free.
#![cfg(test)]

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::BTreeSet;

/// Each member and the members it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("courier-domain", &[]),
    ("courier-store", &["courier-domain"]),
    ("courier-vault", &["courier-domain"]),
    ("courier-archive", &["courier-domain"]),
    // Keys and transfers take passphrases and passwords, so they know the vault's secret types.
    ("courier-keys", &["courier-domain", "courier-vault"]),
    ("courier-transfer", &["courier-domain", "courier-vault"]),
    (
        "courier-engine",
        &[
            "courier-domain",
            "courier-store",
            "courier-vault",
            "courier-archive",
            "courier-keys",
            "courier-transfer",
        ],
    ),
    (
        "courier-app",
        &[
            "courier-domain",
            "courier-store",
            "courier-vault",
            "courier-archive",
            "courier-keys",
            "courier-transfer",
            "courier-engine",
        ],
    ),
    ("courier-cli", &["courier-domain", "courier-app"]),
    ("courier-desktop", &["courier-domain", "courier-app"]),
    ("courier-testkit", &["courier-domain"]),
    ("courier-tests", &["courier-testkit"]),
];

/// Libraries, by the start of their name, and the only members that may name them.
const TAMED_BY: &[(&str, &[&str])] = &[
    ("tauri", &["courier-desktop"]),
    ("specta-typescript", &["courier-desktop"]),
    ("sqlx", &["courier-store"]),
    ("sequoia", &["courier-keys"]),
    ("keyring", &["courier-vault"]),
    ("zbus-secret-service", &["courier-vault"]),
    ("sevenz-rust2", &["courier-archive"]),
    ("tar", &["courier-archive"]),
    ("zip", &["courier-archive"]),
    ("zstd", &["courier-archive"]),
    ("cap-std", &["courier-archive"]),
    // Transfers speak SSH, keys read its key files, the app runs the sample server on loopback.
    ("russh", &["courier-transfer", "courier-keys", "courier-app", "courier-testkit"]),
    // Only the surfaces read a command line.
    ("clap", &["courier-cli", "courier-desktop"]),
];

/// What the pure crate may not reach for: a runtime, files, a clock, chance.
const NOT_PURE: &[&str] = &["tokio", "sqlx", "getrandom", "rand", "tempfile", "rustix", "directories"];

fn workspace() -> Metadata {
    MetadataCommand::new().no_deps().other_options(["--offline".to_owned()]).exec().unwrap()
}

fn used_by(package: &Package) -> BTreeSet<&str> {
    let shipped = |kind| kind != DependencyKind::Development;
    package.dependencies.iter().filter(|d| shipped(d.kind)).map(|d| d.name.as_str()).collect()
}

/// Every edge that the table does not allow, as `user -> used`.
fn wrong_edges(metadata: &Metadata, may_use: &[(&str, &[&str])]) -> Vec<String> {
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let allowed =
            may_use.iter().find(|(name, _)| *name == package.name.as_str()).map_or(&[][..], |row| row.1);
        for used in used_by(package) {
            if members.contains(used) && !allowed.contains(&used) {
                wrong.push(format!("{} -> {used}", package.name));
            }
        }
    }
    wrong
}

#[test]
fn dependencies_point_one_way() {
    assert_eq!(wrong_edges(&workspace(), MAY_USE), Vec::<String>::new());
}

#[test]
fn a_wrong_edge_would_be_noticed() {
    let none_allowed: Vec<_> = MAY_USE.iter().map(|(name, _)| (*name, &[][..])).collect();
    let wrong = wrong_edges(&workspace(), &none_allowed);
    assert!(wrong.contains(&"courier-app -> courier-engine".to_owned()), "{wrong:?}");
}

#[test]
fn every_member_has_its_place() {
    let metadata = workspace();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let placed: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    assert_eq!(members, placed, "give a new member a row in MAY_USE");
}

/// Every member that names a library which others tame, as `member names library`.
fn strays(metadata: &Metadata, tamed_by: &[(&str, &[&str])]) -> Vec<String> {
    let mut strays = Vec::new();
    for package in &metadata.packages {
        for used in used_by(package) {
            for (library, owners) in tamed_by {
                let is_it =
                    used.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
                if is_it && !owners.contains(&package.name.as_str()) {
                    strays.push(format!("{} names {used}", package.name));
                }
            }
        }
    }
    strays
}

#[test]
fn libraries_stay_behind_the_crate_that_tames_them() {
    assert_eq!(strays(&workspace(), TAMED_BY), Vec::<String>::new());
}

#[test]
fn a_stray_library_would_be_noticed() {
    let strays = strays(&workspace(), &[("sqlx", &[]), ("tauri", &[])]);
    assert!(strays.contains(&"courier-store names sqlx".to_owned()), "{strays:?}");
    assert!(strays.contains(&"courier-desktop names tauri-plugin-dialog".to_owned()), "{strays:?}");
}

#[test]
fn the_domain_stays_pure() {
    let metadata = workspace();
    let domain = metadata.packages.iter().find(|package| package.name.as_str() == "courier-domain").unwrap();
    let impure: Vec<_> = used_by(domain).into_iter().filter(|used| NOT_PURE.contains(used)).collect();
    assert_eq!(impure, Vec::<&str>::new());
}

#[test]
fn a_plain_cargo_test_needs_no_webkit() {
    let metadata = workspace();
    let desktop =
        metadata.packages.iter().find(|package| package.name.as_str() == "courier-desktop").unwrap();
    assert!(!metadata.workspace_default_members.contains(&desktop.id));
}
