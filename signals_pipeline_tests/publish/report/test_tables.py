"""Tables and lists in a real browser: every header sorts, long lists are shown whole, topics are found."""

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from jinja2 import ChoiceLoader, DictLoader

from signals_pipeline.publish.report.lists import FOLDED_ABOVE, SHOWN_FIRST
from signals_pipeline.publish.report.site import Site
from signals_pipeline_tests.browser import started
from signals_pipeline_tests.publish.report import hostile

pytestmark = pytest.mark.browser

TEMPLATE = """
{%- import "macros.html" as m with context -%}
<!doctype html><html lang="en"><head><title>Table</title>
<meta http-equiv="Content-Security-Policy" content="{{ policy }}"><style>{{ style }}</style></head><body>
{% set head = [("Name", ""), ("Bar", "bar"), ("Number", "n"), ("Day", "n"), ("Said", "v")] %}
{% call(row) m.table("One", head, rows) %}
<th scope="row">{{ row[0] }}</th><td></td><td class="n">{{ row[1] }}</td>
<td class="n">{{ row[2] }}</td><td class="n">{{ row[3] }}</td><td data-v="{{ row[4] }}">x</td>
{% endcall %}
{{ m.more(3, 3, "row", "") }}
{{ m.more(n, n, "row", "") }}
{% for script in scripts %}<script>{{ script }}</script>{% endfor %}
</body></html>
"""
ROWS = [
    ("b", "12 of 74, 16 % (10 to 26)", "−1.5", "2024-05-05", 3),
    ("a10", "1,000 of 2,000, 50 % (48 to 52)", "×2 (1 to 3)", "open", 1),
    ("a9", "–", "–", "–", ""),
    ("B", "1 of 100, 1 % (0.2 to 5.4)", "1,200", "2023-12-31", 2),
    ("c", "3 of 300, 1 % (0.3 to 3)", "< 0.001", "2024-05-05", 10),
    ("d", "2 of 4, 50 % (15 to 85)", "0.001", "2024-06-01", -4),
]
"""Rows a to f below, in the order of the page."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    driver = started(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


def page(browser: Any, folder: Any, rows: list[tuple[object, ...]]) -> None:
    """Open a page with one table."""
    site = Site(folder, {"book": None, "about": None})
    ours = DictLoader({"quality.html": TEMPLATE})
    site._environment.loader = ChoiceLoader([ours, site._environment.loader])
    site.write("page.html", "quality.html", rows=rows, n=len(rows))
    browser.get((folder / "page.html").as_uri())


def letters(browser: Any) -> str:
    """The rows as letters: the first row of the page is a."""
    names = [one.text for one in browser.find_elements("css selector", "tbody th")]
    return "".join("abcdef"[[row[0] for row in ROWS].index(name)] for name in names)


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        # Without case and by the number in a name; equal ones in the order of the page.
        ("Name", ("ascending", "cbadef"), ("descending", "feadbc")),
        # By share, the largest first; what is empty comes last both ways.
        ("Bar", ("descending", "bfadec"), ("ascending", "deabfc")),
        ("Number", ("descending", "dbfeac"), ("ascending", "aefbdc")),
        # A word stands behind the days.
        ("Day", ("descending", "faedbc"), ("ascending", "daefbc")),
        ("Said", ("descending", "eadbfc"), ("ascending", "fbdaec")),
    ],
)  # fmt: skip
def test_a_header_sorts_both_ways_and_gives_the_order_of_the_page_back(
    browser, tmp_path, header, first, second
) -> None:
    page(browser, tmp_path, ROWS)
    button = next(one for one in browser.find_elements("css selector", "th button") if one.text == header)
    head = button.find_element("xpath", "..")
    for way, order in (first, second, (None, "abcdef")):
        # By keyboard.
        button.send_keys("\ue007")
        assert (head.get_attribute("aria-sort"), letters(browser)) == (way, order)
    button.click()
    assert letters(browser) == first[1]


def test_only_the_last_header_says_that_it_sorts(browser, tmp_path) -> None:
    page(browser, tmp_path, ROWS)
    for button in browser.find_elements("css selector", "th button")[:3]:
        button.click()
    assert len(browser.find_elements("css selector", "[aria-sort]")) == 1


def test_a_long_list_shows_its_first_rows_and_all_of_them_on_a_button(browser, tmp_path) -> None:
    n = FOLDED_ABOVE + 1
    page(browser, tmp_path, [(f"{no:03}", "–", str(no), "–", no) for no in range(n)])
    shown = [one.text for one in browser.find_elements("css selector", "tbody th") if one.is_displayed()]
    assert shown == [f"{no:03}" for no in range(SHOWN_FIRST)]
    # A sorted table shows the first of that order.
    browser.find_elements("css selector", "th button")[2].click()
    shown = [one.text for one in browser.find_elements("css selector", "tbody th") if one.is_displayed()]
    assert shown == [f"{n - 1 - no:03}" for no in range(SHOWN_FIRST)]
    (button,) = browser.find_elements("css selector", ".more button")
    assert (button.text, button.get_attribute("aria-expanded")) == (f"Show all {n} rows", "false")
    button.send_keys(" ")
    assert all(one.is_displayed() for one in browser.find_elements("css selector", "tbody th"))
    assert (button.text, button.get_attribute("aria-expanded")) == (f"Show the first {SHOWN_FIRST}", "true")


def test_on_paper_a_long_list_is_whole(browser, tmp_path) -> None:
    n = FOLDED_ABOVE + 1
    page(browser, tmp_path, [(f"{no:03}", "–", str(no), "–", no) for no in range(n)])
    n_shown = "return [...document.querySelectorAll('tbody tr')].filter((one) => !one.hidden).length"
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(n_shown) == n
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(n_shown) == SHOWN_FIRST


def test_a_short_list_has_no_button(browser, tmp_path) -> None:
    page(browser, tmp_path, ROWS)
    assert not browser.find_elements("css selector", ".more button")


def test_every_table_of_the_report_sorts(browser, report) -> None:
    paths = sorted(report.folder.glob("*.html"))
    for folder in ("topics", "issues", "years"):
        paths += sorted((report.folder / folder).iterdir())[:2]
    for path in paths:
        browser.get(path.as_uri())
        tables = browser.execute_script(
            # The table below the chart that compares has the order of time.
            "return [...document.querySelectorAll('table:not(.compare table)')]"
            ".filter((one) => one.tBodies[0].rows.length > 1)"
            ".map((one) => {"
            "  const buttons = [...one.querySelectorAll('th button')];"
            "  buttons.forEach((button) => button.click());"
            "  return [buttons.length, one.querySelectorAll('[aria-sort]').length]; })"
        )
        assert all(n > 0 and n_sorted == 1 for n, n_sorted in tables), path
    assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def shown(browser: Any) -> list[str]:
    """The topics that are shown, in their order."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#filtered tbody tr')].filter((row) => !row.hidden)"
        ".map((row) => row.cells[0].textContent.trim())"
    )


