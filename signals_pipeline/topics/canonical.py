"""From a keyword or theme as written to the topic that it means.

Data flow: surface, kind and Aliases -> Canonical. Nothing is guessed from similarity: rules of writing, the
plural of the last word, and a table that a person has reviewed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from signals_pipeline.topics.folding import fold, tidy
from signals_pipeline.topics.models import MENTIONED
from signals_pipeline.topics.plurals import may_lose_plural, singular
from signals_pipeline.topics.words import WORDS

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
        message = f"unknown kind {kind!r}: expected one of {', '.join(MENTIONED)}"
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
    name, steps = reduced(surface, folded, table)
    topic = table.get(name, name)
    if topic is None:
        steps.append("stop")
    elif topic != name:
        steps.append("alias")
    return Canonical(folded, topic, "+".join(steps) or "folded")


_INITIALS = re.compile(r"(?<![\w.])(?:[^\W\d_]\.)+[^\W\d_](?:\.(?!\w)|(?![\w.]))")
_GLOSS = re.compile(r"^([^()]+?) ?\(([^()]+)\)$")
_BETWEEN_WORDS = re.compile(r"[ \-/&]+")
_ACRONYM_PLURAL = re.compile(r"(?:(?<=^)|(?<=[ \-/&(]))([A-Z]{2,})s$")
_LAST_WORD = re.compile(r"(?:^|[ \-/&(])([a-z]{3,})$")


def reduced(surface: str, folded: str, table: Mapping[str, str | None]) -> tuple[str, list[str]]:
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
    main_initials = "".join(word[0] for word in split if word not in WORDS.small_words)
    wanted = {letters, letters.removesuffix("s")}
    return any(len(found) > 1 and found in wanted for found in (initials, main_initials))


def _acronym_singular(text: str) -> str:
    return _ACRONYM_PLURAL.sub(r"\1", text)


def _last_word_singular(name: str) -> str:
    match = _LAST_WORD.search(name)
    if match is None or not may_lose_plural(name):
        return name
    return name[: match.start(1)] + singular(match[1])


_RULE_OF_STEP = {
    "initials": _without_dots,
    "gloss": _without_gloss,
    "acronym": _acronym_singular,
    "lemma": _last_word_singular,
}
