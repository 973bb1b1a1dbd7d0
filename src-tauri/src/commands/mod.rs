//! The commands, three lines each: what the window asks for is done by `courier-app`.

pub(crate) mod audit;
pub(crate) mod calendars;
pub(crate) mod chains;
pub(crate) mod connections;
pub(crate) mod desktop;
pub(crate) mod drops;
pub(crate) mod executions;
pub(crate) mod files;
pub(crate) mod imports;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod local;
pub(crate) mod monitors;
pub(crate) mod notifications;
pub(crate) mod schedules;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod tags;
pub(crate) mod vault;

use courier_app::App;
use tauri::State;

/// The opened application, as commands get it.
pub(crate) type Courier<'a> = State<'a, App>;
/// What every command answers.
pub(crate) type Answer<T> = courier_app::Result<T>;
