"""Messages reach everybody once, whatever is away or killed in between."""

import errno
import html
import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from signals_pipeline.core import messages
from signals_pipeline.core import outbox as outbox_module
from signals_pipeline.core.errors import CannotWriteError
from signals_pipeline.core.messages import EVENT_HEADER, Message, targets
from signals_pipeline.core.outbox import Outbox, deliver
from signals_pipeline.core.sending import harmless
from signals_pipeline.core.settings import project
from signals_pipeline_tests.listeners import dripping, mail, webhook

NEWS = Message("new calls", "2 new calls", ("heat pump rises.", "<b>ai falls."), "e1", {"event_id": "e1"})


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def test_a_message_goes_out_once_its_snapshot_is_published_and_only_then(outbox: Outbox) -> None:
    with webhook() as server:
        to = targets(project(webhook=server.address))
        outbox.prepare("s1", NEWS)
        assert outbox.deliver(to) == []
        assert server.taken == []
        outbox.release("s2")
        outbox.release("s1")
        outbox.release("s1")
        assert outbox.deliver(to) == []
        assert outbox.deliver(to) == []
    ((kind, said),) = server.taken
    assert kind == "application/json"
    assert said.pop("at").endswith("Z")
    assert said == {"event": "new calls", "text": "2 new calls", "event_id": "e1"}
    assert [path.name for path in outbox.folder.iterdir()] == [".lock"]


