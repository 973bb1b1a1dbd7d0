//! `courier archive`, and archives in jobs, with 7z, unzip and tar on the other side.

use crate::courier::{Courier, files_below, finish};
use anyhow::{Context, Result};
use courier_testkit::process::run;
use serde_json::{Value, json};
use std::process::Command;

const FORMATS: [&str; 5] = ["zip", "tar", "tar.gz", "tar.zst", "7z"];

/// A Courier with a small tree in `in`.
fn with_tree() -> Result<Courier> {
    let courier = Courier::new()?;
    for (name, content) in [("a.csv", "one"), ("sub/b.csv", "two"), ("sub/note.txt", "three")] {
        let path = courier.folder().join("in").join(name);
        std::fs::create_dir_all(path.parent().context("no folder")?)?;
        std::fs::write(path, content)?;
    }
    Ok(courier)
}

fn at(courier: &Courier, name: &str) -> String {
    courier.folder().join(name).display().to_string()
}

#[test]
fn archives_are_made_listed_and_unpacked() -> Result<()> {
    let courier = with_tree()?;
    let input = at(&courier, "in");
    for format in FORMATS {
        let (archive, out) =
            (at(&courier, &format!("made.{format}")), at(&courier, &format!("out-{format}")));
        let create = ["archive", "create", &archive, &input, "--base", &input, "--format", format];
        assert_eq!(courier.json(&create)?["file_count"], 3, "{format}");
        courier.run(&create)?.expect(5)?;
        let listing = courier.json(&["archive", "list", &archive])?;
        assert_eq!((&listing["format"], &listing["total_entries"]), (&json!(format), &json!(3)), "{listing}");
        let unpacked =
            courier.json(&["archive", "extract", &archive, "--output", &out, "--include", "*.csv"])?;
        assert_eq!(unpacked["files"].as_array().map(Vec::len), Some(2), "{unpacked}");
        assert_eq!(std::fs::read(courier.folder().join(format!("out-{format}/sub/b.csv")))?, b"two");
        courier.run(&["archive", "extract", &archive, "--output", &out, "--include", "*.csv"])?.expect(5)?;
        courier.ok(&["archive", "extract", &archive, "--output", &out, "--overwrite"])?;
        assert_eq!(files_below(&courier.folder().join(format!("out-{format}"))).len(), 3, "{format}");
    }
    let gzip = ["archive", "create", &at(&courier, "one.gz"), &at(&courier, "in/a.csv"), "--format", "gzip"];
    courier.ok(&gzip)?;
    assert_eq!(run(Command::new("gzip").args(["-dc", &at(&courier, "one.gz")]))?, b"one");
    Ok(())
}

#[test]
fn passwords_come_from_the_environment_and_failures_leave_nothing() -> Result<()> {
    let courier = with_tree()?;
    for format in ["zip", "7z"] {
        let archive = at(&courier, &format!("sealed.{format}"));
        let with = |args: &[&str], password: &str| -> Result<_> {
            let mut all = vec!["--json", "archive"];
            all.extend(args);
            all.extend(["--password-env", "PACK"]);
            let mut command = courier.command(&all)?;
            command.env("PACK", password);
            finish(command)
        };
        with(&["create", &archive, &at(&courier, "in"), "--format", format], "hidden words")?.expect(0)?;
        run(Command::new("7z").args(["t", &archive, "-phidden words"]))?;
        let before = files_below(courier.folder()).len();
        let out = at(&courier, &format!("out-{format}"));
        let wrong = with(&["extract", &archive, "--output", &out], "wrong")?.expect(1)?;
        assert!(wrong.stderr.contains("password"), "{}", wrong.stderr);
        let none = courier.run(&["archive", "extract", &archive, "--output", &out])?.expect(1)?;
        assert!(none.stderr.contains("encrypted") && !none.stderr.contains("hidden"), "{}", none.stderr);
        assert_eq!(files_below(courier.folder()).len(), before, "something was left behind");
        with(&["extract", &archive, "--output", &out], "hidden words")?.expect(0)?;
    }
    let tar = [
        "archive",
        "create",
        &at(&courier, "x.tar"),
        &at(&courier, "in"),
        "--format",
        "tar",
        "--password-file",
        &at(&courier, "in/a.csv"),
    ];
    courier.run(&tar)?.expect(2)?;
    courier.run(&["archive", "list", &at(&courier, "in/a.csv")])?.expect(1)?;
    courier.run(&["archive", "list", &at(&courier, "not-there")])?.expect(2)?;
    courier
        .run(&["archive", "create", &at(&courier, "x"), &at(&courier, "in"), "--format", "rar"])?
        .expect(2)?;
    Ok(())
}

