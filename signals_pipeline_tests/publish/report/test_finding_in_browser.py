"""The search and the workshop cards in a real browser: as SQL finds them, and whole on paper."""

import base64
import csv
import re
from typing import Any
from urllib.parse import urlencode

import duckdb
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from signals_pipeline_tests.browser import PATIENCE
from signals_pipeline_tests.publish.report import hostile
from signals_pipeline_tests.publish.report.test_browser import (  # noqa: F401 - fixtures
    PHONE,
    axe,
    browser,
    requests,
)

pytestmark = pytest.mark.browser

CODES = {
    "https://a.test": (
        21,
        "1fde7f82e20dd3976eb0bb74e5d82620ff55fc02c016e64bc177fcd322c60654dd95900ea87f68420a67b74416baeb15d6d9"
        "208de3fd25c",
    ),
    "https://news.example/2026/06/heat-pumps-3897?utm_source=newsletter&utm_medium=email_": (
        37,
        "1fda8fe57f82a1e72a0dd3f5df176ebc301cbb74167075d8235302a0ff555555fc0289880016e01b874b01c71bed36d08638"
        "1b3d65c45cb944edb0dd72901321fcd91d1c0253a06812fe534a15f80cd53e0bd67a734820fcd021386a35ae46ed7b928a83"
        "bcc5236f718289c7c0e54bc7cd48ddf451d792f7db9aa1e325a341c30762158a5b9f40091ef48bff47c115560b55aa22574f"
        "5cb5f9badab92ebdd7b63816209d263879fd53a5893",
    ),
}
"""Codes as segno 1.6.6 makes them, level M and mask 3: squares on a side, and all of them as one number.

The links fill their codes, so that nothing is left to whoever makes one.
"""

NAMED = "(SELECT DISTINCT topic_id, topic, card_id FROM evidence WHERE kind = 'concept' AND how = 'name')"
"""The cards that have a concept as a keyword or theme, those that are not counted too."""

NEVER_A_CONCERN = f"""
    SELECT c.topic, count(*)
    FROM {NAMED} AS c
    JOIN parsed.concerns AS s USING (card_id)
    WHERE c.topic_id NOT IN (SELECT topic_id FROM statement_topics WHERE section = 'concerns')
        AND regexp_full_match(c.topic, '[a-z ]+')
    GROUP BY ALL
    HAVING count(*) > 1
    ORDER BY count(*) DESC, c.topic
    LIMIT 1
"""
"""A topic that no concern speaks of, and how many concerns stand on cards with it."""

UNSPOKEN_PAIR = f"""
    WITH
    sections AS (SELECT unnest(['signals', 'concerns']) AS section),
    pairs AS (
        SELECT
            a.topic AS one, b.topic AS other, list(DISTINCT a.card_id) AS cards,
            any_value(a.topic_id) AS id_one, any_value(b.topic_id) AS id_other,
            bool_and(c.is_counted) AS are_counted
        FROM {NAMED} AS a
        JOIN {NAMED} AS b ON b.card_id = a.card_id AND a.topic < b.topic
        JOIN parsed.cards AS c ON c.card_id = a.card_id
        WHERE regexp_full_match(a.topic || b.topic, '[a-z ]+')
        GROUP BY ALL
        HAVING are_counted AND len(cards) > 1
    )
    SELECT
        section, one, other, len(cards),
        (SELECT count(*) FROM statements AS s WHERE s.section = o.section AND list_contains(cards, s.card_id))
    FROM pairs
    CROSS JOIN sections AS o
    WHERE NOT EXISTS (
        FROM statement_topics AS t
        WHERE t.section = o.section AND list_contains(cards, t.card_id) AND t.topic_id IN (id_one, id_other)
    )
    ORDER BY len(cards) DESC, section, one, other
    LIMIT 1
"""
"""A section, and two topics on cards of which no statement in it speaks: how many cards and statements."""

WORKSHOP = "[...document.querySelectorAll('.workshop')]"


@pytest.fixture(scope="module")
def connection(report):
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        connection.execute("SET threads = 1")
        yield connection


@pytest.fixture
def shown(browser, address):  # noqa: F811
    """Open the page with something asked for, and wait for its hits."""

    def opened(**asked: str) -> Any:
        browser.get("about:blank")
        browser.get(f"{address}/search.html#{urlencode(asked)}")
        until(browser, "performance.getEntriesByName('first hits').length === 1")
        return browser

    return opened


def until(driver: Any, condition: str) -> None:
    WebDriverWait(driver, PATIENCE, 0.05).until(lambda one: one.execute_script(f"return {condition}"))


def places(driver: Any) -> list[str]:
    """Where each hit stands that is listed."""
    return driver.execute_script(
        "const places = document.querySelectorAll('#hits .note > .place:last-of-type');"
        "return [...places].map((one) => one.title)"
    )


def opened_filters(driver: Any) -> None:
    """The filters are folded until somebody asks for them."""
    driver.find_element("css selector", "#filters summary").send_keys(Keys.ENTER)
    until(driver, "document.getElementById('filters').open")


