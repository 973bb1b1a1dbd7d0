//! The description of a step type that forms, command-line help and checks are drawn from.

use crate::connection::ConnectionProtocol;
use crate::macros::text_enum;
use serde::Serialize;
use serde_json::Value;
use specta::Type;

text_enum! { pub enum Category { Transfer = "transfer", Keys = "keys", Files = "files", Logic = "logic" } }
text_enum! {
    /// What the window draws for a field.
    pub enum Widget {
        Connection = "connection", PgpKey = "pgp_key", PgpKeys = "pgp_keys",
        RemotePath = "remote_path", LocalPath = "local_path", Globs = "globs",
        Template = "template", Secret = "secret", Number = "number", Switch = "switch", Choice = "choice",
        Values = "values", Job = "job",
    }
}
text_enum! {
    /// What a field's value is once templates are resolved.
    pub enum FieldType {
        Text = "text", Integer = "integer", Boolean = "boolean", Choice = "choice",
        PathList = "path_list", TextList = "text_list",
        NameTemplate = "name_template", Values = "values",
        Value = "value", List = "list", Condition = "condition",
        ConnectionId = "connection_id", JobId = "job_id", PgpKeyId = "pgp_key_id", PgpKeyIdList = "pgp_key_id_list", Secret = "secret",
    }
}
text_enum! {
    pub enum OutputType {
        FileList = "file_list", File = "file", Folder = "folder", Integer = "integer", Boolean = "boolean",
        Text = "text", Entries = "entries", Instant = "instant", Value = "value",
    }
}

/// One member of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// One parameter of a step type.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct FieldSpec {
    pub name: String,
    pub label: String,
    pub help: String,
    pub widget: Widget,
    pub field_type: FieldType,
    pub required: bool,
    pub default: Option<Value>,
    pub choices: Vec<Choice>,
    /// Shown only when asked for.
    pub advanced: bool,
}

/// One value that a step hands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct OutputSpec {
    pub name: String,
    pub output_type: OutputType,
    pub help: String,
}

/// A step type.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StepSpec {
    pub type_key: String,
    pub label: String,
    pub category: Category,
    /// A lucide icon's name.
    pub icon: String,
    pub summary: String,
    /// What the step's connection must speak.
    pub protocol: Option<ConnectionProtocol>,
    pub fields: Vec<FieldSpec>,
    pub outputs: Vec<OutputSpec>,
}
