"""Every invariant holds on the sample, and speaks up about a table that breaks it."""

import pytest

from signals_pipeline.marts.checks import INVARIANTS
from signals_pipeline.marts.models import TABLES, VIEWS

BY_NAME = {one.qualified: one for one in INVARIANTS}

PROFILE = "INSERT INTO topic_sections VALUES ('t', 'concept', 'kelp', 'signals', 9, 10, 5, {})"
"""The samples have signals alone, and so no profile of sections."""

BREAKS = {
    "topic_trend.shares_lie_in_their_intervals": (
        "UPDATE topic_trend_counts SET n_cards_with = 99 WHERE topic = 'quantum'",
        "UPDATE able_periods SET n_cards = -1",
    ),
    "outlook_record.shares_lie_in_their_intervals": (
        "INSERT INTO outlook_record VALUES ('all', '(all outlooks)', 1, 1, 0, 0, 0.5, 0.6, 0.7)",
    ),
    "outlook_record.every_number_is_finite": (
        "INSERT INTO outlook_record VALUES ('all', '(all outlooks)', 1, 1, 0, 0, 'nan', 0.1, 0.9)",
    ),
    "outlook_record.parts_add_up_to_all": (
        "INSERT INTO outlook_record VALUES ('section', 'signals', 1, 0, 0, 0, 1, 0.2, 1)",
        "INSERT INTO outlook_record VALUES ('all', '(all outlooks)', 1, 0, 0, 0, 1, 0.2, 1), "
        "('source', 'a.com', 0, 1, 0, 0, 0, 0, 0.8)",
    ),
    "source_mix.shares_lie_in_their_intervals": ("UPDATE source_mix SET share_lo = 1 WHERE share < 1",),
    "concept_trend_by_meaning.shares_lie_in_their_intervals": (
        "UPDATE concept_trend_by_meaning SET share_lo = 1 WHERE share < 1",
    ),
    "concept_trend_by_meaning.every_number_is_finite": (
        "UPDATE concept_trend_by_meaning SET share_hi = 'nan'::DOUBLE",
    ),
    "topic_sections.every_number_is_finite": (PROFILE.format("0.5, 'nan', 0, -1, 1"),),
    "topic_sections.differences_lie_in_intervals": (PROFILE.format("0.5, 0.5, 0, 1, 2"),),
    "metric.every_number_is_finite": ("UPDATE metric SET value = 'nan'::DOUBLE WHERE parameter = 'm'",),
    "counted_cards.every_number_is_finite": ("UPDATE counted_cards SET relevancy = 'nan'::DOUBLE",),
    "able_periods.every_number_is_finite": ("UPDATE able_periods SET weighted_so_far = 'inf'::DOUBLE",),
    "issue_overview.every_number_is_finite": (
        "UPDATE issue_overview SET js_distance = 'nan'::DOUBLE WHERE issue_no = 2",
    ),
    "topic_trend_counts.every_number_is_finite": (
        "UPDATE topic_trend_counts SET weighted_with_so_far = 'inf'::DOUBLE WHERE topic = 'quantum'",
        "UPDATE topic_trend_counts SET relevancy_centred = '-inf'::DOUBLE WHERE topic = 'quantum'",
    ),
    "source_mix.every_number_is_finite": ("UPDATE source_mix SET effective_domains = 'nan'::DOUBLE",),
    "corpus_health.every_number_is_finite": ("UPDATE corpus_health SET chao1_unseen = 'inf'::DOUBLE",),
    "topic_trend.no_part_exceeds_its_whole": (
        "UPDATE able_periods SET n_cards = 0",
        "UPDATE topic_trend_counts SET n_domains = 9 WHERE topic = 'quantum'",
        "UPDATE topic_trend_counts SET n_issues_with = 9 WHERE topic = 'quantum'",
    ),
    "topic_trend_counts.issues_add_up_to_periods": (
        "UPDATE topic_trend_counts SET n_cards_with = n_cards_with + 1 WHERE topic = 'ai' AND grain = 'year'",
        "DELETE FROM topic_trend_counts WHERE topic = 'quantum' AND grain = 'month'",
    ),
    "topic_trend.frequent_topics_have_all_rows": (
        "UPDATE topic_trend_counts SET last_period_no = period_no",
    ),
    "topic_trend_counts.every_period_is_shown_once": (
        "UPDATE topic_trend_counts SET last_period_no = period_no - 1 WHERE topic = 'quantum'",
        "UPDATE topic_trend_counts SET last_period_no = last_period_no + 1 WHERE topic = 'ai'",
    ),
    "topic_trend_counts.every_count_has_its_evidence": (
        "DELETE FROM mentions WHERE topic = 'quantum'",
        "DELETE FROM topic_trend_counts WHERE topic = 'quantum'",
        "UPDATE parsed.cards SET is_counted = TRUE",
    ),
    "issue_overview.issues_add_up_to_the_cards": (
        "DELETE FROM issue_overview WHERE issue_no IS NULL",
        "UPDATE issue_overview SET n_counted = 1 WHERE issue_no = 4",
    ),
    **{
        f"{name}.every_number_is_finite": (f"UPDATE {name} SET {real} = 'nan'::DOUBLE",)
        for name, real in (
            ("topic_trend_fit", "phi"),
            ("topic_presence_fit", "n_expected"),
            ("call_history", "share_at_call"),
            ("topic_burst_fit", "strength"),
            ("topic_burst", "share_out"),
            ("topic_shift", "log_odds_ratio"),
            ("topic_forecast", "skill"),
            ("topic_momentum", "phi"),
            ("window_diff", "log_odds_z"),
            ("topic_pair", "npmi_change"),
            ("substitution", "falling_q"),
            ("alert", "q"),
        )
    },
    "topic_momentum.differences_lie_in_intervals": (
        "UPDATE topic_momentum SET diff_lo_pp = diff_hi_pp + 0.1",
        "UPDATE topic_momentum SET diff_hi_pp = NULL",
    ),
    "window_diff.differences_lie_in_intervals": ("UPDATE window_diff SET diff_pp = 101",),
    "topic_momentum.every_q_is_from_its_p_to_1": (
        "UPDATE topic_momentum SET q_trend = p_trend / 2",
        "UPDATE topic_momentum SET p_trend = NULL",
    ),
    "topic_presence_fit.every_q_is_from_its_p_to_1": ("UPDATE topic_presence_fit SET q_emerging = 1.1",),
    "topic_momentum.what_is_called_goes_that_way": (
        "UPDATE topic_momentum SET log_odds_recent = -log_odds_recent WHERE stage = 'rising'",
        "UPDATE topic_momentum SET called_since = NULL WHERE stage = 'bursting'",
        "UPDATE topic_momentum SET called_since = DATE '2024-10-06' WHERE stage = 'unclear'",
    ),
    "topic_momentum.calls_have_the_q_of_a_test": (
        "UPDATE topic_momentum SET q_called = q_trend + 0.01 WHERE called_by = 'all'",
        "UPDATE topic_momentum SET called_by = NULL WHERE stage = 'rising'",
        "UPDATE topic_momentum SET called_by = 'all' WHERE stage = 'unclear'",
        "UPDATE topic_momentum SET q_trend = 0.1, q_called = 0.1 WHERE called_by = 'all'",
    ),
    "call_history.calls_do_not_overlap": ("UPDATE call_history SET called_to = DATE '2020-01-01'",),
    "topic_trend_fit.every_q_is_from_its_p_to_1": ("UPDATE topic_trend_fit SET q_trend = p_trend / 2",),
    "topic_burst_fit.every_q_is_from_its_p_to_1": ("UPDATE topic_burst_fit SET q = 1.1",),
    "topic_burst.every_q_is_from_its_p_to_1": ("UPDATE topic_burst SET q = p_perm / 2 - 0.1",),
    "topic_momentum.every_topic_has_its_evidence": (
        "DELETE FROM topic_momentum WHERE topic = 'flat'",
        "DELETE FROM mentions WHERE topic = 'flat'",
        "UPDATE topic_momentum SET last_seen = first_seen",
    ),
    "topic_momentum.only_the_family_is_tested": (
        "UPDATE topic_momentum SET stage = 'thin' WHERE topic = 'flat'",
        "UPDATE topic_momentum SET family_size = NULL",
        "UPDATE topic_momentum SET slope_pp_per_year = 0",
    ),
    "topic_burst.every_burst_has_its_evidence": (
        "UPDATE topic_burst SET x = x + 1",
        "DELETE FROM mentions WHERE topic = 'burst'",
    ),
    "topic_burst.bursts_do_not_overlap": ("UPDATE topic_burst SET end_date = DATE '2020-01-01'",),
    "topic_burst.new_bursts_are_open_and_sure": ("UPDATE topic_burst SET is_new = TRUE",),
    "topic_shift.shifts_go_where_odds_go": ("UPDATE topic_shift SET log_odds_ratio = -log_odds_ratio",),
    "topic_forecast.forecasts_beat_the_baseline": (
        "UPDATE topic_forecast SET is_published = TRUE",
        "UPDATE topic_forecast SET is_published = TRUE, share_p10 = 0.1, share_p50 = 0.1, share_p90 = 0.1",
        "UPDATE topic_forecast SET is_published = TRUE, share_p10 = 0.1, share_p50 = 0.1, share_p90 = 0.1, "
        "skill = 1, log_score = log_score_naive + 1, skill_se = 0.5",
        "UPDATE topic_forecast SET share_p50 = 0.999",
        "UPDATE topic_forecast SET skill = 9",
    ),
    "window_diff.differences_have_evidence": (
        "UPDATE window_diff SET status = 'absent'",
        "UPDATE window_diff SET status = 'new' WHERE xa > 0",
        "UPDATE window_diff SET xb = nb + 1",
        "DELETE FROM mentions WHERE topic = 'flat'",
    ),
    "topic_pair.every_pair_has_its_evidence": (
        "UPDATE topic_pair SET n_ab = n_ab + 1 WHERE span = 'all'",
        "UPDATE topic_pair SET n_a = 1",
        "DELETE FROM mentions WHERE topic = 'flat'",
    ),
    "substitution.names_move_apart": (
        "UPDATE substitution SET rising_stage = 'emerging'",
        "UPDATE substitution SET relation = 'is'",
        "UPDATE substitution SET similarity = NULL",
        "UPDATE substitution SET falling_topic_id = rising_topic_id",
        "UPDATE substitution SET kind = 'theme'",
        "UPDATE substitution SET relation = 'is', concept_id = falling_topic_id",
    ),
    "alert.alerts_name_topic_or_section": (
        "UPDATE alert SET form = 'A'",
        "UPDATE alert SET topic = NULL",
        "DELETE FROM topic_momentum",
    ),
    "source_mix.domains_add_up_to_quarters": ("DELETE FROM source_mix WHERE domain = 'a.com'",),
    "corpus_health.forms_add_up_to_quarters": (
        "DELETE FROM corpus_health WHERE form = 'A'",
        "DELETE FROM corpus_health",
    ),
}


