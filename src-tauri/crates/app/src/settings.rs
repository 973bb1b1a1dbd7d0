//! Settings: typed values that change while Courier runs.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::setting::{SettingRange, SettingSpec, SettingUnit, SystemSetting, setting};
use courier_domain::{ErrorCode, Timestamp};
use serde::Serialize;
use specta::Type;

/// A setting with what may be entered for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct SettingView {
    #[serde(flatten)]
    pub setting: SystemSetting,
    /// What people call it.
    pub title: String,
    /// `integer`, `boolean`, `paths`, `path` or `rate_limit`.
    #[serde(rename = "type")]
    pub value_type: String,
    pub default: String,
    pub unit: Option<SettingUnit>,
    /// Of an integer.
    pub range: Option<SettingRange>,
    pub help: String,
    /// The same for people: `1 to 3650 days`.
    pub allowed: String,
}

impl SettingView {
    fn new(setting: SystemSetting, spec: &SettingSpec) -> Self {
        Self {
            setting,
            title: spec.title.to_owned(),
            value_type: spec.kind.name().to_owned(),
            default: spec.default.to_owned(),
            unit: spec.unit,
            range: spec.kind.range(),
            help: spec.help.to_owned(),
            allowed: spec.allowed(),
        }
    }
}

impl App {
    /// Every setting, defaults filled in.
    pub async fn settings_list(&self) -> Result<Vec<SettingView>> {
        let settings = self.read().await?.settings().await?;
        let shown = |found: SystemSetting| setting(&found.key).map(|spec| SettingView::new(found, spec));
        Ok(settings.into_iter().filter_map(shown).collect())
    }

    pub async fn settings_get(&self, key: &str) -> Result<SettingView> {
        let found = self.settings_list().await?.into_iter().find(|s| s.setting.key == key);
        found.ok_or_else(|| unknown(key))
    }

    /// With `seen`, the `updated_at` that its editor had loaded, it is refused when somebody else changed it meanwhile.
    ///
    /// # Errors
    /// No such setting; a value that it cannot have.
    pub async fn settings_set(&self, key: &str, value: &str, seen: Option<Timestamp>) -> Result<()> {
        let spec = setting(key).ok_or_else(|| unknown(key))?;
        let value = spec.check(value).map_err(|p| AppError::invalid(courier_domain::Problems::one(p)))?;
        let mut unit = self.begin().await?;
        match seen {
            Some(seen) => unit.replace_setting(key, &value, seen).await?,
            None => unit.set_setting(key, &value).await?,
        }
        Ok(unit.commit().await?)
    }
}

fn unknown(key: &str) -> AppError {
    AppError::new(ErrorCode::NotFound, format!("There is no setting `{key}`."))
        .with_hint("`courier settings list` shows every setting.")
}
