//! The way through a job's blocks: the branch that a condition takes as far as it is known, and of a loop its first item.
//!
//! What the other items would leave is not known afterwards. Invariant: every step of the job is told once, but for what
//! only holds a block together.

use super::foreseen::Foreseen;
use super::{RehearsalRequest, RehearsedStep, Verdict, Walk};
use crate::error::StepError;
use courier_domain::ErrorCode;
use courier_domain::job::JobStep;
use courier_domain::job::blocks::{self as tree, Node};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

/// Who hears of the steps, and what was told so far.
struct Telling<'a> {
    request: &'a RehearsalRequest,
    on_step: &'a (dyn Fn(&RehearsedStep) + Send + Sync),
    told: Vec<RehearsedStep>,
}

impl Telling<'_> {
    fn tell(&mut self, step: RehearsedStep) {
        (self.on_step)(&step);
        self.told.push(step);
    }
}

impl Walk {
    /// Looks into the steps, one after the other.
    pub(super) async fn through(
        &mut self,
        request: &RehearsalRequest,
        on_step: &(dyn Fn(&RehearsedStep) + Send + Sync),
    ) -> Result<Vec<RehearsedStep>, StepError> {
        let steps = &request.job.steps;
        let types: Vec<_> = steps.iter().map(|step| step.type_key.parse().ok()).collect();
        // A draft whose blocks are not whole is told so at their steps.
        let nodes = tree::parse(&types).unwrap_or_else(|_| (0..steps.len()).map(Node::Step).collect());
        let mut telling = Telling { request, on_step, told: Vec::with_capacity(steps.len()) };
        self.nodes(&nodes, &mut telling).await?;
        Ok(telling.told)
    }

    fn nodes<'a>(
        &'a mut self,
        nodes: &'a [Node],
        telling: &'a mut Telling<'_>,
    ) -> BoxFuture<'a, Result<(), StepError>> {
        async move {
            for node in nodes {
                let Some(first) = telling.request.job.steps.get(node.first()) else { continue };
                self.items = None;
                let verdict = self.one(node.first(), first, telling).await?;
                let items = self.items.take();
                match node {
                    Node::Step(_) => {}
                    Node::If { then, otherwise, .. } => {
                        let other =
                            otherwise.as_ref().map(|other| other.steps.as_slice()).unwrap_or_default();
                        let outputs = self.context.steps.get(&first.alias);
                        let result =
                            outputs.and_then(|outputs| outputs.get("result")).and_then(Value::as_bool);
                        match result {
                            _ if verdict == Verdict::Skipped => {
                                self.pass(then, telling, Verdict::Skipped, DISABLED);
                                self.pass(other, telling, Verdict::Skipped, DISABLED);
                            }
                            Some(true) => {
                                self.nodes(then, telling).await?;
                                self.pass(other, telling, Verdict::Skipped, NOT_TAKEN);
                            }
                            Some(false) => {
                                self.pass(then, telling, Verdict::Skipped, NOT_TAKEN);
                                self.nodes(other, telling).await?;
                            }
                            None => {
                                self.pass(then, telling, Verdict::Unknown, NOT_KNOWN);
                                self.pass(other, telling, Verdict::Unknown, NOT_KNOWN);
                            }
                        }
                    }
                    Node::ForEach { body, .. } => match items {
                        _ if verdict == Verdict::Skipped => {
                            self.pass(body, telling, Verdict::Skipped, DISABLED)
                        }
                        None => self.pass(body, telling, Verdict::Unknown, NOT_KNOWN),
                        Some(items) => self.first_item(body, &items, telling).await?,
                    },
                }
            }
            Ok(())
        }
        .boxed()
    }

    async fn first_item(
        &mut self,
        body: &[Node],
        items: &[Value],
        telling: &mut Telling<'_>,
    ) -> Result<(), StepError> {
        let Some(item) = items.first() else {
            self.pass(body, telling, Verdict::Skipped, "There is no item.");
            return Ok(());
        };
        let mut this_loop = json!({ "item": item, "index": 0 });
        if let (Some(fields), Some(parent)) = (this_loop.as_object_mut(), self.loops.last()) {
            fields.insert("parent".into(), parent.clone());
        }
        self.loops.push(this_loop);
        let before = telling.told.len();
        self.nodes(body, telling).await?;
        if items.len() > 1 {
            let done: Vec<i32> = telling.told.iter().skip(before).map(|told| told.step_order).collect();
            for step in telling.request.job.steps.iter().filter(|step| done.contains(&step.step_order)) {
                self.doubt(step);
            }
        }
        self.loops.pop();
        Ok(())
    }

    async fn one(
        &mut self,
        place: usize,
        step: &JobStep,
        telling: &mut Telling<'_>,
    ) -> Result<Verdict, StepError> {
        let mistakes = telling.request.mistakes.get(&place).map(Vec::as_slice).unwrap_or_default();
        let told = self.step(&telling.request.job, step, mistakes).await;
        if self.stage.cancel.is_cancelled() {
            return Err(StepError::new(ErrorCode::Cancelled, "The dry run was cancelled."));
        }
        let verdict = told.verdict;
        telling.tell(told);
        Ok(verdict)
    }

    /// Tells of steps that are not looked into.
    fn pass(&mut self, nodes: &[Node], telling: &mut Telling<'_>, verdict: Verdict, why: &str) {
        for node in nodes {
            let Some(step) = telling.request.job.steps.get(node.first()) else { continue };
            if verdict == Verdict::Unknown {
                self.doubt(step);
            }
            let told = self.told(step, verdict, Foreseen::doing(why.to_owned()));
            telling.tell(told);
            match node {
                Node::Step(_) => {}
                Node::If { then, otherwise, .. } => {
                    self.pass(then, telling, verdict, why);
                    if let Some(other) = otherwise {
                        self.pass(&other.steps, telling, verdict, why);
                    }
                }
                Node::ForEach { body, .. } => self.pass(body, telling, verdict, why),
            }
        }
    }
}

const DISABLED: &str = "The block around it is disabled.";
const NOT_TAKEN: &str = "It stands in the branch that is not taken.";
const NOT_KNOWN: &str = "Whether and how often it is done is known in the run only.";
