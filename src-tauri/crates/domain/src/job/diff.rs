//! What changed between two versions of a job, field by field.
//!
//! Steps are matched by id, and by alias where one side has no ids, so that a step that was renamed or moved is the
//! same step. Left out: how changes are shown, and texts line by line.

use super::draft::{JobDraft, JobParameter, StepDraft, slug};
use serde::Serialize;
use serde_json::Value;
use specta::Type;

/// A field that is not the same in two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct FieldChange {
    /// `name`, `steps[download].configuration.remote_path`; a step goes by its alias, a parameter by its name.
    pub path: String,
    /// Absent where there was nothing.
    pub from: Option<Value>,
    /// Absent where there is nothing any more.
    pub to: Option<Value>,
}

/// The changes that make `new` of `old`: the job's own fields by name, then parameters, then steps in their new order.
///
/// A step that came or went is one change with the whole step. `steps[x].step_order` (0-based) is there only for steps
/// that changed places with others, not for those that were pushed along.
pub fn diff(old: &JobDraft, new: &JobDraft) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare("", &fields_of_job(old), &fields_of_job(new), &mut changes);
    compare_parameters(&old.parameters, &new.parameters, &mut changes);
    compare_steps(&old.steps, &new.steps, &mut changes);
    changes
}

/// A thing of a list in one version: its place and its fields.
type Placed = (usize, Value);

/// A thing of a list over both versions, at least in one of them.
struct Pair {
    label: String,
    old: Option<Placed>,
    new: Option<Placed>,
}

fn compare_parameters(old: &[JobParameter], new: &[JobParameter], changes: &mut Vec<FieldChange>) {
    let pairs = match_up(old, new, |a, b| a.name == b.name, |parameter| parameter.name.clone(), fields);
    compare_list("parameters", "position", pairs, changes);
}

fn compare_steps(old: &[StepDraft], new: &[StepDraft], changes: &mut Vec<FieldChange>) {
    let same = |a: &StepDraft, b: &StepDraft| match (a.id, b.id) {
        (Some(a), Some(b)) => a == b,
        _ => alias(a) == alias(b),
    };
    compare_list("steps", "step_order", match_up(old, new, same, alias, fields_of_step), changes);
}

/// What is in the new list, in its order, and then what is only in the old one.
fn match_up<T>(
    old: &[T],
    new: &[T],
    same: impl Fn(&T, &T) -> bool,
    label: impl Fn(&T) -> String,
    fields: impl Fn(&T) -> Value,
) -> Vec<Pair> {
    let mut left: Vec<(usize, &T)> = old.iter().enumerate().collect();
    let mut pairs: Vec<Pair> = Vec::new();
    for (place, thing) in new.iter().enumerate() {
        let found = left.iter().position(|(_, before)| same(before, thing)).map(|index| left.remove(index));
        pairs.push(Pair {
            label: label(thing),
            old: found.map(|(place, before)| (place, fields(before))),
            new: Some((place, fields(thing))),
        });
    }
    pairs.extend(left.into_iter().map(|(place, gone)| Pair {
        label: label(gone),
        old: Some((place, fields(gone))),
        new: None,
    }));
    pairs
}

fn compare_list(list: &str, place_name: &str, pairs: Vec<Pair>, changes: &mut Vec<FieldChange>) {
    let kept: Vec<usize> = pairs
        .iter()
        .filter(|pair| pair.new.is_some())
        .filter_map(|pair| pair.old.as_ref().map(|old| old.0))
        .collect();
    let in_order = longest_rise(&kept);
    for pair in pairs {
        let path = format!("{list}[{}]", pair.label);
        match (pair.old, pair.new) {
            (Some((before, old)), Some((after, new))) => {
                if !in_order.contains(&before) {
                    let (from, to) = (Some(Value::from(before)), Some(Value::from(after)));
                    changes.push(FieldChange { path: format!("{path}.{place_name}"), from, to });
                }
                compare(&path, &old, &new, changes);
            }
            (old, new) => {
                changes.push(FieldChange { path, from: old.map(|old| old.1), to: new.map(|new| new.1) });
            }
        }
    }
}

