//! The one shape in which a failure leaves the application: what went wrong, what to do, and where in the input.
//!
//! Left out: exit statuses and titles; they are drawn from the code at the surfaces. Invariant: no secret is in any
//! field, because no error of the crates below holds one.

use chrono::SecondsFormat;
use courier_domain::execution::InvalidTransition;
use courier_domain::{ErrorCode, Problem, Problems, Retry};
use serde::Serialize;
use specta::Type;
use std::collections::BTreeMap;
use std::path::Path;

pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// A failure as the window and the command line show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    pub code: ErrorCode,
    /// What failed, on what.
    pub message: String,
    /// The next action, where the message does not say it.
    pub hint: Option<String>,
    /// Names and values for programs: `path`, `cause`, `expected`, …
    pub context: BTreeMap<String, String>,
    /// Everything wrong with the input, for [`ErrorCode::Validation`]; for a name that is taken, where it stands.
    pub problems: Vec<Problem>,
    pub retryable: Retry,
}

impl AppError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: next_action(code).map(str::to_owned),
            context: BTreeMap::new(),
            problems: Vec::new(),
            retryable: code.retry(),
        }
    }

    /// An input with everything that is wrong with it.
    pub fn invalid(problems: Problems) -> Self {
        let errors = problems.0.len();
        let message = match problems.0.as_slice() {
            [one] => one.to_string(),
            _ => format!("The input has {errors} problems."),
        };
        Self { problems: problems.0, ..Self::new(ErrorCode::Validation, message) }
    }

    /// An input with one thing wrong.
    pub fn problem(path: &str, code: &str, message: impl Into<String>) -> Self {
        Self::invalid(Problems::one(Problem::error(path, code, message)))
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.context.insert(name.to_owned(), value.to_string());
        self
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure of the local disk.
    pub fn disk(doing: &str, path: &Path, cause: &std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        let shown = path.display();
        let (code, message) = match cause.kind() {
            K::NotFound => (ErrorCode::FileNotFound, format!("There is no {shown}.")),
            K::PermissionDenied | K::ReadOnlyFilesystem => {
                (ErrorCode::PermissionDenied, format!("Permission denied: cannot {doing} {shown}."))
            }
            K::AlreadyExists => (ErrorCode::AlreadyExists, format!("{shown} exists already.")),
            K::StorageFull | K::QuotaExceeded => {
                (ErrorCode::DiskFull, format!("No space left to {doing} {shown}."))
            }
            _ => (ErrorCode::IoFailed, format!("Cannot {doing} {shown}: {cause}.")),
        };
        Self::new(code, message).with("path", shown)
    }

    /// A defect: something that no input may cause.
    pub fn internal(detail: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::Internal, format!("An internal fault: {detail}."))
    }
}

