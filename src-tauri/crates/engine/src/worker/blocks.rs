//! Goes through the tree of a job's steps: one after the other, into the branch that a condition takes, round loops.

use super::frame::Frame;
use super::{Flow, Plan, Run};
use crate::sessions::Sessions;
use courier_domain::job::blocks::{Node, Otherwise};
use courier_store::{LogLevel, StoreError};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;

impl Run {
    /// Does the steps of one list, until one of them ends it.
    pub(super) fn block<'a>(
        &'a self,
        plan: &'a Plan,
        nodes: &'a [Node],
        frame: &'a mut Frame,
        sessions: &'a Arc<Sessions>,
    ) -> BoxFuture<'a, Result<Flow, StoreError>> {
        async move {
            for node in nodes {
                if let Some(outcome) = self.stopped() {
                    return Ok(Flow::End(outcome));
                }
                let Some(first) = plan.steps.get(node.first()) else { continue };
                let flow = match node {
                    _ if !first.enabled && !frame.is_over(first) => {
                        self.log(
                            LogLevel::Info,
                            Some(&first.alias),
                            format!("Step {} is disabled.", first.name),
                        );
                        self.skip_all(plan, std::slice::from_ref(node), frame);
                        self.write_much(frame).await?;
                        Flow::Go
                    }
                    Node::Step(_) => self.step(plan, first, frame, sessions).await?,
                    Node::If { then, otherwise, .. } => {
                        self.branches(plan, first, (then, otherwise.as_ref()), frame, sessions).await?
                    }
                    Node::ForEach { body, end, .. } => match plan.steps.get(*end) {
                        Some(end) => self.each(plan, first, (body, end), frame, sessions).await?,
                        None => Flow::Go,
                    },
                };
                match flow {
                    Flow::Go => {}
                    Flow::Restart(_) | Flow::End(_) => return Ok(flow),
                }
            }
            Ok(Flow::Go)
        }
        .boxed()
    }

    /// The branch that the condition takes; without an answer, because the step was skipped, neither.
    async fn branches(
        &self,
        plan: &Plan,
        condition: &courier_domain::job::JobStep,
        (then, otherwise): (&[Node], Option<&Otherwise>),
        frame: &mut Frame,
        sessions: &Arc<Sessions>,
    ) -> Result<Flow, StoreError> {
        let was_over = frame.is_over(condition);
        match self.step(plan, condition, frame, sessions).await? {
            Flow::Go => {}
            left @ (Flow::Restart(_) | Flow::End(_)) => return Ok(left),
        }
        let result = frame.context.steps.get(&condition.alias).and_then(|outputs| outputs.get("result"));
        let result = result.and_then(Value::as_bool);
        let other = otherwise.filter(|other| plan.steps.get(other.at).is_some_and(|step| step.enabled));
        let taken: &[Node] = match (result, other) {
            (Some(true), _) => then,
            (Some(false), Some(other)) => &other.steps,
            (Some(false) | None, _) => &[],
        };
        if !was_over {
            if result != Some(true) {
                self.skip_all(plan, then, frame);
            }
            if let Some(other) = otherwise.filter(|_| result != Some(false) || other.is_none()) {
                self.skip_all(plan, &other.steps, frame);
            }
        }
        self.block(plan, taken, frame, sessions).await
    }

    /// Rows for steps that are not done; what only holds a block together has none.
    pub(super) fn skip_all(&self, plan: &Plan, nodes: &[Node], frame: &mut Frame) {
        for node in nodes {
            if let Some(step) = plan.steps.get(node.first()) {
                self.skip(step, frame);
            }
            match node {
                Node::Step(_) => {}
                Node::If { then, otherwise, .. } => {
                    self.skip_all(plan, then, frame);
                    if let Some(other) = otherwise {
                        self.skip_all(plan, &other.steps, frame);
                    }
                }
                Node::ForEach { body, .. } => self.skip_all(plan, body, frame),
            }
        }
    }
}
