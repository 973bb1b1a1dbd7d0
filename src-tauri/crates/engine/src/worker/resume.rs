//! Before a run goes on: the files that finished steps handed on must still be what they were.
//!
//! If one is not, the run goes back to the step that made it, or does the iteration again that left it, where doing that
//! again is safe; else it says which file is missing.

use super::each::Left;
use super::frame::{Frame, is_below};
use super::{Plan, Run};
use crate::copy;
use crate::error::StepError;
use crate::steps;
use courier_domain::execution::{FileProof, LoopMark, ResumeData, StepExecution, StepExecutionState};
use courier_domain::job::JobStep;
use courier_domain::job::blocks::Node;
use courier_domain::{ErrorCode, LoopId, StepExecutionId};
use courier_store::LogLevel;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

impl Run {
    /// Takes up the job's own frame: every proof is checked, and steps are taken back whose files are gone.
    pub(super) async fn take_up(&self, plan: &Plan, frame: &mut Frame) -> Result<(), StepError> {
        let gone = self.gone_on_purpose(plan, frame).await?;
        frame.drop_files(&gone);
        let broken = broken(frame.context.files.clone()).await?;
        let first = broken
            .iter()
            .filter_map(|proof| plan.steps.iter().find(|s| s.alias == proof.step).map(|step| (step, proof)))
            .map(|(step, proof)| (around(&plan.nodes, &plan.steps, step), proof))
            .min_by_key(|(step, _)| step.step_order);
        let Some((step, proof)) = first else { return Ok(()) };
        let from = step.step_order;
        let again = plan
            .steps
            .iter()
            .filter(|s| s.step_order >= from && frame.context.finished.contains(&s.step_order));
        may_repeat_all(again, step, proof)?;
        let dropped: HashSet<&str> =
            plan.steps.iter().filter(|s| s.step_order >= from).map(|s| s.alias.as_str()).collect();
        let context = &mut frame.context;
        context.finished.retain(|order| *order < from);
        context.loops.retain(|order, _| *order < from);
        context.steps.retain(|alias, _| !dropped.contains(alias.as_str()));
        context.files.retain(|file| !dropped.contains(file.step.as_str()));
        frame.forget_taken_back();
        let line = format!("{} is gone or has changed; going back to the step {}.", proof.path, step.name);
        self.log(LogLevel::Warn, None, line);
        Ok(())
    }

    /// Local files that an unfinished step has taken away, so that they are elsewhere or gone as was wanted, or that
    /// iterations of a loop under way used up.
    async fn gone_on_purpose(&self, plan: &Plan, frame: &Frame) -> Result<HashSet<PathBuf>, StepError> {
        let run = self.execution.id;
        let mut session = self.services.store.read().await?;
        let mut gone = HashSet::new();
        for step in &plan.steps {
            // Of a loop that is over, its frame has what the iterations left.
            let (over, path) = match frame.loop_id {
                Some(_) => (frame.is_over(step), Some(frame.path.as_str())),
                None => (frame.is_over(around(&plan.nodes, &plan.steps, step)), None),
            };
            if let Some(given_away) = steps::given_away(&step.type_key).filter(|_| !over) {
                let intents = session.intents(run, step.step_order, path).await?;
                gone.extend(given_away(&intents).into_iter().map(PathBuf::from));
            }
        }
        for mark in frame.context.loops.values() {
            let mut after = None;
            loop {
                let page = session.resume_data_since(run, mark.id, after).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                gone.extend(page.iter().flat_map(|row| ResumeData::of(row).consumed).map(PathBuf::from));
            }
        }
        Ok(gone)
    }
}

