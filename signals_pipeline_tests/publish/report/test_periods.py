"""Pages of newsletter issues and years: what is new, what came back, signals that name their topic."""

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.publish.report import arrivals
from signals_pipeline.publish.report.issues import STATEMENTS_A_CARD, by_category, told_once
from signals_pipeline.publish.report.reading import rows
from signals_pipeline.publish.report.spoken import _says, chosen
from signals_pipeline.publish.report.write import write_report
from signals_pipeline.publish.report.years import _trends, _unmoved
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.corpus import generate
from signals_pipeline_tests.publish.conftest import DATABASE, build, published
from signals_pipeline_tests.publish.report.page import Page
from signals_pipeline_tests.publish.report.prose import Prose, plain, quoted
from signals_pipeline_tests.publish.report.test_sentences import wrong

# What is new, and what came back


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Thirty newsletter issues, and topics that are named in some of them."""
    with duckdb.connect() as connection:
        connection.execute("""
            CREATE MACRO parameter(metric, parameter) AS 20;
            CREATE TABLE topic_cards AS
            SELECT topic AS topic_id, 'concept' AS kind, CAST(no AS INTEGER) AS issue_no, card AS card_id,
                DATE '2024-01-01' + 7 * CAST(no AS INTEGER) AS issue_date
            FROM (VALUES
                ('kelp', 1, 'a'), ('kelp', 2, 'b'), ('kelp', 23, 'c'), ('kelp', 23, 'd'),
                ('peat', 3, 'e'), ('peat', 23, 'c'),
                ('moss', 23, 'c'), ('moss', 23, 'd'), ('moss', 24, 'f'),
                ('twin', 1, 'a'), ('twin', 30, 'g')
            ) AS t (topic, no, card);
            CREATE TABLE topic_momentum AS
            SELECT topic_id, topic_id AS topic, kind, min(issue_date) AS first_seen,
                max(issue_date) AS last_seen, count(*) AS n_cards_with, 'thin' AS stage,
                if(topic_id = 'twin', 'kelp', NULL) AS same_as
            FROM topic_cards GROUP BY ALL;
            CREATE TABLE statement_topics AS
            FROM (VALUES
                ('moss', 'c', 'words'), ('moss', 'd', 'words'), ('moss', 'd', 'words'),
                ('moss', 'd', 'meaning'), ('moss', 'f', 'words')
            ) AS s (topic_id, card_id, how);
        """)
        yield connection


def test_a_topic_is_back_after_more_than_the_gap_and_not_after_the_gap(tables) -> None:
    found = rows(tables, arrivals.RETURNED)
    # From 2 to 23 are 21, from 3 to 23 are 20; what another topic tells is told once.
    assert [(row["topic"], row["gap"], row["x"], row["n_before"]) for row in found] == [("kelp", 21, 2, 2)]
    assert (found[0]["date_before"], found[0]["issue_date"]) == (date(2024, 1, 15), date(2024, 6, 10))


def test_a_new_topic_has_the_cards_of_its_first_issue_and_their_statements_that_name_it(tables) -> None:
    found = {row["topic"]: row for row in rows(tables, arrivals.NEW)}
    assert found.keys() == {"kelp", "peat", "moss"}
    moss = found["moss"]
    assert (moss["x"], moss["n_said"], moss["n_cards_with"], moss["card_id"]) == (2, 3, 3, "d")
    assert (found["peat"]["x"], found["peat"]["n_said"], found["peat"]["card_id"]) == (1, 0, "e")


def test_the_newest_issue_names_its_new_topics(pages, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        ((day,),) = connection.execute("SELECT max(issue_date) FROM dated_issues").fetchall()
        new = connection.execute(
            "SELECT any_value(t.topic) FROM topic_cards AS c JOIN topics AS t USING (topic_id) "
            "JOIN topic_momentum AS m USING (topic_id) WHERE c.kind = 'concept' AND m.same_as IS NULL "
            "GROUP BY c.topic_id HAVING min(c.issue_date) = $1",
            [day],
        ).fetchall()
    text = Page(pages[f"issues/{day}.html"]).text.partition("What it is about")[0]
    assert new
    assert all(topic in text for (topic,) in new)


# What is told once


def statements(*cards: str) -> list[dict[str, str]]:
    return [{"card_id": card} for card in cards]


def test_what_says_the_same_as_one_told_is_left_out() -> None:
    found = statements("a", "b", "c", "d")
    # The third is like the second, which is left out for the first: so it is told.
    assert told_once(found, {(0, 1), (1, 2)}) == [found[0], found[2], found[3]]


def test_a_card_tells_no_more_than_its_number() -> None:
    found = statements(*"aaaaab")
    assert told_once(found, set()) == [*found[:STATEMENTS_A_CARD], found[5]]


def test_no_issue_lists_two_statements_that_are_close(pages, report) -> None:
    said = """
        SELECT s.name, s.description, e.vector FROM statements AS s JOIN embedding AS e
        ON e.text_hash = md5(concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force))
    """
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        vectors = {
            plain(quoted(f"{name} {description}")): vector
            for name, description, vector in connection.execute(said).fetchall()
        }
    n_lists = 0
    for path in (path for path in pages if path.startswith("issues/")):
        for part in _lists(pages[path]):
            n_lists += 1
            assert len(part) == len(set(part)), path
            listed = [vectors[one] for one in part if one in vectors]
            for no, one in enumerate(listed):
                assert all(_cosine(one, other) < 0.75 for other in listed[:no]), path
    assert n_lists


def _lists(text: str) -> list[list[str]]:
    """The statements of each list of new ones and of those said before."""
    lists: list[list[str]] = []
    for kind, block in Prose(text).blocks:
        if kind == "h3":
            lists.append([])
        elif lists and (found := re.fullmatch("‹([^›]*)›: ‹([^›]*)›", block)):
            lists[-1].append(f"{found[1]} {found[2]}")
    return [one for one in lists if one]


def _cosine(one: list[int], other: list[int]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return round(product / (sum(a * a for a in one) * sum(b * b for b in other)) ** 0.5, 2)


def test_cards_stand_by_category_whatever_its_case_and_those_without_one_last() -> None:
    names = ("City", None, "food", "city ", None, None)
    found = by_category([{"category": name, "no": no} for no, name in enumerate(names)])
    assert [(name, [card["no"] for card in cards]) for name, cards in found] == [
        ("City", [0, 3]),
        ("food", [2]),
        ("", [1, 4, 5]),
    ]


# Signals that name their topic


def signal(no: int, article: str) -> dict[str, object]:
    return {"card_id": f"card {no}", "row_no": 1, "article_key": article}


def test_signals_of_a_topic_are_of_different_articles_and_stand_once_where_there_are_others() -> None:
    a, a_again, b, c = signal(1, "a"), signal(2, "a"), signal(3, "b"), signal(4, "c")
    found = {("kelp", 2024): [a, a_again, b, c], ("peat", 2024): [a, c], ("moss", 2024): [a]}
    topics = [{"topic_id": name} for name in ("kelp", "peat", "moss", "reed")]
    assert chosen(topics, found, 2024, 2) == {"kelp": [a, b], "peat": [c], "moss": [a], "reed": []}


@pytest.mark.parametrize(
    ("texts", "place", "says"),
    [
        (["n", "d", "c", "t", "f"], 1, [("", "d")]),
        (["n", "d", "c", "t", "f"], 4, [("", "d"), ("In ten years", "t")]),
        (["n", None, "c", "t", "f"], 3, [("Change", "c")]),
        (["n", None, None, "t", "f"], 5, [("Driven by", "f")]),
    ],
)
def test_a_signal_is_shown_with_the_text_that_names_the_topic(texts, place, says) -> None:
    assert _says(texts, place) == says


class Shown(HTMLParser):
    """The signals that a page of a year shows beside a topic: its name, and their words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._topic, self._parts, self._kind = "", [""], ""
        self.feed(text.partition("<section")[2].partition(">Concerns<")[0])

    def handle_starttag(self, tag, attrs):
        if tag == "p":
            found = dict(attrs)
            self._kind = "topic" if found.get("class") == "soft" else "said" if found.get("dir") else ""
            self._parts = []
        if tag == "li":
            self._topic = ""

    def handle_data(self, data):
        self._parts.append(data)

    def handle_endtag(self, tag):
        text = "".join(self._parts)
        if tag == "p" and self._kind == "topic":
            self._topic = plain(text.rpartition(", ")[0])
        elif tag == "p" and self._kind == "said" and self._topic:
            self.found.append((self._topic, plain(text)))
        if tag == "p":
            self._kind = ""


