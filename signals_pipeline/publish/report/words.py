"""Numbers and findings in words: shares never without what they are shares of, nor without their interval."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from signals_pipeline.marts import models as marts
from signals_pipeline.marts import parameters
from signals_pipeline.parsed import models as parsed
from signals_pipeline.parsed import sections

SPACE = "\u00a0"
MINUS = "\u2212"

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

DATE_REASONS = parsed.DATE_REASONS
NOT_COUNTED_REASONS = parsed.NOT_COUNTED_REASONS
STAGES = marts.STAGES
CONFIDENCE = parameters.CONFIDENCE
MISSES = round(1 / (1 - parameters.LEVEL))
"""Of how many intervals one does not hold what it is of."""

RELEVANCY = (
    f"Relevancy is how strong the extractor, which made the cards from articles, rated a statement: from "
    f"{sections.LOWEST_RELEVANCY} (really weak) to {sections.HIGHEST_RELEVANCY} (strong). In some forms of "
    "cards it rated signals alone, in others nothing."
)

SECTIONS = {name: section.words for name, section in sections.SECTIONS.items()}
RELEVANCY_SCALE = sections.RELEVANCY_SCALE
STATEMENTS = sections.in_words(sections.STATEMENT_SECTIONS)


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}".replace("-", MINUS)


def count(value: int, one: str, many: str = "") -> str:
    """A number and what is counted: 1 card, 2 cards."""
    return f"{number(value)}{SPACE}{one if value == 1 else many or f'{one}s'}"


def be(value: int) -> str:
    """The verb for so many: is or are."""
    return "is" if value == 1 else "are"


def decimal(value: float | None, digits: int = 2) -> str:
    """A number with so many digits behind the point; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", MINUS)


def _hundredth(value: float) -> str:
    """A number of percent, with one digit behind the point below ten."""
    scaled = 100 * value
    text = f"{scaled:.1f}" if abs(scaled) < 9.95 else f"{scaled:.0f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text.replace("-", MINUS)


def percent(share: float | None) -> str:
    """A share in percent: 16 %, 1.8 %."""
    return "–" if share is None else f"{_hundredth(share)}{SPACE}%"


def interval(low: float | None, high: float | None) -> str:
    """The ends of a share's interval, in percent: 10 to 26."""
    if low is None or high is None:
        return "–"
    return f"{_hundredth(low)} to {_hundredth(high)}"


def share(x: int, n: int, low: float | None, high: float | None) -> str:
    """A share in full: 12 of 74 cards, 16 % (10 to 26)."""
    if not n:
        return "no card that could name it"
    return f"{number(x)} of {count(n, 'card')}, {rate(x, n, low, high)}"


def counted(x: int, n: int, low: float | None, high: float | None) -> str:
    """A share in a table: 12 of 74, 16 % (10 to 26)."""
    return f"{number(x)} of {number(n)}, {rate(x, n, low, high)}" if n else "–"


def rate(x: int, n: int, low: float | None, high: float | None) -> str:
    """A share beside its numbers: 16 % (10 to 26)."""
    return f"{percent(x / n)} ({interval(low, high)})" if n else "–"


def points(value: float | None) -> str:
    """A difference in percentage points, with its sign."""
    if value is None:
        return "–"
    text = _hundredth(value / 100)
    return text if text.startswith(MINUS) or text == "0" else f"+{text}"


