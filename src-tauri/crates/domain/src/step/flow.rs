//! The logic of a job: `flow.if`, `flow.else`, `flow.foreach`, `flow.end`, `flow.wait`, `flow.fail`, `context.set`.
//!
//! Which of them belong together is [`crate::job::blocks`]'s matter.

use super::declare::{choice, params};
use super::field::{Condition, Items, Values};
use crate::problem::{Problem, Problems};
use regex::Regex;
use serde_json::Value;
use std::cmp::Ordering;

params! {
    FlowWait, "Wait", Logic, "hourglass", "Wait for some time, or until a moment.";
    fields {
        seconds: Option<u32>, Number, "How long", "Seconds from the step's beginning; the step's time limit does not cut a wait off.";
        until: Option<String>, Template, "Until", "A date and time with its offset, such as 2027-01-31T06:30:00+01:00. What is past does not wait.";
    }
    outputs {}
}

impl FlowWait {
    /// What is said of an `until` that is none.
    pub const NO_MOMENT: &str =
        "This is not a date and time with its offset, such as 2027-01-31T06:30:00+01:00.";
}

params! {
    FlowFail, "Fail", Logic, "octagon-x", "End the run as failed, with words of your own.";
    fields {
        message: String, Template, "Message", "What whoever looks after the run shall read.";
    }
    outputs {}
}

params! {
    /// Its outputs are its values.
    ContextSet, "Set values", Logic, "variable", "Keep values under names for later steps.";
    fields {
        values: Values, Values, "Values", "A name for each, and what it stands for.";
    }
    outputs {}
}

choice! {
    /// How `flow.if` compares.
    pub enum Comparison {
        Equals = "equals" / "is",
        NotEquals = "not_equals" / "is not",
        Contains = "contains" / "contains",
        GreaterThan = "greater_than" / "is greater than",
        LessThan = "less_than" / "is less than",
        Exists = "exists" / "exists",
        Regex = "regex" / "matches the regular expression",
    }
}

params! {
    FlowIf, "If", Logic, "git-branch", "Do the steps inside only if something holds, else those under Otherwise.";
    fields {
        left: Option<Value>, Template, "What", "A value of an earlier step, a parameter, a date.";
        operator: Comparison = "equals", Choice, "Comparison", "Numbers compare as numbers.";
        right: Option<Value>, Template, "With", "What it is compared with; empty stands for an empty text.";
        expression: Option<Condition>, Template, "Or an expression", "Instead of a comparison: steps.list.file_count > 3 and params.full.", advanced;
    }
    outputs {
        result: Boolean, "Whether it held.";
    }
}

impl FlowIf {
    /// Whether the steps inside are to be done.
    ///
    /// # Errors
    /// A regular expression that is none.
    pub fn holds(&self) -> Result<bool, String> {
        if let Some(Condition(held)) = self.expression {
            return Ok(held);
        }
        let (left, right) =
            (self.left.as_ref().unwrap_or(&Value::Null), self.right.as_ref().unwrap_or(&Value::Null));
        Ok(match self.operator {
            Comparison::Equals => equal(left, right),
            Comparison::NotEquals => !equal(left, right),
            Comparison::Contains => match left {
                Value::Array(items) => items.iter().any(|item| equal(item, right)),
                Value::Object(fields) => right.as_str().is_some_and(|name| fields.contains_key(name)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    text(left).contains(&text(right))
                }
            },
            Comparison::GreaterThan => order(left, right) == Some(Ordering::Greater),
            Comparison::LessThan => order(left, right) == Some(Ordering::Less),
            Comparison::Exists => !left.is_null(),
            Comparison::Regex => {
                Regex::new(&text(right)).map_err(|error| not_a_pattern(&error))?.is_match(&text(left))
            }
        })
    }

