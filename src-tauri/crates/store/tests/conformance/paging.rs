//! Lists of runs: every filter, page by page, and what they show.

use crate::fixture::{Fixture, ME};
use chrono::TimeDelta;
use courier_domain::execution::{
    ExecutionSort, JobExecution, JobExecutionState, StepExecutionState, TriggerKind,
};
use courier_domain::job::Job;
use courier_domain::{JobExecutionId, Timestamp};
use courier_store::{Checkpoint, Cursor, Ending, ExecutionFilter, Lease, Outcome};

/// An id as it is made at that time.
fn id_at(at: Timestamp, n: u8) -> JobExecutionId {
    let millis = u64::try_from(at.timestamp_millis()).unwrap();
    JobExecutionId(uuid::Builder::from_unix_timestamp_millis(millis, &[n; 10]).into_uuid())
}

/// A run of that time.
fn run_at(f: &Fixture, job: &Job, at: Timestamp, trigger: &str) -> JobExecution {
    let run = f.new_execution(job);
    JobExecution { id: id_at(at, 7), created_at: at, triggered_by: trigger.to_owned(), ..run }
}

/// 40 runs of three jobs, one every ten minutes; some cancelled. Oldest first.
async fn history(f: &Fixture) -> Vec<JobExecution> {
    let jobs = [
        f.insert_job("Invoices").await,
        f.insert_job("Überweisungen").await,
        f.insert_job("invoices 2").await,
    ];
    let triggers = ["schedule", "manual:ana@desk", "manual:ben@desk", "monitor:5"];
    let mut runs = Vec::new();
    for n in 0..40_usize {
        f.clock.advance(TimeDelta::minutes(10));
        let mut work = f.store.begin(ME).await.unwrap();
        let mut run = work.enqueue(&run_at(f, &jobs[n % 3], f.now(), triggers[n % 4])).await.unwrap();
        if n % 5 == 0 {
            run = work.request_cancel(run.id).await.unwrap();
        }
        work.commit().await.unwrap();
        runs.push(run);
    }
    runs
}

/// All pages of a list, page by page.
async fn pages(f: &Fixture, filter: &ExecutionFilter) -> Vec<JobExecutionId> {
    let mut filter = filter.clone();
    let mut seen = Vec::new();
    loop {
        let page = f.store.read().await.unwrap().executions(&filter).await.unwrap();
        assert!(page.rows.len() <= filter.limit as usize);
        seen.extend(page.rows.iter().map(|run| run.id));
        let Some(next) = page.next else { return seen };
        assert_eq!(next, Cursor::after(*seen.last().unwrap()), "the last row's id is the cursor");
        filter.after = Some(next);
    }
}

pub(crate) async fn every_filter_shows_each_run_once_whatever_the_page(f: &Fixture) {
    use JobExecutionState as S;
    let runs = history(f).await;
    let (since, until) = (runs[8].created_at, runs[31].created_at);
    let all = ExecutionFilter::default;
    type Wanted<'a> = Box<dyn Fn(&JobExecution) -> bool + 'a>;
    let cases: Vec<(ExecutionFilter, Wanted<'_>)> = vec![
        (all(), Box::new(|_| true)),
        (
            ExecutionFilter { job_id: Some(runs[1].job_id), ..all() },
            Box::new(|run| run.job_id == runs[1].job_id),
        ),
        (ExecutionFilter { states: vec![S::Cancelled], ..all() }, Box::new(|run| run.state == S::Cancelled)),
        (ExecutionFilter { states: vec![S::Cancelled, S::Queued, S::Failed], ..all() }, Box::new(|_| true)),
        (ExecutionFilter { states: vec![S::Failed], ..all() }, Box::new(|_| false)),
        (
            ExecutionFilter { job_id: Some(runs[0].job_id), states: vec![S::Queued], ..all() },
            Box::new(|run| run.job_id == runs[0].job_id && run.state == S::Queued),
        ),
        (
            ExecutionFilter { triggered_by: Some(TriggerKind::Manual), ..all() },
            Box::new(|run| run.triggered_by.starts_with("manual:")),
        ),
        (
            ExecutionFilter {
                triggered_by: Some(TriggerKind::Schedule),
                states: vec![S::Cancelled],
                ..all()
            },
            Box::new(|run| run.triggered_by == "schedule" && run.state == S::Cancelled),
        ),
        (
            ExecutionFilter { since: Some(since), until: Some(until), ..all() },
            Box::new(|run| run.created_at >= since && run.created_at < until),
        ),
        (
            ExecutionFilter { since: Some(since), states: vec![S::Cancelled], ..all() },
            Box::new(|run| run.created_at >= since && run.state == S::Cancelled),
        ),
        (
            ExecutionFilter { search: Some("INVOICES".into()), ..all() },
            Box::new(|run| run.job_id != runs[1].job_id),
        ),
        (
            ExecutionFilter { search: Some("überw".into()), states: vec![S::Queued], ..all() },
            Box::new(|run| run.job_id == runs[1].job_id && run.state == S::Queued),
        ),
        (ExecutionFilter { search: Some("100 %".into()), ..all() }, Box::new(|_| false)),
        (
            ExecutionFilter { search: Some("2".into()), job_id: Some(runs[0].job_id), ..all() },
            Box::new(|_| false),
        ),
    ];
    for (filter, wanted) in cases {
        for (limit, sort) in
            [(1, ExecutionSort::Newest), (7, ExecutionSort::Newest), (7, ExecutionSort::Oldest)]
        {
            let filter = ExecutionFilter { limit, sort, ..filter.clone() };
            let mut expected: Vec<_> = runs.iter().filter(|run| wanted(run)).map(|run| run.id).collect();
            if sort == ExecutionSort::Newest {
                expected.reverse();
            }
            assert_eq!(pages(f, &filter).await, expected, "{filter:?}");
        }
    }
}

