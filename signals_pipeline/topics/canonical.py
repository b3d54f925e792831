"""From a keyword or theme as written to the topic that it means.

Data flow: data/aliases.csv -> Aliases; surface, kind and Aliases -> Canonical. Nothing is guessed from
similarity: rules of writing, the plural of the last word, and a table that a person has reviewed.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.topics.folding import fold, tidy
from signals_pipeline.topics.models import KINDS

_COLUMNS = ["surface", "topic", "kind", "reason"]

_STEPS = {
    "initials": "dots taken out of initials (U.S. -> us)",
    "gloss": "an abbreviation beside its own words taken off (world wide web (WWW) -> world wide web)",
    "acronym": "the plural s of an acronym taken off (LLMs -> llm)",
    "lemma": "the plural of the last word made singular (urban farms -> urban farm)",
}
_ENDINGS = {
    "alias": "then named by data/aliases.csv",
    "stop": "then dropped: a stop word of data/aliases.csv",
}


def _rules() -> Iterator[tuple[str, str]]:
    yield "folded", "the surface folded, as it is"
    yield "alias", "the folded surface is named by data/aliases.csv"
    yield "stop", "dropped: the folded surface is a stop word of data/aliases.csv"
    yield "empty", "dropped: nothing is left of the surface once it is folded"
    for count in range(1, len(_STEPS) + 1):
        for steps in combinations(_STEPS, count):
            described = "; ".join(_STEPS[step] for step in steps)
            yield "+".join(steps), described
            for ending, description in _ENDINGS.items():
                yield "+".join((*steps, ending)), f"{described}; {description}"


RULES: dict[str, str] = dict(_rules())
"""Every rule that Canonical.rule can hold, and what it says: the steps in their order, joined by +."""


class AliasError(BadInputFileError):
    """The alias file cannot be used; the message says where and what to do."""


@dataclass(frozen=True)
class Aliases:
    """What a person has decided, ready for lookup: folded surface -> topic, None for a stop word.

    Every topic of a table is also a surface of it that leads to itself, and what the rules would make of that
    topic leads to it too: a name written in the file is the name, whatever the rules would have called it.
    """

    keyword: Mapping[str, str | None] = field(default_factory=dict)
    theme: Mapping[str, str | None] = field(default_factory=dict)

    def of_kind(self, kind: str) -> Mapping[str, str | None]:
        """The table for surfaces of one kind."""
        if kind == "keyword":
            return self.keyword
        if kind == "theme":
            return self.theme
        message = f"unknown kind {kind!r}: expected one of {', '.join(KINDS)}"
        raise ValueError(message)


class Canonical(NamedTuple):
    """What one surface means."""

    folded: str
    """The surface without differences of typing."""
    topic: str | None
    """The canonical name; None for a stop word and where nothing is left of the surface."""
    rule: str
    """How it was found: a key of RULES."""


def canonical(surface: str, kind: str, aliases: Aliases) -> Canonical:
    """The topic that a surface means, and the rule that led there.

    The topic of a topic is that topic: canonical(c.topic, kind, aliases).topic == c.topic.
    """
    table = aliases.of_kind(kind)
    folded = fold(surface)
    if not folded:
        return Canonical(folded, None, "empty")
    name, steps = _reduced(surface, folded, table)
    topic = table.get(name, name)
    if topic is None:
        steps.append("stop")
    elif topic != name:
        steps.append("alias")
    return Canonical(folded, topic, "+".join(steps) or "folded")


# ---------------------------------------------------------------------------------------------------- rules

_INITIALS = re.compile(r"(?<![\w.])(?:[^\W\d_]\.)+[^\W\d_](?:\.(?!\w)|(?![\w.]))")
_GLOSS = re.compile(r"^([^()]+?) ?\(([^()]+)\)$")
_BETWEEN_WORDS = re.compile(r"[ \-/&]+")
_SMALL_WORDS = frozenset({"a", "an", "and", "as", "at", "by", "for", "in", "of", "on", "the", "to", "with"})
_ACRONYM_PLURAL = re.compile(r"(?:(?<=^)|(?<=[ \-/&(]))([A-Z]{2,})s$")
_LAST_WORD = re.compile(r"(?:^|[ \-/&(])([a-z]{3,})$")


def _reduced(surface: str, folded: str, table: Mapping[str, str | None]) -> tuple[str, list[str]]:
    """The first name on the way through the rules that is in the table, else the last; the steps taken."""
    taken: set[str] = set()
    # Case is what tells LLMs from a plural; it is known only before folding.
    cased, name = tidy(surface), folded
    while name not in table:
        for step, rule in _RULE_OF_STEP.items():
            changed = rule(cased if step != "lemma" else name)
            after = fold(changed)
            if after not in (name, ""):
                cased, name = changed, after
                taken.add(step)
                break
        else:
            break
    return name, [step for step in _STEPS if step in taken]


def _without_dots(text: str) -> str:
    return _INITIALS.sub(lambda initials: initials[0].replace(".", ""), text) if "." in text else text


def _without_gloss(text: str) -> str:
    """The words alone, where the text is words and their own initials in brackets, or the other way round."""
    match = _GLOSS.match(text) if "(" in text else None
    if match is None:
        return text
    before, within = match.groups()
    if _abbreviates(within, before):
        return before
    return within if _abbreviates(before, within) else text


def _abbreviates(short: str, words: str) -> bool:
    """Whether the short form is made of the initials of the words, with or without the small ones."""
    letters = short.casefold().replace("&", "").replace(".", "").replace(" ", "")
    split = [word for word in _BETWEEN_WORDS.split(words.casefold()) if word]
    initials = "".join(word[0] for word in split)
    main_initials = "".join(word[0] for word in split if word not in _SMALL_WORDS)
    wanted = {letters, letters.removesuffix("s")}
    return any(len(found) > 1 and found in wanted for found in (initials, main_initials))


def _acronym_singular(text: str) -> str:
    return _ACRONYM_PLURAL.sub(r"\1", text)


def _last_word_singular(name: str) -> str:
    match = _LAST_WORD.search(name)
    if match is None or not _may_lose_plural(name):
        return name
    return name[: match.start(1)] + singular(match[1])


_RULE_OF_STEP = {
    "initials": _without_dots,
    "gloss": _without_gloss,
    "acronym": _acronym_singular,
    "lemma": _last_word_singular,
}


# ------------------------------------------------------------------------------------------------- plurals


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FOREIGN_WORDS = _words("aux de degli dei del della delle der des du el et las le les los und")
# A surname is no plural (Steve Jobs). Names that are common words too (mark, grace, may) are left out.
_GIVEN_NAMES = _words(
    "adam alan albert alex alexander alice amy andrea andrew angela anna anne anthony barbara ben "
    "benjamin bernie beth brian bruce carl carlos catherine charles charlie chris christine christopher "
    "claire cory craig daniel dave david deborah dennis diana donald doug edward eleanor elizabeth "
    "ellen emily emma eric ethan eva evan fiona fred gary geoffrey george gordon greg hannah harry "
    "heather helen henry howard ian isaac ivan jacob james jane janet jason jeff jennifer jeremy jerry "
    "jessica jim joan joe john jonathan joseph joshua judith julia julian julie karen karl kate "
    "katherine keith kevin larry laura lauren leo leonard lisa louis lucy luke margaret maria marie "
    "martin mary matt matthew max megan michael michelle mike nancy nathan nicholas nick nicole noah "
    "olivia oscar patricia patrick paul peter philip rachel ralph rebecca richard robert robin roger "
    "ronald ryan sam samantha samuel sandra sara sarah scott sean sharon simon sophie stephen steve "
    "steven stewart stuart susan theodore thomas tim timothy tom tony tyler victor victoria vincent "
    "walter wendy william"
)
_IRREGULAR = {
    "ads": "ad",
    "analyses": "analysis",
    "appendices": "appendix",
    "automata": "automaton",
    "calves": "calf",
    "children": "child",
    "crises": "crisis",
    "criteria": "criterion",
    "diagnoses": "diagnosis",
    "feet": "foot",
    "geese": "goose",
    "godchildren": "godchild",
    "grandchildren": "grandchild",
    "halves": "half",
    "hypotheses": "hypothesis",
    "indices": "index",
    "knives": "knife",
    "leaves": "leaf",
    "lenses": "lens",
    "lives": "life",
    "loaves": "loaf",
    "matrices": "matrix",
    "men": "man",
    "mice": "mouse",
    "nuclei": "nucleus",
    "phenomena": "phenomenon",
    "schoolchildren": "schoolchild",
    "shelves": "shelf",
    "stimuli": "stimulus",
    "syntheses": "synthesis",
    "teeth": "tooth",
    "theses": "thesis",
    "thieves": "thief",
    "vertices": "vertex",
    "wives": "wife",
    "wolves": "wolf",
}
_KEPT_PLURALS = _words(
    # The singular is another thing.
    "affairs antics arms arts blues classics comics commons communications cons contents cosmetics "
    "customs damages dynamics ethics futures geriatrics glasses goods graphics humanities interests "
    "looks manners matters means minutes mores needs news odds pants premises proceeds pros relations "
    "remains returns rights ruins sales savings securities shorts spectacles spirits statistics terms "
    "thanks things times trousers utilities values works "
    # Two singulars.
    "axes bases ellipses "
    # Singular already.
    "aids corps crossroads headquarters innings measles mumps rabies series shingles species summons "
    # Names.
    "alps andes emirates gates levis mars parsons rogers sanders wales watts windows woods "
    # French and Spanish words that look like an English plural and are none.
    "bois bras clos concours cours discours divers fils fonds gens jours moins mois parcours pays poids "
    "propos recours redes repas sans secours sens sous temps tiers univers"
)
# Plurals too new for the dictionary, by how they end.
_NEW_PLURALS = ("apps", "bots", "chains", "coins", "grids", "sumers", "taxis", "trends")
_SHORTEST_PLURAL = 4


def _may_lose_plural(name: str) -> bool:
    """Whether the plural may go: no accents, no foreign small words, no person's name, no count before it."""
    if not name.isascii():
        return False
    words = name.split()
    if words[0].isdigit():
        return False
    if len(words) in {2, 3} and words[0] in _GIVEN_NAMES:
        return False
    return _FOREIGN_WORDS.isdisjoint(words)


