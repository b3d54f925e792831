"""Numbers in words: shares with what they are shares of, intervals, and what a test says."""

from datetime import date

import pytest

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.periods import quarter_end, sentence, years


def plain(text: str) -> str:
    return text.replace(words.SPACE, " ").replace(words.MINUS, "-")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.004, "0.4 %"),
        (0.018, "1.8 %"),
        (0.02, "2 %"),
        (0.0996, "10 %"),
        (0.1649, "16 %"),
        (1, "100 %"),
    ],
)
def test_a_share_has_a_digit_behind_the_point_below_ten_percent(share, text) -> None:
    assert plain(words.percent(share)) == text


def test_a_share_says_of_what_and_how_sure() -> None:
    assert plain(words.share(12, 74, 0.0954, 0.2622)) == "12 of 74 cards, 16 % (9.5 to 26)"
    assert plain(words.counted(1, 2000, 0.0001, 0.0028)) == "1 of 2,000, 0.1 % (0 to 0.3)"


def test_nothing_is_said_of_a_share_of_no_cards() -> None:
    assert words.share(0, 0, None, None) == "no card that could name it"
    assert words.counted(0, 0, None, None) == "–"
    assert words.percent(None) == "–"


def test_differences_carry_their_sign() -> None:
    assert plain(words.points_interval(3.32, -9.63, 16.05)) == "+3.3 (-9.6 to 16)"
    assert plain(words.points(-0.04)) == "0"
    assert words.points(-3) == f"{words.MINUS}3"
    assert words.points_interval(None, None, None) == "–"


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(4, 20, 0.0806577, 0.4160174), (18, 20, 0.6989664, 0.9721335), (0, 30, 0, 0.11351339), (0, 0, 0, 1)],
)
def test_wilson_agrees_with_published_values(x, n, low, high) -> None:
    assert words.wilson(x, n, 1.959964) == pytest.approx((low, high), abs=1e-7)


def test_a_q_value_is_never_shown_as_zero() -> None:
    assert [words.q_value(q) for q in (None, 0.0000001, 0.0042, 0.1013, 0.5)] == [
        "–", "< 0.001", "0.004", "0.101", "0.50"
    ]  # fmt: skip
    assert words.q_said(0.0001) == "q < 0.001"
    assert words.q_said(0.0042) == "q = 0.004"


def topic(**values: object) -> dict[str, object]:
    return {
        "kind": "theme",
        "q_trend": 0.004,
        "family_size": 71,
        "log_odds_per_year": 0.5,
        "se": 0.1,
        "stage": "rising",
        "called_since": date(2025, 3, 2),
        "log_odds_recent": None,
        "q_recent": None,
        "called_by": "all",
        "q_called": values.get("q_trend", 0.004),
    } | values


YEARS = "from 6 of 120 cards (5 %) in 2022 to 9 of 25 (36 %) in 2026 so far"


def said(**values: object) -> str:
    return plain(words.direction(topic(**values), words.Years("went", YEARS, 1), n_recent=60, max_q=0.1))


def test_a_direction_is_said_as_it_is_called() -> None:
    assert said() == (
        f"It is rising, called so since 2 March 2025: its share went {YEARS}; "
        "that is very unlikely to be chance (q = 0.004)."
    )
    # Of two tests the one that it is called by.
    assert said(q_trend=0.4, called_by="recent", q_called=0.05) == (
        "It is rising, called so since 2 March 2025: the last 60 newsletter issues show it; that is "
        "unlikely to be chance (q = 0.050)."
    )
    # The first year has few cards, and the shares of both go the other way.
    assert said(stage="falling", log_odds_per_year=-0.5) == (
        "It is falling, called so since 2 March 2025: all newsletter issues together show it; that is very "
        "unlikely to be chance (q = 0.004)."
    )
    assert said(stage="fallen").startswith(
        "It fell, and is not shown to fall now, called so since 2 March 2025:"
    )
    assert said(stage="steady").startswith("It is level: ")
    assert said(stage="bursting").startswith(
        "It has been in a burst since 2 March 2025. Over all newsletter issues"
    )
    assert said(stage="unclear").startswith(
        "Over all newsletter issues its share moved by more than noise, though"
    )
    assert said(stage="dormant").startswith("Over all newsletter issues its share moved by more than noise,")
    assert said(stage="unclear", q_trend=0.1).startswith("Nothing can be said of its direction: its share")
    emerging = said(stage="emerging", q_called=0.02, family_size=None)
    assert emerging.startswith("It is emerging, called so since 2 March 2025")


def test_the_odds_behind_a_direction_are_said_apart() -> None:
    assert plain(words.odds(topic(), n_recent=60, z=1.959964)) == (
        "Each year the odds of a card naming it are multiplied by 1.65 (1.36 to 2.01)."
    )
    recent = topic(log_odds_recent=-0.5, se_recent=0.1, q_recent=0.3)
    assert plain(words.odds(recent, n_recent=60, z=1.959964)).endswith(
        "; in the last 60 newsletter issues alone they are multiplied by 0.61 (0.50 to 0.74), and the test "
        "of these alone has q = 0.30."
    )
    assert words.odds(topic(family_size=None), n_recent=60, z=1.96) == ""


