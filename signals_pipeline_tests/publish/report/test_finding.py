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
def blocks(book) -> list[Any]:
    return unpacked(packed_texts(book))


@pytest.fixture(scope="module")
def cards(blocks) -> list[list[Any]]:
    return [card for year in blocks[1:] for card in year]


def test_every_text_of_search_is_there_as_the_tables_have_it(blocks, cards, connection) -> None:
    sections = blocks[0]["sections"]
    found = {
        (sections[section], card[0], row_no, line, " ".join(part for part in said if part is not None))
        for card in cards
        for section, row_no, line, _, _, said in [[0, None, card[5], None, [], card[10]], *card[11]]
    }
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
    assert found == set(expected)
    assert sum(1 + len(card[11]) for card in cards) == len(expected)


def test_the_newest_year_comes_first(blocks) -> None:
    issues = blocks[0]["issues"]
    years = [{(issues[card[1]][1] or "")[:4] for card in year} for year in blocks[1:]]
    assert all(len(of_block) == 1 for of_block in years)
    found = [year for (year,) in years]
    assert found == sorted(found, reverse=True)


def test_a_text_has_the_concepts_that_it_speaks_of(blocks, cards, connection) -> None:
    names = [name for name, _ in blocks[0]["concepts"]]
    number = names.index("heat pump")
    named = {card[0] for card in cards if number in card[9]}
    spoken = {
        (blocks[0]["sections"][row[0]], card[0], row[1])
        for card in cards
        for row in card[11]
        if number in row[4]
    }
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


def test_a_concept_has_all_its_other_names_and_not_those_of_its_parts(blocks, connection) -> None:
    found = dict(blocks[0]["concepts"])
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


def test_only_links_that_may_be_followed_have_a_host(cards) -> None:
    hosts = {card[7]: card[8] for card in cards}
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
    finding.write_search(book, Site(tmp_path, {"book": book, "about": book.about}))
    text = (tmp_path / "search.html").read_text("utf-8").replace("\u00a0", " ")
    n_all = book.about["n_cards"]
    assert f"The texts of the newest 10 cards of {n_all} are here" in text
    found = re.search(r'id="texts">(.*?)</script>', text, re.DOTALL)
    assert sum(map(len, unpacked(json.loads(found[1]))[1:])) == 10
    newest = connection.execute("SELECT max(issue_date) FROM parsed.cards").fetchone()[0]
    assert str(newest) in [issue[1] for issue in unpacked(json.loads(found[1]))[0]["issues"]]


def test_packed_texts_are_smaller_than_they_are(book, blocks) -> None:
    packed = sum(map(len, packed_texts(book)))
    assert packed < 0.6 * len(json.dumps(blocks, ensure_ascii=False))


def test_the_browser_shows_as_an_escape_what_a_page_does() -> None:
    (pattern,) = re.findall(r"const HIDDEN = /(.*)/g;", site._source("elements.js"))
    assert re.compile(pattern.encode().decode("unicode_escape")) == safe._HIDDEN
