//! Steps that a cancelled run did not come to.
//!
//! Left out: what a run itself decides not to do, which its holder writes. Invariant: of a cancelled run every step has a
//! row that is over, unless an earlier run did it for this one.

use crate::session::{Session, on};
use crate::step_execution::{Put, Row};
use crate::{StoreError, UnitOfWork};
use courier_domain::StepExecutionId;
use courier_domain::execution::{JobContext, JobExecution, StepExecution, StepExecutionState};
use courier_domain::job::steps_of_snapshot;
use courier_domain::step::StepType;
use std::collections::BTreeSet;

impl Session {
    async fn steps_with_rows(&mut self, run: &JobExecution) -> Result<BTreeSet<i32>, StoreError> {
        let sql = "SELECT DISTINCT step_order FROM step_executions WHERE job_execution_id = $1";
        let orders: Vec<i32> = on!(self, |c| sqlx::query_scalar(sql).bind(run.id.0).fetch_all(c).await?);
        Ok(BTreeSet::from_iter(orders))
    }

    /// Steps that are over in a run without having a row in it: an earlier run did them, which it does again.
    pub async fn steps_taken_over(&mut self, run: &JobExecution) -> Result<BTreeSet<i32>, StoreError> {
        let mut over = JobContext::from_snapshot(&run.context_snapshot).finished;
        let own = self.steps_with_rows(run).await?;
        over.retain(|order| !own.contains(order));
        Ok(over)
    }
}

impl UnitOfWork {
    /// Marks what a run has not begun as skipped: rows that wait, and steps that have none.
    pub(crate) async fn skip_not_begun(&mut self, run: &JobExecution) -> Result<(), StoreError> {
        let waiting = "SELECT * FROM step_executions WHERE job_execution_id = $1 AND state = 'pending'";
        let waiting: Vec<Row> = on!(self, |c| sqlx::query_as(waiting).bind(run.id.0).fetch_all(c).await?);
        let mut rows: Vec<StepExecution> = waiting.into_iter().map(StepExecution::from).collect();
        rows.extend(self.steps_without_rows(run).await?);
        for row in &mut rows {
            row.state = StepExecutionState::Skipped;
        }
        let rows: Vec<Put<'_>> = Put::of(run.id, &rows, &[]).collect();
        self.put_step_executions(&rows).await
    }

    async fn steps_without_rows(&mut self, run: &JobExecution) -> Result<Vec<StepExecution>, StoreError> {
        let mut known = self.steps_with_rows(run).await?;
        known.extend(JobContext::from_snapshot(&run.context_snapshot).finished);
        let snapshot = self.job_version(run.job_id, run.job_version_number).await?.config_snapshot;
        let (_, steps) = steps_of_snapshot(run.job_id, &snapshot).map_err(|error| StoreError::Damaged {
            what: format!("version {} of job {}: {error}", run.job_version_number, run.job_id),
        })?;
        let open = steps.into_iter().filter(|step| {
            // What only holds a block together is nothing that could be done.
            let holds = matches!(step.type_key.parse(), Ok(StepType::FlowElse | StepType::FlowEnd));
            !holds && !known.contains(&step.step_order)
        });
        Ok(open
            .map(|step| {
                let id = StepExecutionId(self.new_id());
                StepExecution::pending(id, run.id, step.id, step.step_order)
            })
            .collect())
    }
}
