//! Every algorithm and mode, between us, gpg and sq, both ways: one key in the hands of all three, whoever made it.
//!
//! Prints a table of how many modes went through; one that did not fails the test with its reason.

use super::testing::*;
use super::*;
use anyhow::{Context, Result, bail, ensure};
use courier_domain::key::PgpAlgorithm;
use courier_domain::receipt::VerifyStatus;
use courier_domain::step::{OutputFormat, PgpCompression, SignMode};
use courier_vault::SecretBytes;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

const TEXT: &[u8] = b"Invoice 4711\n- 3 apples\nFrom the orchard\n";
const USER: &str = "all@example.org";

/// One key pair, held by everybody.
struct Row {
    name: String,
    gpg: Gnupg,
    key: PrivateKey,
    certificate: Certificate,
    content: Vec<u8>,
}

fn sq(folder: &Path, args: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new("sq").args(args).current_dir(folder).output().context("sq is missing")?;
    ensure!(output.status.success(), "sq {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

impl Row {
    /// Takes a secret key, binary or armored, from wherever it was made.
    fn of(name: String, gpg: Gnupg, secret: Vec<u8>) -> Result<Self> {
        let file = gpg.path("key");
        fs::write(&file, &secret)?;
        gpg.run(&["--import", text(&file)]);
        let key = PrivateKey::open(&SecretBytes::new(secret), None)?;
        let certificate = key.certificate();
        fs::write(gpg.path("cert"), export_public(&certificate, OutputFormat::Armored)?)?;
        let content = noise(200_000);
        fs::write(gpg.path("plain"), &content)?;
        fs::write(gpg.path("text"), TEXT)?;
        Ok(Self { name, gpg, key, certificate, content })
    }

    fn made_here(algorithm: PgpAlgorithm) -> Result<Self> {
        let made = pair(algorithm, USER).made;
        Self::of(format!("ours {algorithm}"), Gnupg::new(), made.private.expose().to_vec())
    }

    fn made_by_gpg(primary: &str, subkey: &str) -> Result<Self> {
        let gpg = Gnupg::new();
        gpg.run(&["--quick-generate-key", USER, primary, "sign", "never"]);
        let listing = String::from_utf8(gpg.run(&["--with-colons", "--list-keys", USER]).0)?;
        let line = listing.lines().find(|line| line.starts_with("fpr")).context("no fingerprint")?;
        let fingerprint = line.split(':').nth(9).context("no fingerprint")?;
        gpg.run(&["--quick-add-key", fingerprint, subkey, "encr", "never"]);
        let secret = gpg.run(&["--export-secret-keys", USER]).0;
        Self::of(format!("gpg {primary}"), gpg, secret)
    }

    fn made_by_sq(suite: &str) -> Result<Self> {
        let gpg = Gnupg::new();
        let file = gpg.path("sq.key");
        sq(
            gpg.0.path(),
            &["key", "generate", "--cipher-suite", suite, "--userid", USER, "--export", text(&file)],
        )?;
        let secret = fs::read(file)?;
        Self::of(format!("sq {suite}"), gpg, secret)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.gpg.path(name)
    }

    /// A name that is free again.
    fn fresh(&self, name: &str) -> PathBuf {
        let path = self.at(name);
        let _ = fs::remove_file(&path);
        path
    }

    fn we_encrypt(&self, format: OutputFormat, compression: PgpCompression) -> Result<PathBuf> {
        let (input, output) = (self.at("plain"), self.fresh("sealed"));
        let request = EncryptRequest {
            input: &input,
            output: &output,
            recipients: std::slice::from_ref(&self.certificate),
            signer: Some(&self.key),
            format,
            compression,
            now: now(),
        };
        quietly(|control| encrypt(&request, control))?;
        Ok(output)
    }

    fn we_decrypt(&self, sealed: &Path) -> Result<()> {
        let opened = self.fresh("opened");
        let (keys, signers) = (std::slice::from_ref(&self.key), std::slice::from_ref(&self.certificate));
        let done = decrypt_with(sealed, &opened, keys, signers, SignatureRule::Required)?;
        ensure!(done.verify.is_some_and(|found| found.is_valid), "not signed well");
        let content = fs::read(opened)?;
        // As a text it comes with the line ends of texts.
        let is_text = content.ends_with(b"\r\n")
            && String::from_utf8_lossy(&content).replace("\r\n", "\n").as_bytes() == TEXT;
        ensure!(content == self.content || is_text, "other content");
        Ok(())
    }

    fn gpg_decrypts(&self, sealed: &Path) -> Result<()> {
        let output = self.gpg.try_run(&["--decrypt", text(sealed)]);
        let status = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && status.contains("GOODSIG"), "{status}");
        ensure!(output.stdout == self.content, "other content");
        Ok(())
    }

    fn sq_decrypts(&self, sealed: &Path) -> Result<()> {
        let args = ["decrypt", "--recipient-key", "key", "--signer-cert", "cert", text(sealed)];
        ensure!(sq(self.gpg.0.path(), &args)? == self.content, "other content");
        Ok(())
    }

    fn gpg_encrypts(&self, options: &[&str]) -> Result<PathBuf> {
        let sealed = self.fresh("sealed");
        let plain = self.at(if options.contains(&"--textmode") { "text" } else { "plain" });
        let mut args = vec!["--output", text(&sealed), "--recipient", USER];
        args.extend(options);
        args.extend(["--sign", "--encrypt", text(&plain)]);
        let output = self.gpg.try_run(&args);
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(sealed)
    }

    fn sq_encrypts(&self, options: &[&str]) -> Result<PathBuf> {
        let sealed = self.fresh("sealed");
        let mut args =
            vec!["encrypt", "--recipient-cert", "cert", "--signer-key", "key", "--output", text(&sealed)];
        args.extend(options);
        args.push("plain");
        sq(self.gpg.0.path(), &args)?;
        Ok(sealed)
    }

    fn we_sign(&self, mode: SignMode, format: OutputFormat) -> Result<PathBuf> {
        let (input, output) = (self.at("text"), self.fresh("signed"));
        let request =
            SignRequest { input: &input, output: &output, signer: &self.key, mode, format, now: now() };
        quietly(|control| sign(&request, control))?;
        Ok(output)
    }

    fn we_verify(&self, signed: &Path, form: Form) -> Result<()> {
        let (input, signature) = match form {
            Form::Beside => (self.at("text"), Some(signed)),
            Form::Around => (signed.to_owned(), None),
        };
        let found = verify_by(&input, signature, std::slice::from_ref(&self.certificate))?;
        ensure!(found.result.status == VerifyStatus::Valid, "{}", found.detail);
        ensure!(found.result.signer_fingerprint == Some(self.certificate.fingerprint()));
        Ok(())
    }

    fn gpg_verifies(&self, signed: &Path, form: Form) -> Result<()> {
        let plain = self.at("text");
        let output = match form {
            Form::Beside => self.gpg.try_run(&["--verify", text(signed), text(&plain)]),
            Form::Around => self.gpg.try_run(&["--decrypt", text(signed)]),
        };
        let status = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && status.contains("GOODSIG"), "{status}");
        // The line end before a clear signature belongs to the frame, and gpg prints it.
        let shown = output.stdout.trim_ascii_end() == TEXT.trim_ascii_end();
        ensure!(form == Form::Beside || shown, "other content");
        Ok(())
    }

    fn sq_verifies(&self, signed: &Path, form: Form) -> Result<()> {
        let args: &[&str] = match form {
            Form::Beside => &["verify", "--signer-cert", "cert", "--detached", text(signed), "text"],
            Form::Around => &["verify", "--signer-cert", "cert", text(signed)],
        };
        sq(self.gpg.0.path(), args).map(drop)
    }

    fn gpg_signs(&self, options: &[&str]) -> Result<PathBuf> {
        let (signed, plain) = (self.fresh("signed"), self.at("text"));
        let mut args = vec!["--output", text(&signed)];
        args.extend(options);
        args.push(text(&plain));
        let output = self.gpg.try_run(&args);
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(signed)
    }

    fn sq_signs(&self, options: &[&str]) -> Result<PathBuf> {
        let signed = self.fresh("signed");
        let mut args = vec!["sign", "--signer-key", "key", "--output", text(&signed)];
        args.extend(options);
        args.push("text");
        sq(self.gpg.0.path(), &args)?;
        Ok(signed)
    }

    /// Every way, each in every mode.
    fn cells(&self) -> Vec<(&'static str, Cell)> {
        use OutputFormat::{Armored, Binary};
        use PgpCompression::{None, Zip, Zlib};
        let ours = [(Binary, None), (Armored, None), (Binary, Zip), (Armored, Zlib)];
        let gpgs: &[&[&str]] = &[
            &[],
            &["--armor"],
            &["-z0"],
            &["--compress-algo", "zip"],
            &["--compress-algo", "zlib"],
            &["--compress-algo", "bzip2"],
            &["--throw-keyids"],
            &["--cipher-algo", "AES"],
            &["--cipher-algo", "AES192"],
            &["--digest-algo", "SHA384"],
            &["--digest-algo", "SHA512"],
            &["--textmode"],
            &["--rfc4880"],
            &["--openpgp"],
        ];
        let sqs: &[&[&str]] = &[
            &["--compression", "none"],
            &["--binary", "--compression", "none"],
            &["--compression", "zip"],
            &["--compression", "zlib"],
            &["--compression", "bzip2"],
            &["--compression", "pad"],
        ];
        let our_signs = [
            (SignMode::Detached, Binary),
            (SignMode::Detached, Armored),
            (SignMode::Inline, Binary),
            (SignMode::Inline, Armored),
            (SignMode::Clearsign, Armored),
        ];
        let gpg_signs: &[&[&str]] = &[
            &["--detach-sign"],
            &["--armor", "--detach-sign"],
            &["--sign"],
            &["--armor", "--sign"],
            &["--clearsign"],
            &["--textmode", "--detach-sign"],
        ];
        let sq_signs: &[&[&str]] =
            &[&["--detached"], &["--detached", "--binary"], &[], &["--binary"], &["--cleartext-signature"]];
        vec![
            ("we encrypt, gpg reads", Cell::of(&ours, |m| self.gpg_decrypts(&self.we_encrypt(m.0, m.1)?))),
            ("gpg encrypts, we read", Cell::of(gpgs, |m| self.we_decrypt(&self.gpg_encrypts(m)?))),
            ("we encrypt, sq reads", Cell::of(&ours, |m| self.sq_decrypts(&self.we_encrypt(m.0, m.1)?))),
            ("sq encrypts, we read", Cell::of(sqs, |m| self.we_decrypt(&self.sq_encrypts(m)?))),
            (
                "we sign, gpg checks",
                Cell::of(&our_signs, |m| self.gpg_verifies(&self.we_sign(m.0, m.1)?, m.0.into())),
            ),
            (
                "gpg signs, we check",
                Cell::of(gpg_signs, |m| self.we_verify(&self.gpg_signs(m)?, Form::named(m))),
            ),
            (
                "we sign, sq checks",
                Cell::of(&our_signs, |m| self.sq_verifies(&self.we_sign(m.0, m.1)?, m.0.into())),
            ),
            (
                "sq signs, we check",
                Cell::of(sq_signs, |m| self.we_verify(&self.sq_signs(m)?, Form::named(m))),
            ),
        ]
    }
}

