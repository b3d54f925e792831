"""What is in the folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from signals_pipeline.core.settings import project
from signals_pipeline.raw.inventory import list_folder, version
from signals_pipeline_tests.raw.sample import (
    card,
    write,
)


def paths(folder: Path) -> list[str]:
    return [entry.path for entry in list_folder(folder).entries]


def test_nested_folders_and_md_in_any_case_are_listed_in_byte_order(raw_dir) -> None:
    for name in ("b/z.md", "b.md", "a/b/c.MD", "B.Md", "é.md", "a.md", "c.txt", "d.MarkDown"):
        (raw_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (raw_dir / name).write_text("x")
    assert paths(raw_dir) == ["B.Md", "a.md", "a/b/c.MD", "b.md", "b/z.md", "c.txt", "d.MarkDown", "é.md"]


def test_what_is_hidden_or_no_text_is_listed_by_name_and_a_hidden_folder_is_not_walked(raw_dir) -> None:
    for name in (".trash/a.md", "b/.obsidian/x/y.md", "b/._c.md", "b/c.md", "d.pdf", "b/LICENSE", "b/.git"):
        (raw_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (raw_dir / name).write_text("x")
    listing = list_folder(raw_dir)
    assert [entry.path for entry in listing.entries] == ["b/c.md"]
    hidden, no_text = (
        "Its name begins with a point: it is hidden.",
        "Its name does not end in .md, .markdown or .txt.",
    )
    assert [(one.path, one.kind, one.reason) for one in listing.left_alone] == [
        (".trash/", "other", hidden),
        ("b/._c.md", "other", hidden),
        ("b/.git", "other", hidden),
        ("b/.obsidian/", "other", hidden),
        ("b/LICENSE", "not text", no_text),
        ("d.pdf", "not text", no_text),
    ]


@pytest.fixture
def deep(raw_dir) -> Iterator[str]:
    """The path of a card below more folders than Python has levels of calls."""
    folders = [Path(f"{raw_dir}/{'d/' * n}") for n in range(1, 1_501)]
    for folder in folders:
        folder.mkdir()
    card = folders[-1] / "a.md"
    card.write_text("a", "utf-8")
    yield "d/" * 1_500 + card.name
    # What pytest removes its folders with goes down by calls, too.
    card.unlink()
    for folder in reversed(folders):
        folder.rmdir()


def test_a_card_below_very_many_folders_is_listed(raw_dir, deep) -> None:
    assert paths(raw_dir) == [deep]
    assert project(data_dir=str(raw_dir.parent)).raw_dir() == raw_dir


def test_a_raw_folder_that_is_itself_a_link_is_followed(tmp_path, raw_dir) -> None:
    write(raw_dir, 1)
    (tmp_path / "link").symlink_to(raw_dir)
    assert paths(tmp_path / "link") == paths(raw_dir) != []


def test_the_version_of_a_folder_changes_with_every_change_of_a_file_and_only_then(raw_dir) -> None:
    path = write(raw_dir, 1)
    found = [version(list_folder(raw_dir))]
    assert version(list_folder(raw_dir)) == found[0]
    (raw_dir / "picture.png").write_bytes(b"x")
    assert version(list_folder(raw_dir)) == found[0], "other files do not count"
    write(raw_dir, 2)
    found.append(version(list_folder(raw_dir)))
    path.write_text(card(1) + "\n")
    found.append(version(list_folder(raw_dir)))
    path.rename(raw_dir / "other.md")
    found.append(version(list_folder(raw_dir)))
    (raw_dir / "other.md").unlink()
    found.append(version(list_folder(raw_dir)))
    assert len(set(found)) == len(found)
