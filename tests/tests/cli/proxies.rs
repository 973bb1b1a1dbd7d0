//! Connections through proxies and jump hosts, as a person sets them up; the proxy's password comes out nowhere.

use crate::courier::{Done, files_below, finish};
use crate::world::World;
use anyhow::{Result, ensure};
use courier_testkit::{Relay, RelayKind, RelayOptions};

const CANARY: &str = "canary-90d4-proxy-password";
/// A name that only the proxy knows.
const NAME: &str = "files.internal";

fn apply(world: &World, bundle: &str, secret: &str) -> Result<Done> {
    let file = world.courier.bundle(bundle)?;
    let mut command = world.courier.command(&["apply", "-f", &file, "-vv"])?;
    command.env("PROXY_SECRET", secret);
    finish(command)
}

#[test]
fn files_move_through_a_proxy_whose_password_is_in_the_vault_only() -> Result<()> {
    let world = World::new()?;
    let courier = &world.courier;
    let local = courier.folder().join("local.csv");
    std::fs::write(&local, "a,b\n")?;
    let mut said = String::new();
    for (kind, name) in [(RelayKind::Socks5, "socks5"), (RelayKind::Http, "http")] {
        let login = Some(("user".to_owned(), CANARY.to_owned()));
        let relay = Relay::start(RelayOptions {
            kind,
            login,
            names: vec![NAME.to_owned()],
            ..RelayOptions::default()
        })?;
        let bundle = format!(
            "courier: 1\nconnections:\n  - {{ name: walled-{name}, protocol: sftp, host: {NAME}, port: {}, \
             username: {}, auth_method: ssh_key, ssh_key_id: ops, proxy: {{ kind: {name}, host: 127.0.0.1, \
             port: {}, username: user }}, proxy_password: {{ env: PROXY_SECRET }} }}\n",
            world.sshd.port(),
            world.sshd.user(),
            relay.port()
        );
        let walled = format!("walled-{name}");
        let remote = world.sshd.remote(&format!("{name}.csv"));
        let mut hear = |done: Done| {
            said.push_str(&done.stdout);
            said.push_str(&done.stderr);
            done
        };
        hear(apply(&world, &bundle, "canary-wrong-password")?.expect(0)?);
        let refused = hear(courier.run(&["connection", "test", &walled])?.expect(6)?);
        ensure!(refused.stderr.contains("does not accept user and password"), "{}", refused.stderr);
        hear(apply(&world, &bundle, CANARY)?.expect(0)?);
        let again = hear(apply(&world, &bundle, CANARY)?.expect(0)?);
        ensure!(again.stdout.contains("unchanged"), "{}", again.stdout);

        let tested = hear(courier.run(&["connection", "test", &walled, "--write"])?.expect(0)?);
        ensure!(tested.stdout.contains("left to the"), "{}", tested.stdout);
        hear(courier.run(&["connection", "put", &walled, &local.display().to_string(), &remote])?.expect(0)?);
        let back = courier.folder().join(format!("{name}-back.csv"));
        hear(courier.run(&["connection", "get", &walled, &remote, &back.display().to_string()])?.expect(0)?);
        ensure!(std::fs::read(&back)? == std::fs::read(&local)?, "another file came back");
        hear(courier.run(&["connection", "ls", &walled, &world.sshd.remote("")])?.expect(0)?);
        ensure!(relay.asked().len() >= 4, "{:?}", relay.asked());
        let shown = hear(courier.run(&["connection", "show", &walled])?.expect(0)?);
        ensure!(shown.stdout.contains("as user, password stored"), "{}", shown.stdout);
    }
    for args in [&["export"][..], &["connection", "list", "--json"], &["audit", "list", "--json"]] {
        said.push_str(&courier.ok(args)?);
    }
    ensure!(said.contains("proxy_password"), "an export asks for it again");
    ensure!(!said.contains("canary"), "{said}");
    for file in files_below(&courier.home()) {
        let bytes = std::fs::read(&file)?;
        ensure!(!bytes.windows(11).any(|w| w == b"canary-90d4"), "the password is in {}", file.display());
    }
    Ok(())
}

#[test]
fn a_jump_host_is_trusted_by_its_own_connection() -> Result<()> {
    let world = World::new()?;
    let courier = &world.courier;
    let inner = format!(
        "courier: 1\nconnections:\n  - {{ name: inner, protocol: sftp, host: 127.0.0.1, port: {}, username: {}, \
         auth_method: ssh_key, ssh_key_id: ops, jump_connection_id: partner }}\n",
        world.sshd.port(),
        world.sshd.user()
    );
    courier.apply(&inner)?.expect(0)?;
    let tested = courier.run(&["connection", "test", "inner"])?.expect(0)?;
    ensure!(tested.stdout.contains("left to the jump host"), "{}", tested.stdout);
    let shown = courier.ok(&["connection", "show", "partner"])?;
    ensure!(
        shown.contains(&world.sshd.fingerprint()?),
        "the jump host's key is its own connection's: {shown}"
    );
    ensure!(
        courier.ok(&["connection", "show", "inner"])?.contains("through the jump host partner"),
        "no way"
    );
    Ok(())
}
