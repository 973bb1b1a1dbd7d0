//! The runners: one file for each step type (those of servers serve every protocol), each a function from resolved parameters to an [`Outcome`].
//!
//! A runner may be stopped at any await and at any block of bytes, and may be run again: it finds its own earlier work
//! and does not do it twice.

mod command_run;
mod download;
pub(crate) mod file_checksum;
mod file_copy;
pub(crate) mod file_delete;
pub(crate) mod file_list;
mod file_move;
pub(crate) mod file_rename;
pub(crate) mod file_unzip;
pub(crate) mod file_zip;
mod flow;
pub(crate) mod http_request;
mod job_run;
mod own_work;
pub(crate) mod pgp_decrypt;
pub(crate) mod pgp_encrypt;
pub(crate) mod pgp_files;
pub(crate) mod pgp_sign;
mod pgp_verify;
mod remote_delete;
pub(crate) mod remote_list;
mod remote_mkdir;
pub(crate) mod remote_named;
pub(crate) mod remote_rename;
mod remote_rmdir;
mod several;
pub(crate) mod transferred;
mod transport;
pub(crate) mod upload;
pub(crate) mod wanted;

pub use file_unzip::{globs, place_unpacked};
pub(crate) use transferred::taken_away;

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::StepParams;
use courier_store::Intent;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

/// Tells from a step's intents which local files it takes away.
type GivenAway = fn(&[Intent]) -> Vec<String>;

/// Of a step type that takes local files away: how its intents tell which. Whoever goes on with such a step that has not
/// finished must not miss them.
pub(crate) fn given_away(type_key: &str) -> Option<GivenAway> {
    match type_key {
        "file.move" | "file.rename" => Some(|intents| transport::moved(intents).collect()),
        "file.delete" | "sftp.upload" | "ftp.upload" | "ftps.upload" => {
            Some(|intents| transferred::sources_taken(intents).collect())
        }
        _ => None,
    }
}

/// Runs one step to its end.
pub(crate) fn run(context: &StepContext, params: StepParams) -> BoxFuture<'_, Result<Outcome, StepError>> {
    match params {
        StepParams::SftpDownload(params)
        | StepParams::FtpDownload(params)
        | StepParams::FtpsDownload(params) => download::run(context, params).boxed(),
        StepParams::SftpUpload(params) | StepParams::FtpUpload(params) | StepParams::FtpsUpload(params) => {
            upload::run(context, params).boxed()
        }
        StepParams::SftpList(params) | StepParams::FtpList(params) | StepParams::FtpsList(params) => {
            remote_list::run(context, params).boxed()
        }
        StepParams::SftpMkdir(params) | StepParams::FtpMkdir(params) | StepParams::FtpsMkdir(params) => {
            remote_mkdir::run(context, params).boxed()
        }
        StepParams::SftpRmdir(params) | StepParams::FtpRmdir(params) | StepParams::FtpsRmdir(params) => {
            remote_rmdir::run(context, params).boxed()
        }
        StepParams::SftpRename(params) | StepParams::FtpRename(params) | StepParams::FtpsRename(params) => {
            remote_rename::run(context, params).boxed()
        }
        StepParams::SftpDelete(params) | StepParams::FtpDelete(params) | StepParams::FtpsDelete(params) => {
            remote_delete::run(context, params).boxed()
        }
        StepParams::PgpDecrypt(params) => pgp_decrypt::run(context, params).boxed(),
        StepParams::PgpEncrypt(params) => pgp_encrypt::run(context, params).boxed(),
        StepParams::PgpSign(params) => pgp_sign::run(context, params).boxed(),
        StepParams::PgpVerify(params) => pgp_verify::run(context, params).boxed(),
        StepParams::FileUnzip(params) => file_unzip::run(context, params).boxed(),
        StepParams::FileZip(params) => file_zip::run(context, params).boxed(),
        StepParams::FileMove(params) => file_move::run(context, params).boxed(),
        StepParams::FileCopy(params) => file_copy::run(context, params).boxed(),
        StepParams::FileRename(params) => file_rename::run(context, params).boxed(),
        StepParams::FileDelete(params) => file_delete::run(context, params).boxed(),
        StepParams::FileList(params) => file_list::run(context, params).boxed(),
        StepParams::FileChecksum(params) => file_checksum::run(context, params).boxed(),
        StepParams::FlowIf(params) => ready(flow::decide(&params)).boxed(),
        // The worker goes through blocks; what only holds them together does nothing.
        StepParams::FlowElse(_) | StepParams::FlowEnd(_) | StepParams::FlowForEach(_) => {
            ready(Ok(Outcome::default())).boxed()
        }
        StepParams::FlowWait(params) => flow::wait(context, params).boxed(),
        StepParams::FlowFail(params) => ready(flow::fail(params)).boxed(),
        StepParams::JobRun(params) => job_run::run(context, params).boxed(),
        StepParams::HttpRequest(params) => http_request::run(context, params).boxed(),
        StepParams::CommandRun(params) => command_run::run(context, params).boxed(),
        StepParams::ContextSet(params) => ready(Ok(flow::set(params))).boxed(),
    }
}
