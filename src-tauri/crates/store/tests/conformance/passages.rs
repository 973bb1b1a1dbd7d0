//! Which file became which, and finding files by name and by hash.

use crate::fixture::Fixture;
use courier_domain::execution::StepExecutionState;
use courier_domain::passage::{FileAt, Passage, SENT_AGAIN};
use courier_domain::{ErrorCode, IdSource, PassageId};
use courier_store::{Checkpoint, Lease};
use std::collections::BTreeSet;

fn file(path: &str, hash: char) -> Option<FileAt> {
    Some(FileAt { path: path.into(), size: Some(1 << 40), sha256: Some(hash.to_string().repeat(64)) })
}

fn hashes(hashes: &str) -> BTreeSet<String> {
    hashes.chars().map(|hash| hash.to_string().repeat(64)).collect()
}

pub(crate) async fn passages_are_found_by_the_hashes_of_both_ends(f: &Fixture) {
    let (job, execution, lease) = f.running("Invoices").await;
    let step = f.step(&job, 0, StepExecutionState::Running);
    let passage = |operation: &str, source, result| Passage {
        id: PassageId(f.ids.new_id()),
        job_execution_id: Some(execution.id),
        step_execution_id: Some(step.id),
        operation: operation.into(),
        performed_by: "system".into(),
        connection_id: None,
        source,
        result,
        at: f.now(),
    };
    let unread = Some(FileAt { path: "/in/gone.key".into(), size: None, sha256: None });
    let all = [
        passage("pgp.decrypt", file("/in/Bericht Ä.zip.pgp", 'a'), file("/in/Bericht Ä.zip", 'b')),
        passage("file.unzip", file("/in/Bericht Ä.zip", 'b'), file("/in/one_%.csv", 'c')),
        passage("file.delete", file("/in/one_%.csv", 'c'), None),
        passage("pgp.encrypt", unread, file("C:\\out\\x.pgp", 'd')),
    ];
    let by_hand = Passage {
        job_execution_id: None,
        step_execution_id: None,
        performed_by: "me@here".into(),
        ..passage(SENT_AGAIN, file("/in/one_%.csv", 'c'), file("/out/one.csv", 'c'))
    };
    let mut work = f.store.begin("system").await.unwrap();
    let steps = std::slice::from_ref(&step);
    work.checkpoint(&lease, &Checkpoint { steps, begun: &[], context_snapshot: None }).await.unwrap();
    work.insert_passages_of_run(&lease, &all).await.unwrap();
    work.insert_passages(std::slice::from_ref(&by_hand)).await.unwrap();
    let stale = Lease { epoch: 0, ..lease };
    let refused = work.insert_passages_of_run(&stale, &all).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::LeaseLost);
    work.commit().await.unwrap();

    let mut session = f.store.read().await.unwrap();
    let found = session.passages_of(&hashes("b"), 9).await.unwrap();
    assert_eq!(found.iter().map(|one| &one.passage).collect::<Vec<_>>(), [&all[0], &all[1]]);
    let run = found[0].run.as_ref().unwrap();
    assert_eq!((run.job_id, run.job_name.as_str(), run.chain_name.as_deref()), (job.id, "Invoices", None));
    let found = session.passages_of(&hashes("cd"), 9).await.unwrap();
    assert_eq!(
        found.iter().map(|one| &one.passage).collect::<Vec<_>>(),
        [&all[1], &all[2], &all[3], &by_hand]
    );
    assert_eq!(found[3].run, None);
    assert_eq!(session.passages_of(&hashes("cd"), 1).await.unwrap().len(), 1);
    assert_eq!(session.passages_of(&BTreeSet::new(), 9).await.unwrap(), []);
    assert_eq!(session.receipts_of(&hashes("abcd"), 9).await.unwrap(), []);

    let named = |found: Vec<courier_store::KnownFile>| -> Vec<(char, String)> {
        found.into_iter().map(|file| (file.sha256.chars().next().unwrap_or(' '), file.path)).collect()
    };
    let one = ('c', "/in/one_%.csv".to_owned());
    assert_eq!(named(session.files_named("one_%.csv", 9).await.unwrap()), std::slice::from_ref(&one));
    assert_eq!(named(session.files_named("/in/one_%.csv", 9).await.unwrap()), std::slice::from_ref(&one));
    assert_eq!(named(session.files_named("ne_%.csv", 9).await.unwrap()), []);
    assert_eq!(named(session.files_like("ONE_%", 9).await.unwrap()), [one]);
    assert_eq!(named(session.files_like("Bericht", 9).await.unwrap()).len(), 2);
    let all_of_them = named(session.files_like("", 9).await.unwrap());
    assert_eq!(all_of_them.len(), 4, "{all_of_them:?}");
    assert_eq!(session.files_like("", 3).await.unwrap().len(), 3);
}
