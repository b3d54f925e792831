"""The page of what changed, and the feed beside it."""

import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import duckdb
import pytest

from signals_pipeline.publish.report.changes import NAMED, write_changes
from signals_pipeline.publish.report.reading import read
from signals_pipeline.publish.report.site import Site
from signals_pipeline_tests.browser import started
from signals_pipeline_tests.publish.conftest import DATABASE
from signals_pipeline_tests.publish.report import hostile
from signals_pipeline_tests.publish.report.page import Page
from signals_pipeline_tests.publish.report.test_browser import PHONE, requests
from signals_pipeline_tests.publish.report.test_sentences import wrong

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://example.org/signals/"
INSTALLATION = UUID("c0ffee00-0000-4000-8000-000000000001")
MOMENT = datetime(2026, 6, 30, 6, 0, 1)  # noqa: DTZ001 - as the table has it, in UTC

DIFF = """
INSERT INTO snapshot_diff BY NAME
SELECT
    md5($kind || coalesce($topic, $issue, '') || coalesce($card, '')) AS change_id, $kind AS change_kind,
    t.topic_id, $topic AS topic, $before AS before, $after AS after, CAST($since AS DATE) AS called_since,
    $issue AS issue_key, $card AS card_id, $title AS title, $known AS is_known, 'A sentence.' AS sentence,
    '20260601T060000Z-01234567' AS since_snapshot
FROM (SELECT 1) LEFT JOIN topics AS t ON t.kind = 'concept' AND t.topic = $topic
"""
NONE = dict.fromkeys(("topic", "before", "after", "since", "issue", "card", "title"))


class Changed(NamedTuple):
    """A folder with a database; its page and feed are in `report` with an address and in `beside` without."""

    folder: Path
    pages: set[str]
    """The pages of topics and newsletter issues that links may lead to."""


