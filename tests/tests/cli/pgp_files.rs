//! `courier pgp` on files, with gpg on the other side, and the `pgp.*` steps on many files at once.

use crate::courier::{Courier, files_below};
use anyhow::{Context, Result};
use courier_testkit::{Gpg, data};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Courier's key `ours` at gpg, gpg's key as `partner` here.
struct Pair {
    courier: Courier,
    gpg: Gpg,
}

impl Pair {
    fn new() -> Result<Self> {
        let (courier, gpg) = (Courier::new()?, Gpg::new()?);
        courier.ok(&["key", "pgp", "generate", "ours", "--user-id", "Ours <ours@example.org>"])?;
        gpg.import(courier.ok(&["key", "pgp", "export", "ours"])?.as_bytes())?;
        gpg.generate("Partner <partner@example.org>", "future-default", "")?;
        let pair = Self { courier, gpg };
        let public = pair.write("partner.asc", &pair.gpg.export_public("partner@example.org")?)?;
        pair.courier.ok(&["key", "pgp", "import", &public, "--name", "partner"])?;
        Ok(pair)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.courier.folder().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<String> {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().context("no folder")?)?;
        std::fs::write(&path, content)?;
        Ok(path.display().to_string())
    }

    fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs a job of one step; gives its exit status and the step's outputs.
    fn step(&self, type_key: &str, configuration: &Value) -> Result<(i32, Value, String)> {
        let bundle = json!({ "courier": 1, "jobs": [{ "name": "one", "failure_policy": { "type": "stop" },
            "steps": [{ "name": "Step", "type_key": type_key, "configuration": configuration }] }] });
        self.courier.apply(&bundle.to_string())?.expect(0)?;
        let run = self.courier.run(&["--json", "run", "one"])?;
        let last: Value = serde_json::from_str(run.stdout.lines().last().context("nothing was printed")?)?;
        let id = last["id"].as_str().context("no id")?;
        let shown = self.courier.json(&["execution", "show", id])?;
        let context: Value = serde_json::from_str(shown["context_snapshot"].as_str().unwrap_or("null"))?;
        let outputs = context["steps"]["step"].clone();
        Ok((run.status, outputs, shown.to_string()))
    }
}

#[test]
fn a_file_goes_to_gpg_and_comes_back() -> Result<()> {
    let pair = Pair::new()?;
    let content = data::bytes(300_000, 7);
    let plain = pair.write("plain.bin", &content)?;
    let sealed = pair.at("sealed.asc");
    let made = pair.courier.json(&[
        "pgp",
        "encrypt",
        &plain,
        "--recipient",
        "partner",
        "--recipient",
        "ours",
        "--sign-with",
        "ours",
        "--armor",
        "--output",
        &sealed,
    ])?;
    assert_eq!(made["bytes"], std::fs::metadata(&sealed)?.len());
    pair.gpg.decrypt(&pair.path("sealed.asc"), &pair.path("at-gpg"))?;
    assert!(std::fs::read(pair.path("at-gpg"))? == content);

    pair.gpg.encrypt(
        &pair.path("plain.bin"),
        &pair.path("from-gpg"),
        "ours@example.org",
        Some("partner@example.org"),
    )?;
    let (from_gpg, opened) = (pair.at("from-gpg"), pair.at("opened"));
    let decrypt =
        ["pgp", "decrypt", &from_gpg, "--require-signature", "--signer", "partner", "--output", &opened];
    let made = pair.courier.json(&decrypt)?;
    assert_eq!((&made["status"], &made["is_valid"]), (&json!("valid"), &json!(true)), "{made}");
    assert_eq!(made["signer_fingerprint"], pair.gpg.fingerprint("partner@example.org")?);
    assert!(std::fs::read(&opened)? == content);
    let again = pair.courier.run(&decrypt)?.expect(5)?;
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    pair.courier.ok(&[&decrypt[..], &["--overwrite"]].concat())?;

    // Who signed is not who may sign: nothing comes out, and nothing is left of the try.
    let before = files_below(pair.courier.folder()).len();
    let wrong = [
        "pgp",
        "decrypt",
        &from_gpg,
        "--require-signature",
        "--signer",
        "ours",
        "--output",
        &pair.at("none"),
    ];
    pair.courier.run(&wrong)?.expect(1)?;
    assert_eq!(files_below(pair.courier.folder()).len(), before);
    let log = pair.courier.json(&["audit", "list", "--entity", "ours"])?.to_string();
    for operation in ["UsedForEncrypt", "UsedForSign", "UsedForDecrypt"] {
        assert!(log.contains(operation), "{operation} is not on record: {log}");
    }
    Ok(())
}

