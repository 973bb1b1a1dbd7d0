//! The runners: one file for each step type, each a function from resolved parameters to an [`Outcome`].
//!
//! A runner may be stopped at any await and at any block of bytes, and may be run again: it finds its own earlier work
//! and does not do it twice.

mod file_copy;
mod file_delete;
mod file_move;
mod file_unzip;
mod file_zip;
mod pgp_decrypt;
mod pgp_encrypt;
mod pgp_files;
mod pgp_sign;
mod pgp_verify;
mod sftp_download;
mod sftp_list;
mod sftp_upload;
mod transferred;
mod transport;

use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::StepParams;
use futures::FutureExt;
use futures::future::BoxFuture;

/// Runs one step to its end.
pub(crate) fn run(context: &StepContext, params: StepParams) -> BoxFuture<'_, Result<Outcome, StepError>> {
    match params {
        StepParams::SftpDownload(params) => sftp_download::run(context, params).boxed(),
        StepParams::SftpUpload(params) => sftp_upload::run(context, params).boxed(),
        StepParams::SftpList(params) => sftp_list::run(context, params).boxed(),
        StepParams::PgpDecrypt(params) => pgp_decrypt::run(context, params).boxed(),
        StepParams::PgpEncrypt(params) => pgp_encrypt::run(context, params).boxed(),
        StepParams::PgpSign(params) => pgp_sign::run(context, params).boxed(),
        StepParams::PgpVerify(params) => pgp_verify::run(context, params).boxed(),
        StepParams::FileUnzip(params) => file_unzip::run(context, params).boxed(),
        StepParams::FileZip(params) => file_zip::run(context, params).boxed(),
        StepParams::FileMove(params) => file_move::run(context, params).boxed(),
        StepParams::FileCopy(params) => file_copy::run(context, params).boxed(),
        StepParams::FileDelete(params) => file_delete::run(context, params).boxed(),
    }
}