/// The next action where it is the same for every message of a code.
const fn next_action(code: ErrorCode) -> Option<&'static str> {
    use ErrorCode as E;
    match code {
        E::VaultLocked => Some("Unlock the vault; what waits for it goes on by itself."),
        E::VaultUninitialised => Some("Set the vault up: keychain, passphrase or key file."),
        E::VaultWrongKey => Some("Give the key that belongs to this vault, or use the recovery code."),
        E::SecretDamaged => Some("Enter the secret again."),
        E::SecretMissing => Some("Enter the missing secret."),
        E::StoreTooNew => Some("Install the newer Courier that wrote this store."),
        E::HostKeyChanged => {
            Some("Ask the server's owner whether the key was replaced; only then trust the new one.")
        }
        E::HostKeyUnknown => Some("Compare the fingerprint with the server's owner, then trust it."),
        E::CertificateChanged => {
            Some("Ask the server's owner whether the certificate was replaced; only then pin the new one.")
        }
        E::CertificateUntrusted => Some(
            "Compare the thumbprint with the server's owner, then pin it; or have the certificate mended.",
        ),
        E::ProxyFailed => Some("Check the proxy's host, port and login."),
        E::TlsFailed => {
            Some("Check the port and when TLS begins, or ask the server's owner for TLS 1.2 or newer.")
        }
        E::InsecureTrustRefused => Some("Use trust_on_first_use, system_trust or a pinned certificate."),
        E::AuthenticationFailed => Some("Check user name, password and key of the connection."),
        E::ConnectionDisabled => Some("Enable the connection."),
        E::DiskFull => Some("Free some space, then run again."),
        E::NoDecryptionKey => Some("Ask the sender for which key the file was made, and import that key."),
        E::SignatureMissing => Some("Ask the sender to sign the file, or switch the signature check off."),
        E::UnknownSigner => Some("Import the signer's public key after comparing its fingerprint."),
        E::SignatureInvalid | E::MessageDamaged | E::ArchiveDamaged => {
            Some("Ask the sender for the file again.")
        }
        E::ArchiveLimit => Some("If you expect archives of this size, raise the limit in the settings."),
        E::WrongPassphrase => Some("Enter the right passphrase."),
        E::CommandsNotAllowed => {
            Some("Set security.allow_commands to true, if whoever edits jobs here may run programs.")
        }
        E::HttpUnavailable => Some("Try again later, or set a failure policy that does."),
        E::HttpUncertain => Some(
            "Ask the service whether the work was done before you run again; `retry_unsafe` repeats such calls.",
        ),
        E::Internal => Some("Please report this with the log."),
        E::Validation
        | E::NotFound
        | E::Conflict
        | E::InvalidTransition
        | E::TemplateFailed
        | E::Unsupported
        | E::FailedOnPurpose
        | E::ContextTooLarge
        | E::CommandFailed
        | E::HttpFailed
        | E::JobFailed
        | E::VaultUnavailable
        | E::StoreUnavailable
        | E::DnsFailed
        | E::ConnectionRefused
        | E::ConnectionTimeout
        | E::ConnectionLost
        | E::ProtocolError
        | E::NoCommonAlgorithm
        | E::HostKeyRevoked
        | E::PermissionDenied
        | E::FileNotFound
        | E::NoFiles
        | E::AlreadyExists
        | E::UnsafeName
        | E::SourceChanged
        | E::VerificationFailed
        | E::IoFailed
        | E::KeyUnusable
        | E::KeyUnreadable
        | E::ArchiveUnsafe
        | E::ArchivePassword
        | E::Timeout
        | E::Cancelled
        | E::Paused
        | E::LeaseLost
        | E::RescueLimit => None,
    }
}

/// A sentence: capital first letter, full stop. A message that begins with something else than a word, such as an
/// address or a path, keeps it as it is.
fn sentence(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    let is_word = first.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '\'' | ',' | ':'));
    let mut chars = text.chars();
    let mut out: String = match chars.next() {
        Some(first) if is_word => first.to_uppercase().chain(chars).collect(),
        Some(_) => text.to_owned(),
        None => return String::new(),
    };
    if !out.ends_with(['.', '!', '?', ':', ')']) {
        out.push('.');
    }
    out
}

/// The causes that a message does not mention already.
fn causes(error: &dyn std::error::Error, message: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !message.contains(&text) && !parts.contains(&text) {
            parts.push(text);
        }
        next = cause.source();
    }
    if parts.is_empty() { None } else { Some(parts.join(": ")) }
}

fn from_layer(code: ErrorCode, error: &dyn std::error::Error) -> AppError {
    let message = sentence(&error.to_string());
    let cause = causes(error, &message);
    let error = AppError::new(code, message);
    match cause {
        Some(cause) => error.with("cause", cause),
        None => error,
    }
}

impl From<Problems> for AppError {
    fn from(problems: Problems) -> Self {
        Self::invalid(problems)
    }
}

impl From<courier_store::StoreError> for AppError {
    fn from(error: courier_store::StoreError) -> Self {
        match error {
            courier_store::StoreError::Invalid(problems) => Self::invalid(problems),
            courier_store::StoreError::OutOfDate { ref sides, .. } => from_layer(error.code(), &error)
                .with("yours", &sides.yours)
                .with("current", &sides.current)
                .with("changed_by", &sides.changed_by)
                .with("changed_at", sides.changed_at.to_rfc3339_opts(SecondsFormat::Micros, true)),
            courier_store::StoreError::NameTaken { .. } => {
                let error = from_layer(error.code(), &error);
                Self { problems: vec![Problem::error("name", "duplicate", error.message.as_str())], ..error }
            }
            other => from_layer(other.code(), &other),
        }
    }
}

