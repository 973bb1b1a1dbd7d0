//! Steps inside loops, counted and paged.

use crate::fixture::Fixture;
use courier_domain::execution::{IterationShow, StepExecution, StepExecutionState as S};
use courier_domain::job::Job;
use courier_domain::{ErrorCode, JobExecutionId};
use courier_store::{Checkpoint, ExecutionFilter, Lease, LoopBody, StepCounts, iteration_path};
use serde_json::json;

/// A loop with two steps in it, another loop inside with one, and the ends of both.
const BODY: [i32; 4] = [1, 2, 3, 6];
const INNER: [i32; 2] = [4, 5];

async fn looping(f: &Fixture) -> (Job, JobExecutionId, Lease) {
    let job = f
        .insert_job_with("Loops", |draft| {
            let step = |n: usize| {
                json!({ "name": format!("Step {n}"), "type_key": "file.delete", "configuration": { "path": "/in/*" } })
            };
            draft.steps = (0..7).map(|n| serde_json::from_value(step(n)).unwrap()).collect();
        })
        .await;
    f.enqueue(&job).await;
    let execution = f.claim(f.node(), 1).await.remove(0);
    let lease = Lease::of(&execution).unwrap();
    (job, execution.id, lease)
}

async fn put(f: &Fixture, lease: &Lease, steps: &[StepExecution]) {
    for steps in steps.chunks(1_000) {
        let mut work = f.store.begin("system").await.unwrap();
        work.checkpoint(lease, &Checkpoint { steps, begun: &[], context_snapshot: None }).await.unwrap();
        work.commit().await.unwrap();
    }
}

fn row(f: &Fixture, job: &Job, (order, path, attempt): (usize, &str, i32), state: S) -> StepExecution {
    let mut step = f.step(job, order, state);
    step.iteration_path = path.to_owned();
    step.retry_attempt = attempt;
    step.bytes_processed = Some(10);
    step.error_code = (state == S::Failed).then_some(ErrorCode::FileNotFound);
    step
}

/// Every page of so many, one after the other.
async fn all(f: &Fixture, body: &LoopBody<'_>, show: IterationShow, limit: u32) -> Vec<u32> {
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = f.store.read().await.unwrap().iterations(body, show, after, limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        assert_eq!(next, next.and(page.last().copied()), "a page goes on after its last");
        read.extend(page);
        match next {
            None => return read,
            next => after = next,
        }
    }
}

pub(crate) async fn iterations_are_counted_and_paged_in_the_order_of_their_numbers(f: &Fixture) {
    let (job, execution, lease) = looping(f).await;
    let at = |order: usize, n: u32, attempt: i32, state| {
        row(f, &job, (order, &iteration_path("", n), attempt), state)
    };
    let mut rows = vec![row(f, &job, (0, "", 0), S::Running)];
    // Numbers are missing where another run had done them before.
    let numbers: Vec<u32> = (0..120).filter(|n| !(30..70).contains(n)).collect();
    for n in &numbers {
        rows.push(at(1, *n, 0, S::Completed));
        match n {
            7 => rows.extend([at(2, 7, 0, S::Failed), at(2, 7, 1, S::Completed), at(6, 7, 0, S::Completed)]),
            11 | 99 => rows.push(at(2, *n, 0, S::Failed)),
            100 => rows.extend([at(2, 100, 0, S::Failed), at(2, 100, 1, S::Failed)]),
            119 => rows.push(at(2, 119, 0, S::Running)),
            n => rows.extend([at(2, *n, 0, S::Skipped), at(6, *n, 0, S::Completed)]),
        }
    }
    put(f, &lease, &rows).await;

    let body = LoopBody { execution, steps: &BODY, within: "", first_attempt: 0 };
    let counts = f.store.read().await.unwrap().step_counts(&body).await.unwrap();
    let (first, second, end) = (
        StepCounts { step_order: 1, begun: 80, completed: 80, bytes: 800, ..StepCounts::default() },
        StepCounts {
            step_order: 2,
            begun: 80,
            running: 1,
            completed: 1,
            failed: 3,
            skipped: 75,
            bytes: 800,
            ..StepCounts::default()
        },
        StepCounts { step_order: 6, begun: 76, completed: 76, bytes: 760, ..StepCounts::default() },
    );
    assert_eq!(counts, [first, second, end], "what was tried again and went well did not fail");

    for limit in [1, 7, 30, 80, 500] {
        assert_eq!(all(f, &body, IterationShow::All, limit).await, numbers, "pages of {limit}");
        assert_eq!(all(f, &body, IterationShow::Failed, limit).await, [11, 99, 100]);
        assert_eq!(all(f, &body, IterationShow::Unfinished, limit).await, [119]);
    }
    let mut session = f.store.read().await.unwrap();
    let nothing = LoopBody { steps: &[], ..body };
    assert_eq!(session.iterations(&nothing, IterationShow::All, None, 5).await.unwrap(), (vec![], None));
    assert_eq!(session.step_counts(&nothing).await.unwrap(), []);

    let read = session.step_executions_at(execution, &[0, 1, 2], &[String::new()]).await.unwrap();
    assert_eq!(read.len(), 1, "what stands outside the loop");
    let paths = ["100".to_owned(), "99".to_owned(), "7".to_owned()];
    let read = session.step_executions_at(execution, &[2], &paths).await.unwrap();
    let order: Vec<_> = read.iter().map(|s| (s.iteration_path.as_str(), s.retry_attempt)).collect();
    assert_eq!(order, [("7", 0), ("7", 1), ("99", 0), ("100", 0), ("100", 1)]);
    assert_eq!(session.step_executions_at(execution, &[], &paths).await.unwrap(), []);
}

