//! The declaration of a step type: one list of fields gives the params struct, its spec and its parser.

/// An enum for a choice, with the label that people see.
macro_rules! choice {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($variant:ident = $text:literal / $label:literal),+ $(,)? }) => {
        crate::macros::text_enum! { $(#[$meta])* $vis enum $name { $($variant = $text),+ } }

        impl crate::step::FieldValue for $name {
            const TYPE: crate::step::FieldType = crate::step::FieldType::Choice;
            fn choices() -> Vec<crate::step::Choice> {
                vec![$(crate::step::Choice { value: $text.into(), label: $label.into() }),+]
            }
            fn from_value(value: &serde_json::Value) -> Result<Self, String> {
                let text = value.as_str().ok_or_else(|| format!("choose one of {}", [$($text),+].join(", ")))?;
                text.parse().map_err(|e: crate::problem::UnknownText| e.to_string())
            }
        }
    };
}

/// Default of a field: a JSON literal, or none.
macro_rules! default_value {
    () => {
        None
    };
    ($default:expr) => {
        Some(serde_json::json!($default))
    };
}

/// `params! { Name, "label", category, "icon", "summary"; fields { … } outputs { … } }`
///
/// `{protocol}` in label and summary is the step type's own, where several share the parameters. A field is `name: type [= default], widget, "label", "help" [, advanced];`. It is required when it has no default
/// and its type has no value for "absent".
macro_rules! params {
    (
        $(#[$meta:meta])* $name:ident, $label:literal, $category:ident, $icon:literal, $summary:literal;
        fields { $($field:ident : $ty:ty $(= $default:expr)?, $widget:ident, $flabel:literal, $help:literal $(, $advanced:ident)?;)* }
        outputs { $($output:ident : $otype:ident, $ohelp:literal;)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $(pub $field: $ty),* }

        impl $name {
            pub(crate) fn spec(step_type: crate::step::StepType) -> crate::step::StepSpec {
                crate::step::StepSpec {
                    type_key: step_type.as_str().into(),
                    label: step_type.worded($label),
                    category: crate::step::Category::$category,
                    icon: $icon.into(),
                    summary: step_type.worded($summary),
                    protocol: step_type.protocol(),
                    fields: vec![$({
                        let default: Option<serde_json::Value> = crate::step::declare::default_value!($($default)?);
                        crate::step::FieldSpec {
                            name: stringify!($field).into(),
                            label: $flabel.into(),
                            help: $help.into(),
                            widget: crate::step::Widget::$widget,
                            field_type: <$ty as crate::step::FieldValue>::TYPE,
                            required: default.is_none() && !<$ty as crate::step::FieldValue>::OPTIONAL,
                            default,
                            choices: <$ty as crate::step::FieldValue>::choices(),
                            advanced: [$(stringify!($advanced))?].contains(&"advanced"),
                        }
                    }),*],
                    outputs: vec![$(crate::step::OutputSpec {
                        name: stringify!($output).into(),
                        output_type: crate::step::OutputType::$otype,
                        help: $ohelp.into(),
                    }),*],
                }
            }

            pub(crate) fn parse(configuration: &crate::step::Configuration) -> Result<Self, crate::problem::Problems> {
                let mut problems = crate::problem::Problems::default();
                crate::step::declare::refuse_unknown(configuration, &[$(stringify!($field)),*], &mut problems);
                $(let $field = crate::step::declare::take::<$ty>(
                    configuration,
                    stringify!($field),
                    crate::step::declare::default_value!($($default)?),
                    &mut problems,
                );)*
                match ($($field,)*) {
                    ($(Some($field),)*) if !problems.has_errors() => Ok(Self { $($field),* }),
                    _ => Err(problems),
                }
            }
        }
    };
}

pub(crate) use {choice, default_value, params};

use super::Configuration;
use super::field::FieldValue;
use super::spec::FieldType;
use crate::problem::{Problem, Problems};
use serde_json::Value;

/// One field's value, or a problem.
pub(crate) fn take<T: FieldValue>(
    configuration: &Configuration,
    name: &str,
    default: Option<Value>,
    problems: &mut Problems,
) -> Option<T> {
    let given = configuration.get(name).filter(|v| !v.is_null());
    let value = match (given, &default) {
        (Some(value), _) => value,
        (None, Some(default)) => default,
        (None, None) => {
            let absent = T::absent();
            if absent.is_none() {
                problems.push(Problem::error(name, "required", "This is needed."));
            }
            return absent;
        }
    };
    let empty = matches!(value, Value::String(text) if text.is_empty())
        || matches!(value, Value::Array(items) if items.is_empty() && T::TYPE != FieldType::List);
    if empty && default.is_none() && !T::OPTIONAL {
        problems.push(Problem::error(name, "required", "This is needed."));
        return None;
    }
    match T::from_value(value) {
        Ok(value) => Some(value),
        Err(message) => {
            let mut message = message;
            if let Some(first) = message.get(..1) {
                message = first.to_uppercase() + message.get(1..).unwrap_or_default() + ".";
            }
            problems.push(Problem::error(name, "invalid", message));
            None
        }
    }
}

/// A problem for each parameter that the step type does not have.
pub(crate) fn refuse_unknown(configuration: &Configuration, known: &[&str], problems: &mut Problems) {
    for name in configuration.keys() {
        if !known.contains(&name.as_str()) {
            problems.push(Problem::error(
                name.as_str(),
                "unknown_field",
                format!("There is no parameter `{name}` here; there are {}.", known.join(", ")),
            ));
        }
    }
}
