"""Charts: every number stands where it should, worked out by hand."""

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from signals_pipeline.publish.report import charts
from signals_pipeline.publish.report.charts import Bar, Mark, Point, Span

SVG = "{http://www.w3.org/2000/svg}"


def drawn(markup: str) -> ET.Element:
    return ET.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [one for one in svg.iter() if name in one.get("class", "").split()]


def texts(svg: ET.Element) -> list[str]:
    return [one.text or "" for one in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("largest", "top"), [(0.36, 0.4), (0.44, 0.5), (0.021, 0.025), (1.0, 1.0), (0.0, 1.0), (0.93, 1.0)]
)
def test_a_scale_of_shares_ends_at_a_round_number(largest, top) -> None:
    assert charts.nice_top(largest) == pytest.approx(top)


@pytest.mark.parametrize(("largest", "top"), [(3, 3), (11, 15), (42, 50), (240, 250), (1, 1)])
def test_a_scale_of_counts_has_whole_steps(largest, top) -> None:
    assert charts.nice_top(largest, whole=True) == top
    assert charts.step(largest, whole=True) == int(charts.step(largest, whole=True))


def line(points, **more):
    return drawn(charts.line_with_band("a", "Title", "Told", points, **more))


THREE = [
    Point(date(2024, 1, 1), 0.0, 0.0, 0.2, hollow=True),
    Point(date(2024, 1, 11), 0.2, 0.1, 0.4),
    Point(date(2024, 1, 21), 0.1, 0.0, 0.3),
]


def test_points_of_a_line_stand_at_their_day_and_share() -> None:
    # From x 50 to 578 in 20 days; from y 220 for 0 to 34 for the top of the scale, 0.4.
    dots = [(one.get("cx"), one.get("cy"), one.get("class")) for one in of_class(line(THREE), "dot")]
    assert dots == [("50", "220", "dot hollow"), ("314", "127", "dot"), ("578", "173.5", "dot")]


def test_the_band_goes_along_the_upper_ends_and_back_along_the_lower() -> None:
    (band,) = of_class(line(THREE), "band")
    assert band.get("d") == "M50 127L314 34L578 80.5L578 220L314 173.5L50 220Z"


def test_a_line_to_a_partial_point_is_dashed() -> None:
    assert [one.get("class") for one in of_class(line(THREE), "line")] == ["line dashed", "line"]


def test_a_period_without_cards_breaks_line_and_band() -> None:
    points = [*THREE, Point(date(2024, 2, 1), None), Point(date(2024, 2, 11), 0.1, 0.0, 0.2)]
    svg = line(points)
    assert len(of_class(svg, "dot")) == 4
    assert len(of_class(svg, "line")) == 2
    assert len(of_class(svg, "band")) == 1
    assert len(of_class(svg, "whisker")) == 1


def test_bursts_and_shifts_are_named_where_they_stand() -> None:
    svg = line(
        THREE,
        spans=[Span(date(2024, 1, 11), date(2024, 1, 21), "burst")],
        marks=[Mark(date(2024, 1, 6), "level up")],
    )
    (span,) = of_class(svg, "span")
    assert (span.get("x"), span.get("width")) == ("314", "264")
    (mark,) = of_class(svg, "mark")
    assert mark.get("d") == "M182 28L182 220"
    assert {"burst", "level up"} <= set(texts(svg))


def test_the_last_value_is_written_at_the_line() -> None:
    assert "10\u00a0%" in texts(line(THREE))


def test_a_chart_is_an_image_with_title_and_description() -> None:
    markup = charts.line_with_band("a", "<b>&", '"Told"', THREE)
    svg = drawn(markup)
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "a-t a-d"
    assert [(one.tag.removeprefix(SVG), one.get("id"), one.text) for one in list(svg)[:2]] == [
        ("title", "a-t", "<b>&"), ("desc", "a-d", '"Told"')
    ]  # fmt: skip


def test_columns_stand_on_zero_and_a_partial_one_is_hollow() -> None:
    svg = drawn(charts.bars("b", "T", "D", [Bar("x", 10), Bar("y", 5, hollow=True)], ["2024", ""]))
    # From y 150 for 0 to 16 for 10; two columns of 291, a gap of 3 between them.
    found = [
        (one.get("x"), one.get("y"), one.get("height"), one.get("class")) for one in of_class(svg, "bar")
    ]
    assert found == [("51.5", "16", "134", "bar"), ("342.5", "83", "67", "bar hollow")]
    assert "2024" in texts(svg)


def test_a_strip_is_darker_the_larger_the_number_and_leaves_out_what_is_not_known() -> None:
    svg = drawn(
        charts.heat_strips(
            "h", "T", "D", [("", [0.0, 0.5, None, 1.0])], [[""] * 4], ["2024", "", "", ""], top=1
        )
    )
    cells = {one.get("class"): one.get("d") for one in of_class(svg, "heat")}
    assert sorted(cells) == ["heat h0", "heat h5", "heat h9"]
    # Four columns from x 2 to 636, the third of which is empty.
    assert cells["heat h9"] == "M477.5 2h157.5v22h-157.5z"


