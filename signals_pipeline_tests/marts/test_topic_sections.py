"""Where a topic is named, held against the forms of its cards, and the curve of a concept by meaning."""

import random
import re
from datetime import date

import pytest
from statsmodels.stats.proportion import proportion_confint

from signals_pipeline.core.schema import create_table
from signals_pipeline.marts.build import marts
from signals_pipeline.marts.models import VIEWS
from signals_pipeline.marts.queries import query
from signals_pipeline_tests.marts.sample import WEEKS, card_id, empty_database, insert, make, topic_id
from signals_pipeline_tests.starter import ROOT

KELP = topic_id("concept", "kelp")
Q1, Q2, Q3 = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)


def read(mart, cards, statements):
    """A mart by column, from counted cards (form, quarter) and statements (card, section, topics, how).

    Topics have blanks between them; a statement may name none.
    """
    connection = empty_database()
    for view in ("statements", "statement_topics"):
        connection.execute(create_table(view, VIEWS[view]).replace(" NOT NULL", ""))
    make(connection, set(marts()[mart].calls))
    quarters = sorted({quarter for _, quarter in cards})
    for number, quarter in enumerate(quarters):
        connection.execute(
            "INSERT INTO able_periods BY NAME SELECT 'concept' AS kind, $1 AS period_no, 'quarter' AS grain, "
            "$2::DATE AS period_start, $2::DATE AS next_start, FALSE AS is_partial, 1 AS n_issues, "
            "1 AS n_cards",
            [number + 1, quarter],
        )
    for number, (form, quarter) in enumerate(cards):
        insert(
            connection,
            "counted_cards",
            [(number + 1, card_id(number), quarters.index(quarter) + 1, quarter, form, None, None, None)],
        )
    for row_no, (card, section, _, _) in enumerate(statements, 1):
        connection.execute(
            "INSERT INTO statements (section, card_id, row_no) VALUES (?, ?, ?)",
            [section, card_id(card), row_no],
        )
    topics = sorted({topic for _, _, named, _ in statements for topic in named.split()})
    insert(connection, "topics", [(topic_id("concept", one), "concept", one, 1, None) for one in topics])
    insert(
        connection,
        "statement_topics",
        [
            (section, card_id(card), row_no, topic_id("concept", topic), how)
            for row_no, (card, section, named, how) in enumerate(statements, 1)
            for topic in named.split()
        ],
    )
    found = connection.execute(query(mart))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_sections_are_held_against_those_of_all_that_name_a_topic_in_cards_of_the_same_forms():
    # Eight cards of a form with signals only, and eight of one with signals and concerns.
    cards = [("A", Q1)] * 8 + [("C", Q1)] * 8
    kelp = [(card, "signals", "kelp", "words") for card in range(16)]
    kelp += [(card, "concerns", "kelp", "words") for card in range(8, 10)]
    others = [(card, "concerns", "reef", "words") for card in range(10, 16)]
    # What names nothing by its words has no part in it.
    others += [(card, "concerns", "", None) for card in range(10, 13)]
    others += [(card, "concerns", "kelp", "meaning") for card in range(13, 16)]
    found = {row["section"]: row for row in read("topic_sections", cards, kelp + others)}
    # In cards of form C half of what names something are concerns: 10 of kelp's 18 are in such cards.
    assert found.keys() == {"signals", "concerns"}
    concerns = found["concerns"]
    assert (concerns["topic"], concerns["n_cards"]) == ("kelp", 16)
    assert (concerns["n_statements"], concerns["n_in_section"]) == (18, 2)
    assert concerns["share"] == pytest.approx(2 / 18)
    assert concerns["share_expected"] == pytest.approx(10 * 0.5 / 18)
    assert concerns["diff_pp"] == pytest.approx(100 * (2 - 5) / 18)
    # Cards are less alike than by chance, so the interval is that of 18 statements of a card each.
    low, high = proportion_confint(2, 18, method="wilson")
    assert concerns["diff_lo_pp"] == pytest.approx(100 * (low - 5 / 18), abs=1e-4)
    assert concerns["diff_hi_pp"] == pytest.approx(100 * (high - 5 / 18), abs=1e-4)
    assert found["signals"]["diff_pp"] == pytest.approx(-concerns["diff_pp"])


def test_what_else_the_statements_of_a_section_name_makes_no_difference():
    found = []
    for signals in ("kelp", "kelp sea reef weed"):
        statements = [
            (card, section, named, "words")
            for card in range(8)
            for section, named in (("signals", signals), ("concerns", "kelp"))
        ]
        rows = read("topic_sections", [("C", Q1)] * 8, statements)
        found.append([row for row in rows if row["topic"] == "kelp"])
    assert found[0] == found[1]
    assert [row["diff_pp"] for row in found[0]] == [0, 0]


def test_a_topic_of_cards_without_other_sections_has_no_profile():
    statements = [(card, "signals", "kelp", "words") for card in range(8)]
    assert read("topic_sections", [("A", Q1)] * 8, statements) == []


def test_a_topic_on_fewer_cards_has_no_profile():
    statements = [(card, ("signals", "concerns")[card % 2], "kelp", "words") for card in range(7)]
    assert read("topic_sections", [("C", Q1)] * 7, statements) == []


