"""What is cut in bulk is what is read card by card, and what is not plain is told."""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals_pipeline.parsed import bulk, chunks
from signals_pipeline.parsed.bulk import Uncut
from signals_pipeline.parsed.chunks import parser_version, read_chunk
from signals_pipeline.parsed.reader import card as cards
from signals_pipeline.parsed.sections import MAX_NAME
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline_tests import corpus, fixtures
from signals_pipeline_tests.parsed.reader.edits import edited_cards
from signals_pipeline_tests.speeds import IS_FULL, tried

CONCERN = ("name", "description", "relevancy")
PLAIN = "| Loss | Of trust |  4 |\n|   Fear |  | 1 |"


def table(body: str, n_rows: int | None = None, names: tuple[str, ...] = CONCERN) -> Uncut:
    return Uncut("concerns", names, body, 1, body.count("\n") + 1 if n_rows is None else n_rows)


def items(body: str) -> Uncut:
    return Uncut("themes", ("raw_text",), body, 1, body.count("\n") + 1)


def test_tables_are_cut_into_columns() -> None:
    found = bulk.cut([table(PLAIN), table("| Grün | a  b |2|")])
    assert found.is_plain.tolist() == [True, True]
    assert found.n_rows.tolist() == [2, 1]
    assert {name: column.to_pylist() for name, column in found.columns.items()} == {
        "name": ["Loss", "Fear", "Grün"],
        "description": ["Of trust", None, "a  b"],
        "relevancy": [4, 1, 2],
    }


@pytest.mark.parametrize(
    "body",
    [
        "| Loss | Of trust |",
        "| Loss | Of | trust | 4 |",
        "| Loss | Of trust | 4",
        "| Loss | Of trust | 4 |x",
        "| Loss | Of trust | 4 | ",
        " | Loss | Of trust | 4 |",
        "x| Loss | Of trust | 4 |",
        "| Loss | Of trust | 4 |\n\n| Fear | b | 1 |",
        "| Loss | Of trust | 4 | \n| Fear | b | 1 |",
        "| Loss | Of trust | 4 |\nx| Fear | b | 1 |",
        "| Loss | Of\n| Fear | b | 1 | 2 | 3 |",
        "| Loss | Of trust | 0 |",
        "| Loss | Of trust | 6 |",
        "| Loss | Of trust | 04 |",
        "| Loss | Of trust | ４ |",
        "| Loss | Of trust | four |",
        "| Loss | Of trust |  |",
        "|  | Of trust | 4 |",
        "|  |  |  |",
        f"| {'x' * (MAX_NAME + 1)} | Of trust | 4 |",
    ],
)
def test_a_table_that_is_not_plain_is_told_from_those_beside_it(body: str) -> None:
    found = bulk.cut([table(PLAIN), table(body), table(PLAIN), table(body)])
    assert found.is_plain.tolist() == [True, False, True, False]
    assert not bulk.cut([table(body)]).is_plain.any()


def test_a_line_end_that_was_not_seen_makes_a_table_not_plain() -> None:
    found = bulk.cut([table("| a | b | 1 |\n| c | d | 2 |", n_rows=1), table(PLAIN)])
    assert found.is_plain.tolist() == [False, True]


def test_a_row_of_blanks_is_not_plain_where_nothing_must_be_there() -> None:
    one = Uncut("technologies", ("name", "description"), "| a | |\n| | |", 1, 2)
    assert not bulk.cut([one]).is_plain.any()


def test_lists_are_cut_into_items() -> None:
    found = bulk.cut([items("* drones\n* open  source"), items("* Ökologie"), items("* 5G | x\n* (x)")])
    assert found.is_plain.all()
    assert found.n_rows.tolist() == [2, 1, 2]
    assert found.columns["raw_text"].to_pylist() == ["drones", "open  source", "Ökologie", "5G | x", "(x)"]
    assert found.columns["n_source_items"].to_pylist() == [1] * 5


@pytest.mark.parametrize(
    "body",
    [
        "drones", "*drones", "*", "* ", "*  drones", "* drones ", "* drones\n\n* x", "- drones",
        "* drones\nmore", "* drones\n  * more", "* 1. drones", "* - drones", "* # drones", "* 7", "* \xa0x",
        "* drones\u2003", "*\tdrones", f"* {'x' * (MAX_NAME + 1)}",
    ],
)  # fmt: skip
def test_a_list_that_is_not_plain_is_told_from_those_beside_it(body: str) -> None:
    plain = items("* x\n* y")
    assert bulk.cut([plain, items(body), plain, items(body)]).is_plain.tolist() == [True, False] * 2
    assert not bulk.cut([items(body)]).is_plain.any()


def rows(raw_dir: Path, *, in_bulk: bool) -> dict[str, list[str]]:
    """All rows of a folder read as one chunk, in an order of their own, but for when they were read."""
    entries = list_folder(raw_dir).entries
    chunk = read_chunk(str(raw_dir), parser_version(), entries, in_bulk=in_bulk)
    return {
        name: sorted(repr(row | {"read_ns": None}) for row in rows.to_pylist())
        for name, rows in (chunk.kept | chunk.parsed).items()
    }


