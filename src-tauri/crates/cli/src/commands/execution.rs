//! `courier execution`.

use crate::args::{ExecutionCommand, ExecutionListArgs, IterationsArgs};
use crate::exit;
use crate::output::{Out, bytes, instant, took};
use courier_app::{
    App, AppError, ExecutionFilter, ExecutionPage, ExecutionView, IterationQuery, LoopTally, RetryFrom,
    StepView,
};
use courier_domain::receipt::Receipt;
use courier_domain::{ErrorCode, JobExecutionId, JobId};
use serde_json::{Value, json};

pub(super) async fn run(app: &App, command: ExecutionCommand, out: &Out) -> Result<u8, AppError> {
    match command {
        ExecutionCommand::List(args) => list(app, args, out).await?,
        ExecutionCommand::Show { id } => {
            let view = app.executions_get(parse(&id)?).await?;
            show(app, &view, out).await?;
        }
        ExecutionCommand::Cancel { id } => app.executions_cancel(parse(&id)?).await?,
        ExecutionCommand::Pause { id } => app.executions_pause(parse(&id)?).await?,
        ExecutionCommand::Resume { id } => app.executions_resume(parse(&id)?).await?,
        ExecutionCommand::Retry { id, from, current } => {
            let new = app.executions_retry(parse(&id)?, RetryFrom { step: from, current }).await?;
            if out.json {
                out.json(&json!({ "id": new }));
            } else {
                out.line(&new.to_string());
            }
        }
        ExecutionCommand::Iterations(args) => iterations(app, args, out).await?,
        ExecutionCommand::Logs(args) => return super::logs::run(app, parse(&args.id)?, args, out).await,
        ExecutionCommand::Receipts { id } => receipts(app, parse(&id)?, out).await?,
    }
    Ok(exit::DONE)
}

fn parse(id: &str) -> Result<JobExecutionId, AppError> {
    id.parse().map_err(|_| AppError::new(ErrorCode::NotFound, format!("There is no run `{id}`.")))
}

async fn list(app: &App, args: ExecutionListArgs, out: &Out) -> Result<(), AppError> {
    let job_id = match args.job {
        Some(job) => Some(job_of_runs(app, &job).await?),
        None => None,
    };
    let filter = ExecutionFilter {
        job_id,
        states: args.state,
        triggered_by: args.triggered_by,
        chain_execution_id: args.chain_execution,
        since: args.time.since,
        until: args.time.until,
        search: args.search,
        sort: args.sort,
        limit: args.limit,
        after: args.after,
    };
    let page = app.executions_list(filter).await?;
    if out.json {
        out.json(&page.items);
    } else {
        table(&page, out);
    }
    // Standard output is the list and nothing else.
    if let Some(next) = page.next {
        out.hint(&format!("There are more: --after {next}"));
    }
    Ok(())
}

/// A job that is gone has its runs still.
async fn job_of_runs(app: &App, job: &str) -> Result<JobId, AppError> {
    match app.jobs_find(job).await {
        Ok(job) => Ok(job.id),
        Err(error) if error.code == ErrorCode::NotFound => match app.jobs_find_deleted(job).await {
            Ok(deleted) => Ok(deleted.id),
            Err(_) => Err(error),
        },
        Err(error) => Err(error),
    }
}

