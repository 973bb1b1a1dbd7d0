//! Steps that hand work to somebody else, rehearsed: nothing is started and nobody is called.

use super::foreseen::{Foreseen, Look};
use super::stage::Stage;
use crate::error::StepError;
use crate::parameters;
use courier_domain::ErrorCode;
use courier_domain::setting::ALLOW_COMMANDS;
use courier_domain::step::{CommandRun, HttpRequest, JobRun};
use std::path::Path;

pub(super) async fn job(stage: &mut Stage, params: JobRun) -> Look<Foreseen> {
    let job = stage.services.store.read().await.map_err(StepError::from)?.job(params.job_id).await;
    let job = job.map_err(StepError::from)?;
    let mut foreseen = Foreseen::doing(format!("Would run the job {}.", job.name));
    if !job.is_enabled {
        let message = format!("The job `{}` is disabled. Enable it first.", job.name);
        foreseen.problems.push(StepError::new(ErrorCode::Conflict, message));
    }
    let given = params.parameters.iter().flat_map(|values| &values.0);
    let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Err(problems) = parameters::resolve(&job, &given, stage.now()) {
        foreseen.problems.push(problems.into());
    }
    foreseen.notes.push("What that job would do, its own dry run tells.".to_owned());
    Ok(foreseen)
}

pub(super) fn request(params: &HttpRequest) -> Foreseen {
    let host = params.url.split_once("://").map_or(params.url.as_str(), |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let mut foreseen =
        Foreseen::doing(format!("Would send {} to {host}.", params.method.as_str().to_ascii_uppercase()));
    foreseen.notes.push("The service is not called in a dry run.".to_owned());
    foreseen
}

pub(super) async fn command(stage: &mut Stage, params: CommandRun) -> Look<Foreseen> {
    let mut session = stage.services.store.read().await.map_err(StepError::from)?;
    let allowed = session.setting(ALLOW_COMMANDS).await.map_err(StepError::from)?;
    let mut foreseen = Foreseen::doing(format!("Would run {}.", params.program));
    if allowed != "true" {
        foreseen.problems.push(StepError::new(
            ErrorCode::CommandsNotAllowed,
            "This Courier may not run programs: the setting security.allow_commands is off.",
        ));
    }
    let named_by_path = params.program.contains(std::path::MAIN_SEPARATOR);
    if named_by_path && !Path::new(&params.program).is_file() {
        let message = format!("There is no program {}.", params.program);
        foreseen.problems.push(StepError::new(ErrorCode::FileNotFound, message));
    }
    Ok(foreseen)
}
