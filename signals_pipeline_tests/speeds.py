"""How much is tried of what could be tried without end.

`make test` tries a few examples of each, the same ones each time; `make test-long` as many as a test says;
`make test-full` ten times as many, and other ones each time. The variable SIGNALS_TESTS names the speed.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

FACTORS = {"fast": 0.02, "long": 1, "full": 10}
SPEED = os.environ.get("SIGNALS_TESTS", "fast")
FEWEST = 5
IS_FULL = SPEED == "full"


def tried(max_examples: int) -> settings:
    """Settings of a property test with so many examples in `make test-long`."""
    return settings(
        max_examples=max(min(max_examples, FEWEST), round(max_examples * FACTORS[SPEED])),
        derandomize=not IS_FULL,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def long_but(cases: Mapping[str, Any] | Iterable[Any], *fast: str) -> list[Any]:
    """Cases of a parametrised test by their ids; those that are not named run in `make test-long` only."""
    by_id = cases if isinstance(cases, Mapping) else {str(case): case for case in cases}
    assert by_id.keys() >= set(fast), fast
    return [
        pytest.param(case, id=name, marks=[] if name in fast else [pytest.mark.long])
        for name, case in by_id.items()
    ]


def use() -> None:
    """Make these the settings of property tests that name none."""
    settings.register_profile(SPEED, tried(100))
    settings.load_profile(SPEED)
