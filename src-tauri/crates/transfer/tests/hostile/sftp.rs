//! SFTP servers that lie about files, flood with names, or answer what nobody asked.

use crate::trial::*;
use courier_domain::ErrorCode as C;
use courier_testkit::{SftpMischief as M, SshMischief};

/// A slow machine ends it by time.
const WITHOUT_END: [C; 2] = [C::ProtocolError, C::ConnectionTimeout];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_shorter_than_told_is_not_published() {
    sftp_fails(M::SizeTooLarge, &[Download], &[C::SourceChanged], &["nothing was published"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_longer_than_told_is_not_published() {
    sftp_fails(M::SizeTooSmall, &[Download], &[C::SourceChanged], &["nothing was published"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_size_that_cannot_be_is_refused() {
    let codes = [C::SourceChanged, C::DiskFull, C::ProtocolError];
    sftp_fails(M::SizeMost, &[Download], &codes, &["nothing was published", "space", "size"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_without_end_does_not_fill_the_disk() {
    let codes = [C::DiskFull, C::ProtocolError];
    sftp_fails(M::FileWithoutEnd, &[Download], &codes, &["space", "size"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_size_that_grows_is_a_change() {
    sftp_fails(M::SizeGrows, &[Download], &[C::SourceChanged], &["nothing was published"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_size_that_is_not_told_is_said() {
    sftp_fails(M::SizeUntold, &[Download], &[C::ProtocolError], &["size"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_byte_at_a_time_is_given_up() {
    sftp_fails(M::OneByteReads, &[Download], &[C::ProtocolError], &["again and again"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_answers_to_reads_are_an_early_end() {
    sftp_fails(M::EmptyReads, &[Download], &[C::SourceChanged], &["nothing was published"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_was_asked_is_refused() {
    sftp_fails(M::MoreThanAsked, &[Download], &[C::ProtocolError], &["more than was asked"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_end_is_not_published() {
    sftp_fails(M::EndsEarly, &[Download], &[C::SourceChanged], &["nothing was published"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_always_ends_in_the_middle_is_given_up() {
    sftp_fails(M::CutInTheMiddle, &[Download], &[C::ConnectionLost], &["lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_without_end_is_cut_off() {
    sftp_fails(M::ListingWithoutEnd, &[List, Expand], &WITHOUT_END, &["more than", "No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_name_for_ever_is_cut_off() {
    sftp_fails(M::SameNameForEver, &[List, Expand], &WITHOUT_END, &["more than", "No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_answers_end_a_listing() {
    works(SshMischief::Sftp(M::EmptyListingForEver), &[List, Expand]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_names_is_not_believed() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    sftp_fails(M::CountOfNamesLies, &[List, Expand], &codes, &["listing"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_length_of_a_name_is_not_believed() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    sftp_fails(M::LengthOfNameLies, &[List, Expand], &codes, &["listing"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_holds_itself_is_given_up() {
    sftp_fails(M::FolderHoldsItself, &[Expand], &[C::ProtocolError], &["deep", "more than"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_holds_itself_twice_is_given_up() {
    sftp_fails(M::FolderHoldsItselfTwice, &[Expand], &[C::ProtocolError], &["deep", "more than"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_its_own_folder_is_not_followed() {
    works(SshMischief::Sftp(M::LinkToItself), &[List, Expand]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_answer_times_out() {
    sftp_fails(M::SilentFromTheStart, &[Connect, Test], &[C::ConnectionTimeout], &["starting SFTP"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_without_answer_time_out() {
    let all = [List, Expand, Download, Upload, Test];
    sftp_fails(M::Silent, &all, &[C::ConnectionTimeout], &["No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_to_other_requests_are_none() {
    sftp_fails(M::WrongIds, &[List, Download, Upload], &[C::ConnectionTimeout], &["No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_come_thrice_do_no_harm() {
    works(SshMischief::Sftp(M::AnswersThrice), &[List, Download, Upload, Test]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_ends_the_session() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    sftp_fails(M::Garbage, &[List, Download, Upload, Test], &codes, &["protocol", "lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_of_nothing_end_the_session() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    sftp_fails(M::EmptyPackets, &[List, Download, Upload, Test], &codes, &["protocol", "lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_4_gib_ends_the_session() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    sftp_fails(M::PacketOf4GiB, &[List, Download, Upload, Test], &codes, &["protocol", "lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_another_kind_is_refused() {
    sftp_fails(M::WrongKind, &[List, Download, Upload, Test], &[C::ProtocolError], &["protocol"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_that_nobody_asked_for_are_dropped() {
    sftp_fails(M::UnaskedForEver, &[List, Download, Upload], &[C::ConnectionTimeout], &["No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gigantic_complaint_is_shown_short_and_escaped() {
    let all = [List, Download, Upload, Test];
    sftp_fails(M::GiganticComplaint, &all, &[C::IoFailed], &["no, no, no"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complaint_of_megabytes_ends_the_session() {
    let codes = [C::ProtocolError, C::ConnectionLost];
    sftp_fails(M::ComplaintOf4MiB, &[List, Download, Upload, Test], &codes, &["protocol", "lost"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_does_not_exist_is_a_failure() {
    let codes = [C::ProtocolError, C::ConnectionLost, C::IoFailed];
    sftp_fails(M::UnknownCode, &[List, Download, Upload, Test], &codes, &["protocol", "lost", "failed"])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_nothing_are_passed_over() {
    works(SshMischief::Sftp(M::LimitsOfZero), &[List, Download, Upload, Test]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_one_byte_are_passed_over() {
    works(SshMischief::Sftp(M::LimitsOfOne), &[List, Download, Upload, Test]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_everything_are_passed_over() {
    works(SshMischief::Sftp(M::LimitsOfMost), &[List, Download, Upload, Test]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gigantic_handles_do_no_harm() {
    survives(SshMischief::Sftp(M::GiganticHandles), &[List, Download, Upload]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handles_that_are_not_text_do_no_harm() {
    survives(SshMischief::Sftp(M::BinaryHandles), &[List, Download, Upload]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_extensions_do_no_harm() {
    works(SshMischief::Sftp(M::ExtensionsByTheThousand), &[List, Download, Upload, Test]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_of_the_protocol_is_said() {
    sftp_fails(M::VersionMost, &[Connect, Test], &[C::ProtocolError], &["version"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing_without_answer_times_out() {
    sftp_fails(M::WritesUnanswered, &[Upload, Test], &[C::ConnectionTimeout], &["No progress"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_not_kept_does_not_verify() {
    sftp_fails(M::WritesForgotten, &[Upload], &[C::VerificationFailed], &["0"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_where_everything_is_there_does_not_keep_us_looking() {
    works(SshMischief::Sftp(M::EverythingIsThere), &[List, Download, Upload]).await;
}
