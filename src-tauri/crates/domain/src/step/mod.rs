//! Step types: for each a typed params struct, the spec that forms, checks and documentation are drawn from, and a guide.
//!
//! Both come out of one declaration, so they cannot disagree. Running a step is the engine's matter.

mod archive;
mod declare;
mod field;
mod file;
mod flow;
mod guide;
mod outside;
mod pgp;
mod remote;
mod secret;
mod spec;
mod transfer;

pub use archive::{ArchiveFormat, FileUnzip, FileZip, SplitArchiveConfig};
pub use field::{Condition, FieldValue, Items, NameTemplate, PathList, Values};
pub use file::{ChecksumAlgorithm, FileChecksum, FileCopy, FileDelete, FileList, FileMove, FileRename};
pub use flow::{Comparison, ContextSet, FlowElse, FlowEnd, FlowFail, FlowForEach, FlowIf, FlowWait};
pub use guide::{GuideExample, GuideFailure, StepGuide, guides};
pub use outside::{CommandRun, HttpMethod, HttpRequest, JobRun};
pub use pgp::{
    OnInvalid, OutputFormat, PgpCompression, PgpDecrypt, PgpEncrypt, PgpSign, PgpVerify, SignMode, protects,
};
pub use remote::{RemoteDelete, RemoteList, RemoteMkdir, RemoteRename, RemoteRmdir};
pub use secret::SecretValue;
pub use spec::{Category, Choice, FieldSpec, FieldType, OutputSpec, OutputType, StepSpec, Widget};
pub use transfer::{AfterTransfer, Download, OnMissing, OnNoFiles, Overwrite, Upload};

use crate::connection::ConnectionProtocol;
use crate::problem::Problems;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a step is configured with: parameter names to values or templates.
pub type Configuration = Map<String, Value>;

/// The params struct of a step type: its own, unless it shares another.
macro_rules! params_of {
    ($variant:ident) => {
        $variant
    };
    ($variant:ident $params:ident) => {
        $params
    };
}

macro_rules! protocol_of {
    () => {
        None
    };
    ($protocol:ident) => {
        Some(ConnectionProtocol::$protocol)
    };
}

