"""Whatever a card holds, reading it never fails and no word of it is lost."""

import re
import tempfile
from collections import defaultdict
from hashlib import md5
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signals_pipeline.core.store import Store
from signals_pipeline.parsed.columns import SOURCE
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.parsed.reader import card, forms
from signals_pipeline.parsed.reader.file import FileCards, read_file
from signals_pipeline.parsed.reader.links import mask_credentials
from signals_pipeline.parsed.sections import SECTIONS
from signals_pipeline.raw import gate
from signals_pipeline_tests.conftest import opened, taken_in
from signals_pipeline_tests.parsed.reader.edits import edited_cards
from signals_pipeline_tests.speeds import tried

CARDS_IN_A_FOLDER = 25

WORD = re.compile(r"[^\W_]{4,}")
DELIMITER_ROW = re.compile(r"[\s|:-]*-[\s|:-]*")
KNOWN_WORDS = {"external", "link", "from", "page", "category", "type"} | {
    word
    for names in (forms.HEADINGS, *forms.HEADERS.values(), *(one.headings for one in SECTIONS.values()))
    for name in names
    for word in WORD.findall(name.casefold())
}
KNOWN_STEMS = {forms.stem(forms.folded(word)) for word in KNOWN_WORDS}


def words_of(text: str) -> set[str]:
    """The words of a card that must be found again: without masked ones and those of known headers."""
    lines = text.split("\n")
    found = set()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        is_header = "|" in line + below and DELIMITER_ROW.fullmatch(below)
        if not is_header:
            found |= set(WORD.findall(mask_credentials(line)))
    return {word for word in found if forms.stem(forms.folded(word)) not in KNOWN_STEMS}


def lost(text: str, held: str) -> list[str]:
    """The words of a card that none of the texts held of it contains."""
    held = normalize("NFC", held)
    return sorted(word for word in words_of(normalize("NFC", text)) if word not in held)


def read_whole(text: str) -> FileCards:
    """What is read of a card, its rejects with all of their text: what they hold is not lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "MAX_REJECT", 1_000_000)
        return read_file("0123456789abcdef0123456789abcdef.md", text)


@tried(500)
@example("# __A__\n\n" + "\n".join("  " * n + f"* wort{n}x" for n in range(14)) + "\n\n## Summary\n\nwort")
@example("# __A__\n\n## Other\n\n* Category: [wort](https://a.example/wortlaut)")
@given(edited_cards)
def test_no_edit_of_a_card_makes_reading_fail_or_loses_a_word(text: str) -> None:
    try:
        read = gate.decode(text.encode())
    except gate.GateError:
        return
    found = read_whole(read)
    if found.reason is None:
        assert lost(read, _held(found)) == []
    else:
        assert found.kind == "topic page" or found.rejects


def _held(found: FileCards) -> str:
    """All text that a file's rows hold."""
    rows = [*found.rejects]
    for one in found.cards:
        rows += [one.card, *(row for some in one.rows.values() for row in some)]
    texts = []
    for row in rows:
        texts += [str(value) for name, value in row.items() if name not in (SOURCE, "reason")]
    return "\n".join(texts)


@pytest.mark.long
@tried(10)
@given(st.lists(edited_cards, min_size=CARDS_IN_A_FOLDER, max_size=CARDS_IN_A_FOLDER))
def test_a_folder_of_edited_cards_is_taken_in_with_every_row_accounted_for(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        raw_dir = Path(folder, "raw")
        raw_dir.mkdir()
        paths = [f"{md5(str(number).encode()).hexdigest()}.md" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            (raw_dir / path).write_bytes(text.encode())
        with opened(Path(folder, "build"), raw_dir) as store:
            taken_in(store, raw_dir)
            held, unknown = _stored(store)
        for path, text in zip(paths, texts, strict=True):
            if path not in unknown:
                assert lost(text.replace("\r\n", "\n").replace("\r", "\n"), held[path]) == [], text


def _stored(store: Store) -> tuple[dict[str, str], set[str]]:
    """The text stored of each file, and the files of which a reject tells only the beginning."""
    texts: dict[str, list[str]] = defaultdict(list)
    holders: dict[str, list[str]] = defaultdict(list)
    for card_id, path in store.rows("SELECT card_id, path FROM parsed.card_files"):
        holders[card_id].append(path)
    for table in TABLES:
        found = store.connection.execute(f"FROM parsed.{table}")
        names = [column[0] for column in found.description or ()]
        for values in found.fetchall():
            row = dict(zip(names, values, strict=True))
            written = [str(value) for name, value in row.items() if name != "reason"]
            for path in {row.get("path"), *holders.get(row.get("card_id"), ())} - {None}:
                texts[path] += written
    cut = store.rows("""
        SELECT path FROM parsed.rejects
        WHERE length(raw_text) = 1000 OR code IN ('duplicate-id', 'empty', 'control-char')
    """)
    return {path: "\n".join(some) for path, some in texts.items()}, {path for (path,) in cut}
