//! What the battery says, where systems have no bus to ask. Whether a network is metered is not known here.

use courier_app::Conditions;
use starship_battery::{Manager, State};

#[derive(Debug, Default)]
pub(super) struct Sensors;

impl Sensors {
    pub(super) async fn read(&mut self) -> Conditions {
        let asked = tokio::task::spawn_blocking(is_on_battery).await;
        Conditions { on_battery: asked.unwrap_or(false), metered: false }
    }
}

/// A battery that empties is what the computer runs on. What is not known does not hold schedules up.
fn is_on_battery() -> bool {
    let batteries = Manager::new().and_then(|manager| manager.batteries());
    batteries
        .is_ok_and(|mut all| all.any(|one| one.is_ok_and(|battery| battery.state() == State::Discharging)))
}
