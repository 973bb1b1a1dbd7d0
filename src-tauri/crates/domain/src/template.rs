//! Templates: how a step's configuration refers to dates, parameters and the outputs of earlier steps.
//!
//! A value that is one expression keeps its type. What a template yields is a value: it is never parsed again, and in
//! a path it is literal (see [`crate::pattern`]). Unknown names fail, with what is in scope. Secrets are never in
//! scope. What a template can cost is bounded: see [`bounds`].

mod bounds;

use crate::pattern;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};
use std::collections::{BTreeMap, BTreeSet};

pub use bounds::TooMuch;

/// A template that does not parse or does not evaluate.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("this is not a valid template: {0}")]
    Syntax(String),
    #[error("`{name}` is not known here; known are {}", known.join(", "))]
    UnknownName { name: String, known: Vec<String> },
    #[error("{0}")]
    Evaluation(String),
    #[error("{0}")]
    TooMuch(TooMuch),
}

/// A value as templates see it. A clone shares it.
#[derive(Debug, Clone)]
pub struct Known(Value);

impl<T: serde::Serialize> From<&T> for Known {
    fn from(value: &T) -> Self {
        Self(Value::from(Serde(value)))
    }
}

/// What templates may refer to. Made of values that are shared, so that a step in a loop does not pay for what came
/// before the loop.
#[derive(Debug, Clone, Default)]
pub struct Scope(BTreeMap<String, Known>);

impl Scope {
    pub fn insert(&mut self, name: &str, value: impl Into<Known>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Values under names of their own, such as the outputs of steps.
    pub fn insert_all<'a>(&mut self, name: &str, values: impl Iterator<Item = (&'a str, &'a Known)>) {
        let all = values.map(|(name, value)| (name.to_owned(), value.0.clone()));
        self.0.insert(name.to_owned(), Known(Value::from_pairs(all)));
    }

    fn context(&self) -> Value {
        Value::from_pairs(self.0.iter().map(|(name, value)| (name.clone(), value.0.clone())))
    }

    /// The value at a dotted path.
    pub fn lookup(&self, name: &str) -> Option<serde_json::Value> {
        let value = found(&self.context(), name)?;
        serde_json::to_value(&value).ok()
    }

    /// Names that can be used, two levels deep for steps.
    fn names(&self) -> Vec<String> {
        let mut known = Vec::new();
        for (name, value) in &self.0 {
            let inner = fields(&value.0);
            if inner.is_empty() {
                known.push(name.clone());
            }
            for (field, value) in inner {
                match (name.as_str(), fields(&value)) {
                    ("steps", outputs) => {
                        known
                            .extend(outputs.into_iter().map(|(output, _)| format!("steps.{field}.{output}")));
                    }
                    (_, _) => known.push(format!("{name}.{field}")),
                }
            }
        }
        known
    }
}

impl From<&serde_json::Value> for Scope {
    fn from(value: &serde_json::Value) -> Self {
        let fields = value.as_object().into_iter().flatten();
        Self(fields.map(|(name, value)| (name.clone(), Known::from(value))).collect())
    }
}

fn fields(value: &Value) -> Vec<(String, Value)> {
    if value.kind() != minijinja::value::ValueKind::Map {
        return Vec::new();
    }
    let keys = value.try_iter().into_iter().flatten();
    keys.filter_map(|key| Some((key.as_str()?.to_owned(), value.get_item(&key).ok()?))).collect()
}

fn found(scope: &Value, name: &str) -> Option<Value> {
    let at = name.split('.').try_fold(scope.clone(), |value, part| value.get_attr(part).ok())?;
    (!at.is_undefined()).then_some(at)
}

/// How text around and inside an expression is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderAs {
    Text,
    /// Typed wildcards stay live, interpolated ones become literal.
    Path,
}

/// Whether a text can stand as a name in expressions: of a parameter, of a value that a step sets.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text has an expression in it.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// An expression that may stand without braces, in them.
pub fn as_expression(text: &str) -> String {
    if is_template(text) { text.to_owned() } else { format!("{{{{ {text} }}}}") }
}

