//! No secret comes out: one of its own in every field that takes one, everything done with them that can be done and
//! that can go wrong, at the loudest log, and then all that was said and all that lies in the home is searched for each
//! of them, also in other clothes.

use crate::courier::{Courier, Done, files_below, finish};
use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use courier_testkit::process::run;
use courier_testkit::{FtpProgram, Ftpd, FtpdOptions, Gpg, Relay, RelayKind, RelayOptions};
use serde_json::{Value, json};
use std::io::Read;
use std::process::Command;

/// Every way in which a secret may stand in a text or a file.
fn clothes(secret: &[u8]) -> Vec<Vec<u8>> {
    let numbers = |between: &str| {
        let numbers: Vec<String> = secret.iter().map(u8::to_string).collect();
        numbers.join(between).into_bytes()
    };
    let mut all = vec![
        secret.to_vec(),
        secret.iter().rev().copied().collect(),
        hex::encode(secret).into_bytes(),
        hex::encode_upper(secret).into_bytes(),
        numbers(","),
        numbers(", "),
    ];
    // Base64 looks different at each of three offsets; what its neighbours decide is left out.
    for offset in 0..3 {
        let padded = [&vec![0; offset], secret].concat();
        let (skipped, whole) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
        for engine in [&STANDARD, &URL_SAFE] {
            let text = engine.encode(&padded).into_bytes();
            all.push(text.get(skipped..whole).unwrap_or_default().to_vec());
        }
    }
    all
}

fn stands_in(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

/// What must not come out, by what it is.
#[derive(Default)]
struct Canaries(Vec<(String, Vec<u8>)>);

impl Canaries {
    /// A new secret text.
    fn text(&mut self, what: &str) -> Result<String> {
        let mut random = [0; 8];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let text = format!("canary-{}", hex::encode(random));
        self.keep(what, text.as_bytes());
        Ok(text)
    }

    fn keep(&mut self, what: &str, secret: &[u8]) {
        self.0.push((what.to_owned(), secret.to_vec()));
    }

    /// Which of them stand in the bytes.
    fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let is_there = |secret: &Vec<u8>| clothes(secret).iter().any(|needle| stands_in(bytes, needle));
        self.0.iter().filter(|(_, secret)| is_there(secret)).map(|(what, _)| what.as_str()).collect()
    }
}

#[test]
fn a_secret_in_any_clothes_would_be_found() -> Result<()> {
    let mut canaries = Canaries::default();
    let secret = canaries.text("anything")?;
    let (raw, shown) = (secret.as_bytes(), |bytes: &[u8]| format!("{bytes:?}"));
    for offset in 0..3 {
        let around = [&vec![7; offset], raw, &[9; 5]].concat();
        for text in [
            STANDARD.encode(&around),
            URL_SAFE.encode(&around),
            hex::encode(&around),
            shown(&around),
            serde_json::to_string(&around)?,
            String::from_utf8_lossy(&around).into_owned(),
        ] {
            ensure!(canaries.found_in(text.as_bytes()) == ["anything"], "not found in {text}");
        }
    }
    ensure!(canaries.found_in(b"nothing of the kind").is_empty());
    Ok(())
}

/// What stands in the private export of a key and not in the public one.
fn only_private(private: &[u8], public: &[u8]) -> Vec<Vec<u8>> {
    const WINDOW: usize = 6;
    let is_private: Vec<bool> = private.windows(WINDOW).map(|w| !stands_in(public, w)).collect();
    let mut found = Vec::new();
    let mut start = 0;
    for run in is_private.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        // The first windows begin in what is public, the last numbers are a checksum.
        if run.first() == Some(&true) && run.len() > 30 {
            found.extend(private.get(start + WINDOW + 4..end - 4).map(<[u8]>::to_vec));
        }
        start = end;
    }
    found
}

