"""The date of a card's newsletter issue, and whether the card is counted."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.parsed.identity import COMES_ON, Calendar, derive_cards, read_corrections
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline_tests.conftest import CALENDAR, taken_in
from signals_pipeline_tests.raw.sample import card, card_id, link, rows, write

AS_OF = CALENDAR.as_of

TOKENS = {
    "20230819": (date(2023, 8, 19), None),
    "20250511d": (date(2025, 5, 11), None),
    "20250504d ": (date(2025, 5, 4), None),
    "20251231-a-yearly-review": (date(2025, 12, 31), None),
    "20220601": (date(2022, 6, 1), None),
    "20220531": (None, "before-earliest-issue"),
    "20220225": (None, "before-earliest-issue"),
    "20260630": (AS_OF, None),
    "20260701": (None, "after-as-of"),
    "20290911": (None, "after-as-of"),
    "20991231": (None, "after-as-of"),
    "20230231": (None, "impossible-date"),
    "00000000": (None, "impossible-date"),
    "20231301": (None, "impossible-date"),
    "20240229": (date(2024, 2, 29), None),
    "20230229": (None, "impossible-date"),
    "3287.0": (None, "not-a-date"),
    "17340.0": (None, "not-a-date"),
    "1970": (None, "not-a-date"),
    "202308190": (None, "not-a-date"),
    "2023-08-19": (date(2023, 8, 19), None),
    "2023-08-19T09:30": (date(2023, 8, 19), None),
    "2023-8-19": (None, "not-a-date"),
    "20230819dd": (None, "not-a-date"),
    "": (None, "no-token"),
    "  ": (None, "no-token"),
}


def test_every_kind_of_issue_token_has_its_date_or_its_reason(store, raw_dir) -> None:
    """M14, and DIALECTS 3.1."""
    for number, token in enumerate(TOKENS):
        write(raw_dir, number, card(number, token=token))
    taken_in(store, raw_dir)
    found = {
        token: (day, reason)
        for token, day, reason in rows(store, "cards", "issue_token", "issue_date", "issue_date_reason")
    }
    assert found == TOKENS
    wrong = store.rows("""
        SELECT issue_token, issue_key, not_counted_reason FROM parsed.cards
        WHERE (issue_date IS NULL) <> (not_counted_reason IS NOT DISTINCT FROM 'undated')
        OR issue_key <> coalesce(strftime(issue_date, '%Y-%m-%d'), 'undated:' || issue_token)
    """)
    assert wrong == []


def test_a_dialect_says_how_an_issue_is_written_and_which_day_is_the_first(store, raw_dir) -> None:
    """Week 22 of 2019 began on Monday 27 May (ISO 8601); what no format fits is read as the newsletter's."""
    tokens = {
        "2019-W22": (date(2019, 5, 27), None),
        "12.3.2024": (date(2024, 3, 12), None),
        "31.2.2024": (None, "not-a-date"),
        "20240107": (date(2024, 1, 7), None),
        "20230231": (None, "impossible-date"),
        "1.1.2018": (date(2018, 1, 1), None),
        "31.12.2017": (None, "before-earliest-issue"),
        "2031-W01": (None, "after-as-of"),
    }
    for number, token in enumerate(tokens):
        write(raw_dir, number, card(number, token=token))
    formats = ("%G-W%V", "%d.%m.%Y")
    taken_in(
        store, raw_dir, dialect=Dialect("dotted", issue_formats=formats, earliest_issue=date(2018, 1, 1))
    )
    found = rows(store, "cards", "issue_token", "issue_date", "issue_date_reason")
    assert {token: (day, reason) for token, day, reason in found} == tokens


def test_a_card_without_an_issue_has_the_key_undated_alone(store, raw_dir) -> None:
    write(raw_dir, 1, f"__[External link]({link(1)})__\n\n## Keywords\n\n* kelp")
    taken_in(store, raw_dir)
    found = rows(store, "cards", "issue_token", "issue_key", "issue_date_reason", "not_counted_reason")
    assert found == [(None, "undated:", "no-token", "undated")]


