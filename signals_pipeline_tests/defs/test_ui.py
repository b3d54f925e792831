"""The Dagster UI in a real browser, as `make ui` opens it."""

import http.server
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from selenium.common.exceptions import WebDriverException

from signals_pipeline.definitions import defs
from signals_pipeline_tests import corpus
from signals_pipeline_tests.browser import PATIENCE, photograph, started
from signals_pipeline_tests.web import ask

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LATER = "later.part"
"""No name of a card."""


class Page:
    """What a person sees at addresses of the UI."""

    def __init__(self, browser: Any, base: str) -> None:
        self.browser = browser
        self.base = base

    def open(self, path: str, *expected: str) -> str:
        """Open an address and wait for what must be there; returns all text on it."""
        self.browser.get(self.base + path)
        return self.wait(*expected)

    def wait(self, *expected: str) -> str:
        def text() -> str:
            return str(self.browser.execute_script("return document.body.innerText"))

        return until(text, lambda seen: all(one in seen for one in expected), f"{expected} on the page")

    def click(self, label: str, row: str = "") -> None:
        """Click the innermost thing with a label, in the row of a table that begins so."""
        until(lambda: self.clicked(label, row), bool, f"{label!r} to click")

    def clicked(self, label: str, row: str = "") -> bool:
        """Whether there was such a thing; it is clicked by a script, since the page replaces its elements."""
        return bool(
            self.browser.execute_script(
                "const [label, row] = arguments;"
                "const found = [...document.querySelectorAll('body *')]"
                ".filter((one) => one.innerText?.trim() === label && !one.disabled)"
                ".filter((one) => !row || one.closest('tr')?.innerText.trim().startsWith(row)).pop();"
                "found?.click(); return Boolean(found);",
                label,
                row,
            )
        )


Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], is_there: Callable[[Seen], bool], what: str) -> Seen:
    """What is seen once it is as it must be."""
    end = time.monotonic() + PATIENCE
    while True:
        seen = look()
        if is_there(seen):
            return seen
        assert time.monotonic() < end, f"waited {PATIENCE:g} s for {what}; last seen: {seen}"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cards")
    corpus.generate(folder, n_cards=60, n_issues=12)
    later(folder).rename(folder / LATER)
    return folder


def later(folder: Path) -> Path:
    """The card that is put into the folder while the sensor watches it."""
    return min(folder.glob("*.md"))


