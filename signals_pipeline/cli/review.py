"""The review: names that may be one idea shown one by one, and what a person decides of them written down."""

import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import duckdb

from signals_pipeline.cli.deciding import (
    Decision,
    n_able_cards,
    n_cards,
    reviewed_with,
    stages,
    stages_with,
    topics_of,
    write_down,
)
from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.settings import Project, shown, typed
from signals_pipeline.publish.reader import connect
from signals_pipeline.topics.candidates import added
from signals_pipeline.topics.concepts import REFUSED
from signals_pipeline.topics.decided import Decided
from signals_pipeline.topics.models import CONCEPT
from signals_pipeline.topics.reviewed import Reviewed

EVIDENCE = 2
"""Cards that are shown for each name."""

_SHOWN = 90
"""Characters of a text that a line shows."""

_ANSWERS = {"a": "accept", "p": "part", "n": "not", "s": "skip", "q": "quit"}
_RELATIONS = {"accept": "is", "part": "part", "not": REFUSED}

_PROPOSALS = """
    SELECT topic_a, topic_b, reason, similarity, n_cards_a, n_cards_b
    FROM topic_alias_candidates
    ORDER BY rank_no
"""

_EVIDENCE = """
    SELECT c.title, e.path || ':' || e.line, e.raw_text
    FROM evidence AS e
    JOIN parsed.cards AS c ON c.card_id = e.card_id
    WHERE e.topic = $name AND e.kind <> $concept
    QUALIFY row_number() OVER (PARTITION BY e.card_id ORDER BY e.line) = 1
    ORDER BY e.is_counted DESC, e.issue_date DESC NULLS LAST, e.path, e.line
    LIMIT $listed
"""


class Proposed(NamedTuple):
    """Two names that may be one idea: the one that a person would keep, and the other."""

    name: str
    other: str
    because: str


def review(settings: Project) -> int:
    """Ask about each proposal of the published snapshot that nobody has decided on, until a person quits.

    Raises:
        NoInputError: Nothing has been published yet, or by an earlier version.
        BadInputFileError: A file that a person edits cannot be read.
        CannotWriteError: The file of concepts cannot be written.
    """
    with connect(settings.database) as connection:
        before = reviewed_with(settings)
        proposed = [one for one in _proposed(connection) if _is_open(one, before)]
        if not proposed:
            print(
                f"There is nothing to decide. A run proposes names that look alike; {typed('meaning')} "
                "proposes those that are near in meaning as well."
            )
            return 0
        print(
            f"{_count(len(proposed), 'pair')} of names may be one idea. What you decide is written into "
            f"{shown(settings.data / 'concepts.csv')} at once, and {typed('run')} applies it."
        )
        decisions = list(_decided(settings, connection, proposed))
        _conclude(settings, connection, before, decisions)
    return 0


def _proposed(connection: duckdb.DuckDBPyConnection) -> Iterator[Proposed]:
    try:
        rows = connection.execute(_PROPOSALS).fetchall()
    except duckdb.BinderException:
        raise NoInputError(
            f"The snapshot is of an earlier version and has other proposals: {typed('run')} publishes anew."
        ) from None
    for a, b, reason, similarity, n_a, n_b in rows:
        because = reason if similarity is None else f"{reason}, similarity {similarity:.2f}"
        counts = {a: n_a, b: n_b}
        kept, other = sorted((a, b), key=lambda name: (-counts[name], len(name), name))
        yield Proposed(kept, other, because)


def _is_open(one: Proposed, reviewed: Reviewed) -> bool:
    return not Decided(reviewed).is_decided(one.name, one.other)


def _decided(
    settings: Project, connection: duckdb.DuckDBPyConnection, proposed: list[Proposed]
) -> Iterator[Decision]:
    """What a person decides, each written down before the next question."""
    for number, one in enumerate(proposed, 1):
        # Read each time: an answer decides on other pairs too, and a person may edit the file beside.
        reviewed = reviewed_with(settings)
        if not _is_open(one, reviewed):
            continue
        print(f"\n{number} of {len(proposed)}: {one.name!r} and {one.other!r} ({one.because})")
        for name in (one.name, one.other):
            for line in _evidence(connection, name):
                print(f"  {_clipped(name)}: {line}")
        choices = _choices(Decided(reviewed), one)
        print(f"  {_preview(settings, connection, reviewed, choices.get('accept'))}")
        answer = _asked(choices)
        if answer == "quit":
            return
        if answer in choices:
            write_down(settings, choices[answer])
            yield choices[answer]


