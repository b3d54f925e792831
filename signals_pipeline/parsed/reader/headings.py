"""Headings that are written as something else, and the fence or comment that hides all headings below it.

`**Concerns**`, `Concerns:` or `##Concerns` on a line of its own is text to Markdown, and what stands below it
would land in the section above. Such a line is a heading where that is certain: where it names a section, and
below it stands what this section holds. So is a heading in the singular, such as `## Issue`.
"""

import re
from collections.abc import Iterator, Sequence

from signals_pipeline.parsed.reader import forms
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.layout import with_code
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

MAX_HEADING = 60
"""Characters that a line may have to be looked at: a name with its number, marks and count has no more."""

_HEADING = re.compile(r" {0,3}##{1,5}[ \t]+(?P<name>.*?)(?:[ \t]+#*)?[ \t]*")
_WITHOUT_BLANK = re.compile(r"##+[^# \t]")
_MARKED = re.compile(r"(?:#|==).*|.*(?::|\*\*|__)|(?:\*\*|__)[^*_]*(?:\*\*|__)[\W\d]*")
_NO_HEADING = (" ", "\t", ">", "* ", "- ", "+ ")
_ITEM_MARKS = {"other": ":", "related_cards": "]("}
_BULLET = re.compile(r" {0,3}(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)")
_DELIMITER_ROW = re.compile(r"[ \t|:-]*-[ \t|:-]*")


def stray_fence(lines: Sequence[str], dialect: Dialect) -> int | None:
    """The place of a code fence or comment that is never closed and hides a section, None without one."""
    *_, (_, _, opened) = with_code([*lines, ""])
    hides_section = opened and any(_opened_section(line, dialect) for line in lines[opened:])
    return opened - 1 if hides_section else None


def shown(lines: Sequence[str], dialect: Dialect) -> Iterator[str]:
    """The lines of a card, with all its headings written as headings."""
    current: str | None = None
    for number, line, opened in with_code(lines):
        if opened:
            yield line
        elif section := _opened_section(line, dialect):
            current = section
            yield line
        elif section := _hidden_section(lines, number, current, dialect):
            current = section
            yield f"## {forms.heading_of(section)}"
        else:
            yield line


def _opened_section(line: str, dialect: Dialect) -> str | None:
    """The section that a line opens as a heading."""
    heading = _HEADING.fullmatch(line) if "##" in line else None
    return dialect.section_of(heading["name"]) if heading else None


def _hidden_section(lines: Sequence[str], number: int, current: str | None, dialect: Dialect) -> str | None:
    """The section that a line opens which is no heading; `number` is that of the line, from 1."""
    line = lines[number - 1]
    if not line or line.startswith(_NO_HEADING) or "|" in line:
        return None
    line = line.rstrip()
    if not line or len(line) > MAX_HEADING:
        return None
    section = dialect.section_of(line)
    if section and _WITHOUT_BLANK.match(line):
        return section
    section = section or dialect.section_in_singular(line)
    if section is None:
        return None
    below = next((place for place in range(number, len(lines)) if lines[place].strip()), None)
    return section if below is not None and _fits(section, lines, below, line, current) else None


def _fits(section: str, lines: Sequence[str], below: int, line: str, current: str | None) -> bool:
    """Whether what stands from a place on is what a section holds that a line names."""
    if section in STATEMENT_SECTIONS:
        return _begins_table(lines, below)
    if section in forms.BULLET_SECTIONS:
        return _BULLET.match(lines[below]) is not None and _ITEM_MARKS.get(section, "") in lines[below]
    # A text may stand below any line, so this one must look like a heading.
    is_text = not lines[below].startswith("#") and not _begins_table(lines, below)
    return is_marked(line) and is_text and current != section


def is_marked(line: str) -> bool:
    """Whether a line looks like a heading without being one, whatever it names."""
    return "|" not in line and _MARKED.fullmatch(line.strip()) is not None


def is_bold_heading(item: str, dialect: Dialect) -> bool:
    """Whether an item of a list is the heading of a section in bold letters."""
    return item.startswith(("**", "__")) and is_marked(item) and dialect.section_of(item) is not None


def _begins_table(lines: Sequence[str], place: int) -> bool:
    line, below = lines[place], lines[place + 1] if place + 1 < len(lines) else ""
    return line.lstrip().startswith("|") or ("|" in line and bool(_DELIMITER_ROW.fullmatch(below)))