/// Where a signature is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Beside,
    Around,
}

impl From<SignMode> for Form {
    fn from(mode: SignMode) -> Self {
        match mode {
            SignMode::Detached => Self::Beside,
            SignMode::Inline | SignMode::Clearsign => Self::Around,
        }
    }
}

impl Form {
    fn named(options: &[&str]) -> Self {
        if options.iter().any(|o| *o == "--detach-sign" || *o == "--detached") {
            Self::Beside
        } else {
            Self::Around
        }
    }
}

/// How many modes of one way went through, and why the others did not.
struct Cell {
    modes: usize,
    failures: Vec<String>,
}

impl Cell {
    fn of<M: std::fmt::Debug>(modes: &[M], way: impl Fn(&M) -> Result<()>) -> Self {
        let failures = modes
            .iter()
            .filter_map(|mode| way(mode).err().map(|error| format!("{mode:?}: {error:#}")))
            .collect();
        Self { modes: modes.len(), failures }
    }
}

fn rows() -> Vec<Box<dyn Fn() -> Result<Row> + Send + Sync>> {
    let mut rows: Vec<Box<dyn Fn() -> Result<Row> + Send + Sync>> = Vec::new();
    for algorithm in PgpAlgorithm::ALL {
        rows.push(Box::new(|| Row::made_here(*algorithm)));
    }
    for (primary, subkey) in [
        ("rsa2048", "rsa2048"),
        ("rsa3072", "rsa3072"),
        ("rsa4096", "rsa4096"),
        ("ed25519", "cv25519"),
        ("nistp256", "nistp256"),
        ("nistp384", "nistp384"),
    ] {
        rows.push(Box::new(move || Row::made_by_gpg(primary, subkey)));
    }
    for suite in ["rsa3k", "rsa4k", "cv25519"] {
        rows.push(Box::new(move || Row::made_by_sq(suite)));
    }
    rows
}

