//! The one list of what the window may call and hear. The TypeScript bindings are generated from it; a test fails when
//! they are stale.

use crate::commands::{
    audit, calendars, chains, connections, desktop, drops, executions, files, imports, jobs, keys, local,
    monitors, notifications, schedules, settings, status, tags, vault,
};
use courier_app::domain::audit::AuditableEntityType;
use courier_app::domain::{CauseClass, ErrorCode};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;
use tauri_specta::{Builder, ErrorHandlingMode, Event, collect_commands, collect_events};
use uuid::Uuid;

/// Something in the store changed; ask again for what shows it. A nil id stands for all of the kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct Changed {
    pub(crate) entity_type: AuditableEntityType,
    pub(crate) entity_id: Uuid,
}

/// What changed since the last such message.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct Changes {
    pub(crate) changes: Vec<Changed>,
}

/// A person has asked for a page, outside the window; `page_asked` says which.
#[derive(Debug, Clone, Serialize, Deserialize, Type, Event)]
pub(crate) struct PageAsked;

/// Files are carried over the window or dropped on it, at a place in pixels of its page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Event)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub(crate) enum FilesDragged {
    Entered { paths: Vec<String>, x: i32, y: i32 },
    Over { x: i32, y: i32 },
    Dropped { paths: Vec<String>, x: i32, y: i32 },
    Left,
}

/// The page of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Page {
    pub(crate) entity_type: AuditableEntityType,
    pub(crate) entity_id: Uuid,
    /// The chain of a chain's run.
    pub(crate) chain_id: Option<Uuid>,
}

impl Page {
    pub(crate) fn of(entity_type: AuditableEntityType, entity_id: Uuid) -> Self {
        Self { entity_type, entity_id, chain_id: None }
    }
}

/// Every command and event.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .commands(collect_commands![
            status::app_status,
            status::about,
            status::first_steps,
            status::demo_create,
            status::nodes_list,
            vault::vault_init,
            vault::vault_unlock,
            vault::vault_recover,
            vault::vault_rotate_start,
            vault::vault_rotate_finish,
            vault::vault_lock,
            vault::recovery_code_save,
            jobs::step_types,
            jobs::step_guides,
            jobs::paths_decided_by,
            jobs::paths_match,
            jobs::steps_write,
            jobs::steps_read,
            jobs::job_templates,
            jobs::job_templates_start,
            jobs::jobs_list,
            jobs::jobs_get,
            jobs::jobs_validate,
            jobs::jobs_save,
            jobs::jobs_delete,
            jobs::jobs_enable,
            jobs::jobs_duplicate,
            jobs::jobs_versions,
            jobs::jobs_version,
            jobs::jobs_diff,
            jobs::jobs_revert,
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
            chains::chains_list,
            chains::chains_get,
            chains::chains_validate,
            chains::chains_save,
            chains::chains_enable,
            chains::chains_delete,
            chains::chains_restore,
            chains::chains_run,
            chains::chain_executions_list,
            chains::chain_executions_get,
            chains::chain_executions_pause,
            chains::chain_executions_resume,
            chains::chain_executions_cancel,
            chains::chain_executions_retry,
            schedules::schedules_list,
            schedules::schedules_add,
            schedules::schedules_edit,
            schedules::schedules_enable,
            schedules::schedules_remove,
            schedules::schedules_fire,
            schedules::schedules_missed,
            schedules::schedules_preview,
            calendars::calendars_list,
            calendars::calendars_validate,
            calendars::calendars_save,
            calendars::calendars_delete,
            calendars::calendars_restore,
            calendars::calendars_read_dates,
            schedules::dependencies_list,
            schedules::dependencies_add,
            schedules::dependencies_remove,
            monitors::monitors_list,
            monitors::monitors_get,
            monitors::monitors_validate,
            monitors::monitors_save,
            monitors::monitors_pause,
            monitors::monitors_resume,
            monitors::monitors_pause_all,
            monitors::monitors_resume_all,
            monitors::monitors_disable,
            monitors::monitors_activate,
            monitors::monitors_acknowledge,
            monitors::monitors_delete,
            monitors::monitors_restore,
            monitors::monitors_checks,
            monitors::monitors_files_list,
            monitors::monitors_files_forget,
            monitors::monitors_scan,
            monitors::monitors_files_mark,
            monitors::monitors_files_rerun,
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
            imports::import_places,
            imports::import_preview,
            imports::import_apply,
            files::files_search,
            files::files_passport,
            files::files_send_again,
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
            tags::tags_save,
            tags::tags_where_used,
            tags::tags_delete,
            tags::tags_restore,
            tags::tags_set_named,
            tags::tags_add_bulk,
            tags::tags_remove_bulk,
            notifications::notification_rules_list,
            notifications::notification_rules_deleted,
            notifications::notification_rules_get,
            notifications::notification_rules_save,
            notifications::notification_rules_enable,
            notifications::notification_rules_delete,
            notifications::notification_rules_restore,
            notifications::notification_rules_test,
            notifications::events_list,
            notifications::deliveries_list,
            notifications::events_replay,
            audit::audit_list,
            audit::audit_choices,
            audit::audit_verify,
            audit::audit_export,
            settings::settings_list,
            settings::settings_set,
            desktop::page_asked,
            desktop::autostart_get,
            desktop::autostart_set,
            drops::drops_look,
            drops::drops_upload,
            drops::drops_encrypt,
            drops::drops_watch,
            local::local_pick,
            local::local_browse,
            local::local_reveal,
            local::archives_list,
            local::secrets_create,
        ])
        .events(collect_events![Changes, PageAsked, FilesDragged])
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

    /// Compares a file of the window's with what it is made of; with `COURIER_WRITE_BINDINGS` set (`npm run gen`) writes it.
    fn is_fresh(stored: &str, write: impl FnOnce(&Path)) {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/ipc").join(stored);
        let folder = tempfile::tempdir().unwrap();
        let target = match std::env::var_os("COURIER_WRITE_BINDINGS") {
            Some(_) => stored.clone(),
            None => folder.path().join("fresh"),
        };
        write(&target);
        let fresh = std::fs::read_to_string(&target).unwrap();
        assert!(
            fresh == std::fs::read_to_string(&stored).unwrap(),
            "{} is stale: run `npm run gen` and commit it",
            stored.display()
        );
    }

    #[test]
    fn bindings_are_what_the_window_uses() {
        is_fresh("bindings.ts", |target| {
            super::builder().export(Typescript::default().header("// @ts-nocheck\n"), target).unwrap();
        });
    }

    /// The window's tests read the guides as the host gives them.
    #[test]
    fn bindings_are_what_the_guides_of_steps_say() {
        is_fresh("fake/step-guides.json", |target| {
            let text = serde_json::to_string_pretty(&courier_app::domain::step::guides()).unwrap();
            std::fs::write(target, text + "\n").unwrap();
        });
    }
}
