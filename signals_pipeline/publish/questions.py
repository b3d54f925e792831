"""Twenty questions that analysts have, with the SQL that answers each."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from signals_pipeline.core.listed import listed

_FILE = Path(__file__).with_suffix(".sql")


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and one SQL query."""

    number: int
    title: str
    sql: str


@cache
def questions() -> tuple[Question, ...]:
    """All questions in order."""
    found = []
    for name, sql in listed(_FILE):
        number, _, title = name.partition(". ")
        found.append(Question(int(number), title, sql))
    return tuple(found)


def markdown() -> str:
    """The questions as a Markdown page."""
    parts = [
        "# Twenty questions",
        "",
        "What analysts ask, and the SQL that answers it. Put your own topic and year into it;",
        "`make sql` answers each by its number. Generated from `publish/questions.sql` (`make dictionary`).",
    ]
    for one in questions():
        parts += ["", f"## {one.number}. {one.title}", "", "```sql", one.sql, "```"]
    return "\n".join(parts) + "\n"
