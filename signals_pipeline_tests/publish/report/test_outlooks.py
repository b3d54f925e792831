"""The page of outlooks: what is due, lines that can be copied, and what is not applied."""

import html
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.outlooks.verdicts import COLUMNS, read_verdicts
from signals_pipeline.publish.report.outlooks import _with_lines
from signals_pipeline.publish.report.write import write_report
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in
from signals_pipeline_tests.publish.conftest import DATABASE, build, published
from signals_pipeline_tests.publish.report import hostile
from signals_pipeline_tests.publish.report.prose import Prose
from signals_pipeline_tests.raw.sample import card, card_id, link, write

SIGNALS = """\
## Signals

| name | description | change | 10-year | driving-force | relevancy |
|:-----|:------------|:-------|:--------|:--------------|----------:|
| Farms | In every bay. | From few to many | More of it. | Hunger | 3 |"""


@pytest.fixture(scope="module")
def page(pages) -> str:
    return pages["outlooks.html"]


def section(page: str, title: str) -> str:
    """The HTML of a section of the page, empty where it has none."""
    found = re.search(
        rf'<section class="s">\s*<div class="aside"><h2>{title}</h2>.*?</section>', page, re.DOTALL
    )
    return found[0] if found else ""


def test_every_line_of_the_page_that_is_copied_and_finished_is_applied(page, base, tmp_path) -> None:
    lines = re.findall(r"<p><code>(.*?),,,,</code></p>", section(page, "Due and undecided"), re.DOTALL)
    finished = [f"{html.unescape(line)},came true,2026-06-07,," for line in lines]
    assert len(finished) > 5
    content = "\n".join((",".join(COLUMNS), *finished)).encode()
    verdicts = read_verdicts(Path("verdicts.csv"), content)
    with opened(tmp_path / "build", base / "raw") as store:
        taken_in(store, base / "raw")
        build_outlooks(store, verdicts, UNEDITED)
        assert store.rows("SELECT DISTINCT why_not FROM verdict") == [(None,)]
        assert store.value("SELECT count(verdict) FROM outlook") == len(finished)


def test_what_is_decided_and_what_is_not_applied_stand_apart(page) -> None:
    assert section(page, "Decided").count("<li>") == 4
    not_applied = section(page, "Lines that are not applied")
    assert "another text stands in that row" in not_applied
    assert "no card has an id that begins so" in not_applied
    undecided = Prose(section(page, "Due and undecided")).blocks
    opened_ones = [
        no for no, (_, text) in enumerate(undecided) if text.startswith("It was found open, by a verdict of")
    ]
    first_open = min(opened_ones)
    assert all(not text.startswith("It was due ") for _, text in undecided[first_open:])


def test_a_section_source_or_concept_has_a_share_from_five_decided_outlooks_on(report, tmp_path) -> None:
    shutil.copyfile(report.database.resolve(), tmp_path / DATABASE)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("DELETE FROM outlook_record WHERE breakdown <> 'all'")
        for breakdown, n_did_not in (("section", 2), ("source", 1)):
            connection.execute(
                "INSERT INTO outlook_record VALUES ($1, 'signals', 3, $2, 0, 4, 0.5, 0.2, 0.8)",
                [breakdown, n_did_not],
            )
        write_report(connection, tmp_path / "report", max_topics=1)
    found = section((tmp_path / "report" / "outlooks.html").read_text("utf-8"), "What came true")
    assert found.count("<tbody>") == 1
    assert "No section" not in found
    assert "No source has 5 decided outlooks yet." in found
    assert "No concept has 5 decided outlooks yet." in found


def test_links_and_notes_of_verdicts_are_shown_and_their_credentials_masked(page) -> None:
    decided = section(page, "Decided") + section(page, "Due and undecided")
    assert 'as seen here</a> <span class="host">evil.example</span>' in decided
    assert html.escape(hostile.TEXTS[0]) in decided
    assert "=HYPERLINK" in html.unescape(decided)
    assert "eyJ" not in page


def test_what_looks_like_a_formula_gets_an_apostrophe_in_the_line_to_copy() -> None:
    row = {"card_id": "0" * 32, "section": "signals", "row_no": 2, "text": '=HYPERLINK("a",  1)'}
    (found,) = _with_lines([row])
    assert found["begin"] == f'{"0" * 32},signals,2,"\'=HYPERLINK(""a"", 1)",,,,'


