"""Twenty questions that analysts have, with the SQL that answers each and what may be put into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from signals_pipeline.core.listed import listed
from signals_pipeline.core.schema import sql_text
from signals_pipeline.marts.macros import Macro

_FILE = Path(__file__).with_suffix(".sql")

_PARAMETER = re.compile(r"(\w+) := (.+)")
_PAGE = re.compile(r"also on (\S+): (.+)")

LIST = "questions"
"""The macro that lists the questions."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and one SQL query in which `$topic` stands for the parameter topic.

    `parameters` are its parameters by name, each with what it is where nobody says, as SQL writes it. `pages`
    are the pages of the report that answer it too: in words, by address, in which `$year` stands for a year.
    """

    number: int
    title: str
    parameters: dict[str, str]
    pages: dict[str, str]
    body: str

    @property
    def sql(self) -> str:
        """The query as it is asked where nobody says what its parameters are."""
        return self._with(self.parameters)

    @property
    def call(self) -> str:
        """The query that asks it by its macro: ask_4(topic := 'heat pump')."""
        return f"ask_{self.number}({', '.join(f'{name} := {one}' for name, one in self.parameters.items())})"

    @property
    def macro(self) -> Macro:
        """The macro of the published database that answers it."""
        body = self._with({name: name for name in self.parameters})
        return Macro(
            name=f"ask_{self.number}",
            arguments=tuple(self.parameters),
            is_table=True,
            description=f"Question {self.number}: {self.title} FROM {self.call}.",
            create=f"CREATE OR REPLACE MACRO {self.call} AS TABLE\n{body}",
            body=body,
        )

    def _with(self, given: Mapping[str, str]) -> str:
        """The query with something in the place of each parameter; any other `$` stays."""
        return re.sub(r"\$(\w+)", lambda found: given.get(found[1], found[0]), self.body)


@cache
def questions() -> tuple[Question, ...]:
    """All questions in order."""
    found = []
    for heading, sql in listed(_FILE):
        name, *declared = heading.splitlines()
        number, _, title = name.partition(". ")
        parameters, pages = (
            {one[1]: one[2] for one in map(pattern.fullmatch, declared) if one}
            for pattern in (_PARAMETER, _PAGE)
        )
        found.append(Question(int(number), title, parameters, pages, sql))
    return tuple(found)


def question_macros() -> dict[str, Macro]:
    """The macros of the questions by name: one for each, and one that lists them."""
    rows = ",\n    ".join(
        f"({one.number}, {sql_text(one.title)}, {sql_text(f'FROM {one.call}')})" for one in questions()
    )
    body = f"SELECT * FROM (VALUES\n    {rows}\n) AS q(number, question, query)"
    the_list = Macro(
        name=LIST,
        arguments=(),
        is_table=True,
        description=f"The {len(questions())} questions, each with the query that asks it: FROM {LIST}().",
        create=f"CREATE OR REPLACE MACRO {LIST}() AS TABLE\n{body}",
        body=body,
    )
    return {one.name: one for one in (the_list, *(question.macro for question in questions()))}


def markdown() -> str:
    """The questions as a Markdown page."""
    parts = [
        "# Twenty questions",
        "",
        "What analysts ask, and the SQL that answers it. Each is a macro of the published database too, with",
        "its parameters: `FROM ask_4(topic := 'AI')` in any client, `make ask N=4 TOPIC=AI` in a shell.",
        "`FROM questions()` lists them. Generated from `publish/questions.sql` (`make dictionary`).",
    ]
    for one in questions():
        parts += ["", f"## {one.number}. {one.title}", ""]
        if one.pages:
            parts += [f"The report has the answer on {' and on '.join(one.pages.values())} too.", ""]
        if one.parameters:
            parts += [f"`FROM {one.call}`", ""]
        parts += ["```sql", one.sql, "```"]
    return "\n".join(parts) + "\n"