@pytest.fixture(scope="module")
def page(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The UI with its daemon, after a run on the folder."""
    base = tmp_path_factory.mktemp("ui")
    browser = started(base / "profile", "1500,1400")
    environment = os.environ | {"SIGNALS_RAW_DIR": str(raw), "SIGNALS_DATA_DIR": str(base / "data")}
    subprocess.run([sys.executable, "-m", "signals_pipeline", "run"], cwd=ROOT, env=environment, check=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "signals_pipeline", "ui"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout
        opening = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert opening
        until(lambda: _opened(browser, opening[0]), bool, "the UI to answer")
        yield Page(browser, opening[0])
    finally:
        browser.quit()
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _opened(browser: Any, address: str) -> bool:
    try:
        browser.get(address)
    except WebDriverException:
        return False
    return True


def test_a_run_launched_from_its_page_succeeds(page: Page) -> None:
    page.open("/locations/signals_pipeline/jobs/refresh/playground", "New Run")

    def launched() -> str:
        # The page takes no click while it still checks the configuration, and says nothing of it.
        if "/playground" in page.browser.current_url and page.clicked("Launch Run"):
            time.sleep(2)
        return str(page.browser.current_url)

    until(launched, lambda address: "/runs/" in address, "the page of the run")
    page.wait("Success", "published__", "RUN_SUCCESS")


def test_the_graph_shows_every_group_and_the_marts_with_what_they_read(page: Page, tmp_path: Path) -> None:
    groups = {spec.group_name for spec in defs().resolve_all_asset_specs()}
    assert groups == {"raw", "parsed", "topics", "meaning", "outlooks", "marts", "published"}
    page.open("/asset-groups", "Global asset lineage", *map(str, groups))
    photograph(page.browser, "lineage", tmp_path)
    group = "/locations/signals_pipeline/asset-groups"
    # Dagster writes into a box what was checked and stored where it draws the whole group large enough.
    page.open(f"{group}/topics/lineage", "topic_surfaces", "Asset checks", "Passed", "DuckDB")
    page.open(f"{group}/marts/lineage", "dated_issues", "able_cards", "topic_cards", "topic_trend_fit")
    page.open(f"{group}/marts/list", "able_cards", "able_periods", "alert")
    page.open(
        "/assets/marts/topic_trend?view=lineage",
        "Nearest Neighbors",
        "topic_trend_counts",
        "able_periods",
        "database",
    )


def test_the_page_of_an_asset_says_without_a_click_what_matters(page: Page) -> None:
    # The page waits for each of the texts: it draws a section before what is in it.
    seen = page.open(
        "/assets/marts/topic_trend",
        "Columns",
        "Lower end of the 95 % Wilson interval of share. [fraction]",
        "Computed from topic_trend_counts (grain); selected by",
        "Metadata",
        "share_by_quarter",
    )
    assert re.search("[▁▂▃▄▅▆▇█]{3}", seen)
    page.open(
        "/assets/parsed/keywords", "Columns", "Computed from raw.cards (## Keywords: list item).", "Metadata"
    )


def test_two_clicks_lead_from_a_q_to_the_keywords_of_a_card(page: Page) -> None:
    page.open("/assets/marts/topic_momentum", "Columns", "p_trend adjusted for all topics of the family.")
    page.click("mentions", row="q_trend")
    page.wait("Computed from parsed.keywords (line), parsed.themes (line)")
    page.click("parsed.keywords", row="line")
    page.wait("Computed from raw.cards (## Keywords: list item).")


def test_the_page_of_a_mart_shows_its_sql_and_leads_to_its_code_and_to_the_report(page: Page) -> None:
    page.open(
        "/assets/marts/topic_trend",
        "signals.main.topic_trend",
        "topic_trend.sql",
        "/current/report/dictionary.html#t-topic_trend",
    )
    page.click("[Show Markdown]", row="sql")
    page.wait("JOIN able_periods")


def test_a_chart_opens_by_a_click(page: Page) -> None:
    page.open("/assets/marts/issue_overview", "[Show Markdown]")
    page.click("[Show Markdown]", row="chart")

    def width() -> int:
        return int(
            page.browser.execute_script(
                "return Math.max(0, ...[...document.images].filter((one) => one.src.startsWith('data:'))"
                ".map((one) => one.naturalWidth))"
            )
        )

    assert until(width, bool, "the chart") == 640


def test_checks_and_freshness_are_shown(page: Page) -> None:
    page.open("/assets/parsed/cards?view=checks", "every_rule_holds", "Succeeded")
    page.open("/assets/published/database", "Freshness policy", "Passing")


def test_the_sensor_takes_in_a_new_card(page: Page, raw: Path) -> None:
    def n_cards() -> str:
        found = re.search(r"Row count\s+(\d+)", page.open("/assets/parsed/cards", "Row count"))
        return found[1] if found else ""

    assert until(n_cards, bool, "a number of cards") == "59"
    (raw / LATER).rename(raw / "new.md")
    until(n_cards, lambda seen: seen == "60", "the new card to be counted")
    page.open("/runs", "folder", "Success")


TRY = """
const [base, done] = arguments;
const query = 'mutation { setAutoMaterializePaused(paused: false) }';
const address = base + '/graphql?query=' + encodeURIComponent(query);
const body = JSON.stringify({query});
const said = (promise) => promise.then(() => 'answered', () => 'refused');
const image = new Promise((_, fail) => {
    const one = new Image(); one.onload = one.onerror = fail; one.src = address;
});
const frame = (start) => new Promise((_, fail) => {
    const one = document.createElement('iframe'); one.name = 'f' + Math.random();
    document.body.append(one); start(one); one.onload = fail;
});
const form = (one) => {
    const made = document.createElement('form');
    Object.assign(made, {action: address, method: 'POST', enctype: 'text/plain', target: one.name});
    document.body.append(made); made.submit();
};
const socket = new Promise((open, fail) => {
    const one = new WebSocket(base.replace('http', 'ws') + '/graphql', 'graphql-ws');
    one.onopen = open; one.onerror = fail;
});
const post = (type, mode) => fetch(
    base + '/graphql', {method: 'POST', mode, headers: {'Content-Type': type}, body});
Promise.all([
    said(socket),
    said(post('application/json', 'cors')),
    said(image), said(frame(form)), said(frame((one) => { one.src = address; })),
    said(fetch(address, {mode: 'no-cors'})), said(post('text/plain', 'no-cors')),
    said(post('text/plain;application/json', 'no-cors')),
]).then((all) => done(all.slice(0, 2)));
"""
"""All ways in which a page can ask an address; gives whether a WebSocket and JSON were answered."""


@contextmanager
def another_site() -> Iterator[int]:
    """A web server with an empty page, and its port."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_no_page_of_another_site_or_port_drives_the_ui_and_one_of_its_own_does(page: Page) -> None:
    port = int(page.base.rpartition(":")[2])

    def tried() -> list[str]:
        return page.browser.execute_async_script(TRY, page.base)

    def is_paused() -> bool:
        return ask(port, "{ instance { autoMaterializePaused } }")["data"]["instance"][
            "autoMaterializePaused"
        ]

    with another_site() as other:
        for name in ("localhost", "127.0.0.1"):
            page.browser.get(f"http://{name}:{other}/")
            assert tried() == ["refused", "refused"]
            assert is_paused()
    page.browser.get(f"{page.base}/server_info")
    assert tried() == ["answered", "answered"]
    assert not is_paused()
    ask(port, "mutation { setAutoMaterializePaused(paused: true) }")