#[test]
fn signatures_are_made_and_judged() -> Result<()> {
    let pair = Pair::new()?;
    let plain = pair.write("letter.txt", b"Pay 10\n")?;
    for (mode, output, input) in [
        ("detached", "letter.txt.sig", "letter.txt"),
        ("inline", "letter.pgp", "letter.pgp"),
        ("clearsign", "letter.asc", "letter.asc"),
    ] {
        let (output, input) = (pair.at(output), pair.at(input));
        pair.courier.ok(&["pgp", "sign", &plain, "--key", "ours", "--mode", mode, "--output", &output])?;
        let checked = pair.courier.json(&["pgp", "verify", &input])?;
        assert_eq!(checked["status"], "valid", "{mode}: {checked}");
    }
    let unknown = pair.courier.run(&["--json", "pgp", "verify", &plain, "--signer", "partner"])?.expect(1)?;
    assert_eq!(unknown.json()?["status"], "unknown_signer");
    pair.write("letter.txt", b"Pay 99\n")?;
    let forged = pair.courier.run(&["--json", "pgp", "verify", &plain])?.expect(1)?;
    assert_eq!(forged.json()?["status"], "invalid");
    let unsigned = pair.write("unsigned.txt", b"Pay 10\n")?;
    pair.courier.run(&["pgp", "verify", &unsigned])?.expect(1)?;
    pair.courier.run(&["pgp", "verify", &pair.at("not-there")])?.expect(2)?;

    pair.courier.ok(&["key", "pgp", "retire", "ours"])?;
    let retired =
        pair.courier.run(&["pgp", "sign", &plain, "--key", "ours", "--output", &pair.at("x")])?.expect(1)?;
    assert!(retired.stderr.contains("retired"), "{}", retired.stderr);
    assert_eq!(
        pair.courier.json(&["pgp", "verify", &pair.at("letter.asc")])?["status"],
        "valid",
        "it still checks"
    );
    pair.courier.ok(&["key", "pgp", "revoke", "ours"])?;
    let revoked = pair.courier.run(&["--json", "pgp", "verify", &pair.at("letter.asc")])?.expect(1)?;
    assert_eq!(revoked.json()?["status"], "revoked_key", "what it signed is told, and not good");
    Ok(())
}

#[test]
fn a_step_works_on_many_files_and_one_bad_file_spoils_only_itself() -> Result<()> {
    let pair = Pair::new()?;
    for n in 0..9_u64 {
        pair.write(&format!("in/{}/file-{n}", n % 2), &data::bytes(50_000, n))?;
    }
    let input = pair.at("in/**/*");
    let seal = json!({ "input_path": input, "output_path": pair.at("sealed/"), "recipient_key_ids": ["ours"], "signing_key_id": "ours" });
    let (status, outputs, shown) = pair.step("pgp.encrypt", &seal)?;
    assert_eq!((status, &outputs["file_count"]), (0, &json!(9)), "{shown}");
    assert_eq!(outputs["files"][0], pair.at("sealed/0/file-0.pgp"), "the order of the inputs is kept");
    std::fs::write(pair.path("sealed/1/file-3.pgp"), b"rubbish")?;
    let open = json!({ "input_path": pair.at("sealed"), "output_path": pair.at("opened/"), "require_signature": true });
    let (status, _, shown) = pair.step("pgp.decrypt", &open)?;
    assert_eq!(status, 1);
    assert!(shown.contains("file-3.pgp is damaged"), "{shown}");
    let opened = files_below(&pair.path("opened"));
    assert_eq!(opened.len(), 8, "{opened:?}");
    for n in (0..9_u64).filter(|n| *n != 3) {
        let path = pair.path(&format!("opened/{}/file-{n}", n % 2));
        assert!(std::fs::read(&path)? == data::bytes(50_000, n), "{}", path.display());
    }
    Ok(())
}