def n_hits(driver: Any) -> int:
    return int(re.match(r"[\d,]+", driver.find_element("id", "count").text)[0].replace(",", ""))


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        ("heat pump", {}),
        ("Large Language MODELS", {"section": "concerns"}),
        ("nuclear pówer plants", {"section": "signals", "since": "2024-01-01", "until": "2025-06-30"}),
        ("ai", {"since": "2024-06-01"}),
        ("C++ or C#", {"section": "card"}),
        ("privacy or surveillance", {}),
        ("the future of work", {"section": "card"}),
        ("The", {}),
        ("the cities", {}),
        ("communities", {"section": "concerns"}),
        ("try a series of movies", {}),
        ("of an", {"section": "signals"}),
        ("script alert", {}),
    ],
)
def test_hits_are_those_of_sql_in_the_same_order(shown, connection, words, filters) -> None:
    given = "".join(f", {name} := '{value}'" for name, value in filters.items())
    found = f"FROM search('{words}', n := 100000{given})"
    expected = connection.execute(
        f"SELECT path || ':' || line, words_held {found} ORDER BY rank_no"
    ).fetchall()
    whole = [place for place, held in expected if held == 1]
    names = {"since": "from", "until": "to"}
    asked = {"q": words} | {names.get(name, name): value for name, value in filters.items()}
    page = shown(**asked, some="1")
    assert places(page) == [place for place, _ in expected[:50]]
    assert n_hits(page) == len(expected)
    page = shown(**asked)
    # Where no text has all of the words, those with some are shown at once.
    assert places(page) == (whole or [place for place, _ in expected])[:50]
    assert n_hits(page) == len(whole or expected)
    if 0 < len(whole) < len(expected):
        n_more = len(expected) - len(whole)
        said = page.find_element("id", "instead").text.replace("\u00a0", " ")
        assert re.search(rf"^{n_more:,} more texts? ha(s|ve) some of the words\.", said, re.MULTILINE)
    marked = {mark.text.lower() for mark in page.find_elements("tag name", "mark")}
    assert any(word.lower()[:3] in mark for mark in marked for word in words.split())


def test_filters_alone_list_all_that_fits_the_most_relevant_first(shown, connection) -> None:
    key, n = connection.execute(
        "SELECT issue_key, count(*) FROM statements JOIN parsed.cards USING (card_id) "
        "WHERE relevancy >= 4 AND issue_date IS NOT NULL GROUP BY issue_key ORDER BY count(*) DESC LIMIT 1"
    ).fetchone()
    page = shown(issue=key, relevancy="4")
    assert n_hits(page) == n
    found = [int(one) for one in re.findall(r"relevancy (\d)", page.find_element("id", "hits").text)]
    assert found == sorted(found, reverse=True)
    (n_unrated,) = connection.execute(
        "SELECT count(*) FROM statements JOIN parsed.cards USING (card_id) "
        "WHERE issue_key = ? AND relevancy IS NULL",
        [key],
    ).fetchone()
    left_out = [
        one for one in page.find_elements("css selector", "#instead p") if "without a rating" in one.text
    ]
    assert [one.text.startswith(f"{n_unrated} ") for one in left_out] == [True] * (n_unrated > 0)
    source, n = connection.execute(
        "SELECT source_domain, count(*) FROM parsed.cards GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1"
    ).fetchone()
    assert n_hits(shown(source=source, section="card")) == n


def test_hits_without_a_rating_are_counted_and_can_be_taken_too(shown, connection) -> None:
    n, n_unrated = connection.execute(
        "SELECT count(*) FILTER (relevancy >= 4), count(*) FILTER (relevancy IS NULL) FROM parsed.concerns"
    ).fetchone()
    assert n_unrated > 1
    page = shown(section="concerns", relevancy="4")
    assert n_hits(page) == n
    line = page.find_element("css selector", "#instead p:last-child")
    assert line.text.replace("\u00a0", " ").startswith(f"{n_unrated:,} hits without a rating are left out.")
    line.find_element("tag name", "button").send_keys(Keys.ENTER)
    until(page, "location.hash === '#section=concerns&relevancy=4&unrated=1'")
    assert n_hits(page) == n + n_unrated
    assert page.find_element("id", "filtered").text.endswith("relevancy 4 or more or without a rating")
    assert "without a rating" not in page.find_element("id", "instead").text
    assert n_hits(shown(section="card", relevancy="4", unrated="1")) == 0


def test_the_outlooks_of_a_year_are_found(shown, connection) -> None:
    year, n = connection.execute(
        "SELECT year(due), count(*) FROM outlook WHERE due IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
    ).fetchone()
    page = shown(due=str(year))
    assert n_hits(page) == n
    notes = [one.text for one in page.find_elements("css selector", "#hits .note")]
    assert all(re.search(f"· due (about )?{year}", note) for note in notes)
    assert all(("about" in note) == ("from the column for ten years" in note) for note in notes)
    (n_by_column,) = connection.execute(
        "SELECT count(*) FROM outlook WHERE year(due) = $1 AND due_by = 'column'", [year]
    ).fetchone()
    while page.find_element("id", "more").is_displayed():
        page.find_element("id", "more").send_keys(Keys.ENTER)
    assert page.find_element("id", "hits").text.count("from the column for ten years") == n_by_column


def test_words_in_quotes_stand_side_by_side(shown, connection) -> None:
    (n,) = connection.execute(
        r"""
        SELECT count(*)
        FROM statements
        WHERE section = 'signals' AND regexp_matches(
            strip_accents(lower(concat_ws(' ', name, description, change, ten_year, driving_force))),
            '\bheats?[^a-z0-9]+pumps?\b'
        )
        """
    ).fetchone()
    assert n_hits(shown(q="“heat pump”", section="signals")) == n > 0
    assert n_hits(shown(q='"pump heat"')) < n_hits(shown(q="pump heat"))


