//! Dependencies between jobs.

use crate::chains::{entries_of, literal, refused_by_tables};
use crate::fixture::{Fixture, ME};
use courier_domain::dependency::JobDependency;
use courier_domain::job::Job;
use courier_domain::{ErrorCode, IdSource, JobDependencyId};
use courier_store::StoreError;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn edge(f: &Fixture, upstream: &Job, downstream: &Job) -> JobDependency {
    JobDependency {
        id: JobDependencyId(f.ids.new_id()),
        upstream_job_id: upstream.id,
        downstream_job_id: downstream.id,
        run_on_failure: true,
        trigger_downstream: false,
        created_at: f.now(),
        updated_at: f.now(),
    }
}

pub(crate) async fn add(f: &Fixture, edge: &JobDependency) -> Result<(), StoreError> {
    let mut work = f.store.begin(ME).await?;
    work.insert_dependency(edge).await?;
    work.commit().await
}

pub(crate) async fn dependencies_come_back_and_are_kept_once(f: &Fixture) {
    let (a, b, c) = (f.insert_job("A").await, f.insert_job("B").await, f.insert_job("C").await);
    let edges = [edge(f, &a, &b), edge(f, &b, &c), edge(f, &a, &c)];
    for edge in &edges {
        add(f, edge).await.unwrap();
    }
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.dependency(edges[0].id).await.unwrap(), edges[0]);
    assert_eq!(session.dependencies().await.unwrap(), edges);
    assert_eq!(session.upstream_dependencies(c.id).await.unwrap(), edges[1..]);
    assert_eq!(session.downstream_dependencies(b.id).await.unwrap(), edges[1..2]);
    drop(session);
    let again = add(f, &edge(f, &a, &b)).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::Conflict);
    assert_eq!(again.to_string(), "the dependency of `B` on `A` is already there");
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_dependency(edges[2].id).await.unwrap();
    assert_eq!(work.delete_dependency(edges[2].id).await.unwrap_err().code(), ErrorCode::NotFound);
    work.commit().await.unwrap();
    let mut session = f.store.read().await.unwrap();
    assert_eq!(session.dependencies().await.unwrap(), edges[..2]);
    drop(session);
    let entries = entries_of(f, c.id).await;
    let told: Vec<(&str, &Value)> = entries.iter().map(|e| (&*e.operation, &e.details["upstream"])).collect();
    assert_eq!(
        told,
        [
            ("DependencyRemoved", &json!("A")),
            ("DependencyAdded", &json!("A")),
            ("DependencyAdded", &json!("B")),
            ("Created", &Value::Null)
        ]
    );
    let (x, y) = (literal(f, a.id), literal(f, Uuid::from_u128(1)));
    for bad in [
        format!("UPDATE job_dependencies SET upstream_job_id = {y}"),
        format!("UPDATE job_dependencies SET downstream_job_id = {x}, upstream_job_id = {x}"),
        format!(
            "UPDATE job_dependencies SET downstream_job_id = {}, upstream_job_id = {x}",
            literal(f, c.id)
        ),
    ] {
        refused_by_tables(f, &bad).await;
    }
}

pub(crate) async fn a_cycle_of_dependencies_is_refused_with_its_path(f: &Fixture) {
    let (a, b, c) = (f.insert_job("A").await, f.insert_job("B").await, f.insert_job("C").await);
    add(f, &edge(f, &a, &b)).await.unwrap();
    add(f, &edge(f, &b, &c)).await.unwrap();
    let refused = add(f, &edge(f, &c, &a)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Validation);
    assert!(refused.to_string().contains("A → B → C → A"), "{refused}");
    let refused = add(f, &edge(f, &a, &a)).await.unwrap_err();
    assert!(refused.to_string().contains("`A` cannot wait for itself"), "{refused}");
    // The edges of a deleted job count: it may come back.
    let mut work = f.store.begin(ME).await.unwrap();
    work.delete_job(c.id).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(add(f, &edge(f, &c, &a)).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(f.store.read().await.unwrap().dependencies().await.unwrap().len(), 1);
}

pub(crate) async fn two_edges_that_close_a_cycle_together_are_not_both_stored(f: &Fixture) {
    let other = f.another().await.unwrap();
    for n in 0..5 {
        let (a, b) = (f.insert_job(&format!("A{n}")).await, f.insert_job(&format!("B{n}")).await);
        let added = futures::future::join_all((0..8).map(|n| {
            let store = if n % 2 == 0 { f.store.clone() } else { other.clone() };
            let edge = if n % 4 < 2 { edge(f, &a, &b) } else { edge(f, &b, &a) };
            tokio::spawn(async move {
                let mut work = store.begin(ME).await?;
                work.insert_dependency(&edge).await?;
                work.commit().await
            })
        }))
        .await;
        let added: Vec<_> = added.into_iter().map(Result::unwrap).collect();
        assert_eq!(added.iter().filter(|a| a.is_ok()).count(), 1, "{added:?}");
        let refusals = added.iter().filter_map(|a| a.as_ref().err().map(StoreError::code));
        let (twice, cycles): (Vec<_>, Vec<_>) = refusals.partition(|code| *code == ErrorCode::Conflict);
        assert_eq!((twice.len(), cycles), (3, vec![ErrorCode::Validation; 4]));
    }
    other.close().await;
}
