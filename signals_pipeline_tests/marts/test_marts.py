"""The marts of the sample, counted by hand, and the published oracles, through the SQL that is shipped."""

import math
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from scipy.spatial.distance import jensenshannon
from statsmodels.stats.proportion import proportion_confint

from signals_pipeline.core.schema import arrow_schema, column_names
from signals_pipeline.core.validation import to_frame
from signals_pipeline.marts.models import ALL_DOMAINS, NO_DOMAIN, TABLES, VIEWS
from signals_pipeline.marts.queries import query
from signals_pipeline.parsed.sections import SECTIONS
from signals_pipeline_tests.marts.sample import (
    I1,
    I2,
    I3,
    I4,
    I5,
    SAMPLE,
    Card,
    build_marts,
    card_id,
    database,
    digest,
    insert,
)

Q1, Q2 = date(2024, 1, 1), date(2024, 4, 1)


def rows(connection, sql, *values):
    cursor = connection.execute(sql, list(values))
    names = [one[0] for one in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def trend_of(connection, topic, grain, kind="keyword"):
    return rows(
        connection,
        "SELECT * FROM topic_trend WHERE topic = ? AND kind = ? AND grain = ? ORDER BY period_start",
        topic,
        kind,
        grain,
    )


def column(found, name):
    return [row[name] for row in found]


def test_newsletter_issues_are_numbered_by_date_and_keep_their_tokens(sample):
    assert sample.execute("FROM newsletter_issues").fetchall() == [
        ("2024-01-07", I1, 1, "20240107"),
        ("2024-01-21", I2, 2, "20240121"),
        ("2024-02-04", I3, 3, "20240204"),
        ("2024-03-03", I4, 4, "20240303"),
        ("2024-04-07", I5, 5, "20240407, 20240407-a-yearly-review"),
        ("undated:3287.0", None, None, "3287.0"),
    ]


def test_issue_overview_of_the_sample(sample):
    found = rows(sample, "FROM issue_overview")
    assert column(found, "days_since_prev") == [None, 14, 14, 28, 35, None]
    assert column(found, "n_cards") == [3, 2, 2, 1, 3, 1]
    assert column(found, "n_counted") == [3, 1, 2, 0, 3, 0]
    assert column(found, "n_duplicate") == [0, 1, 0, 0, 0, 0]
    # The first issue brings ai, robot and energy; the last one quantum and the theme ai.
    assert column(found, "n_new_topics") == [3, 0, 0, 0, 2, None]
    assert column(found, "n_returning_topics") == [0, 0, 0, 0, 0, None]
    assert column(found, "effective_domains") == [
        pytest.approx(9 / 5),
        1,
        1,
        None,
        pytest.approx(9 / 5),
        None,
    ]
    assert column(found, "n_cards_by_form") == ["A:1, C:2", "C:2", "C:1, other:1", "C:1", "A:1, C:2", "C:1"]
    assert column(found, "is_special") == [False, False, False, False, True, False]
    # Pairs of card and topic in the order ai, robot, energy, quantum, theme ai.
    assert column(found, "js_distance") == [
        None,
        pytest.approx(jensenshannon([1, 1, 0], [2, 2, 1], base=2)),
        pytest.approx(jensenshannon([0, 1, 1], [3, 3, 1], base=2)),
        None,
        pytest.approx(jensenshannon([1, 1, 0, 1, 1], [3, 4, 2, 0, 0], base=2)),
        None,
    ]


def test_issue_overview_counts_the_articles_that_drafts_link_once_and_those_with_a_card():
    cards = [Card(I1), Card(I2), Card(I3), Card(None, token="3287.0", reason="undated")]
    drafts = {"a.md": I1, "b.md": I1, "c.md": I2, "d.md": I4, "e.md": None}
    links = [
        ("a.md", 1, "kelp", True),
        ("a.md", 2, "eels", False),
        ("a.md", 3, "kelp", True),
        ("b.md", 1, "kelp", True),
        ("b.md", 2, "gulls", True),
        ("d.md", 1, "kelp", True),
        ("e.md", 1, "kelp", True),
    ]
    with database(cards, "issue_overview") as connection:
        sql = "SELECT issue_date, n_linked, n_linked_with_card FROM issue_overview"
        assert connection.execute(sql).fetchall() == [(day, None, None) for day in (I1, I2, I3, None)]
        insert(connection, "parsed.drafts", [(path, None, day, None, None) for path, day in drafts.items()])
        insert(
            connection,
            "parsed.draft_links",
            [
                (path, position, 1, None, None, None, None, "https://a.example", digest(article), has_card)
                for path, position, article, has_card in links
            ],
        )
        build_marts(connection, {"issue_overview"})
        found = connection.execute(sql).fetchall()
    # An issue that stands in a draft only makes no row.
    assert found == [(I1, 3, 2), (I2, 0, 0), (I3, None, None), (None, None, None)]


def test_topic_trend_of_a_frequent_topic_by_issue(sample):
    found = trend_of(sample, "ai", "issue")
    assert column(found, "period_start") == [I1, I2, I3, I4, I5]
    assert column(found, "n_cards_with") == [2, 1, 0, 0, 1]
    # The card of form other has no keywords, so it is no denominator for them.
    assert column(found, "n_cards") == [3, 1, 1, 0, 3]
    assert column(found, "n_issues") == [1] * 5
    assert column(found, "n_issues_with") == [1, 1, 0, 0, 1]
    assert column(found, "n_domains") == [2, 1, 0, 0, 1]
    assert column(found, "share") == [pytest.approx(2 / 3), 1, 0, None, pytest.approx(1 / 3)]
    assert column(found, "share_lo")[3] is None
    assert column(found, "share_hi")[3] is None
    assert column(found, "share_shrunk") == pytest.approx(
        [
            (2 + 20 * 2 / 3) / (3 + 20),
            (1 + 20 * 3 / 4) / (1 + 20),
            (0 + 20 * 3 / 5) / (1 + 20),
            3 / 5,
            (1 + 20 * 4 / 8) / (3 + 20),
        ]
    )
    x, n = (2, 1, 0, 0, 1), (3, 1, 1, 0, 3)
    expected = []
    for last in range(5):
        weights = [2 ** (-(last - i) / 6) for i in range(last + 1)]
        expected.append(
            math.fsum(w * xi for w, xi in zip(weights, x, strict=False))
            / math.fsum(w * ni for w, ni in zip(weights, n, strict=False))
        )
    assert column(found, "share_ewma") == pytest.approx(expected)
    # Cards 0, 1 and 3 have mean relevancies 4, 2, 3; so has form C up to the second issue 3 on average.
    assert column(found, "relevancy_centred") == [0, 0, None, None, None]
    assert column(found, "is_partial") == [False] * 5


def test_topic_trend_by_month_quarter_and_year(sample):
    months = trend_of(sample, "ai", "month")
    assert column(months, "period_start") == [date(2024, month, 1) for month in (1, 2, 3, 4)]
    assert column(months, "n_cards_with") == [3, 0, 0, 1]
    assert column(months, "n_cards") == [4, 1, 0, 3]
    assert column(months, "n_issues") == [2, 1, 1, 1]
    assert column(months, "n_issues_with") == [2, 0, 0, 1]
    assert column(months, "n_domains") == [2, 0, 0, 1]
    assert column(months, "share") == [0.75, 0, None, pytest.approx(1 / 3)]
    # An issue 21 days (the median gap) after 7 April would still be in April, one before 7 January not in it.
    assert column(months, "is_partial") == [False, False, False, True]
    assert column(trend_of(sample, "ai", "quarter"), "is_partial") == [False, True]
    (year,) = trend_of(sample, "ai", "year")
    assert (year["n_cards_with"], year["n_cards"], year["n_issues"], year["is_partial"]) == (4, 8, 5, True)


def test_a_longer_period_has_the_moving_average_of_its_last_issue(sample):
    issues = column(trend_of(sample, "robot", "issue"), "share_ewma")
    assert column(trend_of(sample, "robot", "month"), "share_ewma") == [
        issues[1],
        issues[2],
        issues[3],
        issues[4],
    ]
    assert column(trend_of(sample, "robot", "quarter"), "share_ewma") == [issues[3], issues[4]]


def test_relevancy_is_compared_with_the_form_up_to_the_end_of_the_period(sample):
    found = trend_of(sample, "robot", "issue")
    # Card 0: 4 - 3; card 2 has none. Card 3: 3 - 3. Card 6: 5 - (4 + 2 + 3 + 5) / 4.
    assert column(found, "relevancy_centred") == [1, 0, 1.5, None, None]


def test_a_rare_topic_has_rows_only_where_it_has_a_card(sample):
    found = rows(
        sample,
        "SELECT grain, period_start, n_cards_with, n_cards FROM topic_trend "
        "WHERE topic = 'energy' AND kind = 'theme' ORDER BY ALL",
    )
    assert [tuple(row.values()) for row in found] == [
        ("issue", I1, 1, 3),
        ("issue", I3, 1, 2),
        ("month", date(2024, 1, 1), 1, 4),
        ("month", date(2024, 2, 1), 1, 2),
        ("quarter", Q1, 2, 6),
        ("year", Q1, 2, 9),
    ]


def test_a_month_without_an_issue_has_a_row_without_a_share():
    cards = [Card(date(2024, 1, 7), ("AI",))] * 3 + [Card(date(2024, 3, 3), ("AI",))]
    with database(cards, "topic_trend") as connection:
        february = trend_of(connection, "ai", "month")[1]
        assert (february["n_issues"], february["n_cards"], february["share"]) == (0, 0, None)
        assert february["share_ewma"] == 1


def test_a_period_looks_at_nothing_that_came_later(sample):
    with database(SAMPLE[:5], "topic_trend") as earlier:
        for topic in ("ai", "robot"):
            now = [{**row, "is_partial": None} for row in trend_of(sample, topic, "issue")[:2]]
            then = [{**row, "is_partial": None} for row in trend_of(earlier, topic, "issue")]
            assert now == then


def test_the_order_of_the_cards_changes_nothing(sample):
    shuffled = list(enumerate(SAMPLE))
    random.Random(7).shuffle(shuffled)
    with database(
        [card for _, card in shuffled], "corpus_health", "issue_overview", "source_mix", "topic_trend"
    ) as connection:
        for name in ("topic_trend", "source_mix", "corpus_health", "issue_overview"):
            sql = f"FROM {name}"
            assert connection.execute(sql).fetchall() == sample.execute(sql).fetchall()


def test_every_card_twice_leaves_the_shares(sample):
    with database(SAMPLE * 2, "topic_trend") as connection:
        # A topic that was rare may now be frequent: compare the rows that both have.
        sql = (
            "SELECT topic_id, grain, period_start, share, share_ewma, relevancy_centred FROM topic_trend "
            "WHERE topic IN ('ai', 'robot') AND kind = 'keyword' ORDER BY ALL"
        )
        for one, two in zip(sample.execute(sql).fetchall(), connection.execute(sql).fetchall(), strict=True):
            assert two[:3] == one[:3]
            assert two[3:] == pytest.approx(one[3:])


def test_wilson_intervals_are_those_of_r_binom_confint():
    first = [Card(I1, ("rare",) * (i < 4) + ("common",) * (i < 18)) for i in range(20)]
    second = [Card(I2, ("rare",) * (i < 1)) for i in range(30)]
    with database(first + second, "topic_trend") as connection:
        rare, common = trend_of(connection, "rare", "issue"), trend_of(connection, "common", "issue")
    expected = {
        (4, 20): (0.0806577, 0.4160174),
        (18, 20): (0.6989664, 0.9721335),
        (0, 30): (0.0, 0.11351339),
        (1, 30): (0.00590859, 0.16670391),
    }
    found = {
        (row["n_cards_with"], row["n_cards"]): (row["share_lo"], row["share_hi"]) for row in rare + common
    }
    assert found.keys() == expected.keys()
    for counts, interval in expected.items():
        assert found[counts] == pytest.approx(interval, abs=5e-8)


def test_js_distance_is_one_without_and_zero_with_the_same_topics():
    cards = [Card(I1, ("a",)), Card(I2, ("b",)), Card(I3, ("a",)), Card(I3, ("b",))]
    with database(cards, "issue_overview") as connection:
        found = connection.execute("SELECT js_distance FROM issue_overview").fetchall()
    assert found == [(None,), (1.0,), (0.0,)]


def test_a_topic_returns_after_twenty_issues_without_it():
    days = [I1 + timedelta(weeks=week) for week in range(23)]
    filler = [Card(day, ("filler",)) for day in days]
    # Twenty issues lie between the first and the 22nd, nineteen between the second and the 22nd.
    cards = [Card(days[0], ("back",)), Card(days[1], ("seen",)), Card(days[21], ("back", "seen"))]
    with database(filler + cards, "issue_overview") as connection:
        found = connection.execute("SELECT n_returning_topics FROM issue_overview").fetchall()
    assert [n for (n,) in found] == [0] * 21 + [1, 0]


def test_only_the_ten_issues_before_are_history():
    days = [I1 + timedelta(weeks=week) for week in range(12)]
    cards = [Card(days[0], ("a",)), *(Card(day) for day in days[1:11]), Card(days[11], ("a",))]
    with database(cards, "issue_overview") as connection:
        assert connection.execute("SELECT js_distance FROM issue_overview").fetchall() == [(None,)] * 12
    with database([*cards, Card(days[1], ("a",))], "issue_overview") as connection:
        assert connection.execute("SELECT js_distance FROM issue_overview").fetchall()[-1] == (0.0,)


def test_sources_of_the_sample_counted_by_hand(sample):
    found = rows(sample, "FROM sources()")
    assert sum(row["n_cards"] for row in found) == found[0]["n_cards_of_all"]
    counted = sample.execute(
        "SELECT coalesce(source_domain, '(no domain)'), count(*), min(issue_date), max(issue_date) "
        "FROM parsed.cards WHERE is_counted GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    assert [
        (row["source_domain"], row["n_cards"], row["first_seen"], row["last_seen"]) for row in found
    ] == counted
    for row in found:
        assert row["share"] == row["n_cards"] / row["n_cards_of_all"]
        assert row["share_lo"] < row["share"] < row["share_hi"]


def test_source_mix_of_the_sample(sample):
    found = rows(sample, "FROM source_mix")
    assert [(row["quarter_start"], row["domain"], row["n_cards"]) for row in found] == [
        (Q1, ALL_DOMAINS, 6),
        (Q1, NO_DOMAIN, 1),
        (Q1, "a.com", 3),
        (Q1, "b.com", 1),
        (Q1, "c.com", 1),
        (Q2, ALL_DOMAINS, 3),
        (Q2, "a.com", 1),
        (Q2, "b.com", 2),
    ]
    everything, nowhere, a_com = found[:3]
    assert everything["effective_domains"] == pytest.approx(25 / 11)
    assert (everything["share"], everything["share_lo"], everything["first_seen"]) == (1, None, I1)
    assert nowhere["top_topics"] == "energy (1)"
    assert (a_com["share"], a_com["effective_domains"]) == (0.5, None)
    assert a_com["top_topics"] == "robot (3), ai (2), energy (1)"
    # ai stands on the card as keyword and as theme, and counts once.
    assert found[6]["top_topics"] == "ai (1)"
    assert found[6]["first_seen"] == I1


def test_outlook_record_of_the_sample():
    verdicts = {
        0: ("came true", "did not"),
        1: ("came true",),
        2: (None,),
        3: ("open",),
        5: ("came true",),
    }
    cards = [replace(card, verdicts=verdicts.get(number, ())) for number, card in enumerate(SAMPLE)]
    with database(cards, "outlook_record") as connection:
        found = connection.execute("SELECT * EXCLUDE (share_lo, share_hi) FROM outlook_record").fetchall()
        assert found == [
            ("all", "(all outlooks)", 3, 1, 0, 1, 0.75),
            # The keyword ai is on cards 0, 1 and 3, robot on 0, 2 and 3, the theme energy on 0 and 5.
            ("concept", "ai", 2, 1, 0, 1, 2 / 3),
            ("concept", "energy", 2, 1, 0, 0, 2 / 3),
            ("concept", "robot", 1, 1, 0, 1, 0.5),
            ("section", "signals", 3, 1, 0, 1, 0.75),
            ("source", NO_DOMAIN, 1, 0, 0, 0, 1),
            ("source", "a.com", 1, 1, 0, 1, 0.5),
            ("source", "b.com", 1, 0, 0, 0, 1),
        ]
        # R's binom.confint(3, 4, methods = "wilson").
        bounds = connection.execute("SELECT share_lo, share_hi FROM outlook_record LIMIT 1").fetchall()
        assert bounds == [pytest.approx((0.3006418, 0.9544127), abs=1e-6)]


def test_outlooks_that_nobody_judged_have_no_record_and_those_not_decided_no_share():
    with database((Card(I1, verdicts=(None, None)),), "outlook_record") as connection:
        assert connection.execute("FROM outlook_record").fetchall() == []
    with database((Card(I1, verdicts=("open", None)),), "outlook_record") as connection:
        found = connection.execute("FROM outlook_record WHERE breakdown = 'all'").fetchall()
        assert found == [("all", "(all outlooks)", 0, 0, 0, 1, None, None, None)]


def test_what_was_found_to_have_come_true_before_it_was_due_is_in_no_share():
    cards = [Card(I1, verdicts=("came true", "did not", "came true", "came true", "open"))]
    with database(cards, "outlook_record") as connection:
        connection.execute("UPDATE outlook SET due = decided + 1 WHERE row_no = 3")
        connection.execute("UPDATE outlook SET due = NULL, due_by = NULL WHERE row_no = 4")
        found = connection.execute(query("outlook_record")).fetchall()
        # Two of a kind of which one is: 1 / 2, with Wilson's interval of it.
        interval = proportion_confint(1, 2, method="wilson")
        assert found[0][:6] == ("all", "(all outlooks)", 1, 1, 2, 1)
        assert found[0][6:] == pytest.approx((0.5, *interval), abs=1e-6)


def test_corpus_health_of_the_sample(sample):
    found = {
        (row["form"], row["section"], row["quarter_start"]): row for row in rows(sample, "FROM corpus_health")
    }
    assert len(found) == 5 * len(SECTIONS)
    keywords = found["C", "keywords", Q1]
    # Cards 0, 1, 3, 6: 3 + 1 + 2 + 1 rows, 2 + 1 + 2 + 1 topics; ai and robot on three cards each.
    assert (keywords["n_cards"], keywords["fill_rate"], keywords["mean_rows"]) == (4, 1, 7 / 4)
    assert (keywords["mean_terms_per_card"], keywords["singleton_share"], keywords["chao1_unseen"]) == (
        1.5,
        0,
        0,
    )
    assert keywords["relevancy_present"] is None
    last = found["C", "keywords", Q2]
    # ai and quantum on one card each, none on two.
    assert (last["singleton_share"], last["chao1_unseen"]) == (1, 1)
    signals = found["C", "signals", Q1]
    assert (signals["fill_rate"], signals["mean_rows"], signals["relevancy_present"]) == (1, 6 / 4, 5 / 6)
    assert (signals["mean_terms_per_card"], signals["singleton_share"]) == (None, None)
    nothing = found["other", "concerns", Q1]
    assert (nothing["fill_rate"], nothing["mean_rows"], nothing["relevancy_present"]) == (0, 0, None)


def test_rejects_are_counted_by_form_and_section():
    with database(SAMPLE, "corpus_health") as connection:
        ((own,),) = connection.execute("SELECT card_id FROM parsed.cards WHERE form = 'other'").fetchall()
        insert(
            connection,
            "parsed.rejects",
            [("x.md", 3, own, "signals", 1, "row", "code", "Reason.", None)] * 2
            + [("y.md", None, None, None, None, "file", "code", "Reason.", None)],
        )
        build_marts(connection, {"corpus_health"})
        found = rows(connection, "SELECT form, section, n_rejects FROM corpus_health WHERE n_rejects > 0")
    assert found == [{"form": "other", "section": "signals", "n_rejects": 2}]


def test_evidence_leads_to_the_line_of_the_file(sample):
    found = rows(sample, "FROM evidence WHERE topic = 'quantum' AND kind = 'keyword'")
    assert len(found) == 1
    assert found[0]["path"] == found[0]["card_id"] + ".md"
    assert (found[0]["section"], found[0]["row_no"], found[0]["line"]) == ("keywords", 1, 11)
    assert (found[0]["raw_text"], found[0]["issue_date"], found[0]["is_counted"]) == ("quantum", I5, True)
    assert found[0]["how"] == "name"


def test_evidence_of_a_concept_is_also_what_says_the_same(sample):
    """The first signal of card 0 matches its theme; card 5 has the theme and no signal."""
    asked = "SELECT how, section, row_no, line, raw_text, alias_rule FROM evidence WHERE topic = 'energy'"
    assert sample.execute(
        f"{asked} AND kind = 'concept' AND card_id = ? ORDER BY how", [card_id(0)]
    ).fetchall() == [
        ("meaning", "signals", 1, 51, "energy", None),
        ("name", "themes", 1, 11, "energy", "folded"),
    ]
    assert sample.execute(f"{asked} AND kind = 'theme' AND how <> 'name'").fetchall() == []
    assert sample.execute("SELECT n_cards_with FROM topic_momentum WHERE topic = 'energy'").fetchall() == [
        (2,),
        (2,),
    ]


def test_statements_are_all_sections_in_one_list(sample):
    expected = sum(len(card.relevancies) for card in SAMPLE)
    assert sample.execute("SELECT count(card_id), any_value(section) FROM statements").fetchall() == [
        (expected, "signals")
    ]


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_every_frame_fits_its_model(trending, name):
    model = {**TABLES, **VIEWS}[name]
    # In a connection of its own: another test may have left a result of the shared one half read.
    found = trending.cursor().sql(f"FROM {name}").to_arrow_table()
    frame = to_frame(found.cast(arrow_schema(model)))
    assert len(model.validate(frame, lazy=True)) == len(frame)
    # All its statements are signals, so that there is no other section to compare with.
    assert (len(frame) > 0) == (name != "topic_sections")


@pytest.mark.long
@pytest.mark.parametrize(
    ("cards", "n_trend"),
    [
        ((), 0),
        ((Card(None, ("AI",), token="3287.0", reason="undated"),), 0),
        ((Card(I1, ("AI",), domain=None, reason="own-page"),), 0),
        ((Card(I1, ("AI",)),), 8),
        ((Card(I1, form="other", domain=None),), 0),
    ],
    ids=["no card", "no dated card", "no counted card", "one card", "one card without anything"],
)
def test_the_smallest_corpora_give_rows_or_none_and_no_error(cards, n_trend):
    with database(cards) as connection:
        assert connection.execute("SELECT count(topic_id) FROM topic_trend").fetchone() == (n_trend,)
        for name in (*TABLES, *VIEWS):
            assert [one[0] for one in connection.execute(f"FROM {name}").description] == list(
                column_names({**TABLES, **VIEWS}[name])
            )


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2024, 1, 7), date(2024, 2, 23), [False, False]),
        (date(2024, 1, 8), date(2024, 2, 23), [True, False]),
        (date(2024, 1, 7), date(2024, 2, 22), [False, True]),
    ],
)
def test_a_period_is_partial_when_one_more_issue_would_fall_inside(first, last, expected):
    # Seven days are the median gap; 1 March is the first day that is no longer in February.
    between = [date(2024, 1, 19) + timedelta(weeks=week) for week in range(5)]
    with database([Card(day, ("AI",)) for day in (first, *between[:-1], last)], "topic_trend") as connection:
        assert column(trend_of(connection, "ai", "month"), "is_partial") == expected


def test_chao1_estimates_the_unseen_topics():
    # Three topics on one card, two on two, one on three: 3 * 3 / (2 * 2).
    cards = [Card(I1, ("a", "d", "e", "f")), Card(I1, ("b", "d", "e", "f")), Card(I1, ("c", "f"))]
    with database(cards, "corpus_health") as connection:
        found = connection.execute(
            "SELECT singleton_share, chao1_unseen FROM corpus_health WHERE section = 'keywords'"
        ).fetchall()
    assert found == [(0.5, 2.25)]


def test_with_a_single_issue_every_longer_period_is_partial():
    with database([Card(I1, ("AI",))], "topic_trend") as connection:
        found = connection.execute(
            "SELECT DISTINCT grain, is_partial FROM topic_trend ORDER BY ALL"
        ).fetchall()
    assert found == [("issue", False), ("month", True), ("quarter", True), ("year", True)]
