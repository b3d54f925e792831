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
    changed = ("call_history", "topic_momentum", "concept_members", "snapshot")
    with duckdb.connect() as connection:
        for name in changed:
            connection.execute(f"CREATE TABLE {name} AS FROM {sql_text(str(folder / f'{name}.parquet'))}")
        if last_issue is not None:
            connection.execute("UPDATE snapshot SET last_issue_date = ?", [last_issue])
        yield connection
        for name in changed:
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


def since(store: Store, last: Path | None, inputs: str = "", **more: Any) -> Difference:
    """What changed; without `inputs` the files that a person edits are as they were."""
    if last is not None and not inputs:
        about = sql_text(str(last / "parquet" / "main" / "snapshot.parquet"))
        ((inputs,),) = store.rows(f"SELECT input_fingerprint FROM {about}")
    return difference(store, last, AS_OF, inputs, **more)


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


# Concepts that data/concepts.csv calls otherwise


def names(connection: duckdb.DuckDBPyConnection, concept: str, *members: str, relation: str = "is") -> None:
    """Have keywords count for a concept."""
    for member in members:
        connection.execute(
            "INSERT INTO concept_members BY NAME SELECT $concept AS concept_id, $concept AS concept, "
            "$member AS member_topic_id, 'keyword' AS kind, $member AS member, $relation AS relation",
            {"concept": concept, "member": member, "relation": relation},
        )


def test_a_concept_that_is_called_otherwise_has_the_call_and_the_stage_that_it_had(store, then) -> None:
    day = date(2026, 5, 3)
    with before(then) as connection:
        for topic, stage, since_then in ((PUMP, "rising", day), (HEMP, "thin", None), (BOTH, "rising", day)):
            stands(connection, topic, stage, called_since=since_then)
            names(connection, topic, f"{topic} keyword")
    for topic, stage, since_then in ((PUMP, "rising", day), (HEMP, "steady", None), (BOTH, "risen", None)):
        stands(store.connection, f"new {topic}", stage, called_since=since_then)
        names(store.connection, f"new {topic}", f"{topic} keyword", f"new {topic} keyword")
    assert told(since(store, then), "change_kind", "topic_id", "topic", "sentence") == [
        ("call ended", f"new {BOTH}", f"new {BOTH}",
         f"“new {BOTH}” is no longer called rising, as “{BOTH}” was since the issue of 2026-05-03 "
         "(now: rose earlier, not shown to rise now)."),
        ("stage changed", f"new {HEMP}", f"new {HEMP}",
         f"“new {HEMP}”, which was “{HEMP}”, is at another stage: before, too few cards to be tested; now, "
         "steady."),
    ]  # fmt: skip


def test_concepts_that_became_one_go_on_with_a_call_of_any_of_them(store, then) -> None:
    day = date(2026, 5, 3)
    with before(then) as connection:
        for topic, stage in ((PUMP, "unclear"), (HEMP, "rising"), (BOTH, "falling")):
            stands(connection, topic, stage, called_since=day if stage != "unclear" else None)
            names(connection, topic, topic)
    stands(store.connection, PUMP, "rising", called_since=day)
    names(store.connection, PUMP, PUMP, HEMP, BOTH)
    assert told(since(store, then), "change_kind", "topic_id", "sentence") == [
        ("call ended", PUMP,
         f"“{PUMP}” is no longer called falling, as “{BOTH}” was since the issue of 2026-05-03 "
         "(now: rising)."),
    ]  # fmt: skip


def test_two_calls_that_end_as_one_concept_are_told_once(store, then) -> None:
    with before(then) as connection:
        for topic in (PUMP, HEMP):
            stands(connection, topic, "rising", called_since=date(2026, 5, 3))
            names(connection, topic, topic)
    stands(store.connection, BOTH, "steady")
    names(store.connection, BOTH, PUMP, HEMP)
    assert told(since(store, then), "change_kind", "topic", "after") == [("call ended", BOTH, "steady")]


def test_a_concept_that_became_several_makes_no_call_that_it_had(store, then) -> None:
    day = date(2026, 5, 3)
    with before(then) as connection:
        stands(connection, PUMP, "rising", called_since=day)
        names(connection, PUMP, PUMP, HEMP, BOTH)
    stands(store.connection, PUMP, "rising", called_since=day)
    stands(store.connection, HEMP, "rising", called_since=day)
    stands(store.connection, BOTH, "falling", called_since=day)
    for topic in (PUMP, HEMP, BOTH):
        names(store.connection, topic, topic)
    assert told(since(store, then), "change_kind", "topic", "sentence") == [
        ("call made", BOTH,
         f"“{BOTH}” is falling, called so since the issue of 2026-05-03 (before, as “{PUMP}”: rising)."),
    ]  # fmt: skip


