"""What rises and falls: hand counts, published oracles, other libraries, and what must hold for any cards."""

import math
import random
from datetime import date, timedelta

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.proportion import confint_proportions_2indep

from signals_pipeline_tests.marts.sample import (
    I1,
    I5,
    WEEKS,
    Card,
    build_marts,
    database,
    insert,
    over_years,
    returning_cards,
    topic_id,
    trends,
)
from signals_pipeline_tests.marts.test_marts import rows
from signals_pipeline_tests.marts.test_trends import BH
from signals_pipeline_tests.speeds import long_but, tried

CALL = "concat_ws(' ', topic_id, stage, called_from)"


def momentum(connection, *topics):
    sql = "FROM topic_momentum WHERE kind <> 'concept' ORDER BY kind DESC, topic"
    found = {row["topic"]: row for row in rows(connection, sql)}
    return [found[topic] for topic in topics] if topics else found


def binomial_cards(counts, days, form="C", topic="t"):
    """Cards of which x of n carry the topic, for each day."""
    return [
        Card(day, (topic,) * int(card < x) + ("other",), form=form)
        for (x, n), day in zip(counts, days, strict=True)
        for card in range(n)
    ]


def test_momentum_of_the_sample_counted_by_hand(sample):
    ai, quantum = momentum(sample, "ai", "quantum")
    assert (ai["kind"], ai["first_seen"], ai["last_seen"], ai["lifespan_issues"]) == ("keyword", I1, I5, 5)
    assert (ai["n_cards_with"], ai["n_surface_forms"]) == (4, 2)
    assert (ai["stage"], ai["stage_before"]) == ("thin", "new")
    # Ten issues back is before the first one.
    assert (ai["share_recent"], ai["ratio_recent"], ai["diff_pp"]) == (4 / 8, None, None)
    # Three of the four are of a.com, which has four of the eight cards.
    assert ai["share_excl_top_domain"] == 1 / 4
    assert (ai["z_trend"], ai["q_trend"], ai["mk_tau"], ai["family_size"]) == (None,) * 4
    assert (quantum["stage"], quantum["stage_before"], quantum["first_seen"]) == ("new", None, I5)
    assert sample.execute("SELECT count(topic_id) FROM topic_momentum").fetchone() == (9,)
    found = sample.execute("SELECT DISTINCT evidence FROM topic_momentum WHERE topic = 'quantum'").fetchone()[
        0
    ]
    assert sample.execute(
        "SELECT concat(path, ':', line) FROM evidence WHERE topic = 'quantum' AND kind = 'keyword'"
    ).fetchall() == [(found,)]


def test_every_planted_topic_has_its_stage(trending):
    found = {
        topic: row["stage"]
        for topic, row in momentum(trending).items()
        if not topic.startswith(("once", "even"))
    }
    assert found == {
        "flat": "unclear",
        "rise": "bursting",
        "fall": "falling",
        "burst": "bursting",
        "step": "rising",
        "ended": "dormant",
        "back": "fallen",
        "debut": "new",
        "fresh": "new",
        "society": "unclear",
        "work": "unclear",
    }


def test_windows_of_the_trending_corpus_counted_by_hand(trending):
    step, ended = momentum(trending, "step", "ended")
    # 3 and 42 of the last 100 cards, 10 of the 100 before, 75 of all 400.
    assert step["share_recent"] == 0.45
    assert step["ratio_recent"] == pytest.approx((45 + 20 * 75 / 400) / (10 + 20 * 75 / 400))
    assert step["diff_pp"] == pytest.approx(35)
    assert (ended["share_recent"], ended["ratio_recent"], ended["diff_pp"]) == (0, 1, 0)


@pytest.mark.parametrize(
    ("n_issues", "stage"),
    [(61, "unclear"), (96, "dormant"), (97, "returning"), (100, "returning"), (101, "unclear")],
)
def test_a_topic_is_returning_for_a_few_issues_after_its_gap(n_issues, stage):
    with database(returning_cards(n_issues), "topic_momentum") as connection:
        (found,) = momentum(connection, "back")
    assert found["stage"] == stage


