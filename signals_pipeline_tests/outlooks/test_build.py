"""Outlooks in the store: what they are, when they are due, and which verdicts are applied."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.outlooks import build
from signals_pipeline.outlooks.build import Meant, build_outlooks, why_not
from signals_pipeline.outlooks.due import due
from signals_pipeline.outlooks.models import WHY_NOT
from signals_pipeline.outlooks.verdicts import Verdict
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in
from signals_pipeline_tests.raw.sample import card_id, link, write

SAID = date(2024, 1, 7)
LATER = date(2033, 1, 1)
SIGNALS = """\
| name | description | change | 10-year | driving-force | relevancy |
|:-----|:------------|:-------|:--------|:--------------|----------:|
| Farms | More of them. | From none to a few | By 2030, a farm in every bay. | Hunger | 3 |
| Ropes | New ropes. | Ropes of plastic to ropes of kelp within five years | N/A | Law | 4 |
| Soup | More soup. | From rare to common | | Taste | 2 |
| Rafts | Rafts. | n/a | - | Wind | 2 |
| Boats | Boats. | From oil to sail | Boats sail\xa0 again,  the captain's joy. | Wind | 2 |
"""
CARD = """\
# __Kelp {0}__, (from page [{1}](https://n.example.org/p/{1}).)

__[External link]({2})__

## Signals

