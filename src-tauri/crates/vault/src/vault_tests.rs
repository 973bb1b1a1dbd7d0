//! The vault's life in every way of keeping its key that needs no desktop.

use super::*;
use crate::keychain::Keychain;
use courier_domain::{Clock, ErrorCode, Timestamp};
use std::fs;
use tempfile::TempDir;
use uuid::Uuid;

#[derive(Debug)]
struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

pub(crate) fn options(keychain: Keychain) -> VaultOptions {
    VaultOptions { keychain, ..VaultOptions::new(Arc::new(FixedClock)) }
}

fn without_keychain() -> VaultOptions {
    options(Keychain::disabled())
}

fn with_key_file(path: &Path) -> VaultOptions {
    VaultOptions { key_file: Some(path.to_owned()), ..without_keychain() }
}

pub(crate) fn place() -> SecretRef {
    SecretRef::new("connections", Uuid::from_u128(1), "password_encrypted")
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn key_file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    }
    path
}

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(text.into())
}

#[test]
fn a_new_home_is_uninitialised_and_seals_nothing() {
    let home = home();
    let vault = Vault::open(home.path(), without_keychain());
    let status = vault.status();
    assert_eq!((status.state, status.key_source, status.key_id), (VaultState::Uninitialised, None, None));
    assert_eq!(vault.seal(&place(), b"pw").unwrap_err().code(), ErrorCode::VaultUninitialised);
    assert_eq!(vault.unlock(Unlock::Keychain).unwrap_err().code(), ErrorCode::VaultUninitialised);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "opening writes nothing");
}

#[test]
fn without_a_keychain_the_first_start_asks_for_another_way_and_keeps_nothing_in_clear() {
    let home = home();
    let vault = Vault::open(home.path(), without_keychain());
    assert!(vault.ensure().unwrap().is_none());
    assert_eq!(vault.state(), VaultState::Uninitialised);
    assert!(vault.status().detail.contains("passphrase or a key file"), "{}", vault.status().detail);
    assert!(!home.path().join("vault.json").exists());
}

#[test]
fn a_passphrase_vault_is_locked_at_start_and_opens_with_the_passphrase_only() {
    let home = home();
    let vault = Vault::open(home.path(), without_keychain());
    vault.init(InitMethod::Passphrase("correct horse".into())).unwrap();
    let sealed = vault.seal(&place(), b"hunter2").unwrap();

    let again = Vault::open(home.path(), without_keychain());
    assert_eq!((again.state(), again.status().key_source), (VaultState::Locked, Some(KeySource::Passphrase)));
    assert_eq!(again.open_secret(&place(), &sealed).unwrap_err().code(), ErrorCode::VaultLocked);
    assert!(matches!(again.unlock(passphrase("wrong horse")), Err(VaultError::WrongPassphrase)));
    assert_eq!(again.state(), VaultState::Locked);
    assert!(matches!(again.unlock(Unlock::Keychain), Err(VaultError::OtherKeySource { .. })));
    again.unlock(passphrase("correct horse")).unwrap();
    assert_eq!(again.open_secret(&place(), &sealed).unwrap().expose(), b"hunter2");
    again.lock();
    assert_eq!(again.open_secret(&place(), &sealed).unwrap_err().code(), ErrorCode::VaultLocked);
}

#[test]
fn a_short_passphrase_is_refused_before_anything_is_written() {
    let home = home();
    let vault = Vault::open(home.path(), without_keychain());
    let error = vault.init(InitMethod::Passphrase("short".into())).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Validation);
    assert!(!home.path().join("vault.json").exists());
}

#[test]
fn the_recovery_code_opens_the_vault_and_a_new_passphrase_can_be_set() {
    let home = home();
    let vault = Vault::open(home.path(), without_keychain());
    let code = vault.init(InitMethod::Passphrase("forgotten soon".into())).unwrap().expose();
    let sealed = vault.seal(&place(), b"hunter2").unwrap();

    let again = Vault::open(home.path(), without_keychain());
    let other = crate::RecoveryCode::generate().unwrap().expose();
    assert!(matches!(again.unlock_with_recovery(&other), Err(VaultError::WrongRecoveryCode)));
    assert!(matches!(again.unlock_with_recovery(&"abc".into()), Err(VaultError::RecoveryCodeShape)));
    again.unlock_with_recovery(&code).unwrap();
    again.keep_key_in(InitMethod::Passphrase("remembered".into())).unwrap();

    let third = Vault::open(home.path(), without_keychain());
    assert!(matches!(third.unlock(passphrase("forgotten soon")), Err(VaultError::WrongPassphrase)));
    third.unlock(passphrase("remembered")).unwrap();
    assert_eq!(third.open_secret(&place(), &sealed).unwrap().expose(), b"hunter2");
    third.lock();
    third.unlock_with_recovery(&code).unwrap();
}

