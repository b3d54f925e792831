"""Bad input and faults, one test a case, named by its id: what happens, and what must be lost (nothing).

The ids are letters and numbers: T text and encoding, M Markdown structure, F files and what changes in the
folder, R faults while running, S security of what is published.
"""

from collections.abc import Callable
from typing import TypeVar

import pytest

IDS = tuple(
    f"{letter}{number:02}"
    for letter, last in (("T", 15), ("M", 18), ("F", 20), ("R", 22), ("S", 19))
    for number in range(1, last + 1)
)
"""Every case that has a test."""

Test = TypeVar("Test", bound=Callable[..., object])


def case(identifier: str) -> Callable[[Test], Test]:
    """Mark a test as that of a case, so that it runs under the case's id (`pytest -k R01`)."""
    assert identifier in IDS, identifier

    def mark(test: Test) -> Test:
        return pytest.mark.parametrize("case_id", [identifier], indirect=True)(test)

    return mark