def test_cochran_armitage_is_that_of_r_prop_trend_test():
    counts = ((83, 86), (90, 93), (129, 136), (70, 82))
    days = [I1 + timedelta(weeks=2 * week) for week in range(4)]
    with database(binomial_cards(counts, days)) as connection:
        (found,) = momentum(connection, "t")
        assert found["z_trend"] ** 2 * found["phi"] == pytest.approx(8.2249, abs=5e-5)
        (p,) = connection.execute(
            "SELECT p_two_sided(z_trend * sqrt(phi)) FROM topic_momentum WHERE topic = 't'"
        ).fetchone()
        assert p == pytest.approx(0.004132, abs=5e-7)
        assert found["p_trend"] == pytest.approx(2 * stats.norm.sf(abs(found["z_trend"])), rel=1.3e-7)
    # The over-dispersion is R's prop.test of equal shares, X-squared over its degrees of freedom.
    x, n = np.array(counts).T
    assert found["phi"] == pytest.approx(stats.chi2_contingency([x, n - x], correction=False)[0] / 3)


def test_the_trend_test_is_that_of_statsmodels_for_one_form():
    generator = np.random.default_rng(3)
    days = [I1 + timedelta(days=int(day)) for day in np.cumsum(generator.integers(5, 20, 30))]
    n = generator.integers(5, 25, 30)
    x = generator.binomial(n, np.linspace(0.2, 0.4, 30))
    with database(binomial_cards(list(zip(x, n, strict=True)), days), "topic_momentum") as connection:
        (found,) = momentum(connection, "t")
    table = Table(np.array([x, n - x]), shift_zeros=False)
    scores = np.array([(day - days[0]).days for day in days])
    other = table.test_ordinal_association(row_scores=np.array([1, 0]), col_scores=scores)
    # It takes the finite-population variance, n - 1 for n.
    total = n.sum()
    assert found["z_trend"] * math.sqrt(found["phi"] * (total - 1) / total) == pytest.approx(other.zscore)


def test_the_trend_is_that_of_each_form_put_together():
    generator = np.random.default_rng(5)
    days = [I1 + timedelta(weeks=week) for week in range(20)]
    cards, t, v, rest, spread = [], 0.0, 0.0, np.zeros(20), np.zeros(20)
    for form, level in (("A", 0.2), ("C", 0.5)):
        n = generator.integers(0, 9, 20)
        x = generator.binomial(n, level)
        cards += binomial_cards(list(zip(x, n, strict=True)), days, form)
        years = np.array([(day - days[0]).days for day in days]) / 365.25
        p = x.sum() / n.sum()
        t += (years * (x - n * p)).sum()
        v += p * (1 - p) * ((n * years**2).sum() - (n * years).sum() ** 2 / n.sum())
        rest += x - n * p
        spread += n * p * (1 - p)
    seen = spread > 0
    phi = max(1, (rest[seen] ** 2 / spread[seen]).sum() / (seen.sum() - 2))
    # A form that never has the topic changes nothing.
    cards += [Card(day, ("other",), form="B-src") for day in days]
    with database(cards, "topic_momentum") as connection:
        (found,) = momentum(connection, "t")
    assert found["phi"] == pytest.approx(phi)
    assert found["z_trend"] == pytest.approx(t / math.sqrt(phi * v))
    assert found["log_odds_per_year"] == pytest.approx(t / v)
    assert found["se"] == pytest.approx(math.sqrt(phi / v))


def blocks(shares, months):
    """Twelve issues in each of some months, a hundred cards together, of which as many carry the topic."""
    cards = []
    for x, month in zip(shares, months, strict=True):
        start = date(2022, 7, 1) + timedelta(days=30 * int(month))
        counts = [(min(x, 50), 50), (max(x - 50, 0), 50)] + [(0, 0)] * 9
        # An issue without a counted card is an issue nevertheless.
        cards += binomial_cards(counts, [start + timedelta(days=day) for day in range(11)])
        cards += [Card(start + timedelta(days=day), reason="wall-page") for day in range(12)]
    return cards


def test_theil_sen_is_that_of_sen():
    with database(
        blocks((9, 15, 19, 20, 45, 55, 78), (1, 2, 3, 4, 10, 12, 18)), "topic_momentum"
    ) as connection:
        (found,) = momentum(connection, "t")
    assert found["slope_pp_per_year"] == pytest.approx(4 * 365.25 / 30)
    assert found["mk_tau"] == 1


