import pytest

from signals_pipeline_tests.marts.sample import SAMPLE, database, trends


@pytest.fixture(scope="package")
def sample():
    """The database of the sample; tests that change it build their own, or roll back."""
    with database(SAMPLE) as connection:
        yield connection


@pytest.fixture(scope="package")
def trending():
    """The database of forty issues with planted trends; the same holds for it."""
    with database(trends()) as connection:
        yield connection


@pytest.fixture(scope="package")
def without_cards():
    """The database of no cards at all."""
    with database(()) as connection:
        yield connection
