//! `courier job depend`, `undepend` and `dependencies`.

use crate::args::DependArgs;
use crate::output::Out;
use courier_app::{App, AppError};
use courier_domain::ErrorCode;
use courier_domain::dependency::DependencyDraft;

pub(super) async fn add(app: &App, args: &DependArgs, out: &Out) -> Result<(), AppError> {
    let (job, on) = (app.jobs_find(&args.job).await?, app.jobs_find(&args.on).await?);
    let draft = DependencyDraft {
        upstream_job_id: on.id,
        run_on_failure: args.run_on_failure,
        trigger_downstream: args.trigger,
    };
    let dependency = app.dependencies_add(job.id, draft).await?;
    if out.json {
        out.json(&dependency);
    } else {
        out.hint(&format!("{} waits for {}.", job.name, on.name));
    }
    Ok(())
}

pub(super) async fn remove(app: &App, job: &str, on: &str, out: &Out) -> Result<(), AppError> {
    let (job, on) = (app.jobs_find(job).await?, app.jobs_find(on).await?);
    let found = app
        .dependencies_list(Some(job.id))
        .await?
        .into_iter()
        .find(|d| d.dependency.upstream_job_id == on.id && d.dependency.downstream_job_id == job.id);
    let Some(found) = found else {
        let message = format!("The job `{}` does not wait for `{}`.", job.name, on.name);
        return Err(AppError::new(ErrorCode::NotFound, message));
    };
    app.dependencies_remove(found.dependency.id).await?;
    out.hint(&format!("{} does not wait for {} any more.", job.name, on.name));
    Ok(())
}

pub(super) async fn list(app: &App, job: Option<&str>, out: &Out) -> Result<(), AppError> {
    let job = match job {
        Some(job) => Some(app.jobs_find(job).await?.id),
        None => None,
    };
    let found = app.dependencies_list(job).await?;
    if out.json {
        out.json(&found);
        return Ok(());
    }
    let yes = |flag: bool| if flag { "yes".to_owned() } else { "no".to_owned() };
    let rows: Vec<_> = found
        .iter()
        .map(|d| {
            vec![
                d.downstream_job_name.clone(),
                d.upstream_job_name.clone(),
                yes(d.dependency.run_on_failure),
                yes(d.dependency.trigger_downstream),
            ]
        })
        .collect();
    out.table(&["JOB", "WAITS FOR", "ALSO AFTER FAILURE", "STARTED BY IT"], &rows);
    Ok(())
}
