"""From the folder to the parsed tables: whatever happens in between, they hold what the cards say."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from signals_pipeline.core.errors import BrokenTablesError, NoInputError
from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.core.store import Store
from signals_pipeline.parsed import chunks, ingest
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.raw.inventory import Listing, list_folder
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import CALENDAR, taken_in
from signals_pipeline_tests.raw.sample import (
    card,
    card_id,
    everything,
    later_clock,
    link,
    read_afresh,
    rejects,
    rows,
    write,
)
from signals_pipeline_tests.speeds import long_but

NAME = f"{card_id(link(1))}.md"


# One file


def test_what_one_run_took_in_is_counted(store, raw_dir, monkeypatch) -> None:
    later_clock(monkeypatch)
    for number in (1, 2, 3):
        write(raw_dir, number)
    first = taken_in(store, raw_dir)
    assert (first.read, first.new, first.changed, first.removed) == (3, 3, 0, 0)
    assert (first.files, first.cards, first.rows, first.rejects) == (3, 3, 3, 3)
    write(raw_dir, 1, card(1, title="Weed"))
    write(raw_dir, 4)
    write(raw_dir, 2).unlink()
    second = taken_in(store, raw_dir)
    assert (second.read, second.new, second.changed, second.removed) == (2, 1, 1, 1)
    assert (second.files, second.cards) == (3, 3)


def test_a_fault_of_the_parser_is_a_reject_of_that_file_alone(store, raw_dir, monkeypatch) -> None:
    write(raw_dir, 1)
    write(raw_dir, 2)
    read_file = chunks.file_reader.read_file

    def failing(path, text, dialect):
        if path == NAME:
            raise RecursionError("too deep")
        return read_file(path, text, dialect)

    monkeypatch.setattr(chunks.file_reader, "read_file", failing)
    taken_in(store, raw_dir)
    assert (NAME, "file", "parser-failed") in rejects(store)
    assert rows(store, "cards", "card_id") == [(card_id(link(2)),)]


def test_another_dialect_reads_every_card_again_exactly_once(store, raw_dir, monkeypatch) -> None:
    later_clock(monkeypatch)
    for number in (1, 2, 3):
        write(raw_dir, number)
    dialect = Dialect("sea", headings=NEWSLETTER.headings | {"sea words": "keywords"})
    read = [taken_in(store, raw_dir, dialect=one).read for one in (NEWSLETTER, dialect, dialect, NEWSLETTER)]
    assert read == [3, 3, 0, 3]


def test_a_file_of_drafts_that_is_named_by_a_card_stops_no_run(store, raw_dir) -> None:
    drafts = raw_dir / "drafts"
    drafts.mkdir()
    own = card_id(link(1))
    (drafts / f"Kelp {own}.md").write_text(f"* [kelp]({link(2)})\n")
    (drafts / f"{own}.md").write_text("# *Topic*: Kelp\n\n## Concerns\n")
    write(raw_dir, 2)
    taken_in(store, raw_dir)
    assert sorted(store.rows("SELECT path, kind FROM parsed.files_seen")) == [
        (f"{card_id(link(2))}.md", "card"),
        (f"drafts/Kelp {own}.md", "draft"),
        (f"drafts/{own}.md", "topic page"),
    ]
    assert rows(store, "draft_links", "link", "has_card") == [(link(2), True)]


@pytest.mark.parametrize("name", ["{}@1.sync-conflict-20240101-1.md", "{}@2 (1).md", "{}@1-copy.md"])
def test_a_copy_of_a_version_of_a_card_never_outranks_it(store, raw_dir, name) -> None:
    own = card_id(link(1))
    version = name.partition(".")[0].partition(" ")[0].partition("-")[0].format(own)
    (raw_dir / name.format(own)).write_text(card(1, title="A copy"))
    (raw_dir / f"{version}.md").write_text(card(1, title="The card"))
    taken_in(store, raw_dir)
    assert rows(store, "cards", "card_id", "title", "is_counted") == [(version, "The card", True)]
    assert store.rows("SELECT kind FROM parsed.files_seen WHERE kind <> 'card'") == [("copy",)]


def test_of_two_files_about_one_article_that_of_the_right_id_counts(store, raw_dir) -> None:
    for number in range(8):
        write(raw_dir, number)
        (raw_dir / f"note {number}.md").write_text(card(number))
    taken_in(store, raw_dir)
    counted = {path for path, is_counted in rows(store, "cards", "path", "is_counted") if is_counted}
    assert counted == {f"{card_id(link(number))}.md" for number in range(8)}


def test_a_note_that_names_a_card_takes_no_card_s_place(store, raw_dir) -> None:
    (raw_dir / "all.md").write_text(f"{card(1)}\n\n{card(2)}")
    note = "## Keywords\n\n* mine\n\n## Themes\n\n* mine too\n"
    (raw_dir / f"notes on {card_id(link(2))}.md").write_text(note)
    taken_in(store, raw_dir)
    found = rows(store, "cards", "path", "title")
    assert len(found) == 3
    assert [title for path, title in found if path == "all.md"] == ["Kelp", "Kelp"]
    assert {level for _, level, _ in rejects(store)} == {"row"}


def test_every_file_of_which_no_card_is_read_says_where_it_is_read(store, raw_dir) -> None:
    for folder, title in (("a", "Kelp"), ("b", "Kelp"), ("c", "Weed")):
        write(raw_dir, 1, card(1, title=title), under=folder)
    taken_in(store, raw_dir)
    name = f"{card_id(link(1))}.md"
    reason = f"Its card is read from a/{name}."
    assert sorted(store.rows("SELECT path, kind, reason FROM parsed.files_seen")) == [
        (f"a/{name}", "card", None),
        (f"b/{name}", "card", reason),
        (f"c/{name}", "card", reason),
    ]


def test_the_version_of_the_parser_covers_all_that_reads_cards() -> None:
    covered = {PACKAGE / name for name in chunks._PARSER_CODE}
    assert covered <= set(PACKAGE.rglob("*.*"))
    assert set(PACKAGE.glob("core/credentials.*")) <= covered, "these say what of a card is masked"
    assert set((PACKAGE / "parsed").glob("*.py")) - covered == {
        PACKAGE / "parsed" / name
        for name in ("__init__.py", "changes.py", "checks.py", "identity.py", "ingest.py", "issue_files.py")
    }, "these do not decide how a card is read"


@pytest.mark.long
@pytest.mark.parametrize("bound", ["BATCH", "BATCH_BYTES", "CHECK_BATCH"])
def test_more_than_a_batch_gives_the_same_rows(store, raw_dir, tmp_path, monkeypatch, bound) -> None:
    for path in fixtures.ALL[30:35]:
        fixtures.load(path).write(raw_dir)
    expected = read_afresh(tmp_path, raw_dir)
    monkeypatch.setattr(ingest, bound, 1)
    taken_in(store, raw_dir)
    assert everything(store) == expected


# Identity over several files


def test_a_glued_file_gives_and_takes_both_its_cards(store, raw_dir, tmp_path, monkeypatch) -> None:
    later_clock(monkeypatch)
    glued = fixtures.load(next(path for path in fixtures.ALL if "glued" in path.stem))
    ids = sorted(row["card_id"] for row in glued.expected["cards"])
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    alone = everything(store)
    glued.write(raw_dir)
    taken_in(store, raw_dir)
    assert [one for (one,) in rows(store, "cards", "card_id")] == sorted([card_id(link(1)), *ids])
    with_both = everything(store)
    for name in glued.files:
        (raw_dir / name).unlink()
    taken_in(store, raw_dir)
    assert everything(store) == alone
    glued.write(raw_dir)
    taken_in(store, raw_dir)
    assert everything(store) == with_both


@pytest.mark.parametrize("plain", [(True, False, True), (False, True, True)])
def test_of_cards_with_one_id_the_first_is_read_whether_plain_or_not(raw_dir, plain) -> None:
    text = "# __A__, from ([20250105](https://n.example/p/a).)\n\n## Themes\n\n* drones\n"
    for folder, is_plain in zip("abc", plain, strict=True):
        path = raw_dir / folder / NAME
        path.parent.mkdir()
        path.write_text(text if is_plain else f"{text}* #\n", "utf-8")
    entries = list_folder(raw_dir).entries
    found = chunks.read_chunk(raw_dir, NEWSLETTER, chunks.reader_version(NEWSLETTER), entries)
    assert found.kept["cards_read"]["path"].to_pylist() == [f"a/{NAME}"]
    assert found.kept["file_cards"].num_rows == 3
    assert found.parsed["themes"].num_rows == (1 if plain[0] else 2)


# Several runs and one


def test_another_day_and_corrected_dates_reach_cards_that_are_not_read_again(
    store, raw_dir, monkeypatch
) -> None:
    later_clock(monkeypatch)
    write(raw_dir, 1, card(1, token="20260621"))
    write(raw_dir, 2, card(2, token="20290101"))
    early = Calendar(date(2026, 6, 20), *later_part())
    taken_in(store, raw_dir, calendar=early)
    assert rows(store, "cards", "issue_token", "issue_date", "issue_date_reason") == [
        ("20260621", None, "after-as-of"),
        ("20290101", None, "after-as-of"),
    ]
    taken = taken_in(store, raw_dir, {"20290101": date(2024, 1, 7)})
    assert taken.read == 0
    assert rows(store, "cards", "issue_token", "issue_date", "issue_date_reason") == [
        ("20260621", date(2026, 6, 21), None),
        ("20290101", date(2024, 1, 7), "corrected"),
    ]
    taken_in(store, raw_dir)
    assert rows(store, "cards", "is_counted") == [(False,), (True,)]


def later_part() -> tuple[date, date, tuple[str, ...]]:
    return CALENDAR.earliest_issue, CALENDAR.sundays_from, CALENDAR.own_sites


def test_a_draft_that_comes_changes_and_goes_dates_cards_that_are_not_read_again(
    store, raw_dir, tmp_path, monkeypatch
) -> None:
    later_clock(monkeypatch)
    for number in (1, 2):
        write(raw_dir, number, card(number, token="3287.0"))
    taken_in(store, raw_dir)
    before = everything(store)
    path = raw_dir / "drafts" / "20240121.md"
    path.parent.mkdir()
    runs = {
        f"* **AI** : [one]({link(1)}).": [("2024-01-21", "AI"), ("undated:3287.0", None)],
        f"* **Sea** : [one]({link(1)}), [two]({link(2)}).": [("2024-01-21", "Sea"), ("2024-01-21", "Sea")],
        f"* [two]({link(2)}).": [("2024-01-21", None), ("undated:3287.0", None)],
    }
    for number, (text, expected) in enumerate(runs.items()):
        path.write_text(text)
        assert taken_in(store, raw_dir).read == 1
        assert rows(store, "cards", "issue_key", "author_category") == expected
        assert everything(store) == read_afresh(tmp_path, raw_dir, number)
    assert rows(store, "files_seen", "path", "kind")[-1] == ("drafts/20240121.md", "draft")
    path.rename(path.with_name("20240204.md"))
    assert taken_in(store, raw_dir).removed == 1
    assert rows(store, "cards", "issue_key")[0] == ("2024-02-04",)
    path.with_name("20240204.md").unlink()
    taken_in(store, raw_dir)
    assert everything(store) == before


def test_a_draft_of_a_card_that_comes_and_goes_says_whether_there_is_one(store, raw_dir, monkeypatch) -> None:
    later_clock(monkeypatch)
    (raw_dir / "drafts").mkdir()
    (raw_dir / "drafts" / "20240121.md").write_text(f"* [one]({link(1)}), [two]({link(2)}).")
    taken_in(store, raw_dir)
    assert rows(store, "draft_links", "words", "has_card") == [("one", False), ("two", False)]
    path = write(raw_dir, 2)
    taken_in(store, raw_dir)
    assert rows(store, "draft_links", "words", "has_card") == [("one", False), ("two", True)]
    path.unlink()
    taken_in(store, raw_dir)
    assert rows(store, "draft_links", "words", "has_card") == [("one", False), ("two", False)]


def test_a_link_that_is_too_long_and_a_draft_that_is_too_large_are_rejects_that_go_with_the_file(
    store, raw_dir, monkeypatch
) -> None:
    later_clock(monkeypatch)
    (raw_dir / "drafts").mkdir()
    long, large = (raw_dir / "drafts" / name for name in ("20240121.md", "20240204.md"))
    long.write_text(f"* [one]({link(1)}{'x' * 6_000}), [two]({link(2)}).")
    large.write_text(f"* [one]({link(1)})\n" * 10_000)
    taken_in(store, raw_dir)
    assert rejects(store) == [
        ("drafts/20240121.md", "row", "field-too-long"),
        ("drafts/20240204.md", "file", "too-large"),
    ]
    assert rows(store, "files_seen", "kind") == [("draft",), ("draft",)]
    assert rows(store, "draft_links", "position", "words") == [(2, "two")]
    long.unlink()
    large.write_text("* kelp")
    taken_in(store, raw_dir)
    assert rejects(store) == []
    assert rows(store, "drafts", "path", "motto") == [("drafts/20240204.md", None)]


# One newsletter issue again


def taken_in_as_listed(store: Store, raw_dir: Path, listing: Listing, **choices: Any) -> ingest.Ingested:
    """What a run takes in whose listing says of each file what an earlier one said."""
    save_listing(store, listing)
    return ingest.ingest(store, raw_dir, CALENDAR, choices.pop("corrections", {}), **choices)


def test_the_files_of_a_newsletter_issue_are_read_again_though_no_mark_of_them_is_another(
    store, raw_dir, monkeypatch
) -> None:
    later_clock(monkeypatch)
    (raw_dir / "drafts").mkdir()
    (raw_dir / "drafts" / "20240107.md").write_text(f"> Sea\n\n[one]({link(9)})")
    paths = [write(raw_dir, number, card(number, token=f"2024010{number}")) for number in (7, 8)]
    taken_in(store, raw_dir)
    before, listing = everything(store), list_folder(raw_dir)
    for path in paths:
        path.write_text(path.read_text().replace("Kelp", "Weed"))
    nothing = taken_in_as_listed(store, raw_dir, listing)
    assert (nothing.read, nothing.again) == (0, 0)
    assert everything(store) == before
    one = taken_in_as_listed(store, raw_dir, listing, issue_key="2024-01-07")
    assert (one.read, one.again, one.changed) == (2, 2, 1)
    assert rows(store, "cards", "issue_key", "title") == [("2024-01-07", "Weed"), ("2024-01-08", "Kelp")]


@pytest.mark.long
def test_a_newsletter_issue_is_named_by_its_date_as_corrected_or_by_its_token(
    store, raw_dir, monkeypatch
) -> None:
    later_clock(monkeypatch)
    write(raw_dir, 1, card(1, token="3287.0"))
    write(raw_dir, 2)
    taken_in(store, raw_dir)
    listing = list_folder(raw_dir)
    undated = taken_in_as_listed(store, raw_dir, listing, issue_key="undated:3287.0")
    assert (undated.read, undated.again) == (1, 1)
    corrected = {"3287.0": date(2024, 2, 4)}
    dated = taken_in_as_listed(store, raw_dir, listing, issue_key="2024-02-04", corrections=corrected)
    assert (dated.read, dated.again) == (1, 1)


NEAR = {
    "2024-01-15": ("2024-01-07, 2024-01-14, 2024-01-21", "2024-01-14"),
    "20240121": ("2024-01-14, 2024-01-21, 2024-02-04", "2024-01-21"),
    "undated:": ("2024-02-04, 2024-02-11, undated:3287.0", "undated:3287.0"),
}
"""The issues near to one that is not there, and the nearest; of two that are as near, the later one."""


def test_a_newsletter_issue_that_is_not_there_is_said_with_those_near_it_and_nothing_is_stored(
    store, raw_dir
) -> None:
    for number, token in enumerate(("20240107", "20240114", "20240121", "20240204", "20240211", "3287.0")):
        write(raw_dir, number, card(number, token=token))
    taken_in(store, raw_dir)
    before, files = everything(store), store.rows("FROM internal.files")
    write(raw_dir, 9)
    listing = list_folder(raw_dir)
    for issue_key, (near, nearest) in NEAR.items():
        with pytest.raises(NoInputError) as refused:
            taken_in_as_listed(store, raw_dir, listing, issue_key=issue_key)
        assert str(refused.value) == (
            f"There is no newsletter issue '{issue_key}' in {raw_dir}. Near it are {near}; "
            f"type the one that you mean, such as make run ISSUE={nearest}."
        )
    assert (everything(store), store.rows("FROM internal.files")) == (before, files)


@pytest.mark.long
def test_a_newsletter_issue_of_which_the_first_cards_have_come_is_there(store, raw_dir) -> None:
    write(raw_dir, 1, card(1, token="20240107"))
    first = taken_in_as_listed(store, raw_dir, list_folder(raw_dir), issue_key="2024-01-07")
    assert (first.read, first.again) == (1, 0)


# Failures inside a run


@pytest.mark.parametrize("step", long_but(["_store_chunk", "derive_cards", "_count"], "derive_cards"))
def test_a_failure_inside_a_run_leaves_the_store_as_it_was(store, raw_dir, monkeypatch, step) -> None:
    later_clock(monkeypatch)
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    before, built = everything(store), store.built()
    files = store.rows("FROM internal.files")
    write(raw_dir, 1, card(1, title="Weed"))
    write(raw_dir, 2)

    def failing(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ingest, step, failing)
        with pytest.raises(KeyboardInterrupt):
            taken_in(store, raw_dir)
    assert (everything(store), store.built(), store.rows("FROM internal.files")) == (before, built, files)
    assert taken_in(store, raw_dir).read == 2
    assert rows(store, "cards", "title") == [("Kelp",), ("Weed",)]


BREAKS = {
    "a keyword is lost": ("DELETE FROM parsed.keywords", "parsed.cards.every_row_is_accounted_for"),
    "a row is lost": ("DELETE FROM parsed.concerns", "parsed.cards.every_row_is_accounted_for"),
    "a reject is lost": ("DELETE FROM parsed.rejects", "parsed.cards.every_row_is_accounted_for"),
    "a row is there twice": (
        "INSERT INTO parsed.concerns FROM parsed.concerns",
        "parsed.concerns.one_row_per_key",
    ),
    "a row is nobody's": (
        "UPDATE parsed.keywords SET card_id = repeat('0', 32)",
        "parsed.keywords.rows_belong_to_a_card",
    ),
    "a link is of no draft": (
        "UPDATE parsed.draft_links SET path = 'drafts/kelp.md'",
        "parsed.draft_links.rows_belong_to_a_draft",
    ),
    "a draft is lost": ("DELETE FROM internal.drafts_read", "parsed.drafts.drafts_are_the_draft_files"),
}


@pytest.mark.parametrize("broken", long_but(BREAKS, "a row is lost"))
def test_tables_that_contradict_the_cards_are_not_stored(store, raw_dir, monkeypatch, broken) -> None:
    sql, check = broken
    write(raw_dir, 1)
    (raw_dir / "drafts").mkdir()
    (raw_dir / "drafts" / "20240121.md").write_text(f"[a]({link(1)})")
    taken_in(store, raw_dir)
    before = everything(store)
    write(raw_dir, 1, card(1, title="Weed"))
    store_chunk = ingest._store_chunk

    def breaking(store, batch):
        store_chunk(store, batch)
        store.connection.execute(sql)

    monkeypatch.setattr(ingest, "_store_chunk", breaking)
    with pytest.raises(BrokenTablesError, match="nothing was stored") as error:
        taken_in(store, raw_dir)
    assert check in error.value.broken
    assert everything(store) == before


VALIDATION_OFF = """
import sys
from pathlib import Path
from signals_pipeline_tests.conftest import opened, taken_in
from signals_pipeline.core.errors import ValidationOffError
base = Path(sys.argv[1])
with opened(base / "build", base / "raw") as store:
    try:
        taken_in(store, base / "raw")
    except ValidationOffError as error:
        print(error, store.value("SELECT count(*) FROM parsed.cards"))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    "setting", ["PANDERA_VALIDATION_ENABLED=False", "PANDERA_VALIDATION_DEPTH=SCHEMA_ONLY"]
)
def test_a_run_with_pandera_switched_off_fails(tmp_path, raw_dir, setting) -> None:
    write(raw_dir, 1)
    name, _, value = setting.partition("=")
    answer = subprocess.run(
        [sys.executable, "-c", VALIDATION_OFF, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == ""
    assert answer.stdout == (
        "pandera does not check what it must: "
        "unset PANDERA_VALIDATION_ENABLED and PANDERA_VALIDATION_DEPTH. 0\n"
    )


# Real cards

SECTIONS = ("keywords", "themes", "signals", "concerns", "behaviors", "technologies", "emerging_issues")
REAL = """
001b195b@90176d7 B-src     6 4 5 - 5 2 5 -
002ee663@f81838c A        10 3 4 - - - - 10
00cab2a4         C         8 5 5 6 5 3 5 -
00d042b8@1a4d776 A        10 3 4 - - - - 5
00f49d47@141230d A        10 3 1 - - - - 5
0248f1b6@5d3b6c9 A0       10 3 6 - - - - 10
02e12be9@141230d A        10 3 5 - - - - 5
032b82c6@c361883 B-length  5 5 5 - 6 3 6 -
036d251f@cfc82c2 C         5 4 4 6 7 6 5 -
042cf628@e509743 B-name    5 5 5 - 5 4 6 -
0482f3ba         C         8 6 6 10 14 9 10 -
0d368403@14d7198 B-name    6 5 3 5 5 - 4 -
107c812d         C         5 3 5 6 7 4 5 -
289d7262@12a6d55 A        10 3 22 - - - - 10
42029469@12a6d55 A        10 3 7 - - - - 10
5be5db6d@139b4ea B-char   99 70 8 - - - - -
5be5db6d         B-char   40 30 - - - - - -
69ed06e5@141230d A        10 3 10 - - - - 5
705bb257         B-src     9 5 5 - 5 6 7 -
705bb257@5b13d8a A        10 3 5 - - - - 5
78225544@12a6d55 A        10 3 9 - - - - 10
78cbf4c8@14d7198 B-name    4 4 5 5 6 8 6 -
986a8bb1@12a6d55 A        10 3 1 - - - - 10
9db1b207@141230d A        10 3 2 - - - - 5
a7cc9315@139b4ea B-char   84 47 3 - - - - -
bb1fe7a3         C         5 3 4 5 3 3 4 -
dabd8803         B-src     6 5 5 6 5 3 5 -
df749b28@141230d A        10 3 8 - - - - 5
ee8ec5a4@141230d A        10 3 8 - - - - 5
"""
"""Of each card its file (the second card of a file by its own id), its form, and the bullets and rows of
keywords, themes, signals, concerns, behaviors, technologies, emerging issues and Closest."""

NOT_COUNTED = {
    "001b195b": "undated",
    "032b82c6": "undated",
    "5be5db6d": "undated",
    "5be5db6d second": "undated",
    "a7cc9315": "undated",
    "705bb257@5b13d8a": "older-version",
    "df749b28": "duplicate-article",
    "0482f3ba": "own-page",
    "42029469": "wall-page",
    "bb1fe7a3": "wall-page",
}


@pytest.mark.long
def test_the_real_cards_give_the_forms_and_counts_that_were_counted_by_hand(store, sample_cards) -> None:
    taken_in(store, sample_cards)
    found = {}
    for own, path, line, form in rows(store, "cards", "card_id", "path", "line", "form"):
        counts = []
        for section in (*SECTIONS, "related_cards"):
            n = "sum(n_source_items)" if section in ("keywords", "themes") else "count(*)"
            bullets = store.value(f"SELECT coalesce({n}, 0) FROM parsed.{section} WHERE card_id = ?", [own])
            bullets += store.value(
                "SELECT count(*) FROM parsed.card_extra WHERE card_id = ? AND lower(heading) = ? "
                "AND column_name LIKE '(% bullet)'",
                [own, section],
            )
            counts.append(str(bullets or "-"))
        name, at, at_version = (own if line > 1 else path.removesuffix(".md")).partition("@")
        found[f"{name[:8]}{at}{at_version}"] = [form, *counts]
    expected = {line.split()[0]: line.split()[1:] for line in REAL.strip().splitlines()}
    assert found == expected
    assert len(found) == 29


def test_the_real_cards_are_counted_or_not_for_the_reasons_found_by_hand(store, sample_cards) -> None:
    taken = taken_in(store, sample_cards)
    found = {}
    for path, line, reason in rows(store, "cards", "path", "line", "not_counted_reason"):
        name = path[:16] if path.startswith("705bb257") and "@" in path else path[:8]
        name = "705bb257@5b13d8a" if name.startswith("705bb257") and "@" in path else name
        found[f"{name} second" if line > 1 else name] = reason
    assert {name: reason for name, reason in found.items() if reason} == NOT_COUNTED
    assert store.value("SELECT count(*) FROM parsed.cards WHERE is_counted") == 19
    assert found["9db1b207"] is None, "it looks like an error page and is an article"
    assert (taken.files, taken.cards, taken.rejects) == (28, 29, 0)


# What lies around the cards


def kinds(store) -> dict[str, tuple[str, str | None]]:
    return {
        path: (kind, reason) for path, kind, reason in rows(store, "files_seen", "path", "kind", "reason")
    }


@pytest.mark.parametrize("order", ["cards first", "copies first"])
def test_an_older_text_and_a_copy_never_stand_before_the_file_of_their_card(store, raw_dir, order) -> None:
    own = card_id(link(1))
    others = {
        f"a/Copy of {own}.md": card(1, title="A copy"),
        f"{own} (1).md": card(1, title="Another copy"),
        f"pages/{own}.md": card(1, title="An older text"),
    }
    steps = [others, {f"z/{own}.txt": card(1, title="The card")}]
    for files in steps if order == "copies first" else reversed(steps):
        for path, text in files.items():
            (raw_dir / path).parent.mkdir(parents=True, exist_ok=True)
            (raw_dir / path).write_text(text)
        taken_in(store, raw_dir)
    assert rows(store, "cards", "card_id", "title") == [(own, "The card")]
    reason = f"Its card is read from z/{own}.txt."
    assert kinds(store) == {
        f"a/Copy of {own}.md": ("copy", reason),
        f"{own} (1).md": ("copy", reason),
        f"pages/{own}.md": ("older text", reason),
        f"z/{own}.txt": ("card", None),
    }
    assert [one for one in rows(store, "rejects", "level", "code") if one[0] != "row"] == []
    (raw_dir / f"z/{own}.txt").unlink()
    taken_in(store, raw_dir)
    # An older text is nearer to the card than a copy, and is read where there is no other.
    assert rows(store, "cards", "title") == [("An older text",)]
    assert kinds(store)[f"pages/{own}.md"] == ("card", None)


@pytest.mark.parametrize("order", ["cards first", "collection first"])
def test_cards_that_someone_put_into_one_file_do_not_stand_before_their_own_files(
    store, raw_dir, order
) -> None:
    def put_together(together: str) -> None:
        (raw_dir / "all.md").write_text("\n\n".join(card(number, title=together) for number in (1, 2, 3)))

    def put_apart(*_: str) -> None:
        for number in (2, 3):
            write(raw_dir, number, card(number, title="Apart"), under="docs")

    for step in (put_apart, put_together) if order == "cards first" else (put_together, put_apart):
        step("Together")
        taken_in(store, raw_dir)
    assert rows(store, "cards", "path", "title") == [
        ("all.md", "Together"),
        *((f"docs/{name}.md", "Apart") for name in sorted(card_id(link(number)) for number in (2, 3))),
    ]
    assert [one for one in rows(store, "rejects", "path", "level", "code") if one[1] != "row"] == []
    for number in (2, 3):
        (raw_dir / "docs" / f"{card_id(link(number))}.md").unlink()
    (raw_dir / "more.md").write_text((raw_dir / "all.md").read_text().replace("Together", "Again"))
    taken_in(store, raw_dir)
    assert rows(store, "cards", "path") == [("all.md",)] * 3 + [("more.md",)]
    # Which of two collections is newer, nobody knows.
    assert [one for one in rows(store, "rejects", "path", "level", "code") if one[1] != "row"] == [
        ("more.md", "card", "duplicate-id")
    ] * 2


def test_a_text_that_the_parser_fails_on_is_a_reject_whatever_its_suffix(store, raw_dir, monkeypatch) -> None:
    def failing(*_):
        raise RecursionError("too deep")

    monkeypatch.setattr(chunks.file_reader, "read_file", failing)
    for name in ("note.txt", "note.markdown", "Note.TXT"):
        (raw_dir / name).write_text("Text.")
    taken_in(store, raw_dir)
    assert rejects(store) == [
        (name, "file", "parser-failed") for name in ("Note.TXT", "note.markdown", "note.txt")
    ]


def test_every_file_has_a_kind_and_a_reason_or_a_card(store, raw_dir) -> None:
    write(raw_dir, 1, under="docs")
    for path, text in {
        "docs/index.md": "# Overview\n\n* [Kelp](x)\n",
        "docs/analyses/topics/robots/robots.md": "# *Topic*: Robots\n\n## Concerns\n\n![x](x.png)\n",
        "docs/analyses/yearly/2025.md": "# 2025\n\nText.\n",
        "README.md": "# Read me\n\n## Technologies\n\n* Python\n\n## Issues\n\n* Open one\n",
        "licence.txt": b"\xa9 nobody",
        "notes/.drafts.md": card(2),
        "data/articles.csv": "a,b\n",
        "data/picture.PNG": "",
    }.items():
        (raw_dir / path).parent.mkdir(parents=True, exist_ok=True)
        (raw_dir / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    ingested = taken_in(store, raw_dir)
    found = kinds(store)
    assert {path: kind for path, (kind, _) in found.items()} == {
        f"docs/{NAME}": "card",
        "docs/index.md": "index page",
        "docs/analyses/topics/robots/robots.md": "topic page",
        "docs/analyses/yearly/2025.md": "yearly page",
        "README.md": "other",
        "licence.txt": "not text",
        "notes/.drafts.md": "other",
        "data/articles.csv": "not text",
        "data/picture.PNG": "not text",
    }
    assert all((reason is None) == (kind == "card") for kind, reason in found.values())
    assert ingested.left_alone == {
        "other": 2, ".csv": 1, ".png": 1, ".txt": 1, "index page": 1, "topic page": 1, "yearly page": 1
    }  # fmt: skip
    assert ingested.files == 6
    assert set(rows(store, "rejects", "path", "level")) == {(f"docs/{NAME}", "row")}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((), "no text file. Put cards there"),
        (("a.png", ".git/x.md"), "no text file, and 2 that are hidden or no text. Put"),
        (("a.md",), "1 text file, none of which is a card. Put"),
        (
            ("a.md", "b.txt", "c.pdf"),
            "2 text files, none of which is a card, and 1 that is hidden or no text.",
        ),
    ],
)
def test_a_folder_without_a_card_is_told_at_first_and_is_a_loss_later(store, raw_dir, files, said) -> None:
    raw_dir.mkdir(exist_ok=True)
    for path in files:
        (raw_dir / path).parent.mkdir(exist_ok=True)
        (raw_dir / path).write_text("# Notes\n\nText.\n")
    for _ in range(2):
        with pytest.raises(NoInputError, match=re.escape(said)):
            taken_in(store, raw_dir)
    assert rows(store, "files_seen") == []
    path = write(raw_dir, 1)
    assert taken_in(store, raw_dir).cards == 1
    path.unlink()
    assert taken_in(store, raw_dir).cards == 0
