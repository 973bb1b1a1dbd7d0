//! `ssh-keygen` and `puttygen` agree with us about keys, both ways.

use super::*;
use courier_domain::ErrorCode;
use std::fs;
use std::path::Path;
use std::process::Command;

fn run(folder: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(folder).output().expect("it is installed");
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn write_private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// Type and base64, without the comment.
fn body(line: &str) -> Vec<&str> {
    line.split_whitespace().take(2).collect()
}

const PASSPHRASE: &str = "correct horse";

/// Whether `bytes` come in as the key whose public line is `public`, and only with the right passphrase.
fn comes_in(
    folder: &Path,
    bytes: &[u8],
    protected: bool,
    expected: SshKeyType,
    fingerprint: &str,
) -> Result<(), String> {
    let passphrase = protected.then(|| SecretString::from(PASSPHRASE));
    let key = import(bytes, passphrase.as_ref()).map_err(|error| error.to_string())?;
    if (key.key_type, key.fingerprint.as_str()) != (expected, fingerprint) {
        return Err(format!("{} {} instead of {expected} {fingerprint}", key.key_type, key.fingerprint));
    }
    if protected {
        let without = import(bytes, None);
        if !matches!(without, Err(KeysError::PassphraseNeeded { .. })) {
            return Err(format!("without a passphrase: {without:?}"));
        }
        let wrong = import(bytes, Some(&SecretString::from("wrong")));
        if !matches!(wrong, Err(KeysError::WrongPassphrase { .. })) {
            return Err(format!("with a wrong passphrase: {wrong:?}"));
        }
    }
    // The stored form is open, because the vault protects it, and OpenSSH reads it.
    write_private(&folder.join("stored"), key.private.expose());
    let public = run(folder, "ssh-keygen", &["-y", "-P", "", "-f", "stored"]);
    if body(&public) == body(&key.public_line) { Ok(()) } else { Err("OpenSSH reads another key".into()) }
}

fn fingerprint_of(folder: &Path, public: &str) -> String {
    run(folder, "ssh-keygen", &["-l", "-f", public]).split_whitespace().nth(1).unwrap().to_owned()
}

/// Makes the key `base`, once for each kind; large RSA keys take long.
fn make_base(folder: &Path, kind: &[&str]) {
    let _ = (fs::remove_file(folder.join("base")), fs::remove_file(folder.join("base.pub")));
    run(folder, "ssh-keygen", &[&["-q", "-N", "", "-C", "theirs", "-f", "base"], kind].concat());
}

/// The key `base` as ssh-keygen writes it in one of its formats, and its fingerprint.
fn by_ssh_keygen(folder: &Path, format: &str, protected: bool) -> (Vec<u8>, String) {
    fs::copy(folder.join("base"), folder.join("theirs")).unwrap();
    let passphrase = if protected { PASSPHRASE } else { "" };
    run(folder, "ssh-keygen", &["-q", "-p", "-m", format, "-P", "", "-N", passphrase, "-f", "theirs"]);
    (fs::read(folder.join("theirs")).unwrap(), fingerprint_of(folder, "base.pub"))
}

/// The key `base` as puttygen writes it.
fn by_puttygen(folder: &Path, version: &str, protected: bool) -> (Vec<u8>, String) {
    let fingerprint = fingerprint_of(folder, "base.pub");
    fs::write(folder.join("pass"), PASSPHRASE).unwrap();
    let mut args = vec!["base", "-o", "id.ppk", "-O", "private", "--ppk-param", version];
    if protected {
        args.extend(["-P", "--new-passphrase", "pass"]);
    }
    run(folder, "puttygen", &args);
    (fs::read(folder.join("id.ppk")).unwrap(), fingerprint)
}

/// The key `base` in PEM under one of OpenSSL's old ciphers.
fn by_openssl(folder: &Path, cipher: &str) -> (Vec<u8>, String) {
    let (pem, fingerprint) = by_ssh_keygen(folder, "PEM", false);
    let command = if String::from_utf8_lossy(&pem).contains("BEGIN RSA") { "rsa" } else { "ec" };
    let pass = format!("pass:{PASSPHRASE}");
    let mut args = vec![command, "-in", "theirs", "-out", "old", cipher, "-passout", &pass];
    if command == "rsa" {
        args.push("-traditional");
    }
    run(folder, "openssl", &args);
    (fs::read(folder.join("old")).unwrap(), fingerprint)
}

/// Whether OpenSSH and PuTTY read a key made here.
fn goes_out(folder: &Path, key_type: SshKeyType) -> Result<(), String> {
    let made = generate(key_type, "courier test").map_err(|error| error.to_string())?;
    write_private(&folder.join("ours"), made.private.expose());
    fs::write(folder.join("ours.pub"), &made.public_line).unwrap();
    let listed = run(folder, "ssh-keygen", &["-l", "-f", "ours.pub"]);
    let read = run(folder, "ssh-keygen", &["-y", "-f", "ours"]);
    let putty = run(folder, "puttygen", &["ours", "-L"]);
    let again = import(made.private.expose(), None).map_err(|error| error.to_string())?;
    load_private(&made.private, None).map_err(|error| error.to_string())?;
    let named = listed.contains(&format!("{} courier test", made.fingerprint));
    let same = body(&read) == body(&made.public_line) && body(&putty) == body(&made.public_line);
    let ours = again.fingerprint == made.fingerprint && made.key_type == key_type;
    let public =
        public_fingerprint(&made.public_line).map_err(|error| error.to_string())? == made.fingerprint;
    if named && same && ours && public { Ok(()) } else { Err(format!("{listed} {read} {putty}")) }
}

#[test]
fn interoperability_matrix_of_ssh_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let kinds: [(&[&str], SshKeyType); 5] = [
        (&["-t", "ed25519"], SshKeyType::Ed25519),
        (&["-t", "ecdsa", "-b", "256"], SshKeyType::Ecdsa256),
        (&["-t", "rsa", "-b", "2048"], SshKeyType::Rsa2048),
        (&["-t", "rsa", "-b", "3072"], SshKeyType::Rsa3072),
        (&["-t", "rsa", "-b", "4096"], SshKeyType::Rsa4096),
    ];
    let (mut failures, mut lines) = (Vec::new(), Vec::new());
    let mut columns = Vec::new();
    for (kind, key_type) in kinds {
        make_base(folder, kind);
        let mut cells: Vec<(String, Option<Result<(), String>>)> = Vec::new();
        let mut add = |column: String, made: Option<(Vec<u8>, String)>, protected| {
            let cell =
                made.map(|(bytes, fingerprint)| comes_in(folder, &bytes, protected, key_type, &fingerprint));
            cells.push((column, cell));
        };
        // ssh-keygen writes Ed25519 in its own format whatever it is told.
        let has_pem = key_type != SshKeyType::Ed25519;
        for (protected, word) in [(false, ""), (true, ", passphrase")] {
            for (format, name) in [("RFC4716", "OpenSSH"), ("PEM", "PEM"), ("PKCS8", "PKCS#8")] {
                let made = (has_pem || format == "RFC4716").then(|| by_ssh_keygen(folder, format, protected));
                add(format!("{name}{word}"), made, protected);
            }
            for version in ["version=2", "version=3"] {
                let name = version.replace("version=", "PuTTY v");
                add(format!("{name}{word}"), Some(by_puttygen(folder, version, protected)), protected);
            }
        }
        for cipher in ["-aes192", "-aes256", "-des3"] {
            let made = has_pem.then(|| by_openssl(folder, cipher));
            add(format!("PEM {cipher}"), made, true);
        }
        cells.push(("made here".into(), Some(goes_out(folder, key_type))));
        let shown = cells.iter().map(|(_, cell)| match cell {
            None => "–",
            Some(Ok(())) => "ok",
            Some(Err(_)) => "FAILED",
        });
        lines.push(format!("| {key_type} | {} |", shown.collect::<Vec<_>>().join(" | ")));
        columns = cells.iter().map(|(column, _)| column.clone()).collect();
        failures.extend(
            cells.into_iter().filter_map(|(column, cell)| {
                cell?.err().map(|error| format!("{key_type}, {column}: {error}"))
            }),
        );
    }
    println!(
        "| key | {} |\n|---{}|\n{}",
        columns.join(" | "),
        "|---".repeat(columns.len()),
        lines.join("\n")
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_pem_key_under_a_cipher_nobody_uses_any_more_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    make_base(folder.path(), &["-t", "rsa", "-b", "2048"]);
    let (bytes, _) = by_openssl(folder.path(), "-aes128");
    let text = String::from_utf8(bytes).unwrap();
    let passphrase = SecretString::from(PASSPHRASE);
    let error = import(text.replace("AES-128-CBC", "SEED-CBC").as_bytes(), Some(&passphrase)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported);
    assert!(error.to_string().contains("ssh-keygen -p"), "{error}");
    for (from, to) in
        [("DEK-Info: AES-128-CBC,", "DEK-Info: AES-128-CBC,zz"), ("DEK-Info", "Other"), ("MII", "???")]
    {
        let damaged = text.replace(from, to);
        if damaged != text {
            let code = import(damaged.as_bytes(), Some(&passphrase)).unwrap_err().code();
            assert!([ErrorCode::KeyUnreadable, ErrorCode::WrongPassphrase].contains(&code), "{to}: {code:?}");
        }
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_matter() {
    let made = generate(SshKeyType::Ed25519, "w").unwrap();
    let text = format!("\u{feff}{}", String::from_utf8_lossy(made.private.expose()).replace('\n', "\r\n"));
    assert_eq!(import(text.as_bytes(), None).unwrap().fingerprint, made.fingerprint);
}

#[test]
fn what_is_no_private_key_says_so() {
    let made = generate(SshKeyType::Ed25519, "p").unwrap();
    let error = import(made.public_line.as_bytes(), None).unwrap_err();
    assert!(error.to_string().contains("public half"), "{error}");
    for rubbish in [
        &b""[..],
        b"hello",
        &[0xff, 0xfe],
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    ] {
        assert_eq!(import(rubbish, None).unwrap_err().code(), ErrorCode::KeyUnreadable);
    }
    assert!(matches!(
        generate(SshKeyType::Ed25519, "a\nb"),
        Err(KeysError::Invalid { field: "comment", .. })
    ));
}

#[test]
fn kinds_of_keys_we_do_not_use_are_named() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "ssh-keygen", &["-q", "-t", "ecdsa", "-b", "521", "-N", "", "-f", "big"]);
    let error = import(&fs::read(folder.path().join("big")).unwrap(), None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unsupported);
    assert!(error.to_string().contains("nistp521"), "{error}");
}

#[test]
fn a_public_line_is_read_with_its_type_and_fingerprint() {
    let made = generate(SshKeyType::Ecdsa256, "p").unwrap();
    let read = read_public(&format!("{}\n", made.public_line)).unwrap();
    assert_eq!(
        (read.key_type, read.public_line, read.fingerprint),
        (made.key_type, made.public_line, made.fingerprint)
    );
    assert_eq!(read_public("ssh-ed25519 AAAA").unwrap_err().code(), ErrorCode::KeyUnreadable);
}

#[test]
fn a_file_that_would_take_for_ever_to_open_is_not_tried() {
    let passphrase = SecretString::new("words".to_owned());
    let putty = |memory: &str, passes: &str| {
        format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: x\nPublic-Lines: 1\nAAAA\n\
             Key-Derivation: Argon2id\nArgon2-Memory: {memory}\nArgon2-Passes: {passes}\nArgon2-Parallelism: 1\n\
             Argon2-Salt: 00\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n"
        )
    };
    for (memory, passes) in [("8192", "4000000"), ("4000000000", "1"), ("0", "1"), ("8192", "0"), ("x", "1")]
    {
        let refused = import(putty(memory, passes).as_bytes(), Some(&passphrase)).unwrap_err();
        assert!(matches!(refused, KeysError::KeyUnreadable { .. }), "{memory} {passes}: {refused}");
    }
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "ssh-keygen", &["-q", "-t", "ed25519", "-a", "1", "-N", "words", "-f", "key"]);
    let text = fs::read_to_string(folder.path().join("key")).unwrap();
    assert!(import(text.as_bytes(), Some(&passphrase)).is_ok());
    let many = with_rounds(&text, u32::MAX);
    let begun = std::time::Instant::now();
    let refused = import(many.as_bytes(), Some(&passphrase)).unwrap_err();
    assert!(matches!(refused, KeysError::KeyUnreadable { .. }), "{refused}");
    assert!(begun.elapsed().as_secs() < 5);
}

/// The key with another number of rounds, which stands behind the salt of 16 bytes.
fn with_rounds(key: &str, rounds: u32) -> String {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let mut bytes = engine.decode(body).unwrap();
    let name = bytes.windows(6).position(|window| window == b"bcrypt").unwrap();
    let at = name + 6 + 4 + 4 + 16;
    bytes[at..at + 4].copy_from_slice(&rounds.to_be_bytes());
    let body = engine.encode(bytes);
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n")
}
