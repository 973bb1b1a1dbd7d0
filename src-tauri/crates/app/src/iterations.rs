//! Loops of a run: which steps stand in them, how their iterations went, and each iteration's steps.
//!
//! Left out: reading them all at once. A view of a run holds counts; iterations come page by page, failed ones by
//! themselves if asked for, and one iteration's steps when somebody opens it.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::executions::{StepView, pinned_steps};
use courier_domain::execution::{
    IterationShow, JobExecution, JobExecutionState, StepExecution, StepExecutionState,
};
use courier_domain::job::JobStep;
use courier_domain::{ErrorCode, JobExecutionId, Timestamp};
use courier_store::{LoopBody, Session, StepCounts, iteration_path};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a page when nobody says how many.
const PAGE: u32 = 100;
/// The most rows of a page.
const MAX_PAGE: u32 = 500;

/// Where a step stands among its job's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Blocks around it; what opens, divides or ends a block stands beside it, not in it.
    pub(crate) depth: u32,
    /// The innermost loop around it, by the order of its first step. A loop's end belongs to each iteration.
    pub(crate) within: Option<i32>,
}

/// What a step's rows inside loops amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
pub struct StepTally {
    /// Iterations that have reached it.
    pub begun: i64,
    pub running: i64,
    pub completed: i64,
    /// Failed, and not tried again since.
    pub failed: i64,
    pub skipped: i64,
    pub bytes: i64,
}

/// How a loop's iterations went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Type)]
pub struct LoopTally {
    /// Items that it goes through, where that is known.
    pub expected: Option<i64>,
    pub begun: i64,
    pub completed: i64,
    pub failed: i64,
    /// Begun and neither completed nor failed: they run, or stopped with the run.
    pub unfinished: i64,
    pub bytes: i64,
}

/// Which iterations of a loop to list.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct IterationQuery {
    /// The loop, by the order of its first step.
    pub loop_order: i32,
    /// The path of the iteration that the loop itself runs in; empty for an outermost loop.
    #[serde(default)]
    pub within: String,
    #[serde(default)]
    pub show: IterationShow,
    /// Only iterations with a higher number.
    #[serde(default)]
    pub after: Option<u32>,
    /// 100 when 0; 500 at most.
    #[serde(default)]
    pub limit: u32,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct IterationPage {
    pub items: Vec<IterationView>,
    /// The `after` of the next page, if there is one.
    pub next: Option<u32>,
}

/// One iteration, from its steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct IterationView {
    /// 0 is the first.
    pub number: u32,
    pub path: String,
    /// Pending when it stopped between two steps.
    pub state: StepExecutionState,
    pub started_at: Option<Timestamp>,
    /// Of one that is over.
    pub completed_at: Option<Timestamp>,
    pub bytes: i64,
    /// Completed, although steps were skipped because of errors.
    pub had_skips: bool,
    /// The step that failed, or was skipped because of an error.
    pub failed_step: Option<String>,
    pub error_code: Option<ErrorCode>,
    pub error_message: Option<String>,
}

impl App {
    /// A page of a loop's iterations, lowest number first.
    ///
    /// # Errors
    /// There is no such run, or no such loop in its version.
    pub async fn executions_iterations(
        &self,
        id: JobExecutionId,
        query: IterationQuery,
    ) -> Result<IterationPage> {
        let mut session = self.read().await?;
        let execution = session.execution(id).await?;
        let steps = pinned_steps(&mut session, &execution).await?;
        let body = body_of(&steps, query.loop_order)?;
        let orders: Vec<i32> = body.iter().map(|step| step.step_order).collect();
        let limit = if query.limit == 0 { PAGE } else { query.limit.min(MAX_PAGE) };
        let known = KnownLoops::of(&execution);
        let Some(first_attempt) = known.first_attempt(outermost(&places(&steps), query.loop_order)) else {
            return Ok(IterationPage { items: Vec::new(), next: None });
        };
        let rows = LoopBody { execution: id, steps: &orders, within: &query.within, first_attempt };
        let (numbers, next) = session.iterations(&rows, query.show, query.after, limit).await?;
        let paths: Vec<String> = numbers.iter().map(|n| iteration_path(&query.within, *n)).collect();
        let mut by_path: BTreeMap<String, Vec<StepExecution>> = BTreeMap::new();
        let found = session.step_executions_at(id, &orders, &paths).await?;
        for row in found.into_iter().filter(|row| row.retry_attempt >= first_attempt) {
            by_path.entry(row.iteration_path.clone()).or_default().push(row);
        }
        let items = numbers
            .into_iter()
            .zip(paths)
            .map(|(number, path)| {
                let rows = by_path.remove(&path).unwrap_or_default();
                iteration(&execution, &body, number, path, &rows)
            })
            .collect();
        Ok(IterationPage { items, next })
    }

