//! Chains with their members and the edges between them.
//!
//! Left out: their runs (`chain_execution`) and schedules (`schedule`). Invariant: a member that leaves its chain is
//! kept as deleted, because runs refer to it; every edge has a row, and the member's row repeats the first.

use crate::audit::{changes, facts};
use crate::column::name_key;
use crate::job::taken;
use crate::session::{ROWS, Session, on};
use crate::{StoreError, UnitOfWork};
use courier_domain::audit::AuditableEntityType;
use courier_domain::chain::{ChainEdge, JobChain, JobChainMember};
use courier_domain::{JobChainId, JobChainMemberId, JobId, Timestamp};
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

pub(crate) const KIND: &str = "chain";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: Option<String>,
    is_enabled: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    is_deleted: bool,
    deleted_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct MemberRow {
    id: Uuid,
    chain_id: Uuid,
    job_id: Uuid,
    name: String,
    execution_order: i32,
    depends_on_member_id: Option<Uuid>,
    run_on_upstream_failure: bool,
    parameters: Json<BTreeMap<String, Value>>,
}

#[derive(FromRow)]
struct EdgeRow {
    member_id: Uuid,
    depends_on_member_id: Uuid,
    run_on_upstream_failure: bool,
}

impl Row {
    fn with(self, members: Vec<JobChainMember>) -> JobChain {
        JobChain {
            id: JobChainId(self.id),
            name: self.name,
            description: self.description,
            is_enabled: self.is_enabled,
            created_at: self.created_at,
            updated_at: self.updated_at,
            is_deleted: self.is_deleted,
            deleted_at: self.deleted_at,
            members,
        }
    }
}

impl MemberRow {
    fn with(self, depends_on: Vec<ChainEdge>) -> JobChainMember {
        JobChainMember {
            id: JobChainMemberId(self.id),
            chain_id: JobChainId(self.chain_id),
            job_id: JobId(self.job_id),
            name: self.name,
            execution_order: self.execution_order,
            depends_on_member_id: self.depends_on_member_id.map(JobChainMemberId),
            run_on_upstream_failure: self.run_on_upstream_failure,
            depends_on,
            parameters: self.parameters.0,
        }
    }
}

/// The three statements that read chains under one condition.
struct Select {
    chains: &'static str,
    members: &'static str,
    edges: &'static str,
}

macro_rules! select {
    ($condition:literal, $order:literal) => {
        Select {
            chains: concat!("SELECT c.* FROM job_chains c WHERE ", $condition, " ORDER BY ", $order),
            members: concat!(
                "SELECT m.* FROM job_chain_members m JOIN job_chains c ON c.id = m.chain_id \
                 WHERE NOT m.is_deleted AND ",
                $condition,
                " ORDER BY m.chain_id, m.execution_order"
            ),
            edges: concat!(
                "SELECT e.* FROM job_chain_edges e JOIN job_chain_members m ON m.id = e.member_id \
                 JOIN job_chains c ON c.id = m.chain_id WHERE NOT m.is_deleted AND ",
                $condition,
                " ORDER BY e.member_id, e.position"
            ),
        }
    };
}

impl Session {
    /// A chain with its members, also a deleted one.
    pub async fn chain(&mut self, id: JobChainId) -> Result<JobChain, StoreError> {
        let found = self.chains_by(&select!("c.id = $1", "c.id"), Some(id.0)).await?.pop();
        found.ok_or_else(|| StoreError::not_found(KIND, id))
    }

    /// A chain that is not deleted, by its name (without regard to case) or its id.
    pub async fn find_chain(&mut self, name_or_id: &str) -> Result<JobChain, StoreError> {
        let sql = "SELECT id FROM job_chains WHERE (name_key = $1 OR id = $2) AND NOT is_deleted";
        let id = name_or_id.parse::<Uuid>().ok();
        let found: Option<Uuid> = on!(self, |c| {
            sqlx::query_scalar(sql).bind(name_key(name_or_id)).bind(id).fetch_optional(c).await?
        });
        self.chain(JobChainId(found.ok_or_else(|| StoreError::not_found(KIND, name_or_id))?)).await
    }

    /// Every chain that is not deleted, with its members, by name. Three queries in all.
    pub async fn chains(&mut self) -> Result<Vec<JobChain>, StoreError> {
        self.chains_by(&select!("NOT c.is_deleted", "c.name_key"), None).await
    }

    /// Deleted chains, newest deletion first.
    pub async fn deleted_chains(&mut self) -> Result<Vec<JobChain>, StoreError> {
        self.chains_by(&select!("c.is_deleted", "c.deleted_at DESC, c.id DESC"), None).await
    }

