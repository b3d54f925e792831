"""Cards are read in another process, or on a cluster, as they are in this one, whatever dies meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from signals_pipeline.core import engines
from signals_pipeline.core.engines import Engine, Workers, engine
from signals_pipeline.core.errors import ClusterError
from signals_pipeline.core.store import Store
from signals_pipeline.parsed import ingest
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline_tests.cluster import Cluster, environment, until
from signals_pipeline_tests.conftest import CALENDAR
from signals_pipeline_tests.raw.sample import everything, read_afresh
from signals_pipeline_tests.starter import ROOT

DEMONSTRATION = ROOT / "data" / "demo"


@pytest.fixture
def chunks_of_40(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demonstration is a dozen chunks, and large enough for processes."""
    monkeypatch.setattr(ingest, "BATCH", 40)
    monkeypatch.setattr(engines, "POOL_FROM_BYTES", 0)


def read_by(one: Engine, store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All tables, the cards read by an engine."""
    save_listing(store, list_folder(DEMONSTRATION))
    ingest.ingest(store, DEMONSTRATION, CALENDAR, {}, engine=one)
    return everything(store)


def test_what_is_set_is_a_number_of_processes_or_an_address() -> None:
    assert engine("3") == Engine(processes=3)
    assert engine("tcp://127.0.0.1:8786") == Engine(address="tcp://127.0.0.1:8786")


@pytest.mark.parametrize(("processors", "processes"), [(1, 1), (2, 1), (4, 3), (64, 8)])
def test_where_nothing_is_set_a_processor_is_left_to_who_stores(
    monkeypatch: pytest.MonkeyPatch, processors: int, processes: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(processors)))
    assert engine("") == Engine(processes=processes)


@pytest.mark.parametrize(
    "setting", ["0", "-1", "two", "1.5", "10.0.0.5:8786", "tcp://10.0.0.5", "http://a:1", "²", "٣"]
)
def test_anything_else_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="neither a number"):
        engine(setting)


@pytest.mark.long
def test_what_only_some_runs_need_is_not_loaded_at_the_start() -> None:
    """Dask with its frames, which is installed here, takes a second."""
    late = ("dask", "distributed", "scipy")
    code = f"""
import sys
from signals_pipeline.defs.execution import the_job
the_job()
print([name for name in {late} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class _Later(Executor):
    """Does what is submitted when its result is asked for, and counts what waits."""

    def __init__(self) -> None:
        self.waiting = self.most = 0

    def submit(self, fn: Callable[..., object], /, *args: object, **_: object) -> Future[object]:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        future: Future[object] = Future()

        def result(timeout: float | None = None) -> object:
            self.waiting -= 1
            return fn(*args)

        future.result = result  # type: ignore[method-assign]
        return future


def test_results_come_in_order_and_no_more_wait_than_memory_is_meant_for() -> None:
    executor = _Later()
    assert list(Workers(executor, 3).map(str, range(20))) == [str(number) for number in range(20)]
    assert executor.most == 4


@pytest.mark.long
def test_processes_read_as_this_one_does(store: Store, tmp_path: Path, chunks_of_40: None) -> None:
    assert read_by(Engine(processes=2), store) == read_afresh(tmp_path, DEMONSTRATION)


def test_little_is_read_without_processes() -> None:
    with Engine(processes=2).workers(engines.POOL_FROM_BYTES - 1) as workers:
        assert workers.executor is None


def killed_once(part: tuple[Path, int]) -> int:
    """Kill this process at the first sight of number 3."""
    mark, number = part
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.long
def test_when_a_process_is_killed_this_one_reads_on(tmp_path: Path) -> None:
    with Engine(processes=2).workers(engines.POOL_FROM_BYTES) as workers:
        parts = [(tmp_path / "killed", number) for number in range(30)]
        assert list(workers.map(killed_once, parts)) == list(range(30))
    assert (tmp_path / "killed").exists()


KILLED = """
import os, signal
from signals_pipeline.core.engines import Engine, POOL_FROM_BYTES

if __name__ == "__main__":
    with Engine(processes=1 + 1).workers(POOL_FROM_BYTES) as workers:
        workers.executor.submit(os.getpid).result()
        print(*workers.executor._processes, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_no_process_outlives_the_one_that_started_it(tmp_path: Path) -> None:
    path = tmp_path / "killed.py"
    path.write_text(KILLED)
    done = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, cwd=tmp_path, env=environment(), check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    started = [int(number) for number in done.stdout.split()]
    assert started
    assert until(lambda: not any(Path(f"/proc/{number}").exists() for number in started))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    with Cluster(folder) as found:
        yield found


@pytest.mark.long
def test_a_cluster_reads_as_this_process_does(
    store: Store, tmp_path: Path, cluster: Cluster, chunks_of_40: None
) -> None:
    assert read_by(Engine(address=cluster.address), store) == read_afresh(tmp_path, DEMONSTRATION)


@pytest.mark.long
def test_when_a_worker_is_killed_in_the_middle_nothing_is_lost_or_double(
    store: Store, tmp_path: Path, cluster: Cluster, chunks_of_40: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_chunk = ingest._store_chunk
    n_stored = 0

    def killing(*arguments: object) -> None:
        nonlocal n_stored
        store_chunk(*arguments)  # type: ignore[arg-type]
        n_stored += 1
        if n_stored == 2:
            cluster.processes[1].kill()

    monkeypatch.setattr(ingest, "_store_chunk", killing)
    found = read_by(Engine(address=cluster.address), store)
    monkeypatch.undo()
    assert n_stored > 10
    assert found == read_afresh(tmp_path, DEMONSTRATION)


@pytest.mark.long
def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(ClusterError, match="No Dask scheduler answers"),
        Engine(address="tcp://127.0.0.1:9").workers(0),
    ):
        pass


def test_without_dask_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match="pip install distributed"), Engine("tcp://a:1").workers(0):
        pass