    /// The steps of one iteration, with their attempts in it. Loops among them have their own iterations counted.
    ///
    /// # Errors
    /// There is no such run, or no such loop in its version.
    pub async fn executions_iteration(
        &self,
        id: JobExecutionId,
        loop_order: i32,
        path: String,
    ) -> Result<Vec<StepView>> {
        let mut session = self.read().await?;
        let execution = session.execution(id).await?;
        let steps = pinned_steps(&mut session, &execution).await?;
        let places = places(&steps);
        let orders: Vec<i32> = body_of(&steps, loop_order)?.iter().map(|step| step.step_order).collect();
        let mut views = Vec::new();
        let mut attempts = session.step_executions_at(id, &orders, std::slice::from_ref(&path)).await?;
        for (step, place) in steps.iter().zip(&places).filter(|(_, place)| place.within == Some(loop_order)) {
            let order = step.step_order;
            let iterations = match is_loop(step) {
                true => Some(loop_tally(&mut session, &execution, &steps, order, &path).await?),
                false => None,
            };
            views.push(StepView {
                attempts: attempts.extract_if(.., |row| row.step_order == order).collect(),
                taken_over: false,
                step: step.clone(),
                depth: place.depth,
                within: place.within,
                tally: None,
                iterations,
            });
        }
        Ok(views)
    }
}

pub(crate) fn is_loop(step: &JobStep) -> bool {
    step.type_key == "flow.foreach"
}

/// Where each step stands. Blocks that do not fit together are taken as far as they do: a saved job has none.
pub(crate) fn places(steps: &[JobStep]) -> Vec<Place> {
    let mut open: Vec<Option<i32>> = Vec::new();
    let innermost = |open: &[Option<i32>]| open.iter().rev().find_map(|block| *block);
    let deep = |open: &[Option<i32>]| u32::try_from(open.len()).unwrap_or(u32::MAX);
    steps
        .iter()
        .map(|step| {
            let here = Place { depth: deep(&open), within: innermost(&open) };
            match step.type_key.as_str() {
                "flow.foreach" => open.push(Some(step.step_order)),
                "flow.if" => open.push(None),
                "flow.else" => return Place { depth: here.depth.saturating_sub(1), ..here },
                "flow.end" => {
                    open.pop();
                    return Place { depth: deep(&open), ..here };
                }
                _ => {}
            }
            here
        })
        .collect()
}

/// The steps right inside a loop, its end the last of them.
fn body_of(steps: &[JobStep], loop_order: i32) -> Result<Vec<&JobStep>> {
    if !steps.iter().any(|step| step.step_order == loop_order && is_loop(step)) {
        let message = format!("Step {} of that version is no loop.", loop_order.saturating_add(1));
        return Err(AppError::new(ErrorCode::NotFound, message));
    }
    let places = places(steps);
    let inside = |(step, place): (_, &Place)| (place.within == Some(loop_order)).then_some(step);
    Ok(steps.iter().zip(&places).filter_map(inside).collect())
}

/// How the iterations of a loop went, in those of an outer path.
pub(crate) async fn loop_tally(
    session: &mut Session,
    execution: &JobExecution,
    steps: &[JobStep],
    loop_order: i32,
    within: &str,
) -> Result<LoopTally> {
    let body = body_of(steps, loop_order)?;
    let outermost = outermost(&places(steps), loop_order);
    let Some(first_attempt) = KnownLoops::of(execution).first_attempt(outermost) else {
        return Ok(LoopTally::default());
    };
    let orders: Vec<i32> = body.iter().map(|step| step.step_order).collect();
    let rows = LoopBody { execution: execution.id, steps: &orders, within, first_attempt };
    Ok(tally_of(&body, &session.step_counts(&rows).await?))
}