def folded(text: str) -> str:
    """A text as words in a row: without case, signs, hyphens and an s at the end."""
    words = re.findall(r"\w+", text.lower().replace("ß", "ss"))
    return f" {' '.join(word.removesuffix('s') for word in words)} "


def unnamed(folder: Path, connection: duckdb.DuckDBPyConnection) -> tuple[int, list[tuple[str, str, str]]]:
    """How many signals the pages of years show beside a topic, and those that do not name it."""
    names: dict[str, set[str]] = {}
    sql = "SELECT topic, name FROM topic_names JOIN topics USING (topic_id) WHERE kind = 'concept'"
    for topic, name in connection.execute(sql).fetchall():
        names.setdefault(plain(topic), set()).add(folded(name))
    shown = [
        (path.name, topic, said)
        for path in sorted((folder / "years").iterdir())
        for topic, said in Shown(path.read_text("utf-8")).found
    ]
    return len(shown), [one for one in shown if not any(name in folded(one[2]) for name in names[one[1]])]


def test_every_signal_beside_a_topic_of_a_year_names_it(report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        n, found = unnamed(report.folder, connection)
    assert n
    assert found == []


@pytest.mark.long
def test_every_signal_beside_a_topic_of_the_demonstration_names_it(demonstration, tmp_path) -> None:
    write_report(demonstration, tmp_path)
    n, found = unnamed(tmp_path, demonstration)
    assert n > 50
    assert found == []


@pytest.mark.long
def test_every_signal_beside_a_topic_of_real_cards_names_it(sample_cards, tmp_path) -> None:
    with opened(tmp_path / "build", sample_cards) as store:
        build(store, sample_cards)
        published(store, tmp_path / "published")
    current = tmp_path / "published" / "current"
    with duckdb.connect(str((current / DATABASE).resolve()), read_only=True) as connection:
        n, found = unnamed(current / "report", connection)
    assert n
    assert found == []


# Few cards


@pytest.mark.long
@pytest.mark.parametrize(
    ("n_cards", "n_issues"),
    [pytest.param(1, 2, marks=pytest.mark.full), (5, 2), pytest.param(20, 5, marks=pytest.mark.full)],
)
def test_few_cards_are_told_what_can_be_said_of_them(tmp_path, n_cards, n_issues) -> None:
    generate(tmp_path / "raw", n_cards=n_cards, n_issues=n_issues)
    with opened(tmp_path / "build", tmp_path / "raw") as store:
        build(store, tmp_path / "raw")
        published(store, tmp_path / "published")
    current = tmp_path / "published" / "current"
    folder = current / "report"
    pages = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
    with duckdb.connect(str((current / DATABASE).resolve()), read_only=True) as connection:
        assert wrong(pages, connection) == []
    blocks = Prose(pages["index.html"]).blocks
    headings = [text for kind, text in blocks if kind == "h2"]
    assert headings[0] == "At a glance"
    assert not {"Rising", "Falling", "Emerging", "Open bursts", "Alerts"} & set(headings)
    assert any("What holds lately is told apart from 24 newsletter issues on" in text for _, text in blocks)


def test_no_number_of_the_overview_is_a_dash_without_a_word(pages) -> None:
    assert not re.search(r"<td[^>]*>\s*–\s*</td>", pages["index.html"])


# A year, whole


def test_what_moved_in_a_year_is_no_weak_signal_of_it() -> None:
    topics = [{"topic_id": name} for name in ("kelp", "peat", "moss")]
    trends = [
        {"topics": [{"topic_id": "moss"}], "ended": [], "changed": []},
        {"topics": [], "ended": [{"topic_id": "kelp"}], "changed": []},
    ]
    assert _unmoved(topics, trends) == [{"topic_id": "peat"}]


def test_a_call_that_ended_within_the_year_stands_apart_from_one_that_holds() -> None:
    end = date(2026, 6, 21)

    def call(topic_id: str, start: date, to: date | None) -> dict[str, object]:
        return {"topic_id": topic_id, "stage": "rising", "called_from": start, "called_to": to}

    of_year = {
        "topics": [{"topic_id": name, "is_repeated": False} for name in ("kelp", "moss", "peat", "reed")],
        "calls": [
            call("kelp", date(2024, 1, 7), None),
            call("moss", date(2026, 1, 4), date(2026, 2, 1)),
            call("peat", date(2026, 1, 4), date(2026, 1, 4)),
            call("peat", date(2026, 4, 5), end),
        ],
        "returned": [],
    }
    changes = {"rising": [row for row in of_year["topics"] if row["topic_id"] in ("moss", "peat", "reed")]}
    (rose,) = _trends(changes, of_year, end)
    found = {name: [row["topic_id"] for row in rose[name]] for name in ("topics", "ended", "changed")}
    assert found == {"topics": ["kelp", "peat"], "ended": ["moss"], "changed": ["moss", "reed"]}


def test_no_share_that_shrank_stands_among_those_that_grew(pages) -> None:
    for path in (path for path in pages if path.startswith("years/")):
        for way, sign in (("larger", "+"), ("smaller", "\u2212")):
            table = (
                pages[path].partition(f'aria-label="Topics with a {way} share')[2].partition("</table>")[0]
            )
            last_cells = re.findall(r'<td class="n">([^<]*\([^<]*)</td></tr>', table)
            assert all(cell.startswith(sign) for cell in last_cells)


def test_a_year_lists_every_topic_that_moved_in_it(pages) -> None:
    """As many rows as the page says that there are, since none has more than a page holds."""
    n_groups = 0
    for path in (path for path in pages if path.startswith("years/")):
        year = path[6:10]
        lead = Page(pages[path]).text.partition("Trends")[0].replace("\u00a0", " ")
        for group in ("rose", "fell", "emerged", "returned"):
            table = pages[path].partition(f'aria-label="Topics that {group} in {year}"')[2]
            said = re.search(rf"([\d,]+)(?: topics?)? {group}", lead)
            assert bool(said) == bool(table), (path, group)
            if said:
                n_groups += 1
                assert table.partition("</table>")[0].count('<th scope="row">') == int(said[1]), (path, group)
    assert n_groups


def test_a_newsletter_issue_leads_to_all_of_its_signals(pages, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        ((day,),) = connection.execute("SELECT max(issue_date) FROM dated_issues").fetchall()
    links = [found["href"] for found in Page(pages[f"issues/{day}.html"]).all("a")]
    assert f"../search.html#issue={day}&section=signals" in links
