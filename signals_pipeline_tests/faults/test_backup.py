"""Backup and restore as docs/OPERATIONS.md says: the commands are taken from that page."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signals_pipeline.core.settings import project
from signals_pipeline.defs.execution import instance_of
from signals_pipeline_tests.faults.plain import TODAY, assert_whole
from signals_pipeline_tests.raw.sample import write
from signals_pipeline_tests.starter import ROOT, Ended, Starter

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")


def script(section: str) -> str:
    """The first block of commands of a section of the page."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[0]


class Newsletter:
    """A folder as `signals init` makes one, with cards, and what is done with it."""

    def __init__(self, folder: Path, raw: Path, starter: Starter) -> None:
        self.folder = folder
        self.settings = project(data_dir=str(folder / "data"), raw_dir=str(raw))
        self._starter = starter
        self._given = {
            "SIGNALS_DATA_DIR": str(folder / "data"),
            "SIGNALS_RAW_DIR": str(raw),
            "SIGNALS_AS_OF": TODAY,
        }

    def run(self) -> Ended:
        done = self._starter.run("run", history=True, **self._given)
        assert done.code == 0, done.printed
        return done

    def start(self, held_at: str) -> int:
        return self._starter.start("run", history=True, held_at=held_at, **self._given)

    def wait(self) -> Ended:
        return self._starter.wait()

    def history(self) -> list[tuple[str, str]]:
        """The runs with their states, the last one first."""
        with instance_of(self.settings) as instance:
            return [(run.run_id, run.status.value) for run in instance.get_runs()]


@pytest.fixture
def newsletter(tmp_path: Path, raw_dir: Path, starter: Starter) -> Newsletter:
    """One with a card, which was run."""
    (tmp_path / "alpha" / "data").mkdir(parents=True)
    write(raw_dir, 1)
    found = Newsletter(tmp_path / "alpha", raw_dir, starter)
    found.run()
    return found


def start_backup(newsletter: Newsletter, to: Path) -> "subprocess.Popen[str]":
    assert "signals backup /backup/alpha" in script("Backup")
    return subprocess.Popen(
        [sys.executable, "-m", "signals_pipeline", "backup", str(to)],
        cwd=ROOT,
        env=os.environ | {"SIGNALS_DATA_DIR": str(newsletter.folder / "data")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def restored(newsletter: Newsletter, copies: Path, starter: Starter) -> Newsletter:
    """What the page makes of the newest copy, in an empty folder elsewhere."""
    elsewhere = newsletter.folder.with_name("elsewhere") / copies.name
    typed = script("Restore").replace("/srv/signals/alpha", str(elsewhere))
    typed = re.sub(r"/backup/alpha/\w+", str(max(copies.iterdir())), typed).replace("signals run\n", "")
    subprocess.run(["sh", "-eu", "-c", typed], check=True)
    raw = newsletter.settings.raw_dir()
    assert isinstance(raw, Path)
    return Newsletter(elsewhere, raw, starter)


def assert_nothing_is_lost(newsletter: Newsletter, copies: Path, starter: Starter) -> None:
    """Restore, run, and compare."""
    there = restored(newsletter, copies, starter)
    history = there.history()
    assert history == newsletter.history()
    assert {status for _, status in history} == {"SUCCESS"}
    assert "nothing changed, nothing new published" in there.run().out
    assert there.settings.snapshot == newsletter.settings.snapshot
    assert not there.settings.failure_log.exists()
    assert_whole(there.settings.published)


def test_what_is_restored_from_a_backup_has_lost_nothing(
    newsletter: Newsletter, raw_dir: Path, tmp_path: Path, starter: Starter
) -> None:
    backup = start_backup(newsletter, tmp_path / "quiet")
    printed, _ = backup.communicate()
    assert "is whole" in printed, printed
    assert_nothing_is_lost(newsletter, tmp_path / "quiet", starter)

    write(raw_dir, 2)
    before = newsletter.settings.snapshot
    process = newsletter.start(held_at="publishing")
    backup = start_backup(newsletter, tmp_path / "busy")
    try:
        while not list((tmp_path / "busy").glob("*")):
            assert backup.poll() is None
            time.sleep(0.05)
        assert [path for copy in (tmp_path / "busy").iterdir() for path in copy.iterdir()] == []
    finally:
        os.kill(process, signal.SIGCONT)
    assert newsletter.wait().code == 0
    printed, _ = backup.communicate()
    assert "is whole" in printed, printed
    assert newsletter.settings.snapshot != before
    assert_nothing_is_lost(newsletter, tmp_path / "busy", starter)
