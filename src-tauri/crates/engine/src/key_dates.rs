//! What the passing of time does to OpenPGP keys: near their end they are expiring, behind it retired, and whoever
//! listens is told once.
//!
//! Left out: who is told how. Invariant: status and event are one unit of work, and of two nodes that look at the same
//! moment only one changes the key.

use crate::context::Services;
use chrono::TimeDelta;
use courier_domain::audit::AuditableEntityType;
use courier_domain::event::{EventType, NewEvent};
use courier_domain::key::{PgpKey, PgpKeyEvent};
use courier_domain::{ErrorCode, setting};
use courier_store::{Store, StoreError};
use serde_json::json;

/// Looks at every key.
pub(crate) async fn check(services: &Services) -> Result<(), StoreError> {
    let now = services.clock.now();
    let mut session = services.store.read().await?;
    let warning = TimeDelta::days(session.setting_i64(setting::KEY_WARNING_DAYS).await?);
    let keys = session.pgp_keys().await?;
    drop(session);
    for key in keys {
        let Some(event) = key.status.due(key.expires_at, now, warning) else { continue };
        match age(&services.store, &key, event).await {
            Ok(()) => {}
            // Another node was quicker, or a person changes the key at this moment; the next look sees it anew.
            Err(error) if error.code() == ErrorCode::Conflict || error.code() == ErrorCode::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn age(store: &Store, key: &PgpKey, event: PgpKeyEvent) -> Result<(), StoreError> {
    let Ok(status) = key.status.apply(event) else { return Ok(()) };
    let mut unit = store.begin("system").await?;
    unit.update_pgp_key(&PgpKey { status, ..key.clone() }, key.updated_at).await?;
    let event_type = match event {
        PgpKeyEvent::NearEnd => Some(EventType::KeyExpiringSoon),
        PgpKeyEvent::Expire => Some(EventType::KeyExpired),
        PgpKeyEvent::Extend | PgpKeyEvent::Retire | PgpKeyEvent::Revoke | PgpKeyEvent::Delete => None,
    };
    if let Some(event_type) = event_type {
        unit.event(NewEvent {
            event_type,
            entity_type: AuditableEntityType::PgpKey,
            entity_id: key.id.0,
            payload: json!({
                "name": key.name,
                "fingerprint": key.fingerprint,
                "expires_at": key.expires_at,
                "successor_key_id": key.successor_key_id,
            }),
        });
    }
    unit.commit().await
}
