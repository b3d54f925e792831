"""The report of a corpus as large as the real one."""

import time

import pytest

from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.corpus import generate
from signals_pipeline_tests.publish.conftest import build, published
from signals_pipeline_tests.publish.report.conftest import Report


@pytest.mark.full
def test_a_report_of_3000_cards_is_bounded_in_time_and_size(tmp_path) -> None:
    generate(tmp_path / "raw", n_cards=3_000, n_issues=150)
    with opened(tmp_path / "build", tmp_path / "raw") as store:
        build(store, tmp_path / "raw")
        published(store, tmp_path / "published")
    current = tmp_path / "published" / "current"
    start = time.process_time()
    size = Report(current / "signals.duckdb", current / "report").written(tmp_path / "report")
    assert time.process_time() - start < 15
    assert size.n_bytes < 60_000_000
    assert (tmp_path / "report" / "index.html").stat().st_size < 150_000
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "report").rglob("*.html")}
    assert sizes.pop("search.html") < 8_000_000
    assert max(sizes.values()) < 2_000_000
