"""When an outlook is due, by texts that were read by hand."""

from datetime import date

import pytest

from signals_pipeline.outlooks.due import due

SAID = date(2025, 5, 11)

YEARS = {
    "By 2033, acoustic fire suppression may be standard.": 2033,
    "In 2040, cities are quiet.": 2040,
    "A market of $1.5 billion by 2030.": 2030,
    "By the year 2031 most cars drive themselves.": 2031,
    "By the end of 2027, half of them are gone.": 2027,
    "By late 2028 the law holds.": 2028,
    "By mid-2029, prices fall.": 2029,
    "As early as 2027, drones deliver mail.": 2027,
    "Before 2035.": 2035,
    "Common until 2030 or so.": 2030,
    "Between 2030 and 2035, demand doubles.": 2035,
    "From 2026 to 2032 the share grows.": 2032,
    "In 2030-2035 it is common.": 2035,
    "In 2030\u201335 it is common.": 2035,
    "By 2030 a tenth, and by 2050 half of them.": 2050,
    "By the mid-2030s it is routine.": 2036,
    "By the early 2030s it is routine.": 2033,
    "In the late 2030s it is routine.": 2039,
    "In the 2030s it is routine.": 2039,
    "By the end of the decade, most use it.": 2029,
    "By 2025 most use it.": 2025,
    "In ten years, or by 2032, most use it.": 2032,
    "Since 2010 it grew, and by 2034 it is everywhere.": 2034,
    "By December 2026, a court decides.": 2026,
    "BY 2033 IT IS SO.": 2033,
}

SPANS = {
    "In ten years, it is common.": 10,
    "In 10 years, it is common.": 10,
    "In a decade, it is common.": 10,
    "Within a decade it is common.": 10,
    "Over the next five years it grows.": 5,
    "In the next decade, it grows.": 10,
    "The coming decade may bring more of it.": 10,
    "In 20 years, it is common.": 20,
    "In two decades it is common.": 20,
    "A decade from now, it is common.": 10,
    "Ten years from now, it is common.": 10,
    "Ten years on, it is common.": 10,
    "In 5-10 years it is common.": 10,
    "In five to ten years it is common.": 10,
    "Within the next 10\u201315 years it is common.": 15,
    "In about 15 years it is common.": 15,
    "In less than five years it is common.": 5,
    "In ten years' time, it is common.": 10,
    "Within three years a few have it, and within 20 years everybody.": 20,
    "Within a year it is sold.": 1,
    "The next 25 years will be like that.": 25,
    "In twenty-five years it is common.": 25,
}

NOTHING = (
    "",
    "Since 2010 it has grown.",
    "In 2008, banks failed.",
    "In 2025, it began.",
    "As in 1950s domesticity.",
    "It costs $2030.",
    "A bill of 2030 dollars.",
    "See page 2031.",
    "Agenda 2030 goes on.",
    "By 2030% more.",
    "By 2,030 people.",
    "By 20300 people.",
    "By 2030.5 metres.",
    "In 2300, nobody knows.",
    "Over the last ten years, it grew.",
    "Ten years ago it was rare.",
    "Ten years on the market.",
    "A ten-year plan is made.",
    "In a ten-year-old car.",
    "In ten years of war.",
    "People over 50 years old.",
    "In the next few years.",
    "In decades to come.",
    "In 500 years, nobody knows.",
    "In 0 years.",
    "D'ici 2035, ce sera courant.",
    "En 2035, ce sera courant.",
    "Dans dix ans, ce sera courant.",
    "A 20th-century invention.",
    "In version 2031 of it.",
)


@pytest.mark.parametrize(("text", "year"), YEARS.items())
def test_a_year_is_due_when_it_is_over(text: str, year: int) -> None:
    for is_on_ten_years in (True, False):
        assert due(text, SAID, is_on_ten_years=is_on_ten_years) == (date(year, 12, 31), "year")


@pytest.mark.parametrize(("text", "years"), SPANS.items())
def test_a_span_is_counted_from_the_day_on_which_it_was_said(text: str, years: int) -> None:
    for is_on_ten_years in (True, False):
        assert due(text, SAID, is_on_ten_years=is_on_ten_years) == (date(2025 + years, 5, 11), "span")


@pytest.mark.parametrize("text", NOTHING)
def test_what_names_neither_is_due_by_the_column_on_ten_years_alone(text: str) -> None:
    assert due(text, SAID, is_on_ten_years=False) is None
    assert due(text, SAID, is_on_ten_years=True) == (date(2035, 5, 11), "column")


def test_a_day_that_is_none_in_the_year_to_come_is_the_one_before() -> None:
    assert due("In five years.", date(2024, 2, 29), is_on_ten_years=True) == (date(2029, 2, 28), "span")


def test_a_text_of_nothing_but_what_may_begin_a_year_takes_no_time() -> None:
    for piece in ("by the end of ", "in the next ten ", "in 20", "by 2030 and ", "next "):
        assert due(piece * 2_000, SAID, is_on_ten_years=False) in (None, (date(2030, 12, 31), "year"))
