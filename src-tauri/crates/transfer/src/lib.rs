//! Courier's transfers: remote servers behind one trait, [`Remote`], and what every transfer does around it.
//!
//! [`connect`] opens a server: host key judged before any credential leaves, then login. [`expand`] turns a path or
//! pattern into files, [`download`] and [`upload`] move one file each with a temporary name, verification and an
//! atomic rename, [`test_connection`] walks the stages of a connection and says which one fails and why.
//! [`sandbox::Sandbox`] is the small SFTP server of the sample.
//!
//! Left out on purpose: what a step means (several files, what happens to the source afterwards) is the engine's;
//! where keys, secrets and known hosts are stored is the store's and the vault's.
//!
//! Invariant: a final name, local or remote, holds either what was there before or a whole, verified file.

pub mod error;
pub mod sandbox;

mod certificate;
mod control;
mod download;
mod journal;
mod layer;
mod ledger;
mod memory;
mod name;
mod names;
mod net;
mod pace;
mod partial;
mod probe;
mod protocol;
mod publish;
mod remote;
mod select;
mod send;
mod session_key;
mod slots;
mod space;
mod stream;
mod tail;
mod target;
mod twins;
mod upload;

pub use certificate::{CertificateProblem, TlsCertificate};
pub use control::{BeforePublish, Control, ProgressTick, Publication, publish_freely};
pub use courier_domain::step::Overwrite;
pub use download::{DownloadRequest, download, remote_sha256};
pub use error::TransferError;
pub use ledger::Resume;
pub use memory::Budget;
pub use name::{escaped, safe_name};
pub use pace::{Pace, Paced, Paces};
pub use partial::{Owner, discard};
pub use probe::{Algorithms, Probe, Stage, StageReport, StageState, TestReport, test_connection};
pub use protocol::ftp::tls::is_fips;
pub use protocol::sftp::algorithms::{
    AlgorithmChoice, AlgorithmChoices, AlgorithmUse, algorithm_choices, legacy_algorithms, usable_algorithms,
};
pub use protocol::{connect, connect_within};
pub use publish::{Decision, decide_remote};
pub use remote::{
    Access, Capabilities, Entry, FileState, Listing, Refused, Remote, RemoteReader, RemoteWriter, Replace,
    join_remote, parent_of,
};
pub use select::{Depth, Selected, Selection, expand, named};
pub use session_key::SessionKey;
pub use slots::{SessionSlot, SessionSlots, SlotRequest};
pub use space::free as free_space;
pub use stream::{FileReceipt, Outcome};
pub use target::{Credentials, Hop, MOST_JUMPS, Target, TrustSink};
pub use twins::{Twins, twins};
pub use upload::{UploadRequest, upload};
