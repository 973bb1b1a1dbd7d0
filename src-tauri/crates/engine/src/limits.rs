//! The limits on transfers as they are stored, brought to whoever moves bytes.
//!
//! Each session looks when it opens; what is under way hears of changes. Left out: the limiting itself, which is the
//! transfers'.

use crate::context::Services;
use courier_domain::audit::AuditableEntityType;
use courier_domain::connection::Connection;
use courier_domain::{ConnectionId, setting};
use courier_store::{Change, StoreError};
use courier_transfer::Paces;

/// What holds for a session with the connection.
pub(crate) async fn of(services: &Services, connection: &Connection) -> Result<Paces, StoreError> {
    look(services).await?;
    Ok(services.paced.of(connection))
}

/// Acts on a change that concerns a limit.
pub(crate) async fn heard(services: &Services, change: Change) -> Result<(), StoreError> {
    if change.entity_type == AuditableEntityType::SystemSetting {
        return look(services).await;
    }
    let id = ConnectionId(change.entity_id);
    if change.entity_type != AuditableEntityType::Connection || !services.paced.concerns(id) {
        return Ok(());
    }
    match services.store.read().await?.connection(id).await {
        Ok(connection) => {
            services.paced.of(&connection);
            Ok(())
        }
        // Its transfers go on as they began.
        Err(StoreError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn look(services: &Services) -> Result<(), StoreError> {
    let mut session = services.store.read().await?;
    let memory = session.setting(setting::TRANSFER_MEMORY_BUDGET).await?;
    let memory = memory.parse().map_err(|_| StoreError::Damaged {
        what: format!("setting {} is `{memory}`", setting::TRANSFER_MEMORY_BUDGET),
    })?;
    services.paced.limit_memory(memory);
    let value = session.setting(setting::TRANSFER_RATE_LIMIT).await?;
    let limit = setting::rate_limit(&value).ok_or_else(|| StoreError::Damaged {
        what: format!("setting {} is `{value}`", setting::TRANSFER_RATE_LIMIT),
    })?;
    services.paced.limit_node(limit);
    Ok(())
}
