//! What UPower and NetworkManager say, over the system's bus.
//!
//! A service that is not there says nothing, and what is not known does not hold schedules up.

use courier_app::Conditions;
use serde::de::DeserializeOwned;
use std::time::Duration;
use zbus::connection::Builder;
use zbus::proxy::{Builder as ProxyBuilder, CacheProperties, Proxy};

/// A service must answer within.
const PATIENCE: Duration = Duration::from_secs(5);
/// As NetworkManager numbers them: yes, and yes as far as it can guess.
const METERED: [u32; 2] = [1, 3];

#[derive(Debug, Default)]
pub(super) struct Sensors {
    bus: Option<zbus::Connection>,
}

impl Sensors {
    pub(super) async fn read(&mut self) -> Conditions {
        let bus = match &self.bus {
            Some(bus) => bus,
            None => match Builder::system().method_timeout(PATIENCE).build().await {
                Ok(bus) => self.bus.insert(bus),
                Err(error) => {
                    tracing::debug!(%error, "the system's bus is not there");
                    return Conditions::default();
                }
            },
        };
        let on_battery = ask(bus, "org.freedesktop.UPower", "/org/freedesktop/UPower", "OnBattery").await;
        let metered =
            ask(bus, "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "Metered").await;
        if on_battery.is_err() && metered.is_err() {
            // Perhaps the bus has gone; the next one is looked for the next time.
            self.bus = None;
        }
        Conditions {
            on_battery: on_battery.unwrap_or(false),
            metered: metered.is_ok_and(|told: u32| METERED.contains(&told)),
        }
    }
}

/// A property of a service's only object, as it is now.
async fn ask<T>(
    bus: &zbus::Connection,
    service: &'static str,
    path: &'static str,
    what: &str,
) -> zbus::Result<T>
where
    T: DeserializeOwned + zbus::Type,
{
    let proxy: Proxy<'_> = ProxyBuilder::new(bus)
        .destination(service)
        .path(path)
        .interface(service)
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    proxy
        .get_property(what)
        .await
        .inspect_err(|error| tracing::debug!(%error, service, "nothing is known of the computer from here"))
}