{3}"""

A, B, UNCOUNTED = (card_id(link(number)) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    base = tmp_path_factory.mktemp("outlooks")
    for number, token in ((1, "20240107"), (2, "20240107"), (3, "undated")):
        write(base / "raw", number, CARD.format(number, token, link(number), SIGNALS))
    with opened(base / "build", base / "raw") as opened_store:
        assert taken_in(opened_store, base / "raw").rejects == 0
        yield opened_store


def verdict(line: int = 2, **cells: Any) -> Verdict:
    said = {"card": A, "section": "signals", "row_no": 1, "text": "By 2030, a farm in every bay."}
    judged = {"verdict": "came true", "decided": LATER, "link": None, "note": None}
    return Verdict(line=line, **(said | judged | cells))


def built(store: Store, *verdicts: Verdict, version: str = "") -> None:
    edited = UNEDITED | {"verdicts.csv": version or repr(verdicts)}
    assert build_outlooks(store, verdicts, edited)
    assert not build_outlooks(store, verdicts, edited)


def judged(store: Store) -> list[tuple[Any, ...]]:
    return store.rows("SELECT line, card_id, why_not FROM verdict ORDER BY line")


def test_the_cell_on_ten_years_is_the_outlook_and_where_it_says_nothing_the_one_on_the_change(
    store: Store,
) -> None:
    built(store)
    found = store.rows("SELECT * EXCLUDE (path) FROM outlook WHERE card_id = ? ORDER BY row_no", [A])
    nobody = (None, None, None, None)
    assert found == [
        (
            "signals", A, 1, 9, "By 2030, a farm in every bay.", "ten_year", SAID, date(2030, 12, 31), "year",
            *nobody,
        ),
        (
            "signals", A, 2, 10, "Ropes of plastic to ropes of kelp within five years", "change", SAID,
            date(2029, 1, 7), "span", *nobody,
        ),
        ("signals", A, 3, 11, "From rare to common", "change", SAID, None, None, *nobody),
        (
            "signals", A, 5, 13, "Boats sail\xa0 again,  the captain's joy.", "ten_year", SAID,
            date(2034, 1, 7), "column", *nobody,
        ),
    ]  # fmt: skip
    assert store.rows("SELECT DISTINCT path FROM outlook WHERE card_id = ?", [A]) == [(f"{A}.md",)]
    assert {one for (one,) in store.rows("SELECT card_id FROM outlook")} == {A, B}


def test_what_was_read_by_the_same_code_is_not_read_again_and_a_new_text_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(store, version="before")
    before = store.rows("FROM outlook")
    read = []

    def noted(text: str, *args: Any, **named: Any) -> Any:
        read.append(text)
        return due(text, *args, **named)

    monkeypatch.setattr(build, "due", noted)
    built(store, version="again")
    assert read == []
    assert store.rows("FROM outlook") == before
    store.connection.execute("UPDATE outlook SET text = 'By 2050.', due = DATE '2050-12-31' WHERE row_no = 1")
    built(store, version="one text is new")
    assert read == ["By 2030, a farm in every bay."] * 2
    assert store.rows("FROM outlook") == before
    monkeypatch.setattr(build, "code_version", lambda: "another")
    built(store, version="other code")
    assert len(read) == 2 + len(before)


def test_a_verdict_stands_beside_its_outlook_and_a_line_that_is_not_applied_says_why(store: Store) -> None:
    boats = {"row_no": 5, "text": "Boats sail again, the captains joy."}
    built(
        store,
        verdict(2, card=A[:9], link="https://example.org/", note="all of them"),
        verdict(3, verdict="open", **boats),
        verdict(4, card=B, text="By 2031, a farm in every bay."),
        verdict(5, card=B, row_no=4, text="-"),
        verdict(6, card=B, row_no=99),
        verdict(7, card="0" * 32),
        verdict(8, card=UNCOUNTED),
        verdict(9, card=B, decided=date(2024, 1, 6)),
        verdict(10, card=B, verdict="did not", decided=date(2030, 12, 30)),
        verdict(11, card=B, row_no=3, text="From rare to common", verdict="did not"),
    )
    assert judged(store) == [
        (2, A, None),
        (3, A, None),
        (4, B, "other text"),
        (5, B, "no such row"),
        (6, B, "no such row"),
        (7, None, "no such card"),
        (8, UNCOUNTED, "not counted"),
        (9, B, "too early"),
        (10, B, "not due yet"),
        (11, B, "not due yet"),
    ]
    applied = "SELECT card_id, row_no, verdict, decided, link, note FROM outlook WHERE verdict IS NOT NULL"
    assert store.rows(f"{applied} ORDER BY ALL") == [
        (A, 1, "came true", LATER, "https://example.org/", "all of them"),
        (A, 5, "open", LATER, None, None),
    ]


def test_on_its_day_an_outlook_may_be_found_not_to_have_come_true_and_any_day_to_have(store: Store) -> None:
    day = date(2030, 12, 31)
    rare = {"row_no": 3, "text": "From rare to common"}
    built(
        store,
        verdict(2, verdict="did not", decided=day),
        verdict(3, card=B, decided=SAID),
        verdict(4, card=B, **rare),
        verdict(5, verdict="open", decided=SAID, **rare),
    )
    assert judged(store) == [(2, A, None), (3, B, None), (4, B, None), (5, A, None)]
    assert store.rows("SELECT DISTINCT due FROM outlook WHERE verdict = 'did not'") == [(day,)]


def test_digits_that_several_cards_begin_with_name_none_of_them(store: Store) -> None:
    first, second = sorted((A, B))
    built(
        store, *(verdict(line, card=card) for line, card in enumerate(("", first, first + "@2", second), 2))
    )
    assert judged(store) == [
        (2, None, "several cards"),
        (3, first, None),
        (4, None, "no such card"),
        (5, second, None),
    ]


def test_an_id_that_is_whole_means_its_card_though_another_one_begins_so(
    tmp_path: Path, raw_dir: Path
) -> None:
    for name in (A, f"{A}@2"):
        (raw_dir / f"{name}.md").write_text(CARD.format(1, "20240107", link(1), SIGNALS), "utf-8")
    with opened(tmp_path / "build", raw_dir) as store:
        taken_in(store, raw_dir)
        built(store, verdict(2), verdict(3, card=A[:31]), verdict(4, card=f"{A}@2"))
        ids = {line: card for line, card, _ in judged(store)}
    assert ids == {2: A, 3: None, 4: f"{A}@2"}


def test_ten_thousand_lines_are_held_against_the_cards(store: Store) -> None:
    built(store, *(verdict(line, card=f"{line:032x}") for line in range(2, 10_002)), verdict(10_002))
    assert store.rows("SELECT why_not, count(*) FROM verdict GROUP BY ALL ORDER BY ALL") == [
        ("no such card", 10_000),
        (None, 1),
    ]


def test_every_reason_is_one_that_is_declared_and_comes_up() -> None:
    fine = Meant(1, A, True, "By 2030, a farm in every bay.", SAID, date(2030, 12, 31))
    cases = (
        fine._replace(n_cards=0),
        fine._replace(n_cards=2),
        fine._replace(is_counted=False),
        fine._replace(text=None, said=None),
        fine._replace(text="Another."),
        fine._replace(said=date(2033, 1, 2)),
        fine._replace(due=date(2033, 1, 2)),
    )
    did_not = verdict(verdict="did not")
    assert [why_not(did_not, case) for case in cases] == list(WHY_NOT)
    assert why_not(did_not, fine) is None