def check(raw_dir: Path) -> dict[str, list[str]]:
    """Compare what is read in bulk with what is read card by card."""
    found = rows(raw_dir, in_bulk=True)
    assert found == rows(raw_dir, in_bulk=False)
    return found


def written(raw_dir: Path, texts: Iterable[str]) -> Path:
    for number, text in enumerate(texts):
        (raw_dir / f"{number:032x}.md").write_text(text, "utf-8", newline="")
    return raw_dir


def test_all_fixtures_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "SETTLED", 50)
    texts = chain.from_iterable(fixtures.load(path).files.values() for path in fixtures.ALL)
    found = check(written(tmp_path, texts))
    assert len(found["rejects"]) > 10


@pytest.mark.parametrize("seed", range(10 if IS_FULL else 1))
def test_generated_cards_are_read_alike_and_most_of_them_in_bulk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    n_cards = 2_000 if IS_FULL else 400
    corpus.generate(tmp_path, n_cards=n_cards, n_issues=150, seed=seed)
    again: list[str] = []
    read_again = chunks._read_again
    monkeypatch.setattr(chunks, "_read_again", lambda *given: (again.append(given[0]), read_again(*given)))
    found = check(tmp_path)
    assert 0 < len(again) < n_cards / 20
    assert len(found["themes"]) > n_cards


def test_real_cards_are_read_alike(sample_cards: Path) -> None:
    check(sample_cards.parent)


def test_of_cards_with_one_id_the_first_is_read_whether_plain_or_not(tmp_path: Path) -> None:
    plain = f"{TITLE}\n\n## Themes\n\n* drones\n"
    names = [f"{folder}/{'0' * 32}.md" for folder in ("a", "b", "c")]
    for texts in ((plain, f"{plain}* #\n", plain), (f"{plain}* #\n", plain, plain)):
        for name, text in zip(names, texts, strict=True):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        found = check(tmp_path)
        assert len(found["cards_read"]) == 1
        assert "'path': 'a/" in found["cards_read"][0]
        assert len(found["file_cards"]) == 3


@pytest.mark.parametrize("then", ["* drones", None])
def test_a_file_that_is_read_again_is_what_it_is_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str | None
) -> None:
    path = tmp_path / f"{'0' * 32}.md"
    path.write_text(f"{TITLE}\n\n## Themes\n\n* # x\n", "utf-8")
    cut = bulk.cut

    def meanwhile(uncut: Sequence[Uncut]) -> bulk.Cut:
        if then is None:
            path.unlink()
        else:
            path.write_text(f"{TITLE}\n\n## Themes\n\n{then}\n", "utf-8")
        return cut(uncut)

    entries = list_folder(tmp_path).entries
    monkeypatch.setattr(chunks.bulk, "cut", meanwhile)
    chunk = read_chunk(str(tmp_path), parser_version(), entries)
    assert chunk.parsed["themes"]["raw_text"].to_pylist() == (["drones"] if then else [])
    assert chunk.parsed["rejects"].num_rows == 0
    states = chunk.kept["files"].to_pylist()
    assert [row["size"] for row in states] == ([path.stat().st_size] if then else [])


@tried(60)
@given(st.lists(edited_cards, min_size=1, max_size=6))
def test_edited_cards_are_read_alike(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        check(written(Path(folder), texts))


TABLE_PIECES = (
    "|",
    " | ",
    "\n",
    "|\n|",
    "| a | b | 1 |\n",
    "a",
    "é",
    " ",
    "  ",
    "\t",
    "\xa0",
    "\u3000",
    "4",
    "~",
    "-",
)
LIST_PIECES = ("* ", "\n* ", "\n", "a", "é", " ", "\xa0", "1", "1.", "-", "*", "\t", "* ab\n", "x y")
TITLE = "# __A__, from ([20250105](https://n.example/p/a).)"
CARD = TITLE + "\n\n## Themes\n\n{}\n\n## Concerns\n\n{}\n\n## Issues\n\n{}\n"
HEADER = "| name | description | relevancy |\n|:--|:--|--:|\n"

bodies = st.lists(st.sampled_from(TABLE_PIECES), min_size=1, max_size=12).map("".join)
lists = st.lists(st.sampled_from(LIST_PIECES), min_size=1, max_size=8).map("".join)


def test_such_a_card_waits_with_its_tables_and_lists() -> None:
    text = CARD.format("* drones\n* law", HEADER + PLAIN, HEADER + "| a `b` | | 1 |")
    card = cards.read_file(f"{'0' * 32}.md", text, may_wait=True).cards[0]
    assert [(one.section, one.line, one.n_rows) for one in card.uncut] == [
        ("themes", 5, 2),
        ("concerns", 12, 2),
    ]
    assert card.n_source == {"emerging_issues": 1}


@tried(150)
@given(st.lists(st.tuples(lists, bodies, bodies), min_size=1, max_size=8))
def test_any_tables_and_lists_are_read_alike(parts: list[tuple[str, str, str]]) -> None:
    texts = (CARD.format(some, HEADER + first, HEADER + second) for some, first, second in parts)
    with TemporaryDirectory() as folder:
        check(written(Path(folder), texts))
