"""What a snapshot tells anew, against the last one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.store import Store
from signals_pipeline.publish import changes
from signals_pipeline.publish.changes import Difference, difference
from signals_pipeline.publish.known import KnownTopic
from signals_pipeline_tests.conftest import AS_OF, opened, taken_in
from signals_pipeline_tests.raw.sample import card, card_id, link, write

PUMP, HEMP, BOTH, GOES_ON = ("0" * 31 + one for one in "1234")
"""Topics that no card has."""


@pytest.fixture
def last(base) -> Path:
    """The published snapshot of 160 generated cards and some hostile ones."""
    return (base / "published" / "current").resolve()


@pytest.fixture
def raw(base, tmp_path) -> Path:
    """A copy of these cards."""
    shutil.copytree(base / "raw", tmp_path / "raw")
    return tmp_path / "raw"


@pytest.fixture
def store(base, tmp_path) -> Iterator[Store]:
    """A copy of the store that the snapshot was made from."""
    shutil.copytree(base / "build", tmp_path / "build")
    with opened(tmp_path / "build", base / "raw") as found:
        yield found


@pytest.fixture
def then(store, last, tmp_path) -> Path:
    """A copy of the snapshot, as far as it is compared with."""
    shutil.copytree(last / "parquet", tmp_path / last.name / "parquet", copy_function=shutil.copyfile)
    return tmp_path / last.name


@contextmanager
def before(then: Path, last_issue: date | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of calls and stages of a copied snapshot, to be changed, and with another last issue."""
    folder = then / "parquet" / "main"
    with duckdb.connect() as connection:
        for name in ("call_history", "topic_momentum", "snapshot"):
            connection.execute(f"CREATE TABLE {name} AS FROM {sql_text(str(folder / f'{name}.parquet'))}")
        if last_issue is not None:
            connection.execute("UPDATE snapshot SET last_issue_date = ?", [last_issue])
        yield connection
        for name in ("call_history", "topic_momentum", "snapshot"):
            connection.execute(f"COPY {name} TO {sql_text(str(folder / f'{name}.parquet'))} (FORMAT parquet)")


def stands(
    connection: duckdb.DuckDBPyConnection,
    topic: str,
    stage: str,
    called_since: date | None = None,
    same_as: str | None = None,
) -> None:
    """Have a concept stand at a stage, with the call that is not ended, if any."""
    told = {"topic": topic, "stage": stage, "since": called_since}
    connection.execute(
        """
        INSERT INTO topic_momentum SELECT * REPLACE (
            $topic AS topic_id, $topic AS topic, 'concept' AS kind, $stage AS stage,
            CAST($since AS DATE) AS called_since, CAST($same_as AS VARCHAR) AS same_as
        ) FROM topic_momentum LIMIT 1
        """,
        told | {"same_as": same_as},
    )
    if called_since is not None:
        connection.execute(
            "INSERT INTO call_history BY NAME SELECT $topic AS topic_id, $topic AS topic, 'concept' AS kind, "
            "$stage AS stage, CAST($since AS DATE) AS called_from, 'too early' AS outcome",
            told,
        )


def told(found: Difference, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in names) for row in found.rows]


def since(store: Store, last: Path | None, **more: Any) -> Difference:
    return difference(store, last, AS_OF, more.pop("inputs", "another"), **more)


# Cards and newsletter issues


def test_nothing_is_told_without_a_snapshot_or_a_change(store, last) -> None:
    assert since(store, None) == Difference()
    assert since(store, last) == Difference([], last.name, "", told_before=[])


def test_a_new_card_of_a_new_issue_is_two_changes(store, raw, last) -> None:
    write(raw, 1, card(1, title="Kelp", token="20240103"))
    taken_in(store, raw)
    found = since(store, last)
    assert told(found, "change_kind", "issue_key", "card_id", "title", "is_known", "sentence") == [
        (
            "card new", "2024-01-03", card_id(link(1)), "Kelp", False,
            "New card: “Kelp”, newsletter issue of 2024-01-03.",
        ),
        ("issue new", "2024-01-03", None, None, False, "New: newsletter issue of 2024-01-03, 1 card."),
    ]  # fmt: skip
    assert {row["since_snapshot"] for row in found.rows} == {last.name}