@pytest.fixture(scope="module")
def changed(report, tmp_path_factory) -> Changed:
    """Page and feed of a database in which changes stand, in names of strangers too."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copyfile(report.database.resolve(), folder / DATABASE)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        ((card, issue),) = connection.execute(
            "SELECT min(card_id), max(issue_key) FROM parsed.cards WHERE issue_date IS NOT NULL"
        ).fetchall()
        said = {"before": "unclear", "after": "rising", "since": date(2026, 6, 7)}
        for row in (
            {"kind": "call made", "topic": "heat pump"} | said,
            {"kind": "call made", "topic": hostile.TOPICS[-2]} | said,
            {"kind": "call made", "topic": "ai", "known": True} | said,
            {"kind": "call ended", "topic": "metaverse", "before": "falling", "since": date(2026, 6, 7)},
            {"kind": "stage changed", "topic": "metaverse", "before": "thin", "after": "unclear"},
            {"kind": "stage changed", "topic": "solar", "before": "new", "after": "thin"},
            {"kind": "issue new", "issue": issue},
            {"kind": "issue new", "issue": f"undated:{hostile.TEXTS[0]}"},
            {"kind": "card new", "card": card, "title": hostile.TEXTS[1], "issue": issue},
            {"kind": "card dated", "card": card, "title": "Kelp", "issue": issue, "before": "2026-06-14"},
            *(
                {"kind": "card removed", "card": f"{no:032x}", "title": "Weed", "issue": issue}
                for no in range(100)
            ),
        ):
            connection.execute(DIFF, NONE | {"known": False} | row)
        connection.execute(
            "UPDATE snapshot SET since_snapshot = '20260601T060000Z-01234567', other_code = 'parameters'"
        )
        connection.execute(
            "INSERT INTO feed_entry BY NAME "
            "SELECT change_id, change_kind, topic_id, topic, after, issue_key, sentence, $1 AS told_at "
            "FROM snapshot_diff WHERE change_kind IN ('call made', 'issue new') AND NOT is_known",
            [MOMENT],
        )
        connection.execute(
            "INSERT INTO feed_entry BY NAME SELECT md5('x') AS change_id, $1 AS told_at, 'call made' AS "
            "change_kind, md5('y') AS topic_id, 'a' || chr(7) || chr(65535) || '<b>' AS topic, "
            "'rising' AS after, 'Said before.' AS sentence",
            [MOMENT - timedelta(days=7)],
        )
        book = read(connection, 5)
        for name, base_url in (("report", BASE), ("beside", "")):
            (folder / name).mkdir()
            site = Site(folder / name, {"book": book, "about": book.about})
            write_changes(book, site, base_url, INSTALLATION)
        pages = {*book.topic_pages.values(), *book.issue_pages.values(), "changes.html"}
    return Changed(folder, pages)


@pytest.fixture(scope="module")
def page(changed) -> str:
    return (changed.folder / "report" / "changes.html").read_text("utf-8")


# The page


def test_its_numbers_are_those_of_the_table(changed, page) -> None:
    with duckdb.connect(str(changed.folder / DATABASE), read_only=True) as connection:
        assert wrong({"changes.html": page}, connection) == []
    text = " ".join(Page(page).text.replace("\u00a0", " ").split())
    assert (
        "3 calls made, 1 call ended, 2 new newsletter issues, 1 new card, 1 card with another date," in text
    )
    assert "20260601T060000Z-01234567" in text
    assert "The project changed as well: parameters. So a change may come from the project" in text


def test_a_new_newsletter_issue_leads_to_its_new_topics(changed, page, pages) -> None:
    with duckdb.connect(str(changed.folder / DATABASE), read_only=True) as connection:
        ((issue, n),) = connection.execute(
            "SELECT d.issue_key, count(m.topic_id) FROM snapshot_diff AS d LEFT JOIN topic_momentum AS m "
            "ON CAST(m.first_seen AS VARCHAR) = d.issue_key AND m.kind = 'concept' AND m.same_as IS NULL "
            "WHERE d.change_kind = 'issue new' AND d.issue_key NOT LIKE 'undated%' GROUP BY ALL"
        ).fetchall()
    assert n > NAMED
    assert f'<a href="issues/{issue}.html#new">{n - NAMED} more</a>' in page
    assert 'id="new"' in pages[f"issues/{issue}.html"]


def test_a_page_says_when_the_snapshot_before_was_made(page) -> None:
    text = " ".join(Page(page).text.replace("\u00a0", " ").split())
    assert "the last snapshot of the same folder of cards, of 1 June 2026, 06:00 UTC (" in text


def test_what_is_known_stands_apart_and_long_lists_are_cut(page) -> None:
    known = page[page.index(">Known already<") :]
    assert "ai</" in known[: known.index("</section>")]
    assert "ai</" not in page[: page.index(">Known already<")]
    assert page.count("Weed") == 60
    assert "40 more changes are in the database" in page


def test_stages_are_told_in_words_and_concepts_that_are_new_no_longer_are_counted(page) -> None:
    stages = page[page.index(">Other stages<") :]
    rows = stages[: stages.index("</section>")]
    assert "<td>too few cards to be tested</td><td>neither a direction nor steadiness is shown</td>" in rows
    assert "solar" not in rows
    text = " ".join(Page(page).text.replace("\u00a0", " ").split())
    assert (
        "1 concept was new in the snapshot before, and is no longer: too few cards to be tested (1)." in text
    )


def test_names_of_strangers_are_shown_and_nothing_else(page) -> None:
    assert "<script>alert" not in page
    for text in (hostile.TOPICS[-2], hostile.TEXTS[1]):
        assert text in Page(page).text


def test_the_first_snapshot_says_so(pages) -> None:
    assert "This is the first snapshot of these cards" in Page(pages["changes.html"]).text


def test_it_is_said_how_links_of_the_feed_become_whole(changed, page) -> None:
    said = "SIGNALS_BASE_URL"
    assert said not in page
    assert said in (changed.folder / "beside" / "changes.html").read_text("utf-8")


@pytest.mark.browser
def test_it_asks_for_nothing_and_fits_a_phone_whatever_names_are_there(changed, tmp_path) -> None:
    browser = started(tmp_path / "profile")
    try:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
        browser.get((changed.folder / "report" / "changes.html").as_uri())
        # An alert would make every command but closing it fail.
        assert browser.title == "Changes – Signals"
        let_through, stopped = requests(browser)
        assert not [url for url in let_through if not url.startswith("data:")]
        assert not stopped
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
        # The one that sorts tables.
        assert browser.execute_script("return document.scripts.length") == 1
    finally:
        browser.quit()


# The feed


@pytest.fixture(scope="module")
def feed(changed) -> ET.Element:
    return ET.parse(changed.folder / "report" / "feed.xml").getroot()


def test_the_feed_has_what_atom_requires(feed) -> None:
    """RFC 4287, 4.1.1 and 4.1.2: which elements must stand there once, and what they hold."""
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
        assert urlsplit(element.findtext(f"{ATOM}id") or "").scheme in ("urn", "https")
        moment = element.findtext(f"{ATOM}updated") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
        links = [one.attrib for one in element.findall(f"{ATOM}link")]
        assert sum(one["rel"] == "alternate" for one in links) == 1
        assert all(one["href"].startswith(BASE) for one in links)
        allowed = {"id", "title", "updated", "link", "author", "generator", "entry", "summary", "category"}
        assert {child.tag.removeprefix(ATOM) for child in element} <= allowed
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    (self,) = (one for one in feed.findall(f"{ATOM}link") if one.attrib["rel"] == "self")
    assert self.attrib == {"rel": "self", "type": "application/atom+xml", "href": f"{BASE}feed.xml"}
    ids = [one.text for one in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids)) == 6
    updated = [one.findtext(f"{ATOM}updated") for one in feed.findall(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == updated[0] == "2026-06-30T06:00:01Z"


def test_entries_lead_to_their_pages_and_say_what_happened(feed, changed) -> None:
    entries = {one.findtext(f"{ATOM}title"): one for one in feed.findall(f"{ATOM}entry")}
    pump = entries["“heat pump” is rising"]
    assert pump.findtext(f"{ATOM}summary") == "A sentence."
    for entry in entries.values():
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert link.attrib["href"].removeprefix(BASE) in changed.pages
    assert not any("“ai”" in title for title in entries if title)


def test_no_character_of_a_name_breaks_the_feed(feed) -> None:
    titles = [one.findtext(f"{ATOM}title") or "" for one in feed.findall(f"{ATOM}entry")]
    assert "“a\\x07\\uffff<b>” is rising" in titles
    assert f"“{hostile.TOPICS[-2]}” is rising" in titles
    assert any(hostile.TEXTS[0] in title for title in titles)


def test_without_an_address_links_lead_beside_the_feed(changed) -> None:
    feed = ET.parse(changed.folder / "beside" / "feed.xml").getroot()
    links = [one.attrib for one in feed.iter(f"{ATOM}link")]
    assert {one["rel"] for one in links} == {"alternate"}
    assert {one["href"] for one in links} <= changed.pages
    assert feed.findtext(f"{ATOM}id") == "urn:uuid:c0ffee00-0000-4000-8000-000000000001"


def test_every_page_names_the_feed(pages) -> None:
    for path, text in pages.items():
        href = f"{'../' * path.count('/')}feed.xml"
        assert f'<link rel="alternate" type="application/atom+xml" title="What is new" href="{href}">' in text
