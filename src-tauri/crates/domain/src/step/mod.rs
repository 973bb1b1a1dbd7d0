//! Step types: for each a typed params struct and the spec that forms, checks and documentation are drawn from.
//!
//! Both come out of one declaration, so they cannot disagree. Running a step is the engine's matter.

mod archive;
mod declare;
mod field;
mod file;
mod pgp;
mod secret;
mod sftp;
mod spec;

pub use archive::{ArchiveFormat, FileUnzip, FileZip, SplitArchiveConfig};
pub use field::{FieldValue, PathList};
pub use file::{FileCopy, FileDelete, FileMove};
pub use pgp::{
    OnInvalid, OutputFormat, PgpCompression, PgpDecrypt, PgpEncrypt, PgpSign, PgpVerify, SignMode,
};
pub use secret::SecretValue;
pub use sftp::{AfterTransfer, OnMissing, OnNoFiles, Overwrite, SftpDownload, SftpList, SftpUpload};
pub use spec::{Category, Choice, FieldSpec, FieldType, OutputSpec, OutputType, StepSpec, Widget};

use crate::problem::Problems;
use serde_json::{Map, Value};

/// What a step is configured with: parameter names to values or templates.
pub type Configuration = Map<String, Value>;

macro_rules! step_types {
    ($($(#[$meta:meta])* $variant:ident = $key:literal),+ $(,)?) => {
        crate::macros::text_enum! {
            /// Every step type, by its `type_key`.
            pub enum StepType { $($(#[$meta])* $variant = $key),+ }
        }

        /// A step's parameters after its templates were resolved.
        #[derive(Debug, Clone, PartialEq)]
        pub enum StepParams { $($variant($variant)),+ }

        impl StepType {
            pub fn spec(self) -> StepSpec {
                match self { $(StepType::$variant => $variant::spec(self)),+ }
            }

            /// The typed parameters, or everything wrong with them.
            pub fn parse(self, configuration: &Configuration) -> Result<StepParams, Problems> {
                match self { $(StepType::$variant => $variant::parse(configuration).map(StepParams::$variant)),+ }
            }
        }
    };
}

step_types! {
    SftpDownload = "sftp.download",
    SftpUpload = "sftp.upload",
    SftpList = "sftp.list",
    PgpDecrypt = "pgp.decrypt",
    PgpEncrypt = "pgp.encrypt",
    PgpSign = "pgp.sign",
    PgpVerify = "pgp.verify",
    FileUnzip = "file.unzip",
    FileZip = "file.zip",
    FileMove = "file.move",
    FileCopy = "file.copy",
    FileDelete = "file.delete",
}

/// The specs of every step type, in the palette's order.
pub fn specs() -> Vec<StepSpec> {
    StepType::ALL.iter().map(|t| t.spec()).collect()
}
