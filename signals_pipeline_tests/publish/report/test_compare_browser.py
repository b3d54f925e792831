"""The page that compares, in a real browser: by mouse, by keyboard, from its address, and into files."""

import csv
import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import duckdb
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.wait import WebDriverWait

from signals_pipeline.marts.parameters import Z
from signals_pipeline.publish.report import words
from signals_pipeline_tests.browser import PATIENCE, started
from signals_pipeline_tests.publish.report import hostile
from signals_pipeline_tests.publish.report.test_browser import PHONE, axe, requests  # noqa: F401

pytestmark = pytest.mark.browser

FIVE = "heat+pump,digital+sovereignty,theme:technology,keyword:hay+fever,metaverse"


@pytest.fixture(scope="module")
def driver(tmp_path_factory) -> Any:
    found = started(tmp_path_factory.mktemp("profile"), "1200,1400")
    yield found
    found.quit()


@pytest.fixture
def downloads(driver, tmp_path) -> Path:
    found: Path = tmp_path
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(found)})
    return found


@pytest.fixture
def shown(driver, address) -> Any:
    """Opens the page with a fragment, as if for the first time."""

    def open_page(fragment: str = "") -> Any:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        driver.get("about:blank")
        driver.get(f"{address}/compare.html{fragment}")
        return driver

    return open_page


def until(driver: Any, is_so: Any) -> Any:
    """What a condition gives once it is so."""
    return WebDriverWait(driver, PATIENCE, poll_frequency=0.05).until(lambda _: is_so())


def text(driver: Any, name: str) -> str:
    found: str = driver.execute_script("return document.getElementById(arguments[0]).textContent", name)
    return found.replace("\u00a0", " ")


def fragment(driver: Any) -> str:
    return str(driver.current_url).partition("#")[2]


def names(driver: Any) -> list[str]:
    """What is on the chart."""
    return [one.text for one in driver.find_elements("css selector", "#chosen li > span")]


def table(driver: Any) -> list[list[str]]:
    """The cells of the table below the chart, its head first."""
    rows: list[list[str]] = driver.execute_script(
        "return [...document.querySelectorAll('#table tr')].map((row) => "
        "[...row.cells].map((cell) => cell.textContent))"
    )
    return rows


def saved(driver: Any, downloads: Path, ending: str) -> Path:
    """The file that a button saves."""
    driver.find_element("id", ending).click()
    return Path(until(driver, lambda: next(iter(downloads.glob(f"*.{ending}")), None)))


def test_the_first_look_shows_something_and_asks_for_nothing(shown, downloads) -> None:
    driver = shown()
    assert 1 <= len(names(driver)) <= 5
    assert driver.find_elements("css selector", "#plot svg .dot")
    assert "What you add takes their place." in text(driver, "told")
    for ending in ("csv", "svg", "png"):
        saved(driver, downloads, ending)
    let_through, stopped = requests(driver)
    assert all(url.startswith(("data:", "blob:")) for url in let_through)
    assert not stopped
    assert driver.get_log("browser") == []


def test_values_are_those_of_trend_and_of_wilson(shown, downloads, report) -> None:
    driver = shown(f"#t={FIVE}&g=quarter")
    rows = list(csv.DictReader(io.StringIO(saved(driver, downloads, "csv").read_text("utf-8-sig"))))
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        for kind, topic in {(row["kind"], row["topic"]) for row in rows}:
            expected = connection.execute(
                "SELECT CAST(period_start AS VARCHAR), n_cards_with, n_cards, is_partial, share, share_lo, "
                "share_hi FROM trend($1, grain := 'quarter', kind := $2)",
                [topic, kind],
            ).fetchall()
            own = [row for row in rows if (row["kind"], row["topic"]) == (kind, topic)]
            for row, (start, x, n, is_partial, *shares) in zip(own, expected, strict=True):
                assert (row["period_start"], int(row["n_cards_with"]), int(row["n_cards"])) == (start, x, n)
                assert row["is_partial"] == str(is_partial).lower()
                if n:
                    found = [float(row[name]) for name in ("share", "share_lo", "share_hi")]
                    assert found == pytest.approx(shares, abs=1e-12)
                    assert found[1:] == list(words.wilson(x, n, Z))
    assert len({row["topic"] for row in rows}) == 5