def test_what_was_prepared_for_a_snapshot_that_did_not_come_is_forgotten(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    outbox.forget_unpublished()
    outbox.release("s1")
    with webhook() as server:
        assert outbox.deliver(targets(project(webhook=server.address))) == []
    assert server.taken == []


def test_where_nobody_is_to_be_told_nothing_waits(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    assert outbox.deliver([]) == []
    with webhook() as server:
        assert outbox.deliver(targets(project(webhook=server.address))) == []
    assert server.taken == []


def test_who_was_away_gets_it_later_and_who_was_there_does_not_get_it_again(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    with webhook() as server, mail() as mails:
        to = targets(project(webhook=server.address, notify=mails.address))
        server.answer = 500
        (first,) = outbox.deliver(to)
        (again,) = outbox.deliver(to)
        assert first.text == (
            "The webhook did not take the message “2 new calls”, which waits: it answered 500."
        )
        assert (first.is_new, again.is_new) == (True, False)
        server.answer = 204
        assert outbox.deliver(to) == []
    assert [said["event_id"] for _, said in server.taken] == ["e1", "e1", "e1"]
    (taken,) = mails.taken
    assert (taken["Subject"], taken[EVENT_HEADER]) == ("2 new calls", "e1")
    for part in [part for part in taken.walk() if not part.is_multipart()]:
        text = part.get_payload(decode=True).decode()
        assert "heat pump rises." in text
        assert "‹b›ai falls." in html.unescape(text)


def test_messages_go_out_in_the_order_of_their_snapshots(outbox: Outbox) -> None:
    for snapshot in ("20260102T000000Z-b", "20260101T000000Z-a"):
        outbox.prepare(snapshot, Message("new calls", snapshot))
        outbox.release(snapshot)
    with webhook() as server:
        outbox.deliver(targets(project(webhook=server.address)))
    assert [said["text"][:8] for _, said in server.taken] == ["20260101", "20260102"]


def test_an_address_that_is_none_is_said_without_it(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    (problem,) = outbox.deliver(targets(project(notify="nonsense:secret")))
    assert problem.text.startswith("Address 1 of SIGNALS_NOTIFY did not take the message")
    assert "secret" not in problem.text


@pytest.mark.parametrize("address", ["xoxb-secret", "secret@x:y", "secret://", "http://u:secret@h/x"])
def test_nothing_of_an_address_is_said(outbox: Outbox, address: str) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    problems = outbox.deliver(targets(project(notify=address, webhook=address)))
    assert len(problems) == 2
    assert "secret" not in repr(problems)


def test_a_server_that_leads_elsewhere_did_not_take_the_message(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    with webhook(answer=302) as server:
        (problem,) = outbox.deliver(targets(project(webhook=server.address)))
        assert problem.text.endswith("it answered 302: write the address that it leads to.")
        server.answer = 204
        assert outbox.deliver(targets(project(webhook=server.address))) == []
    assert len(server.taken) == 2


def test_a_server_that_never_ends_its_answer_holds_nobody(outbox: Outbox, monkeypatch) -> None:
    monkeypatch.setattr(messages, "SECONDS", 2)
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    with dripping() as slow:
        (problem,) = outbox.deliver(targets(project(webhook=slow)))
    assert "it did not answer within 2 seconds" in problem.text


def test_a_full_disk_sends_nothing_rather_than_again_and_again(outbox: Outbox, tmp_path, monkeypatch) -> None:
    settings = project(data_dir=str(tmp_path))
    outbox.prepare("s1", NEWS)
    outbox.release("s1")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with webhook() as server:
        told = project(data_dir=str(settings.data), webhook=server.address)
        with monkeypatch.context() as patched:
            patched.setattr(outbox_module, "write_whole", full)
            for _ in range(3):
                (problem,) = deliver(told)
                assert problem == "Messages wait in outbox, which cannot be used: No space left on device."
        assert server.taken == []
        assert deliver(told) == []
        assert len(server.taken) == 1


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"at": "x", "message": {}, "sent_to": []}'])
def test_a_message_that_cannot_be_read_holds_no_other(outbox: Outbox, text: str) -> None:
    for snapshot in ("s1", "s2"):
        outbox.prepare(snapshot, NEWS)
        outbox.release(snapshot)
    (outbox.folder / "s1.json").write_text(text, "utf-8")
    with webhook() as server:
        (problem,) = outbox.deliver(targets(project(webhook=server.address)))
        assert outbox.deliver(targets(project(webhook=server.address))) == []
    assert problem.text == "A message could not be read, and is kept as s1.unreadable."
    assert len(server.taken) == 1


def test_what_another_version_wrote_down_is_sent(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    path = outbox.folder / "s1.json"
    waiting = json.loads(path.read_text("utf-8"))
    waiting["message"]["colour"] = "red"
    path.write_text(json.dumps(waiting), "utf-8")
    with webhook() as server:
        assert outbox.deliver(targets(project(webhook=server.address))) == []
    assert len(server.taken) == 1


def test_what_nobody_took_for_a_month_is_dropped_and_that_is_said(outbox: Outbox, monkeypatch) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    monkeypatch.setattr(outbox_module, "_now", lambda: datetime.fromisoformat("2999-01-01"))
    with webhook() as server:
        (problem,) = outbox.deliver(targets(project(webhook=server.address)))
    assert problem.text == "The message “2 new calls” waited for 30 days and is dropped."
    assert server.taken == []


def test_a_file_in_the_place_of_the_folder_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("mine", "utf-8")
    outbox = Outbox(tmp_path / "outbox")
    outbox.release("s1")
    outbox.forget_unpublished()
    assert outbox.deliver([]) == []
    with pytest.raises(CannotWriteError):
        outbox.prepare("s1", NEWS)


def test_names_of_strangers_call_nobody_and_link_nowhere() -> None:
    name = "@everyone <!channel> [a](https://evil.example) <b>x</b> \u202ey\x07"
    shown = harmless(f"“{name}” is rising (before: thin).")
    assert not set("<>[]*`\u202e\x07") & set(shown)
    assert "@everyone" not in shown
    assert "https://" not in shown
    assert harmless("All that changed: https://a.example/x") == "All that changed: https://a.example/x"
    assert harmless("https://a.example/topics/kelp.html") == "https://a.example/topics/kelp.html"


def test_nobody_but_the_owner_reads_what_waits(outbox: Outbox) -> None:
    outbox.prepare("s1", NEWS)
    (path,) = outbox.folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0


_DELIVERS = """
import sys
from pathlib import Path
from signals_pipeline.core.messages import targets
from signals_pipeline.core.outbox import Outbox
from signals_pipeline.core.settings import project
Outbox(Path(sys.argv[1])).deliver(targets(project(webhook=sys.argv[2], notify=sys.argv[3])))
"""


@pytest.mark.long
def test_a_kill_while_the_server_answers_sends_it_again_under_the_same_id_and_loses_nothing(
    outbox: Outbox,
) -> None:
    outbox.prepare("s1", NEWS)
    outbox.release("s1")
    with webhook() as server, mail() as mails:
        for taker in (server, mails):
            process = subprocess.Popen(
                [sys.executable, "-c", _DELIVERS, str(outbox.folder), server.address, mails.address]
            )
            taker.on_taken = lambda process=process: os.kill(process.pid, signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
            taker.on_taken = lambda: None
        assert outbox.deliver(targets(project(webhook=server.address, notify=mails.address))) == []
    # Each was killed once between what its server took and the note of that.
    assert [said["event_id"] for _, said in server.taken] == ["e1", "e1"]
    assert [taken[EVENT_HEADER] for taken in mails.taken] == ["e1", "e1"]