def test_a_topic_without_a_stage_is_on_no_card_only_where_none_has_it(store, then) -> None:
    day = date(2026, 5, 3)
    with before(then) as connection:
        names(connection, PUMP, PUMP)
        for topic in (HEMP, BOTH):
            stands(connection, topic, "rising", called_since=day)
            names(connection, topic, topic)
    stands(store.connection, PUMP, "rising", called_since=day)
    names(store.connection, PUMP, PUMP)
    names(store.connection, GOES_ON, HEMP, relation="part")
    sentences = [sentence[sentence.rindex("(") :] for (sentence,) in told(since(store, then), "sentence")]
    assert sentences == ["(it has no stage now).", "(it is on no card now).", "(it had no stage before)."]


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


def test_what_no_card_changed_says_so_and_is_no_news(store, raw, then, monkeypatch) -> None:
    stands(store.connection, PUMP, "rising", called_since=date(2026, 5, 3))

    def said(**more: Any) -> tuple[str, str, bool]:
        found = since(store, then, **more)
        (pump,) = (row for row in found.rows if row.get("topic") == PUMP)
        return found.other_code, pump["sentence"].partition("before).")[2], found.is_news

    assert said() == ("", "", True)
    edited = "files that a person edits"
    assert said(inputs="another") == (
        f"{edited}; no card changed", f" No card changed: {edited} did.", False,
    )  # fmt: skip
    monkeypatch.setattr(changes, "parser_version", lambda: "another")
    store.connection.execute("UPDATE metric SET value = 1 + value WHERE parameter = 'min_cards'")
    code = "how cards are read, parameters"
    assert said() == (
        f"{code}; no card and no file that a person edits changed",
        " No card changed: the code or its parameters did.",
        False,
    )
    assert said(inputs="another") == (
        f"{code}, {edited}; no card changed",
        f" No card changed: the code, its parameters or {edited} did.",
        False,
    )
    write(raw, 1, card(1))
    taken_in(store, raw)
    assert said(inputs="another") == (code, "", True)


def test_a_snapshot_of_0_1_0_has_other_tables(store, then) -> None:
    with before(then) as connection:
        connection.execute("ALTER TABLE snapshot DROP schema_fingerprint")
        connection.execute("ALTER TABLE snapshot ALTER schema_version TYPE VARCHAR USING '5c19d92bd25bf0f4'")
    assert since(store, then).other_code.startswith("the published tables;")


def test_a_card_whose_day_came_is_news_though_no_file_changed(store, then) -> None:
    stands(store.connection, PUMP, "rising", called_since=date(2026, 5, 3))
    assert not since(store, then, inputs="another").is_news
    cards = str(then / "parquet" / "parsed" / "cards.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE cards AS FROM {sql_text(cards)}")
        connection.execute(
            "UPDATE cards SET issue_date = NULL, issue_date_reason = 'after-as-of' "
            "WHERE card_id = (SELECT min(card_id) FROM cards WHERE issue_date_reason IS NULL)"
        )
        connection.execute(f"COPY cards TO {sql_text(cards)} (FORMAT parquet)")
    assert since(store, then, inputs="another").is_news


def test_a_parameter_that_is_no_more_is_another_code(store, then) -> None:
    parameter = store.rows("SELECT metric, parameter FROM metric WHERE parameter <> '' LIMIT 1")[0]
    store.connection.execute("DELETE FROM metric WHERE metric = ? AND parameter = ?", parameter)
    assert since(store, then).other_code.startswith("parameters;")


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


def test_what_was_told_before_keeps_its_moment_though_the_snapshot_that_told_it_is_gone() -> None:
    earlier = MONDAY - timedelta(days=7)
    found = Difference([entry("again"), entry("new")], "then", told={"again": earlier, "gone": earlier})
    assert [(row["change_id"], row["told_at"]) for row in found.feed(MONDAY)] == [
        ("new", MONDAY), ("again", earlier),
    ]  # fmt: skip
    assert found.told_with(MONDAY) == {"again": earlier, "gone": earlier, "new": MONDAY}
    assert Difference([entry("known", known=True), entry("ended", "call ended")]).told_with(MONDAY) == {}
    assert Difference([entry("edited")], is_news=False).told_with(MONDAY) == {}


def test_a_folder_without_the_file_of_what_was_told_takes_what_the_last_feed_says(store, then) -> None:
    told_then = {"change_id": "0" * 32, "told_at": MONDAY}
    with duckdb.connect() as connection:
        feed = str(then / "parquet" / "main" / "feed_entry.parquet")
        connection.execute(f"CREATE TABLE feed AS FROM {sql_text(feed)}")
        connection.execute(
            "INSERT INTO feed BY NAME SELECT $change_id AS change_id, $told_at AS told_at", told_then
        )
        connection.execute(f"COPY feed TO {sql_text(feed)} (FORMAT parquet)")
    assert since(store, then).told == {"0" * 32: MONDAY}
    earlier = MONDAY - timedelta(days=7)
    assert since(store, then, told={"0" * 32: earlier}).told == {"0" * 32: earlier}
