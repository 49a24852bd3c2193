//! All of it once more, on PostgreSQL.

use super::*;

#[test]
fn all_of_this_on_postgresql() {
    let tests: &[lab::postgres::Test<()>] = &[
        ("one_form_is_one_message", super::one_form_is_one_message),
        ("twins_at_once_are_one_message", super::twins_at_once_are_one_message),
        ("what_is_kept_is_shown_to_its_account_alone", super::what_is_kept_is_shown_to_its_account_alone),
        (
            "purged_contents_are_gone_and_what_did_not_come_back_stays",
            super::purged_contents_are_gone_and_what_did_not_come_back_stays,
        ),
        (
            "what_cannot_be_sent_is_refused_before_it_is_accepted",
            super::what_cannot_be_sent_is_refused_before_it_is_accepted,
        ),
        ("what_is_taken_back_is_a_letter_again", super::what_is_taken_back_is_a_letter_again),
        (
            "an_account_writes_to_so_many_in_an_hour_and_as_itself_alone",
            super::an_account_writes_to_so_many_in_an_hour_and_as_itself_alone,
        ),
        (
            "nothing_is_claimed_once_the_tables_are_later_than_this",
            super::nothing_is_claimed_once_the_tables_are_later_than_this,
        ),
    ];
    lab::postgres::on_postgres(include_str!("../tests.rs"), tests, drop);
    let uploads: &[lab::postgres::Test<()>] = &[
        ("uploads_come_back_as_lines_of_base64", uploads::uploads_come_back_as_lines_of_base64),
        (
            "uploads_have_bounds_and_leave_nothing_behind",
            uploads::uploads_have_bounds_and_leave_nothing_behind,
        ),
        ("chunks_that_are_changed_or_cut_do_not_open", uploads::chunks_that_are_changed_or_cut_do_not_open),
        ("uploads_that_wait_are_bounded", uploads::uploads_that_wait_are_bounded),
    ];
    lab::postgres::on_postgres(include_str!("uploads.rs"), uploads, drop);
    let carrying: &[lab::postgres::Test<()>] = &[
        (
            "one_courier_at_a_time_and_none_before_its_time",
            carrying::one_courier_at_a_time_and_none_before_its_time,
        ),
        ("taken_back_before_data_and_not_after", carrying::taken_back_before_data_and_not_after),
        (
            "a_courier_that_dies_before_data_leaves_it_waiting_after_it_uncertain",
            carrying::a_courier_that_dies_before_data_leaves_it_waiting_after_it_uncertain,
        ),
        (
            "what_a_recipient_puts_off_is_not_the_servers_delay",
            carrying::what_a_recipient_puts_off_is_not_the_servers_delay,
        ),
        (
            "days_without_a_sign_in_do_not_count_as_tries",
            carrying::days_without_a_sign_in_do_not_count_as_tries,
        ),
        (
            "a_late_250_is_true_and_other_late_words_are_not",
            carrying::a_late_250_is_true_and_other_late_words_are_not,
        ),
        (
            "what_waits_for_hours_is_told_once_and_nothing_that_did_not_come_back_is_purged",
            carrying::what_waits_for_hours_is_told_once_and_nothing_that_did_not_come_back_is_purged,
        ),
        ("a_clock_that_jumps_loses_nothing", carrying::a_clock_that_jumps_loses_nothing),
    ];
    lab::postgres::on_postgres(include_str!("carrying.rs"), carrying, drop);
    let passwords: &[lab::postgres::Test<()>] = &[
        (
            "credentials_go_with_time_and_come_with_a_sign_in",
            passwords::credentials_go_with_time_and_come_with_a_sign_in,
        ),
        (
            "a_copy_that_no_password_is_left_for_is_said_to_be_missing",
            passwords::a_copy_that_no_password_is_left_for_is_said_to_be_missing,
        ),
        (
            "credentials_that_were_refused_are_good_again_when_a_sign_in_says_so",
            passwords::credentials_that_were_refused_are_good_again_when_a_sign_in_says_so,
        ),
        (
            "passwords_wait_with_a_planned_message_for_two_days_at_most",
            passwords::passwords_wait_with_a_planned_message_for_two_days_at_most,
        ),
    ];
    lab::postgres::on_postgres(include_str!("passwords.rs"), passwords, drop);
    let again: &[lab::postgres::Test<()>] = &[
        ("as_a_new_message_and_once", again::as_a_new_message_and_once),
        ("files_go_along_from_chunk_to_chunk", again::files_go_along_from_chunk_to_chunk),
        ("identical_where_it_is_wanted", again::identical_where_it_is_wanted),
        ("three_times_to_anybody", again::three_times_to_anybody),
        ("not_what_is_on_its_way_unknown_seen_or_gone", again::not_what_is_on_its_way_unknown_seen_or_gone),
    ];
    lab::postgres::on_postgres(include_str!("again.rs"), again, drop);
    let following: &[lab::postgres::Test<()>] = &[
        (
            "the_envid_is_proof_and_the_message_id_a_claim",
            following::the_envid_is_proof_and_the_message_id_a_claim,
        ),
        (
            "of_several_domains_the_envid_proves_nothing",
            following::of_several_domains_the_envid_proves_nothing,
        ),
        ("what_comes_from_outside_is_bounded", following::what_comes_from_outside_is_bounded),
        (
            "a_claimed_failure_is_shown_and_settles_nothing",
            following::a_claimed_failure_is_shown_and_settles_nothing,
        ),
        (
            "by_recipient_and_time_only_where_it_can_mean_one",
            following::by_recipient_and_time_only_where_it_can_mean_one,
        ),
        ("answers_are_claims_and_ones_own_are_none", following::answers_are_claims_and_ones_own_are_none),
        (
            "overdue_comes_first_until_proof_or_the_authors_word",
            following::overdue_comes_first_until_proof_or_the_authors_word,
        ),
        ("the_author_may_let_it_be", following::the_author_may_let_it_be),
        ("how_far_a_mailbox_was_looked_at", following::how_far_a_mailbox_was_looked_at),
    ];
    lab::postgres::on_postgres(include_str!("following.rs"), following, drop);
    let many: &[lab::postgres::Test<()>] = &[
        ("what_is_true_of_all_recipients_is_one_line", many::what_is_true_of_all_recipients_is_one_line),
        (
            "what_is_given_up_is_what_waits_and_not_what_may_have_arrived",
            many::what_is_given_up_is_what_waits_and_not_what_may_have_arrived,
        ),
        (
            "one_that_is_damaged_hides_no_other_and_keeps_none_from_being_taken_up",
            many::one_that_is_damaged_hides_no_other_and_keeps_none_from_being_taken_up,
        ),
        ("what_is_taken_while_it_is_purged_stays", many::what_is_taken_while_it_is_purged_stays),
    ];
    lab::postgres::on_postgres(include_str!("many.rs"), many, drop);
    let turns: &[lab::postgres::Test<()>] = &[
        (
            "answers_and_single_letters_overtake_what_was_sent_to_many",
            turns::answers_and_single_letters_overtake_what_was_sent_to_many,
        ),
        ("two_spellings_of_a_name_are_one_writer", turns::two_spellings_of_a_name_are_one_writer),
        ("who_sends_to_many_stands_behind_for_a_while", turns::who_sends_to_many_stands_behind_for_a_while),
    ];
    lab::postgres::on_postgres(include_str!("turns.rs"), turns, drop);
}