def test_a_word_of_no_text_has_words_that_begin_like_it(shown) -> None:
    page = shown(q="heating pumpkins")
    instead = page.find_element("id", "instead")
    assert "No text has the word “pumpkins”" in instead.text
    page = shown(q="regulatedly")
    assert n_hits(page) == 0
    instead = page.find_element("id", "instead")
    choices = [one.text for one in instead.find_elements("tag name", "button")]
    assert choices
    assert all(one.startswith("regul") for one in choices)
    instead.find_element("tag name", "button").send_keys(Keys.ENTER)
    until(page, f"location.hash === '#q={choices[0]}'")
    assert n_hits(page) > 0
    assert page.find_element("id", "instead").text == ""


def test_the_topics_that_words_name_are_offered_with_their_cards(shown, connection) -> None:
    def offered(*topics: str) -> str:
        ((n,),) = connection.execute(
            "SELECT count(*) FROM (SELECT card_id FROM topic_cards JOIN topics AS t USING (topic_id) "
            "WHERE t.kind = 'concept' AND list_contains($1, topic) GROUP BY card_id HAVING count(*) = $2)",
            [list(topics), len(topics)],
        ).fetchall()
        return f"{' with '.join(topics)} ({n} card{'' if n == 1 else 's'})"

    page = shown(q="digital sovereignty and heat pumps")
    both = ("digital sovereignty", "heat pump")
    choices = page.find_elements("css selector", "#instead p:first-child button")
    assert [one.text for one in choices] == [offered(*some) for some in (both[:1], both[1:], both)]
    choices[2].send_keys(Keys.ENTER)
    until(page, "document.getElementById('with').value === 'heat pump'")
    assert page.current_url.endswith("#concept=digital+sovereignty&with=heat+pump")
    assert "Topic" not in page.find_element("id", "instead").text
    # A name that begins with the word, where none is it.
    page = shown(q="metav")
    line = page.find_element("css selector", "#instead p").text
    assert line.startswith("Similar topic: metaverse (")


def test_words_that_differ_least_come_first(shown) -> None:
    page = shown(q="rural comunity")
    (line,) = [one for one in page.find_elements("css selector", "#instead p") if "“comunity”" in one.text]
    assert line.find_element("tag name", "button").text in ("community", "communities")
    distances = page.execute_script(
        "const words = [['kitten', 'sitting'], ['', 'abc'], ['polution', 'pollution']];"
        "return words.map((two) => Finding.distance(...two));"
    )
    assert distances == [3, 3, 1]


def test_a_question_without_hits_says_what_to_try(shown) -> None:
    page = shown(q="ZQ")
    assert n_hits(page) == 0
    instead = page.find_element("id", "instead")
    assert "No text has the word “zq”." in instead.text
    assert "Try another word, an abbreviation written out, or fewer filters." in instead.text
    assert instead.find_element("tag name", "a").get_attribute("href").endswith("topics.html")


def test_a_topic_on_a_single_card_has_the_other_topics_of_that_card(shown, connection) -> None:
    topic, others = connection.execute(
        """
        WITH
        named AS (
            SELECT DISTINCT e.card_id, e.topic
            FROM evidence AS e
            JOIN parsed.cards AS c USING (card_id)
            WHERE e.kind = 'concept' AND e.how = 'name' AND c.is_counted
        ),
        alone AS (
            SELECT topic, any_value(card_id) AS card_id
            FROM named
            GROUP BY topic
            HAVING count(*) = 1 AND regexp_full_match(topic, '[a-z]+ [a-z]+')
        )
        SELECT a.topic, list(n.topic ORDER BY n.topic)
        FROM alone AS a
        JOIN named AS n ON n.card_id = a.card_id AND n.topic <> a.topic
        GROUP BY a.topic
        HAVING count(*) > 1
        ORDER BY a.topic
        LIMIT 1
        """
    ).fetchone()
    for asked in ({"concept": topic}, {"q": topic}):
        page = shown(**asked)
        (line,) = [one for one in page.find_elements("css selector", "#instead p") if "too few" in one.text]
        said = line.text.replace("\u00a0", " ")
        assert said.startswith(f"“{topic}” is on 1 card: too few to tell what travels with it.")
        offered = [one.text.rpartition(" (")[0] for one in line.find_elements("tag name", "button")]
        assert sorted(offered) == sorted(others)
    first = line.find_element("tag name", "button")
    chosen = first.text.rpartition(" (")[0]
    first.send_keys(Keys.ENTER)
    until(page, "document.getElementById('q').value === ''")
    assert page.current_url.endswith(f"#{urlencode({'concept': chosen})}")


def test_filters_that_leave_nothing_can_be_dropped(shown) -> None:
    n = n_hits(shown(q="heat pump"))
    page = shown(q="heat pump", due="", **{"from": "1990-01-01", "to": "1990-12-31"})
    assert n_hits(page) == 0
    page.find_element("css selector", "#instead p:last-child button").send_keys(Keys.ENTER)
    until(page, "location.hash === '#q=heat+pump&some=1'")
    assert n_hits(page) > n


def test_what_is_counted_is_said_under_the_hits(shown, connection) -> None:
    page = shown(concept="heat pump")
    n_articles, n_statements = connection.execute(
        f"""
        SELECT
            (SELECT count(*) FROM {NAMED} WHERE topic = 'heat pump'),
            (SELECT count(DISTINCT (t.card_id, section, row_no))
            FROM statement_topics AS t JOIN {NAMED} USING (topic_id, card_id) WHERE topic = 'heat pump')
        """
    ).fetchone()
    counts = page.find_element("id", "counts").text.replace("\u00a0", " ")
    assert f"{n_articles:,} are articles themselves and {n_statements:,} single statements" in counts
    assert "keywords and themes alone" not in counts


