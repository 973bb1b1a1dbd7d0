//! How one resolved value becomes one typed parameter.

use super::spec::{Choice, FieldType};
use crate::pattern::PathPattern;
use crate::template::{self, RenderAs, Scope, TemplateError};
use crate::{ConnectionId, JobId, PgpKeyId};
use serde_json::{Map, Value};

/// A type that a step's parameter can have.
pub trait FieldValue: Sized {
    const TYPE: FieldType;
    /// An absent value is a value of this type.
    const OPTIONAL: bool = false;

    fn choices() -> Vec<Choice> {
        Vec::new()
    }

    /// The typed value, or what is wrong in a sentence.
    fn from_value(value: &Value) -> Result<Self, String>;

    /// The value when the field is absent, for types that have one.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    const TYPE: FieldType = T::TYPE;
    const OPTIONAL: bool = true;

    fn choices() -> Vec<Choice> {
        T::choices()
    }

    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl FieldValue for String {
    const TYPE: FieldType = FieldType::Text;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(expected("a text", value)),
        }
    }
}

/// A file's new name as a template, rendered for each file by itself: it sees what the step's other templates see, and
/// the names of [`NameTemplate::FILE_NAMES`].
#[derive(Debug, Clone, PartialEq)]
pub struct NameTemplate {
    pub text: String,
    /// What the template uses of what the step's other templates see; nothing before the step runs.
    pub scope: Value,
}

impl NameTemplate {
    /// What is different for each file.
    pub const FILE_NAMES: [&'static str; 4] = ["name", "stem", "extension", "modified_at"];

    /// The name that the template gives with one file's facts beside the scope.
    pub fn render(&self, file: Map<String, Value>) -> Result<String, TemplateError> {
        let mut scope = self.scope.as_object().cloned().unwrap_or_default();
        scope.extend(file);
        match template::render(&self.text, &Scope::from(&Value::Object(scope)), RenderAs::Text)? {
            Value::String(name) => Ok(name),
            other => Ok(other.to_string()),
        }
    }
}

impl FieldValue for NameTemplate {
    const TYPE: FieldType = FieldType::NameTemplate;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(Self { text: text.clone(), scope: Value::Null }),
            Value::Object(fields) => match (fields.get("text"), fields.get("scope")) {
                (Some(Value::String(text)), Some(scope)) => {
                    Ok(Self { text: text.clone(), scope: scope.clone() })
                }
                _ => Err(expected("a text", value)),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Err(expected("a text", value))
            }
        }
    }
}

/// Values under names, each of any kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(pub Map<String, Value>);

impl FieldValue for Values {
    const TYPE: FieldType = FieldType::Values;
    fn from_value(value: &Value) -> Result<Self, String> {
        let Value::Object(values) = value else { return Err(expected("values under names", value)) };
        if values.is_empty() {
            return Err("give at least one value".into());
        }
        match values.keys().find(|name| !template::is_name(name)) {
            Some(name) => Err(format!(
                "`{name}` is no name: it has letters, digits and _ only, and does not begin with a digit"
            )),
            None => Ok(Self(values.clone())),
        }
    }
}

/// Headers of HTTP by name, where `_` may stand for `-`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Headers(pub Map<String, Value>);

impl FieldValue for Headers {
    const TYPE: FieldType = FieldType::Values;
    fn from_value(value: &Value) -> Result<Self, String> {
        let Value::Object(headers) = value else { return Err(expected("headers with their names", value)) };
        let is_header = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        };
        match headers.keys().find(|name| !is_header(name)) {
            Some(name) => Err(format!("`{name}` is no header: its name has letters, digits and - only")),
            None => Ok(Self(headers.clone())),
        }
    }
}

/// Any value.
impl FieldValue for Value {
    const TYPE: FieldType = FieldType::Value;
    fn from_value(value: &Value) -> Result<Self, String> {
        Ok(value.clone())
    }
}

/// A list of anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Items(pub Vec<Value>);

