//! Tags at the command line: made, put on things, filtered by, deleted and brought back.

use crate::courier::Courier;
use anyhow::Result;
use serde_json::{Value, json};

const BUNDLE: &str = r#"
courier: 1
connections:
  - { name: Partner, protocol: sftp, host: h.example.org, username: u, auth_method: password, password: { env: TAGS_SECRET } }
jobs:
  - { name: Tidy, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }
  - { name: Sweep, steps: [{ name: D, type_key: file.delete, configuration: { path: /nowhere/x } }] }
"#;

fn prepared() -> Result<Courier> {
    let courier = Courier::new()?;
    let file = courier.bundle(BUNDLE)?;
    let mut command = courier.command(&["apply", "-f", &file])?;
    command.env("TAGS_SECRET", "not-of-interest");
    crate::courier::finish(command)?.expect(0)?;
    courier.ok(&["key", "ssh", "generate", "ops"])?;
    courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <ours@example.org>"])?;
    Ok(courier)
}

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().into_iter().flatten().filter_map(|row| row["name"].as_str()).collect()
}

#[test]
fn lists_are_filtered_by_tag() -> Result<()> {
    let courier = prepared()?;
    courier.ok(&["tag", "create", "partner-x", "--color", "#2563eb", "--category", "Partner"])?;
    courier.ok(&["tag", "add", "PARTNER-X", "job", "Tidy", "sweep"])?;
    for (kind, name) in [("connection", "partner"), ("ssh_key", "ops"), ("pgp_key", "ours")] {
        let done = courier.json(&["tag", "add", "partner-x", kind, name])?;
        assert_eq!(done, json!({ "tagged": 1 }), "{kind}");
        let again = courier.json(&["tag", "add", "partner-x", kind, name])?;
        assert_eq!(again, json!({ "tagged": 0 }), "{kind}");
    }
    let tags = courier.json(&["tag", "list", "--category", "partner"])?;
    assert_eq!((tags[0]["name"].as_str(), tags[0]["color"].as_str()), (Some("partner-x"), Some("#2563EB")));
    assert_eq!(tags[0]["uses"], json!({ "job": 2, "connection": 1, "ssh_key": 1, "pgp_key": 1 }));
    courier.ok(&["tag", "remove", "partner-x", "job", "Sweep"])?;
    let rows = courier.json(&["job", "list"])?;
    let tagged: Vec<_> = rows.as_array().into_iter().flatten().map(|row| names(&row["tags"])).collect();
    assert_eq!((names(&rows), tagged), (vec!["Sweep", "Tidy"], vec![vec![], vec!["partner-x"]]));
    courier.ok(&["tag", "create", "unused"])?;
    for (list, tagged) in [
        (vec!["job", "list"], "Tidy"),
        (vec!["connection", "list"], "Partner"),
        (vec!["key", "ssh", "list"], "ops"),
        (vec!["key", "pgp", "list"], "ours"),
    ] {
        let with = |tag| courier.json(&[list.as_slice(), &["--tag", tag]].concat());
        assert_eq!(names(&with("Partner-X")?), [tagged], "{list:?}");
        assert!(names(&with("unused")?).is_empty(), "{list:?}");
        courier.run(&[list.as_slice(), &["--tag", "none"]].concat())?.expect(3)?;
    }
    Ok(())
}

#[test]
fn a_tag_is_edited_deleted_and_restored_with_what_carried_it() -> Result<()> {
    let courier = prepared()?;
    courier.ok(&["tag", "create", "Größe", "--color", "#2563EB", "--description", "by size"])?;
    courier.run(&["tag", "create", "GRÖßE"])?.expect(5)?;
    courier.run(&["tag", "create", "blue", "--color", "blue"])?.expect(2)?;
    courier.ok(&["tag", "add", "größe", "job", "Tidy"])?;
    let edited = courier.json(&["tag", "edit", "größe", "--name", "size", "--color", ""])?;
    assert_eq!((edited["name"].as_str(), &edited["color"]), (Some("size"), &Value::Null));
    assert_eq!(edited["description"], "by size");
    courier.ok(&["tag", "create", "Alpha"])?;
    assert_eq!(names(&courier.json(&["tag", "list"])?), ["Alpha", "size"]);
    assert_eq!(names(&courier.json(&["tag", "list", "--sort", "changed", "--limit", "1"])?), ["Alpha"]);
    courier.ok(&["tag", "delete", "alpha"])?;
    courier.ok(&["tag", "delete", "size"])?;
    assert!(names(&courier.json(&["tag", "list"])?).is_empty());
    assert_eq!(names(&courier.json(&["tag", "list", "--deleted"])?), ["Alpha", "size"]);
    courier.run(&["tag", "add", "size", "job", "Tidy"])?.expect(3)?;
    courier.ok(&["tag", "restore", "SIZE"])?;
    assert_eq!(names(&courier.json(&["job", "list", "--tag", "size"])?), ["Tidy"]);
    courier.run(&["tag", "add", "size", "moon", "Tidy"])?.expect(2)?;
    courier.run(&["tag", "add", "size", "job", "Tidy", "none"])?.expect(3)?;
    let entry = &courier.json(&["audit", "list", "--operation", "Tagged"])?[0];
    assert_eq!((entry["entity_type"].as_str(), &entry["details"]["tag"]), (Some("job"), &json!("Größe")));
    Ok(())
}
