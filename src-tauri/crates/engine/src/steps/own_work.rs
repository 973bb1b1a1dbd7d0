//! What `file.zip` and `file.unzip` share: a result that an earlier attempt of the step gave its final name is the step's
//! own, and may be replaced by it whatever holds for others' files.
//!
//! Such a step's intents name as their source the name that was wanted for the result: by it a later attempt finds the
//! one that was taken because the wanted one was not free.

use super::transferred;
use crate::error::StepError;
use crate::publish::{self, Decision};
use courier_domain::step::Overwrite;
use courier_store::Intent;
use courier_transfer::Owner;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

/// The step's own results, by the name that was wanted for each.
#[derive(Debug, Default)]
pub(super) struct OwnWork(HashMap<PathBuf, PathBuf>);

impl OwnWork {
    /// Of what was recorded, what is still there with the recorded bytes. Blocking.
    pub(super) fn of(
        recorded: Vec<Intent>,
        owner: Owner,
        cancel: &CancellationToken,
    ) -> Result<Self, StepError> {
        let mut own = HashMap::new();
        for intent in recorded {
            publish::take_over(Path::new(&intent.destination), owner);
            if transferred::is_published(&intent, cancel)? {
                own.insert(intent.source.into(), intent.destination.into());
            }
        }
        Ok(Self(own))
    }

    /// As [`publish::decide`], with the rule that holds for what is at the destination.
    pub(super) fn decide(
        &self,
        wanted: &Path,
        overwrite: Overwrite,
        modified: Option<SystemTime>,
    ) -> Result<(Decision, Overwrite), StepError> {
        match self.0.get(wanted) {
            Some(own) => Ok((Decision::Write(own.clone()), Overwrite::Overwrite)),
            None => Ok((publish::decide(wanted, overwrite, modified)?, overwrite)),
        }
    }

    /// The rule that holds for a result whose name is decided.
    pub(super) fn rule(&self, target: &Path, overwrite: Overwrite) -> Overwrite {
        if self.0.values().any(|own| own == target) { Overwrite::Overwrite } else { overwrite }
    }
}
