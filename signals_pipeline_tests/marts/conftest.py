import pytest

from signals_pipeline_tests.marts.sample import SAMPLE, database


@pytest.fixture(scope="package")
def sample():
    """The database of the sample; tests that change it build their own."""
    with database(SAMPLE) as connection:
        yield connection
