//! The desktop's notification server, over D-Bus as freedesktop.org specifies it.
//!
//! One connection serves all notices; nobody waits for a click but one task. A server that hangs is given up on after a
//! while, one that comes later is found, and a bus that goes away is looked for again with the next notice.

use super::body;
use crate::ipc::Page;
use crate::shell::pages;
use courier_app::Notice;
use courier_app::domain::event::EventType;
use futures::StreamExt;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tauri::AppHandle;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use zbus::Variant;
use zbus::connection::Builder;
use zbus::names::OwnedUniqueName;
use zbus::proxy::{Proxy, SignalStream};

const SERVER: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// A server must answer within.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many notices are remembered for a click.
const REMEMBERED: usize = 100;
/// The click on the notice itself.
const DEFAULT: &str = "default";

/// How loud a notice is. What needs a person stays until it is put away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Normal = 1,
    Critical = 2,
}

struct Desktop {
    server: Proxy<'static>,
    signals: SignalStream<'static>,
    /// What a click opens, oldest first. Another server counts its ids anew, so its name belongs to them.
    shown: VecDeque<(OwnedUniqueName, u32, Page)>,
}

/// Shows every notice and follows the clicks on them.
pub(super) async fn show_all(handle: AppHandle, mut notices: Receiver<Notice>) {
    let mut desktop: Option<Desktop> = None;
    loop {
        tokio::select! {
            notice = notices.recv() => match notice {
                Ok(notice) => {
                    if let Err(error) = show(&mut desktop, &notice).await {
                        tracing::info!(%error, "the desktop shows no notifications");
                    }
                }
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "notices were not shown"),
                Err(RecvError::Closed) => return,
            },
            clicked = clicked(&mut desktop) => match clicked {
                Some(page) => pages::ask(&handle, page),
                None => desktop = None,
            },
        }
    }
}

async fn show(desktop: &mut Option<Desktop>, notice: &Notice) -> zbus::Result<()> {
    let desktop = match desktop {
        Some(desktop) => desktop,
        none => none.insert(Desktop::connect().await?),
    };
    desktop.show(notice).await
}

/// The page of the next notice that is clicked; nothing when the bus has gone.
async fn clicked(desktop: &mut Option<Desktop>) -> Option<Page> {
    match desktop {
        Some(desktop) => desktop.clicked().await,
        None => std::future::pending().await,
    }
}

impl Desktop {
    async fn connect() -> zbus::Result<Self> {
        let bus = Builder::session().method_timeout(PATIENCE).build().await?;
        let server = Proxy::new_owned(bus, SERVER, PATH, SERVER).await?;
        let signals = server.receive_all_signals().await?;
        Ok(Self { server, signals, shown: VecDeque::new() })
    }

    async fn show(&mut self, notice: &Notice) -> zbus::Result<()> {
        // Asked each time, because another server may have taken the place of the one before.
        let able: Vec<String> = self.server.call("GetCapabilities", &()).await?;
        let is_able = |what: &str| able.iter().any(|one| one == what);
        let text = if is_able("body-markup") { plain(body(notice)) } else { body(notice).to_owned() };
        let actions: &[&str] = if is_able("actions") { &[DEFAULT, "Open"] } else { &[] };
        let hints = HashMap::from([
            ("urgency", Variant::U8(urgency(notice.event_type) as u8)),
            ("desktop-entry", Variant::from("Courier")),
        ]);
        let told = ("Courier", 0_u32, "courier-desktop", &notice.title, &text, actions, hints, -1_i32);
        let reply = self.server.call_method("Notify", &told).await?;
        let id: u32 = reply.body().deserialize()?;
        if let Some(sender) = reply.header().sender() {
            if self.shown.len() == REMEMBERED {
                self.shown.pop_front();
            }
            self.shown.push_back((sender.to_owned().into(), id, pages::of_notice(notice)));
        }
        Ok(())
    }

    async fn clicked(&mut self) -> Option<Page> {
        loop {
            let signal = self.signals.next().await?;
            let header = signal.header();
            if header.member().is_none_or(|member| member != "ActionInvoked") {
                continue;
            }
            let Ok((id, action)) = signal.body().deserialize::<(u32, String)>() else { continue };
            let of_notice = |(sender, shown, _): &&(OwnedUniqueName, u32, Page)| {
                *shown == id && header.sender().is_some_and(|from| from == sender)
            };
            if action == DEFAULT
                && let Some((_, _, page)) = self.shown.iter().find(of_notice)
            {
                return Some(page.clone());
            }
        }
    }
}

/// Servers that know markup read a few tags in a text; names from elsewhere must not be taken for any.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn urgency(event_type: Option<EventType>) -> Urgency {
    use EventType as T;
    let Some(event_type) = event_type else { return Urgency::Normal };
    match event_type {
        T::JobFailed
        | T::ChainFailed
        | T::MonitorFailed
        | T::ExpectedFileMissing
        | T::ScheduleMisfired
        | T::AuditBroken
        | T::KeyExpired
        | T::HostKeyChanged => Urgency::Critical,
        T::JobStarted
        | T::ExpectedFileArrived
        | T::JobCompleted
        | T::JobPaused
        | T::JobResumed
        | T::JobCancelled
        | T::StepStarted
        | T::StepCompleted
        | T::StepFailed
        | T::StepSkipped
        | T::StepPaused
        | T::StepResumed
        | T::StepCancelled
        | T::ChainStarted
        | T::ChainCompleted
        | T::ChainPaused
        | T::ChainResumed
        | T::ChainCancelled
        | T::MonitorTriggered
        | T::MonitorRecovered
        | T::WatcherAutoDisabled
        | T::KeyExpiringSoon
        | T::InsecureTrustUsed => Urgency::Normal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_taken_for_a_tag() {
        assert_eq!(plain("a<b>&c"), "a&lt;b&gt;&amp;c");
    }

    #[test]
    fn what_needs_a_person_stays() {
        assert_eq!(urgency(Some(EventType::JobFailed)), Urgency::Critical);
        assert_eq!(urgency(Some(EventType::JobCompleted)), Urgency::Normal);
        assert_eq!(urgency(None), Urgency::Normal);
    }
}
