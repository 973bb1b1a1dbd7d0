//! FTP and FTPS servers that lie, flood, break off or say nothing.

use crate::trial::*;
use courier_domain::ErrorCode as C;
use courier_domain::pattern::PathPattern;
use courier_testkit::hostile::sftp::{BAD_NAMES, content};
use courier_testkit::{FtpMischief as M, HostileFtp};
use courier_transfer::{Depth, DownloadRequest, Target, download, expand};
use serde_json::json;

/// In clear.
fn plain(server: &HostileFtp) -> Target {
    target(server.port(), json!({ "protocol": "ftp" }))
}

/// With TLS and the server's own certificate pinned.
fn protected(server: &HostileFtp) -> Target {
    let pin = json!({
        "protocol": "ftps", "tls_cert_policy": "pinned_thumbprint", "tls_pinned_thumbprint": server.thumbprint(),
    });
    target(server.port(), pin)
}

async fn judged(
    server: &HostileFtp,
    make: fn(&HostileFtp) -> Target,
    operations: &[Operation],
    codes: &[C],
    words: &[&str],
) {
    for (operation, result) in trial(|| make(server), operations).await {
        refused(operation, &result, codes, words);
    }
}

async fn fails_in_clear(mischief: M, operations: &[Operation], codes: &[C], words: &[&str]) {
    judged(&HostileFtp::start(mischief).unwrap(), plain, operations, codes, words).await;
}

