"""What a message says of a snapshot."""

from datetime import date, datetime
from typing import Any

from signals_pipeline.publish.changes import Difference
from signals_pipeline.publish.telling import CALLS_SAID, news


def call(topic: str, kind: str = "call made", *, is_known: bool = False) -> dict[str, Any]:
    return {
        "change_id": f"id of {topic}", "change_kind": kind, "topic_id": f"t-{topic}", "topic": topic,
        "before": "thin", "after": "rising", "called_since": date(2026, 6, 21), "is_known": is_known,
        "sentence": f"“{topic}” is rising.",
    }  # fmt: skip


def link(topic_id: str) -> str:
    return f"https://a.example/{topic_id or 'changes'}.html"


def test_a_message_says_each_new_call_with_its_link() -> None:
    message = news(Difference([call("kelp"), call("ai")]), link)
    assert message.text == "Signals: 2 new calls"
    assert message.lines == (
        "“kelp” is rising.", "https://a.example/t-kelp.html",
        "“ai” is rising.", "https://a.example/t-ai.html",
        "All that changed: https://a.example/changes.html",
    )  # fmt: skip
    assert message.details["event_id"] == message.event_id
    assert message.details["calls"][1] == {
        "change_id": "id of ai", "topic": "ai", "call": "rising", "called_since": "2026-06-21",
        "sentence": "“ai” is rising.", "link": "https://a.example/t-ai.html",
    }  # fmt: skip


def test_what_an_editor_knows_and_what_is_no_call_is_not_sent() -> None:
    known, ended = call("kelp", is_known=True), call("ai", "call ended")
    assert news(Difference([known, ended]), link) is None
    assert news(Difference([known, ended, call("heat pump")]), link).text == "Signals: “heat pump” is rising"


def test_what_was_told_before_is_not_sent_again() -> None:
    told = {"id of kelp": datetime(2026, 6, 29, 6)}  # noqa: DTZ001 - as the tables have it, in UTC
    assert news(Difference([call("kelp")], told=told), link) is None
    message = news(Difference([call("kelp"), call("ai")], told=told), link)
    assert message.text == "Signals: “ai” is rising"
    assert message.event_id == news(Difference([call("ai")]), link).event_id


def test_what_no_card_changed_is_not_sent() -> None:
    assert news(Difference([call("kelp")], is_news=False), link) is None
    assert news(Difference(), link) is None


def test_a_code_that_changed_together_with_cards_is_said() -> None:
    message = news(Difference([call("kelp")], other_code="how cards are read, parameters"), lambda _: "")
    assert message.lines == (
        "“kelp” is rising.", "Also another since then: how cards are read, parameters.",
    )  # fmt: skip


def test_the_same_calls_are_the_same_event_in_any_order() -> None:
    one, other = (news(Difference(rows), link) for rows in ([call("a"), call("b")], [call("b"), call("a")]))
    assert one.event_id == other.event_id
    assert one.event_id != news(Difference([call("a")]), link).event_id


def test_a_message_without_addresses_has_no_links_and_a_long_one_says_how_many_more() -> None:
    message = news(Difference([call(f"topic {no}") for no in range(CALLS_SAID + 3)]), lambda _: "")
    assert len(message.lines) == CALLS_SAID + 1
    assert message.lines[-1] == "And 3 more."
    assert message.details["calls"][0]["link"] is None


def test_the_subject_is_one_line_whatever_a_topic_is_called() -> None:
    assert news(Difference([call("a\r\nBcc: all@example.org")]), link).text == (
        "Signals: “a Bcc: all@example.org” is rising"
    )
