//! A rotation that ends after each of its steps, for every place that a vault's key can be in.

use crate::keychain::Keychain;
use crate::vault::tests::{options, place};
use crate::{InitMethod, SecretRef, SecretString, Unlock, Vault, VaultError, VaultOptions, VaultState};
use courier_domain::ErrorCode;
use courier_domain::connection::Sealed;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

/// A home, where its key is, and what is needed to open it again.
struct Kept {
    home: TempDir,
    _keys: TempDir,
    options: VaultOptions,
    passphrase: Option<SecretString>,
    key_file: Option<PathBuf>,
    code: SecretString,
}

const STEPS: usize = 4;

impl Kept {
    fn new(method: impl FnOnce(&Path) -> InitMethod, keychain: Keychain) -> (Self, Vault) {
        let (home, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let options = options(keychain);
        let vault = Vault::open(home.path(), options.clone());
        let method = method(&keys.path().join("new/key"));
        let (mut passphrase, mut key_file) = (None, None);
        match &method {
            InitMethod::Passphrase(text) => passphrase = Some(text.expose().into()),
            InitMethod::KeyFile(path) => key_file = Some(path.clone()),
            InitMethod::Keychain => {}
        }
        let code = vault.init(method).unwrap().expose();
        (Self { home, _keys: keys, options, passphrase, key_file, code }, vault)
    }

    fn each() -> Vec<(&'static str, Self, Vault)> {
        let store = keyring_core::mock::Store::new().unwrap();
        let named = |name, (kept, vault)| (name, kept, vault);
        vec![
            named("keychain", Self::new(|_| InitMethod::Keychain, Keychain::given(store))),
            named(
                "passphrase",
                Self::new(|_| InitMethod::Passphrase("correct horse".into()), Keychain::disabled()),
            ),
            named("key file", Self::new(|path| InitMethod::KeyFile(path.to_owned()), Keychain::disabled())),
        ]
    }

    /// As a new start of Courier.
    fn open(&self) -> Vault {
        let vault = Vault::open(self.home.path(), self.options.clone());
        if let Some(passphrase) = &self.passphrase {
            vault.unlock(Unlock::Passphrase(passphrase.expose().into())).unwrap();
        }
        assert_eq!(vault.state(), VaultState::Unlocked, "{}", vault.status().detail);
        vault
    }
}

fn other_place() -> SecretRef {
    SecretRef::new("secrets", Uuid::from_u128(2), "sealed")
}

/// Does the first `steps` of a rotation with the secrets at `place()` and `other_place()`.
fn rotate(
    vault: &Vault,
    kept: &Kept,
    secrets: &mut [(SecretRef, Sealed)],
    steps: usize,
) -> Option<SecretString> {
    if steps == 0 {
        return None;
    }
    let code = vault.start_rotation(kept.passphrase.as_ref()).unwrap().expose();
    if steps > 1 {
        for (place, sealed) in secrets {
            if let Some(fresh) = vault.rewrap(place, sealed).unwrap() {
                *sealed = fresh;
            }
        }
    }
    if steps > 2 {
        vault.place_next_key().unwrap();
    }
    if steps > 3 {
        vault.finish_rotation().unwrap();
    }
    Some(code)
}

#[test]
fn a_rotation_cut_off_after_any_step_loses_nothing_and_goes_on() {
    for cut in 0..=STEPS {
        for (name, kept, vault) in Kept::each() {
            let name = format!("{name}, cut after step {cut}");
            let old_id = vault.status().key_id;
            let before = vault.seal(&place(), b"from before").unwrap();
            let mut secrets =
                [(place(), before.clone()), (other_place(), vault.seal(&other_place(), b"another").unwrap())];
            rotate(&vault, &kept, &mut secrets, cut);
            drop(vault);

            let vault = kept.open();
            assert_eq!(vault.status().rotating_since.is_some(), (1..STEPS).contains(&cut), "{name}");
            let opens = |vault: &Vault, secrets: &[(SecretRef, Sealed)]| {
                assert_eq!(
                    vault.open_secret(&place(), &secrets[0].1).unwrap().expose(),
                    b"from before",
                    "{name}"
                );
                assert_eq!(
                    vault.open_secret(&other_place(), &secrets[1].1).unwrap().expose(),
                    b"another",
                    "{name}"
                );
            };
            opens(&vault, &secrets);
            if cut < STEPS {
                let code = kept.open();
                code.lock();
                code.unlock_with_recovery(&kept.code).unwrap();
                opens(&code, &secrets);
                // Sealed while it is under way, by a Courier that goes on as ever.
                let meanwhile = vault.seal(&other_place(), b"meanwhile").unwrap();
                let code = rotate(&vault, &kept, &mut secrets, STEPS).unwrap();
                assert_eq!(vault.open_secret(&other_place(), &meanwhile).unwrap().expose(), b"meanwhile");
                assert_eq!(vault.status().rotating_since, None);

                let again = kept.open();
                assert_ne!(again.status().key_id, old_id, "{name}");
                opens(&again, &secrets);
                assert!(secrets.iter().all(|(place, sealed)| again.rewrap(place, sealed).unwrap().is_none()));
                // What a backup from before holds.
                assert_eq!(again.open_secret(&place(), &before).unwrap().expose(), b"from before", "{name}");
                again.lock();
                assert!(
                    matches!(again.unlock_with_recovery(&kept.code), Err(VaultError::WrongRecoveryCode)),
                    "{name}"
                );
                again.unlock_with_recovery(&code).unwrap();
                opens(&again, &secrets);
            }
        }
    }
}

#[test]
fn keys_replaced_one_after_the_other_all_stay_readable() {
    for (name, kept, vault) in Kept::each() {
        let first = vault.seal(&place(), b"first").unwrap();
        rotate(&vault, &kept, &mut [], STEPS).unwrap();
        let second = vault.seal(&place(), b"second").unwrap();
        rotate(&vault, &kept, &mut [], STEPS).unwrap();
        let again = kept.open();
        assert_eq!(again.open_secret(&place(), &first).unwrap().expose(), b"first", "{name}");
        assert_eq!(again.open_secret(&place(), &second).unwrap().expose(), b"second", "{name}");
    }
}

#[test]
fn the_old_key_opens_nothing_any_more() {
    let (_, kept, vault) = Kept::each().pop().unwrap();
    let path = kept.key_file.clone().unwrap();
    let old = fs::read(&path).unwrap();
    let mut secrets = [(place(), vault.seal(&place(), b"pw").unwrap())];
    rotate(&vault, &kept, &mut secrets, STEPS).unwrap();
    assert_ne!(fs::read(&path).unwrap(), old);
    fs::write(&path, old).unwrap();
    let vault = Vault::open(kept.home.path(), kept.options.clone());
    assert_eq!(vault.state(), VaultState::Unavailable);
    assert_eq!(vault.unlock(Unlock::KeyFile(None)).unwrap_err().code(), ErrorCode::VaultWrongKey);
}

#[test]
fn a_courier_that_runs_beside_a_rotation_follows_it() {
    for (name, kept, vault) in Kept::each() {
        let beside = kept.open();
        let from_start = vault.seal(&place(), b"pw").unwrap();
        let mut secrets = [(place(), from_start)];
        rotate(&vault, &kept, &mut secrets, 2).unwrap();
        assert_eq!(beside.open_secret(&place(), &secrets[0].1).unwrap().expose(), b"pw", "{name}");
        rotate(&vault, &kept, &mut secrets, STEPS).unwrap();
        assert_eq!(beside.open_secret(&place(), &secrets[0].1).unwrap().expose(), b"pw", "{name}");
    }
}

#[test]
fn a_courier_that_slept_through_a_rotation_follows_it_or_asks() {
    for (name, kept, vault) in Kept::each() {
        let asleep = kept.open();
        let mut secrets = [(place(), vault.seal(&place(), b"pw").unwrap())];
        rotate(&vault, &kept, &mut secrets, STEPS).unwrap();
        let opened = asleep.open_secret(&place(), &secrets[0].1);
        if let Some(passphrase) = &kept.passphrase {
            assert_eq!(opened.unwrap_err().code(), ErrorCode::VaultLocked, "{name}");
            assert_eq!(asleep.state(), VaultState::Locked);
            asleep.unlock(Unlock::Passphrase(passphrase.expose().into())).unwrap();
        } else {
            assert_eq!(opened.unwrap().expose(), b"pw", "{name}");
        }
        assert_eq!(asleep.open_secret(&place(), &secrets[0].1).unwrap().expose(), b"pw", "{name}");
    }
}

#[test]
fn a_passphrase_is_asked_for_again_and_must_be_right() {
    let (_, kept, vault) = Kept::each().swap_remove(1);
    let text = fs::read(kept.home.path().join("vault.json")).unwrap();
    assert!(matches!(vault.start_rotation(None), Err(VaultError::PassphraseNeeded)));
    assert!(matches!(vault.start_rotation(Some(&"wrong horse".into())), Err(VaultError::WrongPassphrase)));
    assert_eq!(fs::read(kept.home.path().join("vault.json")).unwrap(), text);
    assert!(matches!(vault.finish_rotation(), Err(VaultError::NoRotation)));
    assert!(matches!(vault.place_next_key(), Err(VaultError::NoRotation)));
}

#[test]
fn a_place_that_is_not_the_vaults_own_is_left_alone() {
    let (_, kept, vault) = Kept::each().pop().unwrap();
    let path = kept.key_file.clone().unwrap();
    // The same key, from a copy that the environment names: it would be stale afterwards.
    let copy = path.with_file_name("copy");
    fs::copy(&path, &copy).unwrap();
    let beside = Vault::open(kept.home.path(), VaultOptions { key_file: Some(copy), ..kept.options.clone() });
    assert!(matches!(beside.start_rotation(None), Err(VaultError::PlaceNotOurs { .. })));
    // Somebody else's key.
    let mine = fs::read(&path).unwrap();
    fs::write(&path, (1..33).collect::<Vec<u8>>()).unwrap();
    assert!(matches!(vault.start_rotation(None), Err(VaultError::WrongKey { .. })));
    fs::write(&path, mine).unwrap();
    vault.start_rotation(None).unwrap();
    assert!(matches!(
        vault.keep_key_in(InitMethod::Passphrase("correct horse".into())),
        Err(VaultError::Rotating)
    ));
}

#[test]
fn a_service_credential_cannot_be_replaced() {
    let keys = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = keys.path().join("courier-vault");
    fs::write(&file, (0..32).collect::<Vec<u8>>()).unwrap();
    let options = VaultOptions { credential_file: Some(file), ..options(Keychain::disabled()) };
    let vault = Vault::open(home.path(), options);
    assert!(matches!(vault.start_rotation(None), Err(VaultError::PlaceNotOurs { .. })));
}

#[test]
fn neither_key_is_in_the_description_at_any_step() {
    use base64::Engine;
    let (_, kept, vault) = Kept::each().pop().unwrap();
    let path = kept.key_file.clone().unwrap();
    let mut keys = vec![fs::read(&path).unwrap()];
    for steps in 1..=STEPS {
        rotate(&vault, &kept, &mut [], steps).unwrap();
        keys.push(fs::read(&path).unwrap());
        let text = fs::read_to_string(kept.home.path().join("vault.json")).unwrap();
        for key in &keys {
            assert!(!text.contains(&hex::encode(key)));
            assert!(!text.contains(&base64::engine::general_purpose::STANDARD.encode(key)));
        }
    }
}