def test_statements_of_cards_without_the_topic_are_found_when_they_are_asked_for(shown, connection) -> None:
    topic, n, n_others, n_cards = connection.execute(
        f"""
        SELECT
            o.topic,
            count(DISTINCT (t.card_id, section, row_no)) FILTER (e.card_id IS NOT NULL),
            count(DISTINCT (t.card_id, section, row_no)) FILTER (e.card_id IS NULL) AS n_others,
            count(DISTINCT t.card_id) FILTER (e.card_id IS NULL)
        FROM statement_topics AS t
        JOIN topics AS o USING (topic_id)
        LEFT JOIN {NAMED} AS e ON e.topic_id = t.topic_id AND e.card_id = t.card_id
        WHERE o.kind = 'concept' AND regexp_full_match(o.topic, '[a-z ]+')
        GROUP BY ALL
        HAVING n_others > 1
        ORDER BY n_others DESC, o.topic
        LIMIT 1
        """
    ).fetchone()
    ((n_articles,),) = connection.execute(f"SELECT count(*) FROM {NAMED} WHERE topic = ?", [topic]).fetchall()
    page = shown(concept=topic)
    assert n_hits(page) == n_articles + n
    others = page.find_element("css selector", "#instead p:last-child")
    assert others.text.replace("\u00a0", " ").startswith(
        f"{n_others} more statements of {n_cards} other card{'' if n_cards == 1 else 's'} match the words"
    )
    others.find_element("tag name", "button").send_keys(Keys.ENTER)
    until(page, "location.hash.endsWith('on=text')")
    assert n_hits(page) == n_articles + n + n_others
    assert "keywords and themes alone" in page.find_element("id", "counts").text


def test_a_topic_is_found_by_any_of_its_names(shown, connection) -> None:
    concept, surface, n = connection.execute(
        f"""
        SELECT m.concept, s.surface, (
            SELECT count(*)
            FROM (
                SELECT card_id, NULL, NULL FROM evidence WHERE topic_id = m.concept_id AND how = 'name'
                UNION
                SELECT t.card_id, section, row_no
                FROM statement_topics AS t
                JOIN {NAMED} AS n USING (topic_id, card_id)
                WHERE topic_id = m.concept_id
            )
        )
        FROM concept_members AS m
        JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
        WHERE m.relation = 'is' AND lower(s.surface) <> m.concept
        ORDER BY s.n_cards DESC, s.surface
        LIMIT 1
        """
    ).fetchone()
    assert n_hits(shown(concept=surface)) == n
    assert n_hits(shown(concept=concept.upper())) == n
    assert "No topic is called “heat pum”. Did you mean “heat pump”" in (
        shown(concept="heat pum").find_element("id", "count").text
    )


def test_all_hits_can_be_seen(shown) -> None:
    page = shown(q="heat pump", some="1")
    n = n_hits(page)
    assert n > 100
    more = page.find_element("id", "more")
    assert more.text == "Show 50 more"
    more.send_keys(Keys.ENTER)
    assert len(places(page)) == 100
    assert page.find_element("id", "shown").text == f"100 of {n:,} hits shown"
    assert page.execute_script(
        "return document.activeElement === document.querySelectorAll('#hits a.name')[50]"
    )
    while page.find_element("id", "more").is_displayed():
        page.find_element("id", "more").send_keys(Keys.ENTER)
    assert len(places(page)) == n


def test_the_address_says_what_is_asked_and_is_followed(shown) -> None:
    page = shown()
    page.find_element("id", "q").send_keys("heat pump")
    opened_filters(page)
    Select(page.find_element("id", "section")).select_by_value("signals")
    page.find_element("id", "some").send_keys(Keys.SPACE)
    until(page, "location.hash.includes('some=1') && location.hash.includes('section=signals')")
    assert page.execute_script("return location.hash") == "#q=heat+pump&section=signals&some=1"
    assert page.find_element("id", "filtered").text == "section Signals"
    n = n_hits(page)
    page.execute_script("location.hash = '#q=metaverse'")
    until(page, "document.getElementById('q').value === 'metaverse'")
    assert n_hits(page) != n
    page.back()
    until(page, "document.getElementById('q').value === 'heat pump'")
    assert n_hits(page) == n


def test_two_topics_are_found_on_the_cards_that_have_both(shown, connection) -> None:
    one, other, n_both = connection.execute(
        "SELECT topic_a, topic_b, n_ab FROM topic_pair WHERE span = 'all' AND kind = 'concept' "
        "ORDER BY n_ab DESC, topic_a, topic_b LIMIT 1"
    ).fetchone()
    cards = connection.execute(
        "SELECT card_id, is_counted FROM parsed.cards WHERE card_id IN ("
        "SELECT card_id FROM evidence WHERE kind = 'concept' AND how = 'name' AND topic IN ($1, $2) "
        "GROUP BY ALL HAVING count(DISTINCT topic) = 2)",
        [one, other],
    ).fetchall()
    assert sum(is_counted for _, is_counted in cards) == n_both
    page = shown(concept=one, section="card", **{"with": other})
    assert n_hits(page) == len(cards)
    # A statement speaks of one of both, and its card has the other.
    (n,) = connection.execute(
        "SELECT count(*) FROM (SELECT DISTINCT t.section, t.card_id, t.row_no FROM statement_topics AS t "
        "JOIN topics USING (topic_id) WHERE kind = 'concept' AND topic IN ($1, $2) "
        "AND card_id IN (SELECT unnest($3)))",
        [one, other, [card_id for card_id, _ in cards]],
    ).fetchone()
    assert n_hits(shown(concept=one, **{"with": other})) >= n + len(cards)


