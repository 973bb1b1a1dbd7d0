//! How the domain's values stand in columns, the same on both databases.
//!
//! Left out: JSON and times, which `sqlx` knows itself.

use serde_json::Value;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// A member of a text enum in a TEXT column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<T>(pub(crate) T);

impl<DB: Database, T> Type<DB> for Text<T>
where
    str: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <str as Type<DB>>::type_info()
    }
    fn compatible(info: &DB::TypeInfo) -> bool {
        <str as Type<DB>>::compatible(info)
    }
}

impl<'r, DB: Database, T: FromStr> Decode<'r, DB> for Text<T>
where
    &'r str: Decode<'r, DB>,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Text(<&str as Decode<DB>>::decode(value)?.parse()?))
    }
}

impl<'q, DB: Database, T: Display> Encode<'q, DB> for Text<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<DB>>::encode(self.0.to_string(), buffer)
    }
}

/// A text from outside, as both databases keep it: PostgreSQL has no NUL in a text.
pub(crate) fn kept(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{2400}").into() } else { text.into() }
}

/// [`kept`] for the texts of a value.
pub(crate) fn kept_json(value: &Value) -> Cow<'_, Value> {
    fn holds_nul(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(holds_nul),
            Value::Object(members) => members.values().any(holds_nul),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    fn cleaned(value: &Value) -> Value {
        match value {
            Value::String(text) => kept(text).into(),
            Value::Array(values) => values.iter().map(cleaned).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), cleaned(value))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
    if holds_nul(value) { Cow::Owned(cleaned(value)) } else { Cow::Borrowed(value) }
}

/// A number without sign in a BIGINT column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole<T>(pub(crate) T);

impl<DB: Database, T> Type<DB> for Whole<T>
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }
    fn compatible(info: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(info)
    }
}

impl<'r, DB: Database, T: TryFrom<i64>> Decode<'r, DB> for Whole<T>
where
    i64: Decode<'r, DB>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Whole(<i64 as Decode<DB>>::decode(value)?.try_into()?))
    }
}

impl<'q, DB: Database, T: Copy + TryInto<i64>> Encode<'q, DB> for Whole<T>
where
    i64: Encode<'q, DB>,
    T::Error: std::error::Error + Send + Sync + 'static,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<DB>>::encode(self.0.try_into()?, buffer)
    }
}

/// What a name is compared by: names are unique without regard to case, in every script.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}
