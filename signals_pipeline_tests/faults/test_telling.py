"""A new newsletter issue is told once, and alike in the table, on the page, in the feed and to people."""

import html
import shutil
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from signals_pipeline.core.messages import EVENT_HEADER
from signals_pipeline_tests.listeners import mail, webhook
from signals_pipeline_tests.starter import ROOT, Starter

LAST_ISSUE = "20260621"


@pytest.mark.long
def test_the_calls_of_a_new_issue_reach_the_webhook_and_the_mailbox_once(
    starter: Starter, tmp_path: Path
) -> None:
    raw = shutil.copytree(ROOT / "data" / "demo", tmp_path / "raw")
    kept = {path: path.read_text("utf-8") for path in raw.rglob("*.md")}
    for path in (path for path, text in kept.items() if LAST_ISSUE in text):
        path.unlink()
    with webhook() as server, mail() as mails:
        here = {
            "SIGNALS_RAW_DIR": str(raw),
            "SIGNALS_DATA_DIR": str(tmp_path / "data"),
            "SIGNALS_AS_OF": "2026-07-01",
            "SIGNALS_WEBHOOK": server.address,
            "SIGNALS_NOTIFY": mails.address,
        }
        assert starter.run("run", **here).code == 0
        assert (server.taken, mails.taken) == ([], [])
        for path, text in kept.items():
            path.write_text(text, "utf-8")
        for _ in range(2):
            assert starter.run("run", **here).code == 0
    database = tmp_path / "data" / "published" / "current" / "signals.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        made = connection.execute(
            "SELECT change_id, sentence, topic FROM snapshot_diff "
            "WHERE change_kind = 'call made' ORDER BY ALL"
        ).fetchall()
    ((_, said),) = server.taken
    (taken,) = mails.taken
    assert sorted((one["change_id"], one["sentence"], one["topic"]) for one in said["calls"]) == made
    assert made
    assert taken[EVENT_HEADER] == said["event_id"]
    text = next(part for part in taken.walk() if part.get_content_type() == "text/plain")
    assert all(sentence in text.get_payload(decode=True).decode() for _, sentence, _ in made)
    report = database.parent / "report"
    feed = (report / "feed.xml").read_text("utf-8")
    page = html.unescape((report / "changes.html").read_text("utf-8"))
    for change_id, sentence, topic in made:
        assert feed.count(f"<id>{UUID(change_id).urn}</id>") == 1
        assert html.unescape(feed).count(f"<summary>{sentence}</summary>") == 1
        assert f">{topic}</a>" in page
