//! Looking after files on a server by hand, and connections that lead through another.

use crate::world::World;
use anyhow::{Result, ensure};

#[test]
fn files_and_whole_folders_are_removed_by_hand() -> Result<()> {
    let world = World::new()?;
    let (courier, data) = (&world.courier, world.sshd.data());
    for path in ["old/a.csv", "old/deep/b.csv", "c.csv", "d.csv", "keep.txt"] {
        let path = data.join(path);
        std::fs::create_dir_all(path.ancestors().nth(1).unwrap_or(data))?;
        std::fs::write(path, "x")?;
    }
    std::os::unix::fs::symlink(data.join("keep.txt"), data.join("old").join("link"))?;

    let removed = courier.json(&["connection", "rm", "partner", &world.sshd.remote("*.csv")])?;
    ensure!(removed.as_array().is_some_and(|paths| paths.len() == 2), "{removed}");
    courier.run(&["connection", "rm", "partner", &world.sshd.remote("old")])?.expect(5)?;
    ensure!(data.join("old/a.csv").exists(), "a folder goes only when that is said");
    courier.ok(&["connection", "rm", "partner", &world.sshd.remote("old"), "--recursive"])?;
    ensure!(!data.join("old").exists() && data.join("keep.txt").exists(), "links are removed, not followed");
    courier.run(&["connection", "rm", "partner", &world.sshd.remote("none.csv")])?.expect(3)?;
    let log = courier.ok(&["audit", "list", "--json"])?;
    ensure!(log.contains("\"Removed\""), "what was removed by hand is on record: {log}");
    Ok(())
}

#[test]
fn a_bundle_names_jump_hosts_in_any_order_and_refuses_a_circle() -> Result<()> {
    let world = World::new()?;
    let connection = |name: &str, jump: &str| {
        format!(
            "  - {{ name: {name}, protocol: sftp, host: 127.0.0.1, port: 2222, username: u, auth_method: ssh_key, \
             ssh_key_id: ops, jump_connection_id: {jump} }}\n"
        )
    };
    let through = connection("inner", "middle") + &connection("middle", "partner");
    world.courier.apply(&format!("courier: 1\nconnections:\n{through}"))?.expect(0)?;
    let exported = world.courier.ok(&["export", "-"]).or_else(|_| world.courier.ok(&["export"]))?;
    ensure!(exported.contains("jump_connection_id: middle"), "{exported}");
    world.courier.run(&["connection", "delete", "middle"])?.expect(5)?;

    let round = format!("courier: 1\nconnections:\n{}", connection("middle", "inner"));
    let refused = world.courier.apply(&round)?.expect(2)?;
    ensure!(refused.stderr.contains("circle"), "{}", refused.stderr);
    Ok(())
}
