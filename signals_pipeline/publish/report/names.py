"""File names and anchors: from hashes and dates alone, so that no text of a card can choose one."""

import hashlib
import re
from collections.abc import Iterable

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SHORTEST = 12


def topic_stems(topic_ids: Iterable[str]) -> dict[str, str]:
    """A file name for each topic: the first hex digits of its id, as many as tell all of them apart."""
    return _shortened({topic_id: topic_id for topic_id in topic_ids})


def issue_stems(issue_keys: Iterable[str]) -> dict[str, str]:
    """A file name for each newsletter issue: its date, or else a hash of its key."""
    keys = list(issue_keys)
    dated = {key: key for key in keys if _DAY.fullmatch(key)}
    hashed = _shortened({key: _hash(key) for key in keys if key not in dated})
    return dated | {key: f"undated-{stem}" for key, stem in hashed.items()}


def card_anchors(card_ids: Iterable[str]) -> dict[str, str]:
    """An anchor for each card: a hash of its id."""
    return {key: f"c-{stem}" for key, stem in _shortened({key: _hash(key) for key in card_ids}).items()}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shortened(hashes: dict[str, str]) -> dict[str, str]:
    length = _SHORTEST
    while len({digest[:length] for digest in hashes.values()}) < len(hashes):
        length += 1
    return {key: digest[:length] for key, digest in hashes.items()}