#[test]
fn an_empty_home_is_set_up_with_the_key_file_from_the_environment() {
    let (home, keys) = (home(), home());
    let file = key_file(&keys, "key", &(0..32).collect::<Vec<u8>>());
    let vault = Vault::open(home.path(), with_key_file(&file));
    let status = vault.status();
    assert_eq!((status.state, status.key_source), (VaultState::Unlocked, Some(KeySource::KeyFile)));
    assert!(!status.has_recovery_code);
    let sealed = vault.seal(&place(), b"pw").unwrap();

    let again = Vault::open(home.path(), with_key_file(&file));
    assert_eq!(again.open_secret(&place(), &sealed).unwrap().expose(), b"pw");
    // The path is remembered, so the variable is only needed once.
    assert_eq!(Vault::open(home.path(), without_keychain()).state(), VaultState::Unlocked);
}

#[test]
fn the_same_key_file_opens_old_secrets_even_if_the_description_was_lost() {
    let (home, keys) = (home(), home());
    let file = key_file(&keys, "key", &(0..32).collect::<Vec<u8>>());
    let sealed = Vault::open(home.path(), with_key_file(&file)).seal(&place(), b"pw").unwrap();
    fs::remove_file(home.path().join("vault.json")).unwrap();
    let again = Vault::open(home.path(), with_key_file(&file));
    assert_eq!(again.open_secret(&place(), &sealed).unwrap().expose(), b"pw");
}

