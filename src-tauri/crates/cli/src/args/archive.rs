//! `courier archive`: archives by hand.

use super::PassphraseArgs;
use super::pgp::choice;
use clap::{Args as ClapArgs, Subcommand};
use courier_domain::step::ArchiveFormat;
use std::path::PathBuf;

/// Where a password comes from; never the command line itself.
#[derive(Debug, ClapArgs)]
pub(crate) struct PasswordArgs {
    /// The environment variable that holds the password
    #[arg(long, value_name = "NAME", conflicts_with = "password_file")]
    password_env: Option<String>,
    /// The file that holds the password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl From<PasswordArgs> for PassphraseArgs {
    fn from(args: PasswordArgs) -> Self {
        Self { passphrase_env: args.password_env, passphrase_file: args.password_file }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Pack files and folders
    Create {
        output: PathBuf,
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// zip, tar, tar.gz, tar.zst, gzip (one file) or 7z
        #[arg(long, value_parser = choice::<ArchiveFormat>)]
        format: ArchiveFormat,
        /// Names in the archive are relative to this folder
        #[arg(long, value_name = "DIR")]
        base: Option<PathBuf>,
        /// 0 (store) to 9 (smallest)
        #[arg(long)]
        level: Option<u32>,
        #[command(flatten)]
        password: PasswordArgs,
        /// Replace the archive if it is there
        #[arg(long)]
        overwrite: bool,
    },
    /// Unpack an archive; the format is known by its content
    Extract {
        archive: PathBuf,
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
        #[command(flatten)]
        password: PasswordArgs,
        /// Only entries like this; may be repeated
        #[arg(long, value_name = "GLOB")]
        include: Vec<String>,
        /// No entries like this; may be repeated
        #[arg(long, value_name = "GLOB")]
        exclude: Vec<String>,
        /// Leave folders out
        #[arg(long)]
        flatten: bool,
        /// Replace files that are there
        #[arg(long)]
        overwrite: bool,
    },
    /// List what is in an archive
    List {
        archive: PathBuf,
        #[command(flatten)]
        password: PasswordArgs,
    },
}
