"""The map: what is drawn where, that small corpora say why nothing is, and how it looks in a browser."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from signals_pipeline.publish.report import map_charts
from signals_pipeline.publish.report.map import NODES, PAIRS, strongest
from signals_pipeline.publish.report.map_charts import Spot
from signals_pipeline_tests.browser import started
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.publish.conftest import build, published
from signals_pipeline_tests.publish.report.page import Page

CENTRE = (450.0, 465.0)


def spot(name: str, direction: float, **more: Any) -> Spot:
    """A topic of the map."""
    known = {
        "href": f"topics/{name}.html", "told": f"{name}: told", "n_cards": 20, "ring": 3, "certainty": "sure",
        "low": direction - 0.1, "high": direction + 0.1, "level": 0.05,
    }  # fmt: skip
    return Spot(name=name, direction=direction, **(known | more))


def circles(markup: object) -> dict[str, tuple[float, float, float]]:
    """Where each dot stands, by the title of its link."""
    svg = ET.fromstring(str(markup))
    found = {}
    for link in svg.iter("a"):
        circle = link.find("circle")
        assert circle is not None
        found[link.findtext("title", "")] = tuple(float(circle.get(key, "")) for key in ("cx", "cy", "r"))
    return found


def test_what_rises_is_right_what_falls_left_and_what_is_called_now_outside() -> None:
    spots = [
        spot("up", 0.6), spot("down", -0.6), spot("level", 0.0, ring=1), spot("open", 0.3, ring=0),
        spot("earlier", 0.3, ring=2), spot("large", 0.1, n_cards=2000),
    ]  # fmt: skip
    found = circles(map_charts.radar(spots, ""))
    assert len(found) == len(spots)
    assert found["down: told"][0] < CENTRE[0] < found["up: told"][0]
    assert found["level: told"][0] == CENTRE[0]
    far = {name.split(":")[0]: math.dist(CENTRE, place[:2]) for name, place in found.items()}
    assert far["open"] < far["level"] < far["earlier"] < far["up"]
    assert max(place[2] for place in found.values()) == found["large: told"][2]


def test_dots_of_the_radar_do_not_cover_each_other_and_lie_in_the_half_disc() -> None:
    spots = [spot(str(no), math.sin(no), ring=no % 4, n_cards=8 + no % 60) for no in range(120)]
    spots.append(spot("large", 0.0, n_cards=1_000))
    found = list(circles(map_charts.radar(spots, "")).values())
    for no, (x, y, r) in enumerate(found):
        assert y <= CENTRE[1]
        assert math.dist(CENTRE, (x, y)) <= 416 - r
        # Rounded to a tenth.
        assert all(math.dist((x, y), other[:2]) > r + other[2] - 0.5 for other in found[no + 1 :])


def test_levels_stand_on_a_scale_of_ratios_and_what_is_absent_beside_it() -> None:
    spots = [spot(str(level), 0.2, level=level) for level in (0.0, 0.01, 0.02, 0.04, 0.08)]
    xs = [circles(map_charts.scatter(spots, ""))[f"{one.level}: told"][0] for one in spots]
    steps = [later - earlier for earlier, later in pairwise(xs[1:])]
    assert max(steps) - min(steps) <= 0.2
    assert xs[0] < xs[1]


def test_what_is_more_than_noise_has_a_line_for_its_interval() -> None:
    spots = [spot("a", 0.2), spot("b", 0.3, certainty="likely"), spot("c", 0.1, certainty="open")]
    assert str(map_charts.scatter(spots, "")).count('class="whisker"') == 2


@pytest.mark.parametrize("draw", [map_charts.radar, map_charts.scatter])
def test_a_drawing_of_one_topic_and_the_same_bytes_again(draw) -> None:
    spots = [spot("alone", 0.0, level=0.0)]
    assert draw(spots, "") == draw(spots, "")
    assert len(circles(draw(spots, ""))) == 1


def test_names_and_what_is_told_are_escaped() -> None:
    told = "</title><script>alert(1)</script>"
    drawn = map_charts.network([spot("<b>\u202e", 0, told=told), spot("other", 0)], [(0, 1, 0.5)], "<i>")
    assert "<script" not in drawn
    assert "&lt;b&gt;\\u202e" in drawn
    assert told in circles(drawn)


def test_the_network_has_so_many_topics_and_pairs_and_no_more() -> None:
    star = [{"topic_id_a": "0", "topic_id_b": str(no)} for no in range(1, 100)]
    assert strongest(star) == star[: NODES - 1]
    among = [{"topic_id_a": str(a), "topic_id_b": str(b)} for a in range(30) for b in range(a)]
    assert len(strongest(among)) == PAIRS


def test_every_topic_of_the_map_is_in_its_table_and_every_dot_is_a_link(pages) -> None:
    text = pages["map.html"]
    table = text[text.index("The topics of the map") : text.index("</table>")]
    for drawing in re.findall(r'<svg class="chart map".*?</svg>', text)[:2]:
        links = re.findall('<a href="([^"]+)" tabindex="-1">', drawing)
        assert links
        assert sorted(links) == sorted(re.findall('<a href="([^"]+)"', table))


@pytest.mark.long
def test_a_map_of_few_cards_says_why_nothing_is_drawn(tmp_path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for no in range(5):
        title = f"# __Kelp {no}__, (from page [2024010{no}](https://newsletter.example.org/p/2024010{no}).)\n"
        (raw / f"kelp{no}.md").write_text(f"{title}\n## Keywords\n\n* kelp\n* sea\n", "utf-8")
    with opened(tmp_path / "build", raw) as store:
        build(store, raw)
        published(store, tmp_path / "published")
    page = Page((tmp_path / "published" / "current" / "report" / "map.html").read_text("utf-8"))
    assert "There is nothing to draw yet: no topic is on enough cards" in page.text
    assert "No two topics with a page are named together" in page.text
    assert not page.all("svg")


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Any]:
    driver = started(tmp_path_factory.mktemp("profile"), "1280,1400")
    yield driver
    driver.quit()


OVERLAPS = """
    const found = [];
    let n = 0;
    // Boxes of texts are a little higher than their letters.
    const meet = (p, q) =>
        p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3;
    for (const svg of document.querySelectorAll("svg.map")) {
        const texts = [...svg.querySelectorAll("text")];
        const all = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
        n += all.length;
        all.forEach(([a, p], no) => {
            for (const [b, q] of all.slice(no + 1)) if (meet(p, q)) found.push([a, b]);
        });
    }
    return [found, n];
"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_no_two_names_of_a_drawing_overlap_on_the_screen(browser, report, width) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get((report.folder / "map.html").as_uri())
    overlaps, n_names = browser.execute_script(OVERLAPS)
    assert n_names > 20
    assert overlaps == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_a_dot_leads_to_its_topic_and_the_keyboard_finds_it_in_the_table(browser, report) -> None:
    browser.get((report.folder / "map.html").as_uri())
    name = browser.execute_script(
        "const link = document.querySelector('svg.map a'); link.dispatchEvent(new MouseEvent('click'));"
        "return link.querySelector('title').textContent.split(':')[0];"
    )
    assert browser.find_element("tag name", "h1").text == name
    browser.get((report.folder / "map.html").as_uri())
    stops = browser.execute_script(
        "return [...document.querySelectorAll('table a')].map((one) => one.textContent)"
    )
    assert name in stops