#[test]
fn another_key_file_is_refused_and_changes_nothing() {
    let (home, keys) = (home(), home());
    let file = key_file(&keys, "key", &(0..32).collect::<Vec<u8>>());
    let other = key_file(&keys, "other", &(1..33).collect::<Vec<u8>>());
    let first = Vault::open(home.path(), with_key_file(&file));
    let before = fs::read(home.path().join("vault.json")).unwrap();

    let vault = Vault::open(home.path(), with_key_file(&other));
    assert_eq!(vault.state(), VaultState::Unavailable);
    assert!(vault.status().detail.contains("another vault's key"), "{}", vault.status().detail);
    assert_eq!(vault.seal(&place(), b"pw").unwrap_err().code(), ErrorCode::VaultUnavailable);
    assert!(matches!(vault.init(InitMethod::KeyFile(other.clone())), Err(VaultError::AlreadyInitialised)));
    assert!(matches!(first.unlock(Unlock::KeyFile(Some(other))), Err(VaultError::WrongKey { .. })));
    assert_eq!(fs::read(home.path().join("vault.json")).unwrap(), before);
    vault.unlock(Unlock::KeyFile(Some(file))).unwrap();
    assert_eq!(vault.state(), VaultState::Unlocked);
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused_and_nothing_is_set_up() {
    use std::os::unix::fs::PermissionsExt;
    let (home, keys) = (home(), home());
    let file = key_file(&keys, "key", &(0..32).collect::<Vec<u8>>());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let vault = Vault::open(home.path(), with_key_file(&file));
    assert_eq!(vault.state(), VaultState::Unavailable);
    assert!(vault.status().detail.contains("chmod 600"), "{}", vault.status().detail);
    assert!(!home.path().join("vault.json").exists());
}

#[test]
fn a_service_credential_sets_up_and_unlocks_and_is_missed_when_absent() {
    let (home, keys) = (home(), home());
    let file = key_file(&keys, "courier-vault", &(0..32).collect::<Vec<u8>>());
    let options = VaultOptions { credential_file: Some(file), ..without_keychain() };
    let vault = Vault::open(home.path(), options.clone());
    assert_eq!(vault.status().key_source, Some(KeySource::SystemdCredential));
    assert_eq!(Vault::open(home.path(), options).state(), VaultState::Unlocked);
    let without = Vault::open(home.path(), without_keychain());
    assert_eq!(without.state(), VaultState::Unavailable);
    assert!(without.status().detail.contains("credential"), "{}", without.status().detail);
}

#[test]
fn setting_up_twice_is_refused_and_the_first_key_stays() {
    let (home, keys) = (home(), home());
    let vault = Vault::open(home.path(), without_keychain());
    vault.init(InitMethod::KeyFile(keys.path().join("new/key"))).unwrap();
    let id = vault.status().key_id;
    let second = Vault::open(home.path(), without_keychain());
    assert!(matches!(
        second.init(InitMethod::Passphrase("another one".into())),
        Err(VaultError::AlreadyInitialised)
    ));
    assert_eq!(Vault::open(home.path(), without_keychain()).status().key_id, id);
}

#[test]
fn a_key_that_is_there_again_opens_the_vault_unless_a_person_locked_it() {
    let (home, keys) = (home(), home());
    let path = keys.path().join("new/key");
    Vault::open(home.path(), without_keychain()).init(InitMethod::KeyFile(path.clone())).unwrap();
    let key = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let vault = Vault::open(home.path(), without_keychain());
    vault.try_again();
    assert_eq!(vault.state(), VaultState::Unavailable);
    let other = key_file(&keys, "new/key", &(0..32).collect::<Vec<u8>>());
    vault.try_again();
    assert_eq!(vault.state(), VaultState::Unavailable);
    assert!(vault.status().detail.contains("another vault's key"), "{}", vault.status().detail);
    fs::remove_file(other).unwrap();
    key_file(&keys, "new/key", &key);
    vault.try_again();
    assert_eq!(vault.state(), VaultState::Unlocked);
    vault.lock();
    vault.try_again();
    assert_eq!(vault.state(), VaultState::Locked);
    vault.unlock(Unlock::KeyFile(None)).unwrap();
    assert_eq!(vault.state(), VaultState::Unlocked);
}

#[test]
fn a_damaged_or_newer_description_is_never_replaced() {
    for (text, expected) in
        [("{", "damaged"), ("", "damaged"), (r#"{"version":1}"#, "damaged"), (r#"{"version":9}"#, "newer")]
    {
        let (home, keys) = (home(), home());
        let file = key_file(&keys, "key", &(0..32).collect::<Vec<u8>>());
        fs::write(home.path().join("vault.json"), text).unwrap();
        let vault = Vault::open(home.path(), with_key_file(&file));
        assert_eq!(vault.state(), VaultState::Unavailable);
        assert!(vault.status().detail.contains(expected), "{}", vault.status().detail);
        assert!(vault.init(InitMethod::Passphrase("another one".into())).is_err());
        assert!(vault.ensure().is_err());
        assert_eq!(fs::read_to_string(home.path().join("vault.json")).unwrap(), text);
    }
}

#[test]
fn the_description_holds_no_key_and_is_private() {
    let (home, keys) = (home(), home());
    let vault = Vault::open(home.path(), without_keychain());
    let path = keys.path().join("new/key");
    vault.init(InitMethod::KeyFile(path.clone())).unwrap();
    let text = fs::read_to_string(home.path().join("vault.json")).unwrap();
    let key = fs::read(path).unwrap();
    use base64::Engine;
    assert!(!text.contains(&base64::engine::general_purpose::STANDARD.encode(&key)));
    assert!(!text.contains(&hex::encode(&key)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(home.path().join("vault.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn two_couriers_that_start_at_once_agree_on_one_key() {
    let store = keyring_core::mock::Store::new().unwrap();
    let home = home();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (home, store) = (home.path(), store.clone());
                scope.spawn(move || {
                    let vault = Vault::open(home, options(Keychain::given(store)));
                    vault.ensure().unwrap();
                    vault.status().key_id.unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn watchers_see_every_change_and_the_keychain_may_be_asked_inside_the_runtime() {
    let home = home();
    let store = keyring_core::mock::Store::new().unwrap();
    let vault = Vault::open(home.path(), options(Keychain::given(store)));
    let mut watch = vault.watch();
    assert_eq!(*watch.borrow_and_update(), VaultState::Uninitialised);
    assert!(vault.ensure().unwrap().is_some());
    assert_eq!(*watch.borrow_and_update(), VaultState::Unlocked);
    vault.lock();
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow_and_update(), VaultState::Locked);
    vault.unlock(Unlock::Keychain).unwrap();
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow_and_update(), VaultState::Unlocked);
}

#[test]
fn every_cause_has_its_own_words() {
    let broken = || Box::new(keyring_core::Error::NoEntry);
    let account = String::from("vault-key-1");
    let messages = [
        VaultError::KeychainAbsent { source: broken() },
        VaultError::KeychainLocked { source: broken() },
        VaultError::KeychainEntryMissing { account: account.clone() },
        VaultError::WrongKey { key_source: KeySource::Keychain, found: "a".into(), needed: "b".into() },
        VaultError::KeychainAmbiguous { account, count: 2 },
    ]
    .map(|error| error.to_string());
    let different: std::collections::HashSet<_> = messages.iter().collect();
    assert_eq!(different.len(), messages.len());
}
