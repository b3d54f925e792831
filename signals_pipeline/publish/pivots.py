"""PIVOT as DuckDB can put it into a tree: with its values."""

from dataclasses import dataclass

import duckdb

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_ENDS = frozenset({"USING", "GROUP", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT", ";"})
_VALUES = b"\n IN ('') "
"""Begins a line, since a comment may stand before it."""


@dataclass(slots=True)
class _Level:
    """What stands between two brackets, as far as it has been read."""

    is_pivot: bool = False
    is_pivoted_on: bool = False
    has_values: bool = False


def with_values_named(query: str) -> str:
    """A query with a value for each column that it pivots on without saying which: PIVOT t ON a IN ('').

    Without them a PIVOT is two statements, one that looks the values up, and DuckDB gives the tree of
    neither. Both name what this one names.
    """
    text = query.encode()
    levels = [_Level()]
    places = []
    for start, word in [*_words(text), (len(text), ";")]:
        level = levels[-1]
        if word == "," or word in _ENDS or word in _CLOSING:
            if level.is_pivoted_on and not level.has_values:
                places.append(start)
            level.is_pivoted_on = level.is_pivoted_on and word == ","
            level.has_values = False
            if word in _CLOSING and len(levels) > 1:
                levels.pop()
        elif word in _OPENING:
            levels.append(_Level())
        elif word == "PIVOT":
            level.is_pivot = True
        elif word == "ON" and level.is_pivot:
            level.is_pivoted_on, level.has_values = True, False
        elif word == "IN":
            level.has_values = True
    for place in reversed(places):
        text = text[:place] + _VALUES + text[place:]
    return text.decode()


def _words(text: bytes) -> list[tuple[int, str]]:
    """Keywords in capitals, and signs, each with the byte that it begins at."""
    found = []
    for start, kind in duckdb.tokenize(text.decode()):
        end = start + 1
        if kind == duckdb.token_type.keyword:
            while text[end : end + 1].isalpha():
                end += 1
        elif kind != duckdb.token_type.operator:
            continue
        found.append((start, text[start:end].decode(errors="replace").upper()))
    return found
