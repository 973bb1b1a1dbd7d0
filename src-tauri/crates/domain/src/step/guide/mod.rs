//! What a person should know of a step type beyond its fields: what it is for, when another one is better, what it fails
//! with and what to do then, and examples to begin with. The window's help and `courier step-types` are drawn from it.
//!
//! Fields and outputs are the spec's matter and are not repeated here. Invariant: every example is a configuration that
//! the step type takes; a test checks it.

mod archive;
mod file;
mod flow;
mod outside;
mod pgp;
mod remote;
#[cfg(test)]
mod tests;
mod transfer;

use super::{Configuration, StepType};
use crate::connection::ConnectionProtocol;
use crate::error::{ErrorCode, Retry};
use serde::Serialize;
use serde_json::Value;
use specta::Type;

/// What is to be known of a step type.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct StepGuide {
    pub type_key: String,
    /// What it is for.
    pub purpose: String,
    /// When it is the right one, and when another one is.
    pub when: Vec<String>,
    /// What it does that no field says.
    pub facts: Vec<String>,
    pub failures: Vec<GuideFailure>,
    pub examples: Vec<GuideExample>,
    /// Step types that go with it.
    pub related: Vec<String>,
}

/// Something that it fails with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct GuideFailure {
    pub code: ErrorCode,
    /// What has happened.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Whether the failure policy tries again.
    pub retry: Retry,
}

/// A configuration to begin with. Servers, keys and jobs are meant by name, as in a bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
pub struct GuideExample {
    pub title: String,
    pub configuration: Configuration,
}

impl StepGuide {
    /// In all texts `{protocol}` stands for what the step's connection speaks.
    fn of(purpose: &str) -> Self {
        Self {
            type_key: String::new(),
            purpose: purpose.to_owned(),
            when: Vec::new(),
            facts: Vec::new(),
            failures: Vec::new(),
            examples: Vec::new(),
            related: Vec::new(),
        }
    }

    fn when(mut self, text: &str) -> Self {
        self.when.push(text.to_owned());
        self
    }

    fn fact(mut self, text: &str) -> Self {
        self.facts.push(text.to_owned());
        self
    }

    fn fails(mut self, code: ErrorCode, cause: &str, remedy: &str) -> Self {
        let (cause, remedy) = (cause.to_owned(), remedy.to_owned());
        self.failures.push(GuideFailure { code, cause, remedy, retry: code.retry() });
        self
    }

