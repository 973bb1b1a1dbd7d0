//! `courier settings`.

use crate::args::SettingsCommand;
use crate::exit;
use crate::output::Out;
use courier_app::{App, AppError};

pub(super) async fn run(app: &App, command: SettingsCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        SettingsCommand::Get { key } => {
            let setting = app.settings_get(&key).await?;
            if out.json {
                out.json(&setting);
            } else {
                out.line(&setting.setting.value);
            }
        }
        SettingsCommand::Set { key, value } => app.settings_set(&key, &value, None).await?,
        SettingsCommand::List => {
            let settings = app.settings_list().await?;
            if out.json {
                out.json(&settings);
            } else {
                let rows: Vec<_> = settings
                    .into_iter()
                    .map(|s| vec![s.setting.key, s.setting.value, s.allowed, s.help])
                    .collect();
                out.table(&["SETTING", "VALUE", "ALLOWED", "MEANING"], &rows);
            }
        }
    }
    Ok(exit::DONE)
}
