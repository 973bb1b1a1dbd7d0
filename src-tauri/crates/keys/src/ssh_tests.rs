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

#[test]
fn ssh_keygen_accepts_every_key_made_here() {
    let folder = tempfile::tempdir().unwrap();
    for key_type in SshKeyType::ALL {
        let made = generate(*key_type, "courier test").unwrap();
        assert_eq!(made.key_type, *key_type);
        let name = key_type.as_str();
        write_private(&folder.path().join(name), made.private.expose());
        fs::write(folder.path().join("public"), &made.public_line).unwrap();
        assert_eq!(body(&run(folder.path(), "ssh-keygen", &["-y", "-f", name])), body(&made.public_line));
        let listed = run(folder.path(), "ssh-keygen", &["-l", "-f", "public"]);
        assert!(
            listed.contains(&format!("{} courier test", made.fingerprint)),
            "{listed} {}",
            made.fingerprint
        );
        assert_eq!(import(made.private.expose(), None).unwrap().fingerprint, made.fingerprint);
        assert_eq!(public_fingerprint(&made.public_line).unwrap(), made.fingerprint);
        load_private(&made.private, None).unwrap();
    }
}

#[test]
fn keys_of_ssh_keygen_come_in_plain_and_protected_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    for (args, key_type) in [
        (&["-t", "ed25519"][..], SshKeyType::Ed25519),
        (&["-t", "rsa", "-b", "2048"], SshKeyType::Rsa2048),
        (&["-t", "rsa", "-b", "3072"], SshKeyType::Rsa3072),
        (&["-t", "ecdsa", "-b", "256"], SshKeyType::Ecdsa256),
    ] {
        for format in ["RFC4716", "PEM", "PKCS8"] {
            if key_type == SshKeyType::Ed25519 && format != "RFC4716" {
                // ssh-keygen writes Ed25519 in its own format whatever it is told.
                continue;
            }
            for passphrase in ["", "correct horse"] {
                number += 1;
                let name = format!("key{number}");
                let mut all = vec!["-q", "-m", format, "-N", passphrase, "-C", "theirs", "-f", &name];
                all.extend(args);
                run(folder.path(), "ssh-keygen", &all);
                let bytes = fs::read(folder.path().join(&name)).unwrap();
                let given = (!passphrase.is_empty()).then(|| SecretString::from(passphrase));
                let what = format!("{key_type} {format} {passphrase:?}");
                if key_type == SshKeyType::Ecdsa256 && format == "PEM" && given.is_some() {
                    let error = import(&bytes, given.as_ref()).unwrap_err();
                    assert_eq!(error.code(), ErrorCode::Unsupported);
                    assert!(error.to_string().contains("ssh-keygen -p"), "{error}");
                    continue;
                }
                let key = import(&bytes, given.as_ref()).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(key.key_type, key_type);
                let public = format!("{name}.pub");
                assert!(
                    run(folder.path(), "ssh-keygen", &["-l", "-f", &public]).contains(&key.fingerprint),
                    "{what}"
                );
                if given.is_some() {
                    let wrong = SecretString::from("wrong");
                    assert!(
                        matches!(import(&bytes, None), Err(KeysError::PassphraseNeeded { .. })),
                        "{what}"
                    );
                    assert_eq!(
                        import(&bytes, Some(&wrong)).unwrap_err().code(),
                        ErrorCode::WrongPassphrase,
                        "{what}"
                    );
                }
                // The stored form is open: the vault protects it.
                write_private(&folder.path().join("stored"), key.private.expose());
                assert_eq!(
                    body(&run(folder.path(), "ssh-keygen", &["-y", "-P", "", "-f", "stored"])),
                    body(&key.public_line)
                );
            }
        }
    }
}

#[test]
fn keys_of_putty_come_in() {
    let folder = tempfile::tempdir().unwrap();
    let made = generate(SshKeyType::Ed25519, "putty").unwrap();
    write_private(&folder.path().join("id"), made.private.expose());
    fs::write(folder.path().join("pass"), "correct horse").unwrap();
    for version in ["2", "3"] {
        let parameter = format!("version={version}");
        for protect in [false, true] {
            let mut args = vec!["id", "-o", "id.ppk", "-O", "private", "--ppk-param", &parameter];
            if protect {
                args.extend(["-P", "--new-passphrase", "pass"]);
            }
            run(folder.path(), "puttygen", &args);
            let bytes = fs::read(folder.path().join("id.ppk")).unwrap();
            let passphrase = protect.then(|| SecretString::from("correct horse"));
            let key = import(&bytes, passphrase.as_ref())
                .unwrap_or_else(|error| panic!("v{version} {protect}: {error}"));
            assert_eq!(key.fingerprint, made.fingerprint);
            if protect {
                assert!(matches!(import(&bytes, None), Err(KeysError::PassphraseNeeded { .. })));
                let wrong = SecretString::from("wrong");
                assert_eq!(import(&bytes, Some(&wrong)).unwrap_err().code(), ErrorCode::WrongPassphrase);
            }
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
