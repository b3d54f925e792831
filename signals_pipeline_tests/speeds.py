"""How much is tried of what could be tried without end.

`make test` tries a few examples of each, the same ones each time; `make test-long` as many as a test says;
`make test-full` ten times as many, and other ones each time. The variable SIGNALS_TESTS names the speed.
"""

import os

from hypothesis import HealthCheck, settings

FACTORS = {"fast": 0.02, "long": 1, "full": 10}
SPEED = os.environ.get("SIGNALS_TESTS", "fast")
FACTOR = FACTORS[SPEED]
FEWEST = 5
IS_FULL = SPEED == "full"


def tried(max_examples: int) -> settings:
    """Settings of a property test with so many examples in `make test-long`."""
    return settings(
        max_examples=max(FEWEST, round(max_examples * FACTOR)),
        derandomize=not IS_FULL,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def use() -> None:
    """Make these the settings of property tests that name none."""
    settings.register_profile(SPEED, tried(100))
    settings.load_profile(SPEED)