#[test]
fn interoperability_matrix_of_openpgp() {
    let rows = rows();
    let (next, done) = (Mutex::new(rows.iter().enumerate()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some((index, make)) = next.lock().unwrap().next() else { break };
                    let row = make().unwrap();
                    let cells = row.cells();
                    done.lock().unwrap().push((index, row.name, cells));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, ..)| *index);
    let columns: Vec<&str> = done[0].2.iter().map(|(column, _)| *column).collect();
    println!("| key made by | {} |\n|---{}|", columns.join(" | "), "|---".repeat(columns.len()));
    let mut failures = Vec::new();
    for (_, name, cells) in &done {
        let shown: Vec<String> = cells
            .iter()
            .map(|(_, cell)| format!("{}/{}", cell.modes - cell.failures.len(), cell.modes))
            .collect();
        println!("| {name} | {} |", shown.join(" | "));
        for (column, cell) in cells {
            failures.extend(cell.failures.iter().map(|failure| format!("{name}, {column}: {failure}")));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// One message for a key of each tool, made by each of them: everybody opens every one.
#[test]
fn one_message_is_for_the_keys_of_three_tools() -> Result<()> {
    let rows = [
        Row::made_here(PgpAlgorithm::EccP384)?,
        Row::made_by_gpg("rsa2048", "rsa2048")?,
        Row::made_by_sq("cv25519")?,
    ];
    let [ours, gpgs, sqs] = &rows;
    let recipients: Vec<Certificate> = rows.iter().map(|row| row.certificate.clone()).collect();
    let fingerprints: Vec<String> = recipients.iter().map(Certificate::fingerprint).collect();
    for (name, row) in [("ours", ours), ("sqs", sqs)] {
        fs::write(gpgs.at(name), export_public(&row.certificate, OutputFormat::Armored)?)?;
        gpgs.gpg.run(&["--import", text(&gpgs.at(name))]);
    }
    let (by_us, by_gpg, by_sq) = (gpgs.at("by-us"), gpgs.at("by-gpg"), gpgs.at("by-sq"));
    let plain = gpgs.at("plain");
    let request = EncryptRequest {
        input: &plain,
        output: &by_us,
        recipients: &recipients,
        signer: None,
        format: OutputFormat::Binary,
        compression: PgpCompression::None,
        now: now(),
    };
    quietly(|control| encrypt(&request, control))?;
    let mut args = vec!["--output", text(&by_gpg), "--encrypt"];
    fingerprints.iter().for_each(|fingerprint| args.extend(["--recipient", fingerprint.as_str()]));
    args.push(text(&plain));
    gpgs.gpg.run(&args);
    let certs = ["cert", "ours", "sqs"].iter().flat_map(|cert| ["--recipient-cert", *cert]);
    let args: Vec<&str> =
        ["encrypt", "--output", "by-sq"].into_iter().chain(certs).chain(["plain"]).collect();
    sq(gpgs.gpg.0.path(), &args)?;

    for sealed in [&by_us, &by_gpg, &by_sq] {
        for row in &rows {
            let opened = row.fresh("opened");
            let keys = std::slice::from_ref(&row.key);
            decrypt_with(sealed, &opened, keys, &[], SignatureRule::Optional)
                .with_context(|| format!("{} does not open {} here", row.name, sealed.display()))?;
            ensure!(fs::read(&opened)? == row.content);
            let by_gpg = row.gpg.try_run(&["--decrypt", text(sealed)]);
            if by_gpg.stdout != row.content {
                bail!("{}: gpg: {}", row.name, String::from_utf8_lossy(&by_gpg.stderr));
            }
            ensure!(
                sq(row.gpg.0.path(), &["decrypt", "--recipient-key", "key", text(sealed)])? == row.content
            );
        }
    }
    Ok(())
}
