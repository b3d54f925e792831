"""What can be compared: the counts that stand in the page are those of the tables."""

import json
import re
from collections import defaultdict
from typing import Any

import duckdb
import pytest

from signals_pipeline.publish.report import compare
from signals_pipeline.publish.report.compare import data
from signals_pipeline.publish.report.reading import read


@pytest.fixture(scope="module")
def embedded(pages) -> dict[str, Any]:
    """What the script of the page reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', pages["compare.html"])
    assert found
    block: dict[str, Any] = json.loads(found[1])
    return block


@pytest.fixture(scope="module")
def connection(report):
    with duckdb.connect(str(report.database.resolve()), read_only=True) as found:
        yield found


def entry(embedded: dict[str, Any], kind: str, name: str) -> list[Any]:
    """A topic as it is embedded; a number stands for a concept that is the same."""
    concepts = embedded["topics"]["concept"]
    for one in embedded["topics"][kind]:
        found: list[Any] = concepts[one] if isinstance(one, int) else one
        if found[0] == name:
            return found
    raise AssertionError(name)


def sums(embedded: dict[str, Any], kind: str, name: str, months: int) -> list[tuple[str, int, int]]:
    """The start of each period of so many months, its cards with the topic, and its cards."""
    pairs = entry(embedded, kind, name)[1]
    counts = [0] * len(embedded["months"])
    month = -1
    for ahead, count in zip(pairs[::2], pairs[1::2], strict=True):
        month += ahead
        counts[month] = count
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for at, x, n in zip(embedded["months"], counts, embedded["cards"][kind], strict=True):
        year, no = at.split("-")
        start = f"{year}-{(int(no) - 1) // months * months + 1:02d}-01"
        found[start][0] += x
        found[start][1] += n
    return [(start, x, n) for start, (x, n) in found.items()]


GRAINS = {"month": 1, "quarter": 3, "year": 12}


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("kind", ["concept", "keyword", "theme"])
def test_sums_of_months_are_what_trend_says(embedded, connection, kind, grain) -> None:
    """Of the topics on most cards, on fewest, and between."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT topic FROM topic_momentum WHERE kind = ? ORDER BY n_cards_with DESC, topic",
            [kind],
        ).fetchall()
    ]
    for name in {*names[:3], names[len(names) // 2], *names[-2:]}:
        expected = connection.execute(
            "SELECT CAST(period_start AS VARCHAR), n_cards_with, n_cards "
            "FROM trend($1, grain := $2, kind := $3) WHERE topic = $1",
            [name, grain, kind],
        ).fetchall()
        assert sums(embedded, kind, name, GRAINS[grain]) == expected, name
    partial = connection.execute(
        "SELECT strftime(period_start, '%Y-%m') FROM trend($1, grain := $2, kind := $3) WHERE is_partial",
        [names[0], grain, kind],
    ).fetchall()
    assert embedded["partial"][grain] == [start for (start,) in partial]


def test_sums_of_sources_are_what_the_mix_of_sources_says(embedded, connection) -> None:
    expected = connection.execute(
        "SELECT domain, CAST(quarter_start AS VARCHAR), n_cards, CAST(round(n_cards / share) AS INTEGER) "
        "FROM source_mix WHERE domain NOT LIKE '(%' ORDER BY domain, quarter_start"
    ).fetchall()
    found = [
        (name, *period)
        for name in sorted({domain for domain, *_ in expected})
        for period in sums(embedded, "source", name, 3)
        if period[1]
    ]
    assert found == expected


def test_a_topic_has_its_other_names_and_a_concept_its_page(embedded, connection) -> None:
    kind, topic, other = connection.execute(
        "SELECT kind, topic, folded FROM topic_surfaces WHERE folded <> topic AND n_cards > 2 ORDER BY ALL"
    ).fetchone()
    assert other in entry(embedded, kind, topic)[2]
    assert entry(embedded, "concept", "heat pump")[3] == "topics/heat-pump.html"


def test_what_is_listed_is_bounded_and_the_rest_is_told(report, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(compare, "MAX_LISTED", 5)
    monkeypatch.setattr(compare, "MAX_SOURCES", 2)
    with duckdb.connect(str(report.database.resolve()), read_only=True) as found:
        listed = data(read(found, 5))["topics"]
    assert {kind: len(names) for kind, names in listed.items()} == {
        "concept": 5, "keyword": 5, "theme": 5, "source": 2
    }  # fmt: skip


def test_what_is_shown_first_rises_most(embedded, connection) -> None:
    rising = connection.execute(
        "SELECT topic FROM topic_momentum WHERE kind = 'concept' AND stage = 'rising' AND same_as IS NULL "
        "ORDER BY log_odds_shrunk DESC LIMIT 5"
    ).fetchall()
    shown = [embedded["topics"]["concept"][no][0] for no in embedded["first"]]
    if rising:
        assert (embedded["firstIs"], shown) == ("rising", [name for (name,) in rising])
    else:
        most = connection.execute(
            "SELECT topic FROM topic_momentum WHERE kind = 'concept' "
            "ORDER BY n_cards_with DESC, topic LIMIT 5"
        ).fetchall()
        assert embedded["firstIs"] == "most"
        assert sorted(shown) == sorted(name for (name,) in most)