fn environment(mode: RenderAs) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(bounds::FUEL));
    env.set_recursion_limit(bounds::CALLS);
    // A loop could put a value into itself again and again, until it is too deep to be let go of.
    env.remove_global("namespace");
    env.add_filter("date", format_date);
    if let Ok(syntax) = minijinja::syntax::SyntaxConfig::builder().keep_trailing_newline(true).build() {
        env.set_syntax(syntax);
    }
    match mode {
        RenderAs::Text => env.set_auto_escape_callback(|_| AutoEscape::None),
        RenderAs::Path => {
            env.set_auto_escape_callback(|_| AutoEscape::Custom("path".into()));
            env.set_formatter(escape_path);
        }
    }
    env
}

fn escape_path(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_undefined() {
        return minijinja::escape_formatter(out, state, value);
    }
    write!(out, "{}", pattern::escape(&value.to_string()))
        .map_err(|e| minijinja::Error::new(minijinja::ErrorKind::WriteFailure, e.to_string()))
}

/// `{{ now | date('%Y-%m-%d') }}`: strftime on an RFC 3339 text, keeping that text's offset.
fn format_date(text: String, format: String) -> Result<String, minijinja::Error> {
    use chrono::format::{Item, StrftimeItems};
    let bad = |m: String| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, m);
    let at = chrono::DateTime::parse_from_rfc3339(&text)
        .map_err(|_| bad(format!("`date` needs a date and time, not `{text}`")))?;
    let items: Vec<Item<'_>> = StrftimeItems::new(&format).collect();
    if items.iter().any(|i| matches!(i, Item::Error)) {
        return Err(bad(format!("`{format}` is not a date format; try '%Y-%m-%d'")));
    }
    Ok(at.format_with_items(items.iter()).to_string())
}

/// The inner expression, if the whole text is exactly one.
fn single_expression<'a>(env: &'a Environment<'_>, text: &'a str) -> Option<minijinja::Expression<'a, 'a>> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    env.compile_expression(inner.trim_matches('-')).ok()
}

/// Every name a text uses, as dotted paths: `steps.download.files`.
pub fn names(text: &str) -> Result<BTreeSet<String>, TemplateError> {
    if !is_template(text) {
        return Ok(BTreeSet::new());
    }
    bounds::check(text).map_err(TemplateError::TooMuch)?;
    let env = environment(RenderAs::Text);
    let template = env.template_from_str(text).map_err(|e| TemplateError::Syntax(plain(&e)))?;
    check_filters(text)?;
    // Functions such as `range` are there without anybody declaring them.
    let built_in: BTreeSet<&str> = env.globals().map(|(name, _)| name).collect();
    let named = template.undeclared_variables(true).into_iter();
    Ok(named.filter(|name| !built_in.contains(name.as_str())).collect())
}

