"""Results of statistics, kept from one build of a mart to the next by the hash of all that they follow from.

A statistic that takes long is a pure function of a few arrays and parameters. Most of these are the same in
the next run, so what came of them is read and not computed again. A result that is lost, damaged or of other
code is computed; one that a build does not ask for is dropped at its end.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow

from signals_pipeline.core.store import Store
from signals_pipeline.marts.parts import Parts, rounded_by

Array = npt.NDArray[Any]

Inputs = Sequence[object]
"""What a result follows from: arrays, and whatever else has a `repr` that says all of it."""

_TABLE = """
CREATE TABLE IF NOT EXISTS internal.kept_results (mart VARCHAR, key BLOB, result BLOB, seal BLOB)
"""
_DTYPE = 3
"""Letters in the name of a type of numbers, such as <f8."""


class Kept:
    """The results of one mart: what the last build found, and what this one has asked for."""

    def __init__(
        self,
        version: str = "",
        found: Mapping[bytes, bytes] | None = None,
        parts: Parts | None = None,
    ) -> None:
        """Begin with the results found by their keys, none without any; `parts` computes the others.

        Without it this process does.

        `version` is that of the code that computes; what else may round otherwise counts too.
        """
        self._version = (version, *rounded_by())
        self.found = dict(found or {})
        self.asked: dict[bytes, bytes] = {}
        self.parts = parts or Parts()

    def results(
        self,
        method: str,
        shared: Inputs,
        own: Iterable[Inputs],
        part: Callable[[list[int]], Callable[[], Iterable[Array]]],
        n_bytes: int,
    ) -> list[Array]:
        """The result of each of some things: one array of one dimension for each entry of `own`.

        Args:
            method: What is computed.
            shared: What all these results follow from.
            own: What each of them follows from beside that; nothing else may change it.
            part: What computes the results of the things at some places, in their order.
            n_bytes: What all these things hold together.
        """
        base = _digest((*self._version, method, *shared))
        keys = [_digest((base, *one)) for one in own]
        known = self.found | self.asked
        missing = [place for place, key in enumerate(keys) if key not in known]
        n_bytes = n_bytes * len(missing) // max(len(keys), 1)
        # One after the other in turn, since neighbours may take equally long.
        n_parts = self.parts.number(n_bytes)
        groups = [missing[first::n_parts] for first in range(min(n_parts, len(missing)))]
        for group, computed in zip(groups, self.parts.do(map(part, groups), n_bytes), strict=True):
            for place, result in zip(group, computed, strict=True):
                known[keys[place]] = result.dtype.str.encode() + result.tobytes()
        self.asked |= {key: known[key] for key in keys}
        return [np.frombuffer(known[key], known[key][:_DTYPE].decode(), offset=_DTYPE) for key in keys]


def with_those_before(inputs: Iterable[Inputs]) -> Iterator[Inputs]:
    """For each of some inputs, what stands for them and all before them, in their order."""
    so_far = b""
    for one in inputs:
        so_far = _digest((so_far, *one))
        yield (so_far,)


def _digest(inputs: Inputs) -> bytes:
    """A hash of some inputs: 32 bytes, others wherever a type, a shape, a value or the order is another."""
    digest = hashlib.sha256()
    for one in inputs:
        if isinstance(one, np.ndarray):
            head, body = f"{one.dtype.str}{one.shape}", np.ascontiguousarray(one).tobytes()
        else:
            head, body = type(one).__name__, repr(one).encode()
        digest.update(f"{head} {len(body)} ".encode() + body)
    return digest.digest()


def read_kept(store: Store, mart: str, version: str, parts: Parts | None = None) -> Kept:
    """The results of the last build of a mart, without those that were damaged; `parts` computes others."""
    store.connection.execute(_TABLE)
    rows = store.rows("SELECT key, result, seal FROM internal.kept_results WHERE mart = ?", [mart])
    return Kept(version, {key: result for key, result, seal in rows if seal == _seal(key, result)}, parts)


def write_kept(store: Store, mart: str, kept: Kept) -> None:
    """Keep what a build of a mart has asked for, and drop its other results; within a transaction."""
    table = pyarrow.table(
        {
            "mart": pyarrow.array([mart] * len(kept.asked), pyarrow.string()),
            "key": pyarrow.array(kept.asked.keys(), pyarrow.binary()),
            "result": pyarrow.array(kept.asked.values(), pyarrow.binary()),
            "seal": pyarrow.array([_seal(*one) for one in kept.asked.items()], pyarrow.binary()),
        }
    )
    store.connection.execute("DELETE FROM internal.kept_results WHERE mart = ?", [mart])
    store.append("internal.kept_results", table)


def _seal(key: bytes, result: bytes) -> bytes:
    return _digest((key, result))