#[test]
fn a_job_packs_in_parts_and_unpacks_them() -> Result<()> {
    let courier = with_tree()?;
    std::fs::write(courier.folder().join("in/noise"), courier_testkit::data::bytes(2_500_000, 3))?;
    let bundle = json!({ "courier": 1, "jobs": [{ "name": "parts", "steps": [
        { "name": "Pack", "type_key": "file.zip", "configuration": { "source_paths": at(&courier, "in"), "output_path": at(&courier, "sent/all.7z"),
            "format": "7z", "base_path": at(&courier, "in"), "max_part_size_mb": 1 } },
        { "name": "Unpack", "type_key": "file.unzip", "configuration": { "archive_path": "{{ steps.pack.archive }}", "format": "7z", "output_directory": at(&courier, "back") } },
    ] }] });
    courier.apply(&bundle.to_string())?.expect(0)?;
    std::fs::create_dir_all(courier.folder().join("sent"))?;
    // What a longer archive of that name would have left.
    std::fs::write(courier.folder().join("sent/all.7z.004"), "old")?;
    let done = courier.run(&["--json", "run", "parts"])?.expect(0)?;
    let last: Value = serde_json::from_str(done.stdout.lines().last().context("nothing was printed")?)?;
    assert_eq!(last["state"], "completed");
    let mut sent: Vec<_> =
        files_below(&courier.folder().join("sent")).iter().map(|p| p.display().to_string()).collect();
    sent.sort();
    assert_eq!(
        sent,
        [at(&courier, "sent/all.7z.001"), at(&courier, "sent/all.7z.002"), at(&courier, "sent/all.7z.003")]
    );
    run(Command::new("7z").args(["t", &sent[0]]))?;
    assert_eq!(files_below(&courier.folder().join("back")).len(), 4);
    let wrong = bundle
        .to_string()
        .replace(r#""format":"7z","output_directory""#, r#""format":"zip","output_directory""#);
    courier.apply(&wrong)?.expect(0)?;
    let refused = courier.run(&["run", "parts"])?.expect(1)?;
    assert!(
        refused.stderr.contains("is 7z, not zip") || refused.stdout.contains("is 7z, not zip"),
        "{} {}",
        refused.stdout,
        refused.stderr
    );
    Ok(())
}

#[test]
fn archives_inside_an_archive_are_unpacked_as_deep_as_the_setting_says() -> Result<()> {
    let courier = with_tree()?;
    let (inner, outer) = (at(&courier, "in/inner.zip"), at(&courier, "outer.tar.zst"));
    courier.ok(&[
        "archive",
        "create",
        &inner,
        &at(&courier, "in/sub"),
        "--base",
        &at(&courier, "in"),
        "--format",
        "zip",
    ])?;
    let input = at(&courier, "in");
    courier.ok(&["archive", "create", &outer, &input, "--base", &input, "--format", "tar.zst"])?;
    let unzip = |name: &str| -> Result<Vec<String>> {
        let out = courier.folder().join(name);
        let configuration = json!({ "archive_path": outer, "output_directory": out });
        let bundle = json!({ "courier": 1, "jobs": [{ "name": "open", "steps": [
            { "name": "Open", "type_key": "file.unzip", "configuration": configuration }] }] });
        courier.apply(&bundle.to_string())?.expect(0)?;
        courier.ok(&["run", "open"])?;
        let mut names: Vec<String> = files_below(&out)
            .iter()
            .map(|file| Ok(file.strip_prefix(&out)?.display().to_string()))
            .collect::<Result<_>>()?;
        names.sort();
        Ok(names)
    };
    assert_eq!(unzip("packed")?, ["a.csv", "inner.zip", "sub/b.csv", "sub/note.txt"]);
    courier.ok(&["settings", "set", "archive.max_nesting_depth", "1"])?;
    let deep = ["a.csv", "inner/sub/b.csv", "inner/sub/note.txt", "sub/b.csv", "sub/note.txt"];
    assert_eq!(unzip("deep")?, deep);
    Ok(())
}

#[test]
fn what_is_refused_leaves_no_folder_and_what_is_left_out_stands_in_nobodys_way() -> Result<()> {
    let courier = with_tree()?;
    let bad = at(&courier, "bad.zip");
    run(Command::new("python3").args([
        "-c",
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w'); z.writestr('../x', 'x'); z.close()",
        &bad,
    ]))?;
    let deep = at(&courier, "some/where/deep");
    courier.run(&["archive", "extract", &bad, "--output", &deep])?.expect(1)?;
    assert!(!courier.folder().join("some").exists());
    let configuration = json!({ "archive_path": bad, "output_directory": deep });
    let bundle = json!({ "courier": 1, "jobs": [{ "name": "open", "steps": [
        { "name": "Open", "type_key": "file.unzip", "configuration": configuration }] }] });
    courier.apply(&bundle.to_string())?.expect(0)?;
    courier.run(&["run", "open"])?.expect(1)?;
    assert!(!courier.folder().join("some").exists());

    // Two files of one name, of which one is wanted.
    std::fs::write(courier.folder().join("in/sub/a.csv"), "another")?;
    for format in ["zip", "tar", "7z"] {
        let (archive, out) =
            (at(&courier, &format!("two.{format}")), at(&courier, &format!("flat-{format}")));
        let input = at(&courier, "in");
        courier.ok(&["archive", "create", &archive, &input, "--base", &input, "--format", format])?;
        let flat = ["archive", "extract", &archive, "--output", &out, "--flatten"];
        courier.run(&flat)?.expect(1)?;
        courier.ok(&[&flat[..], &["--exclude", "sub/*"]].concat())?;
        assert_eq!(std::fs::read(courier.folder().join(format!("flat-{format}/a.csv")))?, b"one");
    }
    Ok(())
}