impl FieldValue for Items {
    const TYPE: FieldType = FieldType::List;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => Ok(Self(items.clone())),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Err(expected("a list", value))
            }
        }
    }
}

/// What an expression amounts to: nothing, 0, `false` and what is empty are not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition(pub bool);

impl FieldValue for Condition {
    const TYPE: FieldType = FieldType::Condition;
    fn from_value(value: &Value) -> Result<Self, String> {
        Ok(Self(match value {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !matches!(text.trim(), "" | "0" | "false"),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
        }))
    }
}

impl FieldValue for bool {
    const TYPE: FieldType = FieldType::Boolean;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bool(flag) => Ok(*flag),
            Value::String(text) if text == "true" => Ok(true),
            Value::String(text) if text == "false" => Ok(false),
            other => Err(expected("true or false", other)),
        }
    }
}

impl FieldValue for u32 {
    const TYPE: FieldType = FieldType::Integer;
    fn from_value(value: &Value) -> Result<Self, String> {
        let number = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse::<u64>().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        number
            .and_then(|n| u32::try_from(n).ok())
            .ok_or_else(|| expected("a whole number from 0 to 4294967295", value))
    }
}

/// One or more paths; each a file, a folder or a glob.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathList(pub Vec<PathPattern>);

impl FieldValue for PathList {
    const TYPE: FieldType = FieldType::PathList;
    fn from_value(value: &Value) -> Result<Self, String> {
        let paths = texts(value, "a path or a list of paths")?;
        if paths.iter().any(|p| p.contains('\0')) {
            return Err("a path cannot contain a NUL character".into());
        }
        Ok(PathList(paths.into_iter().map(PathPattern).collect()))
    }
}

/// One path, or a pattern in the place of one.
impl FieldValue for PathPattern {
    const TYPE: FieldType = FieldType::PathList;
    fn from_value(value: &Value) -> Result<Self, String> {
        let mut paths = PathList::from_value(value)?.0;
        match (paths.pop(), paths.is_empty()) {
            (Some(path), true) => Ok(path),
            _ => Err(expected("one path", value)),
        }
    }
}

impl FieldValue for Vec<String> {
    const TYPE: FieldType = FieldType::TextList;
    fn from_value(value: &Value) -> Result<Self, String> {
        texts(value, "a text or a list of texts")
    }
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
    const OPTIONAL: bool = true;
}

impl FieldValue for ConnectionId {
    const TYPE: FieldType = FieldType::ConnectionId;
    fn from_value(value: &Value) -> Result<Self, String> {
        id(value, "a connection")
    }
}

impl FieldValue for JobId {
    const TYPE: FieldType = FieldType::JobId;
    fn from_value(value: &Value) -> Result<Self, String> {
        id(value, "a job")
    }
}

impl FieldValue for PgpKeyId {
    const TYPE: FieldType = FieldType::PgpKeyId;
    fn from_value(value: &Value) -> Result<Self, String> {
        id(value, "a PGP key")
    }
}

impl FieldValue for Vec<PgpKeyId> {
    const TYPE: FieldType = FieldType::PgpKeyIdList;
    const OPTIONAL: bool = true;
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items.iter().map(PgpKeyId::from_value).collect(),
            one => Ok(vec![PgpKeyId::from_value(one)?]),
        }
    }
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

fn id<T: std::str::FromStr>(value: &Value, what: &str) -> Result<T, String> {
    let text = value.as_str().ok_or_else(|| expected(what, value))?;
    text.parse()
        .map_err(|_| format!("there is no {} with the name or id `{text}`", what.trim_start_matches("a ")))
}

fn texts(value: &Value, what: &str) -> Result<Vec<String>, String> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| expected(what, item)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(expected(what, value)),
    }
}

fn expected(what: &str, got: &Value) -> String {
    let got = match got {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{}`", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    format!("this needs {what}, not {got}")
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(60).chain("…".chars()).collect()
}
