//! Settings: a row for each that somebody has changed; every other has its default.

use crate::session::{Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::problem::Problem;
use courier_domain::setting::{SETTINGS, SettingSpec, SystemSetting, setting};
use courier_domain::{Problems, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

const KIND: &str = "setting";

#[derive(FromRow)]
struct Row {
    key: String,
    value: String,
    updated_at: Timestamp,
    updated_by: String,
}

impl Session {
    /// The setting's value, or its default.
    pub async fn setting(&mut self, key: &str) -> Result<String, StoreError> {
        let spec = known(key)?;
        let sql = "SELECT value FROM system_settings WHERE key = $1";
        let value: Option<String> =
            on!(self, |c| sqlx::query_scalar(sql).bind(spec.key).fetch_optional(c).await?);
        Ok(value.unwrap_or_else(|| spec.default.to_owned()))
    }

    /// A setting that is a whole number.
    pub async fn setting_i64(&mut self, key: &str) -> Result<i64, StoreError> {
        let value = self.setting(key).await?;
        value.parse().map_err(|_| StoreError::Damaged { what: format!("setting {key} is `{value}`") })
    }

    /// A setting that is true or false.
    pub async fn setting_bool(&mut self, key: &str) -> Result<bool, StoreError> {
        let value = self.setting(key).await?;
        value.parse().map_err(|_| StoreError::Damaged { what: format!("setting {key} is `{value}`") })
    }

    /// Every setting there is, in the order they are shown, with defaults where nobody has changed it.
    pub async fn settings(&mut self) -> Result<Vec<SystemSetting>, StoreError> {
        let sql = "SELECT key, value, updated_at, updated_by FROM system_settings";
        let rows: Vec<Row> = on!(self, |c| sqlx::query_as(sql).fetch_all(c).await?);
        let mut rows: HashMap<String, Row> = rows.into_iter().map(|r| (r.key.clone(), r)).collect();
        Ok(SETTINGS
            .iter()
            .map(|spec| {
                let stored = rows.remove(spec.key);
                let description = Some(spec.help.to_owned());
                match stored {
                    Some(row) => SystemSetting {
                        key: row.key,
                        value: row.value,
                        description,
                        updated_at: row.updated_at,
                        updated_by: row.updated_by,
                    },
                    None => SystemSetting {
                        key: spec.key.to_owned(),
                        value: spec.default.to_owned(),
                        description,
                        updated_at: Timestamp::UNIX_EPOCH,
                        updated_by: "system".to_owned(),
                    },
                }
            })
            .collect())
    }
}

impl UnitOfWork {
    /// As [`UnitOfWork::set_setting`], for somebody who has looked at the value before: `seen` is its `updated_at`
    /// then, and the change is refused if somebody else has changed it since.
    pub async fn replace_setting(
        &mut self,
        key: &str,
        value: &str,
        seen: Timestamp,
    ) -> Result<(), StoreError> {
        let spec = known(key)?;
        self.hold_setting(spec).await?;
        let current = self.settings().await?.into_iter().find(|s| s.key == spec.key);
        if let Some(current) = current.filter(|c| c.updated_at != seen) {
            let yours = SystemSetting { value: value.to_owned(), ..current.clone() };
            let entity = (AuditableEntityType::SystemSetting, setting_id(spec.key));
            return Err(self.out_of_date((KIND, spec.key), entity, &yours, &current).await);
        }
        self.set_setting(key, value).await
    }

    /// Changes a setting after checking its value.
    pub async fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let spec = known(key)?;
        let value = spec.check(value).map_err(Problems::one)?;
        self.hold_setting(spec).await?;
        let before = self.setting(key).await?;
        if before == value {
            return Ok(());
        }
        let sql = "INSERT INTO system_settings (key, value, description, updated_at, updated_by) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO UPDATE SET value = excluded.value, \
                   description = excluded.description, updated_at = excluded.updated_at, \
                   updated_by = excluded.updated_by";
        let (now, actor) = (self.now(), self.actor().to_owned());
        on!(self, |c| sqlx::query(sql)
            .bind(spec.key)
            .bind(&value)
            .bind(spec.help)
            .bind(now)
            .bind(&actor)
            .execute(c)
            .await
            .map(drop)?);
        let details = json!({ "key": spec.key, "from": before, "to": value });
        self.audit(AuditableEntityType::SystemSetting, setting_id(spec.key), "Updated", details);
        Ok(())
    }
}

impl UnitOfWork {
    /// Keeps others from changing the setting until this unit of work ends. A row that is not there cannot be locked;
    /// its name can.
    async fn hold_setting(&mut self, spec: &SettingSpec) -> Result<(), StoreError> {
        if self.is_postgres() {
            let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            on!(self, |c| sqlx::query(lock).bind(spec.key).execute(c).await.map(drop)?);
        }
        Ok(())
    }
}

/// A setting is known by its key, but the audit log names what it is about by an id: one made from the key.
pub(crate) fn setting_id(key: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

pub(crate) fn known(key: &str) -> Result<&'static SettingSpec, StoreError> {
    setting(key).ok_or_else(|| {
        let known: Vec<_> = SETTINGS.iter().map(|s| s.key).collect();
        let message = format!("There is no such setting; there are {}.", known.join(", "));
        StoreError::Invalid(Problems::one(Problem::error(key, "unknown_setting", message)))
    })
}
