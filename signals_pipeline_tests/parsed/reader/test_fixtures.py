"""Each fixture's cards give the rows that stand beside them, and no others."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from signals_pipeline.core.schema import column_names
from signals_pipeline.core.store import Store
from signals_pipeline.parsed.models import TABLES
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.speeds import long_but

IN_MAKE_TEST = (
    "01-form-a0",
    "03-form-b-char",
    "06-form-b-src",
    "07-form-c",
    "08-form-other",
    "10-issue-tokens",
    "15-glued-file",
    "20-bare-pipes-not-repairable",
    "28-markdown-in-items-and-cells",
    "33-older-version",
    "43-duplicate-section",
    "55-pages-that-are-no-cards",
    "59-drafts",
)
"""One of each kind; `make test-long` takes the others."""


@pytest.mark.parametrize("path", long_but({path.stem: path for path in fixtures.ALL}, *IN_MAKE_TEST))
def test_cards_give_the_rows_beside_them(path: Path, store: Store, raw_dir: Path) -> None:
    fixture = fixtures.load(path)
    fixture.write(raw_dir)
    taken_in(store, raw_dir)
    for table in TABLES:
        expected = fixture.expected.get(table, [])
        if table not in ("files_seen", "card_files") or expected:
            assert_same_rows(table, rows_of(store, table), expected)


def rows_of(store: Store, table: str) -> list[dict[str, Any]]:
    names = column_names(TABLES[table])
    return [
        dict(zip(names, map(_plain, row), strict=True))
        for row in store.rows(f"SELECT {', '.join(names)} FROM parsed.{table} ORDER BY ALL")
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def assert_same_rows(table: str, found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Each expected row stands among the found ones with its asserted columns, and none is left over."""
    left = list(found)
    missing = []
    for row in expected:
        match = next((one for one in left if all(one[key] == value for key, value in row.items())), None)
        if match is None:
            missing.append(row)
        else:
            left.remove(match)
    asserted = sorted({key for row in missing for key in row})
    unexpected = [{key: one[key] for key in asserted or one} for one in left]
    assert (missing, unexpected) == ([], []), f"{table}: expected but missing, then found but not expected"


def test_every_form_and_every_code_has_a_fixture() -> None:
    loaded = [fixtures.load(path) for path in fixtures.ALL]
    forms = Counter(row.get("form") for one in loaded for row in one.expected.get("cards", []))
    assert {"A0", "A", "B-char", "B-length", "B-name", "B-src", "C", "other"} <= set(forms)
