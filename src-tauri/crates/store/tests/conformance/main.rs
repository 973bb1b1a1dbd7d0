//! The store's promises, each kept on SQLite and on PostgreSQL by the same cases.
//!
//! One test for each database runs every case on an empty store of its own, and says which one it is at.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod backups;
#[cfg(test)]
mod calendars;
#[cfg(test)]
mod chain_runs;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod expected_files;
#[cfg(test)]
#[cfg(debug_assertions)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod glance;
#[cfg(test)]
mod iterations;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod monitors;
#[cfg(test)]
mod news;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod passages;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod sqlite_file;
#[cfg(test)]
mod tags;
#[cfg(test)]
mod upgrades;
#[cfg(test)]
mod work;

#[cfg(test)]
mod suite {
    use crate::fixture::{Fixture, Host};
    use crate::{
        audit, backups, calendars, chain_runs, chains, dependencies, expected_files, glance, iterations,
        jobs, keys, monitors, news, notifications, paging, passages, plans, queue, retention, runs,
        schedules, tags, work,
    };
    use std::pin::Pin;
    use std::time::Duration;

    /// A case away from the stack, which would have to hold all of them at once.
    fn boxed<'f, C: Future<Output = ()> + 'f>(
        case: impl FnOnce(&'f Fixture) -> C,
        fixture: &'f Fixture,
    ) -> Pin<Box<dyn Future<Output = ()> + 'f>> {
        Box::pin(case(fixture))
    }

    /// Runs each case on a store of its own.
    macro_rules! run_each {
        ($host:expr, $($case:path),+ $(,)?) => { $({
            println!("{}", stringify!($case));
            let fixture = Fixture::open(&$host, stringify!($case)).await;
            boxed($case, &fixture).await;
            fixture.store.close().await;
        })+ };
    }

