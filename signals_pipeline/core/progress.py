"""The progress of a run, reported to whoever listens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]


def _nobody(stage: str, done: int, total: int) -> None:
    """Hear nothing."""


_listener: ContextVar[Listener] = ContextVar("listener", default=_nobody)


def report(stage: str, done: int = 0, total: int = 0) -> None:
    """Say what is being done, and how many of how many; total 0 where it is not counted."""
    _listener.get()(stage, done, total)


@contextmanager
def reported_to(listener: Listener) -> Iterator[None]:
    """Send what is reported to a listener while the block runs."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
