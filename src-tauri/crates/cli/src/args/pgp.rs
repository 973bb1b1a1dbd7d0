//! `courier pgp`: files by hand.

use clap::Subcommand;
use courier_domain::step::{PgpCompression, SignMode};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PgpFileCommand {
    /// Encrypt a file to one or more keys
    Encrypt {
        input: PathBuf,
        /// A key to encrypt to; may be repeated
        #[arg(long, value_name = "KEY", required = true)]
        recipient: Vec<String>,
        /// One of your key pairs
        #[arg(long, value_name = "KEY")]
        sign_with: Option<String>,
        /// Write text that survives mail
        #[arg(long)]
        armor: bool,
        /// none, zip or zlib
        #[arg(long, value_parser = choice::<PgpCompression>, default_value = "none")]
        compression: PgpCompression,
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
        /// Replace the output if it is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Decrypt a file with any of your keys, and check who signed it
    Decrypt {
        input: PathBuf,
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
        /// Fail unless a known key signed it
        #[arg(long)]
        require_signature: bool,
        /// Fail unless this key signed; may be repeated for several that may
        #[arg(long, value_name = "KEY")]
        signer: Vec<String>,
        /// Replace the output if it is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Sign a file with one of your keys
    Sign {
        input: PathBuf,
        #[arg(long, value_name = "KEY")]
        key: String,
        /// detached, inline or clearsign
        #[arg(long, value_parser = choice::<SignMode>, default_value = "detached")]
        mode: SignMode,
        /// Write text that survives mail
        #[arg(long)]
        armor: bool,
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
        /// Replace the output if it is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Check a file's signature: exit status 0 good, 1 not good
    Verify {
        input: PathBuf,
        /// The separate signature [default: inside the file, or beside it as .sig or .asc]
        #[arg(long, value_name = "FILE")]
        signature: Option<PathBuf>,
        /// Only this key's signature counts; may be repeated
        #[arg(long, value_name = "KEY")]
        signer: Vec<String>,
    },
}

pub(super) fn choice<T: std::str::FromStr<Err = courier_domain::problem::UnknownText>>(
    text: &str,
) -> Result<T, String> {
    text.parse().map_err(|error: courier_domain::problem::UnknownText| error.to_string())
}
