"""When an outlook is due: the year, decade or span that its text names.

English alone is read, and only what stands behind a word such as by, in or within: a number by itself may be
a year, a price or a page.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

COLUMN_YEARS = 10
"""Years that the column on ten years is about."""

MAX_YEARS = 100
"""Years ahead from which on a number is no year, and a span no outlook."""


class Due(NamedTuple):
    """The last day by which an outlook may come true, and how that was read (`models.DUE_BY`)."""

    day: date
    by: str


_NUMBERS = {
    "a": 1, "an": 1, "another": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip
_NUMBER = rf"\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}"
_DASH = "[-\u2010-\u2015]"

_YEAR = r"(?:20|21)\d\d"
_ABOUT = (
    r"(?:(?:the|end|start|beginning|middle|of|about|around|approximately|roughly|as|early|late|mid|at|least|"
    r"year|years|spring|summer|autumn|fall|winter|January|February|March|April|May|June|July|August|"
    rf"September|October|November|December)(?:\s+|\s*{_DASH}\s*)){{0,6}}"
)
_CALENDAR = re.compile(
    rf"\b(?P<before>by|until|till|before|in|through|around|from|to|between|as)\s+(?P<about>{_ABOUT})"
    rf"(?P<first>{_YEAR})(?P<decade>s)?"
    rf"(?:(?:\s*(?:{_DASH}|/)\s*|\s+(?:to|and|or)\s+)(?P<last>{_YEAR}|\d\d)(?![\w%]|[.,]\d))?"
    r"(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
_END_OF_DECADE = re.compile(r"\bend\s+of\s+(?:the|this)\s+decade\b", re.IGNORECASE)

_UNIT = r"(?P<unit>year|decade)s?\b(?!\s+(?:ago|old|of)\b|-)"
_RANGE = rf"(?:(?:{_NUMBER})(?:\s*(?:{_DASH}|/)\s*|\s+(?:to|or)\s+))??(?P<number>{_NUMBER})\+?[\s-]+{_UNIT}"
_NEXT = r"(?:next|coming)\s+"
_JUST = r"(?:about|around|roughly|approximately|just|only|less\s+than|under|as\s+little\s+as|at\s+most)\s+"
_SPANS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:in|within)\s+(?:the\s+{_NEXT})?(?:{_JUST})?{_RANGE}",
        rf"\b{_NEXT}(?:{_JUST})?{_RANGE}",
        rf"\b{_NEXT}(?P<number>)(?P<unit>decade)\b",
        rf"\b(?<!-){_RANGE}\s+(?:from\s+now|from\s+today|hence|on(?=,))\b",
    )
)


def due(text: str, said: date, *, is_on_ten_years: bool) -> Due | None:
    """When an outlook that was said on a day is due, or None where nothing says so.

    The last of several years or spans counts, a year before a span, and both before the ten years that the
    column is about. A year that was over, or went on, when the text was written is none, but behind by.
    """
    years = [year for year in _years(text, said) if year <= said.year + MAX_YEARS]
    if years:
        return Due(date(max(years), 12, 31), "year")
    spans = [span for span in _spans(text) if 0 < span <= MAX_YEARS]
    if spans:
        return Due(_later(said, max(spans)), "span")
    return Due(_later(said, COLUMN_YEARS), "column") if is_on_ten_years else None


def _years(text: str, said: date) -> Iterator[int]:
    """The last years of what the text names, of those that were to come."""
    for found in _CALENDAR.finditer(text):
        first, last = found["first"], found["last"] or ""
        year = int(first[: 4 - len(last)] + last) if last else int(first)
        if found["decade"]:
            year += _years_into_a_decade(found["about"])
        if year > said.year or (year == said.year and found["before"].lower() == "by"):
            yield year
    if _END_OF_DECADE.search(text):
        yield said.year // 10 * 10 + 9


def _years_into_a_decade(about: str) -> int:
    """Years from the first of a decade to the last of its beginning, its middle or the whole of it."""
    words = about.lower()
    return 3 if "early" in words else 6 if "mid" in words else 9


def _spans(text: str) -> Iterator[int]:
    """The years of every span, of one such as 5 to 10 years the greater number."""
    words = text.lower()
    if "year" not in words and "decade" not in words:
        return  # None of the patterns could be found, and looking for them takes far longer.
    for pattern in _SPANS:
        for found in pattern.finditer(text):
            number = found["number"].lower()
            n = _NUMBERS.get(number) or int(number or 1)
            yield 10 * n if found["unit"].lower() == "decade" else n


def _later(day: date, years: int) -> date:
    """The same day so many years later; 28 February for a 29th that is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
