//! Chains and their runs: listing, editing, looking.
//!
//! Left out: running them. Invariant: what is saved passed [`ChainDraft::check`], and its values fit the parameters that
//! the jobs declare.

use crate::app::App;
use crate::error::{AppError, Result};
use courier_domain::chain::{ChainDraft, ChainExecution, ChainExecutionState, ChainMemberState, JobChain};
use courier_domain::job::Job;
use courier_domain::schedule::ChainSchedule;
use courier_domain::tag::{Tag, TaggableEntityType};
use courier_domain::{ChainExecutionId, ErrorCode, JobChainId, JobId, Problems, Timestamp};
use courier_engine::parameters;
use courier_store::{Cursor, Session};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::{BTreeMap, BTreeSet};

/// A chain in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainRow {
    pub id: JobChainId,
    pub name: String,
    pub description: Option<String>,
    pub is_enabled: bool,
    pub member_count: usize,
    /// The newest run.
    pub last: Option<ChainLastRun>,
    /// The earliest of its schedules.
    pub next_fire_at: Option<Timestamp>,
    /// By name.
    pub tags: Vec<Tag>,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

/// The newest run of a chain.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainLastRun {
    pub chain_execution_id: ChainExecutionId,
    pub state: ChainExecutionState,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

/// A chain as its page shows it.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainView {
    pub chain: JobChain,
    /// The jobs of its members, each once.
    pub jobs: Vec<ChainJob>,
    pub schedules: Vec<ChainSchedule>,
    /// By name.
    pub tags: Vec<Tag>,
}

/// A job that stands in a chain.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainJob {
    pub id: JobId,
    pub name: String,
    pub is_enabled: bool,
    pub is_deleted: bool,
}

/// Which runs of chains to list. `after` is the `next` of the page before.
#[derive(Debug, Clone, Default, Deserialize, Type)]
#[serde(default)]
pub struct ChainExecutionFilter {
    pub chain_id: Option<JobChainId>,
    /// Any of these; all states when empty.
    pub states: Vec<ChainExecutionState>,
    pub limit: u32,
    pub after: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainExecutionPage {
    /// Newest first.
    pub items: Vec<ChainExecutionRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A run of a chain in the list.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainExecutionRow {
    pub id: ChainExecutionId,
    pub chain_id: JobChainId,
    pub chain_name: String,
    pub triggered_by: String,
    pub state: ChainExecutionState,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub error_message: Option<String>,
    pub member_count: usize,
    /// Members that are over.
    pub finished_count: usize,
    pub failed_count: usize,
}

/// A run of a chain with its members.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ChainExecutionView {
    pub execution: ChainExecution,
    pub chain_name: String,
}

impl ChainExecutionRow {
    fn of(run: ChainExecution, names: &BTreeMap<JobChainId, String>) -> Self {
        let count = |test: fn(ChainMemberState) -> bool| run.members.iter().filter(|m| test(m.state)).count();
        Self {
            chain_name: names.get(&run.chain_id).cloned().unwrap_or_default(),
            member_count: run.members.len(),
            finished_count: count(ChainMemberState::is_terminal),
            failed_count: count(|state| state == ChainMemberState::Failed),
            id: run.id,
            chain_id: run.chain_id,
            triggered_by: run.triggered_by,
            state: run.state,
            created_at: run.created_at,
            started_at: run.started_at,
            completed_at: run.completed_at,
            error_message: run.error_message,
        }
    }
}

/// Everything wrong with a draft: its own shape, and values that the jobs' parameters do not take.
async fn check(draft: &ChainDraft, session: &mut Session) -> Result<Problems> {
    let jobs: BTreeMap<JobId, Job> = session.jobs().await?.into_iter().map(|j| (j.id, j)).collect();
    let mut problems = draft.check(&jobs.keys().copied().collect());
    for (index, member) in draft.members.iter().enumerate() {
        let Some(job) = jobs.get(&member.job_id) else { continue };
        problems.extend(parameters::check(job, &member.parameters).under(&format!("members[{index}]")));
    }
    Ok(problems)
}

impl App {
    /// Chains that are not deleted, by name.
    pub async fn chains_list(&self) -> Result<Vec<ChainRow>> {
        let mut session = self.read().await?;
        let chains = session.chains().await?;
        rows(&mut session, chains).await
    }

    /// Deleted chains, newest deletion first.
    pub async fn chains_deleted(&self) -> Result<Vec<ChainRow>> {
        let mut session = self.read().await?;
        let chains = session.deleted_chains().await?;
        rows(&mut session, chains).await
    }

    pub async fn chains_get(&self, id: JobChainId) -> Result<ChainView> {
        let mut session = self.read().await?;
        let chain = session.chain(id).await?;
        let mut jobs = Vec::new();
        for id in chain.members.iter().map(|m| m.job_id).collect::<BTreeSet<_>>() {
            let job = session.job(id).await?;
            let (is_enabled, is_deleted) = (job.is_enabled, job.is_deleted);
            jobs.push(ChainJob { id, name: job.name, is_enabled, is_deleted });
        }
        let schedules = session.schedules_of(id).await?;
        let mut tags = session.tags_of(TaggableEntityType::JobChain, &[id.0]).await?;
        Ok(ChainView { chain, jobs, schedules, tags: tags.remove(&id.0).unwrap_or_default() })
    }

    /// The chain with that name (in any case) or id.
    pub async fn chains_find(&self, name_or_id: &str) -> Result<JobChain> {
        Ok(self.read().await?.find_chain(name_or_id).await?)
    }

