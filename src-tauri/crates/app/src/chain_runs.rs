//! Runs of chains: begun by hand, paused, let go on, given up, and done again where they failed.
//!
//! What is asked of the whole is asked of its members' runs in the same unit of work; the engine moves the rest.

use crate::app::App;
use crate::error::{AppError, Result};
use crate::schedules::check_chain;
use courier_domain::chain::{ChainEvent, ChainExecution, ChainExecutionState, ChainMemberState, MemberEvent};
use courier_domain::execution::JobExecutionState;
use courier_domain::{ChainExecutionId, ErrorCode, JobChainId};
use courier_engine::triggers::{Refusal, Start, start_chain};
use courier_store::{MemberNote, UnitOfWork};
use serde_json::Value;
use std::collections::BTreeMap;

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Parameters(problems) => AppError::invalid(problems),
            Refusal::Off(_) | Refusal::Already => {
                AppError::new(ErrorCode::Conflict, refusal.message()).with_hint("Enable it, then run it.")
            }
        }
    }
}

impl App {
    /// Starts a chain now. The values go to every job of it that has such a parameter.
    pub async fn chains_run(
        &self,
        id: JobChainId,
        given: BTreeMap<String, Value>,
    ) -> Result<ChainExecutionId> {
        let mut unit = self.begin().await?;
        check_chain(id, &given, &mut unit).await?.into_result()?;
        let chain = unit.chain(id).await?;
        let start = Start {
            triggered_by: format!("manual:{}", self.actor()),
            parameters: &given,
            trigger_key: None,
            chain_execution_id: None,
        };
        let run = start_chain(&mut unit, self.ids(), &chain, start).await??;
        unit.commit().await?;
        Ok(run.id)
    }

    /// Lets nobody of the chain begin, and the members that run come to a point of return.
    ///
    /// # Errors
    /// It does not run.
    pub async fn chain_executions_pause(&self, id: ChainExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        let run = hold(&mut unit, id, ChainEvent::Pause).await?;
        for (member, state) in members(&mut unit, &run).await? {
            if state == JobExecutionState::Running {
                unit.request_pause(member).await?;
            }
        }
        Ok(unit.commit().await?)
    }

    /// Lets a paused chain go on.
    ///
    /// # Errors
    /// It is not paused.
    pub async fn chain_executions_resume(&self, id: ChainExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        let run = hold(&mut unit, id, ChainEvent::Resume).await?;
        for (member, state) in members(&mut unit, &run).await? {
            if state == JobExecutionState::Paused {
                unit.resume(member).await?;
            }
        }
        Ok(unit.commit().await?)
    }

    /// Gives a chain up, with everything of it that is not over.
    ///
    /// # Errors
    /// It is over.
    pub async fn chain_executions_cancel(&self, id: ChainExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        let run = hold(&mut unit, id, ChainEvent::Cancel).await?;
        for (member, state) in members(&mut unit, &run).await? {
            if !state.is_terminal() {
                unit.request_cancel(member).await?;
            }
        }
        for member in run.members.iter().filter(|member| !member.state.is_terminal()) {
            unit.move_chain_member(member.id, MemberEvent::Cancel, MemberNote::default()).await?;
        }
        Ok(unit.commit().await?)
    }

    /// Does again what failed, was cancelled or was left out because of that; what completed stays done.
    ///
    /// # Errors
    /// It has not failed.
    pub async fn chain_executions_retry(&self, id: ChainExecutionId) -> Result<()> {
        let mut unit = self.begin().await?;
        let run = hold(&mut unit, id, ChainEvent::Retry).await?;
        for member in &run.members {
            if matches!(
                member.state,
                ChainMemberState::Failed | ChainMemberState::Skipped | ChainMemberState::Cancelled
            ) {
                unit.move_chain_member(member.id, MemberEvent::Reset, MemberNote::default()).await?;
            }
        }
        Ok(unit.commit().await?)
    }
}

/// Moves the run and holds it, so that the engine does not move its members meanwhile.
async fn hold(unit: &mut UnitOfWork, id: ChainExecutionId, event: ChainEvent) -> Result<ChainExecution> {
    let before = unit.hold_chain_execution(id).await?;
    if before.state.apply(event).is_err() {
        let (word, state) = (event.as_str(), before.state);
        let hint = match state {
            ChainExecutionState::Paused => "Let it go on, or cancel it.",
            ChainExecutionState::Failed => "Retry it to do again what failed.",
            ChainExecutionState::Pending | ChainExecutionState::Running => {
                "Wait until it is over, or cancel it."
            }
            ChainExecutionState::Completed | ChainExecutionState::Cancelled => "Run the chain again.",
        };
        let message = format!("A chain that is {state} cannot {word}.");
        return Err(AppError::new(ErrorCode::InvalidTransition, message).with_hint(hint));
    }
    Ok(unit.move_chain_execution(id, event, None).await?)
}

/// The members' runs with their states.
async fn members(
    unit: &mut UnitOfWork,
    run: &ChainExecution,
) -> Result<Vec<(courier_domain::JobExecutionId, JobExecutionState)>> {
    let mut found = Vec::new();
    for id in run.members.iter().filter_map(|member| member.job_execution_id) {
        found.push((id, unit.execution(id).await?.state));
    }
    Ok(found)
}
