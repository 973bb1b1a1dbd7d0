//! The desktop: notices go to the window of this process, if there is one.
//!
//! Left out: showing them; the shell does. A node without a window leaves desktop deliveries to those that have one.

use super::SendError;
use crate::relay::message::Notice;
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};

/// Where notices for the desktop go, and a window hears them.
#[derive(Debug, Clone)]
pub struct DesktopHub {
    sender: broadcast::Sender<Notice>,
    opened: Arc<Notify>,
}

impl Default for DesktopHub {
    fn default() -> Self {
        Self { sender: broadcast::channel(64).0, opened: Arc::default() }
    }
}

impl DesktopHub {
    /// Every notice from now on. As long as the receiver lives, this process takes notices for the desktop.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        let receiver = self.sender.subscribe();
        self.opened.notify_one();
        receiver
    }

    pub(crate) fn is_open(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Waits until a window subscribes.
    pub(crate) async fn opened(&self) {
        self.opened.notified().await;
    }

    pub(super) fn show(&self, notice: &Notice) -> Result<(), SendError> {
        let sent = self.sender.send(notice.clone());
        sent.map(drop).map_err(|_| SendError::later("No window of Courier is open here that could show it."))
    }
}
