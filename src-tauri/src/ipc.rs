//! The one list of what the window may call and hear. The TypeScript bindings are generated from it; a test fails when
//! they are stale.

use crate::commands::{connections, executions, jobs, keys, local, status, tags, vault};
use courier_app::domain::audit::AuditableEntityType;
use courier_app::domain::{CauseClass, ErrorCode};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
use tauri_specta::{Builder, ErrorHandlingMode, Event, collect_commands, collect_events};
use uuid::Uuid;

/// Something in the store changed; ask again for what shows it.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct Changed {
    pub(crate) entity_type: AuditableEntityType,
    pub(crate) entity_id: Uuid,
}

/// Every command and event.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .commands(collect_commands![
            status::app_status,
            status::demo_create,
            status::nodes_list,
            vault::vault_init,
            vault::vault_unlock,
            vault::vault_recover,
            vault::vault_rotate_start,
            vault::vault_rotate_finish,
            vault::vault_lock,
            jobs::step_types,
            jobs::jobs_list,
            jobs::jobs_get,
            jobs::jobs_validate,
            jobs::jobs_save,
            jobs::jobs_delete,
            jobs::jobs_enable,
            jobs::jobs_duplicate,
            jobs::jobs_versions,
            jobs::jobs_run,
            jobs::jobs_rehearse,
            jobs::jobs_rehearse_stop,
            executions::executions_list,
            executions::executions_activity,
            executions::executions_get,
            executions::executions_iterations,
            executions::executions_iteration,
            executions::executions_receipts,
            executions::executions_log,
            executions::executions_cancel,
            executions::executions_pause,
            executions::executions_resume,
            executions::executions_retry,
            executions::executions_retry_preview,
            executions::executions_follow,
            connections::connections_list,
            connections::connections_get,
            connections::connections_save,
            connections::connections_delete,
            connections::connections_test,
            connections::connections_trust,
            connections::connections_revoke,
            connections::connections_pin,
            connections::connections_browse,
            connections::ssh_algorithms,
            connections::connections_make_folder,
            connections::connections_rename,
            connections::connections_remove,
            connections::connections_download,
            connections::connections_upload,
            connections::transfers_stop,
            keys::pgp_keys_list,
            keys::pgp_keys_generate,
            keys::pgp_keys_import,
            keys::pgp_keys_export,
            keys::pgp_keys_export_private,
            keys::pgp_keys_export_revocation,
            keys::pgp_keys_revoke,
            keys::pgp_keys_import_revocation,
            keys::pgp_keys_set_successor,
            keys::pgp_keys_move_preview,
            keys::pgp_keys_move_users,
            keys::pgp_keys_retire,
            keys::pgp_keys_delete,
            keys::ssh_keys_list,
            keys::ssh_keys_generate,
            keys::ssh_keys_import,
            keys::ssh_keys_export_public,
            keys::ssh_keys_retire,
            keys::ssh_keys_delete,
            keys::keys_where_used,
            keys::keys_history,
            tags::tags_list,
            tags::tags_set_named,
            local::local_pick,
            local::local_browse,
            local::archives_list,
            local::secrets_create,
        ])
        .events(collect_events![Changed])
        .typ::<CauseClass>()
        .constant("CAUSE_CLASSES", cause_classes())
        .error_handling(ErrorHandlingMode::Throw)
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
}

/// The kind of cause of every error code, so that the window says the same as the command line.
fn cause_classes() -> BTreeMap<ErrorCode, CauseClass> {
    ErrorCode::ALL.iter().map(|code| (*code, code.class())).collect()
}

#[cfg(test)]
mod tests {
    use specta_typescript::Typescript;
    use std::path::Path;

    /// Compares the bindings with this list; with `COURIER_WRITE_BINDINGS` set (`npm run gen`) writes them instead.
    #[test]
    fn bindings_are_what_the_window_uses() {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/ipc/bindings.ts");
        let folder = tempfile::tempdir().unwrap();
        let target = match std::env::var_os("COURIER_WRITE_BINDINGS") {
            Some(_) => stored.clone(),
            None => folder.path().join("bindings.ts"),
        };
        super::builder().export(Typescript::default().header("// @ts-nocheck\n"), &target).unwrap();
        let fresh = std::fs::read_to_string(&target).unwrap();
        assert!(
            fresh == std::fs::read_to_string(&stored).unwrap(),
            "ui/src/ipc/bindings.ts is stale: run `npm run gen` and commit it"
        );
    }
}
