//! Which library does which cryptography. Names only: the build looks their versions up, and fails on a path of
//! dependencies that is none.

/// For what, with what, and the paths of the libraries in `Cargo.lock`.
pub(crate) const USES: &[(&str, &str, &[&str])] = &[
    (
        "TLS",
        "FTPS, HTTP requests, webhooks, mail and message queues: TLS 1.2 and 1.3 by rustls, the cryptography by AWS-LC",
        &[
            "courier-transfer/rustls",
            "courier-transfer/rustls/aws-lc-rs",
            "courier-transfer/rustls/aws-lc-rs/aws-lc-sys",
        ],
    ),
    (
        "Certificates",
        "Judged as the system judges them; pinned ones by their SHA-256",
        &["courier-transfer/rustls-platform-verifier", "courier-transfer/rustls/rustls-webpki"],
    ),
    (
        "SSH",
        "SFTP: the protocol by russh, its ciphers, key exchanges and signatures by AWS-LC and the RustCrypto libraries",
        &[
            "courier-transfer/russh",
            "courier-transfer/russh/aws-lc-rs",
            "courier-transfer/russh/curve25519-dalek",
            "courier-transfer/russh/ml-kem",
            "courier-transfer/russh/p256",
            "courier-transfer/russh/rsa",
            "courier-transfer/russh/ssh-key",
        ],
    ),
    (
        "OpenPGP",
        "Encrypting, decrypting, signing and checking files: Sequoia with Nettle",
        &[
            "courier-keys/sequoia-openpgp",
            "courier-keys/sequoia-openpgp/nettle",
            "courier-keys/sequoia-openpgp/nettle/nettle-sys",
        ],
    ),
    (
        "Vault",
        "Passwords and private keys: AES-256-GCM; a passphrase becomes a key by Argon2id",
        &["courier-vault/aes-gcm", "courier-vault/argon2", "courier-vault/getrandom"],
    ),
    (
        "Hashes",
        "Checksums of files, receipts and the chain of the audit record: SHA-2; MD5 only where a partner asks for it",
        &["courier-engine/sha2", "courier-engine/md-5"],
    ),
    (
        "Audit checkpoints and webhooks",
        "Checkpoints are signed with Ed25519, webhooks with HMAC-SHA-256",
        &["courier-engine/ed25519-dalek", "courier-engine/hmac"],
    ),
    (
        "Archives",
        "Passwords of zip and 7z: AES-256",
        &[
            "courier-archive/aes",
            "courier-archive/pbkdf2",
            "courier-archive/hmac",
            "courier-archive/zip",
            "courier-archive/sevenz-rust2",
        ],
    ),
];