    async fn every_case(host: Host) {
        run_each!(
            host,
            jobs::a_job_comes_back_as_it_was_saved,
            jobs::names_are_unique_without_regard_to_case,
            jobs::a_deleted_job_frees_its_name_and_can_come_back,
            jobs::every_save_is_a_version_and_a_stale_save_is_refused,
            jobs::a_step_that_left_its_job_is_kept_and_steps_may_trade_places,
            jobs::a_job_may_have_thousands_of_steps,
            jobs::a_job_with_unfinished_runs_is_not_deleted,
            jobs::settings_have_defaults_and_refuse_bad_values,
            jobs::secrets_are_replaced_and_forgotten,
            keys::a_connection_comes_back_as_it_was_saved,
            keys::a_changed_password_is_recorded_without_it,
            keys::a_connection_that_a_job_names_is_not_deleted,
            keys::host_keys_are_trusted_once_and_revoked,
            keys::of_two_first_host_keys_one_is_first,
            keys::keys_come_back_as_they_were_saved,
            keys::a_lost_update_is_refused_and_shows_both_sides,
            keys::of_concurrent_edits_of_one_thing_one_lands,
            keys::a_setting_that_somebody_else_changed_is_not_overwritten_unseen,
            keys::a_key_is_not_stored_twice,
            keys::a_deleted_key_leaves_no_secret_material,
            keys::sealed_columns_are_gone_through_in_order_and_rewrapped_only_as_they_were,
            work::a_dropped_unit_of_work_leaves_nothing,
            work::a_failed_unit_takes_no_other_with_it,
            work::a_cancelled_unit_does_not_block_the_next,
            work::a_beginning_that_is_given_up_leaves_no_transaction_behind,
            work::concurrent_units_all_land_in_one_whole_chain,
            work::references_and_states_are_guarded_by_the_tables,
            audit::the_log_is_about_every_known_kind_and_no_other,
            audit::every_change_has_its_entry_newest_first,
            audit::the_log_refuses_to_be_changed,
            audit::the_log_is_filtered_and_paged,
            audit::what_entries_are_about_has_a_name_and_an_owner,
            audit::the_log_tells_what_it_can_be_filtered_by,
            audit::each_kind_of_tampering_is_found_and_named,
            audit::a_log_signed_anew_with_another_key_is_found,
            audit::checkpoints_are_due_by_number_and_by_age,
            audit::a_pruned_log_is_whole_from_where_it_begins,
            audit::a_prune_that_was_interrupted_leaves_no_hole_and_is_finished,
            audit::a_prune_that_nobody_signed_is_found,
            audit::an_export_is_checked_by_itself,
            queue::claims_go_by_priority_then_age,
            queue::limits_hold_over_all_nodes,
            queue::a_busy_job_does_not_hold_up_others,
            queue::a_long_line_behind_a_busy_job_hides_nobody,
            queue::a_node_takes_only_what_it_may,
            queue::a_run_is_claimed_once_however_many_ask,
            queue::leases_are_renewed_until_they_are_lost,
            queue::a_stale_worker_changes_nothing,
            queue::expired_runs_are_rescued_and_go_on,
            queue::a_run_that_never_progresses_fails_after_the_limit,
            queue::a_rescued_run_obeys_what_was_asked_of_it,
            runs::a_run_goes_from_created_to_completed,
            runs::runs_end_together_or_not_at_all,
            runs::a_finished_step_never_changes,
            runs::a_failed_run_can_be_resumed,
            runs::a_failure_may_say_anything,
            runs::a_run_that_is_cancelled_while_it_pauses_is_cancelled,
            runs::a_queued_run_is_cancelled_at_once_and_a_running_one_is_asked,
            runs::what_an_earlier_run_did_is_not_skipped_by_a_cancelled_one,
            runs::a_paused_run_keeps_its_steps_and_goes_on,
            runs::a_run_that_a_restart_paused_goes_on_by_itself,
            runs::intents_are_kept_by_the_holder_only,
            runs::transitions_that_do_not_exist_are_refused,
            paging::every_filter_shows_each_run_once_whatever_the_page,
            paging::a_page_goes_on_after_what_was_added_meanwhile,
            paging::a_list_knows_what_each_run_moved_and_how_far_it_is,
            paging::counts_and_sums_are_of_their_span_alone,
            plans::lists_counts_and_claims_walk_indexes,
            retention::what_ended_long_ago_goes_with_all_that_belongs_to_it,
            retention::a_run_with_more_rows_than_one_piece_goes_too,
            retention::runs_of_a_chain_that_is_not_over_stay,
            runs::the_latest_runs_of_every_job_come_in_one_query,
            passages::passages_are_found_by_the_hashes_of_both_ends,
            runs::receipts_and_log_lines_come_back_in_order,
            runs::nodes_are_alive_while_their_heart_beats,
            runs::a_log_is_read_from_any_place_through_a_filter,
            runs::what_runs_is_held_by_its_node,
            iterations::iterations_are_counted_and_paged_in_the_order_of_their_numbers,
            iterations::an_inner_loop_is_that_of_one_iteration,
            iterations::a_loop_begun_anew_has_only_the_iterations_since,
            iterations::what_iterations_moved_is_added_up,
            glance::what_works_and_what_needs_somebody_is_counted,
            glance::first_signs_are_seen_once_there_are_any,
            chains::a_chain_comes_back_as_it_was_saved,
            chains::a_deleted_chain_frees_its_name_and_can_come_back,
            chains::a_stale_save_of_a_chain_is_refused_with_both_sides,
            chains::a_member_that_left_is_kept_and_members_may_trade_places,
            chains::a_chain_in_use_is_not_deleted,
            chains::a_job_that_others_name_is_not_deleted,
            chains::a_job_is_not_deleted_under_what_begins_to_name_it,
            chain_runs::a_run_of_a_chain_moves_as_drawn,
            chain_runs::a_run_of_a_chain_is_ended_once_however_many_end_it,
            chain_runs::members_of_a_run_move_as_drawn_and_know_their_runs,
            chain_runs::runs_of_chains_are_listed_newest_first_with_a_cursor,
            chain_runs::a_trigger_key_starts_one_run_however_many_ask,
            chains::the_tables_refuse_bad_chains,
            dependencies::dependencies_come_back_and_are_kept_once,
            dependencies::a_cycle_of_dependencies_is_refused_with_its_path,
            dependencies::two_edges_that_close_a_cycle_together_are_not_both_stored,
            schedules::schedules_come_back_as_they_were_saved,
            schedules::a_stale_edit_of_a_schedule_is_refused_but_a_fire_is_no_edit,
            schedules::a_schedule_that_is_off_has_no_next_time,
            schedules::due_schedules_come_earliest_first_and_deleted_owners_wait,
            schedules::a_fire_time_is_taken_once_however_many_fire,
            schedules::a_one_shot_fires_once_and_never_again,
            schedules::the_tables_refuse_bad_schedules,
            calendars::a_calendar_comes_back_as_it_was_saved,
            calendars::a_calendar_that_is_used_stays,
            calendars::only_living_calendars_are_named,
            calendars::other_days_move_what_comes_next_in_the_same_unit,
            calendars::fires_and_changes_of_a_calendar_do_not_cross,
            expected_files::files_that_are_missing_are_told_and_that_they_came,
            expected_files::a_deadline_is_checked_once_however_many_look,
            expected_files::of_deadlines_that_passed_unseen_the_newest_is_told,
            expected_files::nobody_waits_for_files_of_a_monitor_that_rests,
            expected_files::deadlines_rest_on_the_days_of_a_calendar,
            expected_files::old_checks_go_but_the_newest,
            news::a_commit_wakes_the_queue_and_names_what_changed,
            news::changes_of_another_process_arrive,
            news::a_newer_database_is_refused,
            backups::a_reference_that_leads_nowhere_is_found,
            backups::a_record_that_was_changed_is_found,
        );
    }

