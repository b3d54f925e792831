"""What a notice says, and when one says that the job works again."""

from pathlib import Path

import pytest

from signals_pipeline.core import failures
from signals_pipeline.core.failures import FailureNotice, notify, notify_that_it_works
from signals_pipeline.core.settings import Project, project

FAILED = FailureNotice("run failed", "text", "r1")


@pytest.fixture
def settings(tmp_path: Path) -> Project:
    return project(data_dir=str(tmp_path / "data"))


def events(settings: Project) -> list[str]:
    return [line.split("  ")[1] for line in settings.failure_log.read_text("utf-8").splitlines()]


def test_that_it_works_again_is_said_once_and_only_after_a_failure(settings: Project) -> None:
    assert notify_that_it_works(settings) == []
    assert not settings.failure_log.exists()
    notify(settings, FAILED)
    notify(settings, FailureNotice("run lost", "text", "r2"))
    assert notify_that_it_works(settings, "r3") == []
    assert notify_that_it_works(settings, "r4") == []
    assert events(settings) == ["run failed", "run lost", "works again"]
    failed_at = settings.failure_log.read_text("utf-8").splitlines()[1].split("  ")[0]
    last = settings.failure_log.read_text("utf-8").splitlines()[2]
    assert last.split("  ")[2:] == ["r3", f"The run succeeded. The last failure was at {failed_at}."]
    notify(settings, FAILED)
    notify_that_it_works(settings)
    assert events(settings)[3:] == ["run failed", "works again"]


def test_a_webhook_that_was_away_is_no_failure_of_the_job(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path / "data"), webhook="file:///no/web/address")
    notify(settings, FAILED)
    assert len(notify_that_it_works(settings)) == 1
    assert notify_that_it_works(settings) == []
    assert events(settings) == ["run failed", "webhook failed", "works again", "webhook failed"]


def test_the_last_notice_is_found_in_the_file_that_was_rotated(
    settings: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MAX_BYTES", 1)
    notify(settings, FAILED)
    notify(settings, FAILED)
    assert not settings.failure_log.exists()
    monkeypatch.undo()
    notify_that_it_works(settings)
    assert events(settings) == ["works again"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"seen, thanks\n", b"\xff\xfe"])
def test_a_file_without_a_notice_says_nothing_of_a_failure(settings: Project, content: bytes) -> None:
    settings.data.mkdir()
    settings.failure_log.write_bytes(content)
    assert notify_that_it_works(settings) == []
    assert settings.failure_log.read_bytes() == content


def test_of_a_long_file_the_end_is_read(settings: Project) -> None:
    notify(settings, FailureNotice("works again", "x" * 100_000))
    notify(settings, FailureNotice("run failed", "y" * 100_000))
    notify(settings, FAILED)
    notify_that_it_works(settings)
    assert events(settings)[-1] == "works again"


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("/srv/signals/data/build is full (/srv/signals).", "data/build is full (signals)."),
        ("'/mnt/cards/2026/a.md' cannot be read.", "'cards/2026/a.md' cannot be read."),
        ("/mnt/cards2 and /mnt/cards-old", "/mnt/cards2 and /mnt/cards-old"),
        ("/big/disk/published: 3 MB are free at /big/disk.", "disk/published: 3 MB are free at disk."),
        ("https://host.example/mnt/cards", "https://host.example/mnt/cards"),
    ],
)
def test_a_notice_names_no_folder_above_those_of_the_project(
    settings: Project, said: str, noted: str
) -> None:
    place = project(root="/srv/signals", raw_dir="/mnt/cards", data_dir="/big/disk")
    notify(Project(place.root, settings.data, place.given), FailureNotice("run failed", said))
    assert settings.failure_log.read_text("utf-8").rstrip("\n").split("  ")[3] == noted