def points_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A difference in percentage points with its interval: +3.3 (−9.6 to 16)."""
    if value is None or low is None or high is None:
        return "–"
    return f"{points(value)} ({_hundredth(low / 100)} to {_hundredth(high / 100)})"


def factor(log_odds: float, se: float, z: float) -> str:
    """By what the odds are multiplied in a year, with the interval: 1.76 (1.35 to 2.29)."""
    low, high = (math.exp(log_odds + sign * z * se) for sign in (-1, 1))
    return f"{decimal(math.exp(log_odds))} ({decimal(low)} to {decimal(high)})"


def listed(names: Sequence[str]) -> str:
    """Sections in a sentence: signals, concerns and behaviors."""
    *most, last = (SECTIONS[name] for name in names)
    return f"{', '.join(most)} and {last}" if most else last


def q_value(q: float | None) -> str:
    """A q-value: 0.004; a dash where nothing was tested."""
    if q is None:
        return "–"
    return "< 0.001" if q < 0.001 else f"{q:.3f}" if q < 0.1995 else f"{q:.2f}"


def q_said(q: float) -> str:
    """A q-value in a sentence: q = 0.004, q < 0.001."""
    return f"q {'' if q < 0.001 else '= '}{q_value(q)}"


class Years(NamedTuple):
    """The shares of the first and the last year in words, and 1 or -1 where the last is larger or smaller.

    The `verb` says whether the share `went` from one to the other, or `is` that of the one year there is.
    """

    verb: str
    said: str
    sign: int


_CALLED = {
    "rising": "It is rising",
    "falling": "It is falling",
    "risen": "It rose, and is not shown to rise now",
    "fallen": "It fell, and is not shown to fall now",
}


def direction(topic: Mapping[str, Any], years: Years, *, n_recent: int, max_q: float) -> str:
    """Where a topic goes, since when that is called so, and how sure it is.

    `n_recent` is how many newsletter issues are the recent ones; the odds behind it are in `odds`.
    """
    q, n_tested, stage = topic["q_trend"], topic["family_size"], topic["stage"]
    if stage == "emerging":
        return (
            f"It is emerging, called so since {day(topic['called_since'])}: the newsletter issues with it "
            f"crowd among the last ones; {_chance(topic['q_called'])}."
        )
    if n_tested is None:
        return "It is on too few cards for its direction to be told."
    if topic["log_odds_per_year"] is None or q is None:
        return "Its direction cannot be told from these cards."
    if stage in _CALLED:
        since = day(topic["called_since"])
        return f"{_CALLED[stage]}, called so since {since}: {shown(topic, years, n_recent=n_recent)}."
    if stage == "steady":
        return (
            "It is level: a year changes it by less than a percentage point, or by less than about a quarter."
        )
    burst = f"It has been in a burst since {day(topic['called_since'])}. " if stage == "bursting" else ""
    if q < max_q:
        little = "" if stage != "unclear" else ", though by little"
        shares = f", {years.said}" if _agree(topic, years) else ""
        moved = (
            f"Over all newsletter issues its share moved by more than noise{little}{shares}; {_chance(q)}."
        )
        return burst + moved
    tested = count(n_tested, f"tested {topic['kind']}")
    return (
        f"{burst}Nothing can be said of its direction: its share {years.verb} {years.said}; chance among "
        f"{tested} could well show as much ({q_said(q)})."
    )


def shown(topic: Mapping[str, Any], years: Years, *, n_recent: int) -> str:
    """What shows that a topic moves or moved, and how sure that is."""
    if topic["called_by"] == "recent":
        what = f"the last {n_recent} newsletter issues show it"
    else:
        what = (
            f"its share {years.verb} {years.said}"
            if _agree(topic, years)
            else "all newsletter issues together show it"
        )
    return f"{what}; {_chance(topic['q_called'])}"


def _agree(topic: Mapping[str, Any], years: Years) -> bool:
    """Whether the first and the last year differ as the trend of all goes; either may have few cards."""
    return bool(years.sign * topic["log_odds_per_year"] > 0)


def _chance(q: float) -> str:
    return f"that is {'very unlikely' if q < 0.01 else 'unlikely'} to be chance ({q_said(q)})"


def odds(topic: Mapping[str, Any], *, n_recent: int, z: float) -> str:
    """By what the odds of a topic are multiplied in a year, over all newsletter issues and the recent ones.

    Nothing where its trend was not tested.
    """
    if topic["family_size"] is None or topic["log_odds_per_year"] is None:
        return ""
    change = factor(topic["log_odds_per_year"], topic["se"], z)
    said = f"Each year the odds of a card naming it are multiplied by {change}"
    if topic["log_odds_recent"] is None:
        return f"{said}."
    of_late = factor(topic["log_odds_recent"], topic["se_recent"], z)
    q = q_said(topic["q_recent"])
    return (
        f"{said}; in the last {n_recent} newsletter issues alone they are multiplied by {of_late}, and the "
        f"test of these alone has {q}."
    )


def forms(shift: Mapping[str, Any]) -> str:
    """What the forms of the cards have to do with a level shift; nothing where they explain none of it."""
    explained = shift["form_explains"]
    said = f"Their mix explains {percent(explained)} of it." if explained >= 0.005 else ""
    if shift["same_as_form_change"]:
        said = f"They change with it, so they may be the cause. {said}".strip()
    return said


def day(value: date | None) -> str:
    """A day: 21 June 2026."""
    return "no date" if value is None else f"{value.day}{SPACE}{_MONTHS[value.month - 1]} {value.year}"


def quarter(value: date) -> str:
    """The quarter that begins on a day: 2026 Q2."""
    return f"{value.year}{SPACE}Q{(value.month + 2) // 3}"


def wilson(x: int, n: int, z: float) -> tuple[float, float]:
    """The ends of the Wilson interval of x / n; 0 and 1 without cards."""
    if n == 0:
        return 0.0, 1.0
    middle = x + z * z / 2
    half = z * math.sqrt(x * (n - x) / n + z * z / 4)
    return max(0.0, (middle - half) / (n + z * z)), min(1.0, (middle + half) / (n + z * z))
