//! Rehearsal: what every step of a job would do now, on real listings, with real keys and real rights, and nothing
//! written anywhere: no file, no store, no trust, nothing on a server.
//!
//! Each step is looked at after the ones before it: what they would make, move and take away is imagined over the disk
//! and the servers, and what they would hand on feeds the templates of later steps. Where that cannot be known, the
//! later step says so and the rehearsal goes on. It runs in the process that asks, without a node or an execution.
//!
//! Left out: content. Whether a signature is good, or what is in an archive that is not here yet, only the run tells.
//! Invariant: a step's rehearsal has nothing at hand that writes; see [`stage::Stage`].

mod archives;
mod blocks;
mod flow;
mod foreseen;
mod imagined_disk;
mod imagined_remote;
mod local_files;
mod outside;
mod pgp;
mod placing;
mod remote_files;
mod report;
mod room;
mod stage;
mod standing;
mod transfers;
mod words;

pub use report::{FILES_NAMED, PlannedFile, Rehearsal, RehearsalProblem, RehearsedStep, Verdict};

use crate::context::Services;
use crate::error::StepError;
use crate::remote::TrustNotes;
use crate::roots::Roots;
use crate::scope::{self, Resolved, RunFacts};
use crate::sessions::Sessions;
use crate::workspace::{self, Workspace};
use courier_domain::execution::JobContext;
use courier_domain::job::{FailurePolicyType, Job, JobStep};
use courier_domain::step::{StepParams, StepType};
use courier_domain::template::{Known, Scope};
use courier_domain::{ErrorCode, JobExecutionId, setting, template};
use foreseen::{Foreseen, Halt, Look};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use imagined_disk::ImaginedDisk;
use room::Room;
use serde_json::{Value, json};
use stage::{Local, Stage};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A step that is not looked into after this long is not known.
const STEP_LIMIT: Duration = Duration::from_secs(120);

/// What to rehearse.
#[derive(Debug)]
pub struct RehearsalRequest {
    /// As it is, or as a draft would have it.
    pub job: Job,
    /// As a run would have them.
    pub parameters: BTreeMap<String, Value>,
    pub triggered_by: String,
    /// What is wrong with steps as they are configured, by their place; such a step is not looked into.
    pub mistakes: BTreeMap<usize, Vec<String>>,
}

/// Rehearses a job, telling each step as it is known.
pub(crate) async fn rehearse(
    services: &Arc<Services>,
    request: RehearsalRequest,
    cancel: CancellationToken,
    on_step: &(dyn Fn(&RehearsedStep) + Send + Sync),
) -> Result<Rehearsal, StepError> {
    let mut walk = Walk::begin(services, &request, cancel).await?;
    let steps = walk.through(&request, on_step).await;
    walk.end().await;
    Ok(Rehearsal::of(request.job.name, steps?))
}

/// The way through a job's steps.
struct Walk {
    stage: Stage,
    facts: RunFacts,
    context: JobContext,
    /// Names of the steps that were looked into, by alias: what they would hand on is known in part at best.
    rehearsed: BTreeMap<String, (String, StepType)>,
    /// The run's folder with a separator, as it stands before paths in it.
    prefix: String,
    /// `loop` of the blocks around, innermost last.
    loops: Vec<Value>,
    /// What the loop goes through that was just looked into.
    items: Option<Vec<Value>>,
}

