//! What the path fields of steps match now, for whoever fills them in.

use crate::app::App;
use crate::error::Result;
use courier_domain::step::{Configuration, StepType};
use courier_engine::{PathsLook, PathsMatch, decided_by};
use serde::Deserialize;
use specta::Type;
use tokio_util::sync::CancellationToken;

/// A step's path field, as it stands in the editor.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct PathsAsked {
    pub type_key: String,
    pub field: String,
    /// At least what [`App::paths_decided_by`] names.
    pub configuration: Configuration,
    /// The job's; dates in paths are of that zone.
    pub time_zone: Option<String>,
}

impl App {
    /// The fields of a step's configuration that decide what one of its path fields means; none where it means nothing
    /// that is there before a run.
    pub fn paths_decided_by(&self, type_key: &str, field: &str) -> Vec<String> {
        let step: Option<StepType> = type_key.parse().ok();
        step.map_or(&[][..], |step| decided_by(step, field)).iter().map(|name| (*name).to_owned()).collect()
    }

    /// What the field matches now; nothing where only a run can tell. A server is reached as for looking around by hand,
    /// but never for the first time.
    ///
    /// # Errors
    /// The folder cannot be read; the server is not reached or not trusted; cancelled.
    pub async fn paths_match(
        &self,
        asked: &PathsAsked,
        cancel: CancellationToken,
    ) -> Result<Option<PathsMatch>> {
        let Ok(step) = asked.type_key.parse::<StepType>() else { return Ok(None) };
        let zone = asked.time_zone.as_deref();
        let look = PathsLook::of(step, &asked.field, &asked.configuration, zone, self.now());
        let Some(look) = look else { return Ok(None) };
        let Some(connection) = look.connection() else {
            return Ok(Some(self.engine().paths_match(&look, cancel).await?));
        };
        self.must_be_met(connection).await?;
        let server = self.connect_until(connection, cancel.clone()).await?;
        let found = look.there(server.clone(), &cancel).await;
        server.close().await;
        Ok(Some(found?))
    }
}
