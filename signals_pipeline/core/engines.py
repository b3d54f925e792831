"""Where parts of the work are done: in this process, in processes beside it, or by workers of a Dask cluster.

All three do the same: they call one function of a part, such as a chunk of files to read, and hand back what
it returns in order.
"""

import multiprocessing
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from signals_pipeline.core.errors import ClusterError
from signals_pipeline.core.progress import report

if TYPE_CHECKING:
    from distributed import Client

POOL_FROM_BYTES = 256_000_000
"""What there must be to read before processes are started: their start would cost more than they save."""

MAX_PROCESSES = 8
"""Processes at most where nothing is set: one process writes what all of them read."""

CHUNKS_AHEAD = 1
"""Parts that each worker may have done or be doing before one of them is taken: memory holds no more."""

CONNECT_SECONDS = 30

Part = TypeVar("Part")
Result = TypeVar("Result")

# Dask hangs for a minute where it does not know the kind of address.
_ADDRESS = re.compile(r"(?:tcp|tls|ucx|wss?)://\S+:\d+")


@dataclass(frozen=True, slots=True)
class Engine:
    """Where parts are done: the address of a Dask scheduler, else so many processes."""

    address: str | None = None
    processes: int = 1

    @contextmanager
    def workers(self, n_bytes: int, pool_from_bytes: int | None = None) -> Iterator["Workers"]:
        """The workers for so many bytes of files or other data, ended with the block.

        Processes are started from `pool_from_bytes` on, which is POOL_FROM_BYTES where it is None.

        Raises:
            ClusterError: The scheduler does not answer, or Dask is not installed.
        """
        from_bytes = POOL_FROM_BYTES if pool_from_bytes is None else pool_from_bytes
        if self.address is not None:
            with _cluster(self.address) as client:
                # A task that a worker took with it is done again by another one; it is called at least once.
                executor = client.get_executor(pure=False, retries=2)
                yield Workers(executor, CHUNKS_AHEAD * max(1, len(client.nthreads())))
        elif self.processes > 1 and n_bytes >= from_bytes:
            # Other ways to start a process copy the locks of threads that are not copied with them.
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(self.processes, context, _end_with_parent) as executor:
                yield Workers(executor, CHUNKS_AHEAD * self.processes)
        else:
            yield Workers(None, 0)


HERE = Engine()
"""This process alone."""


@dataclass(frozen=True, slots=True)
class Workers:
    """What does the work: an executor, or this process where there is none."""

    executor: Executor | None
    n_ahead: int

    def map(self, work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """The result of some work on each part, in order, with no more than `n_ahead` of them in memory.

        Raises:
            ClusterError: The cluster gave a part up.
        """
        if self.executor is None:
            yield from map(work, parts)
            return
        waiting: deque[tuple[Part, Future[Result] | None]] = deque()
        for part in parts:
            waiting.append((part, self._submitted(work, part)))
            if len(waiting) > self.n_ahead:
                yield _result(work, *waiting.popleft())
        while waiting:
            yield _result(work, *waiting.popleft())

    def _submitted(self, work: Callable[[Part], Result], part: Part) -> Future[Result] | None:
        assert self.executor is not None
        try:
            return self.executor.submit(work, part)
        except BrokenExecutor:
            return None


def _result(work: Callable[[Part], Result], part: Part, future: Future[Result] | None) -> Result:
    try:
        if future is not None:
            return future.result()
    except BrokenExecutor:
        pass
    except CancelledError:
        raise ClusterError("The Dask scheduler has gone; run again when it is back.") from None
    except Exception as error:
        if type(error).__name__ == "KilledWorker":
            raise ClusterError(f"Workers of the cluster die at one part of the work: {error}") from None
        raise
    # A process that was killed, perhaps for lack of memory, takes the pool with it.
    report("a process that did part of the work was killed; this one goes on alone")
    return work(part)


def _end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def engine(setting: str) -> Engine:
    """The engine that a setting names: a number of processes, or the address of a Dask scheduler.

    Where nothing is set, there is a process for each processor that may be used but one: this process stores
    what the others read. Where that leaves one, this process reads as well, for half the memory.

    Raises:
        ValueError: It is neither.
    """
    if not setting:
        return Engine(processes=min(max(len(os.sched_getaffinity(0)) - 1, 1), MAX_PROCESSES))
    if setting.isascii() and setting.isdigit() and int(setting) > 0:
        return Engine(processes=int(setting))
    if _ADDRESS.fullmatch(setting):
        return Engine(address=setting)
    raise ValueError("neither a number of processes nor the address of a Dask scheduler (tcp://host:8786)")


@contextmanager
def _cluster(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            f"To work on {address}, install distributed here and on the workers (pip install distributed)."
        ) from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        yield client
