//! `courier job`.

use super::listing::{Listed, narrow};
use super::{bundle, dependency, flat};
use crate::args::{JobCommand, ListingArgs};
use crate::exit;
use crate::output::{Out, instant};
use courier_app::{App, AppError, ApplyMode, JobView, Reference};
use courier_domain::tag::TaggableEntityType;

pub(super) async fn run(app: &App, command: JobCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        JobCommand::List(args) => list(app, &args, out).await?,
        JobCommand::Show { job } => {
            let view = app.jobs_get(app.jobs_find(&job).await?.id).await?;
            show(&view, out)?;
        }
        JobCommand::Export { job } => {
            let id = app.jobs_find(&job).await?.id;
            out.bytes(app.jobs_export(id, bundle::format(out)).await?.as_bytes());
        }
        JobCommand::Validate { file } => {
            let plan = app.bundle_apply(bundle::request(&file, ApplyMode::DryRun)?).await?;
            out.warnings(&plan.warnings);
            if out.json {
                out.json(&serde_json::json!({ "valid": true, "problems": plan.warnings }));
            } else {
                out.line(&format!("{} is valid.", file.display()));
            }
        }
        JobCommand::Enable { job } => enable(app, &job, true, out).await?,
        JobCommand::Disable { job } => enable(app, &job, false, out).await?,
        JobCommand::Delete { job } => {
            let found = app.jobs_find(&job).await?;
            app.jobs_delete(found.id).await?;
            out.hint(&format!("Deleted {}; `courier job restore` brings it back.", found.name));
        }
        JobCommand::Restore { job } => {
            let found = app.jobs_find_deleted(&job).await?;
            app.jobs_restore(found.id).await?;
            out.hint(&format!("Restored {}.", found.name));
        }
        JobCommand::Depend(args) => dependency::add(app, &args, out).await?,
        JobCommand::Undepend { job, on } => dependency::remove(app, &job, &on, out).await?,
        JobCommand::Dependencies { job } => dependency::list(app, job.as_deref(), out).await?,
        JobCommand::Versions { job } => {
            let rows = app.jobs_versions(app.jobs_find(&job).await?.id).await?;
            if out.json {
                out.json(&rows);
            } else {
                let rows: Vec<_> = rows
                    .iter()
                    .map(|v| {
                        vec![v.version_number.to_string(), instant(Some(v.created_at)), v.created_by.clone()]
                    })
                    .collect();
                out.table(&["VERSION", "SAVED", "BY"], &rows);
            }
        }
        JobCommand::Diff { job, from, to } => {
            let diff = app.jobs_diff(app.jobs_find(&job).await?.id, from, to).await?;
            if out.json {
                out.json(&diff);
            } else if diff.changes.is_empty() {
                out.line(&format!("Versions {} and {} are the same.", diff.from, diff.to));
            } else {
                for change in &diff.changes {
                    out.line(&bundle::difference(change));
                }
            }
        }
        JobCommand::Revert { job, to } => {
            let found = app.jobs_find(&job).await?;
            let job = app.jobs_revert(found.id, to, None).await?;
            if out.json {
                out.json(&job);
            } else if job.current_version == found.current_version {
                out.hint(&format!("{} is as in version {to} already.", job.name));
            } else {
                out.hint(&format!(
                    "{} is as in version {to} again, as version {}.",
                    job.name, job.current_version
                ));
            }
        }
        JobCommand::WhereUsed { job } => {
            let found = app.jobs_where_used(app.jobs_find(&job).await?.id).await?;
            references(&found, out);
        }
    }
    Ok(exit::DONE)
}

/// What refers to something, as a table.
pub(super) fn references(found: &[Reference], out: &Out) {
    if out.json {
        return out.json(&found);
    }
    let rows: Vec<_> =
        found.iter().map(|r| vec![r.kind.to_string(), r.name.clone(), r.how.clone()]).collect();
    out.table(&["KIND", "NAME", "WHERE"], &rows);
}

async fn list(app: &App, args: &ListingArgs, out: &Out) -> Result<(), AppError> {
    let rows = app.jobs_list().await?;
    let (jobs, more) = narrow(app, TaggableEntityType::Job, rows, args, |job| Listed {
        id: job.id.0,
        name: &job.name,
        updated_at: job.updated_at,
    })
    .await?;
    if out.json {
        out.json(&jobs);
        return Ok(());
    }
    let rows: Vec<_> = jobs
        .iter()
        .map(|j| {
            vec![
                j.name.clone(),
                if j.is_enabled { "yes".into() } else { "no".into() },
                j.current_version.to_string(),
                j.step_count.to_string(),
                j.last.as_ref().map_or_else(|| "-".into(), |l| l.state.to_string()),
                instant(j.last.as_ref().and_then(|l| l.completed_at.or(l.started_at))),
            ]
        })
        .collect();
    out.table(&["JOB", "ENABLED", "VERSION", "STEPS", "LAST RUN", "AT"], &rows);
    super::tell_more(more, out);
    Ok(())
}

fn show(view: &JobView, out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&flat(view, "job")?);
        return Ok(());
    }
    let job = &view.job;
    out.line(&format!(
        "{} (version {}, {})",
        job.name,
        job.current_version,
        if job.is_enabled { "enabled" } else { "disabled" }
    ));
    out.line(&format!("id {}", job.id));
    if let Some(description) = &job.description {
        out.line(description);
    }
    for parameter in &job.parameters {
        let default = parameter.default.as_ref().map(|d| format!(", default {d}")).unwrap_or_default();
        out.line(&format!("parameter {} ({}{default})", parameter.name, parameter.parameter_type));
    }
    for step in &job.steps {
        let off = if step.enabled { "" } else { " (off)" };
        out.line(&format!("{}. {} [{}]{off}", step.step_order + 1, step.name, step.type_key));
        for (name, value) in &step.configuration {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            out.line(&format!("     {name}: {value}"));
        }
    }
    Ok(())
}

async fn enable(app: &App, job: &str, enabled: bool, out: &Out) -> Result<(), AppError> {
    let found = app.jobs_find(job).await?;
    app.jobs_enable(found.id, enabled).await?;
    out.hint(&format!("{} is {}.", found.name, if enabled { "enabled" } else { "disabled" }));
    Ok(())
}
