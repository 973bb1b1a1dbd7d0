//! Starts what a monitor's ready files are for: the log of files, the runs and what they are told, in one unit of work.
//!
//! Left out: which file is ready. Invariant: a file that the log knows already, under the same generation, size, time and
//! event, starts nothing again, whoever asks.

use super::readiness::Ready;
use crate::context::Services;
use crate::error::StepError;
use crate::{parameters, scope};
use courier_domain::chain::{ChainExecution, JobChain, NewChainExecution};
use courier_domain::execution::{JobExecution, NewExecution};
use courier_domain::job::Job;
use courier_domain::monitor::{
    FileMonitor, MonitorFacts, MonitorFileLog, MonitorJobBinding, TriggerEvent, TriggeredExecution,
    TriggeringFile,
};
use courier_domain::template::{Scope, is_template};
use courier_domain::{
    ChainExecutionId, ChainMemberExecutionId, ErrorCode, FileMonitorId, IdSource, JobExecutionId,
    MonitorDirectoryStateId, NodeId, Timestamp,
};
use courier_store::{NewFileLog, UnitOfWork};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Runs of single files that one unit of work starts: others want to write, too.
const SINGLE_FILES: usize = 500;

/// What a binding starts, as it is now.
enum Target {
    Job(Box<Job>),
    Chain(Box<JobChain>),
}

/// Files that start one run of each binding.
struct Batch<'a> {
    files: &'a [Ready],
    runs: Vec<TriggeredExecution>,
}

/// Starts everything for the files. How many of them, oldest first, are dealt with now; nothing if the node may not do it
/// any more. Files that belong to no run that was started were dealt with before.
pub(super) async fn fire(
    services: &Services,
    node: NodeId,
    monitor: FileMonitorId,
    knowledge: Option<MonitorDirectoryStateId>,
    ready: &mut [Ready],
) -> Result<Option<usize>, StepError> {
    ready.sort_by(|a, b| (a.sample.modified, &a.path).cmp(&(b.sample.modified, &b.path)));
    let mut unit = services.store.begin("system").await?;
    let Some(monitor) = unit.hold_monitor(monitor, node).await? else { return Ok(None) };
    // Another node has looked after it meanwhile, or somebody has forgotten files.
    if !unit.is_folder_known_as(monitor.id, knowledge).await? {
        return Ok(None);
    }
    let count = if monitor.batch_mode { ready.len() } else { ready.len().min(SINGLE_FILES) };
    let ready = &mut ready[..count];
    number(&mut unit, &monitor, ready).await?;
    let at_once = match (monitor.batch_mode, monitor.max_files_per_run) {
        (false, _) => 1,
        (true, Some(most)) => usize::try_from(most).unwrap_or(usize::MAX).max(1),
        (true, None) => ready.len().max(1),
    };
    let batches: Vec<&[Ready]> = ready.chunks(at_once).collect();
    start(&mut unit, &*services.ids, &monitor, &batches).await?;
    unit.commit().await?;
    Ok(Some(count))
}

