"""The benchmarks still work: on so few cards that no figure says anything."""

from pathlib import Path

import pytest

from signals_pipeline_tests import corpus
from signals_pipeline_tests.bench import runs, scale

pytestmark = pytest.mark.full

N_CARDS = 60


def test_whole_runs_in_each_scenario(tmp_path: Path) -> None:
    corpus.generate(tmp_path / "raw", N_CARDS, n_issues=12)
    found = {changed: cost for changed, cost, _ in runs.scenarios(tmp_path / "raw", tmp_path / "data")}
    assert list(found) == ["all", "nothing", "one card", "a new issue of 15"]
    assert len(list((tmp_path / "raw").glob("*.md"))) == N_CARDS + 1 + runs.N_NEW
    assert found["nothing"].anew_mb == 0 < found["one card"].anew_mb
    assert all(cost.cpu > 0 and cost.peak_mb > 0 for cost in found.values())


def test_a_run_by_stage(tmp_path: Path) -> None:
    told: list[str] = []
    scale.bench(tmp_path, (N_CARDS, 2 * N_CARDS), told.append)
    assert told[2].startswith(f"| {N_CARDS} | ")