def test_mann_kendall_of_one_to_ten_is_one():
    # S = 45 of 45 pairs.
    with database(blocks(range(1, 11), range(10)), "topic_momentum") as connection:
        (found,) = momentum(connection, "t")
    assert found["mk_tau"] == 1
    assert found["mk_tau"] * 45 == pymannkendall.original_test(range(1, 11)).s == 45


@pytest.mark.parametrize("seed", range(3))
def test_slope_and_tau_are_those_of_scipy_and_pymannkendall(seed):
    generator = np.random.default_rng(seed)
    shares, months = generator.integers(0, 12, 7), np.cumsum(generator.integers(1, 4, 7))
    shares[0] = 9
    with database(blocks(shares.tolist(), months), "topic_momentum") as connection:
        (found,) = momentum(connection, "t")
    slope = stats.theilslopes(shares, months).slope
    assert found["slope_pp_per_year"] == pytest.approx(slope * 365.25 / 30)
    assert found["mk_tau"] == pytest.approx(pymannkendall.original_test(shares).Tau)


def test_the_oldest_issues_that_are_no_block_do_not_count():
    days = [I1 + timedelta(weeks=week) for week in range(29)]
    # Five issues full of the topic, then two blocks, half and all of the cards.
    cards = [
        Card(day, ("t",) if week < 5 or week >= 17 or card < 1 else ("other",))
        for week, day in enumerate(days)
        for card in range(2)
    ]
    with database(cards, "topic_momentum") as connection:
        (found,) = momentum(connection, "t")
    assert found["slope_pp_per_year"] == pytest.approx(50 * 365.25 / (12 * 7))
    assert found["mk_tau"] == 1


@pytest.mark.long
def test_newcombe_is_that_of_statsmodels():
    generator = np.random.default_rng(11)
    for _ in range(4):
        n = generator.integers(1, 9, 20)
        x = generator.binomial(n, 0.4)
        days = [I1 + timedelta(weeks=week) for week in range(20)]
        with database(
            binomial_cards(list(zip(x, n, strict=True)), days), "topic_momentum", "window_diff"
        ) as connection:
            found = momentum(connection).get("t")
            other = connection.execute(
                "SELECT diff_pp, diff_lo, diff_hi FROM window_diff "
                "WHERE topic = 't' AND pair = 'recent issues'"
            ).fetchone()
        low, high = confint_proportions_2indep(
            x[10:].sum(), n[10:].sum(), x[:10].sum(), n[:10].sum(), method="newcomb"
        )
        assert (found["diff_lo_pp"], found["diff_hi_pp"]) == pytest.approx((100 * low, 100 * high))
        assert other == pytest.approx((found["diff_pp"], found["diff_lo_pp"], found["diff_hi_pp"]))


def test_benjamini_hochberg_in_sql_is_that_of_the_paper(sample):
    values = ", ".join(f"({number}, 'a', CAST({p} AS DOUBLE), {len(BH)})" for number, (p, _) in enumerate(BH))
    found = sample.execute(
        f"WITH tests(number, family, p, family_size) AS (VALUES {values}, (99, 'another', 0.5, 1)) "
        "SELECT q FROM benjamini_hochberg('tests') WHERE family = 'a' ORDER BY number"
    ).fetchall()
    assert [q for (q,) in found] == pytest.approx([q for _, q in BH], abs=5e-8)


def test_q_trend_is_that_of_scipy_with_p_one_for_what_cannot_be_tested():
    generator = random.Random(2)
    days = [I1 + timedelta(weeks=week) for week in range(30)]
    cards = [
        Card(
            day,
            ("always", *(f"t{number}" for number in range(12) if generator.random() < 0.3 * week / 30 + 0.1)),
        )
        for week, day in enumerate(days)
        for _ in range(4)
    ]
    with database(cards, "topic_momentum") as connection:
        found = momentum(connection)
    p = [1 if row["p_trend"] is None else row["p_trend"] for row in found.values()]
    assert found["always"]["q_trend"] is None
    assert {row["family_size"] for row in found.values()} == {13}
    expected = dict(zip(found, stats.false_discovery_control(p), strict=True))
    for topic, row in found.items():
        if topic != "always":
            assert row["q_trend"] == pytest.approx(expected[topic])