impl Walk {
    async fn begin(
        services: &Arc<Services>,
        request: &RehearsalRequest,
        cancel: CancellationToken,
    ) -> Result<Self, StepError> {
        let execution = JobExecutionId(services.ids.new_id());
        let folder = workspace::path(&services.workspaces, execution);
        let allowed = services.store.read().await?.setting(setting::ALLOWED_ROOTS).await?;
        let roots = Roots::of(&allowed, &folder)?;
        let mut disk = ImaginedDisk::default();
        disk.make_folder(&folder);
        let prefix = format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR);
        let local = Local { disk, room: Room::default(), workspace: Workspace { folder, roots } };
        let met = Arc::new(TrustNotes::default());
        let job = &request.job;
        Ok(Self {
            stage: Stage {
                sessions: Sessions::unrecorded(cancel.clone(), Arc::clone(&met)),
                services: Arc::clone(services),
                met,
                cancel,
                job: job.id,
                execution,
                local: Arc::new(Mutex::new(local)),
                remotes: HashMap::new(),
            },
            facts: RunFacts {
                job_id: job.id.to_string(),
                job_name: job.name.clone(),
                job_version: job.current_version,
                execution_id: execution.to_string(),
                triggered_by: request.triggered_by.clone(),
                started_at: services.clock.now(),
                attempt: 0,
                time_zone: job.time_zone.clone(),
                params: Known::from(&request.parameters),
                chain: None,
                monitor: None,
            },
            context: JobContext { params: request.parameters.clone(), ..JobContext::default() },
            rehearsed: BTreeMap::new(),
            prefix,
            loops: Vec::new(),
            items: None,
        })
    }

    async fn end(&self) {
        self.stage.sessions.close(&self.stage.services).await;
    }

    /// Looks into one step and goes behind it.
    async fn step(&mut self, job: &Job, step: &JobStep, mistakes: &[String]) -> RehearsedStep {
        if !step.enabled {
            return self.told(step, Verdict::Skipped, Foreseen::doing("The step is disabled.".to_owned()));
        }
        let step_type = step.type_key.parse::<StepType>().ok();
        let looked = match step_type {
            None => {
                let message = format!("There is no step type `{}`.", step.type_key);
                Err(Halt::Cannot(StepError::new(ErrorCode::Validation, message)))
            }
            Some(_) if !mistakes.is_empty() => {
                let problems = mistakes.iter().map(|mistake| StepError::new(ErrorCode::Validation, mistake));
                Ok(Foreseen { problems: problems.collect(), ..Foreseen::default() })
            }
            Some(step_type) => self.look(step, step_type).await,
        };
        if let Some(step_type) = step_type {
            self.rehearsed.insert(step.alias.clone(), (step.name.clone(), step_type));
        }
        let mut told = match looked {
            Ok(mut foreseen) => {
                if !mistakes.is_empty() {
                    self.doubt(step);
                }
                self.context.steps.insert(step.alias.clone(), std::mem::take(&mut foreseen.outputs));
                let stands = !foreseen.problems.is_empty();
                self.told(step, if stands { Verdict::Cannot } else { Verdict::WouldDo }, foreseen)
            }
            Err(Halt::Cannot(error)) => {
                self.doubt(step);
                let foreseen = Foreseen { problems: vec![error], ..Foreseen::default() };
                self.told(step, Verdict::Cannot, foreseen)
            }
            Err(Halt::Unknown(why)) => {
                self.doubt(step);
                let mut foreseen = Foreseen::doing(why);
                if let Some(step_type) = step_type {
                    standing::look(&mut self.stage, &mut foreseen, step, step_type).await;
                }
                let stands = !foreseen.problems.is_empty();
                self.told(step, if stands { Verdict::Cannot } else { Verdict::Unknown }, foreseen)
            }
        };
        let policy = step.failure_policy.as_ref().unwrap_or(&job.failure_policy).policy_type;
        if told.verdict == Verdict::Cannot && policy == FailurePolicyType::SkipAndContinue {
            told.notes.push("A run would skip this step with its error and go on.".to_owned());
        }
        told
    }

    /// What templates of a step see that is looked into now.
    fn scope(&self) -> Scope {
        let mut scope = self.facts.scope(self.stage.now());
        let known: BTreeMap<&str, Known> = self
            .context
            .steps
            .iter()
            .map(|(alias, outputs)| (alias.as_str(), Known::from(outputs)))
            .collect();
        scope.insert_all("steps", known.iter().map(|(alias, known)| (*alias, known)));
        if let Some(this_loop) = self.loops.last() {
            scope.insert("loop", this_loop);
        }
        scope
    }

    async fn look(&mut self, step: &JobStep, step_type: StepType) -> Look<Foreseen> {
        self.check_known(step)?;
        let scope = self.scope();
        let resolved = scope::resolve(step_type, &step.configuration, &scope)?;
        let params = self.admitted(resolved)?;
        if let StepParams::FlowForEach(each) = &params {
            self.items = Some(each.source.0.clone());
        }
        let cancel = self.stage.cancel.clone();
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(StepError::cancelled().into()),
            looked = look_into(&mut self.stage, step, step_type, params) => looked,
            () = tokio::time::sleep(STEP_LIMIT) => Err(Halt::Unknown(format!(
                "It was not known after {} s, and the dry run went on.",
                STEP_LIMIT.as_secs()
            ))),
        }
    }

    /// The parameters, unless a path among them lies where steps may not go.
    fn admitted(&self, resolved: Resolved) -> Result<StepParams, StepError> {
        let local = self.stage.local.lock().unwrap_or_else(PoisonError::into_inner);
        for path in &resolved.local_paths {
            local.workspace.roots.admit(&local.workspace.join(path))?;
        }
        Ok(resolved.params)
    }

    /// Halts where a template needs what an earlier step hands on only in a run.
    fn check_known(&self, step: &JobStep) -> Look<()> {
        let mut texts = Vec::new();
        collect_texts(&Value::Object(step.configuration.clone()), &mut texts);
        let scope = Scope::from(&json!({ "steps": self.context.steps }));
        for name in texts.iter().filter_map(|text| template::names(text).ok()).flatten() {
            let mut parts = name.split('.');
            let (Some("steps"), Some(alias)) = (parts.next(), parts.next()) else { continue };
            let Some((earlier, earlier_type)) = self.rehearsed.get(alias) else { continue };
            let output = parts.next();
            let is_known = match output {
                Some(output) => scope.lookup(&format!("steps.{alias}.{output}")).is_some(),
                None => self.context.steps.contains_key(alias),
            };
            // A name that no run would know is told as the run tells it.
            let would_be = output.is_none_or(|output| {
                earlier_type.spec().outputs.iter().any(|known| known.name == output)
                    || *earlier_type == StepType::ContextSet
            });
            if !is_known && would_be {
                return Err(Halt::Unknown(format!(
                    "It works with what the step {earlier} hands on ({}), and that cannot be known before the run.",
                    output.unwrap_or(alias)
                )));
            }
        }
        Ok(())
    }

    /// What the step would have done where it may have done something is not known from here on.
    fn doubt(&mut self, step: &JobStep) {
        let mut local = self.stage.local.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = local.workspace.folder.clone();
        local.disk.doubt(&folder, &step.name);
        let scope = self.scope();
        if let Ok(step_type) = step.type_key.parse::<StepType>()
            && let Ok(resolved) = scope::resolve(step_type, &step.configuration, &scope)
        {
            for path in resolved.local_paths {
                let path = local.workspace.join(&path);
                local.disk.doubt(&path, &step.name);
            }
        }
        let connection = step.configuration.get("connection_id").and_then(Value::as_str);
        let connection = connection.and_then(|id| id.parse().ok());
        if let Some(remote) = connection.and_then(|id| self.stage.remotes.get(&id)) {
            remote.doubt(&step.name);
        }
    }

    /// What was foreseen, in the report's shape.
    fn told(&self, step: &JobStep, verdict: Verdict, foreseen: Foreseen) -> RehearsedStep {
        let short = |text: String| text.replace(&self.prefix, "");
        let problems: Vec<RehearsalProblem> = foreseen
            .problems
            .into_iter()
            .map(|error| RehearsalProblem { code: error.code, message: short(error.message) })
            .collect();
        let summary = match (foreseen.summary.is_empty(), problems.first()) {
            (true, Some(problem)) => problem.message.clone(),
            _ => short(foreseen.summary),
        };
        let mut notes: Vec<String> = self.stage.met.take();
        notes.extend(foreseen.notes.into_iter().map(short));
        let file_count = foreseen.files.as_ref().map(|files| files.len() as u64);
        let bytes =
            foreseen.files.as_ref().map(|files| files.iter().filter_map(|file| file.bytes).sum::<u64>());
        let mut files = foreseen.files.unwrap_or_default();
        let is_estimate = files.iter().any(|file| file.is_estimate || file.bytes.is_none());
        files.truncate(FILES_NAMED);
        for file in &mut files {
            file.source = file.source.take().map(short);
            file.destination = file.destination.take().map(short);
        }
        RehearsedStep {
            step_order: step.step_order,
            alias: step.alias.clone(),
            name: step.name.clone(),
            type_key: step.type_key.clone(),
            verdict,
            summary,
            problems,
            notes,
            files,
            file_count,
            bytes,
            is_estimate,
        }
    }
}