pub(crate) async fn a_page_goes_on_after_what_was_added_meanwhile(f: &Fixture) {
    let job = f.insert_job("Invoices").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.insert(0, f.enqueue(&job).await.id);
    }
    let mut filter = ExecutionFilter { limit: 2, ..ExecutionFilter::default() };
    let first = f.store.read().await.unwrap().executions(&filter).await.unwrap();
    f.enqueue(&job).await;
    filter.after = first.next;
    let second = f.store.read().await.unwrap().executions(&filter).await.unwrap();
    let seen: Vec<_> = first.rows.iter().chain(&second.rows).map(|run| run.id).collect();
    assert_eq!(seen, ids);
    // A run that is gone, or never was, is a place in the list all the same.
    filter.after = Some(Cursor::after(uuid::Uuid::max()));
    assert_eq!(f.store.read().await.unwrap().executions(&filter).await.unwrap().rows.len(), 2);
}

pub(crate) async fn a_list_knows_what_each_run_moved_and_how_far_it_is(f: &Fixture) {
    let (job, running, lease) = f.running("Invoices").await;
    let step = |order, state, bytes, outputs: &str| {
        let mut step = f.step(&job, order, state);
        step.bytes_processed = Some(bytes);
        step.output_data = Some(outputs.to_owned());
        step
    };
    let steps = [
        step(0, StepExecutionState::Completed, 500, r#"{"file_count":3,"files":["ä"]}"#),
        step(1, StepExecutionState::Failed, 9_999, r#"{"file_count":99}"#),
    ];
    let mut work = f.store.begin("system").await.unwrap();
    work.checkpoint(&lease, &Checkpoint { steps: &steps, begun: &[], context_snapshot: None }).await.unwrap();
    work.commit().await.unwrap();
    let filter = ExecutionFilter { limit: 9, ..ExecutionFilter::default() };
    let listed = f.store.read().await.unwrap().executions(&filter).await.unwrap().rows.remove(0);
    assert_eq!((listed.id, listed.job_name.as_str()), (running.id, "Invoices"));
    assert_eq!((listed.files, listed.bytes), (Some(3), Some(500)), "what failed handed on nothing");
    let (finished, snapshot) = listed.running.clone().unwrap();
    assert_eq!(finished, 2);
    assert!(snapshot.contains("file.copy"), "{snapshot}");

    // Another attempt, and a last step that moved nothing, which does not hide the one before.
    let mut again = step(1, StepExecutionState::Completed, 700, r#"{"file_count":4}"#);
    again.retry_attempt = 1;
    let mut last = step(1, StepExecutionState::Completed, 0, "{}");
    last.retry_attempt = 2;
    let ending = Ending {
        outcome: Outcome::Completed { had_skips: false },
        steps: &[again, last],
        begun: &[],
        context_snapshot: None,
    };
    let mut work = f.store.begin("system").await.unwrap();
    work.finish(&lease, &ending).await.unwrap();
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let listed = session.executions_of(&[running.id]).await.unwrap().remove(0);
    assert_eq!((listed.files, listed.bytes, listed.running), (Some(4), Some(700), None));
    assert_eq!(session.executions_of(&[]).await.unwrap(), []);
}

pub(crate) async fn counts_and_sums_are_of_their_span_alone(f: &Fixture) {
    let runs = history(f).await;
    let (hour, end) = (TimeDelta::hours(1), f.now() + TimeDelta::minutes(1));
    let spans = [end - hour * 2..end - hour, end - hour..end, end..end + hour];
    let mut session = f.store.read().await.unwrap();
    let counts = session.execution_counts(&spans).await.unwrap();
    for (span, counted) in spans.iter().zip(&counts) {
        let within = || runs.iter().filter(|run| span.contains(&run.created_at));
        let cancelled = within().filter(|run| run.state == JobExecutionState::Cancelled).count();
        assert_eq!(counted.cancelled, i64::try_from(cancelled).unwrap());
        assert_eq!(counted.unfinished, i64::try_from(within().count() - cancelled).unwrap());
        assert_eq!((counted.completed, counted.failed), (0, 0));
    }
    assert_eq!(counts[1].cancelled + counts[1].unfinished, 6);
    assert_eq!(session.execution_counts(&[]).await.unwrap(), []);
    assert_eq!(session.moved_since(end - hour).await.unwrap(), []);
    drop(session);

    let claimed = f.claim(f.node(), 9).await;
    let mut work = f.store.begin("system").await.unwrap();
    for (n, run) in (1..).zip(&claimed) {
        let job = work.job(run.job_id).await.unwrap();
        let mut step = f.step(&job, 0, StepExecutionState::Completed);
        step.bytes_processed = Some(100 * n);
        step.output_data = Some(format!(r#"{{"file_count":{n}}}"#));
        let lease = Lease::of(run).unwrap();
        work.checkpoint(&lease, &Checkpoint { steps: &[step], begun: &[], context_snapshot: None })
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    let moved = session.moved_since(runs[0].created_at - hour).await.unwrap();
    assert_eq!(
        moved.iter().map(|job| (job.files, job.bytes)).collect::<Vec<_>>(),
        [(3, 300), (2, 200), (1, 100)]
    );
    assert_eq!(moved[0].job_id, claimed[2].job_id);
    assert_eq!(session.moved_since(end).await.unwrap(), [], "the claimed ones are old");
}