def _evidence(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    rows = connection.execute(_EVIDENCE, {"name": name, "concept": CONCEPT, "listed": EVIDENCE}).fetchall()
    for title, place, text in rows:
        yield f"{_clipped(text)} ({_clipped(title or 'no title')}, {_clipped(place)})"


def _clipped(text: str) -> str:
    """A text of a stranger on one line, with nothing in it that a terminal obeys."""
    plain = "".join(one if one.isprintable() else " " for one in text)
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"


def _choices(decided: Decided, one: Proposed) -> dict[str, Decision]:
    """By answer the row that it writes; without `accept` where each name is one of a concept already."""
    kept, other = one.name, one.other
    if not decided.has_concept(kept) and decided.has_concept(other):
        kept, other = other, kept
    # A name that says more is the narrower one, else the one on fewer cards.
    broad, narrow = sorted((one.name, one.other), key=len) if added(*one[:2]) else (one.name, one.other)
    found = {
        "part": Decision(decided.concept(broad), narrow, _RELATIONS["part"], one.because),
        "not": Decision(decided.concept(broad), narrow, _RELATIONS["not"], ""),
    }
    if not (decided.has_concept(kept) and decided.has_concept(other)):
        found["accept"] = Decision(decided.concept(kept), other, _RELATIONS["accept"], one.because)
    return found


def _preview(
    settings: Project,
    connection: duckdb.DuckDBPyConnection,
    reviewed: Reviewed,
    accepted: Decision | None,
) -> str:
    """What accepting changes: the cards and the share of the concept, before and after."""
    if accepted is None:
        return (
            "Each is a name of a concept already. To make these concepts one, move the lines of one of them "
            "in the file; here the pair can be a part or not."
        )
    pair = (accepted.concept, accepted.member)
    where = stages(connection, pair)
    now = " and ".join(f"{name!r} {_standing(connection, reviewed, name, where.get(name))}" for name in pair)
    after = _standing(connection, reviewed_with(settings, accepted), accepted.concept)
    return f"Now {now}. Accepted, {accepted.concept!r} {after}."


def _standing(
    connection: duckdb.DuckDBPyConnection, reviewed: Reviewed, concept: str, stage: str | None = None
) -> str:
    """On how many of the counted cards a concept is, their share, and its stage where that is known."""
    n, n_able = n_cards(connection, topics_of(reviewed, concept)), n_able_cards(connection)
    share = f"{100 * n / max(n_able, 1):.1f} %"
    return f"is on {n:,} of {_count(n_able, 'card')} ({f'{share}, {stage}' if stage else share})"


def _asked(choices: dict[str, Decision]) -> str:
    """What a person answers; the end of the input is to quit."""
    part = f"{_clipped(choices['part'].member)} of {_clipped(choices['part'].concept)}"
    question = f"[a]ccept, [p]art ({part}), [n]ot, [s]kip, [q]uit? "
    while True:
        try:
            typed_in = input(question).strip().lower()
        except EOFError:
            print()
            return "quit"
        if not sys.stdin.isatty():
            print(typed_in)
        answer = _ANSWERS.get(typed_in, typed_in)
        if answer in ("skip", "quit") or answer in choices:
            return answer
        keys = [key for key, name in _ANSWERS.items() if name in (*choices, "skip", "quit")]
        print(f"Type {', '.join(keys)}.")


def _conclude(
    settings: Project,
    connection: duckdb.DuckDBPyConnection,
    before: Reviewed,
    decisions: list[Decision],
) -> None:
    """Say what was decided, and where the concepts stand that it changes."""
    changed = list(dict.fromkeys(one.concept for one in decisions if one.relation != REFUSED))
    if changed:
        began = time.monotonic()
        print("\nTesting all concepts anew, with what you decided …", flush=True)
        after = reviewed_with(settings)
        old, new = stages(connection, changed), stages_with(settings, after, changed)
        for concept in changed:
            was = _standing(connection, before, concept, old.get(concept))
            will_be = _standing(connection, after, concept, new.get(concept))
            print(f"  {concept!r} {was}; then it {will_be}")
        print(f"That took {time.monotonic() - began:.0f} s, too long to do it at every pair.")
    if decisions:
        were = "decision was" if len(decisions) == 1 else "decisions were"
        where = shown(settings.data / "concepts.csv")
        print(f"{len(decisions):,} {were} written into {where}; {typed('run')} applies what stands there.")
    else:
        print("Nothing was written.")


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