/// The loop around a loop that stands in no other; the loop itself if it does not.
fn outermost(places: &[Place], loop_order: i32) -> i32 {
    let mut order = loop_order;
    while let Some(around) =
        usize::try_from(order).ok().and_then(|at| places.get(at)).and_then(|place| place.within)
    {
        order = around;
    }
    order
}

/// From the counts of all steps, of whatever loop.
pub(crate) fn tally_of(body: &[&JobStep], counts: &[StepCounts]) -> LoopTally {
    let of = |step: &JobStep| counts.iter().find(|count| count.step_order == step.step_order);
    let Some((end, inside)) = body.split_last() else { return LoopTally::default() };
    let counted = || inside.iter().filter_map(|step| of(step));
    let completed = of(end).map_or(0, |count| count.completed);
    let failed = counted().map(|count| count.failed).sum();
    // The first step may be switched off; some step has seen every iteration.
    let begun = counted().map(|count| count.begun).max().unwrap_or(0).max(completed);
    LoopTally {
        expected: None,
        begun,
        completed,
        failed,
        unfinished: (begun - completed - failed).max(0),
        bytes: counted().map(|count| count.bytes).sum(),
    }
}

/// All loops of a version with the counts of their steps over all iterations.
pub(crate) async fn tallies(
    session: &mut Session,
    execution: &JobExecution,
    steps: &[JobStep],
    places: &[Place],
) -> Result<(BTreeMap<i32, StepTally>, BTreeMap<i32, LoopTally>)> {
    let known = KnownLoops::of(execution);
    let mut inside: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (step, place) in steps.iter().zip(places) {
        if let Some(within) = place.within {
            inside.entry(outermost(places, within)).or_default().push(step.step_order);
        }
    }
    let mut counts = Vec::new();
    for (order, inside) in &inside {
        let Some(first_attempt) = known.first_attempt(*order) else { continue };
        let rows = LoopBody { execution: execution.id, steps: inside, within: "", first_attempt };
        counts.extend(session.step_counts(&rows).await?);
    }
    let mut loops = BTreeMap::new();
    for step in steps.iter().filter(|step| is_loop(step)) {
        let tally = tally_of(&body_of(steps, step.step_order)?, &counts);
        let expected = known.loops.get(&step.step_order).map(|mark| mark.count);
        loops.insert(step.step_order, LoopTally { expected, ..tally });
    }
    Ok((counts.iter().map(|count| (count.step_order, StepTally::from(*count))).collect(), loops))
}

/// The part of a run's context that tells of its outermost loops.
#[derive(Default, Deserialize)]
#[serde(default)]
struct KnownLoops {
    loops: BTreeMap<i32, Mark>,
    finished: BTreeSet<i32>,
    begun_anew: BTreeMap<i32, i32>,
}

/// How many items a loop goes through.
#[derive(Deserialize)]
struct Mark {
    count: i64,
}

impl KnownLoops {
    fn of(execution: &JobExecution) -> Self {
        serde_json::from_str(&execution.context_snapshot).unwrap_or_default()
    }

    /// The first attempt of its steps that counts; `None` when this attempt of the run has not come to the loop.
    fn first_attempt(&self, order: i32) -> Option<i32> {
        let begun = self.loops.contains_key(&order) || self.finished.contains(&order);
        begun.then(|| self.begun_anew.get(&order).copied().unwrap_or(0))
    }
}

impl From<StepCounts> for StepTally {
    fn from(counts: StepCounts) -> Self {
        let StepCounts { step_order: _, begun, pending: _, running, completed, failed, skipped, bytes } =
            counts;
        Self { begun, running, completed, failed, skipped, bytes }
    }
}