    fn example(mut self, title: &str, configuration: Value) -> Self {
        let configuration = match configuration {
            Value::Object(fields) => fields,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Configuration::new()
            }
        };
        self.examples.push(GuideExample { title: title.to_owned(), configuration });
        self
    }

    fn see(mut self, others: &[StepType]) -> Self {
        self.related.extend(others.iter().map(|other| other.as_str().to_owned()));
        self
    }

    /// The steps of the same protocol that go with it.
    fn see_verbs(mut self, step_type: StepType, verbs: &[&str]) -> Self {
        let protocol = step_type.protocol().map_or("", ConnectionProtocol::as_str);
        self.related.extend(verbs.iter().map(|verb| format!("{protocol}.{verb}")));
        self
    }

    /// What every step that speaks to a server fails with.
    fn reaches_a_server(self, protocol: Option<ConnectionProtocol>) -> Self {
        use ErrorCode as E;
        let reached = self
            .fails(
                E::ConnectionTimeout,
                "The server did not answer in time, or nothing moved for as long as the connection's operation timeout.",
                "Test the connection: it tells which stage fails. For a slow server raise its timeouts.",
            )
            .fails(
                E::ConnectionLost,
                "The connection was cut, and making it again as often as the connection's transport retries say did not help.",
                "Let the failure policy try again: whole files are not sent twice.",
            )
            .fails(
                E::AuthenticationFailed,
                "The server refused the user, the password or the key. Nothing was transferred.",
                "Correct them in the connection. It is not tried again by itself, so that nobody is locked out.",
            );
        match protocol {
            Some(ConnectionProtocol::Sftp) => reached.fails(
                E::HostKeyChanged,
                "The server shows another host key than the one that is known. No password was sent.",
                "Ask its owner whether the key was replaced. Only then trust the new one, from the connection's test.",
            ),
            Some(ConnectionProtocol::Ftps) => reached.fails(
                E::CertificateUntrusted,
                "The server's certificate is expired, of another name or of an unknown issuer. No password was sent.",
                "Have its owner mend it, or pin this certificate from the connection's test after comparing its fingerprint.",
            ),
            Some(ConnectionProtocol::Ftp) => {
                reached.fact("Plain FTP protects nothing: names, passwords and files can be read on the way.")
            }
            None => reached,
        }
    }

    /// What every step that reads local files fails with.
    fn takes_files(self) -> Self {
        self.fails(
            ErrorCode::FileNotFound,
            "A path without a pattern names what is not there.",
            "Correct the path, or take it from an earlier step: type { in the field.",
        )
        .fails(
            ErrorCode::NoFiles,
            "A pattern or a folder holds no file.",
            "Look whether the files come later, or ask first with an If whether there are any.",
        )
    }

    /// What every step that writes here fails with.
    fn writes_files(self) -> Self {
        self.fails(
            ErrorCode::DiskFull,
            "There is no room left on the disk. What was half written is removed or goes on later; nothing half is under a final name.",
            "Free some space, then retry the run from the failed step.",
        )
        .fails(
            ErrorCode::PermissionDenied,
            "The system forbids it, or the path is outside the folders that `security.allowed_roots` allows.",
            "Check the rights of the folder, and the setting.",
        )
    }

    fn worded(mut self, step_type: StepType) -> Self {
        self.type_key = step_type.as_str().to_owned();
        let texts = [&mut self.purpose].into_iter().chain(&mut self.when).chain(&mut self.facts);
        let failures = self.failures.iter_mut().flat_map(|one| [&mut one.cause, &mut one.remedy]);
        let titles = self.examples.iter_mut().map(|one| &mut one.title);
        for text in texts.chain(failures).chain(titles) {
            *text = step_type.worded(text);
        }
        self
    }
}

impl StepType {
    /// What is to be known of it beyond its spec.
    pub fn guide(self) -> StepGuide {
        let guide = match self {
            Self::SftpDownload | Self::FtpDownload | Self::FtpsDownload => transfer::download(self),
            Self::SftpUpload | Self::FtpUpload | Self::FtpsUpload => transfer::upload(self),
            Self::SftpList | Self::FtpList | Self::FtpsList => remote::list(self),
            Self::SftpMkdir | Self::FtpMkdir | Self::FtpsMkdir => remote::mkdir(self),
            Self::SftpRmdir | Self::FtpRmdir | Self::FtpsRmdir => remote::rmdir(self),
            Self::SftpRename | Self::FtpRename | Self::FtpsRename => remote::rename(self),
            Self::SftpDelete | Self::FtpDelete | Self::FtpsDelete => remote::delete(self),
            Self::PgpDecrypt => pgp::decrypt(),
            Self::PgpEncrypt => pgp::encrypt(),
            Self::PgpSign => pgp::sign(),
            Self::PgpVerify => pgp::verify(),
            Self::FileUnzip => archive::unzip(),
            Self::FileZip => archive::zip(),
            Self::FileMove => file::move_files(),
            Self::FileCopy => file::copy(),
            Self::FileRename => file::rename(),
            Self::FileDelete => file::delete(),
            Self::FileList => file::list(),
            Self::FileChecksum => file::checksum(),
            Self::FlowIf => flow::condition(),
            Self::FlowElse => flow::otherwise(),
            Self::FlowForEach => flow::for_each(),
            Self::FlowEnd => flow::end(),
            Self::FlowWait => flow::wait(),
            Self::FlowFail => flow::fail(),
            Self::ContextSet => flow::set(),
            Self::JobRun => outside::job_run(),
            Self::HttpRequest => outside::http_request(),
            Self::CommandRun => outside::command_run(),
        };
        guide.worded(self)
    }
}

/// The guides of every step type, in the palette's order.
pub fn guides() -> Vec<StepGuide> {
    StepType::ALL.iter().map(|step_type| step_type.guide()).collect()
}
