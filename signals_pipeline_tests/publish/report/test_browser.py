"""The report in a real browser: nothing is fetched, nothing of a card runs, and everybody can read it."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.publish.report.lists import SHOWN_FIRST
from signals_pipeline.publish.report.topic_queries import STATEMENTS_LISTED
from signals_pipeline.publish.report.write import write_report
from signals_pipeline_tests.browser import photograph, started

pytestmark = pytest.mark.browser

AXE = "axe-core@4.10.3"
# A4 without the margins, at 96 dots an inch.
PAPER = {"width": 680, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 360, "height": 800, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture
def browser(tmp_path) -> Iterator[Any]:
    driver = started(tmp_path / "profile")
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> str:
    """The source of axe-core, which only this test needs."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", AXE],
        cwd=folder,
        check=True,
    )
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def some(report) -> list[Path]:
    """Every page of its own, and of each folder the smallest and the largest ones."""
    chosen = sorted(report.folder.glob("*.html"))
    for folder in ("topics", "topics/keyword", "topics/theme", "issues", "years", "cards"):
        by_size = sorted(
            (report.folder / folder).glob("*.html"), key=lambda path: (path.stat().st_size, path.name)
        )
        chosen += [*by_size[:1], *by_size[-3:]]
    return chosen


def requests(browser: Any) -> tuple[set[str], set[str]]:
    """The addresses asked for since the last look, pages aside: those let through, and those stopped."""
    asked: dict[str, str] = {}
    stopped: set[str] = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        about = message["params"]
        if message["method"] == "Network.requestWillBeSent" and about["type"] != "Document":
            asked[about["requestId"]] = about["request"]["url"]
        elif message["method"] == "Network.loadingFailed" and about.get("blockedReason") == "csp":
            stopped.add(about["requestId"])
    # The browser's own first page is none of the report's.
    asked = {key: url for key, url in asked.items() if not url.startswith("chrome")}
    return {asked[key] for key in asked.keys() - stopped}, {asked[key] for key in asked.keys() & stopped}


def test_pages_ask_for_nothing_and_run_nothing_that_a_card_says(browser, report) -> None:
    for path in sorted(report.folder.rglob("*.html")):
        browser.get(path.as_uri())
        # An alert would make every command but closing it fail.
        assert browser.title.endswith(" – Signals"), path
        ours = browser.execute_script("return [...document.scripts].filter((one) => !one.type).length")
        has_tables = browser.execute_script("return document.querySelector('table') !== null")
        assert ours >= has_tables, path
        let_through, stopped = requests(browser)
        assert all(url.startswith("data:") for url in let_through), path
        assert not stopped, path
    assert browser.get_log("browser") == []


def test_a_page_from_a_server_asks_for_nothing_more(browser, some, report, address) -> None:
    for path in some:
        browser.get(f"{address}/{path.relative_to(report.folder).as_posix()}")
        let_through, stopped = requests(browser)
        assert all(url.startswith("data:") for url in let_through), path
        assert not stopped, path
    assert browser.get_log("browser") == []


def test_the_policy_stops_what_is_not_the_report_s_own(browser, address) -> None:
    browser.get(f"{address}/index.html")
    browser.execute_async_script(
        "const done = arguments[0];"
        "const script = document.createElement('script'); script.textContent = 'document.title = \"stolen\"';"
        "const image = document.createElement('img'); image.onerror = done; image.src = 'https://a.example/x';"
        "document.body.append(script, image);"
    )
    assert browser.title == "Overview – Signals"
    assert requests(browser)[1] == {"https://a.example/x"}
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 253, 248)"


HELD_STATEMENTS = """
    return [...document.querySelectorAll("#statements li")].map(
        (row) => [row.dataset.sections.split(" "), Number(row.dataset.relevancy), row.textContent])
"""
SHOWN_STATEMENTS = HELD_STATEMENTS.replace(".map", ".filter((row) => row.checkVisibility()).map")