@pytest.mark.long
@pytest.mark.parametrize(
    "n_issues",
    [1, 2, 10, 20, 21, 24, 34, 36, 37, 38, 39, 40],
)
def test_what_was_before_is_what_the_same_query_says_without_the_last_issue(n_issues):
    # An alert reads the stages, and these both fits.
    with database(trends(n_issues), "alert") as now, database(trends(n_issues - 1), "alert") as before:
        stages = dict(before.execute("SELECT topic_id, stage FROM topic_momentum").fetchall())
        found = dict(now.execute("SELECT topic_id, stage_before FROM topic_momentum").fetchall())
        assert found == {topic: stages.get(topic) for topic in found}
        assert set(stages) <= set(found)
        for fit in ("topic_trend_fit", "topic_burst_fit"):
            fits = f"SELECT * EXCLUDE (issues_back) FROM {fit} WHERE issues_back = {{}} ORDER BY ALL"
            assert now.execute(fits.format(1)).fetchall() == before.execute(fits.format(0)).fetchall()
        held = "SELECT alert_kind, topic_id, form, section FROM alert"
        if n_issues == 40:
            held += " WHERE alert_kind <> 'health' OR start = DATE '2024-10-01'"
        known = set(before.execute(held).fetchall())
        for *rule, is_new in now.execute(held.replace(" FROM", ", is_new FROM")).fetchall():
            # A call that ended lately and holds again is not new.
            is_quiet = rule[0] in {"rise", "fall", "emerging"}
            assert is_new <= (tuple(rule) not in known) if is_quiet else is_new == (tuple(rule) not in known)


@pytest.mark.parametrize("n_issues", long_but([9, 12, 16, 20, 24, 28, 30, 32, 34, 36, 38, 39], "30", "38"))
def test_the_history_of_calls_is_what_runs_at_those_dates_would_have_published(trending, n_issues):
    with database(trends(n_issues), "call_history") as then:
        stays_what_it_was(then, trending, WEEKS[n_issues - 1])


@pytest.fixture(scope="module")
def years():
    with database(over_years(), "call_history") as connection:
        yield connection


@pytest.mark.parametrize("n_issues", long_but([48, 60, 66, 71, 72, 73, 78, 84, 87, 90, 95, 99], "71", "90"))
def test_the_history_of_calls_is_that_of_those_dates_where_there_is_a_prior_too(years, n_issues):
    with database(over_years(n_issues), "call_history", "topic_trend_fit") as then:
        stays_what_it_was(then, years, I1 + timedelta(weeks=n_issues - 1))
        # From six blocks of twelve issues on there is a prior.
        ((prior_df,),) = then.execute(
            "SELECT DISTINCT prior_df FROM topic_trend_fit WHERE issues_back = 0 AND kind = 'keyword'"
        ).fetchall()
    assert (prior_df > 0) == (n_issues >= 72)
    stages = {stage for (stage,) in years.execute("SELECT DISTINCT stage FROM call_history").fetchall()}
    assert stages == {"rising", "falling", "risen", "fallen", "emerging"}


def stays_what_it_was(then, now, day):
    """What was called up to a day is in a later history as it was, and so is how ended calls turned out."""
    held = """
        SELECT topic_id, stage, called_from FROM call_history
        WHERE called_from <= ? AND coalesce(called_to, DATE '2100-01-01') >= ? ORDER BY ALL
    """
    assert now.execute(held, [day, day]).fetchall() == then.execute(held, [day, day]).fetchall()
    ended = "SELECT * EXCLUDE (share_since, outcome) FROM call_history WHERE called_to < ? ORDER BY ALL"
    assert now.execute(ended, [day]).fetchall() == then.execute(ended, [day]).fetchall()
    known = dict(then.execute(f"SELECT {CALL}, outcome FROM call_history").fetchall())
    found = dict(now.execute(f"SELECT {CALL}, outcome FROM call_history").fetchall())
    assert all(found[call] == outcome for call, outcome in known.items() if outcome != "too early")


def test_a_corpus_of_one_issue_has_no_stage_before():
    with database([Card(I1, ("a",))] * 9, "topic_momentum") as connection:
        (found,) = momentum(connection, "a")
    assert (found["stage"], found["stage_before"], found["family_size"]) == ("new", None, 1)
    assert (found["z_trend"], found["phi"], found["q_trend"], found["slope_pp_per_year"]) == (None,) * 4
    assert (found["share_recent"], found["share_excl_top_domain"]) == (1, None)