fn collect_texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| collect_texts(field, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What one step would do. Every step type has its rehearsal; the compiler asks for that of a new one.
fn look_into<'a>(
    stage: &'a mut Stage,
    step: &'a JobStep,
    step_type: StepType,
    params: StepParams,
) -> BoxFuture<'a, Look<Foreseen>> {
    match params {
        StepParams::SftpDownload(params)
        | StepParams::FtpDownload(params)
        | StepParams::FtpsDownload(params) => transfers::download(stage, params, step_type).boxed(),
        StepParams::SftpUpload(params) | StepParams::FtpUpload(params) | StepParams::FtpsUpload(params) => {
            transfers::upload(stage, params, step_type).boxed()
        }
        StepParams::SftpList(params) | StepParams::FtpList(params) | StepParams::FtpsList(params) => {
            remote_files::list(stage, params, step_type).boxed()
        }
        StepParams::SftpMkdir(params) | StepParams::FtpMkdir(params) | StepParams::FtpsMkdir(params) => {
            remote_files::mkdir(stage, params, step_type).boxed()
        }
        StepParams::SftpRmdir(params) | StepParams::FtpRmdir(params) | StepParams::FtpsRmdir(params) => {
            remote_files::rmdir(stage, params, step_type).boxed()
        }
        StepParams::SftpRename(params) | StepParams::FtpRename(params) | StepParams::FtpsRename(params) => {
            remote_files::rename(stage, params, step_type).boxed()
        }
        StepParams::SftpDelete(params) | StepParams::FtpDelete(params) | StepParams::FtpsDelete(params) => {
            remote_files::delete(stage, params, step_type).boxed()
        }
        StepParams::PgpDecrypt(params) => pgp::decrypt(stage, params).boxed(),
        StepParams::PgpEncrypt(params) => pgp::encrypt(stage, params).boxed(),
        StepParams::PgpSign(params) => pgp::sign(stage, params).boxed(),
        StepParams::PgpVerify(params) => pgp::verify(stage, params).boxed(),
        StepParams::FileUnzip(params) => archives::unzip(stage, params, &step.name).boxed(),
        StepParams::FileZip(params) => archives::zip(stage, params, &step.name).boxed(),
        StepParams::FileMove(params) => local_files::r#move(stage, params).boxed(),
        StepParams::FileCopy(params) => local_files::copy(stage, params).boxed(),
        StepParams::FileRename(params) => local_files::rename(stage, params).boxed(),
        StepParams::FileDelete(params) => local_files::delete(stage, params).boxed(),
        StepParams::FileList(params) => local_files::list(stage, params).boxed(),
        StepParams::FileChecksum(params) => local_files::checksum(stage, params).boxed(),
        StepParams::FlowIf(params) => ready(flow::decide(&params)).boxed(),
        StepParams::FlowForEach(params) => ready(Ok(flow::each(&params))).boxed(),
        StepParams::FlowElse(_) | StepParams::FlowEnd(_) => ready(Ok(Foreseen::default())).boxed(),
        StepParams::JobRun(params) => outside::job(stage, params).boxed(),
        StepParams::HttpRequest(params) => ready(Ok(outside::request(&params))).boxed(),
        StepParams::CommandRun(params) => outside::command(stage, params).boxed(),
        StepParams::FlowWait(params) => ready(flow::wait(&params)).boxed(),
        StepParams::FlowFail(params) => ready(Ok(flow::fail(params))).boxed(),
        StepParams::ContextSet(params) => ready(Ok(flow::set(params))).boxed(),
    }
}
