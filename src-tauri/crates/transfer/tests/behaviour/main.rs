//! One set of cases for every protocol and every server that people run: what Courier promises of a [`Remote`] and of
//! a transfer holds on each, as far as the server's capabilities go.
//!
//! A new server is a line in `server.rs` and one here; a new case is a function in `cases/` and a line here.
//! Left out: trust and logins (`tests/sftp`), servers that mean harm, cuts and kills.
//!
//! [`Remote`]: courier_transfer::Remote

#[cfg(test)]
mod cases;
#[cfg(test)]
mod server;

#[cfg(test)]
macro_rules! on_each_server {
    ($($server:ident: $peer:expr;)*) => {
        mod peers {
            use crate::server::Data::{Active, Passive};
            use crate::server::Peer::{self, Ftp, Ftps, Openssh, ProftpdSftp};
            use courier_testkit::FtpProgram::{Proftpd, PureFtpd, Vsftpd};
            use courier_testkit::FtpTls::{Explicit, Implicit};
            use courier_testkit::ftp::TlsVersion::{V1_2, V1_3};
            $(pub(super) fn $server() -> Peer { $peer })*
        }
        $(mod $server {
            every_case! { $server }
        })*
    };
}

/// Every case as a test of its own, so that a report names the server and what it should have done.
#[cfg(test)]
macro_rules! every_case {
    ($server:ident) => {
        every_case! { $server;
            listing::lists_files_and_folders,
            listing::finds_the_files_of_a_tree,
            listing::does_not_follow_links_to_folders,
            listing::lists_two_thousand_names,
            names::strange_names_are_found_and_moved,
            names::unsafe_names_are_refused_while_the_others_go_on,
            moving::files_of_every_length_come_and_go,
            moving::every_byte_value_survives,
            moving::gets_and_puts_over_an_existing_file,
            moving::verifies_by_checksum,
            moving::keeps_times_and_permissions_where_asked,
            moving::moves_several_files_at_once,
            moving::goes_on_after_transfers_that_were_given_up,
            limits::several_sessions_keep_to_one_limit,
            resuming::reads_from_any_offset,
            resuming::reads_the_end_of_a_file_of_five_gibibytes,
            resuming::goes_on_writing_at_any_offset,
            resuming::refuses_to_go_on_behind_the_end,
            resuming::goes_on_behind_five_gibibytes,
            changing::renames_over_an_existing_file,
            changing::a_rename_that_must_not_replace_leaves_both,
            changing::deletes_files,
            changing::makes_and_removes_folders,
            failing::what_is_missing_is_not_found,
            failing::what_is_forbidden_is_said_to_be,
            failing::a_wrong_password_is_refused,
            testing::passes_a_test_and_is_left_as_it_was,
        }
    };
    ($server:ident; $($group:ident::$case:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let server = crate::server::Server::start(super::peers::$server()).await;
            crate::cases::$group::$case(server).await;
        }
    )*};
}

#[cfg(test)]
mod on {
    on_each_server! {
        openssh: Openssh;
        proftpd_sftp: ProftpdSftp;
        vsftpd: Ftp(Vsftpd, Passive);
        vsftpd_active: Ftp(Vsftpd, Active);
        vsftpd_explicit: Ftps(Vsftpd, Explicit, V1_3);
        vsftpd_implicit: Ftps(Vsftpd, Implicit, V1_3);
        proftpd: Ftp(Proftpd, Passive);
        proftpd_explicit_tls_1_2: Ftps(Proftpd, Explicit, V1_2);
        proftpd_explicit_tls_1_3: Ftps(Proftpd, Explicit, V1_3);
        proftpd_implicit: Ftps(Proftpd, Implicit, V1_3);
        pureftpd: Ftp(PureFtpd, Passive);
        pureftpd_explicit: Ftps(PureFtpd, Explicit, V1_3);
    }
}
