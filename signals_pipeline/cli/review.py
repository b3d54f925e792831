"""The review: names that may be one idea shown one by one, and what a person decides of them written down."""

import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import duckdb

from signals_pipeline.cli.deciding import (
    Counted,
    Decision,
    counted,
    reviewed_with,
    stages,
    stages_with,
    topics_of,
    write_down,
)
from signals_pipeline.cli.lines import indented, plain, wrapped
from signals_pipeline.core.errors import BadInputFileError, NoInputError
from signals_pipeline.core.settings import Project, shown, typed
from signals_pipeline.marts.models import STAGES
from signals_pipeline.publish.reader import connect
from signals_pipeline.topics.candidates import added, reason_in_words
from signals_pipeline.topics.concepts import REFUSED
from signals_pipeline.topics.decided import Decided
from signals_pipeline.topics.models import CONCEPT
from signals_pipeline.topics.reviewed import Reviewed

EVIDENCE = 2
"""Cards that are shown for each name."""

LINES_OF_TEXT = 2
"""Lines of what a card says."""

_SHOWN = 90
"""Characters of a name that a line shows."""

_ANSWERS = {"a": "accept", "p": "part", "n": "not", "s": "skip", "q": "quit"}
_RELATIONS = {"accept": "is", "part": "part", "not": REFUSED}

_Choices = dict[str, tuple[Decision, ...]]

_PROPOSALS = """
    SELECT topic_a, topic_b, reason, similarity
    FROM topic_alias_candidates
    ORDER BY rank_no
"""

# Of a card the first line that names it, and of its statements the first that does, best at once; else the
# summary.
_EVIDENCE = """
    SELECT
        e.path || ':' || e.line,
        coalesce(nullif(concat_ws(' — ', s.name, s.description), ''), c.summary, c.title, e.raw_text)
    FROM evidence AS e
    JOIN parsed.cards AS c ON c.card_id = e.card_id
    LEFT JOIN statement_topics AS t
        ON t.topic_id = e.topic_id AND t.card_id = e.card_id AND t.how = 'words'
    LEFT JOIN statements AS s
        ON s.section = t.section AND s.card_id = t.card_id AND s.row_no = t.row_no
    WHERE e.topic = $name AND e.kind <> $concept
    QUALIFY row_number() OVER (
        PARTITION BY e.card_id
        ORDER BY e.line, contains(lower(concat_ws(' ', s.name, s.description)), e.topic) DESC, s.line
    ) = 1
    ORDER BY e.is_counted DESC, s.line IS NULL, e.issue_date DESC NULLS LAST, e.path, e.line
    LIMIT $listed
"""


class Proposed(NamedTuple):
    """Two names that may be one idea: the one on more counted cards, which would be kept, and the other."""

    name: str
    other: str
    reason: str
    similarity: float | None

    @property
    def because(self) -> str:
        """Why, as the file has it."""
        return self._with_similarity(self.reason)

    @property
    def in_words(self) -> str:
        """Why, as a person reads it."""
        return self._with_similarity(reason_in_words(self.reason))

    def _with_similarity(self, why: str) -> str:
        return why if self.similarity is None else f"{why}, similarity {self.similarity:.2f}"


def review(settings: Project) -> int:
    """Ask about each proposal of the published snapshot that nobody has decided on, until a person quits.

    Those come first of which accepting changes on how many cards something is.

    Raises:
        NoInputError: Nothing has been published yet, or by an earlier version.
        BadInputFileError: A file that a person edits cannot be read.
        CannotWriteError: The file of concepts cannot be written.
    """
    with connect(settings.database) as connection:
        before = reviewed_with(settings)
        rows = _rows(connection)
        cards = counted(connection)
        proposed = [one for row in rows if _is_open(one := _proposed(cards, before, *row), before)]
        if not proposed:
            print(
                f"There is nothing to decide. A run proposes names that look alike; {typed('meaning')} "
                "proposes those that are near in meaning as well."
            )
            return 0
        proposed.sort(key=lambda one: _is_idle(cards, before, one))
        print(
            f"{_count(len(proposed), 'pair')} of names may be one idea. What you decide is written into "
            f"{shown(settings.data / 'concepts.csv')} at once, and {typed('run')} applies it."
        )
        decisions = list(_decided(settings, connection, cards, proposed))
        _conclude(settings, connection, cards, before, decisions)
    return 0


