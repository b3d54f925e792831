"""Pages of the last report are taken over where they would come out the same, and nowhere else."""

import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from signals_pipeline.publish.report import kept
from signals_pipeline.publish.report.kept import Kept

PATH = "topics/kelp.html"


@dataclass
class Book:
    """What templates ask for, with the like of every kind of thing that a book has."""

    topic_pages: dict[str, str] = field(default_factory=lambda: {"kelp": "kelp.html", "reef": "reef.html"})
    parameters: dict[tuple[str, str], float] = field(default_factory=lambda: {("q", "max_q"): 0.1})
    issues: list[int] = field(default_factory=lambda: [1, 2, 3])

    @property
    def n_recent(self) -> int:
        return len(self.issues) // 2

    @property
    def newest(self) -> int:
        return self.issues[-1]

    def said(self, x: int) -> str:
        return f"{x} of {self.n_recent}"


Asking = Callable[[Mapping[str, Any]], object]

ASKED: dict[str, Asking] = {
    "an entry": lambda common: common["book"].topic_pages["kelp"],
    "an entry that may be none": lambda common: common["book"].topic_pages.get("coral"),
    "what not every book has": lambda common: common["book"].newest if common["book"].issues else None,
    "whether there is an entry": lambda common: "coral" in common["book"].topic_pages,
    "all entries": lambda common: sorted(common["book"].topic_pages),
    "how many entries": lambda common: len(common["book"].topic_pages),
    "a parameter": lambda common: common["book"].parameters["q", "max_q"],
    "what a property says": lambda common: common["book"].n_recent,
    "what a method says": lambda common: common["book"].said(1),
    "an entry of what is no book": lambda common: common["about"]["n_cards"],
}


class Report:
    """A report of one page in which something is asked for, written again and again."""

    def __init__(self, folder: Path, asked: Asking = ASKED["an entry"]) -> None:
        self.folder, self.asked = folder, asked
        self.n_written = self.n_rendered = 0
        self.book, self.about = Book(), {"n_cards": 3, "day": "today"}
        self.files: dict[str, Path] = {}

    def write(self, given: object = "given", code: str = "1") -> bool:
        """Write it; whether it was rendered. It always is what rendering gives."""
        pages = Kept(self.folder / "pages", code, self.files)
        common: dict[str, Any] = {"book": self.book, "about": self.about}
        target = self.folder / f"{self.n_written}.html"
        before = self.n_rendered

        def render(asked_for: Mapping[str, Any]) -> str:
            self.n_rendered += 1
            return self._text(given, asked_for)

        pages.write(PATH, target, given, common, render)
        pages.save()
        assert target.read_text("utf-8") == self._text(given, common)
        self.files = {hashlib.sha256(target.read_bytes()).hexdigest(): target}
        self.n_written += 1
        return self.n_rendered > before

    def _text(self, given: object, common: Mapping[str, Any]) -> str:
        return f"{given if isinstance(given, str) else ''} {self.asked(common)}"


@pytest.fixture
def report(tmp_path) -> Report:
    return Report(tmp_path)


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_page_is_rendered_once_as_long_as_nothing_changes(tmp_path, asked) -> None:
    report = Report(tmp_path, asked)
    assert [report.write() for _ in range(3)] == [True, False, False]
    assert (tmp_path / "0.html").samefile(tmp_path / "2.html")


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_a_page_is_rendered_anew_where_an_answer_is_another(tmp_path, asked) -> None:
    report = Report(tmp_path, asked)
    report.write()
    report.book = Book({"kelp": "elsewhere.html", "coral": "coral.html"}, {("q", "max_q"): 0.2}, [])
    report.book.topic_pages |= {"more": "more.html"}
    report.about = {"n_cards": 4}
    assert report.write()


def test_what_a_page_does_not_ask_for_may_change(report) -> None:
    report.write()
    report.book = Book({"kelp": "kelp.html", "new": "new.html"}, {("q", "max_q"): 0.2}, [])
    report.about = {"day": "tomorrow"}
    assert not report.write()


def test_other_values_and_other_code_make_another_page(report, monkeypatch) -> None:
    report.write()
    assert report.write("another")
    assert report.write("another", code="2")
    assert not report.write("another", code="2")
    with monkeypatch.context() as patch:
        patch.setattr(kept, "version", lambda name: f"another {name}")
        assert report.write("another", code="2")
    monkeypatch.setattr(platform, "python_version", lambda: "another")
    assert report.write("another", code="2")
    assert not report.write("another", code="2")


def test_a_page_whose_file_no_snapshot_has_is_rendered(report) -> None:
    report.write()
    report.files = {}
    assert report.write()


def test_what_cannot_be_told_from_something_else_is_always_rendered(report) -> None:
    for _ in range(2):
        assert report.write(lambda: 3)


@pytest.mark.parametrize("damaged", ["", "{", "[]\n", "3\n", "null\n", "\udcff"])
def test_a_damaged_note_counts_as_none(report, damaged) -> None:
    report.write()
    (report.folder / "pages").write_bytes(damaged.encode("utf-8", "surrogateescape"))
    assert report.write()
    assert not report.write()


def test_a_part_of_a_page_is_made_once_as_long_as_it_is_made_from_the_same(tmp_path) -> None:
    made: list[str] = []

    def part(given: object, code: str = "1") -> str:
        pages = Kept(tmp_path / "pages", code, {})
        found = pages.part("texts of 2026", given, lambda: made.append(f"part {len(made)}") or made[-1])
        pages.save()
        return found

    assert [part(1), part(1), part(2), part(2), part(2, "2")] == [
        "part 0",
        "part 0",
        "part 1",
        "part 1",
        "part 2",
    ]
    assert part(lambda: 3) == "part 3"
    assert part(2, "2") == "part 4"
    note = tmp_path / "pages"
    note.write_text(note.read_text("utf-8").replace("part 4", "part X"), "utf-8")
    assert part(2, "2") == "part 5"