@lru_cache(maxsize=1 << 17)
def singular(word: str) -> str:
    """The singular of a lower-case English plural; any other word as it is."""
    once = _singular_once(word)
    # What would change again is no clear case.
    return once if _singular_once(once) == once else word


def _singular_once(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    plural_ending = word.endswith("men") or (word.endswith("s") and not word.endswith("ss"))
    if not plural_ending or word in _KEPT_PLURALS or len(word) < _SHORTEST_PLURAL:
        return word
    # Loading the dictionary takes a quarter of a second: not at import.
    import simplemma

    lemma = simplemma.lemmatize(word, "en", low_memory=True)
    if lemma == word:
        is_new = word.endswith(_NEW_PLURALS) and not simplemma.is_known(word, "en", low_memory=True)
        return word[:-1] if is_new and word not in _NEW_PLURALS else word
    if word.endswith(("sses", "xes")):
        return word[:-2]
    return lemma if lemma in _singulars_by_ending(word) else word


def _singulars_by_ending(word: str) -> set[str]:
    """The singulars that a plural can have; the lemma of a verb form or an adjective is none of them."""
    if word.endswith("men"):
        return {word[:-2] + "an"}
    possible = {word[:-1]}
    if word.endswith("ies"):
        possible.add(word[:-3] + "y")
    if word.endswith(("ses", "zes", "ches", "shes", "oes")):
        possible.add(word[:-2])
    if word.endswith("zzes"):
        possible.add(word[:-3])
    return possible


# ------------------------------------------------------------------------------------------------ alias file


class _Row(NamedTuple):
    line: int
    surface: str
    topic: str | None
    """As written: case matters to the rules; None for a stop word."""
    kinds: tuple[str, ...]


def load_aliases(path: Path) -> Aliases:
    """The reviewed aliases of a CSV file, read by `read_aliases`; `AliasError` where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        message = f"{path}: no such file; create it with the first line {','.join(_COLUMNS)}"
        raise AliasError(message) from None
    return read_aliases(path, content)


def read_aliases(path: Path, content: bytes) -> Aliases:
    """The reviewed aliases that a CSV file holds, with the columns surface, topic, kind, reason.

    An empty topic makes a stop word, an empty kind means both kinds, and a row whose topic is its surface
    keeps the rules off that name. Surfaces are compared folded; a topic that is a surface too is followed to
    its end.

    Raises:
        AliasError: The file cannot be used; the message names file and line and says what to do.
    """
    rows = list(_rows(path, content))
    tables = {kind: _table(path, [row for row in rows if kind in row.kinds]) for kind in KINDS}
    return Aliases(**{kind: MappingProxyType(table) for kind, table in tables.items()})


def _rows(path: Path, content: bytes) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(_text(path, content), newline=""), strict=True)
    line = 1
    try:
        header = next(reader, None)
        if header != _COLUMNS:
            message = f"{path}:1: the first line must be {','.join(_COLUMNS)} (with commas); found {header}"
            raise AliasError(message)
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield _row(path, line, cells)
    except csv.Error as error:
        message = f"{path}:{line}: not readable as CSV ({error}); check the quotes of this line"
        raise AliasError(message) from error


def _text(path: Path, content: bytes) -> str:
    try:
        # Spreadsheets write a byte order mark.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: not UTF-8; save the file with encoding UTF-8"
        raise AliasError(message) from None


def _row(path: Path, line: int, cells: list[str]) -> _Row:
    if len(cells) != len(_COLUMNS):
        message = (
            f"{path}:{line}: {len(cells)} columns instead of {len(_COLUMNS)}; "
            "put a value that contains a comma between double quotes"
        )
        raise AliasError(message)
    surface, topic, kind, _ = (cell.strip() for cell in cells)
    if kind not in ("", *KINDS):
        message = f"{path}:{line}: unknown kind {kind!r}; write keyword, theme, or nothing for both"
        raise AliasError(message)
    if not fold(surface):
        message = f"{path}:{line}: the surface {surface!r} is empty once folded; remove this row"
        raise AliasError(message)
    if topic and not fold(topic):
        message = f"{path}:{line}: the topic {topic!r} is empty once folded; leave it empty for a stop word"
        raise AliasError(message)
    return _Row(line, fold(surface), topic or None, (kind,) if kind else KINDS)


def _table(path: Path, rows: list[_Row]) -> dict[str, str | None]:
    """Folded surface -> topic, with chains followed and every topic leading to itself."""
    named: dict[str, _Row] = {}
    for row in rows:
        first = named.setdefault(row.surface, row)
        if _folded(first.topic) != _folded(row.topic):
            message = (
                f"{path}:{row.line}: {row.surface!r} already has the topic {first.topic or '(stop word)'!r} "
                f"in line {first.line}; keep one of the two"
            )
            raise AliasError(message)
    _refuse_cycles(path, named)
    surfaces = dict.fromkeys(named)
    table = {surface: _followed(row, named, surfaces) for surface, row in named.items()}
    topics = {topic for topic in table.values() if topic is not None}
    table |= {topic: topic for topic in topics}
    # What the rules would make of a name belongs to the name: "woman" to a topic called "women".
    for row in named.values():
        if row.topic is not None and (topic := fold(row.topic)) in topics and topic != row.surface:
            table.setdefault(_reduced(row.topic, topic, {})[0], topic)
    return table


def _folded(topic: str | None) -> str | None:
    return None if topic is None else fold(topic)


def _refuse_cycles(path: Path, named: Mapping[str, _Row]) -> None:
    for start, first in named.items():
        chain = [start]
        while (row := named.get(chain[-1])) is not None:
            after = _folded(row.topic)
            if after is None or after == chain[-1]:
                break
            if after in chain:
                message = (
                    f"{path}:{first.line}: the aliases go round in a circle: {' -> '.join([*chain, after])}; "
                    "remove one of these rows"
                )
                raise AliasError(message)
            chain.append(after)


def _followed(row: _Row, named: Mapping[str, _Row], surfaces: Mapping[str, str | None]) -> str | None:
    """The topic at the end of a chain of rows; None where it ends at a stop word.

    Where no row speaks of a topic, the rules may lead from it to a surface that has one (LLMs -> llm); unless
    that surface has been passed already, which means that the file prefers the plural.
    """
    passed = {row.surface}
    while row.topic is not None:
        topic = fold(row.topic)
        name, _ = _reduced(row.topic, topic, surfaces)
        if name not in named or name in passed:
            return topic
        passed.add(name)
        row = named[name]
    return None
