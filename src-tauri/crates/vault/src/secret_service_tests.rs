//! The vault against the real Secret Service: a private D-Bus with a private gnome-keyring, and no D-Bus at all.
//!
//! Each outer test starts its inner half (marked ignored) in this same test program, with its own bus and folders.

use super::tests::{options, place};
use super::*;
use crate::keychain::Keychain;
use crate::place::account_of;
use courier_domain::ErrorCode;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use tempfile::TempDir;

const FOLDER: &str = "COURIER_TEST_FOLDER";

/// A user's home and runtime folder that nothing else uses.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("run")).unwrap();
        fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o700)).unwrap();
        Self(folder)
    }

    fn run(&self, mut command: Command) {
        let output = command
            .env(FOLDER, self.0.path())
            .env("HOME", self.0.path())
            .env("XDG_RUNTIME_DIR", self.0.path().join("run"))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_DATA_HOME")
            .output()
            .expect("dbus-run-session is installed");
        let text = String::from_utf8_lossy(&output.stdout);
        let passed = output.status.success() && text.contains("1 passed");
        assert!(passed, "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    fn with_keyring(&self, daemon: &str, inner: &str) {
        let program = std::env::current_exe().unwrap();
        let script = format!("{daemon} >/dev/null 2>&1; exec \"$0\" --exact --ignored --nocapture \"$1\"");
        let mut command = Command::new("dbus-run-session");
        command.args(["--", "sh", "-c", &script]).arg(program).arg(name_of(inner));
        self.run(command);
    }

    fn unlocked(&self, inner: &str) {
        self.with_keyring("printf pw | gnome-keyring-daemon --unlock --components=secrets", inner);
    }
}

fn name_of(inner: &str) -> String {
    format!("{}::{inner}", module_path!().split_once("::").unwrap().1)
}

fn open() -> Vault {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by its outer test"));
    let home = folder.join("courier");
    fs::create_dir_all(&home).unwrap();
    Vault::open(&home, options(Keychain::system()))
}

fn account(vault: &Vault) -> String {
    account_of(&vault.0.home)
}

fn entry(vault: &Vault, modifiers: &[(&str, &str)]) -> keyring_core::Entry {
    use keyring_core::api::CredentialStoreApi;
    let store = zbus_secret_service_keyring_store::Store::new().unwrap();
    let modifiers: HashMap<&str, &str> = modifiers.iter().copied().collect();
    store.build("dev.courier.app", &account(vault), Some(&modifiers)).unwrap()
}

#[test]
fn a_vault_lives_in_the_keyring_and_survives_its_accidents() {
    Desk::new().unlocked("lifetime");
}

#[test]
#[ignore = "started by its outer test"]
fn lifetime() {
    let vault = open();
    let code = vault.ensure().unwrap().expect("a new vault").expose();
    assert_eq!(vault.status().key_source, Some(KeySource::Keychain));
    let sealed = vault.seal(&place(), b"hunter2").unwrap();
    let opens = |vault: &Vault| {
        assert_eq!(vault.open_secret(&place(), &sealed).unwrap().expose(), b"hunter2");
    };
    let again = open();
    assert!(again.ensure().unwrap().is_none());
    opens(&again);

    // The description is lost: the keyring's key is taken over, not replaced.
    fs::remove_file(again.0.home.join("vault.json")).unwrap();
    let found = open();
    let code = found.ensure().unwrap().map_or(code, |code| code.expose());
    opens(&found);

    // The entry is deleted: nothing is made anew, the recovery code repairs it.
    entry(&found, &[]).delete_credential().unwrap();
    let orphan = open();
    assert_eq!(orphan.state(), VaultState::Unavailable);
    assert!(orphan.status().detail.contains("is gone"), "{}", orphan.status().detail);
    assert!(matches!(orphan.ensure(), Err(VaultError::KeychainEntryMissing { .. })));
    assert!(matches!(orphan.init(InitMethod::Keychain), Err(VaultError::AlreadyInitialised)));
    orphan.unlock_with_recovery(&code).unwrap();
    orphan.keep_key_in(InitMethod::Keychain).unwrap();
    opens(&open());

    // Another key in the entry.
    let right = entry(&found, &[]).get_secret().unwrap();
    entry(&found, &[]).set_secret(&(0..32).collect::<Vec<u8>>()).unwrap();
    let wrong = open();
    assert!(matches!(wrong.unlock(Unlock::Keychain), Err(VaultError::WrongKey { .. })));
    entry(&found, &[]).set_secret(b"not a key").unwrap();
    assert!(matches!(wrong.unlock(Unlock::Keychain), Err(VaultError::KeychainEntryDamaged { .. })));
    entry(&found, &[]).set_secret(&right).unwrap();
    wrong.unlock(Unlock::Keychain).unwrap();

    // A second entry that answers to the same name.
    entry(&found, &[("target", "default")]).set_secret(&right).unwrap();
    let twice = open();
    assert!(twice.status().detail.contains("2 entries"), "{}", twice.status().detail);
    assert!(matches!(twice.unlock(Unlock::Keychain), Err(VaultError::KeychainAmbiguous { count: 2, .. })));
}

#[test]
fn a_locked_keyring_locks_the_vault_and_makes_no_new_key() {
    let desk = Desk::new();
    desk.unlocked("set_up");
    let before = fs::read(desk.0.path().join("courier/vault.json")).unwrap();
    desk.with_keyring("gnome-keyring-daemon --start --components=secrets", "meet_locked");
    assert_eq!(fs::read(desk.0.path().join("courier/vault.json")).unwrap(), before);
    desk.unlocked("meet_unlocked");
}

#[test]
#[ignore = "started by its outer test"]
fn set_up() {
    assert!(open().ensure().unwrap().is_some());
}

#[test]
#[ignore = "started by its outer test"]
fn meet_locked() {
    let vault = open();
    assert_eq!(vault.state(), VaultState::Locked, "{}", vault.status().detail);
    let error = vault.unlock(Unlock::Keychain).unwrap_err();
    assert_eq!(error.code(), ErrorCode::VaultLocked, "{error}");
    assert!(error.to_string().contains("keychain is locked"), "{error}");
    assert_eq!(vault.seal(&place(), b"pw").unwrap_err().code(), ErrorCode::VaultLocked);
}

#[test]
#[ignore = "started by its outer test"]
fn meet_unlocked() {
    assert_eq!(open().state(), VaultState::Unlocked);
}

#[test]
fn without_a_bus_the_keychain_is_absent_and_says_so() {
    let desk = Desk::new();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--ignored", "--nocapture", &name_of("meet_nothing")])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    desk.run(command);
}

#[test]
#[ignore = "started by its outer test"]
fn meet_nothing() {
    let vault = open();
    assert!(vault.ensure().unwrap().is_none());
    assert_eq!(vault.state(), VaultState::Uninitialised);
    assert!(vault.status().detail.contains("There is no keychain here"), "{}", vault.status().detail);
    assert!(matches!(vault.init(InitMethod::Keychain), Err(VaultError::KeychainAbsent { .. })));
}