fn iteration(
    execution: &JobExecution,
    body: &[&JobStep],
    number: u32,
    path: String,
    rows: &[StepExecution],
) -> IterationView {
    // Rows are sorted by step and attempt.
    let newest: Vec<&StepExecution> =
        body.iter().filter_map(|step| rows.iter().rfind(|row| row.step_order == step.step_order)).collect();
    let failed = newest.iter().find(|row| row.state == StepExecutionState::Failed);
    let passed_over =
        newest.iter().find(|row| row.state == StepExecutionState::Skipped && row.error_code.is_some());
    let ended = body.last().is_some_and(|end| {
        newest
            .iter()
            .any(|row| row.step_order == end.step_order && row.state == StepExecutionState::Completed)
    });
    let runs = || newest.iter().any(|row| row.state == StepExecutionState::Running);
    let state = if failed.is_some() {
        StepExecutionState::Failed
    } else if ended {
        StepExecutionState::Completed
    } else if runs() || execution.state == JobExecutionState::Running {
        StepExecutionState::Running
    } else {
        StepExecutionState::Pending
    };
    let told = failed.or(passed_over);
    IterationView {
        number,
        path,
        state,
        started_at: rows.iter().filter_map(|row| row.started_at).min(),
        completed_at: rows.iter().filter_map(|row| row.completed_at).max().filter(|_| state.is_terminal()),
        bytes: newest.iter().filter_map(|row| row.bytes_processed).sum(),
        had_skips: state == StepExecutionState::Completed && passed_over.is_some(),
        failed_step: told.and_then(|row| {
            body.iter().find(|step| step.step_order == row.step_order).map(|step| step.alias.clone())
        }),
        error_code: told.and_then(|row| row.error_code),
        error_message: told.and_then(|row| row.error_message.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use courier_domain::{JobId, JobStepId};

    fn steps(types: &[&str]) -> Vec<JobStep> {
        types
            .iter()
            .zip(0..)
            .map(|(type_key, step_order)| JobStep {
                id: JobStepId(uuid::Uuid::nil()),
                job_id: JobId(uuid::Uuid::nil()),
                step_order,
                name: format!("Step {step_order}"),
                alias: format!("step_{step_order}"),
                type_key: (*type_key).to_owned(),
                configuration: serde_json::Map::default().into_iter().collect(),
                timeout_seconds: 0,
                failure_policy: None,
                enabled: true,
            })
            .collect()
    }

    #[test]
    fn steps_know_the_loop_that_they_stand_in() {
        let job = steps(&[
            "sftp.list",
            "flow.foreach",
            "file.copy",
            "flow.if",
            "file.copy",
            "flow.else",
            "flow.foreach",
            "file.copy",
            "flow.end",
            "flow.end",
            "flow.end",
            "file.delete",
        ]);
        let found: Vec<_> = places(&job).iter().map(|place| (place.depth, place.within)).collect();
        let expected = [
            (0, None),
            (0, None),
            (1, Some(1)),
            (1, Some(1)),
            (2, Some(1)),
            (1, Some(1)),
            (2, Some(1)),
            (3, Some(6)),
            (2, Some(6)),
            (1, Some(1)),
            (0, Some(1)),
            (0, None),
        ];
        assert_eq!(found, expected);
        let body: Vec<i32> = body_of(&job, 1).unwrap().iter().map(|step| step.step_order).collect();
        assert_eq!(body, [2, 3, 4, 5, 6, 9, 10], "the inner loop's own steps are not its");
        assert_eq!(body_of(&job, 3).unwrap_err().code, ErrorCode::NotFound);
        assert_eq!([1, 6].map(|order| outermost(&places(&job), order)), [1, 1]);
    }

    #[test]
    fn a_loop_is_tallied_from_its_steps() {
        let job = steps(&["flow.foreach", "file.copy", "file.delete", "flow.end"]);
        let body = body_of(&job, 0).unwrap();
        let count = |step_order, begun, completed, failed| StepCounts {
            step_order,
            begun,
            completed,
            failed,
            bytes: 5,
            ..StepCounts::default()
        };
        let counts = [count(1, 0, 0, 0), count(2, 10, 7, 2), count(3, 7, 7, 0)];
        let expected =
            LoopTally { expected: None, begun: 10, completed: 7, failed: 2, unfinished: 1, bytes: 10 };
        assert_eq!(tally_of(&body, &counts), expected);
        assert_eq!(tally_of(&body, &[]), LoopTally::default());
    }
}
