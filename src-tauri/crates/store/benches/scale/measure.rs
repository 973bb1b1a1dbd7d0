//! What people and nodes ask for, at random places of the history.

use crate::history::{Chance, DAYS, JOBS, person};
use crate::timing::{HEADER, Times};
use crate::{Real, open};
use anyhow::{Context, Result, ensure};
use chrono::{DurationRound, TimeDelta};
use courier_domain::execution::{ExecutionSort, JobExecutionState, TriggerKind};
use courier_domain::setting::CONCURRENCY_LIMIT;
use courier_domain::{Clock, IdSource, JobId, NodeId, Timestamp};
use courier_store::{
    AuditFilter, ClaimRequest, Cursor, Ending, ExecutionFilter, Lease, Outcome, Store, StoreUrl,
};
use std::time::Instant;

const TIMES: usize = 200;
const PAGE: u32 = 50;

struct Bench {
    store: Store,
    jobs: Vec<JobId>,
    now: Timestamp,
    chance: Chance,
    lines: Vec<String>,
}

/// The table.
pub(crate) async fn measure(url: &StoreUrl) -> Result<Vec<String>> {
    let store = open(url).await?;
    let mut jobs: Vec<_> = store.read().await?.jobs().await?.into_iter().map(|j| (j.name, j.id)).collect();
    jobs.sort();
    ensure!(jobs.len() == JOBS, "the store has other jobs than the bench's");
    let mut bench = Bench {
        store,
        jobs: jobs.into_iter().map(|(_, id)| id).collect(),
        now: Real.now(),
        chance: Chance(7),
        lines: HEADER.map(str::to_owned).to_vec(),
    };
    bench.lists().await?;
    bench.dashboard().await?;
    bench.audit().await?;
    bench.claims().await?;
    bench.store.close().await;
    Ok(bench.lines)
}

impl Bench {
    /// A moment in the history that is no newer than its last month.
    fn some_time(&mut self) -> Timestamp {
        let hours = 24 * 30 + self.chance.below(24 * (DAYS.unsigned_abs() - 40));
        self.now - TimeDelta::hours(i64::try_from(hours).unwrap_or(0))
    }

    fn some_job(&mut self) -> JobId {
        let place = self.chance.below(self.jobs.len() as u64);
        self.jobs[place as usize]
    }

    /// The cursor of a run from somewhere in the middle.
    async fn deep(&mut self) -> Result<Cursor> {
        let until = Some(self.some_time());
        let filter = ExecutionFilter { until, limit: 1, ..ExecutionFilter::default() };
        let page = self.store.read().await?.executions(&filter).await?;
        Ok(Cursor::after(page.rows.first().context("there is a run")?.id))
    }

    async fn list(
        &mut self,
        what: &str,
        mut filter: impl AsyncFnMut(&mut Self) -> Result<ExecutionFilter>,
    ) -> Result<()> {
        let mut times = Times::default();
        for n in 0..=TIMES {
            let filter = ExecutionFilter { limit: PAGE, ..filter(self).await? };
            let mut session = self.store.read().await?;
            let began = Instant::now();
            session.executions(&filter).await?;
            if n > 0 {
                times.since(began);
            }
        }
        self.lines.push(times.row(what));
        Ok(())
    }

    async fn lists(&mut self) -> Result<()> {
        use JobExecutionState as S;
        let all = ExecutionFilter::default;
        self.list("newest page of 50", async |_| Ok(all())).await?;
        self.list("oldest page", async |_| Ok(ExecutionFilter { sort: ExecutionSort::Oldest, ..all() }))
            .await?;
        self.list("of a job", async |b| Ok(ExecutionFilter { job_id: Some(b.some_job()), ..all() })).await?;
        self.list("failed", async |_| Ok(ExecutionFilter { states: vec![S::Failed], ..all() })).await?;
        self.list("paused", async |_| Ok(ExecutionFilter { states: vec![S::Paused], ..all() })).await?;
        self.list("failed, cancelled or paused", async |_| {
            Ok(ExecutionFilter { states: vec![S::Failed, S::Cancelled, S::Paused], ..all() })
        })
        .await?;
        self.list("of a job, failed", async |b| {
            Ok(ExecutionFilter { job_id: Some(b.some_job()), states: vec![S::Failed], ..all() })
        })
        .await?;
        self.list("started by hand", async |_| {
            Ok(ExecutionFilter { triggered_by: Some(TriggerKind::Manual), ..all() })
        })
        .await?;
        self.list("started by a chain (none)", async |_| {
            Ok(ExecutionFilter { triggered_by: Some(TriggerKind::Chain), ..all() })
        })
        .await?;
        self.list("of a week long ago", async |b| {
            let since = b.some_time();
            Ok(ExecutionFilter { since: Some(since), until: Some(since + TimeDelta::days(7)), ..all() })
        })
        .await?;
        self.list("of a week long ago, failed", async |b| {
            let since = b.some_time();
            let until = Some(since + TimeDelta::days(7));
            Ok(ExecutionFilter { since: Some(since), until, states: vec![S::Failed], ..all() })
        })
        .await?;
        self.list("of the ten jobs named `job 19…`", async |_| {
            Ok(ExecutionFilter { search: Some("JOB 19".into()), ..all() })
        })
        .await?;
        self.list("of the 200 jobs named `job…`", async |_| {
            Ok(ExecutionFilter { search: Some("job".into()), ..all() })
        })
        .await?;
        self.list("next page, deep inside", async |b| {
            Ok(ExecutionFilter { after: Some(b.deep().await?), ..all() })
        })
        .await?;
        self.list("next page of a job, deep inside", async |b| {
            Ok(ExecutionFilter { job_id: Some(b.some_job()), after: Some(b.deep().await?), ..all() })
        })
        .await?;
        self.list("next page of a job, failed, deep inside", async |b| {
            let (job_id, after) = (Some(b.some_job()), Some(b.deep().await?));
            Ok(ExecutionFilter { job_id, states: vec![S::Failed], after, ..all() })
        })
        .await
    }

