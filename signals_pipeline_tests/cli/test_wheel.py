"""The wheel in an environment of its own, far from the checkout, used in an empty folder."""

import os
import signal
import subprocess
import time
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from signals_pipeline_tests import fixtures
from signals_pipeline_tests.starter import ROOT

pytestmark = pytest.mark.long

BUILT = ROOT / ".venv" / "dist"
BESIDE = ROOT / ".venv" / "wheel" / "lib"
"""What the wheel needs was installed here with it; the package itself is taken from elsewhere."""
START_SECONDS = 180.0


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a wheel that lies below no folder of the checkout, as who looks upwards would see."""
    wheels = list(BUILT.glob("*.whl"))
    assert wheels, "The wheel is not built: make test-long does it"
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", *wheels]
    subprocess.run(pip, check=True, env=environment())
    (own,) = (home / "lib").glob("*/site-packages")
    (needed,) = BESIDE.glob("*/site-packages")
    (own / "needed.pth").write_text(f"{needed}\n", "utf-8")
    return home / "bin" / "signals"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    return tmp_path


def environment() -> dict[str, str]:
    """What a stranger's shell has: no setting of the project, and no way into the checkout."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SIGNALS_", "PYTHON", "DAGSTER_"))
    }


def typed(command: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [command, *arguments], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_runs_on_its_demonstration_and_then_on_cards_of_one_s_own(signals: Path, folder: Path) -> None:
    first = typed(signals, folder, "run")
    assert "the demonstration" in first
    assert 'signals sql "FROM parsed.rejects"' in first
    assert "nothing changed" in typed(signals, folder, "run")
    assert {path.name for path in folder.iterdir()} == {"data"}
    assert "480" in typed(signals, folder, "sql", "SELECT count(*) AS n FROM parsed.cards")
    typed(signals, folder, "init", "mine")
    fixtures.load(fixtures.ALL[1]).write(folder / "mine" / "data" / "raw")
    assert "1 in 1 files: 1 new" in typed(signals, folder / "mine", "run")
    card = next((folder / "mine" / "data" / "raw").iterdir())
    assert "card" in typed(signals, folder / "mine", "explain", str(card))


@pytest.fixture
def ui(signals: Path, folder: Path) -> Iterator[str]:
    """The address at which the UI says that it opens."""
    process = subprocess.Popen(
        [signals, "ui", "--read-only"], cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().partition(" at ")[2].split()[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    assert process.returncode == 128 + signal.SIGINT


def test_the_ui_knows_the_definitions(ui: str) -> None:
    query = (
        b'{"query": "{ repositoriesOrError { __typename ... on RepositoryConnection { nodes { name } } } }"}'
    )
    request = urllib.request.Request(f"{ui}/graphql", query, {"Content-Type": "application/json"})
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read().decode()
        except OSError:
            text = ""
        if "__repository__" in text:
            return
        assert time.monotonic() < end, text
        time.sleep(0.5)


@pytest.mark.parametrize("extra", ["postgres", "meaning"])
def test_it_has_the_extras(signals: Path, extra: str) -> None:
    (metadata,) = signals.parents[1].rglob("signals_pipeline-*.dist-info/METADATA")
    assert f"Provides-Extra: {extra}" in metadata.read_text("utf-8").splitlines()


def test_it_has_the_vocabulary_of_the_encoder(signals: Path) -> None:
    assert list(signals.parents[1].rglob("signals_pipeline/meaning/vocabulary.txt"))
