//! Sessions: one for a run, another when the connection was edited, and never more than the connection allows.

use super::partner::{Partner, Server, Speaks};
use courier_domain::execution::JobExecutionState;
use serde_json::json;

fn logins(partner: &Partner) -> usize {
    match &partner.server {
        Server::Sshd(sshd) => sshd.log().matches("Accepted password for").count(),
        Server::Ftpd(ftpd) => ftpd.commands("PASS").unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_logs_in_once() {
    let p = Partner::new(Speaks::Sftp).await;
    p.put("out/a.csv", b"x");
    let steps = json!([
        p.step("List", "list", json!({ "remote_path": p.remote("out") })),
        p.step("Get", "download", json!({ "remote_path": p.remote("out/*") })),
        p.step("Make", "mkdir", json!({ "paths": p.remote("new") })),
    ]);
    let job = p.rig.job(json!({ "type": "stop" }), steps).await;
    let run = p.rig.run(job).await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    assert_eq!(logins(&p), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_connection_gets_a_session_of_its_own() {
    let p = Partner::new(Speaks::Sftp).await;
    let slow = p.rig.write("slow.bin", b"");
    std::fs::File::options().write(true).open(&slow).unwrap().set_len(2 << 30).unwrap();
    let steps = json!([
        p.step("List", "list", json!({ "remote_path": p.remote("") })),
        { "name": "Pack", "type_key": "file.zip", "configuration":
            { "source_paths": slow.display().to_string(), "output_path": "x.zip" } },
        p.step("Again", "list", json!({ "remote_path": p.remote("") })),
    ]);
    let job = p.rig.job(json!({ "type": "stop" }), steps).await;
    let running = p.rig.start().await;
    let mut reports = p.rig.engine.progress().subscribe();
    let id = p.rig.enqueue(job).await;
    while reports.recv().await.unwrap().step_order != 1 {}
    let mut edited = p.connection.to_draft();
    edited.keepalive_interval_sec = 17;
    let mut connection = p.connection.clone();
    connection.edit(edited, None, connection.updated_at).unwrap();
    let mut unit = p.rig.store.begin("tester@here").await.unwrap();
    unit.update_connection(&connection, p.connection.updated_at).await.unwrap();
    unit.commit().await.unwrap();
    let run = p.rig.until(id, |e| e.state.is_terminal()).await;
    running.shutdown().await;
    assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    assert_eq!(logins(&p), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_share_what_a_connection_allows_and_all_get_their_turn() {
    let p = Partner::with(Speaks::Sftp, json!({ "session_limit": 1 })).await;
    let steps = json!([
        p.step("One", "list", json!({ "remote_path": p.remote("") })),
        { "name": "Here", "type_key": "file.delete", "configuration": { "path": "nothing" } },
        p.step("Two", "list", json!({ "remote_path": p.remote("") })),
    ]);
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(p.rig.job(json!({ "type": "stop" }), steps.clone()).await);
    }
    let running = p.rig.start().await;
    let mut runs = Vec::new();
    for job in jobs {
        runs.push(p.rig.enqueue(job).await);
    }
    for id in runs {
        let run = p.rig.until(id, |e| e.state.is_terminal()).await;
        assert_eq!(run.state, JobExecutionState::Completed, "{:?}", run.error_message);
    }
    running.shutdown().await;
    let Server::Sshd(sshd) = &p.server else { panic!("it was asked for") };
    let log = sshd.log();
    let (mut open, mut most) = (0_i32, 0);
    for line in log.lines() {
        if line.contains("Accepted password for") {
            open += 1;
            most = most.max(open);
        } else if line.contains("session closed for user") || line.contains("Received disconnect from") {
            open -= 1;
        }
    }
    assert_eq!(most, 1, "{log}");
}