def test_where_no_statement_of_a_section_names_a_topic_those_of_its_cards_are_offered(
    shown, connection
) -> None:
    topic, n = connection.execute(NEVER_A_CONCERN).fetchone()
    page = shown(concept=topic, section="concerns")
    assert n_hits(page) == 0
    instead = page.find_element("id", "instead")
    said = instead.text.replace("\u00a0", " ")
    assert f"None of the concerns on cards with this topic speaks of “{topic}”, but {n} stand there." in said
    instead.find_element("css selector", "p:last-child button").send_keys(Keys.ENTER)
    until(page, "location.hash.endsWith('on=card')")
    assert n_hits(page) == n


def test_two_topics_of_which_no_text_in_the_section_speaks_are_shown_in_all_sections(
    shown, connection
) -> None:
    section, one, other, n_cards, n = connection.execute(UNSPOKEN_PAIR).fetchone()
    page = shown(concept=one, section=section, **{"with": other})
    assert n_hits(page) == 0
    instead = page.find_element("id", "instead")
    assert "Try" not in instead.text
    have, their, none = ("has", "its", "it has no") if n_cards == 1 else ("have", "their", "none of them has")
    assert instead.text.replace("\u00a0", " ").startswith(
        f"{n_cards} card{'' if n_cards == 1 else 's'} {have} both topics, and "
        + (f"none of {their} {section} speaks of either, but {n} stand" if n else f"{none} {section}.")
    )
    instead.find_element("css selector", "p:last-child button:last-child").send_keys(Keys.ENTER)
    until(page, "!location.hash.includes('section=')")
    assert n_hits(page) >= n_cards
    # Another filter may be what leaves nothing.
    page = shown(concept=one, section="card", **{"with": other, "to": "1990-12-31"})
    assert "both topics" not in page.find_element("id", "instead").text


def test_a_source_is_found_by_any_part_of_its_domain_or_host(shown, connection) -> None:
    hosts = dict(
        connection.execute(
            "SELECT regexp_extract(url, '^https?://([^/:]+)', 1), count(*) FROM parsed.cards "
            "WHERE source_domain IS NOT NULL GROUP BY ALL"
        ).fetchall()
    )
    domains = dict(
        connection.execute(
            "SELECT source_domain, count(*) FROM parsed.cards WHERE source_domain IS NOT NULL GROUP BY ALL"
        ).fetchall()
    )
    host = max(hosts.keys() - domains.keys(), key=lambda one: (hosts[one], one))
    assert n_hits(shown(source=host, section="card")) == hosts[host]
    domain = max(domains, key=lambda one: (domains[one], one))
    assert n_hits(shown(source=domain[:-3], section="card")) >= domains[domain]
    page = shown(source="nowhere.invalid")
    assert page.find_element("id", "count").text == "No source is called “nowhere.invalid”."


def test_statements_are_whole_and_their_parts_are_called(shown, connection) -> None:
    name, *parts = connection.execute(
        "SELECT name, description, change, ten_year, driving_force FROM statements "
        "WHERE section = 'signals' AND driving_force IS NOT NULL AND change IS NOT NULL "
        "AND ten_year IS NOT NULL AND description IS NOT NULL "
        "ORDER BY length(description) + length(change) + length(ten_year) DESC, name LIMIT 1"
    ).fetchone()
    page = shown(q=f'"{name}"', section="signals")
    texts = [one.text for one in page.find_elements("css selector", "#hits .heading + p")]
    called = "{} Change: {} In ten years: {} Driven by: {}".format(*parts)
    assert " ".join(called.split()) in [" ".join(text.split()) for text in texts]


def test_hits_are_downloaded_as_they_are_listed(shown, tmp_path) -> None:
    page = shown(q="heat pump", section="signals")
    page.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "downloads")}
    )
    page.find_element("id", "csv").send_keys(Keys.ENTER)
    path = tmp_path / "downloads" / "signals-search.csv"
    WebDriverWait(page, PATIENCE, 0.05).until(lambda _: path.exists())
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == n_hits(page)
    assert [f"{row['path']}:{row['line']}" for row in rows[:50]] == places(page)
    assert {row["section"] for row in rows} == {"signals"}


def test_what_the_address_asks_for_in_vain_is_named(shown) -> None:
    page = shown(issue="1999-01-01", q="heat pump", **{"from": "yesterday"})
    assert page.find_element("id", "count").text.endswith(
        "The address asks for what is not here, and it is left out: Newsletter issue, Since."
    )