def test_a_corrected_date_holds_whatever_the_token_says(store, raw_dir) -> None:
    tokens = ["3287.0", "20290911", "20230231", "20250504d ", "20240107", "19990101"]
    for number, token in enumerate(tokens):
        write(raw_dir, number, card(number, token=token))
    day = date(2024, 2, 4)
    taken_in(store, raw_dir, {token.strip(): day for token in tokens[:-1]} | {"19990101": date(1999, 1, 3)})
    found = rows(store, "cards", "issue_token", "issue_date", "issue_date_reason", "is_counted")
    expected = [(token, day, "corrected", True) for token in tokens[:-1]]
    assert found == sorted([*expected, ("19990101", date(1999, 1, 3), "corrected", True)], key=repr)


def test_a_corrected_date_after_the_day_of_the_run_is_none_and_says_so(store, raw_dir) -> None:
    days = {"3287.0": date(2026, 7, 1), "20240107": date(2062, 2, 4), "20240114": AS_OF}
    for number, token in enumerate(days):
        write(raw_dir, number, card(number, token=token))
    taken_in(store, raw_dir, days)
    found = rows(store, "cards", "issue_token", "issue_date", "issue_date_reason", "not_counted_reason")
    assert found == [
        ("20240107", None, "after-as-of", "undated"),
        ("20240114", date(2026, 6, 30), "corrected", None),
        ("3287.0", None, "after-as-of", "undated"),
    ]


@pytest.mark.parametrize(
    ("tokens", "corrected", "day"),
    [
        (["20240107", "3287.0"], {}, ""),
        (["20260712", "20270101", "20240107"], {}, "2026-07-12"),
        (["20260712", "3287.0"], {"3287.0": date(2026, 7, 1)}, "2026-07-01"),
        (["20260712"], {"20260712": date(2026, 6, 28)}, ""),
    ],
)
def test_the_day_on_which_the_next_issue_has_come_is_noted(store, raw_dir, tokens, corrected, day) -> None:
    for number, token in enumerate(tokens):
        write(raw_dir, number, card(number, token=token))
    taken_in(store, raw_dir, corrected)
    assert store.noted(COMES_ON) == day
    if day:
        on_that_day = replace(CALENDAR, as_of=date.fromisoformat(day))
        before = rows(store, "cards", "issue_date")
        taken_in(store, raw_dir, corrected, calendar=on_that_day)
        assert rows(store, "cards", "issue_date") != before
        assert store.noted(COMES_ON) > day or store.noted(COMES_ON) == ""


FLAGS = {
    "20231022": None,
    "20231111": "odd-weekday",
    "20231021": None,
    "20240107": None,
    "20230303": "older-than-article",
    "20231125": "older-than-article,odd-weekday",
}


def test_doubts_are_flagged_and_change_no_date(store, raw_dir) -> None:
    dated = {"20230303": "2024/01/05", "20231125": "2023/12/02"}
    for number, token in enumerate(FLAGS):
        address = f"{link(number)}/{dated.get(token, '')}"
        text = card(number, token=token).replace(link(number), address)
        (raw_dir / f"{card_id(address)}.md").write_text(text)
    taken_in(store, raw_dir)
    assert dict(rows(store, "cards", "issue_token", "issue_date_flags")) == FLAGS
    assert store.value("SELECT count(*) FROM parsed.cards WHERE issue_date IS NOT NULL") == len(FLAGS)


# Dates from drafts


def draft(raw_dir: Path, name: str, *bullets: str) -> Path:
    """Write a draft with some bullets, a heading in a line that begins with ##; returns the path."""
    path = raw_dir / "drafts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(one if one.startswith("#") else f"* {one}" for one in bullets))
    return path


def dated(store) -> dict[str, tuple[date | None, str | None, str | None, str | None]]:
    """Date, reason, source and flags of each card, by its token."""
    names = ("issue_date", "issue_date_reason", "issue_date_source", "issue_date_flags")
    return {token: tuple(rest) for token, *rest in rows(store, "cards", "issue_token", *names)}


