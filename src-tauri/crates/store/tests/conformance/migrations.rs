//! The tables repeat what the domain says, and both databases say the same.

use courier_domain::connection::{
    AuthMethod, ConnectionProtocol, ConnectionStatus, HostKeyPolicy, TlsCertPolicy, TlsVersion,
};
use courier_domain::execution::{JobExecutionState, StepExecutionState};
use courier_domain::job::FailurePolicyType;
use courier_domain::key::{PgpAlgorithm, PgpKeyStatus, PgpKeyType, SshKeyStatus, SshKeyType};
use courier_domain::receipt::{Direction, Verification};
use std::collections::{BTreeMap, BTreeSet};

const SQLITE: &str = include_str!("../../../../../migrations/sqlite/0001_main_job.sql");
const POSTGRES: &str = include_str!("../../../../../migrations/postgres/0001_main_job.sql");

/// Each table's text between `CREATE TABLE name (` and its closing line.
fn tables(sql: &str) -> BTreeMap<&str, &str> {
    sql.split("CREATE TABLE ")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once(" (\n").unwrap();
            (name, rest.split("\n)").next().unwrap())
        })
        .collect()
}

fn columns(table: &str) -> Vec<&str> {
    let is_column = |line: &&str| {
        let first = line.trim_start().chars().next();
        line.starts_with("    ")
            && !line.starts_with("     ")
            && first.is_some_and(|c| c.is_lowercase() || c == '"')
    };
    table.lines().filter(is_column).map(|line| line.trim().split(' ').next().unwrap()).collect()
}

/// The members that the column's CHECK allows; `marker` stands before the list.
fn allowed<'a>(table: &'a str, marker: &str) -> BTreeSet<&'a str> {
    let (_, rest) =
        table.split_once(&format!("{marker} IN (")).unwrap_or_else(|| panic!("no CHECK on {marker}"));
    rest.split(')').next().unwrap().split(',').map(|m| m.trim().trim_matches('\'')).collect()
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (tables(SQLITE), tables(POSTGRES));
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    assert!(sqlite.len() >= 16, "{:?}", sqlite.keys());
    for (name, text) in sqlite {
        let found = columns(text);
        assert!(found.len() >= 4, "{name}: {found:?}");
        assert_eq!(found, columns(postgres[name]), "{name}");
    }
    let indexes = |sql: &'static str| {
        sql.lines()
            .filter(|l| l.starts_with("CREATE INDEX") || l.starts_with("CREATE UNIQUE"))
            .collect::<Vec<_>>()
    };
    assert_eq!(indexes(SQLITE), indexes(POSTGRES));
}

/// The kinds of the audit log have grown since; `audit` tries them on the tables themselves.
#[test]
fn every_check_lists_the_members_of_its_enum() {
    macro_rules! each {
        ($($table:literal . $column:literal = $members:ty),+ $(,)?) => { $(
            let members: BTreeSet<&str> = <$members>::ALL.iter().map(|m| m.as_str()).collect();
            for sql in [SQLITE, POSTGRES] {
                assert_eq!(allowed(tables(sql)[$table], $column), members, "{}.{}", $table, $column);
            }
        )+ };
    }
    each! {
        "job_executions"."(state" = JobExecutionState,
        "step_executions"."(state" = StepExecutionState,
        "connections"."(protocol" = ConnectionProtocol,
        "connections"."(auth_method" = AuthMethod,
        "connections"."(host_key_policy" = HostKeyPolicy,
        "connections"."(tls_version_floor" = TlsVersion,
        "connections"."(tls_cert_policy" = TlsCertPolicy,
        "connections"."(status" = ConnectionStatus,
        "pgp_keys"."(algorithm" = PgpAlgorithm,
        "pgp_keys"."(key_type" = PgpKeyType,
        "pgp_keys"."(status" = PgpKeyStatus,
        "ssh_keys"."(key_type" = SshKeyType,
        "ssh_keys"."(status" = SshKeyStatus,
        "receipts"."(direction" = Direction,
        "receipts"."(verified_by" = Verification,
    }
    let policies: BTreeSet<&str> = FailurePolicyType::ALL.iter().map(|m| m.as_str()).collect();
    for table in ["jobs", "job_steps"] {
        assert_eq!(allowed(tables(SQLITE)[table], "'$.type')"), policies, "{table}");
        assert_eq!(allowed(tables(POSTGRES)[table], "'type'"), policies, "{table}");
    }
}
