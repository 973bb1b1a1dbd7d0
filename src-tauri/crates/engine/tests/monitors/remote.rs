//! Folders on servers.

use super::watched::{Watched, names};
use crate::rig::Rig;
use crate::servers::partner::{Partner, Server, Speaks};
use courier_domain::JobId;
use courier_domain::event::EventType;
use courier_domain::monitor::MonitorState;
use courier_engine::Work;
use courier_store::StoreUrl;
use courier_testkit::postgres::PrivatePostgres;
use courier_testkit::{Login, Sshd, SshdOptions};
use serde_json::{Value, json};

async fn idle_job(rig: &Rig) -> JobId {
    rig.job(
        json!({ "type": "stop" }),
        json!([{ "name": "L", "type_key": "file.list", "configuration": { "path": "/tmp" } }]),
    )
    .await
}

/// What a login asks for: first whether it may come in without anything.
const ONE_SESSION: usize = 2;

/// The folder `in` of a server.
fn target(connection: courier_domain::ConnectionId, path: &str) -> Value {
    json!({ "watch_target": { "type": "remote", "path": path, "connection_id": connection }, "run_on": "any" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_files_start_something_once_two_looks_find_them_the_same() {
    for speaks in [Speaks::Sftp, Speaks::Ftp, Speaks::Ftps] {
        let partner = Partner::new(speaks).await;
        let job = idle_job(&partner.rig).await;
        partner.put("in/old.csv", b"old");
        let mut more = target(partner.connection.id, &partner.remote("in"));
        more["recursive"] = json!(true);
        let inbox = Watched::new(&partner.rig, job, more).await;
        let node = partner.rig.start().await;
        // The first look takes the baseline.
        partner.rig.until_looked(inbox.id).await;
        partner.put("in/a.csv", b"one");
        partner.put("in/sub/b.csv", b"two");
        partner.put("in/c.csv.part", b"half");
        let logs = inbox.until_logged(2).await;
        assert_eq!(names(&logs), ["a.csv", "b.csv"], "{speaks:?}");
        partner.put("in/last.csv", b"3");
        assert_eq!(inbox.until_logged(3).await.len(), 3, "{speaks:?}");
        if let Server::Sshd(sshd) = &partner.server {
            assert_eq!(sshd.login_attempts(), ONE_SESSION, "the connection is kept between looks");
        }
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_an_error_at_once() {
    let partner = Partner::new(Speaks::Sftp).await;
    let (rig, server) = (&partner.rig, &partner.server);
    let Server::Sshd(sshd) = server else { panic!("not sshd") };
    let draft = json!({
        "name": "wrong", "protocol": "sftp", "host": "127.0.0.1", "port": sshd.port(), "username": sshd.user(),
        "auth_method": "password", "transport_retries": 0,
    });
    let wrong = rig.connection(draft, "not the password").await;
    let job = idle_job(rig).await;
    let inbox = Watched::new(rig, job, target(wrong.id, &partner.remote("in"))).await;
    let node = rig.start().await;
    let failed = inbox.until(|m| m.state == MonitorState::Error).await;
    assert_eq!(failed.consecutive_failure_count, 0, "not counted, but final: {:?}", failed.last_error);
    assert_eq!(inbox.events(EventType::MonitorFailed).await, 1);
    node.shutdown().await;
    assert_eq!(sshd.login_attempts(), ONE_SESSION);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_counted_and_a_changed_host_key_is_final() {
    let mut partner = Partner::new(Speaks::Sftp).await;
    partner.put("in/old.csv", b"old");
    let job = idle_job(&partner.rig).await;
    let more = target(partner.connection.id, &partner.remote("in"));
    let Partner { rig, server, .. } = &mut partner;
    let Server::Sshd(sshd) = server else { panic!("not sshd") };
    let inbox = Watched::new(rig, job, more).await;
    let node = rig.start().await;
    rig.until_looked(inbox.id).await;
    sshd.kill();
    inbox.until(|m| m.consecutive_failure_count >= 1).await;
    sshd.start_again().unwrap();
    inbox.until(|m| m.consecutive_failure_count == 0).await;
    sshd.restart_with_other_host_key().unwrap();
    let failed = inbox.until(|m| m.state == MonitorState::Error).await;
    assert!(failed.last_error.unwrap().to_lowercase().contains("key"));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_nodes_looks_at_a_server_and_the_other_takes_over() {
    let cluster = PrivatePostgres::start().unwrap();
    let url = StoreUrl::Postgres(cluster.create_database("courier").unwrap());
    let rig = Rig::on(Some(url.clone())).await.with_vault();
    let sshd = Sshd::start(SshdOptions { login: Login::Password, ..SshdOptions::default() }).unwrap();
    let draft = json!({
        "name": "partner", "protocol": "sftp", "host": "127.0.0.1", "port": sshd.port(), "username": sshd.user(),
        "auth_method": "password", "transport_retries": 0,
    });
    let connection = rig.connection(draft, sshd.password().unwrap()).await;
    std::fs::create_dir(sshd.data().join("in")).unwrap();
    let job = idle_job(&rig).await;
    let inbox = Watched::new(&rig, job, target(connection.id, &sshd.remote("in"))).await;
    let other = rig.neighbour(&url, "other").await;
    let (first, second) = (rig.start().await, other.start(Work::All).await.unwrap());
    rig.until_looked(inbox.id).await;
    for n in 0..20 {
        std::fs::write(sshd.data().join(format!("in/{n}.csv")), b"1").unwrap();
    }
    assert_eq!(inbox.until_logged(20).await.len(), 20);
    assert_eq!(sshd.login_attempts(), ONE_SESSION, "one of them has looked");
    first.shutdown().await;
    for n in 20..40 {
        std::fs::write(sshd.data().join(format!("in/{n}.csv")), b"1").unwrap();
    }
    assert_eq!(inbox.until_logged(40).await.len(), 40);
    second.shutdown().await;
}
