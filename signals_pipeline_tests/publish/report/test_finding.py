"""What the page of the search looks through is what the tables hold, all of it and no more than it may."""

import base64
import json
import re
import zlib
from typing import Any

import duckdb
import pytest

from signals_pipeline.publish.report import finding, reading, safe, site
from signals_pipeline.publish.report.finding import packed_texts
from signals_pipeline.publish.report.reading import read
from signals_pipeline.publish.report.site import Site
from signals_pipeline.publish.report.sums import Sums
from signals_pipeline_tests.publish.report import hostile


def unpacked(blocks: list[str]) -> list[Any]:
    return [json.loads(zlib.decompress(base64.b64decode(block))) for block in blocks]


@pytest.fixture(scope="module")
def connection(report):
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def book(connection):
    return read(connection, max_topics=400)


@pytest.fixture(scope="module")
def packed(book, tmp_path_factory) -> list[str]:
    site = Site(tmp_path_factory.mktemp("packed"), {})
    return packed_texts(book, site, Sums(book))


@pytest.fixture(scope="module")
def blocks(packed) -> list[Any]:
    return unpacked(packed)


CARD = ("card_id", "issue", "source", "reason", "path", "place", "url", "host")
TEXT = ("card", "section", "row_no", "line", "relevancy", "due", "is_due_by_column", "concepts")


@pytest.fixture(scope="module")
def texts(blocks) -> list[dict[str, Any]]:
    """Each text, with what is said of its card."""
    found = []
    for year in blocks[1:]:
        cards = [dict(zip(CARD, row, strict=True)) for row in zip(*year["cards"], strict=True)]
        for row in zip(*year["texts"], strict=True):
            text = dict(zip(TEXT, row, strict=False))
            section = blocks[0]["sections"][text["section"]]
            said = [part for part in row[len(TEXT) :] if part is not None]
            concept_ids = [year["concepts"][no] for no in text["concepts"]]
            of_text = {"section": section, "text": " ".join(said), "concept_ids": concept_ids}
            found.append({**text, **cards[text["card"]], **of_text})
    return found


def test_every_text_of_search_is_there_as_the_tables_have_it(texts, connection) -> None:
    found = [tuple(text[name] for name in ("section", "card_id", "row_no", "line", "text")) for text in texts]
    expected = connection.execute(
        """
        WITH
        keywords AS (
            SELECT card_id, string_agg(raw_text, ', ' ORDER BY row_no) AS items
            FROM parsed.keywords
            GROUP BY card_id
        ),
        themes AS (
            SELECT card_id, string_agg(raw_text, ', ' ORDER BY row_no) AS items
            FROM parsed.themes
            GROUP BY card_id
        )
        SELECT
            section, card_id, row_no, line,
            concat_ws(' ', name, description, change, ten_year, driving_force)
        FROM statements
        UNION ALL
        SELECT
            'card', c.card_id, NULL, c.line,
            concat_ws(' ', c.title, c.summary, nullif(concat_ws(', ', k.items, t.items), ''))
        FROM parsed.cards AS c
        LEFT JOIN keywords AS k USING (card_id)
        LEFT JOIN themes AS t USING (card_id)
        """
    ).fetchall()
    assert set(found) == set(expected)
    assert len(found) == len(expected)


def test_the_newest_year_comes_first(blocks) -> None:
    days = {key: day or "" for key, day, *_ in blocks[0]["issues"]}
    years = [{days[key][:4] for key in year["cards"][CARD.index("issue")]} for year in blocks[1:]]
    assert all(len(of_block) == 1 for of_block in years)
    found = [year for (year,) in years]
    assert found == sorted(found, reverse=True)


