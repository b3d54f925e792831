"""The macros of the published database, each a file: what it is for, then the statement that creates it.

`{Z}` and `{CONFIDENCE}` in a file are those of `marts.parameters`.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from signals_pipeline.core.schema import sql_text
from signals_pipeline.marts.parameters import CONFIDENCE, Z
from signals_pipeline.parsed.sections import SECTIONS as DECLARED

SECTIONS = "sections"
"""The one macro that has no file: it names the declared sections."""

NAMES = (
    SECTIONS,
    "parameter",
    "p_two_sided",
    "words_of",
    "wilson",
    "newcombe",
    "benjamini_hochberg",
    "trend",
    "rising",
    "card",
    "search",
)
"""The macros by name, each after those that it calls."""

_HEAD = re.compile(r"^CREATE OR REPLACE MACRO (\w+)\((.*?)\) AS (TABLE\s)?", re.MULTILINE)


@dataclass(frozen=True)
class Macro:
    """One macro: name, arguments by name, what it answers, its CREATE statement, and its body."""

    name: str
    arguments: tuple[str, ...]
    is_table: bool
    description: str
    create: str
    body: str

    @property
    def comment(self) -> str:
        """The COMMENT statement, to be run after `create`."""
        kind = "MACRO TABLE" if self.is_table else "MACRO"
        return f"COMMENT ON {kind} {self.name} IS {sql_text(self.description)}"


@cache
def macros() -> dict[str, Macro]:
    """Every macro by name, each after those that it calls."""
    return {name: _macro(name) for name in NAMES}


def _macro(name: str) -> Macro:
    text = _sections() if name == SECTIONS else files(__name__).joinpath(f"{name}.sql").read_text("utf-8")
    text = text.replace("{Z}", str(Z)).replace("{CONFIDENCE}", CONFIDENCE)
    head = _HEAD.search(text)
    assert head, f"{name}.sql creates a macro"
    described = text.partition("CREATE ")[0].partition("\n\n")[0]
    return Macro(
        head[1],
        arguments=tuple(re.findall(r"(\w+)(?: :=[^,]*)?", head[2])),
        is_table=bool(head[3]),
        description=" ".join(line.removeprefix("-- ") for line in described.splitlines()),
        create=text[head.start() :].strip(),
        body=text[head.end() :].strip(),
    )


def _sections() -> str:
    return f"""-- The sections of a card in their order, as the tables of schema parsed are named:
-- SELECT unnest(sections()).

CREATE OR REPLACE MACRO sections() AS {list(DECLARED)}"""
