//! Where connecting is: told stage by stage, so that a test of a connection shows the very path that a run takes.

use crate::Stage;

/// Is told which stage begins and what the current one found.
pub(crate) trait Watch: Send {
    fn enter(&mut self, stage: Stage);
    fn found(&mut self, detail: String);
}

/// Nobody looks.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn enter(&mut self, _stage: Stage) {}
    fn found(&mut self, _detail: String) {}
}