/// `Variant = "type.key"`, or `Variant(Params, Protocol) = "type.key"` where protocols share the parameters.
macro_rules! step_types {
    ($($(#[$meta:meta])* $variant:ident $(($params:ident, $protocol:ident))? = $key:literal),+ $(,)?) => {
        crate::macros::text_enum! {
            /// Every step type, by its `type_key`.
            pub enum StepType { $($(#[$meta])* $variant = $key),+ }
        }

        /// A step's parameters after its templates were resolved.
        #[derive(Debug, Clone, PartialEq)]
        pub enum StepParams { $($variant(params_of!($variant $($params)?))),+ }

        impl StepType {
            pub fn spec(self) -> StepSpec {
                match self { $(StepType::$variant => <params_of!($variant $($params)?)>::spec(self)),+ }
            }

            /// The typed parameters, or everything wrong with them.
            pub fn parse(self, configuration: &Configuration) -> Result<StepParams, Problems> {
                match self {
                    $(StepType::$variant => {
                        <params_of!($variant $($params)?)>::parse(configuration).map(StepParams::$variant)
                    }),+
                }
            }

            /// What the step's connection must speak; `None` for steps without a server.
            pub const fn protocol(self) -> Option<ConnectionProtocol> {
                match self { $(StepType::$variant => protocol_of!($($protocol)?)),+ }
            }
        }
    };
}

step_types! {
    SftpDownload(Download, Sftp) = "sftp.download",
    SftpUpload(Upload, Sftp) = "sftp.upload",
    SftpList(RemoteList, Sftp) = "sftp.list",
    SftpMkdir(RemoteMkdir, Sftp) = "sftp.mkdir",
    SftpRmdir(RemoteRmdir, Sftp) = "sftp.rmdir",
    SftpRename(RemoteRename, Sftp) = "sftp.rename",
    SftpDelete(RemoteDelete, Sftp) = "sftp.delete",
    FtpDownload(Download, Ftp) = "ftp.download",
    FtpUpload(Upload, Ftp) = "ftp.upload",
    FtpList(RemoteList, Ftp) = "ftp.list",
    FtpMkdir(RemoteMkdir, Ftp) = "ftp.mkdir",
    FtpRmdir(RemoteRmdir, Ftp) = "ftp.rmdir",
    FtpRename(RemoteRename, Ftp) = "ftp.rename",
    FtpDelete(RemoteDelete, Ftp) = "ftp.delete",
    FtpsDownload(Download, Ftps) = "ftps.download",
    FtpsUpload(Upload, Ftps) = "ftps.upload",
    FtpsList(RemoteList, Ftps) = "ftps.list",
    FtpsMkdir(RemoteMkdir, Ftps) = "ftps.mkdir",
    FtpsRmdir(RemoteRmdir, Ftps) = "ftps.rmdir",
    FtpsRename(RemoteRename, Ftps) = "ftps.rename",
    FtpsDelete(RemoteDelete, Ftps) = "ftps.delete",
    PgpDecrypt = "pgp.decrypt",
    PgpEncrypt = "pgp.encrypt",
    PgpSign = "pgp.sign",
    PgpVerify = "pgp.verify",
    FileUnzip = "file.unzip",
    FileZip = "file.zip",
    FileMove = "file.move",
    FileCopy = "file.copy",
    FileRename = "file.rename",
    FileDelete = "file.delete",
    FileList = "file.list",
    FileChecksum = "file.checksum",
    FlowIf = "flow.if",
    FlowElse = "flow.else",
    FlowForEach = "flow.foreach",
    FlowEnd = "flow.end",
    FlowWait = "flow.wait",
    FlowFail = "flow.fail",
    ContextSet = "context.set",
    JobRun = "job.run",
    HttpRequest = "http.request",
    CommandRun = "command.run",
}

impl StepType {
    /// The names that a step of this configuration hands on.
    pub fn outputs_of(self, configuration: &Configuration) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.spec().outputs.into_iter().map(|output| output.name).collect();
        if self == StepType::ContextSet
            && let Some(Value::Object(values)) = configuration.get("values")
        {
            names.extend(values.keys().cloned());
        }
        names
    }

    /// It touches nothing outside the run: nobody has to know that it began before it is over.
    pub const fn only_thinks(self) -> bool {
        matches!(
            self,
            Self::FlowIf
                | Self::FlowElse
                | Self::FlowForEach
                | Self::FlowEnd
                | Self::FlowFail
                | Self::ContextSet
        )
    }

    /// What is wrong with a connection of `speaks` for this step; `None` when it fits.
    pub fn misfit(self, speaks: ConnectionProtocol) -> Option<String> {
        let needed = self.protocol().filter(|needed| *needed != speaks)?;
        let verb = self.as_str().rsplit('.').next().unwrap_or_default();
        Some(format!(
            "This step speaks {}, and the connection is for {}. Choose an {} connection, or the step type {}.{verb}.",
            needed.label(),
            speaks.label(),
            needed.label(),
            speaks,
        ))
    }

    /// A text in which `{protocol}` stands for the step type's own.
    fn worded(self, text: &str) -> String {
        match self.protocol() {
            Some(protocol) => text.replace("{protocol}", protocol.label()),
            None => text.to_owned(),
        }
    }
}

/// The specs of every step type, in the palette's order.
pub fn specs() -> Vec<StepSpec> {
    StepType::ALL.iter().map(|t| t.spec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_step_is_there_for_every_protocol() {
        let verbs = ["download", "upload", "list", "mkdir", "rmdir", "rename", "delete"];
        for protocol in ConnectionProtocol::ALL {
            for verb in verbs {
                let step_type: StepType = format!("{protocol}.{verb}").parse().unwrap();
                let spec = step_type.spec();
                assert_eq!((step_type.protocol(), spec.protocol), (Some(*protocol), Some(*protocol)));
                assert!(spec.label.starts_with(protocol.label()), "{}", spec.label);
                assert!(
                    spec.summary.contains(&format!("an {} server", protocol.label())),
                    "{}",
                    spec.summary
                );
                let sftp: StepType = format!("sftp.{verb}").parse().unwrap();
                assert_eq!(spec.fields, sftp.spec().fields, "{step_type}");
                assert_eq!(spec.outputs, sftp.spec().outputs, "{step_type}");
            }
        }
        assert_eq!(StepType::FileMove.protocol(), None);
        assert!(specs().iter().all(|s| !s.label.contains('{') && !s.summary.contains('{')));
    }

    #[test]
    fn a_connection_of_another_protocol_is_told_with_the_way_out() {
        assert_eq!(StepType::FtpsList.misfit(ConnectionProtocol::Ftps), None);
        assert_eq!(StepType::FileCopy.misfit(ConnectionProtocol::Ftp), None);
        let told = StepType::SftpDownload.misfit(ConnectionProtocol::Ftps).unwrap();
        assert!(told.contains("speaks SFTP") && told.contains("ftps.download"), "{told}");
    }
}
