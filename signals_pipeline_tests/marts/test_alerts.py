"""Every sentence of an alert says what the cards say."""

from signals_pipeline_tests.marts.alerts import SENTENCES, untrue
from signals_pipeline_tests.marts.sample import coming_up, database, returning_cards


def kinds(connection):
    return {kind for (kind,) in connection.execute("SELECT DISTINCT alert_kind FROM alert").fetchall()}


def test_every_alert_is_true(trending):
    assert untrue(trending) == []
    found = kinds(trending)
    for cards in (returning_cards(98), coming_up(26)):
        with database(cards, "alert") as connection:
            assert untrue(connection) == []
            found |= kinds(connection)
    assert found == set(SENTENCES)


def test_an_alert_that_is_not_true_is_found(trending):
    trending.begin()
    try:
        number = "'([0-9.]+) (of|cards|%)'"
        changed = trending.execute(f"""
            UPDATE alert SET headline = regexp_replace(headline, {number}, '1\\1 \\2')
            WHERE regexp_matches(headline, {number}) RETURNING headline
        """).fetchall()
        assert sorted(untrue(trending)) == sorted(headline for (headline,) in changed)
        assert len(changed) > 5
    finally:
        trending.rollback()
