"""What people were told, whatever becomes of snapshots."""

from datetime import datetime, timedelta

import pytest

from signals_pipeline.publish import told
from signals_pipeline.publish.told import Told

MONDAY = datetime(2026, 6, 29, 6)  # noqa: DTZ001 - as the tables have it, in UTC


@pytest.fixture
def file(tmp_path) -> Told:
    return Told(tmp_path / "told.json")


def test_what_was_told_is_remembered_for_each_raw_folder(file) -> None:
    assert file.changes("/cards") == {}
    file.note("/cards", {"a": MONDAY})
    file.note("/others", {"b": MONDAY})
    file.note("/cards", {"a": MONDAY, "c": MONDAY + timedelta(days=7)})
    assert Told(file.file).changes("/cards") == {"a": MONDAY, "c": MONDAY + timedelta(days=7)}
    assert file.changes("/others") == {"b": MONDAY}


def test_what_was_told_long_ago_and_folders_of_long_ago_are_dropped(file, monkeypatch) -> None:
    monkeypatch.setattr(told, "MAX_CHANGES", 2)
    monkeypatch.setattr(told, "MAX_FOLDERS", 2)
    for folder in ("/a", "/b", "/a", "/c"):
        file.note(folder, {str(days): MONDAY - timedelta(days=days) for days in range(3)})
    assert file.changes("/a") == file.changes("/c") == {"0": MONDAY, "1": MONDAY - timedelta(days=1)}
    assert file.changes("/b") == {}


def test_an_installation_stays_itself_and_is_no_other(file, tmp_path) -> None:
    first = file.installation()
    file.note("/cards", {"a": MONDAY})
    assert file.installation() == first
    assert Told(tmp_path / "another.json").installation() != first
