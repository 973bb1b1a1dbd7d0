//! The closed list of error codes that every layer speaks, with what each means for a retry, an exit status and a
//! person. The enums of errors live in their crates and map here.

use crate::macros::text_enum;

text_enum! {
    /// What went wrong. Closed: the window has one presentation for each, the command line one exit status.
    pub enum ErrorCode {
        // input
        Validation = "validation",
        NotFound = "not_found",
        Conflict = "conflict",
        InvalidTransition = "invalid_transition",
        TemplateFailed = "template_failed",
        Unsupported = "unsupported",
        // vault
        VaultLocked = "vault_locked",
        VaultUninitialised = "vault_uninitialised",
        VaultUnavailable = "vault_unavailable",
        VaultWrongKey = "vault_wrong_key",
        SecretDamaged = "secret_damaged",
        SecretMissing = "secret_missing",
        // store
        StoreUnavailable = "store_unavailable",
        StoreTooNew = "store_too_new",
        // network
        DnsFailed = "dns_failed",
        ConnectionRefused = "connection_refused",
        ConnectionTimeout = "connection_timeout",
        ConnectionLost = "connection_lost",
        ConnectionDisabled = "connection_disabled",
        ProtocolError = "protocol_error",
        NoCommonAlgorithm = "no_common_algorithm",
        TlsFailed = "tls_failed",
        ProxyFailed = "proxy_failed",
        // trust and authentication
        HostKeyUnknown = "host_key_unknown",
        HostKeyChanged = "host_key_changed",
        HostKeyRevoked = "host_key_revoked",
        CertificateUntrusted = "certificate_untrusted",
        CertificateChanged = "certificate_changed",
        InsecureTrustRefused = "insecure_trust_refused",
        AuthenticationFailed = "authentication_failed",
        // files
        PermissionDenied = "permission_denied",
        FileNotFound = "file_not_found",
        NoFiles = "no_files",
        AlreadyExists = "already_exists",
        DiskFull = "disk_full",
        UnsafeName = "unsafe_name",
        SourceChanged = "source_changed",
        VerificationFailed = "verification_failed",
        IoFailed = "io_failed",
        // OpenPGP and SSH keys
        KeyUnusable = "key_unusable",
        KeyUnreadable = "key_unreadable",
        WrongPassphrase = "wrong_passphrase",
        NoDecryptionKey = "no_decryption_key",
        SignatureMissing = "signature_missing",
        SignatureInvalid = "signature_invalid",
        UnknownSigner = "unknown_signer",
        MessageDamaged = "message_damaged",
        // archives
        ArchiveDamaged = "archive_damaged",
        ArchiveUnsafe = "archive_unsafe",
        ArchiveLimit = "archive_limit",
        ArchivePassword = "archive_password",
        // running
        FailedOnPurpose = "failed_on_purpose",
        ContextTooLarge = "context_too_large",
        CommandsNotAllowed = "commands_not_allowed",
        CommandFailed = "command_failed",
        HttpFailed = "http_failed",
        HttpUnavailable = "http_unavailable",
        /// As unavailable, but the service may have done the work, so that nobody asks again by himself.
        HttpUncertain = "http_uncertain",
        JobFailed = "job_failed",
        Timeout = "timeout",
        Cancelled = "cancelled",
        Paused = "paused",
        LeaseLost = "lease_lost",
        RescueLimit = "rescue_limit",
        Internal = "internal",
    }
}

text_enum! {
    /// What kind of cause a failure has; a person reads this first.
    pub enum CauseClass {
        Configuration = "configuration",
        Vault = "vault",
        Store = "store",
        Network = "network",
        Trust = "trust",
        Authentication = "authentication",
        Permission = "permission",
        Disk = "disk",
        Data = "data",
        Key = "key",
        Timeout = "timeout",
        Stopped = "stopped",
        Internal = "internal",
    }
}

text_enum! {
    /// Whether trying again can help.
    pub enum Retry {
        /// The same input fails the same way.
        Never = "never",
        /// A passing cause: try again after the policy's delay.
        Later = "later",
        /// A person must act first (trust a key, unlock the vault, free the disk).
        AfterPerson = "after_person",
    }
}

