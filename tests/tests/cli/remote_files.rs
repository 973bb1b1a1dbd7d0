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

#[test]
fn folders_are_made_and_files_renamed_by_hand_and_nothing_is_replaced_unasked() -> Result<()> {
    let world = World::new()?;
    let (courier, data) = (&world.courier, world.sshd.data());
    let at = |name: &str| world.sshd.remote(name);
    for name in ["a.csv", "b.csv", "it's -odd ü.csv"] {
        std::fs::write(data.join(name), name)?;
    }
    courier.ok(&["connection", "mkdir", "partner", &at("new/deep")])?;
    ensure!(data.join("new/deep").is_dir());
    courier.run(&["connection", "mkdir", "partner", &at("new")])?.expect(5)?;

    courier.ok(&["connection", "mv", "partner", &at("it's -odd ü.csv"), &at("new/deep/")])?;
    ensure!(data.join("new/deep/it's -odd ü.csv").is_file());
    courier.run(&["connection", "mv", "partner", &at("a.csv"), &at("b.csv")])?.expect(5)?;
    ensure!(std::fs::read(data.join("b.csv"))? == b"b.csv", "nothing is replaced unasked");
    courier.ok(&["connection", "mv", "partner", &at("a.csv"), &at("b.csv"), "--overwrite"])?;
    ensure!(std::fs::read(data.join("b.csv"))? == b"a.csv" && !data.join("a.csv").exists());
    courier.run(&["connection", "mv", "partner", &at("none.csv"), &at("c.csv")])?.expect(3)?;
    for root in ["/", ".", "", "./..", "//"] {
        courier.run(&["connection", "rm", "partner", root, "--recursive"])?.expect(2)?;
    }
    courier.run(&["connection", "mv", "partner", "", "x"])?.expect(2)?;
    ensure!(data.join("b.csv").exists(), "the login folder is never removed");
    let log = courier.ok(&["audit", "list", "--json"])?;
    ensure!(log.contains("\"FolderMade\"") && log.contains("\"Renamed\""), "{log}");
    Ok(())
}

#[test]
fn odd_names_are_moved_by_hand_and_those_that_cannot_be_are_told() -> Result<()> {
    let world = World::new()?;
    let (courier, data) = (&world.courier, world.sshd.data());
    let odd =
        ["[b]racket.csv", "{x}.csv", "*star", "-dash", "ünï 名前.txt", "it's \"q\".txt", "%s%n", "~home"];
    for name in odd.into_iter().chain(["new\nline.txt"]) {
        std::fs::write(data.join(name), name)?;
    }
    let listed = courier.run(&["connection", "ls", "partner", &world.sshd.remote("")])?.expect(0)?;
    ensure!(
        listed.stderr.contains("left out: new\\nline.txt: it contains control characters"),
        "{}",
        listed.stderr
    );
    let into = courier.folder().join("fetched");
    std::fs::create_dir(&into)?;
    let into = format!("{}/", into.display());
    for name in odd {
        ensure!(listed.stdout.contains(name), "{name} is not listed: {}", listed.stdout);
        courier.ok(&["connection", "get", "partner", &world.sshd.remote(name), &into])?;
        ensure!(std::fs::read(format!("{into}{name}"))? == name.as_bytes(), "{name}");
        let from = format!("{into}{name}");
        courier.ok(&["connection", "put", "partner", &from, &world.sshd.remote("back/")])?;
        ensure!(std::fs::read(data.join("back").join(name))? == name.as_bytes(), "{name}");
    }
    courier.ok(&["connection", "rm", "partner", &world.sshd.remote("[b]racket.csv")])?;
    ensure!(!data.join("[b]racket.csv").exists());
    Ok(())
}
