"""What a check is: what must hold of a table, or what a person should look at where it does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rows = Callable[[str], list[tuple[Any, ...]]]
"""The rows of a query, on the store or on a published database."""


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence about one table, and the examples that contradict it."""

    name: str
    table: str
    description: str
    examples: Callable[[Rows], list[str]]


def listed_by(sql: str) -> Callable[[Rows], list[str]]:
    """The examples that a query lists in its one column."""
    return lambda rows: [str(example) for (example,) in rows(sql)]