/// Gives each file its generation.
async fn number(unit: &mut UnitOfWork, monitor: &FileMonitor, ready: &mut [Ready]) -> Result<(), StepError> {
    let open: Vec<&str> = ready.iter().filter(|r| r.generation.is_none()).map(|r| r.path.as_str()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let newest = unit.monitor_generations(monitor.id, &open).await?;
    for file in ready.iter_mut().filter(|r| r.generation.is_none()) {
        file.generation = Some(match (newest.get(&file.path), file.event) {
            (None, _) => 0,
            (Some(last), TriggerEvent::FileCreated) => last + 1,
            (Some(last), TriggerEvent::FileModified | TriggerEvent::FileExists) => *last,
        });
    }
    Ok(())
}

/// Logs the files of each batch and starts what the monitor is bound to, for those that are new.
async fn start(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    monitor: &FileMonitor,
    batches: &[&[Ready]],
) -> Result<(), StepError> {
    let first = batches.iter().find_map(|files| files.first()).map_or("", |ready| ready.path.as_str());
    let files: usize = batches.iter().map(|files| files.len()).sum();
    if monitor.bindings.is_empty() {
        unit.monitor_triggered(monitor, files, 0, first);
        return Ok(());
    }
    let mut targets = Vec::with_capacity(monitor.bindings.len());
    for binding in &monitor.bindings {
        targets.push((binding, target(unit, binding).await?));
    }
    let batches: Vec<Batch<'_>> = batches
        .iter()
        .map(|files| Batch {
            files,
            runs: targets
                .iter()
                .map(|(binding, target)| TriggeredExecution {
                    binding_id: binding.id,
                    job_execution_id: matches!(target, Target::Job(_)).then(|| JobExecutionId(ids.new_id())),
                    chain_execution_id: matches!(target, Target::Chain(_))
                        .then(|| ChainExecutionId(ids.new_id())),
                })
                .collect(),
        })
        .collect();
    let logged = log(unit, monitor, &batches).await?;
    if logged.is_empty() {
        return Ok(());
    }
    let mut new: HashMap<Uuid, Vec<&MonitorFileLog>> = HashMap::new();
    for log in &logged {
        new.entry(log.execution_id).or_default().push(log);
    }
    let (mut told, mut runs) = (Vec::new(), 0);
    for batch in &batches {
        let Some(first_run) = batch.runs.first().map(id_of) else { continue };
        let Some(logs) = new.get(&first_run) else { continue };
        let facts = facts(monitor, batch, logs);
        let text = serde_json::to_string(&facts).map_err(|error| StepError {
            code: ErrorCode::Internal,
            message: "What the run is told could not be written.".into(),
            cause: Some(Box::new(error)),
        })?;
        for ((binding, target), run) in targets.iter().zip(&batch.runs) {
            begin(unit, ids, (monitor, binding), target, run, &facts).await?;
            told.push((run.job_execution_id, run.chain_execution_id, text.clone()));
            runs += 1;
        }
    }
    unit.put_run_triggers(&told).await?;
    unit.link_monitor_files(&logged).await?;
    unit.expected_files_came(monitor).await?;
    unit.monitor_triggered(monitor, logged.len(), runs, first);
    Ok(())
}

fn id_of(run: &TriggeredExecution) -> Uuid {
    run.job_execution_id.map(Uuid::from).or(run.chain_execution_id.map(Uuid::from)).unwrap_or_default()
}

async fn log(
    unit: &mut UnitOfWork,
    monitor: &FileMonitor,
    batches: &[Batch<'_>],
) -> Result<Vec<MonitorFileLog>, StepError> {
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(batch.files.iter().map(|file| NewFileLog {
            file_path: file.path.clone(),
            file_size: file.sample.size,
            file_hash: file.sha256.clone(),
            last_modified: file.sample.modified,
            trigger_event: file.event,
            generation: file.generation.unwrap_or(0),
            executions: batch.runs.clone(),
        }));
    }
    Ok(unit.log_monitor_files(monitor.id, &rows).await?)
}

/// What the run is told: the files that are new, in the batch's order.
fn facts(monitor: &FileMonitor, batch: &Batch<'_>, logs: &[&MonitorFileLog]) -> MonitorFacts {
    let new: HashMap<(&str, TriggerEvent), ()> =
        logs.iter().map(|log| ((log.file_path.as_str(), log.trigger_event), ())).collect();
    let files: Vec<TriggeringFile> = batch
        .files
        .iter()
        .filter(|file| new.contains_key(&(file.path.as_str(), file.event)))
        .map(|file| triggering(&file.path, file.sample.size, file.sample.modified, file.event))
        .collect();
    facts_of(monitor, files)
}

fn facts_of(monitor: &FileMonitor, files: Vec<TriggeringFile>) -> MonitorFacts {
    let event = files.first().map_or(TriggerEvent::FileCreated, |file| file.event);
    MonitorFacts { name: monitor.name.clone(), event, files }
}

fn triggering(path: &str, size: u64, modified_at: Timestamp, event: TriggerEvent) -> TriggeringFile {
    let is_separator = |c: char| c == '/' || (cfg!(windows) && c == '\\');
    TriggeringFile {
        name: path.rsplit(is_separator).next().unwrap_or(path).to_owned(),
        path: path.to_owned(),
        size,
        modified_at,
        is_directory: false,
        event,
    }
}

async fn target(unit: &mut UnitOfWork, binding: &MonitorJobBinding) -> Result<Target, StepError> {
    let disabled = |kind: &str, name: &str| {
        let message = format!("The {kind} `{name}` is disabled, so nothing is started for the files.");
        StepError::new(ErrorCode::Conflict, message)
    };
    match (binding.job_id, binding.chain_id) {
        (Some(id), _) => {
            let job = unit.job(id).await?;
            if !job.is_enabled {
                return Err(disabled("job", &job.name));
            }
            Ok(Target::Job(Box::new(job)))
        }
        (None, Some(id)) => {
            let chain = unit.chain(id).await?;
            if !chain.is_enabled {
                return Err(disabled("chain", &chain.name));
            }
            Ok(Target::Chain(Box::new(chain)))
        }
        (None, None) => Err(StepError::new(ErrorCode::Internal, "A binding names neither job nor chain.")),
    }
}

async fn begin(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    (monitor, binding): (&FileMonitor, &MonitorJobBinding),
    target: &Target,
    run: &TriggeredExecution,
    facts: &MonitorFacts,
) -> Result<(), StepError> {
    let now = unit.now();
    let triggered_by = format!("monitor:{}", monitor.id);
    let trigger_key = Some(format!("monitor:{}:{}", monitor.id, id_of(run)));
    match target {
        Target::Job(job) => {
            let given = values(&binding.parameters, facts, job.time_zone.as_deref(), now)?;
            let parameters = parameters::resolve(job, &given, now)?;
            let execution = JobExecution::new(NewExecution {
                id: run.job_execution_id.unwrap_or_else(|| JobExecutionId(ids.new_id())),
                job_id: job.id,
                job_version_number: job.current_version,
                triggered_by,
                parameters,
                priority: job.priority,
                retry_of: None,
                trigger_key,
                now,
            });
            unit.enqueue(&execution).await?;
        }
        Target::Chain(chain) => {
            let begin = NewChainExecution {
                id: run.chain_execution_id.unwrap_or_else(|| ChainExecutionId(ids.new_id())),
                triggered_by,
                parameters: values(&binding.parameters, facts, None, now)?,
                trigger_key,
                now,
            };
            let new = ChainExecution::new(chain, begin, || ChainMemberExecutionId(ids.new_id()));
            let execution = new.map_err(|error| StepError {
                code: ErrorCode::Internal,
                message: format!("The chain `{}` could not be written.", chain.name),
                cause: Some(Box::new(error)),
            })?;
            unit.insert_chain_execution(&execution).await?;
        }
    }
    Ok(())
}

/// A binding's values, with what the monitor tells in them.
fn values(
    given: &BTreeMap<String, Value>,
    facts: &MonitorFacts,
    zone: Option<&str>,
    now: Timestamp,
) -> Result<BTreeMap<String, Value>, StepError> {
    let has_template = |value: &Value| serde_json::to_string(value).is_ok_and(|text| is_template(&text));
    if !given.values().any(has_template) {
        return Ok(given.clone());
    }
    let scope = Scope::from(&json!({ "monitor": facts, "now": scope::local(now, zone) }));
    let rendered = given.iter().map(|(name, value)| {
        let rendered = scope::render(value, &scope, courier_domain::template::RenderAs::Text);
        rendered.map(|value| (name.clone(), value)).map_err(|error| {
            let error = StepError::from(error);
            StepError { message: format!("parameters.{name}: {}", error.message), ..error }
        })
    });
    rendered.collect()
}

/// Starts again what a logged file is for, as another generation of it.
///
/// # Errors
/// A job or chain that is disabled, parameters that do not fit; the store's.
pub async fn fire_again(
    unit: &mut UnitOfWork,
    ids: &dyn IdSource,
    monitor: &FileMonitor,
    logs: &[MonitorFileLog],
) -> Result<(), StepError> {
    let paths: Vec<&str> = logs.iter().map(|log| log.file_path.as_str()).collect();
    let newest = unit.monitor_generations(monitor.id, &paths).await?;
    let ready: Vec<Ready> = logs
        .iter()
        .map(|log| Ready {
            path: log.file_path.clone(),
            sample: super::readiness::Sample { size: log.file_size, modified: log.last_modified },
            event: log.trigger_event,
            generation: Some(newest.get(&log.file_path).map_or(0, |last| last + 1)),
            sha256: log.file_hash.clone(),
        })
        .collect();
    let at_once = if monitor.batch_mode { ready.len().max(1) } else { 1 };
    let batches: Vec<&[Ready]> = ready.chunks(at_once).collect();
    start(unit, ids, monitor, &batches).await
}
