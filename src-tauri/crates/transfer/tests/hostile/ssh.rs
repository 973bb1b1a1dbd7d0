//! Before SFTP begins: banners, key exchanges, logins and channels that lie, flood or say nothing.

use crate::trial::*;
use courier_domain::ErrorCode as C;
use courier_testkit::SshMischief as M;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_times_out() {
    fails(M::Silence, &[Connect, Test], &[C::ConnectionTimeout], &["banner"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_before_the_banner_end_somewhere() {
    fails(M::LinesForEver, &[Connect, Test], &[C::ProtocolError], &["no SSH"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banner_without_end_is_cut_off() {
    fails(M::LineWithoutEnd, &[Connect, Test], &[C::ProtocolError], &["no SSH"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_after_the_banner_times_out() {
    fails(M::SilenceAfterBanner, &[Connect, Test], &[C::ConnectionTimeout], &["exchanging keys"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banner_by_drops_times_out() {
    let codes = [C::ConnectionTimeout, C::ProtocolError];
    fails(M::BannerByDrops, &[Connect, Test], &codes, &["exchanging keys", "banner"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn escape_sequences_in_a_banner_are_not_shown_raw() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    fails(M::BannerOfControls, &[Connect, Test], &codes, &["no SSH", "lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_after_the_banner_is_said() {
    fails(M::HangsUpAfterBanner, &[Connect, Test], &[C::ConnectionLost], &["lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_instead_of_the_key_exchange_is_refused() {
    fails(M::GarbageInsteadOfKeys, &[Connect, Test], &[C::ProtocolError], &["exchanging keys"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_of_4_gib_is_not_waited_for() {
    fails(M::FirstPacketOf4GiB, &[Connect, Test], &[C::ProtocolError], &["exchanging keys"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_to_be_ignored_end_somewhere() {
    let codes = [C::ConnectionTimeout, C::ProtocolError];
    fails(M::IgnoreForEver, &[Connect, Test], &codes, &["exchanging keys"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_algorithms_are_not_shown_raw() {
    let codes = [C::NoCommonAlgorithm, C::ProtocolError];
    fails(M::AlgorithmsOfControls, &[Connect, Test], &codes, &["algorithm", "exchanging keys"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_without_answer_times_out() {
    fails(M::LoginNeverAnswered, &[Connect, Test], &[C::ConnectionTimeout], &["logging in"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_login_is_not_tried_for_ever() {
    fails(M::LoginRefusedForEver, &[Connect, Test], &[C::AuthenticationFailed], &["refuses the password"])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_without_a_question_end_somewhere() {
    fails(M::EmptyQuestionsForEver, &[Connect, Test], &[C::ProtocolError], &["without end"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_is_given_once() {
    fails(M::PasswordAskedForEver, &[Connect, Test], &[C::AuthenticationFailed], &["asks"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_questions_are_not_answered() {
    fails(M::QuestionsByTheThousand, &[Connect, Test], &[C::AuthenticationFailed], &["asks for more"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigantic_question_is_not_answered() {
    fails(M::GiganticQuestion, &[Connect, Test], &[C::AuthenticationFailed], &["asks for more"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigantic_greeting_is_passed_over() {
    works(M::GiganticLoginBanner, &[List, Download, Upload, Test]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_keys_after_each_kib_do_no_harm() {
    works(M::RekeysForEver, &[List, Download]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_never_opens_times_out() {
    fails(M::ChannelNeverOpened, &[Connect, Test], &[C::ConnectionTimeout], &["starting SFTP"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_of_sftp_without_answer_times_out() {
    fails(M::SubsystemNeverAnswered, &[Connect, Test], &[C::ConnectionTimeout], &["starting SFTP"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_instead_of_sftp_is_said() {
    fails(M::ShellInsteadOfSftp, &[Connect, Test], &[C::ProtocolError], &["SFTP"]).await;
}