def test_nothing_is_said_of_a_direction_that_was_not_tested() -> None:
    assert "too few cards" in said(family_size=None, q_trend=None, stage="thin")
    assert "cannot be told" in said(log_odds_per_year=None)


def test_days_and_quarters_are_written_alike_everywhere() -> None:
    assert plain(words.day(date(2026, 6, 1))) == "1 June 2026"
    assert plain(words.quarter(date(2026, 10, 1))) == "2026 Q4"
    assert words.day(None) == "no date"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2024, 1, 1), date(2024, 3, 31)),
        (date(2025, 10, 1), date(2025, 12, 31)),
        (date(2025, 4, 1), date(2025, 6, 30)),
    ],
)
def test_a_quarter_ends_on_its_last_day(start, end) -> None:
    assert quarter_end(start) == end


def quarter(start: date, x: int, n: int, is_partial: bool = False) -> dict[str, object]:
    low, high = words.wilson(x, n, 1.959964)
    return {
        "period_start": start, "x": x, "n": n, "share": x / n if n else None, "share_lo": low,
        "share_hi": high, "is_partial": is_partial,
    }  # fmt: skip


def test_a_line_is_told_by_its_first_last_and_largest_whole_quarter() -> None:
    quarters = [
        quarter(date(2024, 10, 1), 5, 5, is_partial=True),
        quarter(date(2025, 1, 1), 1, 10),
        quarter(date(2025, 4, 1), 6, 10),
        quarter(date(2025, 7, 1), 0, 0),
        quarter(date(2025, 10, 1), 2, 10),
    ]
    assert plain(sentence(quarters)) == (
        "In 2025 Q1 1 of 10 cards, 10 % (1.8 to 40); in 2025 Q4 2 of 10 cards, 20 % (5.7 to 51). "
        "The largest share is in 2025 Q2 6 of 10 cards, 60 % (31 to 83)."
    )


def of_years(*counted: tuple[int, int, int], incomplete: tuple[int, ...] = ()) -> tuple[str, int]:
    quarters = [quarter(date(year, 1, 1), x, n) for year, x, n in counted]
    found = years(quarters, incomplete)
    return plain(f"{found.verb} {found.said}"), found.sign


def test_years_are_told_with_their_cards_from_the_first_whole_one_on() -> None:
    ends = (2022, 4, 20), (2023, 22, 121), (2026, 36, 74)
    assert of_years(*ends, incomplete=(2022, 2026)) == (
        "went from 22 of 121 cards (18 %) in 2023 to 36 of 74 (49 %) in 2026 so far",
        1,
    )
    assert of_years(ends[0], ends[2], incomplete=(2022, 2026)) == (
        "went from 4 of 20 cards (20 %) in 2022 (incomplete) to 36 of 74 (49 %) in 2026 so far",
        1,
    )
    assert of_years(ends[0], incomplete=(2022,)) == ("is 4 of 20 cards (20 %) in 2022 so far", 0)


def test_the_largest_share_is_told_where_it_lies_between() -> None:
    assert of_years((2023, 4, 121), (2024, 9, 120), (2025, 11, 127), (2026, 1, 74)) == (
        "went from 4 of 121 cards (3.3 %) in 2023 to 1 of 74 (1.4 %) in 2026, "
        "by way of 11 of 127 (8.7 %) in 2025",
        -1,
    )
    # What is written alike does not differ.
    assert of_years((2023, 100, 1000), (2024, 101, 1000), (2025, 102, 1000)) == (
        "went from 100 of 1,000 cards (10 %) in 2023 to 102 of 1,000 (10 %) in 2025",
        0,
    )


def test_a_line_without_a_whole_quarter_says_so() -> None:
    assert sentence([quarter(date(2025, 1, 1), 1, 2, is_partial=True)]) == "No quarter is complete yet."
    assert sentence([]) == "No quarter is complete yet."
    assert plain(sentence([quarter(date(2025, 1, 1), 1, 2)])).startswith(
        "The one complete quarter is in 2025 Q1 1 of 2"
    )


@pytest.mark.parametrize(
    ("explained", "coincides", "text"),
    [
        (0, False, ""),
        (0.004, False, ""),
        (0.256, False, "Their mix explains 26 % of it."),
        (0, True, "They change with it, so they may be the cause."),
        (0.5, True, "They change with it, so they may be the cause. Their mix explains 50 % of it."),
    ],
)
def test_what_the_forms_have_to_do_with_a_shift_is_said(explained, coincides, text) -> None:
    assert plain(words.forms({"form_explains": explained, "same_as_form_change": coincides})) == text
