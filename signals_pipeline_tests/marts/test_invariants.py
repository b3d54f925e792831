"""Every invariant holds on the sample, and speaks up about a table that breaks it."""

import pytest

from signals_pipeline.marts.invariants import INVARIANTS
from signals_pipeline.marts.models import TABLES
from signals_pipeline_tests.marts.sample import SAMPLE, database

BY_NAME = {one.name: one for one in INVARIANTS}

BREAKS = {
    "every_share_of_topic_trend_lies_in_its_interval": (
        "UPDATE topic_trend SET share_lo = share + 0.01 WHERE share = 0",
        "UPDATE topic_trend SET share_hi = share - 0.01 WHERE share = 1",
        "UPDATE topic_trend SET share = 1.5, share_hi = 2",
    ),
    "every_share_of_source_mix_lies_in_its_interval": ("UPDATE source_mix SET share_lo = 1 WHERE share < 1",),
    "every_number_of_metric_is_finite": ("UPDATE metric SET value = 'nan'::DOUBLE WHERE parameter = 'm'",),
    "every_number_of_issue_overview_is_finite": (
        "UPDATE issue_overview SET js_distance = 'nan'::DOUBLE WHERE issue_no = 2",
    ),
    "every_number_of_topic_trend_is_finite": (
        "UPDATE topic_trend SET share_ewma = 'inf'::DOUBLE WHERE topic = 'quantum'",
        "UPDATE topic_trend SET relevancy_centred = '-inf'::DOUBLE WHERE topic = 'quantum'",
    ),
    "every_number_of_source_mix_is_finite": ("UPDATE source_mix SET effective_domains = 'nan'::DOUBLE",),
    "every_number_of_corpus_health_is_finite": ("UPDATE corpus_health SET chao1_unseen = 'inf'::DOUBLE",),
    "no_part_is_larger_than_its_whole": (
        "UPDATE topic_trend SET n_cards = 0 WHERE topic = 'quantum'",
        "UPDATE topic_trend SET n_domains = 9 WHERE topic = 'quantum'",
        "UPDATE topic_trend SET n_issues_with = 9 WHERE topic = 'quantum'",
    ),
    "issues_add_up_to_every_period": (
        "UPDATE topic_trend SET n_cards_with = n_cards_with + 1 WHERE topic = 'ai' AND grain = 'year'",
        "DELETE FROM topic_trend WHERE topic = 'quantum' AND grain = 'month'",
    ),
    "every_frequent_topic_has_a_row_for_every_issue": (
        "DELETE FROM topic_trend WHERE n_cards_with = 0 AND grain = 'issue'",
    ),
    "every_count_has_its_evidence": (
        "DELETE FROM mentions WHERE topic = 'quantum'",
        "DELETE FROM topic_trend WHERE topic = 'quantum'",
        "UPDATE parsed.cards SET is_counted = TRUE",
    ),
    "overview_adds_up_to_the_cards": (
        "DELETE FROM issue_overview WHERE issue_no IS NULL",
        "UPDATE issue_overview SET n_counted = 1 WHERE issue_no = 4",
    ),
    "domains_add_up_to_every_quarter": ("DELETE FROM source_mix WHERE domain = 'a.com'",),
    "forms_add_up_to_every_quarter": (
        "DELETE FROM corpus_health WHERE form = 'A'",
        "DELETE FROM corpus_health",
    ),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_the_sample_keeps_every_invariant(sample, name):
    assert sample.execute(BY_NAME[name].sql).fetchall() == []


@pytest.mark.parametrize(("name", "change"), [(name, one) for name, many in BREAKS.items() for one in many])
def test_a_broken_table_breaks_its_invariant(name, change):
    with database(SAMPLE) as connection:
        connection.execute(change)
        assert connection.execute(BY_NAME[name].sql).fetchall()


def test_every_invariant_is_broken_once_and_belongs_to_a_mart():
    assert set(BREAKS) == set(BY_NAME)
    assert {one.mart for one in INVARIANTS} <= set(TABLES)
    assert all(one.description.endswith(".") for one in INVARIANTS)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_empty_corpus_keeps_every_invariant(name):
    with database(()) as connection:
        assert connection.execute(BY_NAME[name].sql).fetchall() == []