#[test]
fn what_is_not_signed_well_fails_is_reported_or_goes_into_quarantine() -> Result<()> {
    let pair = Pair::new()?;
    let names = ["good.txt", "forged.txt", "unsigned.txt"];
    for name in names {
        let file = pair.write(&format!("in/{name}"), b"Pay 10\n")?;
        if name != "unsigned.txt" {
            let output = format!("{file}.sig");
            pair.courier.ok(&["pgp", "sign", &file, "--key", "ours", "--output", &output])?;
        }
    }
    pair.write("in/forged.txt", b"Pay 99\n")?;
    let check = |on_invalid: &str| json!({ "input_path": pair.at("in"), "on_invalid": on_invalid, "quarantine_path": pair.at("quarantine") });
    let (status, _, shown) = pair.step("pgp.verify", &check("fail"))?;
    assert_eq!(status, 1);
    assert!(shown.contains("2 of 3 files failed") && shown.contains("forged.txt"), "{shown}");
    let (status, outputs, _) = pair.step("pgp.verify", &check("continue"))?;
    assert_eq!(
        (status, &outputs["is_valid"], &outputs["verify_status"]),
        (0, &json!(false), &json!("invalid"))
    );
    assert_eq!(outputs["files"], json!([pair.at("in/good.txt")]));
    let (status, outputs, shown) = pair.step("pgp.verify", &check("quarantine"))?;
    assert_eq!((status, &outputs["file_count"]), (0, &json!(1)), "{shown}");
    let names = |folder: &str| -> Vec<String> {
        let mut names: Vec<String> = files_below(&pair.path(folder))
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("quarantine"), ["forged.txt", "forged.txt.sig", "unsigned.txt"]);
    assert_eq!(names("in"), ["good.txt", "good.txt.sig"]);
    let (status, outputs, _) = pair.step("pgp.verify", &check("quarantine"))?;
    assert_eq!((status, &outputs["is_valid"], &outputs["verify_status"]), (0, &json!(true), &json!("valid")));
    Ok(())
}

#[test]
fn text_around_a_readable_signed_text_makes_it_invalid() -> Result<()> {
    let pair = Pair::new()?;
    let plain = pair.write("a.txt", b"Pay 5 to A\n")?;
    let signed = pair.at("a.clr");
    pair.courier.ok(&["pgp", "sign", &plain, "--key", "ours", "--mode", "clearsign", "--output", &signed])?;
    pair.courier.ok(&["pgp", "verify", &signed])?;
    let text = std::fs::read_to_string(&signed)?;
    for (name, content) in [
        ("before", format!("Pay 50 to B\n{text}")),
        ("behind", format!("{text}Pay 50 to B\n")),
        ("twice", format!("{text}{}", text.replace("Pay 5", "Pay 9"))),
    ] {
        let file = pair.write(name, content.as_bytes())?;
        let done = pair.courier.run(&["--json", "pgp", "verify", &file])?;
        let checked = done.json()?;
        assert_eq!((done.status, &checked["status"]), (1, &json!("invalid")), "{name}: {checked}");
        let (status, outputs, shown) = pair.step("pgp.verify", &json!({ "input_path": file }))?;
        assert!(status == 1 && shown.contains("not signed"), "{name}: {outputs} {shown}");
    }
    Ok(())
}

#[test]
fn named_signers_must_have_signed() -> Result<()> {
    let pair = Pair::new()?;
    let plain = pair.write("a.txt", b"words")?;
    let (unsigned, theirs) = (pair.at("unsigned.pgp"), pair.at("theirs.pgp"));
    pair.courier.ok(&["pgp", "encrypt", &plain, "--recipient", "ours", "--output", &unsigned])?;
    pair.gpg.encrypt(
        &pair.path("a.txt"),
        &pair.path("theirs.pgp"),
        "ours@example.org",
        Some("partner@example.org"),
    )?;
    for (n, file) in [&unsigned, &theirs].into_iter().enumerate() {
        let out = pair.at(&format!("out-{n}"));
        pair.courier.run(&["pgp", "decrypt", file, "--signer", "ours", "--output", &out])?.expect(1)?;
        assert!(!std::path::Path::new(&out).exists());
        let configuration = json!({ "input_path": file, "output_path": out, "signer_key_ids": ["ours"] });
        let (status, _, shown) = pair.step("pgp.decrypt", &configuration)?;
        assert_eq!(status, 1, "{shown}");
        assert!(!std::path::Path::new(&out).exists());
    }
    pair.courier.ok(&["pgp", "decrypt", &theirs, "--signer", "partner", "--output", &pair.at("good")])?;
    Ok(())
}

