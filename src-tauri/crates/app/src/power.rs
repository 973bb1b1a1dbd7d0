//! What Courier asks of the computer that it works on, and what it waits for there.
//!
//! Left out: how a system is asked (the shell knows the systems).

use crate::app::App;
use crate::error::Result;
use courier_domain::schedule::ScheduleHold;
use courier_domain::setting;
use tokio::sync::watch;

/// What people want of a computer while Courier works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerSettings {
    /// It does not go to sleep by itself while runs are worked on.
    pub keep_awake: bool,
    /// Schedules wait while it runs on its battery.
    pub wait_for_mains: bool,
    /// Schedules wait while its network is paid for by what it carries.
    pub wait_for_unmetered: bool,
}

/// What a computer says of itself; nothing is said where the system does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    pub on_battery: bool,
    pub metered: bool,
}

impl PowerSettings {
    /// Whether anything has to be known of the computer.
    pub fn waits(self) -> bool {
        self.wait_for_mains || self.wait_for_unmetered
    }

    /// Why schedules wait, if they do.
    pub fn hold(self, now: Conditions) -> Option<ScheduleHold> {
        if self.wait_for_mains && now.on_battery {
            Some(ScheduleHold::OnBattery)
        } else if self.wait_for_unmetered && now.metered {
            Some(ScheduleHold::Metered)
        } else {
            None
        }
    }
}

impl App {
    pub async fn power_settings(&self) -> Result<PowerSettings> {
        let mut session = self.read().await?;
        Ok(PowerSettings {
            keep_awake: session.setting_bool(setting::KEEP_AWAKE).await?,
            wait_for_mains: session.setting_bool(setting::WAIT_FOR_MAINS).await?,
            wait_for_unmetered: session.setting_bool(setting::WAIT_FOR_UNMETERED).await?,
        })
    }

    /// How many runs this process works on, from now on.
    pub fn working(&self) -> watch::Receiver<usize> {
        self.engine().working()
    }

    /// From now on this process fires no schedules, or does again.
    pub fn hold_schedules(&self, hold: Option<ScheduleHold>) {
        self.engine().hold_schedules(hold);
    }

    /// Why this process fires no schedules, if it does not.
    pub fn schedule_hold(&self) -> Option<ScheduleHold> {
        self.engine().schedule_hold()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_wait_only_for_what_is_wanted() {
        let wanted = |wait_for_mains, wait_for_unmetered| PowerSettings {
            keep_awake: true,
            wait_for_mains,
            wait_for_unmetered,
        };
        let at = |on_battery, metered| Conditions { on_battery, metered };
        assert_eq!(wanted(false, false).hold(at(true, true)), None);
        assert_eq!(wanted(true, false).hold(at(false, true)), None);
        assert_eq!(wanted(true, false).hold(at(true, false)), Some(ScheduleHold::OnBattery));
        assert_eq!(wanted(false, true).hold(at(true, true)), Some(ScheduleHold::Metered));
        assert_eq!(wanted(true, true).hold(at(true, true)), Some(ScheduleHold::OnBattery));
    }
}
