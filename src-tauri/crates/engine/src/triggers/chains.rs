//! Chains: a run goes on as soon as one of its members' runs has come further.
//!
//! A run of a chain is moved in one unit of work at a time, which holds its row: what its members' runs are, who is due,
//! who is left out, how it ends. Everything needed is in the store, so whoever looks next goes on where another died.

use super::start::{Start, start_job};
use crate::context::Services;
use chrono::SecondsFormat;
use courier_domain::audit::AuditableEntityType;
use courier_domain::chain::{
    ChainDraft, ChainEvent, ChainExecution, ChainExecutionState, ChainMemberExecution, ChainMemberState, Due,
    MemberEvent, Progress, Verdict,
};
use courier_domain::execution::{JobContext, JobExecutionState, TriggerKind};
use courier_domain::job::{Job, slug};
use courier_domain::template::{self, RenderAs, Scope};
use courier_domain::{ChainExecutionId, ErrorCode, JobExecutionId};
use courier_store::{MemberNote, Session, StoreError, UnitOfWork};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Finds what no change told of.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Changes come in crowds; one look is for all of them.
const GATHER: Duration = Duration::from_millis(10);

pub(crate) async fn run(services: Arc<Services>, stop: CancellationToken) {
    let mut changes = services.store.changes();
    loop {
        if let Err(error) = advance_all(&services).await {
            tracing::warn!(%error, "chains could not be looked at; they are looked at again");
        }
        let again = tokio::time::sleep(LOOK_AGAIN);
        tokio::pin!(again);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = &mut again => break,
                change = changes.recv() => match change {
                    Ok(change) if matches!(
                        change.entity_type,
                        AuditableEntityType::ChainExecution | AuditableEntityType::JobExecution
                    ) => break,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break,
                    // The store is closing; the stop signal follows.
                    Err(RecvError::Closed) => return stop.cancelled().await,
                },
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GATHER) => {}
        }
        changes = changes.resubscribe();
    }
}

