//! Settings: typed values that change while Courier runs.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::ErrorCode;
use courier_domain::setting::{SystemSetting, setting};

impl App {
    /// Every setting, defaults filled in.
    pub async fn settings_list(&self) -> Result<Vec<SystemSetting>> {
        Ok(self.read().await?.settings().await?)
    }

    pub async fn settings_get(&self, key: &str) -> Result<SystemSetting> {
        let found = self.settings_list().await?.into_iter().find(|s| s.key == key);
        found.ok_or_else(|| unknown(key))
    }

    /// # Errors
    /// No such setting; a value that it cannot have.
    pub async fn settings_set(&self, key: &str, value: &str) -> Result<()> {
        let spec = setting(key).ok_or_else(|| unknown(key))?;
        let value = spec.check(value).map_err(|p| AppError::invalid(courier_domain::Problems::one(p)))?;
        let mut unit = self.begin().await?;
        if unit.setting(key).await? != value {
            unit.set_setting(key, &value).await?;
        }
        Ok(unit.commit().await?)
    }
}

fn unknown(key: &str) -> AppError {
    AppError::new(ErrorCode::NotFound, format!("There is no setting `{key}`."))
        .with_hint("`courier settings list` shows every setting.")
}
