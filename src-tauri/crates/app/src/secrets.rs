//! Secrets of step fields: they come in once, and only their id goes out.

use crate::app::App;
use crate::error::Result;
use courier_domain::SecretId;
use courier_vault::SecretString;

impl App {
    /// Seals a value for a step's configuration, which then holds `{"secret_id": …}`.
    pub async fn secrets_create(&self, value: SecretString) -> Result<SecretId> {
        self.vault_needed()?;
        let id: SecretId = self.new_id();
        let sealed =
            self.vault().seal(&courier_engine::places::step_secret(id), value.expose().as_bytes())?;
        let mut unit = self.begin().await?;
        unit.put_secret(id, &sealed).await?;
        unit.commit().await?;
        Ok(id)
    }
}
