import pytest

from signals_pipeline_tests.marts.sample import SAMPLE, database, trends


@pytest.fixture(scope="package")
def sample():
    """The database of the sample; tests that change it build their own."""
    with database(SAMPLE) as connection:
        yield connection


@pytest.fixture(scope="package")
def trending():
    """The database of forty issues with planted trends; tests that change it build their own."""
    with database(trends()) as connection:
        yield connection