def test_rising_is_what_rises_surely_and_no_more_than_asked(trending):
    found = rows(trending, "FROM rising()")
    # What bursts or is new too has another stage.
    assert [(row["kind"], row["topic"]) for row in found] == [("concept", "step")]
    (keyword,) = rows(trending, "FROM rising(kind := 'Keyword')")
    assert (keyword["kind"], keyword["topic"]) == ("keyword", "step")
    assert rows(trending, "FROM rising(kind := 'theme')") == []
    assert found[0]["called_since"] > WEEKS[33]
    assert all(row["odds_factor_lo"] < row["odds_factor_per_year"] < row["odds_factor_hi"] for row in found)
    assert len(rows(trending, "FROM rising(n := 1)")) == 1
    assert rows(trending, "FROM rising(0)") == []


def test_what_stands_at_a_stage_is_called_by_it(trending):
    standing = {}
    for stage, topic in trending.execute(
        "SELECT stage, topic FROM topic_momentum WHERE kind = 'keyword' AND same_as IS NULL"
    ).fetchall():
        standing.setdefault(stage, set()).add(topic)
    for stage, topics in standing.items():
        found = rows(trending, f"FROM called('{stage.upper()}', n := 1000, kind := 'keyword')")
        assert {row["topic"] for row in found} == topics
        assert [row["rank_no"] for row in found] == list(range(1, len(found) + 1))
    falling = rows(trending, "FROM falling(kind := 'keyword')")
    assert {row["topic"] for row in falling} == standing["falling"]
    slopes = [row["log_odds_shrunk"] for row in falling]
    assert slopes == sorted(slopes)
    assert max(slopes) < 0


@pytest.mark.parametrize("query", ["FROM rising()", "FROM falling()", "FROM pairs()", "FROM sources()"])
def test_of_an_empty_corpus_there_is_nothing_to_say(query):
    with database(()) as connection:
        assert connection.execute(query).fetchall() == []


NAMES = ("a", "b", "c")
CORPORA = st.lists(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(NAMES)),
            st.sampled_from(("A", "C")),
            st.sampled_from(("x.com", "y.com", None)),
        ),
        max_size=4,
    ),
    min_size=20,
    max_size=26,
)
FEW = tried(5)
NUMBERS = (
    "SELECT * EXCLUDE (evidence) FROM topic_momentum ORDER BY topic_id",
    "FROM window_diff ORDER BY ALL",
    "FROM topic_pair ORDER BY ALL",
    "FROM topic_trend_fit ORDER BY ALL",
    "FROM topic_burst_fit ORDER BY ALL",
    "FROM topic_shift ORDER BY ALL",
    "FROM topic_forecast ORDER BY ALL",
    "FROM alert ORDER BY ALL",
)


def corpus(issues):
    return [
        Card(WEEKS[week], ("common", *sorted(topics)), form=form, domain=domain)
        for week, cards in enumerate([*issues, [({"a"}, "C", None)]])
        for topics, form, domain in [({"a", "b"}, "C", "x.com"), (set(), "A", "y.com"), *cards]
    ]


@pytest.mark.long
@FEW
@given(CORPORA, st.randoms(use_true_random=False))
def test_the_order_of_the_cards_of_an_issue_changes_nothing(issues, generator):
    cards = corpus(issues)
    shuffled = sorted(cards, key=lambda card: (card.issue, generator.random()))
    with database(cards) as one, database(shuffled) as other:
        for sql in NUMBERS:
            assert one.execute(sql).fetchall() == other.execute(sql).fetchall()


@pytest.mark.long
@FEW
@given(CORPORA)
def test_every_card_twice_leaves_shares_and_slopes_and_halves_the_variance(issues):
    cards = corpus(issues)
    with database(cards, "topic_momentum") as one, database(cards * 2, "topic_momentum") as two:
        once, twice = momentum(one), momentum(two)
    for topic, row in once.items():
        for name in ("share_recent", "diff_pp", "share_excl_top_domain"):
            assert twice[topic][name] == pytest.approx(row[name])
        if row["family_size"]:
            for name in ("slope_pp_per_year", "mk_tau", "log_odds_per_year"):
                assert twice[topic][name] == pytest.approx(row[name])
        if row["se"]:
            halved = twice[topic]["se"] ** 2 / twice[topic]["phi"]
            assert 2 * halved == pytest.approx(row["se"] ** 2 / row["phi"])