def test_a_card_that_speaks_of_nothing_else_is_no_more_than_a_card():
    """Eight of twelve cards with ten concerns each are about as sure as eight of twelve statements."""
    sections = ["concerns"] * 8 + ["signals"] * 4
    widths = []
    for times in (1, 10):
        kelp = [(card, section, "kelp", "words") for card, section in enumerate(sections)] * times
        sand = [(card, section, "sand", "words") for card in range(12) for section in set(sections)] * times
        rows = read("topic_sections", [("C", Q1)] * 12, kelp + sand)
        (row,) = (one for one in rows if (one["topic"], one["section"]) == ("kelp", "concerns"))
        assert row["n_statements"] == 12 * times
        widths.append(row["diff_hi_pp"] - row["diff_lo_pp"])
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_the_query_of_the_documents_compares_the_cards_of_each_section(trending):
    documents = (ROOT / "docs" / "STATISTICS.md").read_text("utf-8")
    (asked,) = re.findall(r"```sql\n(.*?)```", documents, re.DOTALL)
    # Half of the ten cards of each issue have the theme, of which a signal of each that has signals is named.
    found = trending.sql(
        asked.replace("heat pump", "society").replace("2025-01-01", str(WEEKS[20]))
    ).fetchall()
    assert [row[:5] for row in found] == [("signals", 100, 200, 98, 195)]


def by_quarter(cards, with_it):
    statements = [
        (card, "signals", "kelp" if card in with_it else "", "meaning") for card in range(len(cards))
    ]
    rows = read("concept_trend_by_meaning", cards, statements)
    return {row["quarter"]: row for row in rows}


def test_shares_are_taken_within_forms_and_averaged_by_how_many_cards_have_them():
    cards = [("B-name", Q1)] * 10 + [("C", Q1)] * 10 + [("B-name", Q2)] * 10 + [("C", Q2)] * 30
    # Of the 20 cards of one form 1 in 10 has it in each quarter, of the 40 of the other half of them.
    with_it = [0, *range(10, 15), 20, *range(30, 45)]
    found = by_quarter(cards, with_it)
    assert [row["concept_id"] for row in found.values()] == [KELP, KELP]
    assert [(row["n_cards_with"], row["n_cards"]) for row in found.values()] == [(6, 20), (16, 40)]
    share = (20 * 0.1 + 40 * 0.5) / 60
    assert [row["share"] for row in found.values()] == pytest.approx([share, share])
    # By the weights these are as sure as 18 cards; but 6 cards match, and not 6.6.
    n = min(60**2 / (20**2 / 10 + 40**2 / 10), 6 / share)
    interval = proportion_confint(share * n, n, method="wilson")
    assert (found[Q1]["share_lo"], found[Q1]["share_hi"]) == pytest.approx(interval, abs=1e-6)


def test_a_form_that_comes_in_place_of_another_makes_no_rise():
    # Cards of form C say it three times as often; within each form nothing changes.
    cards = [("B-name", Q1)] * 20 + [("B-name", Q2)] * 10 + [("C", Q2)] * 10 + [("C", Q3)] * 20
    with_it = [*range(4), *range(20, 22), *range(30, 36), *range(40, 52)]
    found = by_quarter(cards, with_it)
    assert [row["n_cards_with"] / row["n_cards"] for row in found.values()] == [0.2, 0.4, 0.6]
    assert [row["share"] for row in found.values()] == pytest.approx([0.4, 0.4, 0.4])


def test_a_quarter_without_cards_that_could_match_has_no_share():
    found = by_quarter([("A", Q1)] * 4 + [("C", Q2)] * 4, range(4, 6))
    assert [row["share"] for row in found.values()] == [None, pytest.approx(0.25)]
    assert [found[Q1][name] for name in ("n_cards", "share_lo", "share_hi")] == [4, None, None]


@pytest.mark.parametrize(
    ("n_b", "share"),
    [
        # 1 of 10 cards of form B has it: of two 0.2 are expected, and one would stand for five.
        (8, None),
        # 1 of 4: of two 0.5 are expected, so that one is twice the usual, as in form C twice 0.25 is.
        (2, (4 * 0.5 + 40 * 2 * 0.25) / 44),
    ],
)
def test_few_cards_of_a_rare_form_do_not_stand_for_all_others(n_b, share):
    cards = [("B-name", Q1)] * 2 + [("B-name", Q2)] * n_b + [("C", Q2)] * 40
    found = by_quarter(cards, [0, *range(2 + n_b, 12 + n_b)])
    assert (found[Q1]["n_cards_with"], found[Q1]["n_cards"]) == (1, 2)
    if share is None:
        assert [found[Q1][name] for name in ("share", "share_lo", "share_hi")] == [None, None, None]
    else:
        assert found[Q1]["share"] == pytest.approx(share)
    assert found[Q2]["share"] == pytest.approx(10 / 40 * 40 / (42 + n_b))


def test_a_quarter_that_lacks_no_form_has_a_share_however_rare_its_matches():
    found = by_quarter([("C", Q1)] * 2 + [("C", Q2)] * 18, [0])
    assert [row["share"] for row in found.values()] == [0.5, 0]


def test_nothing_is_there_without_matches():
    assert by_quarter([("C", Q1)], []) == {}


@pytest.mark.long
def test_an_interval_of_a_topic_like_any_other_holds_nothing_in_19_of_20():
    """Sets of cards drawn at random, whose statements are alike within a card."""
    generator = random.Random(4)
    sections = ("signals", "concerns", "behaviors", "technologies")
    statements = []
    for card in range(400):
        leanings = [generator.gammavariate(2, 1) for _ in sections]
        # A topic is on one card in twenty, and there in half of the statements.
        on_card = [topic for topic in range(100) if generator.random() < 0.05]
        for section in generator.choices(sections, leanings, k=generator.randint(4, 12)):
            named = " ".join(f"topic{topic}" for topic in on_card if generator.random() < 0.5)
            statements.append((card, section, named, "words"))
    rows = read("topic_sections", [("C", Q1)] * 400, statements)
    assert len(rows) == 400
    n_outside = sum(not row["diff_lo_pp"] <= 0 <= row["diff_hi_pp"] for row in rows)
    assert 0.02 < n_outside / len(rows) < 0.09