def test_a_year_with_many_cards_has_a_block_for_each_of_its_quarters(
    book, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr(finding, "CARDS_A_QUERY", 90)
    about, *spans = unpacked(packed_texts(book, Site(tmp_path, {}), Sums(book)))
    day_of = {key: day for key, day, *_ in about["issues"]}
    found = []
    for span in spans:
        days = [day_of[key] for key in span["cards"][CARD.index("issue")]]
        found += [{(day[:4], (int(day[5:7]) + 2) // 3) if day else None for day in days}]
    quarters = [span for span in found if len(span) == 1 and None not in span]
    whole_years = [span for span in found if len(span) > 1]
    assert quarters
    assert whole_years
    assert not {year for span in quarters for year, _ in span} & {y for span in whole_years for y, _ in span}
    assert sum(len(span["cards"][0]) for span in spans) == len(book.card_places)


def test_a_text_has_the_concepts_that_it_speaks_of(blocks, texts, connection) -> None:
    (concept_id,) = [key for key, name, _ in blocks[0]["concepts"] if name == "heat pump"]
    found = {
        (text["section"], text["card_id"], text["row_no"])
        for text in texts
        if concept_id in text["concept_ids"]
    }
    named = {card_id for section, card_id, _ in found if section == "card"}
    spoken = {one for one in found if one[0] != "card"}
    of_concept = "topic_id = (SELECT topic_id FROM topics WHERE kind = 'concept' AND topic = 'heat pump')"
    assert named == {
        card_id
        for (card_id,) in connection.execute(
            f"SELECT card_id FROM evidence WHERE how = 'name' AND {of_concept}"
        ).fetchall()
    }
    assert spoken == set(
        connection.execute(
            f"SELECT section, card_id, row_no FROM statement_topics WHERE {of_concept}"
        ).fetchall()
    )
    assert named
    assert spoken


def test_a_statement_has_the_year_in_which_its_outlook_is_due(texts, connection) -> None:
    names = ("section", "card_id", "row_no", "due", "is_due_by_column")
    found = {tuple(one[name] for name in names) for one in texts if one["due"]}
    expected = connection.execute(
        "SELECT section, card_id, row_no, year(due), due_by = 'column' FROM outlook WHERE due IS NOT NULL"
    ).fetchall()
    assert {is_due_by_column for *_, is_due_by_column in found} == {True, False}
    assert found == set(expected)


def test_a_concept_has_all_its_other_names_and_not_those_of_its_parts(blocks, connection) -> None:
    found = {name: others for _, name, others in blocks[0]["concepts"]}
    expected = connection.execute(
        """
        SELECT m.concept, m.relation, s.surface
        FROM concept_members AS m
        JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
        """
    ).fetchall()
    for concept, relation, surface in expected:
        if relation == "is":
            assert surface == concept or surface in found[concept]
    assert (
        len(found) == connection.execute("SELECT count(*) FROM topics WHERE kind = 'concept'").fetchone()[0]
    )


def test_only_links_that_may_be_followed_have_a_host(texts) -> None:
    hosts = {text["url"]: text["host"] for text in texts}
    for url in hostile.BAD_LINKS:
        assert hosts[url] is None
    assert hosts["https://xn--80ak6aa92e.example/"] == "xn--80ak6aa92e.example"


def test_no_credential_of_a_link_is_there(blocks) -> None:
    assert "eyJ" not in json.dumps(blocks)


def test_no_more_cards_are_there_than_have_a_place_and_the_page_says_so(
    connection, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(reading, "MAX_CARDS", 10)
    book = read(connection, max_topics=5)
    finding.write_search(book, Site(tmp_path, {"book": book, "about": book.about}), Sums(book))
    text = (tmp_path / "search.html").read_text("utf-8").replace("\u00a0", " ")
    n_all = book.about["n_cards"]
    assert f"The texts of the newest 10 cards of {n_all} are here" in text
    found = re.search(r'id="texts">(.*?)</script>', text, re.DOTALL)
    card_ids = [one for year in unpacked(json.loads(found[1]))[1:] for one in year["cards"][0]]
    newest = connection.execute(
        "SELECT card_id FROM parsed.cards "
        "ORDER BY issue_date DESC NULLS LAST, issue_key, is_counted DESC, path LIMIT 10"
    ).fetchall()
    assert [(card_id,) for card_id in card_ids] == newest


def test_packed_texts_are_smaller_than_they_are(packed, blocks) -> None:
    assert sum(map(len, packed)) < 0.5 * len(json.dumps(blocks, ensure_ascii=False))


def test_the_browser_shows_as_an_escape_what_a_page_does() -> None:
    (pattern,) = re.findall(r"const HIDDEN = /(.*)/g;", site._source("elements.js"))
    assert re.compile(pattern.encode().decode("unicode_escape")) == safe._HIDDEN