/// A Courier with a secret in every field, and everything that it said.
struct Stage {
    courier: Courier,
    canaries: Canaries,
    variables: Vec<(&'static str, String)>,
    said: Vec<u8>,
    /// Whether the vault opens with its key file.
    key_file: bool,
}

impl Stage {
    fn new() -> Result<Self> {
        let (courier, mut canaries) = (Courier::new()?, Canaries::default());
        canaries.keep("the vault key", &std::fs::read(courier.folder().join("vault.key"))?);
        Ok(Self { courier, canaries, variables: Vec::new(), said: Vec::new(), key_file: true })
    }

    /// A secret that commands find in the variable.
    fn give(&mut self, variable: &'static str, what: &str) -> Result<()> {
        let text = self.canaries.text(what)?;
        self.variables.push((variable, text));
        Ok(())
    }

    fn value(&self, variable: &str) -> &str {
        self.variables.iter().find(|(name, _)| *name == variable).map_or("", |(_, value)| value)
    }

    fn run(&mut self, args: &[&str]) -> Result<Done> {
        let mut command = self.courier.command(&[args, &["-vvv"]].concat())?;
        if !self.key_file {
            command.env_remove("COURIER_VAULT_KEY_FILE");
        }
        command.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        let done = finish(command)?;
        self.said.extend(done.stdout.as_bytes());
        self.said.extend(done.stderr.as_bytes());
        Ok(done)
    }

    fn at(&self, name: &str) -> String {
        self.courier.folder().join(name).display().to_string()
    }

    fn apply(&mut self, bundle: &Value) -> Result<()> {
        let file = self.courier.bundle(&bundle.to_string())?;
        self.run(&["apply", "-f", &file])?.expect(0)?;
        Ok(())
    }