    async fn chains_by(&mut self, select: &Select, id: Option<Uuid>) -> Result<Vec<JobChain>, StoreError> {
        macro_rules! rows {
            ($sql:expr) => {
                on!(self, |c| {
                    let query = sqlx::query_as($sql);
                    let query = match id {
                        Some(id) => query.bind(id),
                        None => query,
                    };
                    query.fetch_all(c).await?
                })
            };
        }
        let chains: Vec<Row> = rows!(select.chains);
        let members: Vec<MemberRow> = rows!(select.members);
        let edges: Vec<EdgeRow> = rows!(select.edges);
        let mut by_member: HashMap<Uuid, Vec<ChainEdge>> = HashMap::new();
        for edge in edges {
            by_member.entry(edge.member_id).or_default().push(ChainEdge {
                depends_on_member_id: JobChainMemberId(edge.depends_on_member_id),
                run_on_upstream_failure: edge.run_on_upstream_failure,
            });
        }
        let mut by_chain: HashMap<Uuid, Vec<JobChainMember>> = HashMap::new();
        for member in members {
            let depends_on = by_member.remove(&member.id).unwrap_or_default();
            by_chain.entry(member.chain_id).or_default().push(member.with(depends_on));
        }
        Ok(chains
            .into_iter()
            .map(|row| {
                let members = by_chain.remove(&row.id).unwrap_or_default();
                row.with(members)
            })
            .collect())
    }
}

impl UnitOfWork {
    /// Stores a new chain. Refused if the job of a member is deleted.
    pub async fn insert_chain(&mut self, chain: &JobChain) -> Result<(), StoreError> {
        let sql = "INSERT INTO job_chains (id, name, name_key, description, is_enabled, created_at, updated_at, \
                   is_deleted) VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE)";
        let inserted = on!(self, |c| sqlx::query(sql)
            .bind(chain.id.0)
            .bind(&chain.name)
            .bind(name_key(&chain.name))
            .bind(&chain.description)
            .bind(chain.is_enabled)
            .bind(chain.created_at)
            .bind(chain.updated_at)
            .execute(c)
            .await
            .map(drop));
        taken(inserted, KIND, &chain.name)?;
        self.put_members(chain).await?;
        self.audit(AuditableEntityType::Chain, chain.id, "Created", facts(chain));
        Ok(())
    }

    /// Stores an edited chain, as `updated_at` the instant at which this happens. `seen` is the `updated_at` that the
    /// editor had loaded: refused if somebody else has changed it since. Whether it is enabled stays as it is stored.
    pub async fn update_chain(&mut self, chain: &JobChain, seen: Timestamp) -> Result<JobChain, StoreError> {
        let before = self.living_chain(chain.id).await?;
        let mut chain = chain.clone();
        (chain.updated_at, chain.is_enabled) = (self.later_than(before.updated_at), before.is_enabled);
        let sql = "UPDATE job_chains SET name = $2, name_key = $3, description = $4, updated_at = $5 \
                   WHERE id = $1 AND updated_at = $6 AND NOT is_deleted";
        let updated = on!(self, |c| sqlx::query(sql)
            .bind(chain.id.0)
            .bind(&chain.name)
            .bind(name_key(&chain.name))
            .bind(&chain.description)
            .bind(chain.updated_at)
            .bind(seen)
            .execute(c)
            .await
            .map(|done| done.rows_affected()));
        if taken(updated, KIND, &chain.name)? == 0 {
            let current = self.living_chain(chain.id).await?;
            let (about, entity) = ((KIND, current.name.as_str()), (AuditableEntityType::Chain, chain.id.0));
            return Err(self.out_of_date(about, entity, &chain, &current).await);
        }
        // All leave, then those that stay come back, so that members may trade places and names.
        let edges = "DELETE FROM job_chain_edges WHERE member_id IN \
                     (SELECT m.id FROM job_chain_members m WHERE m.chain_id = $1)";
        on!(self, |c| sqlx::query(edges).bind(chain.id.0).execute(c).await.map(drop)?);
        let leave = "UPDATE job_chain_members SET is_deleted = TRUE WHERE chain_id = $1 AND NOT is_deleted";
        on!(self, |c| sqlx::query(leave).bind(chain.id.0).execute(c).await.map(drop)?);
        self.put_members(&chain).await?;
        self.audit(AuditableEntityType::Chain, chain.id, "Updated", changes(&before, &chain));
        Ok(chain)
    }