def test_a_card_that_is_gone_and_one_that_changed_are_told_with_what_changed(store, raw, base, last) -> None:
    path, changed_id, gone_path, gone_id = store.rows("""
        SELECT min_by(path, path), min_by(card_id, path), max_by(path, path), max_by(card_id, path)
        FROM parsed.cards SEMI JOIN parsed.signals USING (card_id)
    """)[0]
    (raw / gone_path).unlink()
    text = (raw / path).read_text("utf-8")
    (raw / path).write_text(f"\n{text.replace('## Keywords', '## Keywords' + chr(10) * 2 + '* kelp forest')}")
    taken_in(store, raw)
    found = since(store, last)
    assert told(found, "change_kind", "card_id") == [("card changed", changed_id), ("card removed", gone_id)]
    assert found.rows[0]["sentence"].endswith(" changed: keywords.")


def test_a_card_that_moved_in_its_file_has_not_changed(store, raw, last) -> None:
    for path in raw.rglob("*.md"):
        path.write_bytes(b"\n\n" + path.read_bytes())
    taken_in(store, raw)
    assert told(since(store, last), "change_kind", "sentence") == []


def test_a_corrected_date_dates_the_cards_and_makes_no_issue_new(store, raw, last) -> None:
    token, key, n_cards = store.rows("""
        SELECT trim(issue_token), issue_key, count(*)
        FROM parsed.cards WHERE issue_date IS NOT NULL
        GROUP BY ALL HAVING count(DISTINCT issue_token) = 1 ORDER BY issue_key DESC LIMIT 1
    """)[0]
    taken_in(store, raw, {token: date(2024, 2, 29)})
    found = since(store, last)
    assert told(found, "change_kind", "before", "after") == [("card dated", key, "2024-02-29")] * n_cards
    assert f"is of 2024-02-29 now; it was of {key}." in found.rows[0]["sentence"]


# Calls


def test_a_call_is_made_ends_goes_on_and_is_made_again(store, then) -> None:
    """Pump begins to rise, hemp ends, both fell, ended, and fall again after the last issue of then."""
    last_issue, after = date(2026, 6, 28), date(2026, 7, 5)
    with before(then, last_issue) as connection:
        stands(connection, PUMP, "unclear")
        stands(connection, HEMP, "rising", called_since=date(2026, 1, 4))
        stands(connection, BOTH, "falling", called_since=date(2026, 2, 1))
        stands(connection, GOES_ON, "rising", called_since=date(2026, 2, 1))
    stands(store.connection, PUMP, "rising", called_since=after)
    stands(store.connection, HEMP, "risen", called_since=after)
    stands(store.connection, BOTH, "falling", called_since=after)
    # A card that came late moved its beginning.
    stands(store.connection, GOES_ON, "rising", called_since=date(2026, 1, 18))
    found = since(store, then)
    assert told(found, "change_kind", "topic_id", "before", "after", "called_since") == [
        ("call ended", HEMP, "rising", "risen", date(2026, 1, 4)),
        ("call ended", BOTH, "falling", "falling", date(2026, 2, 1)),
        ("call made", PUMP, "unclear", "rising", after),
        ("call made", BOTH, "falling", "falling", after),
    ]
    assert told(found, "sentence")[:3:2] == [
        (
            f"“{HEMP}” is no longer called rising, as it was since the issue of 2026-01-04 "
            "(now: rose earlier, not shown to rise now).",
        ),
        (
            f"“{PUMP}” is rising, called so since the issue of 2026-07-05 "
            "(before: neither a direction nor steadiness is shown).",
        ),
    ]


def test_another_stage_is_told_where_no_call_is_and_once_for_a_pair(store, then) -> None:
    with before(then) as connection:
        stands(connection, PUMP, "thin")
        stands(connection, HEMP, "fallen", called_since=date(2025, 1, 5))
        stands(connection, BOTH, "unclear")
    stands(store.connection, PUMP, "steady")
    stands(store.connection, HEMP, "fallen", called_since=date(2025, 1, 5))
    stands(store.connection, BOTH, "rising", called_since=date(2026, 5, 3), same_as="a part of it")
    assert told(since(store, then), "change_kind", "topic_id", "sentence") == [
        (
            "stage changed",
            PUMP,
            f"“{PUMP}” is at another stage: before, too few cards to be tested; now, steady.",
        )
    ]


