"""What the page of an asset shows without a click."""

import base64
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from signals_pipeline.core.errors import OutOfMemoryError
from signals_pipeline.core.store import Store
from signals_pipeline.defs import glance
from signals_pipeline.publish import dictionary
from signals_pipeline.publish.report.charts import Bar, bars
from signals_pipeline.publish.report.site import picture
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import taken_in


def test_every_glance_is_of_a_table_that_is_an_asset() -> None:
    stored = {name.removeprefix("main.") for name in dictionary.STORED}
    views = {name.removeprefix("main.") for name in dictionary.VIEWS if name != "main.data_dictionary"}
    assert set(glance.queries()) < stored | views


def test_a_table_without_a_query_of_its_own_shows_its_first_rows(store: Store) -> None:
    store.connection.execute("CREATE TABLE plain AS SELECT i AS n, i > 4 AS is_large FROM range(12) AS r(i)")
    found = glance.glance(store, "plain")
    assert [record.data["n"] for record in found.records] == list(range(10))
    assert [column.name for column in found.schema.columns] == ["n", "is_large"]


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([0, 0.0], "▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([0.001, 1.0], "▂█"),
        ([None, 3], "·█"),
        ([0.1, 0.2, 0.3], "▄▆█"),
    ],
)
def test_a_sparkline_stands_on_zero_and_shows_little_apart_from_nothing(
    values: list[float | None], drawn: str
) -> None:
    assert glance.sparkline(values) == drawn


def test_a_table_that_needs_more_memory_to_be_shown_is_asked_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []
    result = Store.result

    def lacking(self: Store, sql: str) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
        limits.append(self.memory_limit_now)
        if len(limits) < 3:
            raise OutOfMemoryError("It was too much")
        return result(self, sql)

    monkeypatch.setattr(Store, "result", lacking)
    assert glance.glance(store, "(SELECT 1 AS n)").records[0].data == {"n": 1}
    assert limits == ["120MB", "240MB", "480MB"]


def test_a_glance_counts_what_the_cards_hold(store: Store, raw_dir: Path) -> None:
    for path in fixtures.ALL:
        fixtures.load(path).write(raw_dir)
    taken_in(store, raw_dir)
    found = glance.glance(store, "parsed.cards")
    counted = {record.data["form"]: record.data["cards"] for record in found.records}
    assert counted == dict(store.rows("SELECT form, count(*) FROM parsed.cards GROUP BY form"))
    assert [column.type for column in found.schema.columns] == ["VARCHAR", "BIGINT", "BIGINT", "DATE", "DATE"]


def test_lists_become_sparklines_and_long_texts_are_cut(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        glance, "queries", lambda: {"x": "SELECT [0, 2, 1] AS by_issue, repeat('a', 81) AS text, NULL AS n"}
    )
    found = glance.glance(store, "x")
    assert found.schema.columns[0].type == "sparkline"
    assert found.records[0].data == {"by_issue": "▁█▅", "text": "a" * 79 + "…", "n": None}


def test_the_chart_of_issues_draws_a_bar_an_issue_and_holds_no_address(store: Store) -> None:
    store.connection.execute(
        "CREATE TABLE issue_overview AS SELECT unnest(['20240107', '20240204', 'X']) AS issue_key, "
        "unnest([DATE '2024-01-07', DATE '2024-02-04', NULL]) AS issue_date, unnest([3, 1, 9]) AS n_counted"
    )
    text = glance.cards_by_issue(store).value or ""
    opening = "![Counted cards by newsletter issue](data:image/svg+xml;base64,"
    assert text.startswith(opening)
    svg = base64.b64decode(text.removeprefix(opening).removesuffix(")")).decode()
    assert svg.count('class="bar"') == 2
    assert svg.replace('xmlns="http://www.w3.org/2000/svg"', "").count("://") == 0

    store.connection.execute("DELETE FROM issue_overview")
    assert glance.cards_by_issue(store).value == "No newsletter issue has a date."


def test_a_picture_has_its_size_and_its_colours() -> None:
    chart: Markup = bars("cards", "Cards", "Cards", [Bar(date(2024, 1, 7).isoformat(), 3)], [""])
    svg = base64.b64decode(picture(chart).partition(",")[2]).decode()
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="640" height="180" class="chart"')
    assert svg.index("--accent") < svg.index("<title")
