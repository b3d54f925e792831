"""How the cards of a folder are written: what headings and headers mean, and where fields stand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from signals_pipeline.parsed.reader.forms import HEADERS, HEADINGS, folded, stem
from signals_pipeline.parsed.sections import SECTIONS

FIELDS = ("title", "issue", "date", "source", "keywords")
"""What a card may say elsewhere than in its title line, its link line and its sections."""

FRONT_MATTER = {"title": "title", "date": "date", "source": "source", "url": "source", "tags": "keywords"}
"""Field by key of front matter."""

_NUMBER_BEFORE = re.compile(r"\A(?:(?:\d{1,3}|[ivx]+) )+")


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What the text of a card means.

    `headings` gives the part of a card by folded heading, `headers` the column by section and folded table
    header, `front_matter` the field by key in small letters. The named groups of `lines` and `file_name` are
    fields. `issue_formats` are the formats of strptime in which an issue is a date, and `earliest_issue` is
    the first day of one, None for that of the newsletter. Two dialects of one `version` mean the same; that
    of the newsletter is empty.
    """

    version: str = ""
    headings: Mapping[str, str] = field(default_factory=lambda: HEADINGS)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: HEADERS)
    front_matter: Mapping[str, str] = field(default_factory=lambda: FRONT_MATTER)
    lines: tuple[re.Pattern[str], ...] = ()
    file_name: re.Pattern[str] | None = None
    issue_formats: tuple[str, ...] = ()
    earliest_issue: date | None = None

    def section_of(self, heading: str) -> str | None:
        """The section that a heading opens, None for an unknown one.

        `# Other` stands for a heading of the title's level, which opens none.
        """
        return None if heading.startswith("# ") else _named(self.headings, heading)

    def section_in_singular(self, heading: str) -> str | None:
        """The section whose heading this is in the singular; it may as well be that of a single thing."""
        name = stem(_NUMBER_BEFORE.sub("", folded(heading)))
        return None if heading.startswith("# ") else _in_singular(self).get(name)

    def columns_of(
        self, section: str, header: tuple[str, ...]
    ) -> tuple[tuple[str | None, ...], frozenset[str]]:
        """The column that each header of a section's table names, and the set of them.

        It is None for an unknown header, and for one that names the column of an earlier one.
        """
        known = self.headers[section]
        names: list[str | None] = []
        for one in header:
            name = _named(known, one)
            names.append(name if name not in names else None)
        return tuple(names), frozenset(name for name in names if name)


@lru_cache(maxsize=10)
def _in_singular(dialect: Dialect) -> dict[str, str]:
    """The section by the stem of its headings."""
    return {stem(key): section for key, section in dialect.headings.items() if section in SECTIONS}


NEWSLETTER = Dialect()
"""How the newsletter writes its cards."""


def _named(names: Mapping[str, str], text: str) -> str | None:
    """What a heading or header stands for; a number before it matters only where it is part of the name."""
    key = folded(text)
    return names.get(key) or names.get(_NUMBER_BEFORE.sub("", key))