def test_a_draft_dates_a_card_that_no_one_could_date(store, raw_dir) -> None:
    tokens = ["3287.0", "20290911", "20230231", "20220225", "", "20240107", "20990101"]
    for number, token in enumerate(tokens):
        write(raw_dir, number, card(number, token=token))
    draft(raw_dir, "20240121d.md", "x", *(f"[{number}]({link(number)})" for number in range(6)))
    taken_in(store, raw_dir)
    day = date(2024, 1, 21)
    assert dated(store) == {
        "3287.0": (day, "draft", "drafts/20240121d.md:2", None),
        "20290911": (day, "draft", "drafts/20240121d.md:3", None),
        "20230231": (day, "draft", "drafts/20240121d.md:4", None),
        "20220225": (day, "draft", "drafts/20240121d.md:5", None),
        "": (day, "draft", "drafts/20240121d.md:6", None),
        "20240107": (date(2024, 1, 7), None, None, "differs-from-draft"),
        "20990101": (None, "after-as-of", None, None),
    }
    assert rows(store, "cards", "issue_key", "is_counted") == [
        ("2024-01-07", True),
        *[("2024-01-21", True)] * 5,
        ("undated:20990101", False),
    ]


def test_of_several_drafts_the_earliest_with_a_date_that_can_be_true_dates_a_card(store, raw_dir) -> None:
    write(raw_dir, 1, card(1, token="3287.0"))
    bullet = f"[a]({link(1)})"
    draft(raw_dir, "20240204.md", bullet)
    draft(raw_dir, "20240121.md", "x", f"x\n  {bullet}, {bullet}")
    draft(raw_dir, "old/20240121.md", bullet)
    draft(raw_dir, "20220101.md", bullet)
    draft(raw_dir, "20290101.md", bullet)
    draft(raw_dir, "20240231.md", bullet)
    draft(raw_dir, "kelp.md", bullet)
    taken_in(store, raw_dir)
    assert dated(store) == {"3287.0": (date(2024, 1, 21), "draft", "drafts/20240121.md:3", None)}
    assert rows(store, "drafts", "path", "issue_token", "issue_date", "issue_date_reason") == [
        ("drafts/20220101.md", "20220101", None, "before-earliest-issue"),
        ("drafts/20240121.md", "20240121", date(2024, 1, 21), None),
        ("drafts/20240204.md", "20240204", date(2024, 2, 4), None),
        ("drafts/20240231.md", "20240231", None, "impossible-date"),
        ("drafts/20290101.md", "20290101", None, "after-as-of"),
        ("drafts/kelp.md", None, None, "no-token"),
        ("drafts/old/20240121.md", "20240121", date(2024, 1, 21), None),
    ]


def test_a_person_s_correction_wins_over_a_draft_and_holds_for_drafts_as_well(store, raw_dir) -> None:
    for number, token in enumerate(["3287.0", "6422.0", "20240218"]):
        write(raw_dir, number, card(number, token=token))
    draft(raw_dir, "20290121.md", *(f"[{number}]({link(number)})" for number in range(3)))
    corrections = {"3287.0": date(2024, 3, 3), "20290121": date(2024, 1, 21)}
    taken_in(store, raw_dir, corrections)
    assert dated(store) == {
        "3287.0": (date(2024, 3, 3), "corrected", None, "differs-from-draft"),
        "6422.0": (date(2024, 1, 21), "draft", "drafts/20290121.md:2", None),
        "20240218": (date(2024, 2, 18), None, None, "differs-from-draft"),
    }
    assert rows(store, "drafts", "issue_date", "issue_date_reason") == [(date(2024, 1, 21), "corrected")]


def test_a_card_whose_date_one_of_its_drafts_has_is_not_doubted(store, raw_dir) -> None:
    for number, token in enumerate(["20240204", "20240107", "20231023"]):
        write(raw_dir, number, card(number, token=token))
    draft(raw_dir, "20240121.md", f"[0]({link(0)})", f"[2]({link(2)})")
    draft(raw_dir, "20240204.md", f"[0]({link(0)})")
    draft(raw_dir, "tides.md", f"[1]({link(1)})")
    taken_in(store, raw_dir)
    assert {token: flags for token, (*_, flags) in dated(store).items()} == {
        "20240204": None,
        "20240107": None,
        "20231023": "odd-weekday,differs-from-draft",
    }


