"""Marts are computed in parts, by whatever process, as they are in one piece."""

import pickle
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.engines import Engine, Workers
from signals_pipeline.core.errors import VersionError
from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.marts import parts, said
from signals_pipeline.marts.computed import COUNTS, computed
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.parts import Parts
from signals_pipeline.marts.queries import query
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import Reviewed
from signals_pipeline_tests.cluster import Cluster
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in
from signals_pipeline_tests.marts.sample import with_what_they_read
from signals_pipeline_tests.speeds import long_but
from signals_pipeline_tests.starter import ROOT

IN_PARTS = ("topic_burst_fit", "topic_forecast", "call_history")
"""The marts that NumPy computes in parts; names in statements are looked for in parts beside them."""


BUILT = ("statement_names", *IN_PARTS)
DEMONSTRATION = ROOT / "data" / "demo"


class _Elsewhere(Executor):
    """Does what is submitted as another process would: with a copy of it."""

    def __init__(self) -> None:
        self.n_done = 0

    def submit(self, fn: Callable[..., object], /, *args: object, **_: object) -> Future[object]:
        self.n_done += 1
        work, given = pickle.loads(pickle.dumps((fn, args)))
        future: Future[object] = Future()
        future.set_result(pickle.loads(pickle.dumps(work(*given))))
        return future


class _TwoElsewhere(Engine):
    """An engine of two workers, which are not started."""

    @contextmanager
    def workers(self, n_bytes: int, pool_from_bytes: int | None = None) -> Iterator[Workers]:
        yield Workers(_Elsewhere(), 2)


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are used however little there is to do, and statements are searched in many parts."""
    monkeypatch.setattr(parts, "WORKERS_FROM_BYTES", 0)
    monkeypatch.setattr(said, "STATEMENTS_AT_ONCE", 500)


@pytest.mark.parametrize("name", long_but(IN_PARTS, "topic_burst_fit", "topic_forecast"))
@pytest.mark.usefixtures("always")
def test_parts_give_the_rows_of_the_whole(trending: duckdb.DuckDBPyConnection, name: str) -> None:
    counts = trending.sql(query(COUNTS)).to_arrow_table()
    with Parts(_TwoElsewhere()) as two:
        found = computed(name, counts, Kept(parts=two))
        assert two._workers is not None
        executor = two._workers.executor
    assert found.equals(computed(name, counts, Kept()))
    assert isinstance(executor, _Elsewhere)
    assert executor.n_done > 2


def test_little_work_is_done_here() -> None:
    with Parts(_TwoElsewhere()) as two:
        assert two.number(parts.WORKERS_FROM_BYTES - 1) == 1
        assert list(two.do([lambda: 1, lambda: 2], parts.WORKERS_FROM_BYTES - 1)) == [1, 2]
        assert two._workers is None
        assert two.number(parts.WORKERS_FROM_BYTES) == 2 * parts.PARTS_A_WORKER


def test_a_worker_of_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    work = partial(parts._done_by_worker, parts.parts_version())
    assert work(partial(int, "7")) == 7
    monkeypatch.setattr(parts, "parts_version", lambda: "another")
    with pytest.raises(VersionError):
        work(partial(int, "7"))


@pytest.fixture(scope="module")
def before_marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the demonstration before there is any mart."""
    folder = tmp_path_factory.mktemp("before_marts") / "build"
    with opened(folder, DEMONSTRATION) as store:
        taken_in(store, DEMONSTRATION)
        build_topics(store, Reviewed(), UNEDITED)
        build_meaning(store, None)
        build_outlooks(store, (), UNEDITED)
    return folder


def built_by(engine: Engine, before_marts: Path, folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the marts, computed by an engine."""
    shutil.copytree(before_marts, folder)
    with opened(folder, DEMONSTRATION) as store:
        needed = with_what_they_read(frozenset(BUILT))
        for mart in (one for name, one in run.marts().items() if name in needed):
            run.build(store, mart, engine)
        return {name: store.rows(f"FROM {name} ORDER BY ALL") for name in BUILT}


@pytest.mark.long
@pytest.mark.usefixtures("always")
def test_processes_compute_what_this_one_does(before_marts: Path, tmp_path: Path) -> None:
    found = built_by(Engine(processes=2), before_marts, tmp_path / "processes")
    assert found == built_by(Engine(), before_marts, tmp_path / "alone")


@pytest.mark.full
@pytest.mark.usefixtures("always")
def test_a_cluster_computes_the_same_though_a_worker_is_killed(
    before_marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_appended = 0
    append = Store.append
    (tmp_path / "cluster").mkdir()
    with Cluster(tmp_path / "cluster") as cluster:

        def killing(store: Store, name: str, rows: object) -> None:
            nonlocal n_appended
            append(store, name, rows)  # type: ignore[arg-type]
            n_appended += name == "internal.said_names"
            if n_appended == 2:
                cluster.processes[1].kill()

        monkeypatch.setattr(Store, "append", killing)
        found = built_by(Engine(address=cluster.address), before_marts, tmp_path / "dask")
        monkeypatch.undo()
    assert n_appended > 4
    assert found == built_by(Engine(), before_marts, tmp_path / "alone")