def _rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, float | None]]:
    try:
        return connection.execute(_PROPOSALS).fetchall()
    except duckdb.BinderException:
        raise NoInputError(
            f"The snapshot is of an earlier version and has other proposals: {typed('run')} publishes anew."
        ) from None


def _proposed(
    cards: Counted, reviewed: Reviewed, a: str, b: str, reason: str, similarity: float | None
) -> Proposed:
    def weight(name: str) -> tuple[int, int, str]:
        return -len(cards.having(topics_of(reviewed, name))), len(name), name

    kept, other = sorted((a, b), key=weight)
    return Proposed(kept, other, reason, similarity)


def _is_open(one: Proposed, reviewed: Reviewed) -> bool:
    return not Decided(reviewed).is_decided(one.name, one.other)


def _decided(
    settings: Project, connection: duckdb.DuckDBPyConnection, cards: Counted, proposed: list[Proposed]
) -> Iterator[Decision]:
    """What a person decides, each written down before the next question."""
    for number, one in enumerate(proposed, 1):
        # Read each time: an answer decides on other pairs too, and a person may edit the file beside.
        reviewed = reviewed_with(settings)
        if not _is_open(one, reviewed):
            continue
        print(f"\n{number} of {len(proposed)}: {_quoted(one.name)} and {_quoted(one.other)}: {one.in_words}")
        for name in (one.name, one.other):
            print(f"  {_quoted(name)}:")
            for line in _evidence(connection, name):
                print(line)
        choices = _choices(Decided(reviewed), one)
        (accepted,) = choices.get("accept", (None,))
        if accepted and not _can_stand(settings, accepted):
            del choices["accept"]
            accepted = None
        print(f"  {_preview(settings, connection, cards, reviewed, accepted)}")
        answer = _asked(choices)
        if answer == "quit":
            return
        if isinstance(answer, Decision):
            write_down(settings, answer)
            yield answer