/// The longest part of the places that still stands in order: what is not in it has moved.
fn longest_rise(places: &[usize]) -> Vec<usize> {
    let mut best: Vec<Vec<usize>> = Vec::new();
    for place in places {
        let before = best.iter().filter(|rise| rise.last().is_some_and(|last| last < place));
        let mut rise = before.max_by_key(|rise| rise.len()).cloned().unwrap_or_default();
        rise.push(*place);
        best.push(rise);
    }
    best.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

/// Goes into objects; anything else, lists too, is one value. A field that is null is a field that is absent.
fn compare(path: &str, old: &Value, new: &Value, changes: &mut Vec<FieldChange>) {
    if let (Value::Object(old), Value::Object(new)) = (old, new) {
        let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let (old, new) = (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
            compare(&path, old, new, changes);
        }
    } else if old != new {
        let present = |value: &Value| (!value.is_null()).then(|| value.clone());
        changes.push(FieldChange { path: path.to_owned(), from: present(old), to: present(new) });
    }
}

fn fields_of_job(draft: &JobDraft) -> Value {
    let mut fields = fields(draft);
    if let Value::Object(fields) = &mut fields {
        fields.remove("steps");
        fields.remove("parameters");
    }
    fields
}

fn fields_of_step(step: &StepDraft) -> Value {
    let mut fields = fields(step);
    if let Value::Object(fields) = &mut fields {
        fields.remove("id");
        fields.insert("alias".to_owned(), Value::String(alias(step)));
    }
    fields
}

fn alias(step: &StepDraft) -> String {
    step.alias.clone().filter(|alias| !alias.is_empty()).unwrap_or_else(|| slug(&step.name))
}

/// Drafts have string keys only, which is all that serialising them could fail for.
fn fields<T: Serialize>(of: &T) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobStepId;
    use serde_json::json;

    fn step(number: u128, name: &str, configuration: Value) -> StepDraft {
        let id = JobStepId(uuid::Uuid::from_u128(number));
        let alias = format!("step_{number}");
        let step = json!({ "name": name, "alias": alias, "type_key": "file.delete", "configuration": configuration });
        StepDraft { id: Some(id), ..serde_json::from_value(step).unwrap() }
    }

    fn job(steps: Vec<StepDraft>) -> JobDraft {
        JobDraft { steps, ..serde_json::from_value(json!({ "name": "fetch" })).unwrap() }
    }

    fn four() -> Vec<StepDraft> {
        (1..=4).map(|n| step(n, &format!("Step {n}"), json!({ "path": "/a" }))).collect()
    }

    fn changes(old: &JobDraft, new: &JobDraft) -> Vec<String> {
        let text = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
        diff(old, new).into_iter().map(|c| format!("{}: {} > {}", c.path, text(c.from), text(c.to))).collect()
    }

    #[test]
    fn a_version_does_not_differ_from_itself() {
        assert_eq!(changes(&job(four()), &job(four())), [""; 0]);
    }

    #[test]
    fn each_field_of_the_job_is_named() {
        let old = job(four());
        let mut new = old.clone();
        new.name = "fetch all".into();
        new.description = Some("daily".into());
        new.failure_policy.max_retries = 5;
        new.time_zone = Some("Europe/Berlin".into());
        assert_eq!(
            changes(&old, &new),
            [
                r#"description: - > "daily""#,
                "failure_policy.max_retries: 3 > 5",
                r#"name: "fetch" > "fetch all""#,
                r#"time_zone: - > "Europe/Berlin""#,
            ]
        );
    }

    #[test]
    fn a_step_keeps_its_place_in_the_list_of_changes_when_it_is_renamed() {
        let old = job(four());
        let mut new = old.clone();
        new.steps[1].name = "Tidy".into();
        new.steps[1].configuration =
            serde_json::from_value(json!({ "path": ["/a", "/b"], "missing_ok": true })).unwrap();
        new.steps[1].failure_policy = Some(crate::job::FailurePolicy::default());
        assert_eq!(
            changes(&old, &new),
            [
                "steps[step_2].configuration.missing_ok: - > true",
                r#"steps[step_2].configuration.path: "/a" > ["/a","/b"]"#,
                r#"steps[step_2].failure_policy: - > {"backoff_base_seconds":1,"backoff_max_seconds":60,"max_retries":3,"type":"stop"}"#,
                r#"steps[step_2].name: "Step 2" > "Tidy""#,
            ]
        );
    }

    #[test]
    fn only_the_step_that_was_moved_has_moved() {
        let old = job(four());
        let mut new = old.clone();
        let last = new.steps.pop().unwrap();
        new.steps.insert(0, last);
        assert_eq!(changes(&old, &new), ["steps[step_4].step_order: 3 > 0"]);
    }

    #[test]
    fn steps_that_came_and_went_are_whole_and_push_nobody() {
        let old = job(four());
        let mut new = old.clone();
        new.steps.remove(0);
        new.steps.insert(1, step(9, "New", json!({})));
        let found = diff(&old, &new);
        let paths: Vec<_> =
            found.iter().map(|c| (c.path.as_str(), c.from.is_some(), c.to.is_some())).collect();
        assert_eq!(paths, [("steps[step_9]", false, true), ("steps[step_1]", true, false)]);
        assert_eq!(found[0].to.as_ref().unwrap()["name"], "New");
        assert_eq!(found[0].to.as_ref().unwrap().get("id"), None);
    }

    #[test]
    fn steps_without_ids_are_matched_by_alias() {
        let old = job(four());
        let mut new = old.clone();
        for step in &mut new.steps {
            step.id = None;
        }
        new.steps[2].timeout_seconds = 60;
        assert_eq!(changes(&old, &new), ["steps[step_3].timeout_seconds: 300 > 60"]);
    }

    #[test]
    fn parameters_go_by_their_names() {
        let with = |parameters: Value| JobDraft {
            parameters: serde_json::from_value(parameters).unwrap(),
            ..job(Vec::new())
        };
        let old = with(json!([{ "name": "day", "default": "today" }, { "name": "gone" }]));
        let new = with(json!([{ "name": "added", "type": "number" }, { "name": "day", "required": true }]));
        let found = changes(&old, &new);
        assert_eq!(
            found[1..3],
            [r#"parameters[day].default: "today" > -"#, "parameters[day].required: false > true"]
        );
        assert!(found[0].starts_with("parameters[added]: - > {"), "{found:?}");
        assert!(found[3].starts_with("parameters[gone]: {"), "{found:?}");
    }

    #[test]
    fn undoing_a_change_swaps_from_and_to() {
        let old = job(four());
        let mut new = old.clone();
        new.priority = 7;
        new.steps.swap(0, 1);
        let (there, back) = (diff(&old, &new), diff(&new, &old));
        assert_eq!(there.len(), back.len());
        assert_eq!((&there[0].from, &there[0].to), (&back[0].to, &back[0].from));
    }
}
