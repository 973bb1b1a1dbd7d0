//! What it takes to log in to one server again and again: after a cut, and for further connections.
//!
//! Invariant: every login after the first demands the key that the first accepted.

use super::channel::Session;
use super::connect::{log_in, open};
use super::lanes::Dial;
use super::temper::Temper;
use crate::protocol::unless_cancelled;
use crate::protocol::watch::Unwatched;
use crate::remote::Remote;
use crate::{SessionSlots, Target, TransferError, TrustSink};
use courier_domain::connection::HostKeyPolicy;
use futures::FutureExt;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub(crate) struct Opener {
    target: Arc<Target>,
    trust: Arc<dyn TrustSink>,
    cancel: CancellationToken,
    /// Where room for further connections comes from; without, there are none.
    slots: Option<Arc<SessionSlots>>,
    temper: Arc<Temper>,
}

impl Opener {
    pub(crate) fn new(
        target: Arc<Target>,
        trust: Arc<dyn TrustSink>,
        cancel: CancellationToken,
        slots: Option<Arc<SessionSlots>>,
    ) -> Self {
        let temper = Arc::new(Temper::of(&target, &trust));
        Self { target, trust, cancel, slots, temper }
    }

    /// `identity` is the server's when it was reached before.
    pub(crate) async fn open(&self, identity: Option<String>) -> Result<Arc<dyn Remote>, TransferError> {
        let (expected, temper) = (self.expected(identity), Arc::clone(&self.temper));
        let mut unwatched = Unwatched;
        let opening = open(&self.target, &self.trust, expected, &mut unwatched, temper);
        let opened = unless_cancelled(&self.cancel, opening).await?;
        if let Some(dial) = self.dial(opened.server_identity()) {
            opened.dial_with(dial).await;
        }
        Ok(Arc::new(opened))
    }

    /// Under `always_trust` any key will do, later as at first.
    fn expected(&self, identity: Option<String>) -> Option<String> {
        identity.filter(|_| self.target.connection.host_key_policy != HostKeyPolicy::AlwaysTrust)
    }

    fn dial(&self, identity: String) -> Option<Dial> {
        let (opener, slots) = (self.clone(), self.slots.clone()?);
        Some(Box::new(move || {
            let slot = slots.try_take()?;
            let (opener, identity) = (opener.clone(), identity.clone());
            let logging_in =
                async move { opener.log_in(identity).await.map(|session| session.in_slot(slot)) };
            Some(logging_in.boxed())
        }))
    }

    async fn log_in(&self, identity: String) -> Result<Session, TransferError> {
        let expected = self.expected(Some(identity));
        unless_cancelled(&self.cancel, log_in(&self.target, &self.trust, expected, &mut Unwatched)).await
    }
}