def _evidence(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    rows = connection.execute(_EVIDENCE, {"name": name, "concept": CONCEPT, "listed": EVIDENCE}).fetchall()
    for place, text in rows:
        yield indented(place)
        yield from wrapped(text, LINES_OF_TEXT)


def _quoted(name: str) -> str:
    """A name of a stranger on one line, with nothing in it that a terminal obeys."""
    name = plain(name)
    return repr(name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…")


def _choices(decided: Decided, one: Proposed) -> _Choices:
    """By answer the rows of which it writes one; without `accept` where each is a name of a concept already.

    Of `part` there are two, unless a name says by its words that it is the narrower one.
    """
    kept, other = one.name, one.other
    if not decided.has_concept(kept) and decided.has_concept(other):
        kept, other = other, kept
    ways = [(kept, other), (other, kept)]
    if added(kept, other):
        ways = [way for way in ways if len(way[0]) < len(way[1])]
    found = {
        "part": tuple(
            Decision(decided.concept(broad), narrow, _RELATIONS["part"], one.because)
            for broad, narrow in ways
        ),
        "not": (Decision(decided.concept(kept), other, _RELATIONS["not"], ""),),
    }
    if not (decided.has_concept(kept) and decided.has_concept(other)):
        found["accept"] = (Decision(decided.concept(kept), other, _RELATIONS["accept"], one.because),)
    return found


def _can_stand(settings: Project, decision: Decision) -> bool:
    """Whether no other line and no alias speaks against a row of the file."""
    try:
        reviewed_with(settings, decision)
    except BadInputFileError:
        return False
    return True


def _is_idle(cards: Counted, reviewed: Reviewed, one: Proposed) -> bool:
    """Whether no number of cards would be another one if a person accepts, or nobody can."""
    accept = _choices(Decided(reviewed), one).get("accept")
    return accept is None or bool(why_idle(cards, reviewed, accept[0]))


def why_idle(cards: Counted, reviewed: Reviewed, accepted: Decision) -> str:
    """Why accepting changes no number of cards; empty where it changes one."""
    with_concept, with_member = (
        cards.having(topics_of(reviewed, name)) for name in (accepted.concept, accepted.member)
    )
    concept, member = _quoted(accepted.concept), _quoted(accepted.member)
    if not with_concept | with_member:
        return f"no counted card has {concept} or {member}."
    if not with_member:
        return f"no counted card has {member}."
    return f"every card with {member} has {concept} too." if with_member <= with_concept else ""


def _preview(
    settings: Project,
    connection: duckdb.DuckDBPyConnection,
    cards: Counted,
    reviewed: Reviewed,
    accepted: Decision | None,
) -> str:
    """What accepting changes: the cards and the share of the concept, before and after."""
    if accepted is None:
        return (
            "Each is a name of a concept already, by a line of the file or by an alias. To make these "
            "concepts one, change those lines; here the pair can be a part or not."
        )
    if why := why_idle(cards, reviewed, accepted):
        return f"Accepting changes no number: {why}"
    pair = (accepted.concept, accepted.member)
    where = stages(connection, pair)
    now = " and ".join(
        f"{_quoted(name)} {_standing(cards, reviewed, name, where.get(name))}" for name in pair
    )
    after = _standing(cards, reviewed_with(settings, accepted), accepted.concept)
    return f"Now {now}. Accepted, {_quoted(accepted.concept)} {after}."


def _standing(cards: Counted, reviewed: Reviewed, concept: str, stage: str | None = None) -> str:
    """On how many of the counted cards a concept is, their share, and its stage where that is known."""
    n = len(cards.having(topics_of(reviewed, concept)))
    share = f"{100 * n / max(cards.n_able, 1):.1f} %"
    said = f"{share}, {STAGES[stage]}" if stage else share
    return f"is on {n:,} of {_count(cards.n_able, 'card')} ({said})"


def _asked(choices: _Choices) -> Decision | str:
    """The row that the answer of a person writes, else skip or quit."""
    keys = {key: name for key, name in _ANSWERS.items() if name in (*choices, "skip", "quit")}
    answer = _typed_in(_question(choices), keys)
    if answer not in choices:
        return answer
    ways = {str(number): way for number, way in enumerate(choices[answer], 1)}
    if len(ways) == 1:
        return ways["1"]
    within = (f"[{key}] {_quoted(way.member)} within {_quoted(way.concept)}" for key, way in ways.items())
    keys = {key: key for key in ways} | {"s": "skip", "q": "quit"}
    answer = _typed_in(f"  Which one is narrower: {', '.join(within)}, [s] skip, [q] quit? ", keys)
    return ways.get(answer, answer)


def _question(choices: _Choices) -> str:
    ((concept, name, *_),) = choices["not"]
    first, *more = choices["part"]
    if more:
        part = f"a narrower or a wider idea than {_quoted(concept)}"
    elif first.member == name:
        part = f"a narrower idea within {_quoted(concept)}"
    else:
        part = f"a wider idea with {_quoted(first.member)} within it"
    accept = f"[a] another name of {_quoted(concept)}, " if "accept" in choices else ""
    return f"Is {_quoted(name)} {accept}[p] {part}, [n] a different idea, [s] skip, [q] quit? "


def _typed_in(question: str, keys: Mapping[str, str]) -> str:
    """What one of some keys stands for, once a person has typed it; the end of the input is to quit."""
    while True:
        try:
            answer = input(question).strip().lower()
        except EOFError:
            print()
            return "quit"
        if not sys.stdin.isatty():
            print(answer)
        if answer in (*keys, *keys.values()):
            return keys.get(answer, answer)
        print(f"Type {', '.join(keys)}.")


def _conclude(
    settings: Project,
    connection: duckdb.DuckDBPyConnection,
    cards: Counted,
    before: Reviewed,
    decisions: list[Decision],
) -> None:
    """Say what was decided, and where the concepts stand that it changes."""
    changed = list(dict.fromkeys(one.concept for one in decisions if one.relation != REFUSED))
    if changed:
        print("\nTesting all concepts anew, with what you decided …", flush=True)
        after = reviewed_with(settings)
        old, new = stages(connection, changed), stages_with(settings, after, changed)
        for concept in changed:
            was = _standing(cards, before, concept, old.get(concept))
            will_be = _standing(cards, after, concept, new.get(concept))
            print(f"  {_quoted(concept)} {was}; then it {will_be}")
    if decisions:
        were = "decision was" if len(decisions) == 1 else "decisions were"
        where = shown(settings.data / "concepts.csv")
        print(f"{len(decisions):,} {were} written into {where}; {typed('run')} applies what stands there.")
    else:
        print("Nothing was written.")


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
