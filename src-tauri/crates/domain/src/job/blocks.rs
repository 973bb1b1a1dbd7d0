//! The blocks of a job: the flat list of steps as the tree that `flow.if`, `flow.else`, `flow.foreach` and `flow.end`
//! make of it.
//!
//! Left out: what a condition says and what a loop goes through, which only a run knows. Invariant: every step of the
//! list is in the tree once, at the index that it has in the list.

use crate::problem::{Problem, Problems};
use crate::step::StepType;

/// A step or a block; numbers are indexes in the list of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Step(usize),
    If { at: usize, then: Vec<Node>, otherwise: Option<Otherwise>, end: usize },
    ForEach { at: usize, body: Vec<Node>, end: usize },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otherwise {
    pub at: usize,
    pub steps: Vec<Node>,
}

impl Node {
    /// Index of the step that it begins with.
    pub fn first(&self) -> usize {
        match self {
            Node::Step(at) | Node::If { at, .. } | Node::ForEach { at, .. } => *at,
        }
    }

    /// Index of the step that it ends with.
    pub fn last(&self) -> usize {
        match self {
            Node::Step(at) => *at,
            Node::If { end, .. } | Node::ForEach { end, .. } => *end,
        }
    }
}

enum Open {
    If { at: usize, then: Vec<Node>, otherwise: Option<usize> },
    ForEach { at: usize },
}

impl Open {
    fn ended(self, inside: Vec<Node>, end: usize) -> Node {
        match self {
            Open::If { at, then, otherwise: Some(other) } => {
                Node::If { at, then, otherwise: Some(Otherwise { at: other, steps: inside }), end }
            }
            Open::If { at, otherwise: None, .. } => Node::If { at, then: inside, otherwise: None, end },
            Open::ForEach { at } => Node::ForEach { at, body: inside, end },
        }
    }
}

/// The deepest nesting; beyond it nobody reads a job any more.
const DEEPEST: usize = 20;

/// The tree of a list of step types; `None` stands for one that is not known and is a step.
///
/// # Errors
/// Every block that is not whole, each with the path of the step that shows it.
pub fn parse(types: &[Option<StepType>]) -> Result<Vec<Node>, Problems> {
    let mut problems = Problems::default();
    let mut bad = |at: usize, message: &str| {
        problems.push(Problem::error(format!("steps[{at}].type_key"), "bad_block", message));
    };
    let mut open: Vec<Open> = Vec::new();
    // The list that each open block was found in, and below them the job's own.
    let mut lists: Vec<Vec<Node>> = vec![Vec::new()];
    for (at, step_type) in types.iter().enumerate() {
        match step_type {
            Some(StepType::FlowIf) => {
                open.push(Open::If { at, then: Vec::new(), otherwise: None });
                lists.push(Vec::new());
            }
            Some(StepType::FlowForEach) => {
                open.push(Open::ForEach { at });
                lists.push(Vec::new());
            }
            Some(StepType::FlowElse) => match (open.last_mut(), lists.last_mut()) {
                (Some(Open::If { then, otherwise: otherwise @ None, .. }), Some(list)) => {
                    *then = std::mem::take(list);
                    *otherwise = Some(at);
                }
                (Some(Open::If { .. }), _) => bad(at, "This If has an Otherwise already."),
                (Some(Open::ForEach { .. }) | None, _) => {
                    bad(at, "An Otherwise stands in an If; there is none around it.")
                }
            },
            Some(StepType::FlowEnd) => match open.pop() {
                Some(block) => {
                    let inside = lists.pop().unwrap_or_default();
                    if let Some(list) = lists.last_mut() {
                        list.push(block.ended(inside, at));
                    }
                }
                None => bad(at, "This End ends nothing; there is no If or For each before it that is open."),
            },
            Some(_) | None => {
                if let Some(list) = lists.last_mut() {
                    list.push(Node::Step(at));
                }
            }
        }
        if open.len() == DEEPEST + 1 && matches!(step_type, Some(StepType::FlowIf | StepType::FlowForEach)) {
            bad(at, "Blocks are nested too deep here; 20 in each other are the most.");
        }
    }
    for block in open {
        match block {
            Open::If { at, .. } => bad(at, "This If has no End; add one after its last step."),
            Open::ForEach { at } => bad(at, "This For each has no End; add one after its last step."),
        }
    }
    match lists.pop() {
        Some(list) if !problems.has_errors() => Ok(list),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StepType::{FileCopy as Copy, FlowElse as Else, FlowEnd as End, FlowForEach as Each, FlowIf as If};
    use proptest::prelude::*;

    fn of(types: &[StepType]) -> Result<Vec<Node>, Problems> {
        parse(&types.iter().copied().map(Some).collect::<Vec<_>>())
    }

    #[test]
    fn blocks_nest() {
        let inner = Node::If {
            at: 2,
            then: vec![Node::Step(3)],
            otherwise: Some(Otherwise { at: 4, steps: vec![Node::Step(5)] }),
            end: 6,
        };
        let outer = Node::ForEach { at: 1, body: vec![inner], end: 7 };
        assert_eq!(
            of(&[Copy, Each, If, Copy, Else, Copy, End, End, Copy]).unwrap(),
            [Node::Step(0), outer, Node::Step(8)]
        );
    }

    #[test]
    fn what_is_not_whole_is_told_where_it_shows() {
        let told = |types: &[StepType]| {
            let found = of(types).unwrap_err().0;
            found.into_iter().map(|p| format!("{} {}", p.path, p.message)).collect::<Vec<_>>()
        };
        let cases = [&[If, Copy][..], &[End], &[Each, Else, End], &[If, Else, Else, End], &[Each, If, End]];
        insta::assert_snapshot!(cases.map(|types| told(types).join("\n")).join("\n"), @r"
        steps[0].type_key This If has no End; add one after its last step.
        steps[0].type_key This End ends nothing; there is no If or For each before it that is open.
        steps[1].type_key An Otherwise stands in an If; there is none around it.
        steps[2].type_key This If has an Otherwise already.
        steps[0].type_key This For each has no End; add one after its last step.
        ");
    }

    proptest! {
        #[test]
        fn every_step_is_in_the_tree_once(choice in proptest::collection::vec(0..5usize, 0..40)) {
            let types: Vec<StepType> = choice.iter().map(|c| [Copy, If, Else, Each, End][*c]).collect();
            if let Ok(nodes) = of(&types) {
                let mut seen = Vec::new();
                collect(&nodes, &mut seen);
                prop_assert_eq!(seen, (0..types.len()).collect::<Vec<_>>());
            }
        }
    }

    fn collect(nodes: &[Node], seen: &mut Vec<usize>) {
        for node in nodes {
            seen.push(node.first());
            match node {
                Node::Step(_) => continue,
                Node::If { then, otherwise, .. } => {
                    collect(then, seen);
                    if let Some(Otherwise { at, steps }) = otherwise {
                        seen.push(*at);
                        collect(steps, seen);
                    }
                }
                Node::ForEach { body, .. } => collect(body, seen),
            }
            seen.push(node.last());
        }
    }
}
