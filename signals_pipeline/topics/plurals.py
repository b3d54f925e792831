"""The singular of an English plural, and the names of topics that must keep theirs."""

from functools import lru_cache

from signals_pipeline.topics.words import WORDS

_SHORTEST_PLURAL = 4


def may_lose_plural(name: str) -> bool:
    """Whether the plural may go: no accents, no foreign small words, no person's name, no count before it."""
    if not name.isascii():
        return False
    words = name.split()
    if words[0].isdigit():
        return False
    if len(words) in {2, 3} and words[0] in WORDS.given_names:
        return False
    return WORDS.foreign_words.isdisjoint(words)


@lru_cache(maxsize=1 << 17)
def singular(word: str) -> str:
    """The singular of a lower-case English plural; any other word as it is."""
    once = _singular_once(word)
    # What would change again is no clear case.
    return once if _singular_once(once) == once else word


def _singular_once(word: str) -> str:
    if word in WORDS.irregular:
        return WORDS.irregular[word]
    plural_ending = word.endswith("men") or (word.endswith("s") and not word.endswith("ss"))
    if not plural_ending or word in WORDS.kept_plurals or len(word) < _SHORTEST_PLURAL:
        return word
    # Loading the dictionary takes a quarter of a second: not at import.
    import simplemma

    lemma = simplemma.lemmatize(word, "en", low_memory=True)
    if lemma == word:
        is_new = word.endswith(WORDS.new_plurals) and not simplemma.is_known(word, "en", low_memory=True)
        return word[:-1] if is_new and word not in WORDS.new_plurals else word
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
