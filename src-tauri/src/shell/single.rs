//! One window for a data folder: a second start shows the first one's window. Agents and the command line may use the
//! same folder beside it.

use super::{HIDDEN, window};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use tauri::Wry;
use tauri::plugin::TauriPlugin;

/// Finds the other window over D-Bus (on Linux) and shows it; then this start ends by itself.
pub(crate) fn plugin(home: &Path) -> TauriPlugin<Wry> {
    let mut hash = DefaultHasher::new();
    home.hash(&mut hash);
    tauri_plugin_single_instance::Builder::new()
        .callback(|handle, arguments, _folder| {
            // Who logs in again while Courier runs did not ask for it.
            if !arguments.iter().any(|argument| argument == HIDDEN) {
                window::show(handle);
            }
        })
        .dbus_id(format!("org.courier_mft.desktop.h{:016x}", hash.finish()))
        .build()
}

/// Held while this process is the folder's window; also where there is no D-Bus.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(home: &Path) -> anyhow::Result<Self> {
        let path = home.join("window.lock");
        let file = File::options().create(true).write(true).truncate(false).open(&path)?;
        file.try_lock().map_err(|_| {
            anyhow::anyhow!(
                "Courier's window is open already for {}. Use that one, or close it first.",
                home.display()
            )
        })?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_window() {
        let home = tempfile::tempdir().unwrap();
        let first = Lock::take(home.path()).unwrap();
        assert!(Lock::take(home.path()).unwrap_err().to_string().contains("open already"));
        drop(first);
        Lock::take(home.path()).unwrap();
    }
}