def titles(svg: ET.Element) -> dict[str, list[str]]:
    """What shapes say to whoever points at them, by their class."""
    found: dict[str, list[str]] = {}
    for one in svg.iter():
        for title in one.findall(f"{SVG}title") if one is not svg else ():
            found.setdefault(one.get("class", ""), []).append(title.text or "")
    return found


def test_dots_columns_and_cells_say_what_they_stand_for() -> None:
    points = [
        Point(date(2024, 1, 1), 0.5, 0.1, 0.9, hollow=True, told="<1 of 2>"),
        Point(date(2024, 4, 1), 0.2, 0.1, 0.4, told="1 of 5"),
    ]
    assert titles(line(points)) == {"dot hollow": ["<1 of 2>"], "dot": ["1 of 5"]}
    columns = [Bar("x", 10, told="ten"), Bar("y", 0, told="none"), Bar("z", 5, hollow=True, told="five")]
    svg = drawn(charts.bars("b", "T", "D", columns, ["2024", "", ""]))
    assert titles(svg) == {"bar": ["ten"], "bar hollow": ["five"]}
    strips = [("a", [1.0, 1.0, 0.0]), ("b", [0.0, None, 0.5])]
    told = [["1 of 1", "2 of 2", ""], ["", "", "1 of 2"]]
    svg = drawn(charts.heat_strips("h", "T", "D", strips, told, ["", "", ""], top=1))
    assert titles(svg) == {"heat h9": ["1 of 1", "2 of 2"], "heat h5": ["1 of 2"]}
    # Those that say nothing are one shape.
    assert len(of_class(svg, "h0")) == 2


def test_a_number_of_nothing_is_an_empty_place() -> None:
    svg = drawn(
        charts.bars("b", "T", "D", [Bar("x", 10), Bar("y", 0, hollow=True), Bar("z", 5)], ["", "", ""])
    )
    # Three columns of 194 each; the third stands where it stood if the second were there.
    assert [one.get("x") for one in of_class(svg, "bar")] == ["51.5", "439.5"]


def test_a_small_chart_cuts_what_is_above_the_scale_that_it_shares() -> None:
    svg = drawn(
        charts.small_multiple(
            "s", "T", "D", [Point(date(2024, 1, 1), 0.5, 0.1, 0.9), Point(date(2024, 12, 31), 0.1, 0.0, 0.2)],
            top=0.5, start=date(2024, 1, 1), end=date(2024, 12, 31),
        )
    )  # fmt: skip
    (band,) = of_class(svg, "band")
    heights = [float(y) for y in re.findall(r" (-?[\d.]+)", band.get("d", ""))]
    assert min(heights) == 6


def test_marks_in_the_text_are_passed_over_by_readers_of_screens() -> None:
    for markup in (charts.sparkline([0.1, None, 0.3], top=0.5), charts.share_bar(0.2, 0.1, 0.4, top=0.5)):
        assert drawn(markup).get("aria-hidden") == "true"


def test_a_bar_is_as_long_as_its_share() -> None:
    svg = drawn(charts.share_bar(0.25, 0.1, 0.4, top=0.5))
    (bar,) = of_class(svg, "bar")
    assert bar.get("width") == "55"
    assert of_class(svg, "whisker")[0].get("d") == "M22 7L88 7"


def test_nothing_is_drawn_of_nothing() -> None:
    assert charts.line_with_band("a", "T", "D", []) == ""
    assert charts.bars("a", "T", "D", [], []) == ""
    assert charts.heat_strips("a", "T", "D", [], [], [], top=1) == ""
    assert charts.sparkline([], top=1) == ""


def test_a_year_is_named_where_it_has_room() -> None:
    days = [
        date(2022, 12, 31),
        *(date(2023, month, 1) for month in range(1, 13)),
        date(2024, 1, 7),
        date(2024, 2, 1),
    ]
    assert [tick for tick in charts.year_ticks(days) if tick] == ["2023", "2024"]
    assert charts.year_ticks([date(2022, 1, 1), date(2022, 2, 1)]) == ["2022", ""]


def test_lines_share_one_scale_and_are_named_at_their_ends_without_touching() -> None:
    low = [Point(one.at, value) for one, value in zip(THREE, (0.1, 0.1, 0.09), strict=True)]
    gone = [Point(one.at, value) for one, value in zip(THREE, (0.4, None, None), strict=True)]
    found = drawn(charts.lines("a", "Title", "Told", [("both", THREE), ("low", low), ("gone", gone)]))
    # From x 50 to 410 in 20 days, the rest is for names; from y 220 for 0 to 12 for the top, 0.4.
    assert [one.get("d") for one in of_class(found, "other")] == ["M50 168L230 168L410 173.2", "M50 12"]
    assert [one.get("class") for one in of_class(found, "other")] == ["line other dashed", "line other"]
    names = [(one.text, one.get("y")) for one in of_class(found, "label") + of_class(found, "value")]
    # The last shares are 9, 40 and 10 %; "low" would stand at 177.2, five below "both".
    assert names == [("gone 40\u00a0%", "16"), ("low 9\u00a0%", "192"), ("both 10\u00a0%", "172")]