    fn search(&self) -> Result<()> {
        let found = self.canaries.found_in(&self.said);
        ensure!(found.is_empty(), "{found:?} came out in what was said");
        for file in files_below(&self.courier.home()) {
            let found = self.canaries.found_in(&std::fs::read(&file)?);
            ensure!(found.is_empty(), "{found:?} came out in {}", file.display());
        }
        Ok(())
    }
}

const VARIABLES: [(&str, &str); 11] = [
    ("WRONG_LOGIN", "a login's password that is wrong"),
    ("PROXY", "a proxy's password"),
    ("WRONG_PROXY", "a proxy's password that is wrong"),
    ("SSH_PASS", "the passphrase of an SSH key"),
    ("PGP_PASS", "the passphrase of a PGP key"),
    ("WRONG_PASS", "a passphrase that is wrong"),
    ("PACK", "an archive's password"),
    ("WRONG_PACK", "an archive's password that is wrong"),
    ("HOOK", "a webhook's secret"),
    ("EXPORT", "the passphrase of an exported key"),
    ("VAULT_PASS", "the vault's passphrase"),
];

#[test]
fn no_secret_comes_out_anywhere() -> Result<()> {
    let mut s = Stage::new()?;
    for (variable, what) in VARIABLES {
        s.give(variable, what)?;
    }
    let (server, relay) = (
        Ftpd::start(FtpdOptions { program: FtpProgram::Proftpd, ..FtpdOptions::default() })?,
        Relay::start(RelayOptions {
            kind: RelayKind::Socks5,
            login: Some(("user".to_owned(), s.value("PROXY").to_owned())),
            names: vec!["files.internal".to_owned()],
            ..RelayOptions::default()
        })?,
    );
    s.canaries.keep("a login's password", server.password().as_bytes());
    s.variables.push(("LOGIN", server.password().to_owned()));
    keys(&mut s)?;
    things(&mut s, &server, &relay)?;
    use_them(&mut s, &server)?;
    misuse_them(&mut s)?;
    say_everything(&mut s)?;
    let loud = String::from_utf8_lossy(&s.said);
    ensure!(loud.contains(" INFO vault set up"), "the log was silent: {loud}");
    // What is no secret stands where the search looks.
    let store = std::fs::read(s.courier.home().join("courier.db"))?;
    ensure!(
        stands_in(&s.said, b"files.internal") && stands_in(&store, b"files.internal"),
        "nothing was searched"
    );
    s.search()
}

/// What stands between the first and the last line of an armored text.
fn body(armored: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(armored)?;
    let is_body = |line: &&str| !line.is_empty() && !line.contains([':', '-']) && !line.starts_with('=');
    Ok(STANDARD.decode(text.lines().filter(is_body).collect::<String>())?)
}

/// The secret number of an Ed25519 key as OpenSSH writes it: it stands before the last copy of the public one.
fn seed(key: &[u8]) -> Result<Vec<u8>> {
    let body = body(key)?;
    let begin = memchr::memmem::find(&body, b"ssh-ed25519").context("no public half")? + 11 + 4;
    let public = body.get(begin..begin + 32).context("cut")?;
    let last = memchr::memmem::rfind(&body, public).context("no private half")?;
    Ok(body.get(last - 32..last).context("cut")?.to_vec())
}

fn keys(s: &mut Stage) -> Result<()> {
    for (name, variable) in [("open", ""), ("locked", "SSH_PASS")] {
        let path = s.at(name);
        let keygen = |args: &[&str]| run(Command::new("ssh-keygen").arg("-q").args(args).args(["-f", &path]));
        keygen(&["-t", "ed25519", "-N", ""])?;
        let seed = seed(&std::fs::read(&path)?)?;
        s.canaries.keep(&format!("the {name} SSH key"), &seed);
        if !variable.is_empty() {
            keygen(&["-p", "-P", "", "-N", s.value(variable)])?;
            s.run(&["key", "ssh", "import", &path, "--name", name, "--passphrase-env", "WRONG_PASS"])?
                .expect(2)?;
        }
        let from: &[&str] = if variable.is_empty() { &[] } else { &["--passphrase-env", variable] };
        s.run(&[&["key", "ssh", "import", &path, "--name", name], from].concat())?.expect(0)?;
    }
    let gpg = Gpg::new()?;
    gpg.generate("Open <open@example.org>", "future-default", "")?;
    let private = gpg.export_private("open@example.org", "")?;
    let parts = only_private(&body(&private)?, &body(&gpg.export_public("open@example.org")?)?);
    ensure!(parts.len() == 2, "{} secret numbers instead of two", parts.len());
    for part in parts {
        s.canaries.keep("a PGP key", &part);
    }
    let file = s.at("open.asc");
    std::fs::write(&file, private)?;
    s.run(&["key", "pgp", "import", &file, "--name", "open"])?.expect(0)?;
    gpg.generate("Locked <locked@example.org>", "future-default", s.value("PGP_PASS"))?;
    let file = s.at("locked.asc");
    std::fs::write(&file, gpg.export_private("locked@example.org", s.value("PGP_PASS"))?)?;
    let import = ["key", "pgp", "import", &file, "--name", "locked", "--passphrase-env"];
    s.run(&[&import[..], &["WRONG_PASS"]].concat())?.expect(2)?;
    s.run(&[&import[..], &["PGP_PASS"]].concat())?.expect(0)?;
    let user = ["--user-id", "Ours <ours@example.org>", "--passphrase-env", "PGP_PASS"];
    s.run(&[&["key", "pgp", "generate", "ours"], &user[..]].concat())?.expect(0)?;
    // The one command whose purpose is to tell it.
    let revocation = body(s.courier.ok(&["key", "pgp", "export", "ours", "--revocation"])?.as_bytes())?;
    let end = revocation.len();
    s.canaries.keep("a revocation certificate", revocation.get(end - 40..end - 8).context("cut")?);
    let file = s.at("exported.asc");
    let export =
        ["key", "pgp", "export", "ours", "--private", "--passphrase-env", "EXPORT", "--output", &file];
    s.run(&export)?.expect(0)?;
    Ok(())
}

fn things(s: &mut Stage, server: &Ftpd, relay: &Relay) -> Result<()> {
    let connection = |name: &str, host: &str, password: &str, proxy: Option<&str>| {
        let mut made = json!({
            "name": name, "protocol": "ftp", "host": host, "port": server.port(), "username": server.user(),
            "auth_method": "password", "password": { "env": password },
        });
        if let Some(password) = proxy {
            made["proxy"] =
                json!({ "kind": "socks5", "host": "127.0.0.1", "port": relay.port(), "username": "user" });
            made["proxy_password"] = json!({ "env": password });
        }
        made
    };
    let job = |name: &str, steps: &[(&str, Value)]| {
        let step = |(n, (kind, configuration)): (usize, &(&str, Value))| json!({ "name": format!("S{n}"), "type_key": kind, "configuration": configuration });
        json!({ "name": name, "failure_policy": { "type": "stop" },
            "steps": steps.iter().enumerate().map(step).collect::<Vec<_>>() })
    };
    let letter = s.at("letter.txt");
    std::fs::write(&letter, "Dear Sir or Madam")?;
    let (packed, out) = (s.at("packed.7z"), s.at("out/"));
    let pack = (
        "file.zip",
        json!({ "source_paths": letter, "output_path": packed, "format": "7z", "password": { "env": "PACK" } }),
    );
    let unpack = |password: &str| {
        (
            "file.unzip",
            json!({ "archive_path": packed, "output_directory": out, "password": { "env": password } }),
        )
    };
    let send = |connection: &str| {
        (
            "ftp.upload",
            json!({ "connection_id": connection, "local_path": packed, "remote_path": server.remote("sent/") }),
        )
    };
    let encrypt = (
        "pgp.encrypt",
        json!({ "input_path": packed, "output_path": out, "recipient_key_ids": ["open", "locked", "ours"], "signing_key_id": "ours" }),
    );
    let decrypt = (
        "pgp.decrypt",
        json!({ "input_path": "{{ steps.s1.files }}", "output_path": s.at("opened/"), "require_signature": true, "private_key_ids": ["locked"] }),
    );
    let bundle = json!({
        "courier": 1,
        "connections": [
            connection("files", "127.0.0.1", "LOGIN", None),
            connection("wrong", "127.0.0.1", "WRONG_LOGIN", None),
            connection("walled", "files.internal", "LOGIN", Some("PROXY")),
            connection("walled-off", "files.internal", "LOGIN", Some("WRONG_PROXY")),
            { "name": "away", "protocol": "sftp", "host": "127.0.0.1", "port": 9, "username": "u",
              "auth_method": "password_and_ssh_key", "ssh_key_id": "locked", "password": { "env": "LOGIN" } },
        ],
        "jobs": [
            job("good", &[pack, encrypt, decrypt, unpack("PACK"), send("files"), send("walled")]),
            job("bad-pack", &[unpack("WRONG_PACK")]),
            job("bad-login", &[send("wrong")]),
            job("bad-proxy", &[send("walled-off")]),
        ],
        "notification_rules": [
            { "name": "tell", "event_types": ["JobFailed"],
              "channel": { "type": "webhook", "url": "https://127.0.0.1:9/x", "secret": { "env": "HOOK" } } },
        ],
    });
    s.apply(&bundle)?;
    // A second time, with other secrets in their places.
    for (_, value) in s.variables.iter_mut().filter(|(name, _)| *name == "HOOK") {
        *value = s.canaries.text("a webhook's second secret")?;
    }
    s.apply(&bundle)
}

fn use_them(s: &mut Stage, server: &Ftpd) -> Result<()> {
    for connection in ["files", "walled"] {
        s.run(&["connection", "test", connection, "--write"])?.expect(0)?;
    }
    s.run(&["run", "good", "--json"])?.expect(0)?;
    ensure!(server.data().join("sent/packed.7z").is_file(), "nothing arrived");
    let (letter, sealed) = (s.at("letter.txt"), s.at("sealed"));
    let encrypt =
        ["pgp", "encrypt", &letter, "--recipient", "ours", "--sign-with", "ours", "--output", &sealed];
    s.run(&encrypt)?.expect(0)?;
    let opened = s.at("opened.txt");
    s.run(&["pgp", "decrypt", &sealed, "--require-signature", "--output", &opened])?.expect(0)?;
    let zip = s.at("by-hand.zip");
    let create = ["archive", "create", &zip, &letter, "--format", "zip", "--password-env", "PACK"];
    s.run(&create)?.expect(0)?;
    s.run(&["connection", "ls", "files", "/"])?;
    passphrase_vault(s)?;
    // The one command whose purpose is to tell it.
    let code = s.courier.ok(&["vault", "rotate"])?;
    s.canaries.keep("the recovery code", code.trim().as_bytes());
    s.canaries.keep("the vault's second key", &std::fs::read(s.courier.folder().join("vault.key"))?);
    Ok(())
}

fn passphrase_vault(s: &mut Stage) -> Result<()> {
    let home = s.courier.home().join("second").display().to_string();
    let mut init =
        s.courier.command(&["--home", &home, "vault", "init", "--passphrase-env", "VAULT_PASS"])?;
    init.env_remove("COURIER_VAULT_KEY_FILE").env("VAULT_PASS", s.value("VAULT_PASS"));
    let code = finish(init)?.expect(0)?.stdout.trim().to_owned();
    s.canaries.keep("the second vault's recovery code", code.as_bytes());
    let file = s.at("code");
    std::fs::write(&file, format!("{code}X"))?;
    for (args, status) in [
        (["unlock", "--passphrase-env", "WRONG_PASS"], 4),
        (["unlock", "--passphrase-env", "VAULT_PASS"], 0),
        (["recover", "--code-file", &file], 2),
    ] {
        let without_key = std::mem::take(&mut s.key_file);
        let done = s.run(&[&["--home", &home, "vault"], &args[..]].concat());
        s.key_file = without_key;
        done?.expect(status)?;
    }
    Ok(())
}

fn misuse_them(s: &mut Stage) -> Result<()> {
    for connection in ["wrong", "walled-off", "away"] {
        s.run(&["connection", "test", connection])?.expect(6)?;
    }
    for (job, status) in [("bad-pack", 1), ("bad-login", 6), ("bad-proxy", 6)] {
        s.run(&["run", job])?.expect(status)?;
    }
    let (zip, out) = (s.at("by-hand.zip"), s.at("never"));
    s.run(&["archive", "extract", &zip, "--output", &out, "--password-env", "WRONG_PACK"])?.expect(1)?;
    // Secrets where none belong are refused without being repeated.
    let told = s.value("LOGIN").to_owned();
    let misplaced = json!({ "courier": 1, "connections": [{ "name": "x", "protocol": "ftp", "host": "h", "username": "u", "password": told }] });
    let file = s.courier.bundle(&misplaced.to_string())?;
    s.run(&["apply", "-f", &file])?.expect(2)?;
    Ok(())
}

fn say_everything(s: &mut Stage) -> Result<()> {
    let runs = s.run(&["execution", "list", "--json"])?.expect(0)?.json()?;
    let runs: Vec<String> = runs
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|run| Some(run["id"].as_str()?.to_owned()))
        .collect();
    ensure!(runs.len() == 4, "{runs:?}");
    for id in &runs {
        for what in ["show", "logs", "receipts"] {
            s.run(&["execution", what, id])?.expect(0)?;
            s.run(&["execution", what, id, "--json"])?.expect(0)?;
        }
    }
    for (kind, name) in [("connection", "walled"), ("job", "good"), ("notify", "tell")] {
        s.run(&[kind, "show", name])?.expect(0)?;
        s.run(&[kind, "show", name, "--json"])?.expect(0)?;
    }
    for key in ["pgp", "ssh"] {
        for name in ["open", "locked"] {
            for what in ["show", "export"] {
                s.run(&["key", key, what, name])?.expect(0)?;
            }
            s.run(&["key", key, "show", name, "--json"])?.expect(0)?;
        }
    }
    for args in [
        &["export"][..],
        &["job", "export", "good"],
        &["job", "versions", "good"],
        &["job", "delete", "bad-pack"],
        &["audit", "export"],
        &["audit", "list", "--json"],
        &["events", "list", "--json"],
        &["settings", "list"],
        &["vault", "status", "--json"],
        &["doctor", "--json"],
        &["db", "check"],
    ] {
        s.run(args)?.expect(0)?;
    }
    Ok(())
}