LINKED = {
    "as written": ("https://a.example/x?utm_source=y", "https://a.example/x?utm_source=y"),
    "cut at the first parenthesis": ("https://a.example/x_(y)", "https://a.example/x_(y"),
    "whole, with parentheses": ("https://a.example/x_(y)", "https://a.example/x_(y)"),
    "with a credential": ("https://a.example/?token=geheim", "https://a.example/?token=geheim"),
}


@pytest.mark.parametrize(("written", "named_by"), LINKED.values(), ids=LINKED)
def test_a_card_and_the_link_of_a_draft_belong_together_by_id(store, raw_dir, written, named_by) -> None:
    text = card(1, token="3287.0").replace(link(1), named_by)
    (raw_dir / f"{card_id(named_by)}.md").write_text(text)
    draft(raw_dir, "20240121.md", f"[x]({written})", "[y](https://a.example/other)")
    taken_in(store, raw_dir)
    assert [reason for _, reason, *_ in dated(store).values()] == ["draft"]
    assert rows(store, "draft_links", "position", "has_card") == [(1, True), (2, False)]


def test_a_card_with_a_name_of_its_own_belongs_to_the_draft_that_has_its_link(store, raw_dir) -> None:
    (raw_dir / "kelp.md").write_text(card(1, token="3287.0"))
    draft(raw_dir, "20240121.md", f"[x]({link(1)})")
    taken_in(store, raw_dir)
    assert dated(store) == {"3287.0": (date(2024, 1, 21), "draft", "drafts/20240121.md:1", None)}


def test_the_author_s_category_is_the_heading_over_a_link_or_what_its_bullet_says_in_bold(
    store, raw_dir
) -> None:
    for number in range(5):
        write(raw_dir, number, card(number, token=f"2024010{number}"))
    one = [f"[{number}]({link(number)})" for number in range(5)]
    draft(raw_dir, "kelp.md", f"**Art** : {one[0]}, {one[3]}")
    draft(
        raw_dir,
        "20240121.md",
        one[0],
        f"**AI** : {one[0]} and {one[1]}",
        "\n## Sea\n",
        f"**Eels** : {one[2]}",
    )
    draft(raw_dir, "20240107.md", f"**Life:** {one[1]}", one[2])
    taken_in(store, raw_dir)
    assert rows(store, "cards", "issue_token", "author_category") == [
        ("20240100", "AI"),
        ("20240101", "Life"),
        ("20240102", "Sea"),
        ("20240103", "Art"),
        ("20240104", None),
    ]


# Corrections that a person writes


def corrections(folder: Path, text: str | bytes) -> dict[str, date]:
    path = folder / "issue_dates.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_corrections(path, path.read_bytes())


def test_corrections_are_read_as_a_person_writes_them(tmp_path) -> None:
    assert corrections(tmp_path, "") == {}
    assert corrections(tmp_path, "token,date,reason\n") == {}
    text = (
        "\ufefftoken, date ,reason\r\n"
        '20250607 , 2026-06-07 ,"typed, wrongly"\r\n\r\n , ,\r\n'
        "3287.0,2025-02-02,\r\n"
    )
    expected = {"20250607": date(2026, 6, 7), "3287.0": date(2025, 2, 2)}
    assert corrections(tmp_path, text) == expected
    assert corrections(tmp_path, "token,date,reason\na,2024-01-07,x\na,2024-01-07,y\n") == {
        "a": date(2024, 1, 7)
    }