impl ErrorCode {
    pub const fn class(self) -> CauseClass {
        use ErrorCode as E;
        match self {
            E::Validation
            | E::NotFound
            | E::Conflict
            | E::InvalidTransition
            | E::TemplateFailed
            | E::Unsupported
            | E::ConnectionDisabled
            | E::FailedOnPurpose
            | E::ContextTooLarge
            | E::CommandsNotAllowed => CauseClass::Configuration,
            E::VaultLocked
            | E::VaultUninitialised
            | E::VaultUnavailable
            | E::VaultWrongKey
            | E::SecretDamaged
            | E::SecretMissing => CauseClass::Vault,
            E::StoreUnavailable | E::StoreTooNew => CauseClass::Store,
            E::DnsFailed
            | E::ConnectionRefused
            | E::ConnectionTimeout
            | E::ConnectionLost
            | E::HttpUnavailable
            | E::HttpUncertain
            | E::ProtocolError
            | E::NoCommonAlgorithm
            | E::TlsFailed
            | E::ProxyFailed => CauseClass::Network,
            E::HostKeyUnknown
            | E::HostKeyChanged
            | E::HostKeyRevoked
            | E::CertificateUntrusted
            | E::CertificateChanged
            | E::InsecureTrustRefused => CauseClass::Trust,
            E::AuthenticationFailed => CauseClass::Authentication,
            E::PermissionDenied => CauseClass::Permission,
            E::DiskFull | E::IoFailed => CauseClass::Disk,
            E::FileNotFound
            | E::NoFiles
            | E::AlreadyExists
            | E::UnsafeName
            | E::SourceChanged
            | E::VerificationFailed
            | E::MessageDamaged
            | E::SignatureMissing
            | E::SignatureInvalid
            | E::UnknownSigner
            | E::CommandFailed
            | E::HttpFailed
            | E::JobFailed
            | E::ArchiveDamaged
            | E::ArchiveUnsafe
            | E::ArchiveLimit => CauseClass::Data,
            E::KeyUnusable
            | E::KeyUnreadable
            | E::WrongPassphrase
            | E::NoDecryptionKey
            | E::ArchivePassword => CauseClass::Key,
            E::Timeout => CauseClass::Timeout,
            E::Cancelled | E::Paused | E::LeaseLost => CauseClass::Stopped,
            E::RescueLimit | E::Internal => CauseClass::Internal,
        }
    }

    /// Whether trying again can help. What is not known to pass by itself is never retried.
    pub const fn retry(self) -> Retry {
        use ErrorCode as E;
        match self {
            E::DnsFailed
            | E::ConnectionRefused
            | E::ConnectionTimeout
            | E::ConnectionLost
            | E::HttpUnavailable
            | E::StoreUnavailable
            | E::SourceChanged
            | E::VerificationFailed
            | E::NoFiles
            | E::Timeout
            | E::IoFailed => Retry::Later,
            E::VaultLocked
            | E::VaultUninitialised
            | E::VaultUnavailable
            | E::HostKeyUnknown
            | E::HostKeyChanged
            | E::CertificateUntrusted
            | E::CertificateChanged
            | E::DiskFull
            | E::SecretMissing => Retry::AfterPerson,
            E::Validation
            | E::NotFound
            | E::Conflict
            | E::InvalidTransition
            | E::TemplateFailed
            | E::Unsupported
            | E::VaultWrongKey
            | E::SecretDamaged
            | E::StoreTooNew
            | E::ConnectionDisabled
            | E::ProtocolError
            | E::NoCommonAlgorithm
            | E::TlsFailed
            | E::ProxyFailed
            | E::HostKeyRevoked
            | E::InsecureTrustRefused
            | E::AuthenticationFailed
            | E::PermissionDenied
            | E::FileNotFound
            | E::AlreadyExists
            | E::UnsafeName
            | E::KeyUnusable
            | E::KeyUnreadable
            | E::WrongPassphrase
            | E::NoDecryptionKey
            | E::SignatureMissing
            | E::SignatureInvalid
            | E::UnknownSigner
            | E::MessageDamaged
            | E::ArchiveDamaged
            | E::ArchiveUnsafe
            | E::ArchiveLimit
            | E::ArchivePassword
            | E::FailedOnPurpose
            | E::ContextTooLarge
            | E::CommandsNotAllowed
            | E::CommandFailed
            | E::HttpFailed
            | E::HttpUncertain
            | E::JobFailed
            | E::Cancelled
            | E::Paused
            | E::LeaseLost
            | E::RescueLimit
            | E::Internal => Retry::Never,
        }
    }
}
