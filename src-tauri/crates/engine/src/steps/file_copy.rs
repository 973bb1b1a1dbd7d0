//! `file.copy`: a copy under a temporary name, proven, then renamed.

use super::file_move::outcome;
use super::transport::{Place, place_all};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::FileCopy;

pub(crate) async fn run(context: &StepContext, params: FileCopy) -> Result<Outcome, StepError> {
    let place = Place {
        destination: params.destination_path,
        overwrite: params.overwrite,
        create_directories: params.create_directories,
        verify: params.verify,
        keep_source: true,
    };
    Ok(outcome(place_all(context, params.source_path, place).await?))
}