impl From<courier_vault::VaultError> for AppError {
    fn from(error: courier_vault::VaultError) -> Self {
        let mut out = from_layer(error.code(), &error);
        // The vault's own messages say what to do.
        out.hint = None;
        // A passphrase typed wrong for the vault is the vault's matter, not an input's.
        if out.code == ErrorCode::WrongPassphrase {
            out.code = ErrorCode::VaultWrongKey;
        }
        out
    }
}

impl From<courier_transfer::TransferError> for AppError {
    fn from(error: courier_transfer::TransferError) -> Self {
        from_layer(error.code(), &error)
    }
}

impl From<courier_archive::ArchiveError> for AppError {
    fn from(error: courier_archive::ArchiveError) -> Self {
        from_layer(error.code(), &error)
    }
}

impl From<courier_engine::StepError> for AppError {
    fn from(error: courier_engine::StepError) -> Self {
        let code = error.code;
        // Its cause says the same at greater length.
        AppError::new(code, sentence(&error.message))
    }
}

impl From<courier_keys::KeysError> for AppError {
    fn from(error: courier_keys::KeysError) -> Self {
        from_layer(error.code(), &error)
    }
}

impl From<courier_engine::EngineError> for AppError {
    fn from(error: courier_engine::EngineError) -> Self {
        from_layer(error.code(), &error)
    }
}

impl From<InvalidTransition> for AppError {
    fn from(error: InvalidTransition) -> Self {
        from_layer(ErrorCode::InvalidTransition, &error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_problem_is_its_own_message_and_many_are_counted() {
        let one = AppError::problem("steps[0].name", "required", "Enter a name.");
        assert_eq!(one.message, "steps[0].name: Enter a name.");
        let mut many = Problems::one(Problem::error("a", "x", "A."));
        many.push(Problem::error("b", "x", "B."));
        let many = AppError::invalid(many);
        assert_eq!((many.message.as_str(), many.problems.len()), ("The input has 2 problems.", 2));
        assert_eq!(many.code, ErrorCode::Validation);
    }

    #[test]
    fn a_conflict_shows_both_sides() {
        let sides = courier_store::BothSides {
            yours: serde_json::json!({ "port": 22 }),
            current: serde_json::json!({ "port": 2222 }),
            changed_by: "ben@attic".into(),
            changed_at: courier_domain::Timestamp::UNIX_EPOCH,
        };
        let (kind, name, sides) = ("connection", "partner".to_owned(), Box::new(sides));
        let error: AppError = courier_store::StoreError::OutOfDate { kind, name, sides }.into();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(
            error.message,
            "The connection `partner` was changed by ben@attic in the meantime (at 1970-01-01 00:00:00 UTC); load it \
             again and repeat the change."
        );
        let context: Vec<_> =
            error.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            context,
            [
                ("changed_at", "1970-01-01T00:00:00.000000Z"),
                ("changed_by", "ben@attic"),
                ("current", r#"{"port":2222}"#),
                ("yours", r#"{"port":22}"#),
            ]
        );
    }

    #[test]
    fn a_name_that_is_taken_is_a_conflict_at_its_field() {
        let error: AppError =
            courier_store::StoreError::NameTaken { kind: "job", name: "nightly".into() }.into();
        assert_eq!(error.code, ErrorCode::Conflict);
        let message = "There is already a job named `nightly`; choose another name.";
        assert_eq!(error.problems, [Problem::error("name", "duplicate", message)]);
    }

    #[test]
    fn a_sentence_begins_with_a_capital_unless_it_begins_with_a_name() {
        assert_eq!(sentence("the store is away"), "The store is away.");
        assert_eq!(sentence("writing: failed"), "Writing: failed.");
        for name in ["sftp.example:22 refuses.", "plain.txt is gone.", "/in is gone.", "`up` is gone."] {
            assert_eq!(sentence(name), name);
        }
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn a_store_error_keeps_its_code_and_reads_as_a_sentence() {
        let error: AppError =
            courier_store::StoreError::NotFound { kind: "job", what: "nightly".into() }.into();
        assert_eq!(error.code, ErrorCode::NotFound);
        assert_eq!(error.message, "There is no job `nightly`.");
    }
}
