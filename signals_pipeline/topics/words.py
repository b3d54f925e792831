"""The words that the rules of topics know by name, read from `words.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Words:
    """Lists of words by what they are for, as the file says; all in lower case."""

    small_words: frozenset[str]
    vague_words: frozenset[str]
    bodies: frozenset[str]
    endings: tuple[str, ...]
    foreign_words: frozenset[str]
    given_names: frozenset[str]
    new_plurals: tuple[str, ...]
    kept_plurals: frozenset[str]
    irregular: Mapping[str, str]
    spellings: Mapping[str, str]


def _read() -> Words:
    found = tomllib.loads(FILE.read_text("utf-8"))
    return Words(
        small_words=frozenset(found["small_words"].split()),
        vague_words=frozenset(found["vague_words"].split()),
        bodies=frozenset(found["bodies"].split()),
        endings=tuple(found["endings"].split()),
        foreign_words=frozenset(found["foreign_words"].split()),
        given_names=frozenset(found["given_names"].split()),
        new_plurals=tuple(found["new_plurals"].split()),
        kept_plurals=frozenset(" ".join(found["kept_plurals"].values()).split()),
        irregular=found["irregular"],
        spellings=found["spellings"],
    )


WORDS = _read()