#[test]
fn a_revoked_signer_is_told_apart_from_an_unknown_one() -> Result<()> {
    let pair = Pair::new()?;
    let plain = pair.write("a.txt", b"words")?;
    let (signed, sealed) = (pair.at("a.sig"), pair.at("a.pgp"));
    pair.courier.ok(&["key", "pgp", "generate", "gone", "--user-id", "Gone <gone@example.org>"])?;
    pair.courier.ok(&["pgp", "sign", &plain, "--key", "gone", "--mode", "detached", "--output", &signed])?;
    pair.courier.ok(&[
        "pgp",
        "encrypt",
        &plain,
        "--recipient",
        "ours",
        "--sign-with",
        "gone",
        "--output",
        &sealed,
    ])?;
    pair.courier.ok(&["key", "pgp", "revoke", "gone"])?;
    for signers in [&[][..], &["--signer", "gone"]] {
        let verify = [&["--json", "pgp", "verify", &plain, "--signature", &signed][..], signers].concat();
        let checked = pair.courier.run(&verify)?.expect(1)?.json()?;
        assert_eq!(checked["status"], "revoked_key", "{checked}");
    }
    let decrypt = ["pgp", "decrypt", &sealed, "--require-signature", "--output", &pair.at("opened")];
    let refused = pair.courier.run(&decrypt)?.expect(1)?;
    assert!(refused.stderr.contains("its key is revoked"), "{}", refused.stderr);
    let configuration = json!({ "input_path": plain, "signature_path": signed, "on_invalid": "continue", "signer_key_ids": ["gone"] });
    let (status, outputs, shown) = pair.step("pgp.verify", &configuration)?;
    assert_eq!((status, &outputs["verify_status"]), (0, &json!("revoked_key")), "{shown}");
    Ok(())
}

#[test]
fn a_file_is_not_replaced_by_its_own_result() -> Result<()> {
    let pair = Pair::new()?;
    let plain = pair.write("a.txt", b"words")?;
    let encrypt = ["pgp", "encrypt", &plain, "--recipient", "ours", "--output", &plain, "--overwrite"];
    pair.courier.run(&encrypt)?.expect(2)?;
    let nowhere = ["pgp", "encrypt", &plain, "--recipient", "ours", "--output", &pair.at("no/where")];
    let refused = pair.courier.run(&nowhere)?.expect(3)?;
    assert!(refused.stderr.contains("There is no folder"), "{}", refused.stderr);
    let configuration = json!({ "input_path": plain, "output_path": plain, "recipient_key_ids": ["ours"] });
    assert_eq!(pair.step("pgp.encrypt", &configuration)?.0, 1);
    assert_eq!(std::fs::read(&plain)?, b"words");
    Ok(())
}

#[test]
fn a_signal_to_end_leaves_nothing_half_done() -> Result<()> {
    let pair = Pair::new()?;
    for signal in ["TERM", "INT"] {
        let archive = pair.at("made.7z");
        let big = pair.write("big", &data::bytes(60_000_000, 2))?;
        let mut child =
            pair.courier.command(&["archive", "create", &archive, &big, "--format", "7z"])?.spawn()?;
        let folder = pair.courier.folder().to_owned();
        let is_part = |path: &PathBuf| path.to_string_lossy().contains(".courier-");
        let begun = std::time::Instant::now();
        while !files_below(&folder).iter().any(is_part) {
            anyhow::ensure!(begun.elapsed().as_secs() < 60, "it did not begin");
        }
        let sent = std::process::Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status()?;
        assert!(sent.success());
        let status = child.wait()?;
        assert_eq!(status.code(), Some(130), "{signal}");
        assert!(!files_below(&folder).iter().any(is_part), "{signal} left {:?}", files_below(&folder));
    }
    Ok(())
}