def test_the_bars_are_the_hits_of_each_year(shown, connection) -> None:
    expected = connection.execute(
        "SELECT year(issue_date), count(*) FROM search('heat pump', n := 100000) "
        "WHERE issue_date IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    chart = shown(q="heat pump", some="1").find_element("css selector", "#by-year svg")
    label = chart.get_attribute("aria-label")
    found = dict(re.findall(r"(\d{4}): (\d+)", label))
    assert {year: n for year, n in found.items() if n != "0"} == {str(year): str(n) for year, n in expected}
    (n_undated,) = connection.execute(
        "SELECT count(*) FROM search('heat pump', n := 100000) WHERE issue_date IS NULL"
    ).fetchone()
    assert n_undated > 0
    said = chart.find_element("xpath", "..//figcaption").text.replace("\u00a0", " ")
    assert re.search(rf"^{n_undated} hits? ha(s|ve) no date", said, re.MULTILINE)


def test_a_bar_leads_to_the_hits_of_its_year(shown) -> None:
    page = shown(q="heat pump")
    bar = page.find_elements("css selector", "#by-year a")[-1]
    year, n = re.fullmatch(r"Only the hits of (\d{4}): ([\d,]+)", bar.get_attribute("aria-label")).groups()
    bar.send_keys(Keys.ENTER)
    until(page, f"document.getElementById('to').value === '{year}-12-31'")
    assert n_hits(page) == int(n.replace(",", ""))


def test_issues_without_a_date_stand_last_and_suggestions_come_with_the_field(shown, connection) -> None:
    page = shown()
    options = page.find_elements("css selector", "#issue > *")
    assert [one.tag_name for one in options].index("optgroup") == len(options) - 1
    n = connection.execute("SELECT count(*) FROM topics WHERE kind = 'concept'").fetchone()[0]
    assert not page.find_elements("css selector", "#concepts option")
    opened_filters(page)
    page.find_element("id", "concept").click()
    assert len(page.find_elements("css selector", "#concepts option")) == n


def test_everything_is_reached_by_keyboard(shown) -> None:
    page = shown(q="heat pump")
    page.execute_script("document.getElementById('filters').open = true")
    page.find_element("tag name", "body").send_keys(Keys.TAB)
    names = []
    for _ in range(80):
        names.append(
            page.execute_script("return document.activeElement.id || document.activeElement.tagName")
        )
        page.switch_to.active_element.send_keys(Keys.TAB)
        if names[-1] == "more":
            break
    filters = {"section", "concept", "with", "on", "issue", "from", "to", "source", "relevancy", "due"}
    assert filters | {"q", "some", "SUMMARY", "csv", "link"} <= set(names)
    assert names.index("q") < names.index("as-cards")
    assert page.find_element("id", "count").get_attribute("role") == "status"
    page.execute_script("document.querySelector('.skip').focus()")
    page.switch_to.active_element.send_keys(Keys.ENTER)
    until(page, "location.hash === '#q=heat+pump'")
    assert page.find_element("id", "q").get_attribute("value") == "heat pump"


def test_hostile_cards_are_texts_and_no_request_is_made(shown) -> None:
    page = shown(q="script alert img svg onload hostile right", some="1")
    while page.find_element("id", "more").is_displayed():
        page.find_element("id", "more").send_keys(Keys.ENTER)
    text = page.find_element("id", "hits").text
    for one in hostile.TEXTS[:3]:
        assert one in text
    assert "\\u202eright to left" in text
    for url in hostile.BAD_LINKS:
        assert f"article, not to be followed: {url}" in text
    assert "article evil.example" in text
    page.execute_script("document.getElementById('as-cards').click()")
    assert page.find_elements("css selector", ".workshop")
    assert (
        page.execute_script("return document.querySelectorAll('main img, main b, main script').length") == 1
    )
    hrefs = page.execute_script("return [...document.links].map((one) => one.protocol)")
    assert set(hrefs) <= {"file:", "http:", "https:"}
    let_through, stopped = requests(page)
    assert all(url.startswith("data:") for url in let_through)
    assert not stopped
    assert page.get_log("browser") == []


@pytest.mark.parametrize("view", ["hits", "cards"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(shown, axe, view, scheme) -> None:  # noqa: F811
    page = shown(q="heat pump", view=view)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    page.execute_script(axe)
    found = page.execute_async_script(
        "const done = arguments[0];"
        "axe.run().then((r) => done(r.violations.map((v) => [v.impact, v.id, v.nodes[0].html])));"
    )
    assert not [one for one in found if one[0] in ("serious", "critical")]


@pytest.mark.parametrize(
    "asked", [{"q": "heat pump"}, {"q": "x" * 200}, {"view": "cards", "q": "alert script"}]
)
def test_it_is_no_wider_than_a_phone(shown, browser, asked) -> None:  # noqa: F811
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    assert shown(**asked).execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]


# Workshop cards


@pytest.mark.parametrize("medium", ["screen", "print"])
def test_no_card_is_fuller_than_it_is_large(shown, medium) -> None:
    """Hostile texts, and the longest that a card of the pipeline can hold in every place."""
    page = shown(q="alert script heat", view="cards", every="1", concern="1")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium})
    page.execute_script(
        """
        const texts = [
          "x".repeat(5000), "wide words ".repeat(450), "\\u0e4a\\u0301ลึก ".repeat(600), "漢字".repeat(2500),
          null,
        ];
        const links = ["https://a.test", "javascript:" + "x".repeat(3000)];
        const issue = { date: "2026-06-21", name: "21 June 2026".repeat(60), page: "" };
        const signals = texts.flatMap((text) => links.map((url) => ({
          card: {
            title: text, source: text, url, host: url === links[0] ? text ?? "a.test" : null, issue,
            concerns: [{ said: [text, text], relevancy: null }],
          },
          said: [text, text, text, text, text],
        })));
        document.getElementById("sheets").append(
          ...Workshop.sheets(signals), ...Workshop.sheets(signals, true),
        );
        """
    )
    found = page.execute_script(
        f"return {WORKSHOP}.map((one) => [one, one.getBoundingClientRect()]).map(([one, box]) => ["
        "one.scrollHeight - one.clientHeight, one.scrollWidth - one.clientWidth, box.width, box.height, "
        "box.bottom - one.lastChild.getBoundingClientRect().bottom])"
    )
    assert len(found) > 10
    for taller, wider, width, height, below in found:
        assert taller <= 0
        assert wider <= 0
        assert (round(width * 25.4 / 96), round(height * 25.4 / 96)) == (105, 148)
        assert below > 15, "the last line stands within the card"


