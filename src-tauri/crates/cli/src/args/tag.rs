//! `courier tag`.

use super::monitor::ListPage;
use clap::{Args as ClapArgs, Subcommand};
use courier_domain::tag::TaggableEntityType;

#[derive(Debug, Subcommand)]
pub(crate) enum TagCommand {
    /// List the tags with how many things carry each
    List {
        /// Only of this category
        #[arg(long)]
        category: Option<String>,
        /// Those that were deleted instead
        #[arg(long)]
        deleted: bool,
        #[command(flatten)]
        page: ListPage,
    },
    /// Make a tag
    Create {
        name: String,
        #[command(flatten)]
        look: TagLook,
    },
    /// Change a tag
    Edit {
        tag: String,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        look: TagLook,
    },
    /// Delete a tag, everywhere
    Delete { tag: String },
    /// Undo a delete; what carried the tag carries it again
    Restore { tag: String },
    /// Put a tag on things
    Add {
        tag: String,
        /// job, job_chain, connection, pgp_key, ssh_key or file_monitor
        #[arg(value_parser = kind)]
        kind: TaggableEntityType,
        /// Names or ids
        #[arg(required = true)]
        name: Vec<String>,
    },
    /// Take a tag off things
    Remove {
        tag: String,
        /// job, job_chain, connection, pgp_key, ssh_key or file_monitor
        #[arg(value_parser = kind)]
        kind: TaggableEntityType,
        /// Names or ids
        #[arg(required = true)]
        name: Vec<String>,
    },
}

/// What a tag shows beside its name; empty text takes it away.
#[derive(Debug, ClapArgs)]
pub(crate) struct TagLook {
    /// Such as #2563EB
    #[arg(long)]
    pub(crate) color: Option<String>,
    /// What groups it, such as Partner
    #[arg(long)]
    pub(crate) category: Option<String>,
    #[arg(long)]
    pub(crate) description: Option<String>,
}

fn kind(text: &str) -> Result<TaggableEntityType, String> {
    text.parse().map_err(|e: courier_domain::problem::UnknownText| e.to_string())
}
