//! Expected-file clocks: when a deadline has come, whoever is first counts the files and tells if some are missing.
//!
//! Left out: counting (the store does), and telling (the relay does). Invariant: a deadline is taken in the very unit of
//! work that records what was found and raises the event; of two nodes one does it.

use crate::context::Services;
use courier_domain::Timestamp;
use courier_store::StoreError;

/// Deadlines that are checked in a row, each in its own unit of work: counting may take a while.
const AT_ONCE: u32 = 100;

/// Checks every deadline that has come. Gives the next one.
pub(super) async fn check_due(services: &Services) -> Result<Option<Timestamp>, StoreError> {
    loop {
        let now = services.clock.now();
        let mut session = services.store.read().await?;
        let next = session.next_deadline_at().await?;
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let due = session.due_deadlines(now, AT_ONCE).await?;
        drop(session);
        for (monitor, deadline) in due {
            let mut unit = services.store.begin("system").await?;
            unit.check_deadline(monitor, deadline).await?;
            unit.commit().await?;
        }
    }
}