BAD = {
    "header": ("20250607,2026-06-07,why\n", ":1: the first line must be token,date,reason (with commas)"),
    "no date": (
        "token,date,reason\nx,2026-06-07,\ny,7 June,\n",
        ":3: '7 June' is no date; write it as 2026-",
    ),
    "impossible date": ("token,date,reason\nx,2026-02-30,\n", ":2: '2026-02-30' is no date"),
    "empty date": ("token,date,reason\nx,,\n", ":2: '' is no date"),
    "two cells": ("token,date,reason\nx,2026-06-07\n", ":2: 2 columns instead of 3; write a comma"),
    "four cells": ("token,date,reason\nx,2026-06-07,a,b\n", ":2: 4 columns instead of 3; put a value"),
    "no token": ("token,date,reason\n,2026-06-07,a\n", ":2: the token is empty; remove this row."),
    "two dates": ("token,date,reason\nx,2026-06-07,\nx,2026-06-14,\n", ":3: x has two dates; keep one."),
    "not UTF-8": (b"token,date,reason\nx,2026-06-07,caf\xe9\n", ":2: not UTF-8; save the file"),
    "UTF-16": ("token,date,reason\n".encode("utf-16"), ":1: not UTF-8; save the file"),
    "no CSV": (
        "token,date,reason\nx,2026-06-07," + "k" * 200_000,
        ":2: not readable as CSV (field larger than",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_corrections_that_cannot_be_read_say_where_and_what_to_do(tmp_path, text, said) -> None:
    with pytest.raises(BadInputFileError) as error:
        corrections(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'issue_dates.csv'}{said}")
    assert "\n" not in str(error.value)


# What is counted


def put(store, *cards: dict[str, object]) -> dict[str, tuple[str | None, str | None]]:
    """Derive cards that were read with some marks; returns reason and duplicate_of by card_id."""
    store.connection.execute("DELETE FROM internal.cards_read")
    for one in cards:
        own = str(one["card_id"])
        row = {
            "path": f"{own}.md",
            "line": 1,
            "form": "C",
            "article_hash": own[:32],
            "title": "Kelp",
            "issue_token": "20240107",
            "article_key": own[:32],
        } | one
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        store.connection.execute(
            f"INSERT INTO internal.cards_read ({names}) VALUES ({marks})", list(row.values())
        )
    calendar = Calendar(AS_OF, CALENDAR.earliest_issue, CALENDAR.sundays_from, ("own.example",))
    derive_cards(store, calendar, {})
    found = rows(store, "cards", "card_id", "not_counted_reason", "duplicate_of", "is_counted")
    assert all(is_counted == (reason is None) for _, reason, _, is_counted in found)
    return {own: (reason, duplicate_of) for own, reason, duplicate_of, _ in found}


A, B, C = ("a" * 32, "b" * 32, "c" * 32)
WALL = {"title": "Just a moment..."}
OWN = {"host": "own.example"}
UNDATED = {"issue_token": "3287.0"}


def test_the_first_reason_that_holds_is_the_reason(store) -> None:
    twins = {"article_key": "https://kelp.example"}
    found = put(
        store,
        {"card_id": A} | OWN | WALL | UNDATED | twins,
        {"card_id": B} | WALL | UNDATED | twins,
        {"card_id": C} | UNDATED | twins,
        {"card_id": "d" * 32, "form": "A"} | twins,
        {"card_id": "d" * 32 + "@1"} | twins,
        {"card_id": "e" * 32, "issue_token": "20240114"} | twins,
    )
    assert found == {
        A: ("own-page", None),
        B: ("wall-page", None),
        C: ("undated", None),
        "d" * 32: (None, None),
        "d" * 32 + "@1": ("older-version", "d" * 32),
        "e" * 32: ("duplicate-article", "d" * 32),
    }


def test_a_page_on_the_newsletter_s_own_host_is_an_own_page(store) -> None:
    found = put(
        store,
        {"card_id": A, "host": "news.example", "newsletter_host": "news.example"},
        {"card_id": B, "host": "other.example", "newsletter_host": "news.example"},
        {"card_id": C, "host": None, "newsletter_host": "news.example"},
    )
    assert [reason for reason, _ in found.values()] == ["own-page", None, None]


VERSIONS = {
    "no @ before a better form": ([(A, "other"), (f"{A}@2", "C")], A),
    "form before id": ([(f"{A}@1", "C"), (f"{A}@9", "B-src")], f"{A}@1"),
    "B-src before B-name": ([(f"{A}@9", "B-name"), (f"{A}@1", "B-src")], f"{A}@1"),
    "B-name before B-length": ([(f"{A}@9", "B-length"), (f"{A}@1", "B-name")], f"{A}@1"),
    "B-length before B-char": ([(f"{A}@9", "B-char"), (f"{A}@1", "B-length")], f"{A}@1"),
    "B-char before A": ([(f"{A}@9", "A"), (f"{A}@1", "B-char")], f"{A}@1"),
    "A before A0": ([(f"{A}@9", "A0"), (f"{A}@1", "A")], f"{A}@1"),
    "A0 before other": ([(f"{A}@9", "other"), (f"{A}@1", "A0")], f"{A}@1"),
    "then the greatest id": ([(f"{A}@1", "C"), (f"{A}@f", "C"), (f"{A}@9", "C")], f"{A}@f"),
}


def test_of_several_versions_the_best_one_counts(store) -> None:
    for about, (versions, best) in VERSIONS.items():
        found = put(store, *({"card_id": own, "form": form} for own, form in versions))
        expected = {own: (None, None) if own == best else ("older-version", best) for own, _ in versions}
        assert found == expected, about


def test_a_version_that_cannot_count_leaves_the_place_to_another(store) -> None:
    found = put(store, {"card_id": A} | UNDATED, {"card_id": f"{A}@1"})
    assert found == {A: ("undated", None), f"{A}@1": (None, None)}


def test_of_one_article_the_earliest_card_counts_and_in_one_issue_the_least_id(store) -> None:
    key = {"article_key": "https://kelp.example"}
    early, late = {"issue_token": "20240107"}, {"issue_token": "20240114"}
    found = put(
        store, {"card_id": A} | late | key, {"card_id": C} | early | key, {"card_id": B} | early | key
    )
    assert found == {A: ("duplicate-article", B), B: (None, None), C: ("duplicate-article", B)}


def test_an_older_version_takes_no_article_from_another_card(store) -> None:
    key = {"article_key": "https://kelp.example"}
    found = put(
        store,
        {"card_id": A, "issue_token": "20240114"} | key,
        {"card_id": f"{A}@1", "issue_token": "20230108"} | key,
        {"card_id": B, "issue_token": "20240107"} | key,
    )
    assert found == {A: ("duplicate-article", B), f"{A}@1": ("older-version", A), B: (None, None)}


TITLES = {
    "Just a moment...": True,
    "Attention Required! | Cloudflare": True,
    "Access denied": True,
    "404": True,
    "Are you a robot?": True,
    "Overview of Trial Subscription Features and Options": True,
    "Please enable JavaScript to go on": True,
    "PC Error: PAGE_FAULT_IN_NONPAGED_AREA": False,
    "The Moment Kelp Came Back": False,
    "Why Cookies Crumble": False,
    "A Trial of Robots in Court": False,
}


def test_wall_pages_are_known_by_their_titles(store) -> None:
    cards = [{"card_id": f"{number:032x}", "title": title} for number, title in enumerate(TITLES)]
    found = put(store, *cards)
    assert [reason == "wall-page" for reason, _ in found.values()] == list(TITLES.values())


def test_closest_entries_know_cards_by_id_and_by_article(store, raw_dir) -> None:
    closest = "\n\n## Closest\n\n" + "\n".join(
        f"* [{x}]({x})" for x in (card_id(link(2)), A, card_id(link(1)))
    )
    write(raw_dir, 1, card(1) + closest)
    taken_in(store, raw_dir)
    assert rows(store, "related_cards", "row_no", "is_known", "is_self") == [
        (1, False, False),
        (2, False, False),
        (3, True, True),
    ]
    (raw_dir / f"{card_id(link(2))}@1.md").write_text(card(2))
    taken_in(store, raw_dir)
    assert rows(store, "related_cards", "is_known") == [(False,), (True,), (True,)]
