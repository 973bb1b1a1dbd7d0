//! The runners: one file for each step type (those of servers serve every protocol), each a function from resolved parameters to an [`Outcome`].
//!
//! A runner may be stopped at any await and at any block of bytes, and may be run again: it finds its own earlier work
//! and does not do it twice.

mod download;
mod file_checksum;
mod file_copy;
mod file_delete;
mod file_list;
mod file_move;
mod file_rename;
mod file_unzip;
mod file_zip;
mod flow;
mod pgp_decrypt;
mod pgp_encrypt;
mod pgp_files;
mod pgp_sign;
mod pgp_verify;
mod remote_delete;
mod remote_list;
mod remote_mkdir;
mod remote_named;
mod remote_rename;
mod remote_rmdir;
mod several;
mod transferred;
mod transport;
mod upload;

pub use file_unzip::{globs, place_unpacked};
pub(crate) use transferred::taken_away;

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::StepParams;
use courier_store::Intent;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

/// Local files that a step which has not finished took from where they were, as its intents tell: whoever goes on with
/// it must not miss them.
pub(crate) fn given_away(type_key: &str, intents: &[Intent]) -> Vec<String> {
    match type_key {
        "file.move" | "file.rename" => transport::moved(intents).collect(),
        "file.delete" | "sftp.upload" | "ftp.upload" | "ftps.upload" => {
            transferred::sources_taken(intents).collect()
        }
        _ => Vec::new(),
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
        StepParams::FlowWait(params) => flow::wait(context, params).boxed(),
        StepParams::FlowFail(params) => ready(flow::fail(params)).boxed(),
        StepParams::ContextSet(params) => ready(Ok(flow::set(params))).boxed(),
    }
}