def test_before_anything_is_due_the_page_says_when_the_first_comes(tmp_path, raw_dir) -> None:
    write(raw_dir, 1, f"{card(1)}\n\n{SIGNALS}")
    with opened(tmp_path / "build", raw_dir) as store:
        build(store, raw_dir)
        folder = published(store, tmp_path / "published").folder
    page = (folder / "report" / "outlooks.html").read_text("utf-8")
    text = " ".join(text for _, text in Prose(page).blocks)
    assert "The counted cards have 1 outlook. None came due by 7 January 2024" in text
    assert "The next day on which one comes due is 7 January 2034." in text
    assert "Nothing is due yet. To come" in text
    assert "This outlook comes due first." in text
    assert '<a href="search.html#due=2034">2034</a>' in section(page, "To come")
    assert f"<code>{card_id(link(1))},signals,1,More of it.,,,,</code>" in page
    assert "Nobody has judged an outlook yet." in text


def test_an_outlook_that_came_true_before_it_was_due_is_told_apart(tmp_path, raw_dir) -> None:
    write(raw_dir, 1, f"{card(1)}\n\n{SIGNALS}")
    line = f"{card_id(link(1))},signals,1,More of it.,came true,2025-03-02,,"
    verdicts = read_verdicts(Path("verdicts.csv"), "\n".join((",".join(COLUMNS), line)).encode())
    with opened(tmp_path / "build", raw_dir) as store:
        build(store, raw_dir, verdicts=verdicts)
        folder = published(store, tmp_path / "published").folder
    page = (folder / "report" / "outlooks.html").read_text("utf-8")
    text = " ".join(text for _, text in Prose(section(page, "What came true")).blocks)
    assert (
        "No outlook was due when it was decided. "
        "1 outlook came true early or without a day, and is in no share." in text
    )
    assert section(page, "Decided").count("<li>") == 1


def test_an_outlook_of_a_card_without_a_title_names_the_source(report, tmp_path) -> None:
    shutil.copyfile(report.database.resolve(), tmp_path / DATABASE)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("UPDATE parsed.cards SET title = NULL")
        write_report(connection, tmp_path / "report", max_topics=1)
    page = (tmp_path / "report" / "outlooks.html").read_text("utf-8")
    text = " ".join(text for _, text in Prose(page).blocks)
    assert re.search(r"on ‹a card without a title› of ‹[a-z.-]+›\.", text)
    assert ".md›" not in text


def test_topics_lead_to_their_outlooks(page, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        topic, n = connection.execute(
            "SELECT topic, count(DISTINCT (o.card_id, o.row_no)) FROM outlook AS o "
            "JOIN statement_topics AS t USING (section, card_id, row_no) JOIN topics AS n USING (topic_id) "
            "JOIN topic_cards AS c USING (topic_id, card_id) "
            "WHERE n.kind = 'concept' AND due IS NOT NULL AND topic = 'loneliness' GROUP BY ALL"
        ).fetchone()
    link = f'<a href="search.html#concept={topic}&amp;due=any" dir="auto">{topic}</a>'
    assert f'{link}</th><td class="n">{n}</td>' in section(page, "By subject")


def test_a_topic_that_is_one_with_another_is_no_subject_of_its_own(report, tmp_path) -> None:
    shutil.copyfile(report.database.resolve(), tmp_path / DATABASE)
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("UPDATE topic_momentum SET same_as = 'metaverse' WHERE topic = 'loneliness'")
        write_report(connection, tmp_path / "report", max_topics=1)
    found = section((tmp_path / "report" / "outlooks.html").read_text("utf-8"), "By subject")
    assert "search.html#concept=" in found
    assert "concept=loneliness" not in found


def test_without_outlooks_the_page_says_so(tmp_path, raw_dir) -> None:
    write(raw_dir, 1, card(1))
    with opened(tmp_path / "build", raw_dir) as store:
        build(store, raw_dir)
        folder = published(store, tmp_path / "published").folder
    text = (folder / "report" / "outlooks.html").read_text("utf-8")
    assert "No counted card says how something may be in ten years" in text
    assert "To come" not in text
