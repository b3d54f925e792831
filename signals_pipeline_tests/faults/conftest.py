"""What the cases start from."""

import pytest

from signals_pipeline_tests.conftest import made_once
from signals_pipeline_tests.faults import folder
from signals_pipeline_tests.starter import Starter


def pytest_itemcollected(item: pytest.Item) -> None:
    """A case that looks into a snapshot waits for the run that makes it: it is none of `make test`."""
    if {"taken_through", "published"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def case_id(request: pytest.FixtureRequest) -> str | None:
    """The id of the case, which every test of one is run under."""
    return getattr(request, "param", None)


@pytest.fixture(scope="session")
def taken_through(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> folder.Snapshot:
    """The snapshot of the folder with all bad input."""
    base = made_once(
        tmp_path_factory, "bad-input", lambda base: folder.run_once(base, folder.INPUTS, starter)
    )
    return folder.Snapshot(base, folder.INPUTS)


@pytest.fixture
def published(taken_through: folder.Snapshot) -> folder.Snapshot:
    """The snapshot of the folder with all bad input, in which all that is demanded of every case holds."""
    assert taken_through.problems == []
    return taken_through
