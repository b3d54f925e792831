"""How cards are laid out: title and link, several cards in a file, lists split into characters."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from signals_pipeline.parsed.reader.dialect import Dialect

BOLD = r"__|\*\*"
"""What stands on both sides of bold words: as the newsletter writes it, and as formatters of Markdown do."""

_ADDRESS = r"[^()\s]*(?:\([^()\s]*\)[^()\s]*)*"
TITLE = re.compile(
    rf"(?:(?P<bold>{BOLD})(?P<title>.+)(?P=bold)|(?P<id>[0-9a-f]{{31,32}}(?:@\S+)?))\s*(?:,\s*)?"
    r"(?:\((?P<page>from\s+page)\s*|from\s*\(\s*)"
    rf"\[(?P<token>[^\[\]]*)\]\((?P<address>{_ADDRESS})\s*\)\.?\)\s*"
)
"""The text of a title line; `id` in place of a title, `page` where it says `from page`."""

_ODD_ADDRESS = rf"(?:(?!\)(?:{BOLD})|\]\().)*"
LINK = re.compile(
    rf"(?P<mark>{BOLD})\[External link\]\((?P<url>{_ADDRESS}\s*|{_ODD_ADDRESS})\)(?P=mark)\s*", re.IGNORECASE
)
"""The line with the link to the article; `url` is all between its parentheses, even a title or a blank."""

ENTRY = re.compile(r"\[(?P<label>.*)\]\((?P<target>[^)\s]*)\)")
"""An entry of a Closest list."""

MIN_SPLIT_LIST = 5
"""Bullets of one character each from which a list, and so the card's other lists, was split."""

Characters = list[tuple[int, str]]
"""The line and the character of each bullet of a list that was split into characters."""

_MARKED_HEADING = re.compile(r"^(?:\*\*|__)[^\n]{1,60}$|^[^\s#*+-][^\n]{0,60}:$", re.MULTILINE)
"""A line that may be a heading without its marks."""

_GLUED_LINK = re.compile(rf"(?P<row>\|.*\|)[ \t]*(?P<link>{LINK.pattern})", re.IGNORECASE)
_RAW_HTML = tuple(
    (re.compile(rf" {{0,3}}{begin}", re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (
        ("<!--", "-->"),
        (r"<\?", r"\?>"),
        (r"<!\[CDATA\[", r"\]\]>"),
        (r"<(?:pre|script|style|textarea)(?=[\s>]|$)", "</(?:pre|script|style|textarea)>"),
    )
)
"""What begins HTML that may have empty lines, and what ends it, perhaps on the same line."""

_FENCE = re.compile(r" {0,3}(?:(?P<ticks>`{3,})(?P<info>[^`]*)|(?P<tildes>~{3,})(?P<text>.*))")


@dataclass(frozen=True, slots=True)
class Segment:
    """The text of one card, and the 1-based line of the file that it begins on."""

    text: str
    first_line: int


def joined(characters: Characters) -> tuple[list[tuple[int, str]], list[tuple[int, str | None]]]:
    """The items that a list had before it was split, each with the line of its first character.

    Beside them the bullets that are of no item: commas, and the blanks around them as None.
    """
    items: list[tuple[int, str]] = []
    between: list[tuple[int, str | None]] = []
    for is_comma, group in groupby(characters, key=lambda one: one[1] == ","):
        some = list(group)
        if is_comma:
            between += some
            continue
        text = "".join(character for _, character in some)
        first, end = len(text) - len(text.lstrip()), len(text.rstrip())
        blanks = (*some[:first], *some[max(first, end) :])
        between += [(line, None) for line, _ in blanks]
        if first < end:
            items.append((some[first][0], text[first:end]))
    return items, between


def may_hold_a_card(text: str, dialect: Dialect) -> bool:
    """Whether a text may have a title line, a link to an article or two sections: the marks of a card.

    One section is enough where a dialect finds a date or a link elsewhere. An index page of thousands of
    entries has none of these, and need not be taken apart to see it.
    """
    # A link; or a heading that is underlined.
    if "__[" in text or "**[" in text or "\n=" in text or "\n-" in text or "\n " in text:
        return True
    if _MARKED_HEADING.search(text):
        return True
    headings = [line for line in text.split("\n") if "#" in line]
    # Every title line says from which page it is, and no section is opened by a heading of its level.
    n_sections = 1 if dialect.lines or dialect.file_name else 2
    return any("from" in line for line in headings) or sum("##" in line for line in headings) >= n_sections


def segments(text: str) -> Iterator[Segment]:
    """The text cut into cards: a second title or another link begins the next, also one glued to a row."""
    lines = text.split("\n")
    current: list[str] = []
    first_line = 1
    has_title, link = False, ""
    for number, line, opened in with_code(lines):
        event = "" if opened else _event(line)
        glued = _GLUED_LINK.fullmatch(line) if event == "glued" else None
        if glued:
            yield Segment("\n".join([*current, glued["row"]]), first_line)
            current, first_line, has_title, link = [glued["link"]], number, False, glued["link"].strip()
            continue
        # The same link once more is no other card's.
        is_another_link = event == "link" and link not in ("", line.strip())
        if (event == "title" and (has_title or link)) or is_another_link:
            yield Segment("\n".join(current), first_line)
            current, first_line, has_title, link = [], number, False, ""
        has_title = has_title or event == "title"
        if event == "link":
            link = line.strip()
        current.append(line)
    yield Segment("\n".join(current), first_line)


def _event(line: str) -> str:
    """What a line means for the cut: 'title', 'link', 'glued' or nothing."""
    if line.startswith("# "):
        return "title" if TITLE.fullmatch(line[2:].strip()) else ""
    if "[" not in line or "xternal link](" not in line.lower():
        return ""
    if LINK.fullmatch(line.strip()):
        return "link"
    return "glued" if _GLUED_LINK.fullmatch(line) else ""


def with_code(lines: Iterable[str]) -> Iterator[tuple[int, str, int]]:
    """The lines with their 1-based numbers, and the number of the line that opens the code each stands in.

    That is 0 outside fences, HTML comments and the like.
    """
    fence = ""
    html_end: re.Pattern[str] | None = None
    opened = 0
    for number, line in enumerate(lines, 1):
        if fence:
            mark, info = _fence(line)
            is_end = mark.startswith(fence) and not info.strip()
        elif html_end:
            is_end = html_end.search(line) is not None
        else:
            is_end = False
            if "<" in line or "```" in line or "~~~" in line:
                fence, _ = _fence(line)
                html_end = _html_end(line)
                opened = number if fence or html_end else 0
        yield number, line, opened
        if is_end:
            fence, html_end, opened = "", None, 0


def _html_end(line: str) -> re.Pattern[str] | None:
    """What ends the HTML that a line begins, None where it begins none or ends it itself."""
    return next((end for begin, end in _RAW_HTML if begin.match(line) and not end.search(line)), None)


def _fence(line: str) -> tuple[str, str]:
    """The mark of a code fence and what stands behind it; no mark where the line is none."""
    match = _FENCE.fullmatch(line)
    return (match["ticks"] or match["tildes"], match["info"] or match["text"] or "") if match else ("", "")
