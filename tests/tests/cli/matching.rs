//! What path fields match now, on a real server: as the window asks while a step is filled in.

use crate::courier::{Courier, files_below};
use crate::world::World;
use anyhow::{Context, Result, ensure};
use courier_app::{App, AppError, CancellationToken, OpenOptions, PathsAsked, PathsMatch, VaultOptions};
use courier_domain::{Clock, Timestamp};
use courier_testkit::{Login, Sshd, SshdOptions};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Asks one after the other, in the window's process.
fn ask(courier: &Courier, fields: &[Value]) -> Result<Vec<Result<Option<PathsMatch>, AppError>>> {
    let vault = VaultOptions {
        key_file: Some(courier.folder().join("vault.key")),
        ..VaultOptions::new(Arc::new(Noon))
    };
    let options = OpenOptions { home: Some(courier.home()), database_url: None, vault: Some(vault) };
    tokio::runtime::Runtime::new()?.block_on(async {
        let app = App::open(options).await?;
        let mut answers = Vec::new();
        for field in fields {
            let asked: PathsAsked = serde_json::from_value(field.clone())?;
            answers.push(app.paths_match(&asked, CancellationToken::new()).await);
        }
        app.close().await;
        Ok(answers)
    })
}

fn connection(courier: &Courier, name: &str) -> Result<Value> {
    Ok(courier.json(&["connection", "show", name])?["id"].clone())
}

fn fetch(connection: &Value, path: &str, more: Value) -> Value {
    let mut configuration = json!({ "connection_id": connection, "remote_path": path });
    configuration.as_object_mut().into_iter().for_each(|fields| {
        fields.extend(more.as_object().cloned().unwrap_or_default());
    });
    json!({ "type_key": "sftp.download", "field": "remote_path", "configuration": configuration })
}

#[test]
fn a_download_says_what_it_would_find_on_the_server() -> Result<()> {
    let world = World::new()?;
    let (courier, out) = (&world.courier, world.sshd.data().join("out"));
    std::fs::write(out.join(".hidden.pgp"), "four")?;
    std::fs::create_dir_all(out.join("older/deep"))?;
    std::fs::write(out.join("older/deep/x.pgp"), "four")?;
    let partner = connection(courier, "partner")?;
    let at = |name: &str| world.sshd.remote(name);
    let rename = json!({ "type_key": "sftp.rename", "field": "paths", "configuration": { "connection_id": partner, "paths": [at("out/*")] } });
    courier.run(&["connection", "test", "partner"])?.expect(0)?;
    let before = files_below(world.sshd.data());
    let answers = ask(
        courier,
        &[
            fetch(&partner, &at("out/*.pgp"), json!({})),
            fetch(
                &partner,
                &at("out/*.pgp"),
                json!({ "exclude_patterns": ["invoice-1*"], "local_path": "{{ nothing }}" }),
            ),
            fetch(&partner, &at("out/**/*.pgp"), json!({})),
            fetch(&partner, &at("out"), json!({ "recursive": true })),
            fetch(&partner, &at("out/*.pdf"), json!({})),
            fetch(&partner, &at("nowhere/*.pdf"), json!({})),
            fetch(&partner, "{{ params.day }}/*.pgp", json!({})),
            rename,
        ],
    )?;
    let mut answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let moved = answers.pop().flatten().context("nothing is said of the rename")?;
    assert_eq!((moved.files, moved.folders), (4, 1), "{moved:?}");
    assert_eq!(answers.pop(), Some(None), "only a run knows its parameters");
    let found: Vec<PathsMatch> = answers.into_iter().flatten().collect();
    let files: Vec<u64> = found.iter().map(|found| found.files).collect();
    assert_eq!(files, [4, 3, 5, 5, 0, 0]);
    let bytes: u64 = std::fs::read_dir(&out)?
        .flatten()
        .filter_map(|e| e.metadata().ok())
        .filter(|m| m.is_file())
        .map(|m| m.len())
        .sum();
    assert_eq!((found[0].bytes, found[0].is_more), (bytes, false));
    assert_eq!(
        found[0].first,
        [".hidden.pgp", "invoice-1.zip.pgp", "invoice-2.zip.pgp", "invoice-3.zip.pgp"]
    );
    assert_eq!((&found[4].missing_folder, &found[5].missing_folder), (&None, &Some(at("nowhere"))));
    ensure!(files_below(world.sshd.data()) == before, "a look changed something");
    Ok(())
}

#[test]
fn a_look_gives_no_password_to_a_server_that_is_not_known() -> Result<()> {
    let mut server = Sshd::start(SshdOptions { login: Login::Password, ..SshdOptions::default() })?;
    std::fs::write(server.data().join("a.csv"), "a;b\n")?;
    let courier = Courier::new()?;
    std::fs::write(courier.folder().join("password"), server.password().context("no password")?)?;
    let connection = json!({
        "name": "server", "protocol": "sftp", "host": "127.0.0.1", "port": server.port(), "username": server.user(),
        "auth_method": "password", "password": { "file": "./password" },
        "host_key_policy": "trust_on_first_use", "transport_retries": 0,
    });
    courier.apply(&json!({ "courier": 1, "connections": [connection] }).to_string())?.expect(0)?;
    let id = self::connection(&courier, "server")?;
    let field = fetch(&id, &server.remote("*.csv"), json!({}));
    let unknown = ask(&courier, std::slice::from_ref(&field))?.remove(0).err().context("it is trusted")?;
    assert_eq!(unknown.code.as_str(), "host_key_unknown", "{unknown}");
    assert_eq!(server.login_attempts(), 0, "somebody tried to log in: {}", server.log());

    courier.run(&["connection", "test", "server"])?.expect(0)?;
    let found = ask(&courier, std::slice::from_ref(&field))?.remove(0)?.context("nothing is said")?;
    assert_eq!((found.files, found.bytes), (1, 4));

    server.restart_with_other_host_key()?;
    let before = server.login_attempts();
    let refused = ask(&courier, &[field])?.remove(0).err().context("another server is looked at")?;
    assert_eq!(refused.code.as_str(), "host_key_changed", "{refused}");
    ensure!(server.login_attempts() == before, "somebody tried to log in: {}", server.log());
    Ok(())
}