async fn advance_all(services: &Services) -> Result<(), StoreError> {
    let restless = services.store.read().await?.restless_chain_executions().await?;
    for id in restless {
        let mut unit = services.store.begin("system").await?;
        match advance(services, &mut unit, id).await {
            Ok(()) => unit.commit().await?,
            Err(StoreError::InvalidTransition { .. } | StoreError::NotFound { .. }) => {
                tracing::debug!(%id, "the chain was moved by somebody else");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Lets a run of a chain go as far as it can now.
async fn advance(services: &Services, unit: &mut UnitOfWork, id: ChainExecutionId) -> Result<(), StoreError> {
    let mut run = unit.hold_chain_execution(id).await?;
    if run.state == ChainExecutionState::Pending {
        run = unit.move_chain_execution(id, ChainEvent::Start, None).await?;
    }
    if run.state.is_terminal() {
        return Ok(());
    }
    let draft: ChainDraft = match serde_json::from_str(&run.config_snapshot) {
        Ok(draft) => draft,
        Err(error) => {
            let why = format!("What this run shall do cannot be read: {error}.");
            unit.move_chain_execution(id, ChainEvent::Fail, Some(&why)).await?;
            return Ok(());
        }
    };
    for index in 0..run.members.len() {
        let Some(member) = run.members.get(index).cloned() else { continue };
        if let Some(moved) = follow(unit, &member).await?
            && let Some(place) = run.members.get_mut(index)
        {
            *place = moved;
        }
    }
    if run.state != ChainExecutionState::Running {
        return Ok(());
    }
    // One that is left out may let others begin; each round moves somebody, so there are no more rounds than members.
    loop {
        let known = run.members.clone();
        let progress = Progress::new(&draft, &known);
        let due = progress.due();
        if due.is_empty() {
            break;
        }
        for (member, due) in due {
            let moved = match due {
                Due::Skip(reason) => {
                    let note = MemberNote { reason: Some(&reason), ..MemberNote::default() };
                    unit.move_chain_member(member.id, MemberEvent::Skip, note).await?
                }
                Due::Start => begin(services, unit, &run, member, &progress).await?,
            };
            if let Some(place) = run.members.iter_mut().find(|other| other.id == moved.id) {
                *place = moved;
            }
        }
    }
    match Progress::new(&draft, &run.members).verdict() {
        None => {}
        Some(Verdict::Completed) => {
            unit.move_chain_execution(id, ChainEvent::Complete, None).await?;
        }
        Some(Verdict::Failed(why)) => {
            unit.move_chain_execution(id, ChainEvent::Fail, Some(&why)).await?;
        }
    }
    Ok(())
}

/// Takes over what became of the member's run.
async fn follow(
    unit: &mut UnitOfWork,
    member: &ChainMemberExecution,
) -> Result<Option<ChainMemberExecution>, StoreError> {
    let Some(id) = member
        .job_execution_id
        .filter(|_| matches!(member.state, ChainMemberState::Queued | ChainMemberState::Running))
    else {
        return Ok(None);
    };
    let run = unit.execution(id).await?;
    let event = match run.state {
        JobExecutionState::Created | JobExecutionState::Queued => return Ok(None),
        JobExecutionState::Running | JobExecutionState::Paused => MemberEvent::Start,
        JobExecutionState::Completed => MemberEvent::Complete,
        JobExecutionState::Failed => MemberEvent::Fail,
        JobExecutionState::Cancelled => MemberEvent::Cancel,
    };
    if event == MemberEvent::Start && member.state == ChainMemberState::Running {
        return Ok(None);
    }
    // It began and ended since it was last looked at; both are told.
    if member.state == ChainMemberState::Queued && run.started_at.is_some() && event != MemberEvent::Start {
        unit.move_chain_member(member.id, MemberEvent::Start, MemberNote::default()).await?;
    }
    let reason = run.error_message.as_deref().filter(|_| event == MemberEvent::Fail);
    let note = MemberNote { reason, ..MemberNote::default() };
    Ok(Some(unit.move_chain_member(member.id, event, note).await?))
}

/// Starts a member's job; one that cannot be started has failed.
async fn begin(
    services: &Services,
    unit: &mut UnitOfWork,
    run: &ChainExecution,
    member: &ChainMemberExecution,
    progress: &Progress<'_>,
) -> Result<ChainMemberExecution, StoreError> {
    let Some(draft) = progress.draft_of(member) else {
        return refused(unit, member, "It has left the chain.").await;
    };
    let job = match unit.job(draft.job_id).await {
        Ok(job) => job,
        Err(StoreError::NotFound { .. }) => return refused(unit, member, "Its job is gone.").await,
        Err(error) => return Err(error),
    };
    let scope = scope(unit, run).await?;
    let parameters = match parameters(run, &job, &draft.parameters, &scope) {
        Ok(parameters) => parameters,
        Err(why) => return refused(unit, member, &why).await,
    };
    let before = member.job_execution_id.map_or_else(|| "0".to_owned(), |id| id.to_string());
    let start = Start {
        triggered_by: format!("{}:{}", TriggerKind::Chain, run.id),
        parameters: &parameters,
        trigger_key: Some(format!("chain:{}:{before}", member.id)),
        chain_execution_id: Some(run.id),
    };
    match start_job(unit, &*services.ids, &job, start).await? {
        Ok(queued) => {
            let note = MemberNote { job_execution_id: Some(queued.id), ..MemberNote::default() };
            unit.move_chain_member(member.id, MemberEvent::Enqueue, note).await
        }
        Err(refusal) => refused(unit, member, &refusal.message()).await,
    }
}

async fn refused(
    unit: &mut UnitOfWork,
    member: &ChainMemberExecution,
    why: &str,
) -> Result<ChainMemberExecution, StoreError> {
    let note = MemberNote { reason: Some(why), ..MemberNote::default() };
    unit.move_chain_member(member.id, MemberEvent::Fail, note).await
}

/// What a member's values may be made of: what came before, the chain's own values, and what a monitor told.
async fn scope(unit: &mut UnitOfWork, run: &ChainExecution) -> Result<Scope, StoreError> {
    let mut scope = Scope::default();
    scope.insert("chain", &outputs(unit, &run.members).await?);
    scope.insert("params", &json!(run.parameters));
    scope.insert("now", &json!(unit.now().to_rfc3339_opts(SecondsFormat::Secs, true)));
    if run.triggered_by.starts_with(TriggerKind::Monitor.as_str())
        && let Some(facts) = unit.chain_trigger(run.id).await?
    {
        let facts: Value = serde_json::from_str(&facts)
            .map_err(|e| StoreError::Damaged { what: format!("what a monitor told run {}: {e}", run.id) })?;
        scope.insert("monitor", &facts);
    }
    Ok(scope)
}

/// The chain's values for what the job has, and the member's own.
fn parameters(
    run: &ChainExecution,
    job: &Job,
    own: &BTreeMap<String, Value>,
    scope: &Scope,
) -> Result<BTreeMap<String, Value>, String> {
    let declared = |name: &String| job.parameters.iter().any(|parameter| parameter.name == *name);
    let mut given: BTreeMap<String, Value> = run
        .parameters
        .iter()
        .filter(|(name, _)| declared(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in own {
        let value = match value {
            Value::String(text) => {
                template::render(text, scope, RenderAs::Text).map_err(|error| format!("{name}: {error}"))?
            }
            other => other.clone(),
        };
        given.insert(name.clone(), value);
    }
    Ok(given)
}

/// What the members that ran have handed on, as templates name it: `chain.<member>.steps.<step>.<output>`.
async fn outputs(session: &mut Session, members: &[ChainMemberExecution]) -> Result<Value, StoreError> {
    let mut outputs = Map::new();
    for member in members.iter().filter(|member| member.state.is_terminal()) {
        let mut known = Map::from_iter([("state".to_owned(), json!(member.state))]);
        if let Some(id) = member.job_execution_id {
            let run = session.execution(id).await?;
            known.insert("steps".into(), json!(JobContext::from_snapshot(&run.context_snapshot).steps));
        }
        outputs.insert(slug(&member.name), Value::Object(known));
    }
    Ok(Value::Object(outputs))
}

/// What a member's run sees as `chain`: the members that were over when it began, and some that are over by now.
pub(crate) async fn facts(
    session: &mut Session,
    run: ChainExecutionId,
    own: JobExecutionId,
) -> Result<Value, StoreError> {
    match session.chain_execution(run).await {
        Ok(run) => {
            let others: Vec<_> =
                run.members.into_iter().filter(|member| member.job_execution_id != Some(own)).collect();
            outputs(session, &others).await
        }
        Err(error) if error.code() == ErrorCode::NotFound => Ok(json!({})),
        Err(error) => Err(error),
    }
}