def test_a_title_of_three_lines_is_whole_whatever_else_is_said(shown) -> None:
    page = shown(q="heat pump", view="cards")
    cut = page.execute_script(
        """
        const title = "Neighbourhoods share one large heat pump and sell what they save to the grid again";
        const text = "What is said of it is long. ".repeat(30);
        const signals = [
          [title, null, null, null, null], [title, text, text, text, null], [title, text, text, text, text],
        ].map((said) => ({
          card: { title: text, source: "a", url: "https://a.test", host: "a.test",
            concerns: [{ said: [text, text], relevancy: 3 }],
            issue: { date: "2026-06-21", name: "21 June 2026", page: "" } },
          said,
        }));
        document.getElementById("sheets").replaceChildren(
          ...Workshop.sheets(signals), ...Workshop.sheets(signals.slice(2), true),
        );
        const line = (one) => parseFloat(getComputedStyle(one).lineHeight);
        const cards = [...document.querySelectorAll(".workshop")];
        return cards.map((one) => [
          one.querySelector("h2").scrollHeight - one.querySelector("h2").clientHeight,
          ...[...one.querySelectorAll(".said")].map((part) => part.clientHeight / line(part)),
        ]);
        """
    )
    assert [cut_off for cut_off, *_ in cut] == [0, 0, 0, 0]
    assert [len(n_lines) for _, *n_lines in cut] == [0, 3, 4, 5]
    for _, *n_lines in cut:
        assert n_lines == pytest.approx([round(n) for n in n_lines], abs=0.1), "no line is cut"


def test_a_topic_that_no_signal_names_has_the_signals_of_its_cards(shown, connection) -> None:
    topic, n = connection.execute(
        """
        SELECT e.topic, count(DISTINCT e.card_id)
        FROM evidence AS e
        JOIN parsed.cards AS c USING (card_id)
        JOIN parsed.signals AS s USING (card_id)
        WHERE e.kind = 'concept' AND e.how = 'name' AND c.duplicate_of IS NULL
            AND e.topic_id NOT IN (SELECT topic_id FROM statement_topics)
        GROUP BY ALL
        HAVING count(DISTINCT e.card_id) > 1
        ORDER BY 2 DESC, 1
        LIMIT 1
        """
    ).fetchone()
    page = shown(concept=topic, view="cards")
    assert len(page.find_elements("class name", "workshop")) == n
    said = page.find_element("id", "n-cards").text.replace("\u00a0", " ")
    assert said == (
        f"{n} cards, four to a sheet of A4. No signal of these articles names “{topic}”, so each card shows "
        "the most relevant signal of an article with this topic."
    )


def test_a_card_says_what_drives_its_signal(shown) -> None:
    page = shown(q="heat pump", section="signals", view="cards")
    labels = page.execute_script(f"return {WORKSHOP}.map((one) => one.innerText)")
    assert any("\nDriven by\n" in text for text in labels)


def test_four_cards_are_on_a_page_of_a4(shown) -> None:
    page = shown(concept="heat pump", view="cards")
    n = page.execute_script(f"return {WORKSHOP}.length")
    assert page.find_element("id", "n-cards").text.startswith(f"{n} cards ")
    pdf = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    data = base64.b64decode(pdf["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == -(-n // 4)
    boxes = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", data))
    assert {tuple(round(float(one)) for one in box.split()) for box in boxes} == {(0, 0, 595, 842)}


def test_the_list_is_printed_as_any_page(shown) -> None:
    pdf = shown(q="heat pump").execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(pdf["data"]))) > 2


def test_one_card_for_each_article_or_one_for_each_signal(shown, connection) -> None:
    key = connection.execute(
        "SELECT issue_key FROM parsed.cards JOIN parsed.signals USING (card_id) WHERE is_counted "
        "GROUP BY ALL ORDER BY count(DISTINCT card_id) DESC, 1 LIMIT 1"
    ).fetchone()[0]
    n_articles, n_signals = connection.execute(
        "SELECT count(DISTINCT card_id), count(*) FROM parsed.cards JOIN parsed.signals USING (card_id) "
        "WHERE issue_key = ? AND duplicate_of IS NULL",
        [key],
    ).fetchone()
    page = shown(issue=key, view="cards")
    assert len(page.find_elements("class name", "workshop")) == n_articles
    page.find_element("id", "every").send_keys(Keys.SPACE)
    assert len(page.find_elements("class name", "workshop")) == n_signals
    assert page.execute_script("return location.hash") == f"#issue={key}&view=cards&every=1"