def test_below_the_chart_are_the_cards_of_each_topic_and_ways_to_the_search(shown, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        (few, *_), *rest = [
            (topic, n)
            for topic, n in connection.execute(
                "SELECT topic, n_cards_with FROM topic_momentum WHERE kind = 'concept' "
                "AND regexp_full_match(topic, '[a-z]+ [a-z]+') ORDER BY n_cards_with, topic"
            ).fetchall()
        ]
        asked = [few, *(topic for topic, _ in rest[-2:]), "keyword:hay fever"]
        expected = []
        for one in asked:
            kind, _, topic = one.rpartition(":")
            (n,) = connection.execute(
                "SELECT sum(n_cards_with) FROM trend($1, grain := 'month', kind := $2)",
                [topic, kind or "concept"],
            ).fetchone()
            name = f"{topic} ({kind})" if kind else topic
            search = ", search all texts for it" if n < 8 else ""
            expected.append(f"{name}: {n} card{'' if n == 1 else 's'} in all{search}")
    assert "search all texts" in expected[0]
    assert "search all texts" not in expected[1]
    # All cards count, whatever period is shown.
    driver = shown(f"#t={','.join(map(quote_plus, asked))}&g=year&from=2024-01&to=2024-12")
    assert [one.text for one in driver.find_elements("css selector", "#totals li")] == expected
    links = driver.find_elements("css selector", "#totals a")
    assert links[0].get_attribute("href").endswith(f"/search.html#q={quote_plus(few)}")
    one, other, third, _ = asked
    pairs = [(one, other), (one, third), (other, third)]
    assert [
        (link.text, link.get_attribute("href").partition("#")[2])
        for link in driver.find_elements("css selector", "#together a")
    ] == [(f"{a} and {b}", f"concept={quote_plus(a)}&with={quote_plus(b)}") for a, b in pairs]
    assert not shown(f"#t={quote_plus(one)}&g=year").find_element("id", "together").is_displayed()


@pytest.mark.parametrize("grain", ["month", "year"])
def test_the_saved_values_are_those_of_the_table(shown, downloads, grain) -> None:
    driver = shown(f"#t={FIVE}&g={grain}&from=2023-02&to=2024-11")
    rows = list(csv.DictReader(io.StringIO(saved(driver, downloads, "csv").read_text("utf-8-sig"))))
    head, *body = table(driver)
    assert len(rows) == 5 * len(body)
    for column in range(1, len(head)):
        own = rows[(column - 1) * len(body) : column * len(body)]
        for cells, row in zip(body, own, strict=True):
            x, n = int(row["n_cards_with"]), int(row["n_cards"])
            low, high = (float(row[name] or 0) for name in ("share_lo", "share_hi"))
            assert cells[column] == words.counted(x, n, low, high)
            assert cells[0].endswith(" (partial)") == (row["is_partial"] == "true")


def test_pictures_show_the_labels_of_the_chart(shown, downloads) -> None:
    driver = shown(f"#t={FIVE}&g=quarter")
    svg = saved(driver, downloads, "svg").read_text("utf-8")
    for name in ("heat pump", "metaverse", "Share of the cards, by quarter"):
        assert name in svg.replace("\u00a0", " ")
    assert "class=" not in svg
    assert "var(" not in svg
    png = saved(driver, downloads, "png").read_bytes()
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(png[16:20])
    assert width == 2 * float(re.search(r'width="([\d.]+)"', svg)[1])  # type: ignore[index]
    assert len(png) > 20_000


def test_pointing_says_the_values_of_a_period(shown) -> None:
    driver = shown(f"#t={FIVE}&g=quarter")
    plot = driver.find_element("id", "plot")
    driver.execute_script("arguments[0].scrollIntoView()", plot)
    ActionChains(driver).move_to_element_with_offset(plot, -100, 0).perform()
    said = until(driver, lambda: text(driver, "values"))
    row = next(row for row in table(driver)[1:] if said.startswith(row[0].replace("\u00a0", " ")))
    for cell in row[1:]:
        assert cell.replace("\u00a0", " ") in said
    assert driver.find_elements("css selector", "#plot .now .ring")


def test_dragging_chooses_a_period_and_back_brings_the_last_one(shown) -> None:
    driver = shown(f"#t={FIVE}&g=quarter")
    n_periods = len(table(driver)) - 1
    plot = driver.find_element("id", "plot")
    driver.execute_script("arguments[0].scrollIntoView()", plot)
    drag = ActionChains(driver).move_to_element_with_offset(plot, -200, 0).click_and_hold()
    drag.move_by_offset(80, 0).move_by_offset(80, 0).release().perform()
    until(driver, lambda: "from=" in fragment(driver))
    assert 1 < len(table(driver)) - 1 < n_periods
    driver.back()
    until(driver, lambda: len(table(driver)) - 1 == n_periods)
    driver.forward()
    until(driver, lambda: len(table(driver)) - 1 < n_periods)


def test_a_period_is_typed_and_the_address_brings_it_back(shown) -> None:
    driver = shown(f"#t={FIVE}&g=quarter")
    for name, typed in (("from", "2023 Q2"), ("to", "2024")):
        field = driver.find_element("id", name)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(typed, Keys.ENTER)
        until(driver, lambda name=name: f"{name}=" in fragment(driver))
    assert fragment(driver).endswith("&g=quarter&from=2023-04&to=2024-12")
    before = table(driver)
    assert [before[1][0], before[-1][0]] == ["2023\u00a0Q2", "2024\u00a0Q4"]
    driver.refresh()
    until(driver, lambda: table(driver) == before)
    field = driver.find_element("id", "from")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("soon", Keys.ENTER)
    until(driver, lambda: "“soon” is no period" in text(driver, "told"))
    driver.find_element("id", "all").click()
    until(driver, lambda: "from=" not in fragment(driver))


def test_the_keyboard_alone_chooses_and_reads(shown) -> None:
    driver = shown("#t=&g=quarter")
    assert "Nothing is chosen" in text(driver, "plot")
    for _ in range(30):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        if driver.switch_to.active_element.get_attribute("id") == "pick":
            break
    driver.switch_to.active_element.send_keys("heat")
    options = driver.find_elements("css selector", "#suggested [role=option]")
    assert options[0].text.startswith("heat pump")
    field = driver.switch_to.active_element
    field.send_keys(Keys.ARROW_DOWN)
    assert field.get_attribute("aria-activedescendant") == "option-0"
    field.send_keys(Keys.ENTER)
    until(driver, lambda: fragment(driver) == "t=heat+pump&g=quarter")
    for _ in range(30):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        if driver.switch_to.active_element.get_attribute("id") == "plot":
            break
    rows = [[cell.replace("\u00a0", " ") for cell in row] for row in table(driver)[1:]]
    for key, row in ((Keys.END, rows[-1]), (Keys.ARROW_LEFT, rows[-2]), (Keys.HOME, rows[0])):
        driver.switch_to.active_element.send_keys(key)
        assert text(driver, "values") == f"{row[0]}heat pump: {row[1]}"
    driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert text(driver, "values") == ""


def test_a_name_that_is_not_known_is_told_with_the_nearest(shown) -> None:
    driver = shown("#t=heat+pmp,theme:no+such+thing,metaverse&g=quarter&x=1")
    told = text(driver, "told")
    assert "No topic or source listed here is called “heat pmp”. Nearest to it: heat pump" in told
    assert "No theme listed here is called “no such thing”." in told
    assert "The address has parts that say nothing here: x=1." in told
    assert names(driver) == ["metaverse"]
    driver.find_element("css selector", "#told button").click()
    until(driver, lambda: names(driver) == ["metaverse", "heat pump"])
    assert fragment(driver) == "t=metaverse,heat+pump&g=quarter"


def test_a_name_like_no_other_leads_to_the_search(shown) -> None:
    driver = shown("#t=zzzzzzzz+qqqqqqqq&g=quarter")
    assert "None is like it; search all texts for it." in text(driver, "told")
    link = driver.find_element("css selector", "#told a").get_attribute("href")
    assert link.endswith("/search.html#q=zzzzzzzz+qqqqqqqq")


def test_the_first_pick_takes_the_place_of_the_example(shown) -> None:
    driver = shown()
    example = names(driver)
    driver.find_element("css selector", '[name="g"][value="year"]').click()
    until(driver, lambda: fragment(driver) == "g=year")
    assert names(driver) == example
    for name, chosen in (("heat pump", ["heat pump"]), ("metaverse", ["heat pump", "metaverse"])):
        driver.find_element("id", "pick").send_keys(name, Keys.ENTER)
        until(driver, lambda chosen=chosen: names(driver) == chosen)
    driver.find_element("id", "pick").send_keys("heat pump")
    option = driver.find_element("css selector", "#suggested [role=option]")
    assert option.text.endswith("already chosen")
    driver.find_element("id", "pick").send_keys(Keys.ESCAPE, Keys.ESCAPE)
    driver.find_element("css selector", "#chosen .clear button").click()
    until(driver, lambda: names(driver) == [])
    assert fragment(driver) == "t=&g=year"


def test_the_link_holds_the_example_too(shown) -> None:
    driver = shown()
    driver.execute_script(
        "Object.defineProperty(navigator, 'clipboard', "
        "{ value: { writeText: async (text) => { globalThis.copied = text; } } })"
    )
    driver.find_element("id", "link").click()
    until(driver, lambda: "The link is copied." in text(driver, "told"))
    is_local = driver.current_url.startswith("file:")
    assert ("It leads to a file of this computer" in text(driver, "told")) == is_local
    copied = driver.execute_script("return copied")
    assert copied.partition("#")[2].startswith("t=")
    chosen = names(driver)
    assert names(shown("#" + copied.partition("#")[2])) == chosen


def test_other_names_of_a_concept_find_it(shown, report) -> None:
    driver = shown("#t=&g=quarter")
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        topic, other = connection.execute(
            "SELECT topic, folded FROM topic_surfaces WHERE folded <> topic AND n_cards > 2 ORDER BY ALL"
        ).fetchone()
    driver.find_element("id", "pick").send_keys(other)
    assert driver.find_elements("css selector", "#suggested [role=option] bdi")[0].text == topic


def test_one_chart_for_each_has_one_scale_and_a_skip_keeps_what_is_chosen(shown) -> None:
    driver = shown(f"#t={FIVE}&g=quarter&v=count&m=1")
    ticks = "return [...document.querySelectorAll('#plot .tick')].map((one) => one.textContent)"
    shown_ticks = driver.execute_script(ticks)
    assert len({no for no in shown_ticks if re.fullmatch(r"\d{1,3}", no)}) >= 2
    assert len(driver.find_elements("css selector", "#plot .name")) == 5
    assert {shown_ticks.count(no) % 5 for no in shown_ticks if re.fullmatch(r"\d{1,3}", no)} == {0}
    assert table(driver)[1][1].count(" of ") == 1
    driver.execute_script("location.hash = '#main'")
    assert len(names(driver)) == 5


def test_labels_at_the_ends_do_not_touch(shown) -> None:
    driver = shown(f"#t={FIVE},source:tidal-notes.substack.example&g=quarter")
    boxes = driver.execute_script(
        "return [...document.querySelectorAll('#plot .end')].map((one) => one.getBoundingClientRect())"
        ".map((box) => [box.top, box.bottom, box.right])"
    )
    ordered = sorted(boxes)
    assert all(lower[0] >= upper[1] - 1 for upper, lower in pairwise(ordered))
    edge = driver.execute_script("return document.querySelector('#plot svg').getBoundingClientRect().right")
    assert all(box[2] <= edge + 1 for box in boxes)
    styles = driver.execute_script(
        "return [...document.querySelectorAll('#plot .line:not(.partial)')]"
        ".map((one) => one.className.baseVal + one.getAttribute('stroke-dasharray'))"
    )
    assert len(set(styles)) == 6


def test_hostile_names_are_texts(shown, downloads, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        topics = [
            name
            for (name,) in connection.execute(
                "SELECT topic FROM topic_momentum WHERE kind = 'keyword' AND (contains(topic, '<') "
                "OR topic IN ('c++', 'c#', 'con', '..')) ORDER BY topic LIMIT 8"
            ).fetchall()
        ]
    assert any("script" in name for name in topics)
    driver = shown("#t=" + ",".join(f"keyword:{quote_plus(name)}" for name in topics) + "&g=year")
    assert [name.removesuffix(" keyword") for name in names(driver)] == topics
    assert not driver.find_elements("css selector", "#compare img, #compare script, #compare svg b")
    rows = list(csv.DictReader(io.StringIO(saved(driver, downloads, "csv").read_text("utf-8-sig"))))
    assert [row["topic"] for row in rows][:: len(rows) // len(topics)] == topics
    saved(driver, downloads, "png")
    driver = shown("#t=" + ",".join(map(quote_plus, hostile.TEXTS)))
    assert len(driver.find_elements("css selector", "#told p")) + len(names(driver)) >= len(hostile.TEXTS)
    assert driver.title == "Compare – Signals"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_the_list_open(shown, axe, scheme) -> None:  # noqa: F811
    driver = shown(f"#t={FIVE},nonsense&g=quarter")
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    driver.find_element("id", "pick").send_keys("a", Keys.ARROW_DOWN)
    driver.execute_script(axe)
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run().then((r) => done(r.violations.map((v) => [v.impact, v.id, v.nodes[0].html])));"
    )
    assert not [one for one in found if one[0] in ("serious", "critical")]


def test_a_phone_shows_all_of_it(shown) -> None:
    driver = shown()
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    driver.refresh()
    assert driver.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
    width = driver.execute_script("return document.querySelector('#plot svg').getBoundingClientRect().right")
    assert width <= PHONE["width"]
    assert names(driver)
    # What names the lines stands below them, and they have the whole width.
    line, *ends = driver.execute_script(
        "return ['.axis', '.end'].flatMap((one) => [...document.querySelectorAll(`#plot ${one}`)])"
        ".map((one) => one.getBoundingClientRect()).map((box) => [box.right, box.bottom, box.top])"
    )
    assert line[0] > 0.9 * PHONE["width"]
    assert len(ends) >= len(names(driver))