def test_statements_are_filtered_and_ordered_with_the_keyboard_alone(browser, report) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | {"width": 390})
    browser.get((report.folder / "topics" / "heat-pump.html").as_uri())
    held = browser.execute_script(HELD_STATEMENTS)
    folded = browser.execute_script(SHOWN_STATEMENTS)
    assert folded == held[:SHOWN_FIRST]
    section, order = (browser.find_element("id", name) for name in ("section", "order"))
    assert section.is_displayed()
    browser.execute_script("document.getElementById('section').focus()")
    browser.switch_to.active_element.send_keys("concerns")
    concerns = browser.execute_script(SHOWN_STATEMENTS)
    # Of one section all that the page holds are shown, those too that are folded in the list of all.
    assert concerns == [row for row in held if "concerns" in row[0]]
    assert 0 < len(concerns) < len(held)
    n = section.find_element("css selector", "[value=concerns]").get_attribute("data-n")
    of_all = f" of {n} concerns ·" if int(n) > len(concerns) else " concerns"
    assert browser.find_element("id", "shown").text == f"{len(concerns)}{of_all}"
    section.send_keys("\ue004")
    assert browser.switch_to.active_element == order
    order.send_keys("most")
    relevancies = [row[1] for row in browser.execute_script(SHOWN_STATEMENTS)]
    assert relevancies == sorted(relevancies, reverse=True)
    assert relevancies != [row[1] for row in concerns]
    order.send_keys("\ue013")
    section.send_keys("\ue011")
    assert browser.execute_script(SHOWN_STATEMENTS) == folded
    assert browser.find_element("id", "shown").text == ""
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


def test_all_statements_are_listed_without_a_script(browser, report) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get((report.folder / "topics" / "heat-pump.html").as_uri())
    assert not browser.find_element("id", "pick").is_displayed()
    rows = browser.find_elements("css selector", "#statements li")
    assert len(rows) == STATEMENTS_LISTED
    assert all(row.is_displayed() for row in rows)
    days = [row.find_elements("css selector", "a")[1].text for row in rows]
    assert days == sorted(days, reverse=True)


def test_a_hostile_statement_is_filtered_as_any_other(browser, report) -> None:
    pages = [
        path
        for path in sorted(report.folder.glob("topics/*.html"))
        if {'id="statements"', "&lt;img src=x onerror=alert(2)&gt;"} <= set(
            re.findall(r'id="statements"|&lt;img src=x onerror=alert\(2\)&gt;', path.read_text("utf-8"))
        )
    ]  # fmt: skip
    assert pages
    browser.get(pages[0].as_uri())
    # An alert would make the next command fail.
    browser.find_element("id", "section").send_keys("signals")
    assert browser.execute_script(SHOWN_STATEMENTS)
    assert not browser.find_elements("css selector", "main img, main script")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, some, axe, scheme) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    for path in some:
        browser.get(path.as_uri())
        browser.execute_script(axe)
        found = browser.execute_async_script(
            "const done = arguments[0];"
            "axe.run().then((r) => done(r.violations.map((v) => [v.impact, v.id, v.nodes[0].html])));"
        )
        assert not [one for one in found if one[0] in ("serious", "critical")], path


def test_no_page_is_wider_than_a_phone(browser, some) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    for path in some:
        browser.get(path.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"], path


def test_no_page_is_wider_than_the_paper(browser, some) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PAPER)
    for path in some:
        browser.get(path.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PAPER["width"], path


def test_the_keyboard_reaches_the_content_first(browser, report) -> None:
    browser.get((report.folder / "index.html").as_uri())
    browser.find_element("tag name", "body").send_keys("\ue004")
    focused = browser.switch_to.active_element
    assert focused.text == "Skip to the content"
    assert focused.is_displayed()


def test_a_page_prints_without_what_only_a_screen_needs(browser, report) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.get((report.folder / "index.html").as_uri())
    hidden = browser.execute_script(
        "return ['nav', 'details'].map((name) => getComputedStyle(document.querySelector(name)).display)"
    )
    assert hidden == ["none", "none"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("topic", "topics/heat-pump.html"),
        ("compare", "compare.html#t=heat+pump,metaverse,digital+sovereignty&from=2023-01"),
    ],
)
def test_the_pictures_of_the_readme(tmp_path, demonstration_snapshot, name, address) -> None:
    """They are taken anew where `PICTURES` names a folder (`make pictures`)."""
    database = (demonstration_snapshot / "signals.duckdb").resolve()
    with duckdb.connect(str(database), read_only=True) as connection:
        write_report(connection, tmp_path / "report")
    driver = started(tmp_path / "profile", "1120,840")
    try:
        driver.get(f"{(tmp_path / 'report').as_uri()}/{address}")
        assert "heat pump" in driver.find_element("tag name", "main").text
        if name == "compare":
            driver.execute_script("document.querySelector('label').scrollIntoView()")
        photograph(driver, name, tmp_path)
    finally:
        driver.quit()
