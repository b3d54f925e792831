"""The work of a mart in parts: done in this process or, where that pays, by the workers of an engine.

A part is a call with all that it needs, so that any process of the same code can make it. What only the whole
family of topics tells, such as a prior or a q, is no part: it is computed here, before or after.
"""

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import duckdb
import numpy as np

from signals_pipeline.core.engines import HERE, Engine, Workers
from signals_pipeline.core.errors import VersionError
from signals_pipeline.core.files import files_version

WORKERS_FROM_BYTES = 64_000_000
"""What the parts must hold together before workers do them.

That is some ten seconds of work. Of 23 MB of counts, forecasts took four processes 10 CPU seconds and this
one alone 3, and past calls 17 and 7: processes have to start, and to add up the counts.
"""

PARTS_A_WORKER = 2
"""More of them would be shared out more evenly, but each computes sums over all issues anew."""

Result = TypeVar("Result")


class Parts:
    """Does parts of the work of one mart; workers are started when first needed, and end with the block."""

    def __init__(self, engine: Engine = HERE) -> None:
        """Prepare for an engine; this process does everything where none is given."""
        self._engine = engine
        self._open = ExitStack()
        self._workers: Workers | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers, if there are any."""
        self._open.__exit__(kind, error, trace)

    def number(self, n_bytes: int) -> int:
        """In how many parts so many bytes are best done."""
        return max(1, PARTS_A_WORKER * self._workers_for(n_bytes).n_ahead)

    def do(self, parts: Iterable[Callable[[], Result]], n_bytes: int) -> Iterator[Result]:
        """What each part returns, in order; together they hold so many bytes.

        Raises:
            ClusterError: The cluster does not answer, or gave a part up.
            VersionError: A worker has other code or libraries.
        """
        workers = self._workers_for(n_bytes)
        if workers.executor is None:
            return (part() for part in parts)
        return workers.map(partial(_done_by_worker, parts_version()), parts)

    def _workers_for(self, n_bytes: int) -> Workers:
        if n_bytes < WORKERS_FROM_BYTES:
            return Workers(None, 0)
        if self._workers is None:
            self._workers = self._open.enter_context(self._engine.workers(n_bytes, WORKERS_FROM_BYTES))
        return self._workers


def _done_by_worker(version: str, part: Callable[[], Result]) -> Result:
    if parts_version() != version:
        raise VersionError(
            "A worker has another version of signals_pipeline, DuckDB, NumPy or Python, or is another kind "
            "of machine."
        )
    return part()


@cache
def parts_version() -> str:
    """A version that changes when a part could give other rows: of the code of marts and what it runs on."""
    here = Path(__file__).parent
    code = (*here.rglob("*.py"), *here.rglob("*.sql"))
    return files_version(code, " ".join((duckdb.__version__, *rounded_by())))


def rounded_by() -> tuple[str, ...]:
    """What the same code may give other numbers with: NumPy, Python and the kind of machine."""
    return np.__version__, platform.python_version(), platform.machine()