    async fn dashboard(&mut self) -> Result<()> {
        let (mut counts, mut moved, mut recent, mut queue) =
            (Times::default(), Times::default(), Times::default(), Times::default());
        let hour = TimeDelta::hours(1);
        let end = self.now.duration_trunc(hour)? + hour;
        let mut spans: Vec<_> = (0..168).map(|n| end - hour * (n + 1)..end - hour * n).collect();
        spans.push(self.now - TimeDelta::days(1)..self.now + hour);
        for _ in 0..TIMES / 4 {
            let mut session = self.store.read().await?;
            let began = Instant::now();
            session.execution_counts(&spans).await?;
            counts.since(began);
            let began = Instant::now();
            session.moved_since(self.now - TimeDelta::days(1)).await?;
            moved.since(began);
            let began = Instant::now();
            let runs = session.recent_executions(10).await?;
            let mut last: Vec<_> = runs.iter().map(|r| (r.job_id, r.id)).collect();
            last.dedup_by_key(|(job, _)| *job);
            session.executions_of(&last.into_iter().map(|(_, id)| id).collect::<Vec<_>>()).await?;
            recent.since(began);
            let began = Instant::now();
            session.queue_counts().await?;
            queue.since(began);
        }
        self.lines.push(counts.row("counts by state of 24 hours, and by hour of a week"));
        self.lines.push(moved.row("files and bytes moved in 24 hours, by job"));
        self.lines.push(recent.row("the last 10 runs of each of 200 jobs"));
        self.lines.push(queue.row("queue counts"));
        Ok(())
    }

    async fn audited(
        &mut self,
        what: &str,
        mut filter: impl AsyncFnMut(&mut Self) -> Result<AuditFilter>,
    ) -> Result<()> {
        let mut times = Times::default();
        for n in 0..=TIMES {
            let filter = AuditFilter { limit: PAGE, ..filter(self).await? };
            let mut session = self.store.read().await?;
            let began = Instant::now();
            session.audit_entries(&filter).await?;
            if n > 0 {
                times.since(began);
            }
        }
        self.lines.push(times.row(what));
        Ok(())
    }

    async fn audit(&mut self) -> Result<()> {
        let all = AuditFilter::default;
        let entries = AuditFilter { limit: 1, ..all() };
        let newest = self.store.read().await?.audit_entries(&entries).await?;
        let last = newest.first().context("there are entries")?.sequence.unsigned_abs();
        self.audited("audit: newest page", async |_| Ok(all())).await?;
        self.audited("audit: of an entity", async |b| {
            Ok(AuditFilter { entity_ids: vec![b.deep().await?.id()], ..all() })
        })
        .await?;
        self.audited("audit: of a person", async |b| {
            Ok(AuditFilter { performed_by: Some(person(b.chance.next())), ..all() })
        })
        .await?;
        self.audited("audit: of a person, deep inside", async |b| {
            let before_sequence = i64::try_from(1_000 + b.chance.below(last)).ok();
            Ok(AuditFilter { performed_by: Some(person(b.chance.next())), before_sequence, ..all() })
        })
        .await?;
        self.audited("audit: of a day long ago", async |b| {
            let since = b.some_time();
            Ok(AuditFilter { since: Some(since), until: Some(since + TimeDelta::days(1)), ..all() })
        })
        .await
    }

    /// Claims from a queue of 10,000, nine tenths of them behind one busy job; whole units of work, durable.
    async fn claims(&mut self) -> Result<()> {
        let mut unit = self.store.begin("bench@desk").await?;
        unit.set_setting(CONCURRENCY_LIMIT, "1000").await?;
        unit.commit().await?;
        let node_id = NodeId(Real.new_id());
        let request = ClaimRequest { node_id, node_name: "bench".into(), slots: 1, only: None };
        let (mut times, mut ends) = (Times::default(), Times::default());
        for n in 0..=TIMES {
            let began = Instant::now();
            let mut unit = self.store.begin("system").await?;
            let claimed = unit.claim(&request).await?;
            unit.commit().await?;
            if n > 0 {
                times.since(began);
            }
            // The first one is of the busiest job and keeps it busy.
            let Some(run) = claimed.first().filter(|_| n > 0) else { continue };
            let lease = Lease::of(run).context("a claimed run has a lease")?;
            let outcome = Outcome::Completed { had_skips: false };
            let began = Instant::now();
            let mut unit = self.store.begin("system").await?;
            unit.finish(&lease, &Ending { outcome, steps: &[], begun: &[], context_snapshot: None }).await?;
            unit.commit().await?;
            ends.since(began);
        }
        ensure!(ends.len() > TIMES / 2, "hardly anything could be claimed");
        self.lines.push(times.row("claim from 10,000 queued, durable"));
        self.lines.push(ends.row("finish of the claimed run, durable"));
        Ok(())
    }
}