async fn fails_in_tls(mischief: M, operations: &[Operation], codes: &[C], words: &[&str]) -> u32 {
    let server = HostileFtp::start(mischief).unwrap();
    judged(&server, protected, operations, codes, words).await;
    server.logins()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_of_these_tests_is_honest_when_it_is_told_to_be() {
    let server = HostileFtp::start(M::None).unwrap();
    for make in [plain, protected] {
        for (operation, result) in trial(|| make(&server), &[List, Expand, Download, Upload]).await {
            assert!(result.is_ok(), "{operation:?}: {result:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_instead_of_a_greeting_times_out() {
    fails_in_clear(M::Silence, &[Connect, Test], &[C::ConnectionTimeout], &["greeting"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_greeting_without_end_is_cut_off() {
    fails_in_clear(M::GreetingWithoutEnd, &[Connect, Test], &[C::ProtocolError], &["does not end"]).await;
    fails_in_clear(M::LineWithoutEnd, &[Connect, Test], &[C::ProtocolError], &["longer than"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn greetings_that_ask_for_patience_end_somewhere() {
    let codes = [C::ConnectionTimeout, C::ProtocolError];
    fails_in_clear(M::GreetingByDrops, &[Connect, Test], &codes, &["greeting", "longer"]).await;
    fails_in_clear(M::WaitForEver, &[Connect, Test], &codes, &["greeting", "without end"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn escape_sequences_in_a_greeting_are_not_shown_raw() {
    fails_in_clear(M::GreetingOfControls, &[Connect, Test], &[C::ProtocolError], &["no FTP server"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_is_said() {
    fails_in_clear(M::HangsUpAfterGreeting, &[Connect, Test], &[C::ConnectionLost], &["lost"]).await;
    let all = [List, Expand, Download, Upload, Test];
    fails_in_clear(M::HangsUpAfterLogin, &all, &[C::ConnectionLost], &["lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_without_an_answer_or_with_an_endless_one_end() {
    fails_in_clear(M::LoginNeverAnswered, &[Connect, Test], &[C::ConnectionTimeout], &["logging in"]).await;
    fails_in_clear(M::LoginAnswerWithoutEnd, &[Connect, Test], &[C::ProtocolError], &["does not end"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_on_in_clear_where_tls_was_asked_for() {
    for (mischief, codes) in [
        (M::TlsRefused, &[C::TlsFailed][..]),
        (M::WordsBeforeTls, &[C::TlsFailed]),
        (M::GarbageInsteadOfTls, &[C::TlsFailed]),
        (M::SilenceInsteadOfTls, &[C::ConnectionTimeout, C::TlsFailed]),
    ] {
        let logins = fails_in_tls(mischief, &[Connect, Test], codes, &["TLS"]).await;
        assert_eq!(logins, 0, "{mischief:?}: a user name was sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_do_not_go_unprotected() {
    fails_in_tls(M::ProtectionRefused, &[Connect, Test], &[C::TlsFailed], &["data connections"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_in_a_reply_is_not_gone_to() {
    let server = HostileFtp::start(M::PassiveElsewhere).unwrap();
    for make in [plain, protected] {
        for (operation, result) in trial(|| make(&server), &[List, Download, Upload]).await {
            assert!(result.is_ok(), "{operation:?}: {result:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_connections_that_cannot_be_are_said() {
    let all = [List, Download, Upload, Test];
    let codes = [C::ProtocolError, C::ConnectionRefused, C::ConnectionLost];
    fails_in_clear(M::PassiveWithoutPort, &all, &codes, &["data connection"]).await;
    fails_in_clear(M::PassiveDeadPort, &all, &codes, &["refuses connections", "data connection"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_does_not_flow_times_out() {
    let codes = [C::ConnectionTimeout];
    fails_in_clear(M::DataSilent, &[List, Download], &codes, &["No progress", "did not answer"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_are_not_believed() {
    for mischief in [M::SizeTooLarge, M::SizeTooSmall, M::SizeGrows, M::EndsEarly] {
        fails_in_clear(mischief, &[Download], &[C::SourceChanged], &["nothing was published"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_are_refused_before_the_disk_is_full() {
    let codes = [C::DiskFull, C::SourceChanged, C::ProtocolError];
    for mischief in [M::SizeMost, M::FileWithoutEnd] {
        fails_in_clear(mischief, &[Download], &codes, &["space", "published", "size"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_that_breaks_off_is_no_end() {
    fails_in_clear(M::CutInTheMiddle, &[Download], &[C::ConnectionLost], &["lost"]).await;
    let codes = [C::ConnectionLost, C::SourceChanged];
    fails_in_tls(M::TlsEndsEarly, &[Download], &codes, &["lost", "published"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_is_not_whole_before_the_server_says_so() {
    fails_in_clear(M::NeverDone, &[List, Download, Upload], &[C::ConnectionTimeout], &["No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_without_end_are_cut_off() {
    // A slow machine ends it by time.
    let codes = [C::ProtocolError, C::ConnectionTimeout];
    let words = ["more than", "No progress", "longer than"];
    fails_in_clear(M::ListingWithoutEnd, &[List, Expand], &codes, &words).await;
    fails_in_clear(M::ListingLineWithoutEnd, &[List], &codes, &words).await;
    fails_in_clear(M::FolderHoldsItself, &[Expand], &codes, &words).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_of_garbage_is_refused_line_by_line() {
    let server = HostileFtp::start(M::ListingOfGarbage).unwrap();
    let remote = open(plain(&server)).await.unwrap();
    let listing = remote.list("/in").await.unwrap();
    assert!(listing.entries.is_empty(), "{:?}", listing.entries);
    assert!(!listing.refused.is_empty());
    for refused in &listing.refused {
        is_clean(&refused.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_names_are_refused_and_the_good_file_comes() {
    let server = HostileFtp::start(M::BadNames).unwrap();
    let remote = open(plain(&server)).await.unwrap();
    let found = expand(&*remote, &PathPattern("/in".into()), Depth::Folder, &[]).await.unwrap();
    let ground = Ground::new();
    for file in found.files.iter().filter(|file| file.relative_path == "good.bin") {
        let to = ground.target().join(&file.relative_path);
        let request = DownloadRequest { source: file.entry.clone(), ..fetch("", &to) };
        download(&*remote, request, &control()).await.unwrap();
    }
    assert_eq!(ground.new_files(), ["good.bin"]);
    assert_eq!(std::fs::read(ground.target().join("good.bin")).unwrap(), content());
    for refused in &found.refused {
        is_clean(&refused.name);
        is_clean(&refused.reason);
    }
    // Those without a line break stand on a line of their own; the rest is told in pieces or together.
    assert!(found.refused.len() + 2 >= BAD_NAMES.len(), "{:?}", found.refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_are_not_kept_do_not_verify() {
    let codes = [C::VerificationFailed, C::NotFound, C::SourceChanged];
    fails_in_clear(M::WritesForgotten, &[Upload], &codes, &["up.bin"]).await;
    fails_in_clear(M::WritesRefused, &[Upload], &[C::DiskFull], &["No space"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_garbage_end_the_session() {
    let all = [List, Download, Upload, Test];
    fails_in_clear(M::Garbage, &all, &[C::ProtocolError, C::ConnectionLost], &["protocol", "lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigantic_complaint_is_cut_off() {
    let all = [List, Download, Upload, Test];
    let codes = [C::ProtocolError, C::IoFailed, C::NotFound, C::PermissionDenied];
    fails_in_clear(
        M::GiganticComplaint,
        &all,
        &codes,
        &["protocol", "no, no, no", "Not found", "Permission"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_without_an_answer_time_out() {
    let all = [List, Download, Upload, Test];
    fails_in_clear(M::SilentAfterLogin, &all, &[C::ConnectionTimeout], &["No progress", "did not answer"])
        .await;
}