/// What iterations of a loop left that are over, each with all its files proved; the others are to be done again.
pub(super) async fn iterations(
    run: &Run,
    plan: &Plan,
    mark: &LoopMark,
    body: &[Node],
    end: &JobStep,
) -> Result<Left, StepError> {
    let mut over: BTreeMap<u64, StepExecution> = BTreeMap::new();
    let mut after = None;
    loop {
        let mut session = run.services.store.read().await?;
        let page = session.iteration_ends(run.execution.id, mark.id, end.step_order, after.as_ref()).await?;
        drop(session);
        let Some(last) = page.last() else { break };
        after = Some((last.iteration_path.clone(), last.retry_attempt));
        for row in page {
            let Some(index) = row.iteration_path.rsplit('/').next().and_then(|at| at.parse().ok()) else {
                continue;
            };
            match row.state {
                StepExecutionState::Completed | StepExecutionState::Skipped => drop(over.insert(index, row)),
                // It was begun anew.
                StepExecutionState::Pending | StepExecutionState::Running | StepExecutionState::Failed => {
                    drop(over.remove(&index));
                }
            }
        }
    }
    let mut left = Left::default();
    let mut made: HashMap<String, u64> = HashMap::new();
    for (index, row) in &over {
        let data = ResumeData::of(row);
        made.extend(data.files.iter().map(|file| (file.path.clone(), *index)));
        left.files.extend(data.files);
        left.consumed.extend(data.consumed.into_iter().map(PathBuf::from));
        left.bytes += data.bytes.unwrap_or(0);
        left.had_skips |= data.had_skips;
        left.skipped += u64::from(row.state == StepExecutionState::Skipped);
    }
    left.files.retain(|proof| !is_below(Path::new(&proof.path), &left.consumed));
    let broken = broken(left.files.clone()).await?;
    let again: HashSet<u64> = broken.iter().filter_map(|proof| made.get(&proof.path).copied()).collect();
    for proof in &broken {
        let index = made.get(&proof.path).copied().unwrap_or_default();
        let line = format!("{} is gone or has changed; item {} is done again.", proof.path, index + 1);
        may_repeat_all(within(body, &plan.steps), end, proof)?;
        run.log(LogLevel::Warn, None, line);
    }
    for index in &again {
        let Some(row) = over.remove(index) else { continue };
        let data = ResumeData::of(&row);
        left.files.retain(|file| !data.files.contains(file));
        left.skipped -= u64::from(row.state == StepExecutionState::Skipped);
        let rows = run.rows_of(plan, (mark.id, &row.iteration_path), body, end).await?;
        run.take_back(rows);
    }
    // The iterations look for their rows in the store.
    run.write_rows().await?;
    left.over = over.into_keys().collect();
    Ok(left)
}

/// Takes up an iteration that was not over: what it did is done, if its files are still what they were.
pub(super) async fn iteration(
    run: &Run,
    plan: &Plan,
    frame: &mut Frame,
    (body, end): (&[Node], &JobStep),
) -> Result<(), StepError> {
    let Some(loop_id) = frame.loop_id else { return Ok(()) };
    let rows = run.rows_of(plan, (loop_id, &frame.path), body, end).await?;
    if rows.is_empty() {
        return Ok(());
    }
    frame.restore(rows.clone(), &plan.steps);
    let mut files = frame.context.files.clone();
    let gone = run.gone_on_purpose(plan, frame).await?;
    files.retain(|proof| !is_below(Path::new(&proof.path), &gone));
    frame.drop_files(&gone);
    let broken = broken(files).await?;
    let Some(proof) = broken.first() else { return Ok(()) };
    let maker = plan.steps.iter().find(|step| step.alias == proof.step);
    if let Some(step) = maker.or(plan.steps.first()) {
        may_repeat_all(within(body, &plan.steps), step, proof)?;
    }
    let line = format!("{} is gone or has changed; the item is begun anew.", proof.path);
    run.log(LogLevel::Warn, None, line);
    frame.forget();
    for row in run.take_back(rows) {
        frame.goes_on_with(row);
    }
    Ok(())
}

impl Run {
    /// The rows of one iteration's own steps and of its end, by step and attempt.
    async fn rows_of(
        &self,
        plan: &Plan,
        (loop_id, path): (LoopId, &str),
        body: &[Node],
        end: &JobStep,
    ) -> Result<Vec<StepExecution>, StepError> {
        let orders: Vec<i32> =
            within(body, &plan.steps).map(|step| step.step_order).chain([end.step_order]).collect();
        let mut session = self.services.store.read().await?;
        let mut rows = session.step_executions_at(self.execution.id, &orders, &[path.to_owned()]).await?;
        rows.retain(|row| row.loop_id == Some(loop_id));
        Ok(rows)
    }

