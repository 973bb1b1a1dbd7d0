//! `file.move`: a rename where the disk allows it, else a proven copy and then the deletion of the source.
//!
//! Intents are recorded before the first rename, so a step that starts again counts what it moved before as done.

use super::transport::{Place, Placed, place_all};
use crate::context::{Outcome, StepContext};
use crate::error::StepError;
use courier_domain::step::FileMove;

pub(crate) async fn run(context: &StepContext, params: FileMove) -> Result<Outcome, StepError> {
    let place = Place {
        destination: params.destination_path,
        overwrite: params.overwrite,
        create_directories: params.create_directories,
        verify: params.verify,
        keep_source: false,
    };
    let placed = place_all(context, params.source_path, place).await?;
    Ok(outcome(placed))
}

/// The outputs of moving and copying.
pub(super) fn outcome(placed: Placed) -> Outcome {
    let mut outcome = Outcome::files(placed.results, placed.bytes);
    outcome.consumed = placed.consumed;
    outcome
}
