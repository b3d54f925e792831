"""What the demonstration cards hold by construction: the topics, and how often each card carries them.

`planted()` says it without writing a card; `corpus.py` writes the cards. As there, everything follows from
the seed, and only `random.Random.random()` is used.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

DEFAULT_ISSUES = 48
DEFAULT_SEED = 20220710
FORMS = ("A0", "A", "B-char", "B-length", "B-name", "B-src", "C")

WAVE_RHO = 0.9
"""How much of a wave is left at the next issue."""

WAVE_SD = 0.6
"""Standard deviation of a wave, in log-odds."""

SEASON_LOG_ODDS = 0.6
"""How far a season goes above and below its level, in log-odds."""

SEASON_PEAK = date(2022, 6, 1)
"""A day on which a season is at its height; so is the same day of every year."""

NAMES = {"gig work": tuple(form for form in FORMS if form != "C"), "platform work": ("C",)}
"""The forms whose cards use this name for what has two names."""


@dataclass(frozen=True)
class PlantedTopic:
    """One topic with a known share in every newsletter issue.

    `shares[i]` is the probability with which each card of issue `i` carries the topic, whatever its form.
    `surfaces` are all spellings that occur in the lists; `topic` is in lower case and spelled out, as a
    person would name it. `start` and `end` are issues, `before` and `after` the levels of the `pattern`:

    * `flat`: the same share in every issue.
    * `rise`, `fall`: a straight line from the first issue to the last.
    * `burst`: another level from `start` to `end`.
    * `shift`: another level from `start` on.
    * `late`: nothing before `start`, and the same share in every issue since. It was born; it does not rise.
    * `halved`: flat, and half as much from `start` on, for the last third.
    * `waves`: attention that wanders about its level and comes back, an AR(1) process in log-odds. It moves,
      but what it did lately says little about what it does next.
    * `season`: above its level in one half of each year and below it in the other.
    * `names`: one of the two names of a thing that is flat. Which one a card uses depends on its form
      (`forms`) alone, and forms come and go, so the `shares` of both names move. `before` and `after` are the
      share among the cards of these forms, where nothing changes.
    """

    kind: str
    topic: str
    pattern: str
    start: date
    end: date
    before: float
    after: float
    surfaces: tuple[str, ...]
    shares: tuple[float, ...]
    forms: tuple[str, ...] = FORMS

    def share(self, issue_no: int, form: str) -> float:
        """The probability with which a card of this issue and form carries the topic."""
        if self.pattern == "names":
            return self.before if form in self.forms else 0.0
        return self.shares[issue_no]


@dataclass(frozen=True)
class PlantedIdea:
    """An idea that cards name in several phrasings, one of them at a time, as a keyword.

    `shares[i][j]` is the probability with which a card of issue `i` carries phrasing `j`, whatever its form.
    `sayings` are statements that say the same of it in other words.
    """

    name: str
    pattern: str
    phrasings: tuple[str, ...]
    sayings: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Planted:
    """What a corpus holds by construction: issue dates, topics, ideas, and defects by file name.

    `near` leads from the name of a file to that of another one, about the same story in another place.
    """

    seed: int
    issue_dates: tuple[date, ...]
    topics: tuple[PlantedTopic, ...]
    defects: dict[str, str] = field(default_factory=dict)
    ideas: tuple[PlantedIdea, ...] = ()
    near: dict[str, str] = field(default_factory=dict)


# Kind, pattern, levels, span as fractions of the issues (where the pattern has one), field, the topic in the
# notation of vocabulary.py, and its surfaces, each about half as frequent as the one before.
PLAN: tuple[tuple[str, str, float, float, float, float, str, str, str], ...] = (
    ("keyword", "rise", 0.02, 0.36, 0, 1, "machine intelligence", "S large language models: programs that "
     "continue any text they are given", "large language models|LLMs|Large Language Models|LLM"),
    ("keyword", "rise", 0.02, 0.34, 0, 1, "home energy", "D heat pumps: electric units that draw warmth from "
     "outside air", "heat pumps|heat pump|Heat pumps"),
    ("keyword", "rise", 0.03, 0.13, 0, 1, "streets", "D electric vehicles: cars and vans without an exhaust",
     "electric vehicles|EVs|Electric vehicles|electric vehicle"),
    ("keyword", "rise", 0.03, 0.12, 0, 1, "computing infrastructure", "S data centres: halls of servers that "
     "need power and water", "data centres|Data centres|data centre"),
    ("keyword", "fall", 0.36, 0.01, 0, 1, "arts and play", "s the metaverse: a virtual world that many firms "
     "once announced", "metaverse|Metaverse|the metaverse"),
    ("keyword", "fall", 0.13, 0.04, 0, 1, "work", "r remote work: office jobs done from home",
     "remote work|Remote work"),
    ("keyword", "burst", 0.01, 0.38, 0.56, 0.69, "medicine", "p bird flu: outbreaks on farms that are "
     "watched for a jump to humans", "bird flu|Bird flu"),
    ("keyword", "burst", 0.02, 0.25, 0.19, 0.35, "money and trade", "p supply chain disruption: parts and "
     "goods that arrive months late",
     "supply chain disruption|supply chain disruptions|Supply chain disruption"),
    ("keyword", "shift", 0.02, 0.2, 0.6, 1, "public life", "r age verification: proof of age before a page "
     "opens", "age verification|Age verification"),
    ("keyword", "shift", 0.2, 0.02, 0.42, 1, "money and trade", "R cryptocurrencies [cryptocurrency]: "
     "private tokens traded around the clock", "cryptocurrencies|cryptocurrency|Cryptocurrencies"),
    ("keyword", "flat", 0.18, 0.18, 0, 1, "machine intelligence", "s artificial intelligence: software "
     "that learns from examples", "AI|artificial intelligence|Artificial intelligence|A.I."),
    ("keyword", "flat", 0.1, 0.1, 0, 1, "water and weather", "p climate change: a warming that now shows in "
     "everyday plans", "climate change|Climate change"),
    ("keyword", "flat", 0.06, 0.06, 0, 1, "media", "p misinformation: false claims that look like news",
     "misinformation|Misinformation"),
    ("keyword", "flat", 0.04, 0.04, 0, 1, "mind and ageing", "p loneliness: the lack of people to call on",
     "loneliness|Loneliness"),
    ("keyword", "flat", 0.02, 0.02, 0, 1, "land and sea", "p biodiversity loss: the quiet disappearance of "
     "common species", "biodiversity loss|Biodiversity loss"),
    ("theme", "rise", 0.02, 0.36, 0, 1, "", "", "digital sovereignty|Digital sovereignty"),
    ("theme", "rise", 0.04, 0.13, 0, 1, "", "", "climate adaptation|Climate adaptation"),
    ("theme", "fall", 0.24, 0.02, 0, 1, "", "", "globalisation|Globalisation"),
    ("theme", "burst", 0.03, 0.3, 0.33, 0.46, "", "", "cost of living|Cost of living"),
    ("theme", "shift", 0.03, 0.2, 0.5, 1, "", "", "online safety|Online safety"),
    ("theme", "flat", 0.25, 0.25, 0, 1, "", "", "technology|Technology"),
    ("theme", "flat", 0.1, 0.1, 0, 1, "", "", "community|Community"),
    ("theme", "flat", 0.04, 0.04, 0, 1, "", "", "demographic change|Demographic change"),
    # What follows is drawn from another stream of numbers than what stands above (see FIRST_STREAM): a line
    # more leaves the cards without its topic as they were.
    ("keyword", "late", 0, 0.16, 0.5, 1, "machine intelligence", "S reasoning models: programs that write "
     "down their steps before they answer", "reasoning models|Reasoning models|reasoning model"),
    ("keyword", "halved", 0.2, 0.1, 0.67, 1, "money and trade", "s crowdfunding: small sums from many "
     "people for one plan", "crowdfunding|Crowdfunding"),
    ("keyword", "waves", 0.12, 0.12, 0, 1, "home energy", "s nuclear power: reactors that come in and out "
     "of favour", "nuclear power|Nuclear power"),
    ("keyword", "season", 0.12, 0.12, 0, 1, "medicine", "p hay fever: pollen that keeps whole offices "
     "sneezing", "hay fever|Hay fever"),
    ("keyword", "names", 0.14, 0.14, 0, 1, "work", "s gig work: paid errands handed out by an app",
     "gig work|Gig work"),
    ("keyword", "names", 0.14, 0.14, 0, 1, "work", "s platform work: paid errands handed out by an app",
     "platform work|Platform work"),
    ("theme", "late", 0, 0.14, 0.5, 1, "", "", "economic security|Economic security"),
    ("theme", "halved", 0.2, 0.1, 0.67, 1, "", "", "sustainability|Sustainability"),
    ("theme", "waves", 0.12, 0.12, 0, 1, "", "", "populism|Populism"),
    ("theme", "season", 0.12, 0.12, 0, 1, "", "", "tourism|Tourism"),
)  # fmt: skip

FIRST_STREAM = 23
"""How many lines of the plan are drawn from the stream of the article itself; the others have their own."""

N_PHRASINGS = 5
TIMES = 2.0
"""How many times as frequent as the next phrasing each is at first; at last it is the other way round."""

# Pattern (see `idea_shares`), levels of the share of the idea, its name, phrasings, and sayings. The
# demonstration has none of them.
IDEAS: tuple[tuple[str, float, float, str, str, tuple[str, ...]], ...] = (
    ("rise", 0.02, 0.06, "eating insects",
     "edible insects|insect protein|cricket flour|entomophagy|mealworm burgers", (
        "Crickets are ground to flour and baked into bread.",
        "Protein comes from larvae that are fed with kitchen scraps.",
        "Supermarkets sell burgers made of mealworms.",
        "Grasshoppers end up on plates in place of beef.",
        "What crawls on six legs becomes an ordinary dish.")),
    ("replaced", 0.15, 0.15, "meat from cells",
     "lab-grown meat|clean meat|cell-based meat|cultured meat|cultivated meat", (
        "Burgers grow from animal cells in a steel tank, and nothing is slaughtered.",
        "Steak is made in a bioreactor from a few cells of a cow.",
        "Meat is produced without animals, by multiplying their cells.",
        "Producers raise muscle tissue in vats in place of cattle on pastures.",
        "Chicken that never was a bird comes out of a fermenter.")),
)  # fmt: skip

# Until which issue date the weights hold. Forms follow the day on which a card was written, so they are not
# perfectly tied to the issue date.
FORM_WEIGHTS: tuple[tuple[date, tuple[tuple[str, float], ...]], ...] = (
    (date(2023, 6, 1), (("A", 0.4), ("B-name", 0.22), ("B-src", 0.15), ("C", 0.1), ("A0", 0.08),
                        ("B-length", 0.03), ("B-char", 0.02))),
    (date(2024, 10, 14), (("A", 0.28), ("B-name", 0.29), ("B-src", 0.21), ("C", 0.18), ("B-length", 0.02),
                          ("B-char", 0.02))),
    (date(2025, 3, 23), (("C", 0.38), ("B-name", 0.32), ("B-src", 0.18), ("A", 0.08), ("B-length", 0.02),
                         ("B-char", 0.02))),
    (date.max, (("C", 0.74), ("B-name", 0.14), ("B-src", 0.07), ("A", 0.05))),
)  # fmt: skip


def form_weights(issue: date, only: str | None = None) -> tuple[tuple[str, float], ...]:
    """How frequent each form is among the cards of an issue; `only` makes all cards of one form."""
    if only:
        return ((only, 1.0),)
    return next(weights for until, weights in FORM_WEIGHTS if issue < until)


_LAST_SUNDAY = date(2026, 6, 21)


def issue_dates(n_issues: int) -> tuple[date, ...]:
    """Sundays, spread evenly: from November 2022 when there are few, from June 2022 when there are many.

    Raises:
        ValueError: There are not as many Sundays between June 2022 and June 2026.
    """
    first = date(2022, 11, 6) if n_issues <= 190 else date(2022, 6, 5)
    weeks = (_LAST_SUNDAY - first).days // 7
    if not 2 <= n_issues <= weeks + 1:
        raise ValueError(f"n_issues is {n_issues}, possible are 2 to {weeks + 1}")
    return tuple(first + timedelta(weeks=round(i * weeks / (n_issues - 1))) for i in range(n_issues))


def _odds(share: float) -> float:
    return math.log(share / (1 - share))


def _share(log_odds: float) -> float:
    # Rounded, for exponentials differ in their last digit among machines, and sums among versions of Python.
    return round(1 / (1 + math.exp(-log_odds)), 9)


def _waves(level: float, n_issues: int, seed: int) -> list[float]:
    """The share in each issue of a topic whose log-odds wander about those of its level."""
    random = Random(seed).random
    shares, wave = [], 0.0
    for issue_no in range(n_issues):
        # Twelve uniform numbers less their mean: as good as normal, and of variance 1.
        noise = sum(random() for _ in range(12)) - 6
        fresh = math.sqrt(1 - WAVE_RHO**2) if issue_no else 1.0
        wave = WAVE_RHO * wave + fresh * WAVE_SD * noise
        shares.append(_share(_odds(level) + wave))
    return shares


def _season(level: float, dates: Sequence[date]) -> list[float]:
    """The share in each issue of a topic that comes once a year."""
    turns = [(day - SEASON_PEAK).days / 365.25 for day in dates]
    return [_share(_odds(level) + SEASON_LOG_ODDS * math.cos(math.tau * turn)) for turn in turns]


def idea_shares(pattern: str, before: float, after: float, part: float) -> tuple[float, ...]:
    """The shares of the five phrasings of an idea when a part of the time has passed.

    * `rise`: the log-odds of the idea go in a straight line, and its phrasings are equally frequent.
    * `replaced`: the idea is flat, and each phrasing gives way to the next one, evenly in log-odds (Fisher
      and Pry 1971, Technological Forecasting and Social Change 3, 75-88).
    """
    share = _share(_odds(before) + (_odds(after) - _odds(before)) * part)
    times = TIMES ** (2 * part - 1) if pattern == "replaced" else 1.0
    weights = [times**no for no in range(N_PHRASINGS)]
    return tuple(round(share * weight / sum(weights), 9) for weight in weights)


def planted_ideas(n_issues: int) -> tuple[PlantedIdea, ...]:
    """The ideas that are planted in so many issues."""
    parts = [i / (n_issues - 1) for i in range(n_issues)]
    return tuple(
        PlantedIdea(
            name,
            pattern,
            tuple(phrasings.split("|")),
            sayings,
            tuple(idea_shares(pattern, before, after, part) for part in parts),
        )
        for pattern, before, after, name, phrasings, sayings in IDEAS
    )


def planted(
    n_issues: int = DEFAULT_ISSUES,
    seed: int = DEFAULT_SEED,
    form: str | None = None,
    *,
    with_ideas: bool = False,
) -> Planted:
    """What `corpus.generate` plants in so many issues, without the defects; nothing is written.

    The seed moves `waves` alone, and `form`, where all cards are to have one, `names`. `near` is found when
    the cards are.
    """
    dates = issue_dates(n_issues)
    last = n_issues - 1
    topics = []
    for line_no, (kind, pattern, before, after, begin, end, _, _, surfaces) in enumerate(PLAN):
        first_no, last_no = round(begin * last), round(end * last)
        spellings = tuple(surfaces.split("|"))
        forms = NAMES[spellings[0]] if pattern == "names" else FORMS
        if pattern in ("rise", "fall"):
            shares = [before + (after - before) * i / last for i in range(n_issues)]
        elif pattern == "waves":
            shares = _waves(before, n_issues, seed * 1_000_003 + 750_000_000 + line_no)
        elif pattern == "season":
            shares = _season(before, dates)
        elif pattern == "names":
            weights = [form_weights(day, form) for day in dates]
            shares = [before * sum(weight for one, weight in pairs if one in forms) for pairs in weights]
        else:
            shares = [after if first_no <= i <= last_no else before for i in range(n_issues)]
        name = "artificial intelligence" if spellings[0] == "AI" else spellings[0]
        start, stop = dates[first_no], dates[last_no]
        topics.append(
            PlantedTopic(kind, name, pattern, start, stop, before, after, spellings, tuple(shares), forms)
        )
    return Planted(seed, dates, tuple(topics), ideas=planted_ideas(n_issues) if with_ideas else ())