    /// Everything wrong with a draft. Changes nothing.
    pub async fn chains_validate(&self, draft: &ChainDraft) -> Result<Problems> {
        check(draft, &mut self.read().await?).await
    }

    /// Saves a new chain, or a change of chain `id`. With `expected`, the `updated_at` that the editor had loaded, it is
    /// refused when somebody else saved meanwhile.
    pub async fn chains_save(
        &self,
        id: Option<JobChainId>,
        draft: ChainDraft,
        expected: Option<Timestamp>,
    ) -> Result<JobChain> {
        let mut unit = self.begin().await?;
        check(&draft, &mut unit).await?.into_result()?;
        let chain = match id {
            None => {
                let chain = JobChain::new(self.new_id(), draft, unit.now(), || self.new_id());
                unit.insert_chain(&chain).await?;
                chain
            }
            Some(id) => {
                let before = unit.chain(id).await?;
                let mut chain = before.clone();
                chain.edit(draft, unit.now(), || self.new_id());
                let seen = expected.unwrap_or(before.updated_at);
                if chain.to_draft() == before.to_draft() && seen == before.updated_at {
                    return Ok(before);
                }
                unit.update_chain(&chain, seen).await?
            }
        };
        unit.commit().await?;
        Ok(chain)
    }

    pub async fn chains_set_enabled(&self, id: JobChainId, enabled: bool) -> Result<JobChain> {
        let mut unit = self.begin().await?;
        let chain = unit.set_chain_enabled(id, enabled).await?;
        unit.commit().await?;
        Ok(chain)
    }

    /// Takes a chain away; its history stays, and [`App::chains_restore`] brings it back.
    pub async fn chains_delete(&self, id: JobChainId) -> Result<()> {
        let mut unit = self.begin().await?;
        unit.delete_chain(id).await?;
        Ok(unit.commit().await?)
    }

    pub async fn chains_restore(&self, id: JobChainId) -> Result<JobChain> {
        let mut unit = self.begin().await?;
        let chain = unit.restore_chain(id).await?;
        unit.commit().await?;
        Ok(chain)
    }

    /// A deleted chain by name or id; the newest of several with the same name.
    pub async fn chains_find_deleted(&self, name_or_id: &str) -> Result<JobChain> {
        let deleted = self.read().await?.deleted_chains().await?;
        let wanted = name_or_id.to_lowercase();
        let found =
            deleted.into_iter().find(|c| c.name.to_lowercase() == wanted || c.id.to_string() == wanted);
        found.ok_or_else(|| {
            AppError::new(ErrorCode::NotFound, format!("There is no deleted chain `{name_or_id}`."))
        })
    }

    pub async fn chain_executions_list(&self, filter: ChainExecutionFilter) -> Result<ChainExecutionPage> {
        let mut session = self.read().await?;
        let after = filter.after.as_deref().map(str::parse::<Cursor>).transpose()?;
        let (chain_id, states, limit) = (filter.chain_id, filter.states, filter.limit);
        let page = courier_store::ChainExecutionFilter { chain_id, states, after, limit };
        let page = session.chain_executions(&page).await?;
        let mut names: BTreeMap<JobChainId, String> = BTreeMap::new();
        for id in page.rows.iter().map(|run| run.chain_id) {
            if let std::collections::btree_map::Entry::Vacant(entry) = names.entry(id) {
                entry.insert(session.chain(id).await?.name);
            }
        }
        let items = page.rows.into_iter().map(|run| ChainExecutionRow::of(run, &names)).collect();
        Ok(ChainExecutionPage { items, next: page.next.map(|cursor| cursor.to_string()) })
    }

    pub async fn chain_executions_get(&self, id: ChainExecutionId) -> Result<ChainExecutionView> {
        let mut session = self.read().await?;
        let execution = session.chain_execution(id).await?;
        let chain_name = session.chain(execution.chain_id).await?.name;
        Ok(ChainExecutionView { execution, chain_name })
    }
}

async fn rows(session: &mut Session, chains: Vec<JobChain>) -> Result<Vec<ChainRow>> {
    let mut next: BTreeMap<JobChainId, Timestamp> = BTreeMap::new();
    for schedule in session.schedules::<ChainSchedule>().await? {
        if let Some(at) = schedule.schedule.next_fire_at {
            next.entry(schedule.chain_id).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
    }
    let ids: Vec<_> = chains.iter().map(|chain| chain.id.0).collect();
    let mut tags = session.tags_of(TaggableEntityType::JobChain, &ids).await?;
    let mut rows = Vec::with_capacity(chains.len());
    for chain in chains {
        let filter = courier_store::ChainExecutionFilter {
            chain_id: Some(chain.id),
            limit: 1,
            ..courier_store::ChainExecutionFilter::default()
        };
        let last = session.chain_executions(&filter).await?.rows.pop();
        rows.push(ChainRow {
            next_fire_at: next.remove(&chain.id).filter(|_| chain.is_enabled),
            tags: tags.remove(&chain.id.0).unwrap_or_default(),
            last: last.map(|run| ChainLastRun {
                chain_execution_id: run.id,
                state: run.state,
                started_at: run.started_at,
                completed_at: run.completed_at,
            }),
            id: chain.id,
            name: chain.name,
            description: chain.description,
            is_enabled: chain.is_enabled,
            member_count: chain.members.len(),
            updated_at: chain.updated_at,
            deleted_at: chain.deleted_at,
        });
    }
    Ok(rows)
}