def test_cards_show_the_most_relevant_concern_where_one_is(shown, connection) -> None:
    key, n, n_without = connection.execute(
        """
        SELECT
            issue_key, count(*),
            count(*) FILTER (card_id NOT IN (SELECT card_id FROM parsed.concerns)) AS n_without
        FROM parsed.cards
        WHERE duplicate_of IS NULL AND card_id IN (SELECT card_id FROM parsed.signals)
        GROUP BY ALL
        ORDER BY n_without < count(*) DESC, n_without DESC, issue_key
        LIMIT 1
        """
    ).fetchone()
    assert 0 < n_without < n
    page = shown(issue=key, view="cards")
    page.find_element("id", "concern").send_keys(Keys.SPACE)
    assert page.execute_script("return location.hash") == f"#issue={key}&view=cards&concern=1"
    has = "1 card has no concern, since its article names none"
    have = f"{n_without} cards have no concern, since their articles name none"
    said = page.find_element("id", "n-cards").text.replace("\u00a0", " ")
    assert f"{has if n_without == 1 else have}." in said
    (n_first,) = connection.execute(
        """
        SELECT count(*)
        FROM (
            SELECT card_id
            FROM parsed.concerns AS s
            JOIN parsed.cards AS c USING (card_id)
            WHERE c.issue_key = ? AND c.duplicate_of IS NULL
                AND c.card_id IN (SELECT card_id FROM parsed.signals)
            GROUP BY card_id
            HAVING count(s.relevancy) = 0
        )
        """,
        [key],
    ).fetchone()
    assert ("the first concern, since" in said) == (n_first > 0)
    assert n_first == 0 or re.search(rf"\. {n_first} cards? shows? the first concern", said)
    concerns = page.execute_script(
        f"return {WORKSHOP}.map((one) => [...one.querySelectorAll('.label')]"
        ".find((label) => label.textContent === 'Concern')?.nextSibling.textContent).filter(Boolean)"
    )
    expected = connection.execute(
        """
        SELECT arg_max(concat_ws(': ', s.name, s.description), (coalesce(s.relevancy, -1), -s.row_no))
        FROM parsed.cards AS c
        JOIN parsed.concerns AS s USING (card_id)
        WHERE c.issue_key = ? AND c.duplicate_of IS NULL
            AND c.card_id IN (SELECT card_id FROM parsed.signals)
        GROUP BY c.card_id
        """,
        [key],
    ).fetchall()
    assert sorted(concerns) == sorted(text for (text,) in expected)
    assert len(concerns) == n - n_without


def test_where_signals_of_some_articles_name_a_topic_those_of_others_are_offered(shown, connection) -> None:
    of_topic = shown(concept="heat pump", on="card", view="cards")
    n_all = len(of_topic.find_elements("class name", "workshop"))
    page = shown(concept="heat pump", view="cards")
    n = len(page.find_elements("class name", "workshop"))
    assert n < n_all
    said = page.find_element("id", "n-cards")
    assert f"{n_all - n} more articles have signals, but none that names “heat pump”." in said.text.replace(
        "\u00a0", " "
    )
    said.find_element("tag name", "button").send_keys(Keys.ENTER)
    until(page, "location.hash.includes('on=card')")
    assert len(page.find_elements("class name", "workshop")) == n_all
    assert not page.find_elements("css selector", "#n-cards button")


def test_what_is_ticked_is_printed(shown) -> None:
    page = shown(q="heat pump", section="signals")
    ticks = page.find_elements("css selector", "#hits input")[:3]
    names = [tick.find_element("xpath", "..//a").text for tick in ticks]
    for tick in ticks:
        tick.send_keys(Keys.SPACE)
    cards = page.find_element("id", "as-cards")
    assert cards.text == "As workshop cards (3 ticked)"
    cards.send_keys(Keys.ENTER)
    assert [one.text for one in page.find_elements("css selector", ".workshop h2")] == names


def test_what_is_ticked_stays_in_the_address(shown) -> None:
    page = shown(q="heat pump", section="signals")
    assert "Tick signals" in page.find_element("id", "ticking").text
    for tick in page.find_elements("css selector", "#hits input")[:2]:
        tick.send_keys(Keys.SPACE)
    names = [one.text for one in page.find_elements("css selector", "#hits a.name")][:2]
    page.find_element("id", "q").clear()
    page.find_element("id", "q").send_keys("metaverse")
    until(page, "location.hash.startsWith('#q=metaverse')")
    page.refresh()
    until(page, "performance.getEntriesByName('first hits').length === 1")
    cards = page.find_element("id", "as-cards")
    assert cards.text == "As workshop cards (2 ticked)"
    cards.send_keys(Keys.ENTER)
    assert [one.text for one in page.find_elements("css selector", ".workshop h2")] == names
    # An article is ticked as its signals are, and what is not here any more is counted.
    page = shown(section="card", concept="heat pump")
    page.find_element("css selector", "#hits input").send_keys(Keys.SPACE)
    key = re.search("ticked=([0-9a-f]{32})$", page.current_url)[1]
    page = shown(ticked=f"{key}-{'0' * 32}.1")
    assert page.find_element("id", "as-cards").text == "As workshop cards (1 ticked)"
    lost = page.find_element("id", "lost").text.replace("\u00a0", " ")
    assert lost == "1 text that the address has as ticked is not here."
    opened_filters(page)
    page.find_element("css selector", "button[type=reset]").send_keys(Keys.ENTER)
    until(page, "location.hash === ''")
    assert page.find_element("id", "as-cards").text == "As workshop cards"


def test_codes_are_those_of_another_maker(shown) -> None:
    page = shown()
    for link, (size, squares) in CODES.items():
        found = page.execute_script("return Workshop.squares(arguments[0])", link)
        assert len(found) == size
        bits = "".join(str(int(is_dark)) for row in found for is_dark in row)
        assert int(bits, 2) == int(squares, 16)


def test_a_link_that_is_not_followed_has_no_code_and_the_card_says_why(shown) -> None:
    page = shown(q="alert script onerror onload", section="signals", view="cards")
    cards = page.find_elements("class name", "workshop")
    without = [card for card in cards if not card.find_elements("tag name", "svg")]
    assert without
    for card in without:
        assert "No code: the link may not be followed" in card.text
        assert not card.find_elements("tag name", "a")
    assert len(without) < len(cards)


def test_a_browser_that_cannot_unpack_the_texts_says_so(browser, report) -> None:  # noqa: F811
    browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": "delete globalThis.DecompressionStream"}
    )
    browser.get((report.folder / "search.html").as_uri())
    assert browser.find_element("id", "count").text.startswith("This browser is too old to unpack the texts")