/// Finds filters, tests and functions that do not exist, which only an evaluation tells. Statements are left out: a
/// loop may be long, and a branch may not be taken.
fn check_filters(text: &str) -> Result<(), TemplateError> {
    use minijinja::ErrorKind as K;
    if text.contains("{%") {
        return Ok(());
    }
    let mut env = environment(RenderAs::Text);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    let scope = serde_json::json!({ "now": "2000-01-01T00:00:00Z" });
    match env.render_str(text, Value::from(minijinja::value::Serde(&scope))) {
        Err(error) if matches!(error.kind(), K::UnknownFilter | K::UnknownTest | K::UnknownFunction) => {
            Err(TemplateError::Syntax(plain(&error)))
        }
        // Anything else may be right with a run's values.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Evaluates a text. One expression keeps its type; anything else becomes a string.
pub fn render(text: &str, scope: &Scope, mode: RenderAs) -> Result<serde_json::Value, TemplateError> {
    if !is_template(text) {
        return Ok(serde_json::Value::String(text.to_owned()));
    }
    bounds::check(text).map_err(TemplateError::TooMuch)?;
    let env = environment(mode);
    let context = scope.context();
    if let Some(expression) = single_expression(&env, text) {
        let value = expression.eval(context).map_err(|e| explain(&e, text, scope))?;
        if value.is_undefined() {
            return Err(unknown(text, scope));
        }
        if value.as_str().is_some_and(|text| text.len() > bounds::OUTPUT) {
            return Err(TemplateError::TooMuch(TooMuch::Output));
        }
        let json = serde_json::to_value(&value).map_err(|e| TemplateError::Evaluation(e.to_string()))?;
        return Ok(match mode {
            RenderAs::Text => json,
            RenderAs::Path => literal_paths(json),
        });
    }
    let template = env.template_from_str(text).map_err(|e| TemplateError::Syntax(plain(&e)))?;
    let mut output = bounds::Bounded::default();
    match template.render_captured_to(context, &mut output) {
        Ok(_) => Ok(serde_json::Value::String(output.into_text())),
        Err(_) if output.is_full() => Err(TemplateError::TooMuch(TooMuch::Output)),
        Err(error) => Err(explain(&error, text, scope)),
    }
}

/// Paths that came out of an expression mean themselves; a listing entry stands for its path.
fn literal_paths(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as J;
    match value {
        J::String(text) => J::String(pattern::escape(&text)),
        J::Array(items) => J::Array(items.into_iter().map(literal_paths).collect()),
        J::Object(entry) => match entry.get("path") {
            Some(J::String(path)) => J::String(pattern::escape(path)),
            _ => J::Object(entry),
        },
        other => other,
    }
}

fn explain(error: &minijinja::Error, text: &str, scope: &Scope) -> TemplateError {
    if error.kind() == minijinja::ErrorKind::UndefinedError {
        return unknown(text, scope);
    }
    if error.kind() == minijinja::ErrorKind::OutOfFuel {
        return TemplateError::TooMuch(TooMuch::Work);
    }
    TemplateError::Evaluation(plain(error))
}

fn unknown(text: &str, scope: &Scope) -> TemplateError {
    let context = scope.context();
    let missing =
        names(text).ok().and_then(|all| all.into_iter().find(|name| found(&context, name).is_none()));
    let name = missing.unwrap_or_else(|| text.trim().to_owned());
    TemplateError::UnknownName { known: scope.names(), name }
}

fn plain(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scope() -> Scope {
        Scope::from(&json!({ "now": "2026-11-23T07:35:10+01:00", "params": { "day": "a*b" },
                "steps": { "download": { "files": ["/w/x.pgp", "/w/y[1].pgp"], "file_count": 2 } } }))
    }

    #[test]
    fn one_expression_keeps_its_type() {
        assert_eq!(render("{{ steps.download.file_count }}", &scope(), RenderAs::Text).unwrap(), json!(2));
        assert_eq!(
            render("{{ steps.download.files | length }}", &scope(), RenderAs::Text).unwrap(),
            json!(2)
        );
        assert_eq!(
            render("{{ now | date('%Y') }}-{{ steps.download.file_count }}", &scope(), RenderAs::Text)
                .unwrap(),
            json!("2026-2")
        );
    }

    #[test]
    fn what_a_template_yields_is_literal_in_a_path() {
        assert_eq!(
            render("/in/{{ params.day }}/*.csv", &scope(), RenderAs::Path).unwrap(),
            json!("/in/a[*]b/*.csv")
        );
        assert_eq!(
            render("{{ steps.download.files }}", &scope(), RenderAs::Path).unwrap(),
            json!(["/w/x.pgp", "/w/y[[]1[]].pgp"])
        );
        let scope =
            Scope::from(&json!({ "steps": { "list": { "entries": [{ "path": "/a", "size": 1 }] } } }));
        assert_eq!(render("{{ steps.list.entries }}", &scope, RenderAs::Path).unwrap(), json!(["/a"]));
    }

    #[test]
    fn dates_are_formatted_in_their_own_offset() {
        assert_eq!(render("{{ now | date('%H:%M') }}", &scope(), RenderAs::Text).unwrap(), json!("07:35"));
        assert!(render("{{ now | date('%Q!') }}", &scope(), RenderAs::Text).is_err());
    }

    #[test]
    fn an_unknown_name_is_named_with_what_is_known() {
        let error = render("{{ steps.decrypt.files }}", &scope(), RenderAs::Text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`steps.decrypt.files` is not known here; known are now, params.day, steps.download.file_count, steps.download.files"
        );
    }

    #[test]
    fn names_are_found_without_a_run() {
        let found: Vec<_> =
            names("{{ steps.download.files | join(',') }}{{ now }}").unwrap().into_iter().collect();
        assert_eq!(found, ["now", "steps.download.files"]);
        assert!(matches!(names("{{ a b }}"), Err(TemplateError::Syntax(_))));
    }
}