def typed(browser: Any, report: Any, text: str) -> list[str]:
    """The topics that are shown for what is typed."""
    browser.get((report.folder / "topics.html").as_uri())
    browser.find_element("id", "filter").send_keys(text)
    return shown(browser)


def test_a_topic_is_found_by_any_of_its_names_and_the_list_says_by_which(browser, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        topic, name = connection.execute("""
            SELECT concept, lower(m.raw_text)
            FROM concept_members JOIN mentions AS m ON m.topic_id = member_topic_id
            WHERE NOT contains(concept, lower(m.raw_text)) AND regexp_full_match(m.raw_text, '[A-Za-z ]+')
            GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2
        """).fetchall()[0]
    found = typed(browser, report, name.upper())
    assert topic in found
    named = browser.find_elements("css selector", "th[data-found]")
    said = {one.text.split("\n")[0]: one.get_attribute("data-found") for one in named}
    assert said[topic] == name
    assert browser.find_element("id", "shown").text.startswith(f"{len(found)} of ")


def test_whole_words_come_first_then_beginnings_then_the_inside_of_words(browser, report) -> None:
    found = typed(browser, report, "púmp")
    assert found
    assert all("pump" in text for text in found)
    ranks = [
        min(
            0 if word == "pump" else 1 if word.startswith("pump") else 2
            for word in text.split() if "pump" in word
        )
        for text in found
    ]  # fmt: skip
    assert ranks == sorted(ranks)


def test_of_a_short_word_the_inside_of_words_is_not_meant(browser, report) -> None:
    found = typed(browser, report, "ai")
    assert found
    said = browser.execute_script(
        "return [...document.querySelectorAll('#filtered tbody tr')].filter((row) => !row.hidden)"
        ".map((row) => `${row.cells[0].textContent} ${row.cells[0].dataset.found ?? ''}`)"
    )
    assert all(re.search(r"(?<![a-z0-9])ai", one.lower()) for one in said)


def test_what_is_no_topic_can_be_searched_in_all_texts(browser, report) -> None:
    typed(browser, report, "no such topic")
    further = browser.find_element("id", "further")
    assert further.text == "Search all texts for “no such topic”"
    assert further.get_attribute("href").endswith("/search.html#q=no+such+topic")
    typed(browser, report, "")
    assert not browser.find_element("id", "further").is_displayed()


def test_the_list_of_topics_is_of_the_stage_that_its_address_says(browser, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        stages = connection.execute("""
            SELECT stage, count(*) AS n FROM topic_momentum WHERE kind = 'concept'
            GROUP BY stage HAVING n < 100
        """).fetchall()
    address = (report.folder / "topics.html").as_uri()
    stage, n_topics = max(stages, key=lambda row: row[1])
    browser.get(f"{address}#stage={stage}")
    assert len(shown(browser)) == n_topics
    of_stage = shown(browser)
    browser.find_element("id", "filter").send_keys(of_stage[-1])
    assert of_stage[-1] in shown(browser)
    assert browser.execute_script("return location.hash").startswith("#filter=")
    # A stage that no topic is in is none to choose.
    browser.get("about:blank")
    browser.get(f"{address}#stage=no-such-stage")
    assert len(shown(browser)) > n_topics


def test_a_sorted_list_stays_so_within_a_rank_and_comes_back_whole(browser, report) -> None:
    whole = typed(browser, report, "")
    browser.find_element("css selector", "#filtered th button").click()
    by_name = [name for name in shown(browser) if name.isalpha() and name.isascii()]
    assert by_name == sorted(by_name, key=str.casefold)
    assert shown(browser) != whole
    field = browser.find_element("id", "filter")
    field.send_keys("no such topic")
    assert shown(browser) == []
    for _ in "no such topic":
        field.send_keys("\ue003")
    assert sorted(shown(browser)) == sorted(whole)
    for _ in range(2):
        browser.find_element("css selector", "#filtered th button").click()
    assert shown(browser) == whole


def test_hostile_names_are_found_and_do_nothing(browser, report) -> None:
    for name in (*hostile.TOPICS[:3], hostile.TEXTS[0]):
        assert name.lower() in [one.lower() for one in typed(browser, report, name)]
    assert browser.title == "Topics – Signals"
