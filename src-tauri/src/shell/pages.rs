//! Pages that a person asks for outside the window: by a click on a notification, or in the tray.
//!
//! Invariant: what was asked for last is kept until the page in the window has fetched it, so that nothing is lost while
//! the window is only being made.

use super::window;
use crate::ipc::{Page, PageAsked};
use courier_app::Notice;
use courier_app::domain::audit::AuditableEntityType;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Manager};
use tauri_specta::Event;
use uuid::Uuid;

/// What was asked for and is not shown yet.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<Option<Page>>);

impl Asked {
    fn put(&self, page: Page) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(page);
    }

    /// Once, then it is forgotten.
    pub(crate) fn take(&self) -> Option<Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Shows the window on a page.
pub(crate) fn ask(handle: &AppHandle, page: Page) {
    handle.state::<Asked>().put(page);
    window::show(handle);
    if let Err(error) = PageAsked.emit(handle) {
        tracing::debug!(%error, "the window did not hear that a page is asked for");
    }
}

/// Where a notice leads: a run says more than the job that it is of.
pub(crate) fn of_notice(notice: &Notice) -> Page {
    use AuditableEntityType as T;
    let subject = Page::of(notice.subject_type, notice.subject_id);
    match notice.entity_type {
        T::JobExecution => Page::of(T::JobExecution, notice.entity_id),
        T::StepExecution => {
            let run = notice.payload["job_execution_id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
            run.map_or(subject, |run| Page::of(T::JobExecution, run))
        }
        T::ChainExecution if notice.subject_type == T::Chain => {
            Page { chain_id: Some(notice.subject_id), ..Page::of(T::ChainExecution, notice.entity_id) }
        }
        T::ChainExecution
        | T::Job
        | T::Chain
        | T::Connection
        | T::PgpKey
        | T::SshKey
        | T::FileMonitor
        | T::Tag
        | T::SystemSetting
        | T::Vault
        | T::Schedule
        | T::Calendar
        | T::NotificationRule => subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::notices::tests::notice;
    use serde_json::json;

    #[test]
    fn what_was_asked_for_last_is_fetched_once() {
        let asked = Asked::default();
        assert_eq!(asked.take(), None);
        let (first, last) = (Uuid::from_u128(1), Uuid::from_u128(2));
        asked.put(Page::of(AuditableEntityType::Job, first));
        asked.put(Page::of(AuditableEntityType::Chain, last));
        assert_eq!(asked.take(), Some(Page::of(AuditableEntityType::Chain, last)));
        assert_eq!(asked.take(), None);
    }

    #[test]
    fn a_notice_leads_to_the_run_and_else_to_what_it_is_about() {
        use AuditableEntityType as T;
        let (raised, about) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let page = |entity_type, subject_type, payload| {
            of_notice(&courier_app::Notice {
                entity_type,
                entity_id: raised,
                subject_type,
                subject_id: about,
                payload,
                ..notice()
            })
        };
        assert_eq!(page(T::JobExecution, T::Job, json!({})), Page::of(T::JobExecution, raised));
        let of_chain = Page { chain_id: Some(about), ..Page::of(T::ChainExecution, raised) };
        assert_eq!(page(T::ChainExecution, T::Chain, json!({})), of_chain);
        let run = Uuid::from_u128(3);
        let of_step = json!({ "job_execution_id": run });
        assert_eq!(page(T::StepExecution, T::Job, of_step), Page::of(T::JobExecution, run));
        assert_eq!(page(T::StepExecution, T::Job, json!({})), Page::of(T::Job, about));
        assert_eq!(page(T::Schedule, T::Chain, json!({})), Page::of(T::Chain, about));
        assert_eq!(page(T::FileMonitor, T::FileMonitor, json!({})), Page::of(T::FileMonitor, about));
    }
}
