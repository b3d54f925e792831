"""The macros of the published database, each a file: what it is for, then the statement that creates it.

What a file has in braces, `_FILLED_IN` says.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from signals_pipeline.core.schema import sql_text
from signals_pipeline.marts.parameters import CONFIDENCE, Z
from signals_pipeline.meaning.texts import CARD_TEXTS, statement_texts
from signals_pipeline.parsed.sections import SECTIONS as DECLARED
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

SECTIONS = "sections"
"""The one macro that has no file: it names the declared sections."""

NAMES = (
    SECTIONS,
    "parameter",
    "p_two_sided",
    "folded",
    "words_of",
    "wilson",
    "newcombe",
    "benjamini_hochberg",
    "topics_named",
    "topic_id",
    "trend",
    "evidence_of",
    "names_of",
    "called",
    "rising",
    "falling",
    "pairs",
    "change",
    "sources",
    "cards_named",
    "card",
    "search",
    "similar_to",
    "nearest",
)
"""The macros by name, each after those that it calls."""

WORD = r"\b\p{L}(?:#\B|\+\+)|\B\.net\b|[\p{L}\p{N}]+"
"""What is a word in a text without capitals: letters and digits, and names such as C#, C++ and .NET.

No word holds a blank, and none depends on what stands on the other side of one.
"""

ENDINGS = ((r"(..)ies?$", "y"), (r"([^s]{3})s$", ""))
"""Ends of words, and what a word is compared with instead, one after the other; what is in brackets stays.

So a plural is as its singular: cities as city, cars as car. A singular in -ie gets a y as well, as its plural
does, which no rule can tell from that of city: movies and movie are both movy, series is sery.
"""

FUNCTION_WORDS = ("a", "an", "and", "for", "in", "of", "or", "the", "to")
"""Words that are not looked for beside others, since they say nothing of what a text is about."""

_SEARCHED_TEXTS = """
    SELECT
        c.card_id, 'card' AS section, NULL AS row_no, c.line, c.title AS name,
        concat_ws(' ', c.title, c.summary, l.items) AS text
    FROM wanted AS w
    JOIN parsed.cards AS c ON c.card_id = w.card_id
    LEFT JOIN (
        SELECT i.card_id, string_agg(i.raw_text, ', ' ORDER BY i.place, i.row_no) AS items
        FROM (
            SELECT k.card_id, 1 AS place, k.row_no, k.raw_text
            FROM wanted AS w
            JOIN parsed.keywords AS k ON k.card_id = w.card_id
            UNION ALL
            SELECT t.card_id, 2, t.row_no, t.raw_text
            FROM wanted AS w
            JOIN parsed.themes AS t ON t.card_id = w.card_id
        ) AS i
        GROUP BY i.card_id
    ) AS l ON l.card_id = c.card_id
    UNION ALL
    SELECT
        s.card_id, s.section, s.row_no, s.line, s.name,
        concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force)
    FROM wanted AS w
    JOIN statements AS s ON s.card_id = w.card_id
"""
"""The texts that search() looks through, of the cards that `wanted` names, each once."""


def _singular(word: str) -> str:
    """The expression of a word as it is compared."""
    for ending, instead in ENDINGS:
        word = rf"regexp_replace({word}, '{ending}', '\1{instead}')"
    return word


_TITLE = "coalesce(lower(f.title), f.card_id)"
_OF_ONE_TITLE = f"min({_TITLE}) OVER () = max({_TITLE}) OVER ()"
"""Whether all cards that begin with a text have one title; the cards are f."""

_SEVERAL_BEGIN_SO = "'Several cards begin so (', count(*) OVER (), '): FROM cards_named('''"
"""How the sentence begins that is said where they have not."""

_NOTHING_IS_ENCODED = (
    "No text is encoded here, so nothing is near. make run MEANING=1 does it, or SIGNALS_MEANING=1 signals "
    "run where the package was installed with its extra meaning."
)
"""A published file is read anywhere, so that both ways are said."""

_FILLED_IN = {
    "{Z}": str(Z),
    "{CONFIDENCE}": CONFIDENCE,
    "{WORD}": WORD,
    "{SINGULAR}": _singular("w.word"),
    "{FUNCTION_WORDS}": ", ".join(map(sql_text, FUNCTION_WORDS)),
    "{FUNCTION_WORDS_IN_WORDS}": ", ".join(FUNCTION_WORDS),
    "{SEARCHED_TEXTS}": _SEARCHED_TEXTS.strip(),
    "{OF_ONE_TITLE}": _OF_ONE_TITLE,
    "{SEVERAL_BEGIN_SO}": _SEVERAL_BEGIN_SO,
    "{NOTHING_IS_ENCODED}": sql_text(_NOTHING_IS_ENCODED),
    "{STATEMENTS}": ", ".join(map(sql_text, STATEMENT_SECTIONS)),
    "{STATEMENTS_IN_WORDS}": ", ".join(STATEMENT_SECTIONS),
    "{CARD_TEXTS}": CARD_TEXTS.strip(),
    "{STATEMENT_TEXTS}": statement_texts(),
}
"""What stands in the statements of macros, and is declared elsewhere or more than once in them."""

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
    text = filled_in(text)
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


def filled_in(text: str) -> str:
    """SQL with what stands in the place of the names in braces."""
    for name_in_file, meant in _FILLED_IN.items():
        text = text.replace(name_in_file, meant)
    return text


def _sections() -> str:
    return f"""-- The sections of a card in their order, as the tables of schema parsed are named:
-- SELECT unnest(sections()).

CREATE OR REPLACE MACRO sections() AS {list(DECLARED)}"""