pub(crate) async fn an_inner_loop_is_that_of_one_iteration(f: &Fixture) {
    let (job, execution, lease) = looping(f).await;
    let mut rows = vec![row(f, &job, (0, "", 0), S::Running)];
    for outer in [2, 20] {
        rows.push(row(f, &job, (3, &outer.to_string(), 0), S::Running));
        for inner in 0..12 {
            let path = iteration_path(&outer.to_string(), inner);
            let failed = outer == 20 && inner == 4;
            rows.push(row(f, &job, (4, &path, 0), if failed { S::Failed } else { S::Completed }));
            if !failed {
                rows.push(row(f, &job, (5, &path, 0), S::Completed));
            }
        }
    }
    put(f, &lease, &rows).await;
    let body = |within| LoopBody { execution, steps: &INNER, within, first_attempt: 0 };
    let twelve: Vec<u32> = (0..12).collect();
    for limit in [3, 12, 100] {
        assert_eq!(all(f, &body("2"), IterationShow::All, limit).await, twelve);
        assert_eq!(all(f, &body("20"), IterationShow::All, limit).await, twelve);
        assert_eq!(all(f, &body("2"), IterationShow::Failed, limit).await, Vec::<u32>::new());
        assert_eq!(all(f, &body("20"), IterationShow::Failed, limit).await, [4]);
        assert_eq!(all(f, &body("200"), IterationShow::All, limit).await, Vec::<u32>::new());
    }
    let mut session = f.store.read().await.unwrap();
    let mut begun = async |within| {
        let counts = session.step_counts(&body(within)).await.unwrap();
        counts.iter().map(|count| (count.begun, count.failed)).collect::<Vec<_>>()
    };
    assert_eq!(begun("2").await, [(12, 0), (12, 0)]);
    assert_eq!(begun("20").await, [(12, 1), (11, 0)]);
    assert_eq!(begun("").await, [(24, 1), (23, 0)], "over all outer iterations");
}

pub(crate) async fn a_loop_begun_anew_has_only_the_iterations_since(f: &Fixture) {
    let (job, execution, lease) = looping(f).await;
    let at = |order: usize, n: u32, attempt: i32, state| {
        row(f, &job, (order, &iteration_path("", n), attempt), state)
    };
    let mut rows = Vec::new();
    for n in 0..20 {
        rows.extend([at(1, n, 0, S::Completed), at(2, n, 0, S::Completed), at(6, n, 0, S::Completed)]);
    }
    rows.push(at(2, 20, 0, S::Failed));
    // The run began anew, and has come to the fourth item.
    for n in 0..3 {
        rows.extend([at(1, n, 1, S::Completed), at(2, n, 1, S::Completed), at(6, n, 1, S::Completed)]);
    }
    rows.push(at(1, 3, 1, S::Running));
    put(f, &lease, &rows).await;
    let earlier = LoopBody { execution, steps: &BODY, within: "", first_attempt: 0 };
    let body = LoopBody { first_attempt: 1, ..earlier };
    for limit in [2, 100] {
        assert_eq!(all(f, &body, IterationShow::All, limit).await, [0, 1, 2, 3]);
        assert_eq!(all(f, &body, IterationShow::Failed, limit).await, Vec::<u32>::new());
        assert_eq!(all(f, &body, IterationShow::Unfinished, limit).await, [3]);
        assert_eq!(all(f, &earlier, IterationShow::All, limit).await.len(), 21);
    }
    let counts = f.store.read().await.unwrap().step_counts(&body).await.unwrap();
    let counted: Vec<_> = counts.iter().map(|c| (c.step_order, c.begun, c.completed, c.failed)).collect();
    assert_eq!(counted, [(1, 4, 3, 0), (2, 3, 3, 0), (6, 3, 3, 0)]);
}

pub(crate) async fn what_iterations_moved_is_added_up(f: &Fixture) {
    let (job, id, lease) = looping(f).await;
    let mut rows = Vec::new();
    for (path, attempt, state, output) in [
        ("0", 0, S::Failed, r#"{"file_count":100}"#),
        ("0", 1, S::Completed, r#"{"file_count":2}"#),
        ("1", 0, S::Completed, r#"{"file_count":3}"#),
        ("2", 0, S::Completed, r#"{"file_count":"many"}"#),
        ("3", 0, S::Completed, "{}"),
    ] {
        let mut step = row(f, &job, (1, path, attempt), state);
        step.output_data = Some(output.to_owned());
        rows.push(step);
    }
    rows.push(row(f, &job, (0, "", 0), S::Completed));
    put(f, &lease, &rows).await;
    assert_eq!(moved(f).await, (None, Some(10)), "iterations are not counted one by one");
    let mut work = f.store.begin("system").await.unwrap();
    work.add_up_iterations(id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(moved(f).await, (Some(5), Some(40)));
}

async fn moved(f: &Fixture) -> (Option<i64>, Option<i64>) {
    let filter = ExecutionFilter { limit: 1, ..ExecutionFilter::default() };
    let newest = f.store.read().await.unwrap().executions(&filter).await.unwrap().rows.remove(0);
    (newest.files, newest.bytes)
}