    /// What stands around jobs; apart, so that it runs beside them.
    async fn every_case_of_monitors_and_tags(host: Host) {
        run_each!(
            host,
            monitors::a_monitor_comes_back_as_it_was_saved,
            monitors::a_deleted_monitor_frees_its_name_and_can_come_back,
            monitors::a_lost_update_of_a_monitor_is_refused,
            monitors::a_monitor_moves_only_as_its_states_allow,
            monitors::the_last_failure_in_a_row_is_an_error_exactly_once,
            monitors::all_that_were_paused_at_once_go_on_together,
            monitors::a_file_triggers_once_however_many_look,
            monitors::the_file_log_is_listed_newest_first_and_forgets,
            monitors::what_a_monitor_names_is_there_and_stays,
            monitors::bad_rows_of_monitors_are_refused_by_the_tables,
            tags::a_tag_comes_back_as_it_was_saved,
            tags::all_six_kinds_carry_tags,
            tags::only_what_is_there_is_tagged,
            tags::five_thousand_things_are_tagged_in_one_unit,
            notifications::a_rule_comes_back_as_it_was_saved,
            notifications::a_rule_is_about_things_that_exist,
            notifications::an_event_is_processed_when_its_last_delivery_is_over,
            notifications::of_deliveries_that_end_at_once_one_closes_the_event,
            notifications::what_is_about_one_thing_is_claimed_in_order_by_one_node,
            notifications::what_is_counted_is_told_when_its_time_comes,
            notifications::events_are_about_what_people_know,
            notifications::events_that_nobody_wants_are_passed_many_at_once,
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_case_of_monitors_and_tags_holds_on_sqlite() {
        every_case_of_monitors_and_tags(Host::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_case_of_monitors_and_tags_holds_on_postgresql() {
        let cluster = courier_testkit::postgres::PrivatePostgres::start().unwrap();
        every_case_of_monitors_and_tags(Host::Postgres(cluster.into())).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_case_holds_on_sqlite() {
        every_case(Host::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_case_holds_on_postgresql() {
        let cluster = courier_testkit::postgres::PrivatePostgres::start().unwrap();
        every_case(Host::Postgres(cluster.into())).await;
    }

    #[cfg(debug_assertions)]
    #[tokio::test(flavor = "multi_thread")]
    async fn every_change_is_all_or_nothing_wherever_it_fails_on_sqlite() {
        crate::faults::every_change_is_all_or_nothing(&Fixture::open(&Host::Sqlite, "faults").await).await;
    }

    #[cfg(debug_assertions)]
    #[tokio::test(flavor = "multi_thread")]
    async fn every_change_is_all_or_nothing_wherever_it_fails_on_postgresql() {
        let host = Host::Postgres(courier_testkit::postgres::PrivatePostgres::start().unwrap().into());
        crate::faults::every_change_is_all_or_nothing(&Fixture::open(&host, "faults").await).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_comes_back_is_used_again() {
        let host = Host::Postgres(courier_testkit::postgres::PrivatePostgres::start().unwrap().into());
        let fixture = Fixture::open(&host, "comes::back").await;
        let Host::Postgres(cluster) = &host else { return };
        fixture.insert_job("before").await;
        cluster.stop().unwrap();
        let error = fixture.store.begin("me").await.err();
        let error = match error {
            Some(error) => error,
            None => fixture.try_insert_job("away").await.unwrap_err(),
        };
        assert_eq!(error.code(), courier_domain::ErrorCode::StoreUnavailable, "{error}");
        cluster.start_again().unwrap();
        let names = loop {
            // Pooled connections of the old server are found dead one by one.
            if let Ok(mut session) = fixture.store.read().await
                && let Ok(jobs) = session.jobs().await
            {
                break jobs.into_iter().map(|j| j.name).collect::<Vec<_>>();
            }
        };
        assert_eq!(names, ["before"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_node_that_falls_silent_in_a_unit_of_work_holds_nobody_up() {
        let host = Host::Postgres(courier_testkit::postgres::PrivatePostgres::start().unwrap().into());
        let fixture = Fixture::open(&host, "falls::silent").await;
        let job = fixture.insert_job("Invoices").await;
        fixture.enqueue(&job).await;
        let request = |f: &Fixture| courier_store::ClaimRequest {
            node_id: f.node(),
            node_name: "here".into(),
            slots: 1,
            only: None,
        };
        // It has the lock of the queue and the run, and says nothing more.
        let mut silent = fixture.store.begin("system").await.unwrap();
        assert_eq!(silent.claim(&request(&fixture)).await.unwrap().len(), 1);
        let other = fixture.another().await.unwrap();
        let claimed = async {
            let mut unit = other.begin("system").await.unwrap();
            let claimed = unit.claim(&request(&fixture)).await.unwrap();
            unit.commit().await.unwrap();
            claimed
        };
        let claimed = tokio::time::timeout(Duration::from_secs(25), claimed).await;
        assert_eq!(claimed.expect("nobody gets the queue's lock").len(), 1);
        let error = silent.commit().await.unwrap_err();
        assert_eq!(error.code(), courier_domain::ErrorCode::StoreUnavailable, "{error}");
    }
}