PLANTED = {
    "topic_trend_fit",
    "topic_presence_fit",
    "call_history",
    "topic_burst_fit",
    "topic_burst",
    "topic_shift",
    "topic_forecast",
    "topic_momentum",
    "window_diff",
    "topic_pair",
    "substitution",
    "alert",
}
"""Marts of which the small sample has no rows, or too few."""


@pytest.mark.parametrize("name", BY_NAME)
def test_the_samples_keep_every_invariant(sample, trending, name):
    assert BY_NAME[name].violations(sample) == []
    assert BY_NAME[name].violations(trending) == []


@pytest.mark.parametrize(("name", "change"), [(name, one) for name, many in BREAKS.items() for one in many])
def test_a_broken_table_breaks_its_invariant(sample, trending, name, change):
    connection = trending if BY_NAME[name].table in PLANTED else sample
    connection.begin()
    try:
        connection.execute(change)
        assert BY_NAME[name].violations(connection)
    finally:
        connection.rollback()


def test_every_invariant_is_broken_once_and_belongs_to_a_mart():
    assert set(BREAKS) == set(BY_NAME)
    assert {one.table for one in INVARIANTS} <= {*TABLES, *VIEWS}
    assert all(one.description.endswith(".") for one in INVARIANTS)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_empty_corpus_keeps_every_invariant(without_cards, name):
    assert BY_NAME[name].violations(without_cards) == []
