import pytest

from signals_pipeline_tests.marts.sample import SAMPLE, build_marts, database, give_meaning, trends


@pytest.fixture(scope="package")
def sample():
    """The database of the sample; tests that change it build their own, or roll back."""
    with database(SAMPLE) as connection:
        yield connection


@pytest.fixture(scope="package")
def trending():
    """The database of forty issues with planted trends, two of near meaning; the same holds for it."""
    with database(trends(), "topic_momentum") as connection:
        give_meaning(connection, {"fall": 0, "step": 30})
        build_marts(connection)
        yield connection


@pytest.fixture(scope="package")
def without_cards():
    """The database of no cards at all."""
    with database(()) as connection:
        yield connection