def test_a_call_has_one_id_whatever_tells_it_and_another_when_it_is_made_again(store, then) -> None:
    stands(store.connection, PUMP, "rising", called_since=date(2026, 5, 3))
    (one,) = since(store, then).rows
    other = then.rename(then.with_name("20200101T000000Z-00000000"))
    (again,) = since(store, other).rows
    assert (again["change_id"], again["since_snapshot"]) == (one["change_id"], other.name)
    store.connection.execute("UPDATE call_history SET called_from = '2026-06-07' WHERE topic_id = ?", [PUMP])
    (anew,) = since(store, other).rows
    assert anew["change_id"] != one["change_id"]


# What is no news


def test_what_somebody_knows_is_told_as_known(store, then) -> None:
    for topic in (PUMP, HEMP, BOTH):
        stands(store.connection, topic, "rising", called_since=date(2026, 5, 3))
    known = [
        KnownTopic(2, frozenset({PUMP}), "rising", AS_OF),
        KnownTopic(3, frozenset({HEMP}), "falling", None),
        KnownTopic(4, frozenset({BOTH}), "", date(2026, 6, 29)),
    ]
    assert told(since(store, then, known=known), "topic", "is_known") == [
        (PUMP, True), (HEMP, False), (BOTH, False),
    ]  # fmt: skip


def test_what_another_code_makes_of_the_same_cards_is_said_to_be_no_news(store, then, monkeypatch) -> None:
    stands(store.connection, PUMP, "rising", called_since=date(2026, 5, 3))
    (inputs,) = store.connection.execute(
        f"SELECT input_fingerprint FROM {sql_text(str(then / 'parquet/main/snapshot.parquet'))}"
    ).fetchall()[0]
    assert since(store, then, inputs=inputs).other_code == ""
    monkeypatch.setattr(changes, "parser_version", lambda: "another")
    store.connection.execute("UPDATE metric SET value = 1 + value WHERE parameter = 'min_cards'")
    found = since(store, then, inputs=inputs)
    assert found.other_code == (
        "how cards are read, parameters; no card and no file that a person edits changed"
    )
    assert found.rows[0]["sentence"].endswith(". No card changed: the code or its parameters did.")
    other_inputs = since(store, then)
    assert other_inputs.other_code == "how cards are read, parameters"
    assert other_inputs.rows[0]["sentence"].endswith("(it was on no card before).")


def test_a_snapshot_of_a_version_without_concepts_is_compared_by_its_cards(store, raw, then) -> None:
    for table in ("call_history", "concept_members"):
        (then / "parquet" / "main" / f"{table}.parquet").unlink()
    stands(store.connection, PUMP, "rising", called_since=date(2026, 5, 3))
    write(raw, 1, card(1))
    taken_in(store, raw)
    assert {row["change_kind"] for row in since(store, then).rows} == {"card new"}


# The feed


MONDAY = datetime(2026, 6, 29, 6)  # noqa: DTZ001 - as the table has it, in UTC


def entry(
    change_id: str, kind: str = "call made", issue: str | None = None, known: bool = False
) -> dict[str, Any]:
    return {"change_id": change_id, "change_kind": kind, "issue_key": issue, "is_known": known}


def test_the_feed_takes_over_what_was_told_and_tells_nothing_twice() -> None:
    told_before = [entry("a") | {"told_at": MONDAY - timedelta(days=7)}]
    rows = [
        entry("a"),
        entry("older", "issue new", "2026-06-21"),
        entry("newer", "issue new", "2026-06-28"),
        entry("call"),
        entry("known", known=True),
        entry("ended", "call ended"),
    ]
    found = Difference(rows, "then", told_before=told_before).feed(MONDAY)
    assert [(row["change_id"], row["told_at"]) for row in found] == [
        ("call", MONDAY), ("newer", MONDAY), ("older", MONDAY), ("a", MONDAY - timedelta(days=7)),
    ]  # fmt: skip


def test_the_feed_is_bounded_and_leaves_the_oldest_out() -> None:
    told_before = [entry(str(no)) | {"told_at": MONDAY - timedelta(days=no)} for no in range(1, 101)]
    found = Difference([entry("new")], "then", told_before=told_before).feed(MONDAY)
    assert [row["change_id"] for row in found] == ["new", *(str(no) for no in range(1, 100))]