@pytest.mark.long
@FEW
@given(CORPORA)
def test_reversing_time_negates_the_trend(issues):
    cards = corpus(issues)
    first, last = min(card.issue for card in cards), max(card.issue for card in cards)
    mirrored = [Card(first + (last - card.issue), card.keywords, form=card.form) for card in cards]
    with database(cards, "topic_momentum") as one, database(mirrored, "topic_momentum") as other:
        forth, back = momentum(one), momentum(other)
    for topic, row in forth.items():
        assert back[topic]["phi"] == pytest.approx(row["phi"])
        for name in ("z_trend", "log_odds_per_year"):
            negated = None if row[name] is None else -row[name]
            assert back[topic][name] == pytest.approx(negated, abs=1e-9)


@pytest.mark.long
@FEW
@given(CORPORA)
def test_merging_two_topics_never_lowers_the_larger_share(issues):
    cards = corpus(issues)
    merged = [
        Card(card.issue, tuple("a" if k == "b" else k for k in card.keywords), form=card.form)
        for card in cards
    ]
    with (
        database(cards, "topic_momentum", "topic_trend") as one,
        database(merged, "topic_momentum", "topic_trend") as other,
    ):
        apart, together = momentum(one), momentum(other)
        larger = max(apart[topic]["share_recent"] for topic in ("a", "b"))
        assert together["a"]["share_recent"] >= larger
        sql = (
            "SELECT period_start, max(share) FROM topic_trend "
            "WHERE grain = 'issue' AND topic IN ('a', 'b') GROUP BY ALL"
        )
        before, after = dict(one.execute(sql).fetchall()), dict(other.execute(sql).fetchall())
        assert all(after[day] >= share for day, share in before.items() if share is not None)


@pytest.mark.long
@FEW
@given(CORPORA)
def test_log_odds_of_one_window_against_the_other_are_antisymmetric(issues):
    cards = [card for card in corpus(issues[:20]) if card.issue < WEEKS[20]]
    swapped = [
        Card(WEEKS[(WEEKS.index(card.issue) + 10) % 20], card.keywords, form=card.form) for card in cards
    ]
    sql = (
        "SELECT topic, log_odds_z, diff_pp, diff_lo, diff_hi, q FROM window_diff "
        "WHERE pair = 'recent issues' ORDER BY topic"
    )
    with database(cards, "window_diff") as one, database(swapped, "window_diff") as other:
        forth, back = one.execute(sql).fetchall(), other.execute(sql).fetchall()
    assert [row[0] for row in forth] == [row[0] for row in back]
    for (_, z, diff, low, high, q), (_, *mirrored) in zip(forth, back, strict=True):
        assert mirrored[:4] == pytest.approx([-z, -diff, -high, -low], abs=1e-9)
        assert mirrored[4] == pytest.approx(q)


def test_a_concept_of_which_one_part_alone_is_written_is_told_by_the_part():
    parts = [("progress", "step"), ("decline", "fall"), ("decline", "ended")]
    with database(trends(), "topic_momentum") as connection:
        insert(
            connection,
            "concept_members",
            [
                (topic_id("concept", concept), concept, topic_id("keyword", part), "keyword", part, "part")
                for concept, part in parts
            ],
        )
        insert(
            connection,
            "topics",
            [(topic_id("concept", one), "concept", one, 1, None) for one in ("progress", "decline")],
        )
        build_marts(connection)
        found = {row["topic"]: row for row in rows(connection, "FROM topic_momentum WHERE kind = 'concept'")}
        alerts = {row["topic"] for row in rows(connection, "FROM alert")}
        rise = [row["topic"] for row in rows(connection, "FROM rising()")]
    # Of "decline" two parts are written, which are more than either.
    same = {topic: row["same_as"] for topic, row in found.items() if row["same_as"]}
    assert same == {"progress": "step"}
    assert found["progress"]["stage"] == found["step"]["stage"] == "rising"
    assert alerts & {"progress", "step"} == {"step"}
    assert rise == ["step"]