    pub(crate) fn check(&self) -> Problems {
        let mut problems = Problems::default();
        let compares = self.left.is_some() || self.right.is_some();
        match (&self.expression, compares) {
            (Some(_), true) => problems.push(Problem::error(
                "expression",
                "conflict",
                "Give either a comparison or an expression, not both.",
            )),
            (None, _) if self.left.is_none() => {
                problems.push(Problem::error("left", "required", "This is needed."))
            }
            (Some(_) | None, _) => {}
        }
        // Whether something is empty can be asked; the others compare with something.
        match self.operator {
            Comparison::Equals | Comparison::NotEquals | Comparison::Exists => {}
            Comparison::Contains | Comparison::GreaterThan | Comparison::LessThan | Comparison::Regex => {
                if self.left.is_some() && self.right.is_none() {
                    problems.push(Problem::error("right", "required", "This is needed."));
                }
            }
        }
        if self.operator == Comparison::Regex
            && let Some(Value::String(pattern)) = &self.right
            && let Err(error) = Regex::new(pattern)
        {
            problems.push(Problem::error("right", "invalid", not_a_pattern(&error)));
        }
        problems
    }
}

fn not_a_pattern(error: &regex::Error) -> String {
    match error {
        regex::Error::Syntax(why) => {
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("This is not a regular expression: {why}.")
        }
        _ => "This regular expression is too large.".to_owned(),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right || text(left) == text(right),
    }
}

/// Numbers by size, dates by time, other texts by their letters.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return left.partial_cmp(&right);
    }
    let (left, right) = (left.as_str()?, right.as_str()?);
    let moment = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
    match (moment(left), moment(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => Some(left.cmp(right)),
    }
}

params! {
    FlowElse, "Otherwise", Logic, "split", "Begins what is done when the condition does not hold.";
    fields {}
    outputs {}
}

params! {
    FlowForEach, "For each", Logic, "repeat", "Do the steps inside for every item of a list.";
    fields {
        source: Items, Template, "List", "Files or entries of an earlier step, or a list parameter. Inside, {{ loop.item }} is the item and {{ loop.index }} counts from 0.";
        concurrency: u32 = 1, Number, "At the same time", "How many items are worked on at once, from 1 to 32.", advanced;
    }
    outputs {
        count: Integer, "How many items there were.";
        skipped: Integer, "How many of them were skipped because of errors.";
    }
}

params! {
    FlowEnd, "End", Logic, "corner-down-left", "Ends an If or a For each.";
    fields {}
    outputs {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compared(left: Value, operator: Comparison, right: Value) -> bool {
        FlowIf { left: Some(left), operator, right: Some(right), expression: None }.holds().unwrap()
    }

    #[test]
    fn numbers_compare_as_numbers_also_when_they_are_texts() {
        assert!(compared(json!("10"), Comparison::GreaterThan, json!(9)));
        assert!(compared(json!(9.5), Comparison::LessThan, json!("10")));
        assert!(compared(json!("1.0"), Comparison::Equals, json!(1)));
        assert!(!compared(json!("b"), Comparison::LessThan, json!("a")));
        assert!(compared(
            json!("2026-01-01T00:30:00+01:00"),
            Comparison::LessThan,
            json!("2026-01-01T00:00:00Z")
        ));
    }

    #[test]
    fn lists_and_texts_contain() {
        assert!(compared(json!(["a", 2]), Comparison::Contains, json!("2")));
        assert!(compared(json!("invoice.csv"), Comparison::Contains, json!(".csv")));
        assert!(!compared(json!([]), Comparison::Contains, json!("")));
    }

    #[test]
    fn what_is_nothing_does_not_exist_but_an_empty_list_does() {
        assert!(!compared(Value::Null, Comparison::Exists, Value::Null));
        assert!(compared(json!([]), Comparison::Exists, Value::Null));
    }

    #[test]
    fn a_bad_regular_expression_is_told() {
        let step = FlowIf {
            left: Some(json!("x")),
            operator: Comparison::Regex,
            right: Some(json!("(")),
            expression: None,
        };
        assert!(step.holds().unwrap_err().contains("unclosed group"), "{:?}", step.holds());
        assert!(compared(json!("R-12"), Comparison::Regex, json!(r"^R-\d+$")));
    }
}