    /// Puts a new row after each that is over, so that nobody takes it for done.
    fn take_back(&self, rows: Vec<StepExecution>) -> Vec<StepExecution> {
        let mut newest: BTreeMap<i32, StepExecution> = BTreeMap::new();
        for row in rows {
            newest.insert(row.step_order, row);
        }
        let over = newest.into_values().filter(|row| row.state.is_terminal());
        let fresh: Vec<StepExecution> = over
            .map(|row| {
                let id = StepExecutionId(self.services.ids.new_id());
                StepExecution {
                    retry_attempt: row.retry_attempt + 1,
                    iteration_path: row.iteration_path,
                    loop_id: row.loop_id,
                    ..StepExecution::pending(id, row.job_execution_id, row.job_step_id, row.step_order)
                }
            })
            .collect();
        for row in &fresh {
            self.keep(row.clone());
        }
        fresh
    }
}

/// The step, or the outermost loop around it: what an iteration made is made again by the loop.
fn around<'a>(nodes: &[Node], steps: &'a [JobStep], step: &'a JobStep) -> &'a JobStep {
    let at = usize::try_from(step.step_order).unwrap_or(usize::MAX);
    match nodes.iter().find(|node| (node.first()..=node.last()).contains(&at)) {
        Some(Node::Step(_)) | None => step,
        Some(Node::ForEach { at, .. }) => steps.get(*at).unwrap_or(step),
        Some(Node::If { then, otherwise, .. }) => {
            let inside = otherwise.iter().flat_map(|other| &other.steps);
            let all: Vec<Node> = then.iter().chain(inside).cloned().collect();
            around(&all, steps, step)
        }
    }
}

/// Every step of a list of nodes.
fn within<'a>(nodes: &'a [Node], steps: &'a [JobStep]) -> impl Iterator<Item = &'a JobStep> {
    nodes.iter().filter_map(|node| steps.get(node.first()..=node.last())).flatten()
}

fn may_repeat_all<'a>(
    mut again: impl Iterator<Item = &'a JobStep>,
    maker: &JobStep,
    proof: &FileProof,
) -> Result<(), StepError> {
    match again.find(|step| step.enabled && !may_repeat(step)) {
        None => Ok(()),
        Some(step) => Err(StepError::new(
            ErrorCode::FileNotFound,
            format!(
                "{} is gone or has changed since the step {} made it, and the step {} cannot be done twice. Start a new run.",
                proof.path, maker.name, step.name
            ),
        )),
    }
}

/// The proofs whose files are not what they were.
async fn broken(proofs: Vec<FileProof>) -> Result<Vec<FileProof>, StepError> {
    tokio::task::spawn_blocking(move || proofs.into_iter().filter(|proof| !is_intact(proof)).collect())
        .await
        .map_err(|error| StepError::new(ErrorCode::Internal, error.to_string()))
}

fn is_intact(proof: &FileProof) -> bool {
    let path = Path::new(&proof.path);
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == proof.size)
        && copy::digest(path, &CancellationToken::new()).is_ok_and(|d| d.sha256 == proof.sha256)
}

/// A step that took its source away finds nothing the second time.
fn may_repeat(step: &JobStep) -> bool {
    let keeps = |field: &str| step.configuration.get(field).is_none_or(|value| value == "keep");
    match step.type_key.as_str().split_once('.') {
        Some(("sftp" | "ftp" | "ftps", "download")) => keeps("after_download"),
        Some(("sftp" | "ftp" | "ftps", "upload")) => keeps("after_upload"),
        Some(("sftp" | "ftp" | "ftps", "rename" | "rmdir" | "delete")) => false,
        Some(("file", "move" | "delete")) => false,
        _ => true,
    }
}
