//! The test of a connection.

use crate::server::Server;
use courier_transfer::{Capabilities, Probe, Stage, StageState, TestReport};

fn state(report: &TestReport, stage: Stage) -> StageState {
    report.stages.iter().find(|told| told.stage == stage).unwrap().state
}

pub(crate) async fn passes_a_test_and_is_left_as_it_was(server: Server) {
    server.put("there", "x");
    let looked = server.test(Probe::Look).await;
    assert!(looked.passed, "{looked:#?}");
    assert_eq!(state(&looked, Stage::Write), StageState::Skipped);
    let wrote = server.test(Probe::Write).await;
    assert!(wrote.passed, "{wrote:#?}");
    for stage in [Stage::Dns, Stage::Tcp, Stage::Authentication, Stage::List, Stage::Write] {
        assert_eq!(state(&wrote, stage), StageState::Passed, "{wrote:#?}");
    }
    // A test is content with a single session.
    let alone = |found| Capabilities { parallel_handles: 1, ..found };
    assert_eq!(wrote.capabilities.map(alone), Some(alone(server.remote.capabilities())));
    let left: Vec<_> = std::fs::read_dir(server.data()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