fn table(page: &ExecutionPage, out: &Out) {
    let rows: Vec<_> = page
        .items
        .iter()
        .map(|e| {
            vec![
                e.id.to_string(),
                e.job_name.clone(),
                e.state.to_string(),
                instant(e.started_at.or(e.queued_at)),
                took(e.started_at, e.completed_at),
                e.files.map_or_else(|| "-".into(), |n| n.to_string()),
                e.bytes.map_or_else(|| "-".into(), bytes),
                e.error_code.map(|c| c.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    out.table(&["RUN", "JOB", "STATE", "STARTED", "TOOK", "FILES", "SIZE", "ERROR"], &rows);
}

/// A run as one JSON object: the execution's own fields, its steps with their last attempt on top, receipts.
pub(super) async fn document(app: &App, view: &ExecutionView) -> Result<Value, AppError> {
    let mut value = super::flat(view, "execution")?;
    let steps: Vec<Value> = view.steps.iter().map(step_document).collect();
    let receipts = all_receipts(app, view.execution.id).await?;
    if let Some(map) = value.as_object_mut() {
        map.insert("cause_class".to_owned(), json!(view.execution.error_code.map(ErrorCode::class)));
        map.insert("steps".to_owned(), Value::Array(steps));
        map.insert("receipts".to_owned(), json!(receipts));
    }
    Ok(value)
}

fn step_document(s: &StepView) -> Value {
    let last = s.attempts.last();
    let outputs: Option<Value> =
        last.and_then(|a| a.output_data.as_deref()).and_then(|text| serde_json::from_str(text).ok());
    let error_code = last.and_then(|a| a.error_code);
    let mut value = json!({
        "step_order": s.step.step_order,
        "name": s.step.name,
        "alias": s.step.alias,
        "type_key": s.step.type_key,
        "enabled": s.step.enabled,
        "state": last.map(|a| a.state),
        "taken_over": s.taken_over,
        "started_at": last.and_then(|a| a.started_at),
        "completed_at": last.and_then(|a| a.completed_at),
        "duration_ms": last.and_then(|a| a.duration_ms),
        "bytes_processed": last.and_then(|a| a.bytes_processed),
        "error_code": error_code,
        "cause_class": error_code.map(ErrorCode::class),
        "error_message": last.and_then(|a| a.error_message.as_deref()),
        "outputs": outputs,
        "attempts": s.attempts,
    });
    // Only blocks have something to say here.
    if let Some(map) = value.as_object_mut() {
        if let Some(tally) = &s.tally {
            map.insert("tally".to_owned(), json!(tally));
        }
        if let Some(iterations) = &s.iterations {
            map.insert("iterations".to_owned(), json!(iterations));
        }
    }
    value
}

async fn all_receipts(app: &App, id: JobExecutionId) -> Result<Vec<Receipt>, AppError> {
    let mut all: Vec<Receipt> = Vec::new();
    loop {
        let page = app.executions_receipts(id, all.last().map(|last| last.id), 0).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

async fn show(app: &App, view: &ExecutionView, out: &Out) -> Result<(), AppError> {
    if out.json {
        out.json(&document(app, view).await?);
        return Ok(());
    }
    let run = &view.execution;
    out.line(&format!("{} (version {}): {}", view.job_name, run.job_version_number, run.state));
    out.line(&format!("id {}, {}", run.id, run.triggered_by));
    out.line(&format!(
        "started {}, took {}",
        instant(run.started_at),
        took(run.started_at, run.completed_at)
    ));
    for (name, value) in &run.parameters {
        out.line(&format!("parameter {name} = {value}"));
    }
    if let Some(message) = &run.error_message {
        out.line(&error_line(run.error_code, message));
        if let Some(hint) = run.error_code.and_then(|code| AppError::new(code, "").hint) {
            out.line(&format!("next {hint}"));
        }
    }
    for step in &view.steps {
        show_step(step, out);
    }
    if !view.waits_for.is_empty() {
        let names: Vec<&str> = view.waits_for.iter().map(|job| job.job_name.as_str()).collect();
        out.line(&format!("it waits for {} to be done", names.join(" and ")));
    }
    if view.receipts.files > 0 {
        let word = if view.receipts.files == 1 { "receipt" } else { "receipts" };
        out.line(&format!("{} {word}: `courier execution receipts {}`", view.receipts.files, run.id));
    }
    Ok(())
}

fn show_step(view: &StepView, out: &Out) {
    let indent = "    ".repeat(view.depth as usize);
    let step = &view.step;
    // What only holds a block together is not done, or left undone.
    if view.attempts.is_empty() && matches!(step.type_key.as_str(), "flow.else" | "flow.end") {
        out.line(&format!("{indent}{}. {} [{}]", step.step_order + 1, step.name, step.type_key));
        return;
    }
    let state = match (view.attempts.last(), &view.tally) {
        (Some(last), _) => last.state.as_str().to_owned(),
        (None, Some(tally)) => {
            let failed = if tally.failed > 0 { format!(", {} failed", tally.failed) } else { String::new() };
            format!("completed {} of {}{failed}", tally.completed, tally.begun)
        }
        (None, None) if view.taken_over => "done by the run that this one repeats".to_owned(),
        (None, None) => "not begun".to_owned(),
    };
    out.line(&format!("{indent}{}. {} [{}]: {state}", step.step_order + 1, step.name, step.type_key));
    let iterations = view.iterations.filter(|tally| tally.begun > 0 || tally.expected.is_some());
    if let Some(LoopTally { begun, completed, failed, unfinished, .. }) = iterations {
        out.line(&format!(
            "{indent}     {begun} iterations: {completed} completed, {failed} failed, {unfinished} unfinished"
        ));
    }
    // What was never tried has nothing to tell.
    for attempt in view.attempts.iter().filter(|attempt| attempt.started_at.is_some()) {
        let size = attempt.bytes_processed.map(|b| format!(", {}", bytes(b))).unwrap_or_default();
        let time = took(attempt.started_at, attempt.completed_at);
        let number = attempt.retry_attempt + 1;
        out.line(&format!("{indent}     attempt {number}: {}, {time}{size}", attempt.state));
        if let Some(message) = &attempt.error_message {
            out.line(&format!("{indent}     {}", error_line(attempt.error_code, message)));
        }
        if let Some(outputs) = &attempt.output_data {
            out.line(&format!("{indent}     outputs {outputs}"));
        }
    }
}

/// `error connection_refused (network): …`
fn error_line(code: Option<ErrorCode>, message: &str) -> String {
    match code {
        Some(code) => format!("error {code} ({}): {message}", code.class()),
        None => format!("error: {message}"),
    }
}

/// The step with that alias or name.
pub(super) fn step_of<'a>(view: &'a ExecutionView, wanted: &str) -> Result<&'a StepView, AppError> {
    let is_it = |s: &&StepView| s.step.alias == wanted || s.step.name.eq_ignore_ascii_case(wanted);
    view.steps.iter().find(is_it).ok_or_else(|| {
        let message = format!("There is no step `{wanted}` in that version.");
        AppError::new(ErrorCode::NotFound, message)
    })
}

async fn iterations(app: &App, args: IterationsArgs, out: &Out) -> Result<(), AppError> {
    let id = parse(&args.id)?;
    let view = app.executions_get(id).await?;
    let found = step_of(&view, &args.step)?;
    let query = IterationQuery {
        loop_order: found.step.step_order,
        within: args.within,
        show: args.only.unwrap_or_default(),
        after: args.after,
        limit: args.limit,
    };
    let page = app.executions_iterations(id, query).await?;
    if out.json {
        out.json(&page.items);
    } else {
        let rows: Vec<_> = page
            .items
            .iter()
            .map(|i| {
                vec![
                    i.path.clone(),
                    i.state.to_string(),
                    instant(i.started_at),
                    took(i.started_at, i.completed_at),
                    bytes(i.bytes),
                    i.failed_step.clone().unwrap_or_default(),
                    i.error_code.map(|code| format!("{code} ({})", code.class())).unwrap_or_default(),
                ]
            })
            .collect();
        out.table(&["ITERATION", "STATE", "STARTED", "TOOK", "SIZE", "STEP", "ERROR"], &rows);
    }
    if let Some(next) = page.next {
        out.hint(&format!("There are more: --after {next}"));
    }
    Ok(())
}

async fn receipts(app: &App, id: JobExecutionId, out: &Out) -> Result<(), AppError> {
    let receipts = all_receipts(app, id).await?;
    if out.json {
        out.json(&receipts);
        return Ok(());
    }
    let rows: Vec<_> = receipts
        .iter()
        .map(|r| {
            vec![
                r.direction.to_string(),
                r.remote_path.clone(),
                r.local_path.clone(),
                bytes(i64::try_from(r.size).unwrap_or(i64::MAX)),
                r.sha256.clone(),
                r.verified_by.to_string(),
            ]
        })
        .collect();
    out.table(&["DIRECTION", "REMOTE", "LOCAL", "SIZE", "SHA-256", "VERIFIED BY"], &rows);
    Ok(())
}