    async fn put_members(&mut self, chain: &JobChain) -> Result<(), StoreError> {
        if chain.members.is_empty() {
            return Ok(());
        }
        self.hold_jobs(chain.members.iter().map(|m| m.job_id)).await?;
        let insert = "INSERT INTO job_chain_members (id, chain_id, job_id, name, name_key, execution_order, \
                      depends_on_member_id, run_on_upstream_failure, parameters, is_deleted) ";
        let replace = " ON CONFLICT (id) DO UPDATE SET job_id = excluded.job_id, name = excluded.name, \
                       name_key = excluded.name_key, execution_order = excluded.execution_order, \
                       depends_on_member_id = excluded.depends_on_member_id, \
                       run_on_upstream_failure = excluded.run_on_upstream_failure, \
                       parameters = excluded.parameters, is_deleted = excluded.is_deleted \
                       WHERE job_chain_members.chain_id = excluded.chain_id";
        let mut written = 0;
        for members in chain.members.chunks(ROWS) {
            written += on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(members, |mut values, member| {
                    values
                        .push_bind(member.id.0)
                        .push_bind(chain.id.0)
                        .push_bind(member.job_id.0)
                        .push_bind(&member.name)
                        .push_bind(name_key(&member.name))
                        .push_bind(member.execution_order)
                        .push_bind(member.depends_on_member_id.map(|m| m.0))
                        .push_bind(member.run_on_upstream_failure)
                        .push_bind(Json(&member.parameters))
                        .push_bind(false);
                });
                query.push(replace);
                query.build().execute(c).await?.rows_affected()
            });
        }
        if written != chain.members.len() as u64 {
            return Err(StoreError::Damaged {
                what: format!("a member of chain {} belongs to another chain", chain.id),
            });
        }
        self.put_edges(chain).await
    }

    async fn put_edges(&mut self, chain: &JobChain) -> Result<(), StoreError> {
        let edges: Vec<_> = chain
            .members
            .iter()
            .flat_map(|m| m.depends_on.iter().zip(0i32..).map(|(edge, position)| (m.id.0, edge, position)))
            .collect();
        let insert = "INSERT INTO job_chain_edges (member_id, depends_on_member_id, position, run_on_upstream_failure) ";
        for edges in edges.chunks(ROWS) {
            on!(self, |c| {
                let mut query = QueryBuilder::new(insert);
                query.push_values(edges, |mut values, (member, edge, position)| {
                    values
                        .push_bind(*member)
                        .push_bind(edge.depends_on_member_id.0)
                        .push_bind(*position)
                        .push_bind(edge.run_on_upstream_failure);
                });
                query.build().execute(c).await.map(drop)?;
            });
        }
        Ok(())
    }

    /// Lets a chain be started, or not.
    pub async fn set_chain_enabled(&mut self, id: JobChainId, enabled: bool) -> Result<JobChain, StoreError> {
        let mut chain = self.living_chain(id).await?;
        if chain.is_enabled != enabled {
            (chain.is_enabled, chain.updated_at) = (enabled, self.later_than(chain.updated_at));
            let sql = "UPDATE job_chains SET is_enabled = $2, updated_at = $3 WHERE id = $1";
            on!(self, |c| sqlx::query(sql)
                .bind(id.0)
                .bind(enabled)
                .bind(chain.updated_at)
                .execute(c)
                .await
                .map(drop)?);
            let operation = if enabled { "Enabled" } else { "Disabled" };
            self.audit(AuditableEntityType::Chain, id, operation, json!({ "name": chain.name }));
        }
        Ok(chain)
    }

    /// Hides a chain; its history stays and [`UnitOfWork::restore_chain`] brings it back. Refused while it has a run
    /// that is not over or a monitor starts it.
    pub async fn delete_chain(&mut self, id: JobChainId) -> Result<(), StoreError> {
        let chain = self.living_chain(id).await?;
        self.refuse_if_chain_is_used(&chain).await?;
        let now = self.later_than(chain.updated_at);
        let sql = "UPDATE job_chains SET is_deleted = TRUE, deleted_at = $2, updated_at = $2 WHERE id = $1";
        on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop)?);
        self.audit(AuditableEntityType::Chain, id, "Deleted", json!({ "name": chain.name }));
        Ok(())
    }

    /// Brings a deleted chain back, if its name is still free and the jobs of its members are there. Its schedules go on
    /// from now.
    pub async fn restore_chain(&mut self, id: JobChainId) -> Result<JobChain, StoreError> {
        let mut chain = self.chain(id).await?;
        if chain.is_deleted {
            self.hold_jobs_again(chain.members.iter().map(|m| m.job_id), "members").await?;
            let now = self.later_than(chain.updated_at);
            let sql =
                "UPDATE job_chains SET is_deleted = FALSE, deleted_at = NULL, updated_at = $2 WHERE id = $1";
            let restored = on!(self, |c| sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop));
            taken(restored, KIND, &chain.name)?;
            self.wake_schedules::<courier_domain::schedule::ChainSchedule>(id).await?;
            (chain.is_deleted, chain.deleted_at, chain.updated_at) = (false, None, now);
            self.audit(AuditableEntityType::Chain, id, "Restored", json!({ "name": chain.name }));
        }
        Ok(chain)
    }

    pub(crate) async fn living_chain(&mut self, id: JobChainId) -> Result<JobChain, StoreError> {
        let chain = self.chain(id).await?;
        if chain.is_deleted { Err(StoreError::not_found(KIND, chain.name)) } else { Ok(chain) }
    }
}
