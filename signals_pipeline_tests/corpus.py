"""Generator of demonstration cards: invented articles in the shapes of real ones, with known trends in them.

`python -m signals_pipeline_tests.corpus FOLDER` writes the cards; `data/demo` is its default output.
Everything follows from the seed. Only `random.Random.random()` is used, the one method whose sequence Python
promises to keep, so the bytes are the same on every machine and every version.

Slots of the templates here and in `vocabulary.py`, all filled from one topic and its field: `{t}` the name,
`{T}` the same at the start of a sentence, `{N}` in title case, `{stem}` for compounds, `{gloss}`, `{Gloss}`;
`{is} {has} {s} {es} {it} {them} {its}` agree with the name; `{actors} {Actors} {ActorsN}`, the same for
`{people}`, and `{setting} {Setting}` come from the field.
"""

import argparse
import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from signals_pipeline_tests import vocabulary
from signals_pipeline_tests.plants import (
    DEFAULT_ISSUES,
    DEFAULT_SEED,
    FIRST_STREAM,
    PLAN,
    Planted,
    PlantedIdea,
    PlantedTopic,
    form_weights,
    planted,
)

DEFAULT_CARDS = 480
NEWSLETTER = "https://newsletter.example.org/p/"

T = TypeVar("T")


# ---------------------------------------------------------------------------------------------------------
# Drawing


class Draw:
    """Choices from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def some(self, items: Sequence[T], k: int) -> list[T]:
        """At most k different items in random order."""
        rest = list(items)
        k = min(k, len(rest))
        for i in range(k):
            j = i + int(self.random() * (len(rest) - i))
            rest[i], rest[j] = rest[j], rest[i]
        return rest[:k]

    def weighted(self, weights: Sequence[tuple[T, float]]) -> T:
        """One of the items by weight; the weights add up to 1."""
        u = self.random()
        for item, weight in weights:
            u -= weight
            if u < 0:
                return item
        return weights[-1][0]


# ---------------------------------------------------------------------------------------------------------
# Vocabulary


@dataclass
class Topic:
    """A topic that articles are about; `slots` are the template slots that depend on it alone."""

    keyword: str
    stem: str
    group: str
    home: "Field"
    slots: dict[str, str]


@dataclass
class Field:
    """A field of topics with the people, places, pressures and technologies that belong to it."""

    name: str
    category: str
    lists: dict[str, list[str]]
    topics: list[Topic] = field(default_factory=list)


_SMALL_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with")
)


def title_case(text: str) -> str:
    """The text with capitals as in a headline; words that have capitals already stay as they are."""
    words = text.split(" ")
    return " ".join(w if i and w in _SMALL_WORDS else w[:1].upper() + w[1:] for i, w in enumerate(words))


def upper_first(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name.removesuffix("s")


def _topic(line: str, home: Field) -> Topic:
    """The topic that a line of the vocabulary describes."""
    match = re.fullmatch(r"([a-zA-Z]) ([^:\[]+?)(?: \[(.+)\])?: (.+)", line)
    assert match, line
    letter, name, stem, gloss = match.groups()
    plural = letter.isupper()
    keyword = name.removeprefix("the ")
    stem = stem or (_singular(keyword) if plural else keyword)
    title = "the " + title_case(keyword) if keyword != name else title_case(name)
    slots = {
        "t": name,
        "T": upper_first(name),
        "N": title,
        "stem": stem,
        "gloss": gloss,
        "Gloss": upper_first(gloss),
        "is": "are" if plural else "is",
        "has": "have" if plural else "has",
        "s": "" if plural else "s",
        "es": "" if plural else "es",
        "it": "they" if plural else "it",
        "them": "them" if plural else "it",
        "its": "their" if plural else "its",
    }
    group = "D" if letter == "D" else letter.lower()
    return Topic(keyword, stem, group, home, slots)


def _load_fields() -> dict[str, Field]:
    fields: dict[str, Field] = {}
    current = Field("", "", {})
    for line in vocabulary.FIELDS.strip().splitlines():
        word, _, rest = line.partition(" ")
        if word == "=":
            name, category = rest.split(" | ")
            current = fields[name] = Field(name, category, {})
        elif word in ("themes", "actors", "people", "settings"):
            current.lists[word] = rest.split("; ")
        elif word in ("drivers", "tech"):
            current.lists.setdefault(word, []).append(rest)
        elif line:
            current.topics.append(_topic(line, current))
    return fields


def _load_angles() -> dict[str, list[dict[str, list[str]]]]:
    """Angles by group of topics: the classes of the vocabulary, `d` without and `D` with a plural."""
    by_group: dict[str, list[dict[str, list[str]]]] = {group: [] for group in "sdDrkp"}
    for block in vocabulary.ANGLES.strip().split("\n\n"):
        head, *lines = block.splitlines()
        angle: dict[str, list[str]] = {}
        for line in lines:
            key, _, text = line.partition(" ")
            angle.setdefault(key, []).append(text)
        for letter in head.removeprefix("@ "):
            for group in "dD" if letter == "d" else letter:
                by_group[group].append(angle)
    return by_group


_FIELDS = _load_fields()
_FIELD_LIST = list(_FIELDS.values())
_ANGLES = _load_angles()
_PLANTED_TOPICS = [_topic(line, _FIELDS[home]) if line else None for *_, home, line, _ in PLAN]

_SITES_OF = {
    name: [
        host
        for host, fields in vocabulary.SITES
        for _ in range(3 if fields else 1)
        if not fields or name in fields
    ]
    for name in _FIELDS
}

_TEN_YEARS = ("", "", "In ten years, ", "Within a decade, ", "Ten years on, ", "By the mid-2030s, ")
_CHANGES = ("From {} to {}.", "Shift from {} to {}.", "Moving from {} to {}.", "A move from {} to {}.")
_TYPES = (
    ("blog post", 0.55),
    ("news", 0.26),
    ("research article", 0.15),
    ("others", 0.03),
    ("social network", 0.01),
)
_RELEVANCY = ((4, 0.46), (5, 0.31), (3, 0.21), (2, 0.02))


# ---------------------------------------------------------------------------------------------------------
# An article and what is read out of it


def md5_of(url: str) -> str:
    """The id of a card: the MD5 of its link as Python prints its bytes."""
    return hashlib.md5(f"b'{url}'".encode(), usedforsecurity=False).hexdigest()


@dataclass
class Card:
    """Everything that a card file shows."""

    form: str
    token: str
    title: str
    url: str
    keywords: list[str]
    themes: list[str]
    category: str
    type: str
    summary: str
    # Each row: the cells of its columns, then the relevancy.
    sections: dict[str, list[list[str]]]

    @property
    def card_id(self) -> str:
        """The file name without its ending."""
        return md5_of(self.url)


@dataclass
class Article:
    """What an article is about, with template slots for each of its topics (the first is the main one)."""

    topics: list[tuple[Topic, dict[str, str]]]
    carried: list[PlantedTopic]
    home: Field
    town: str
    org: str
    title: str
    url: str
    title_angle: dict[str, list[str]]


def _slots(draw: Draw, topic: Topic) -> dict[str, str]:
    lists = topic.home.lists
    actors, people, setting = (
        draw.pick(lists["actors"]),
        draw.pick(lists["people"]),
        draw.pick(lists["settings"]),
    )
    return topic.slots | {
        "actors": actors,
        "Actors": upper_first(actors),
        "ActorsN": title_case(actors),
        "people": people,
        "People": upper_first(people),
        "PeopleN": title_case(people),
        "setting": setting,
        "Setting": upper_first(setting),
    }


def _main_topics(draw: Draw, carried: list[Topic]) -> list[Topic]:
    """The topics of an article: one or two of a field, and the planted keywords that it carries."""
    if carried and draw.chance(0.8):
        lead = draw.pick(carried)
        home = lead.home
        others = [topic for topic in carried if topic is not lead]
        own = draw.some(home.topics, 2)
        # The planted keyword leads in half of the cards and accompanies in the others.
        return [lead, *own[:1], *others] if draw.chance(0.5) else [own[0], lead, *others]
    return [*draw.some(draw.pick(_FIELD_LIST).topics, 2), *carried]


def _url(draw: Draw, host: str, title: str, no: int, issue: date) -> str:
    """A link on the host; a date in it lies before the issue."""
    plain = title.lower().replace("é", "e").replace("'", "")
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")
    # The number makes the link unique among all cards.
    slug = f"{slug}-{1000 + no}"
    if "substack" in host:
        path = f"p/{slug}"
    else:
        day = issue - timedelta(days=draw.between(2, 16))
        path = draw.pick(
            (f"{day:%Y/%m}/{slug}", f"{day:%Y/%m/%d}/{slug}", f"articles/{slug}", slug, f"stories/{slug}")
        )
    tracking = "?utm_source=newsletter&utm_medium=email" if draw.chance(0.2) else ""
    return f"https://{host}/{path}{tracking}"


def _article(plan: Planted, no: int, issue_no: int, form: str) -> Article:
    """The article number `no`; its planted topics are drawn first, each with its own probability."""
    draw, later = (Draw(plan.seed * 1_000_003 + no + offset) for offset in (0, 250_000_000))
    shares = [topic.share(issue_no, form) for topic in plan.topics]
    flags = [draw.chance(share) for share in shares[:FIRST_STREAM]]
    flags += [later.chance(share) for share in shares[FIRST_STREAM:]]
    carried = [topic for topic, flag in zip(plan.topics, flags, strict=True) if flag]
    subjects = [topic for topic, flag in zip(_PLANTED_TOPICS, flags, strict=True) if flag and topic]
    topics = [(topic, _slots(draw, topic)) for topic in _main_topics(draw, subjects)]
    main, slots = topics[0]
    angle = draw.pick(_ANGLES[main.group])
    town = draw.pick(vocabulary.TOWN_HEADS) + draw.pick(vocabulary.TOWN_TAILS)
    title = draw.pick(vocabulary.TITLES).format_map(
        slots
        | {
            "angle": upper_first(draw.pick(angle["n"]).format_map(slots)),
            "town": town,
        }
    )
    return Article(
        topics,
        carried,
        main.home,
        town,
        f"{draw.pick(vocabulary.ORG_HEADS)} {draw.pick(vocabulary.ORG_TAILS)}",
        upper_first(title),
        _url(draw, draw.pick(_SITES_OF[main.home.name]), title, no, plan.issue_dates[issue_no]),
        angle,
    )


def _summary(draw: Draw, article: Article) -> str:
    """Three to six sentences on the article."""
    main, slots = article.topics[0]
    facts = slots | {
        "org": article.org,
        "town": article.town,
        "n": draw.pick(("three", "four", "five", "six", "seven", "eight")),
    }
    opening = "p" if main.group == "p" else "s"
    evidence = {"r": "r", "k": "r", "p": "p"}.get(main.group, "s")
    sentences = [
        draw.pick(vocabulary.OPENINGS[opening]),
        draw.pick(vocabulary.EVIDENCE[evidence]),
        draw.pick(article.title_angle["s"]),
    ]
    text = [sentence.format_map(facts) for sentence in sentences]
    if len(article.topics) > 1:
        topic, other = article.topics[1]
        text.append(
            draw.pick(vocabulary.SECOND if topic.home is main.home else vocabulary.CONTEXT).format_map(other)
        )
    text.extend(draw.pick(vocabulary.CONTEXT).format_map(other) for _, other in article.topics[2:3])
    themes = [topic.topic for topic in article.carried if topic.kind == "theme"]
    if themes and len(text) < 6:
        text.append(draw.pick(vocabulary.WIDER).format(theme=draw.pick(themes)))
    if len(text) < 6 and draw.chance(0.7):
        text.append(draw.pick(vocabulary.CLOSINGS))
    return " ".join(text)


def _spelling(draw: Draw, surfaces: Sequence[str]) -> str:
    """One of the surfaces, each about half as likely as the one before."""
    for surface in surfaces[:-1]:
        if draw.chance(0.55):
            return surface
    return surfaces[-1]


def _varied(draw: Draw, keyword: str, singular: str) -> str:
    """The keyword as a list may have it: mostly plain, sometimes a capital, the singular or quotes."""
    u = draw.random()
    if u < 0.05:
        return upper_first(keyword)
    if u < 0.09:
        return singular
    return f'"{keyword}"' if u < 0.095 else keyword


def _distinct(terms: Sequence[str], limit: int) -> list[str]:
    """The first terms that differ by more than case, at most so many."""
    seen: dict[str, str] = {}
    for term in terms:
        seen.setdefault(term.casefold().strip('"'), term)
    return list(seen.values())[:limit]


def _keywords(draw: Draw, article: Article, limit: int) -> list[str]:
    """The keyword list: planted ones, topics, their aspects, and names that occur in the text."""
    fixed = [_spelling(draw, topic.surfaces) for topic in article.carried if topic.kind == "keyword"]
    own = [topic for topic, _ in article.topics if topic not in _PLANTED_TOPICS]
    terms = [_varied(draw, topic.keyword, topic.stem) for topic in own if draw.chance(0.85)]
    aspects = []
    for topic, _ in article.topics[:3]:
        # Planted topics are many; were their aspects as frequent, these would be the most common keywords.
        for angle in draw.some(_ANGLES[topic.group], 1 if topic in _PLANTED_TOPICS else 7):
            aspect = draw.pick(angle["k"])
            # "worker cooperative cooperatives" and the like are left out.
            words = [word for word in aspect.split() if "{" not in word]
            if not any(word[:4] in topic.slots["t"] for word in words):
                aspects.append(aspect.format(stem=topic.stem, t=topic.keyword))
    names = [name for name in (article.town, article.org) if draw.chance(0.5)]
    tech = [draw.pick(article.home.lists["tech"]).partition(":")[0]] if draw.chance(0.15) else []
    near = [draw.pick(article.home.topics).keyword for _ in range(2) if draw.chance(0.5)]
    rest = [*names, *near, *(name[:1].lower() + name[1:] for name in tech)]
    room = max(limit - len(fixed), 2)
    others = _distinct(terms + draw.some(rest + draw.some(aspects, room), 20), room)
    return _distinct(draw.some(fixed + others, 30), 30)


def _themes(draw: Draw, article: Article, limit: int) -> list[str]:
    """The theme list: planted themes and those of the field."""
    fixed = [_spelling(draw, topic.surfaces) for topic in article.carried if topic.kind == "theme"]
    others = draw.some(article.home.lists["themes"], max(limit - len(fixed), 1))
    if draw.chance(0.15):
        others = [upper_first(theme) for theme in others]
    return draw.some(fixed + others, 20)


def _subjects(
    draw: Draw, article: Article, k: int
) -> Iterator[tuple[Topic, dict[str, str], dict[str, list[str]]]]:
    """Topic, slots and angle for k rows: most about the main topic, some about others, no angle twice."""
    others = article.topics[1:]
    n_other = min(len(others), 1 if k < 5 else 2)
    counts = [(article.topics[0], k - n_other), *((pair, 1) for pair in draw.some(others, n_other))]
    used: list[dict[str, list[str]]] = []
    for (topic, slots), n in counts:
        for angle in draw.some([angle for angle in _ANGLES[topic.group] if angle not in used], n):
            used.append(angle)
            yield topic, slots, angle


def _signals(draw: Draw, article: Article, k: int) -> list[list[str]]:
    rows = []
    for topic, slots, angle in _subjects(draw, article, k):
        before, after = draw.pick(angle["c"]).format_map(slots).split(" => ")
        lead = draw.pick(_TEN_YEARS)
        later = draw.pick(angle["y"]).format_map(slots)
        force = draw.pick(topic.home.lists["drivers"]) if draw.chance(0.4) else draw.pick(angle["f"])
        rows.append(
            [
                upper_first(draw.pick(angle["n"]).format_map(slots)),
                draw.pick(angle["d"]).format_map(slots),
                draw.pick(_CHANGES).format(before, after),
                lead + later if lead else upper_first(later),
                force.format_map(slots),
                str(draw.weighted(_RELEVANCY)),
            ]
        )
    return rows


def _named_rows(draw: Draw, article: Article, k: int, prefix: str) -> list[list[str]]:
    """Rows of concerns (`c`), behaviors (`b`) or emerging issues (`i`)."""
    rows = []
    for _, slots, angle in _subjects(draw, article, k):
        which = draw.between(0, 1)
        name = upper_first(angle[prefix + "n"][which].format_map(slots))
        text = upper_first(angle[prefix + "t"][which].format_map(slots))
        rows.append([name, text, str(draw.weighted(_RELEVANCY))])
    return rows


def _technologies(draw: Draw, article: Article, k: int) -> list[list[str]]:
    """The topics that are technologies in a wide sense, then others of the field."""
    rows = []
    for topic, slots in article.topics[:2]:
        if topic.group in "sdD":
            rows.append([upper_first(slots["N"]), draw.pick(vocabulary.TECH_OF_TOPIC).format_map(slots)])
    lines = article.home.lists["tech"] + [draw.pick(vocabulary.GENERAL_TECH)]
    pool = [[title_case(name), text] for name, _, text in (line.partition(": ") for line in lines)]
    pool.extend(
        [upper_first(topic.slots["N"]), topic.slots["Gloss"] + "."]
        for topic in draw.some(article.home.topics, 4)
        if topic.group in "sdD" and all(topic is not other for other, _ in article.topics)
    )
    rows += draw.some(pool, max(k - len(rows), 1))
    return [[*row, str(draw.weighted(_RELEVANCY))] for row in rows]


def _card(draw: Draw, article: Article, form: str, token: str) -> Card:
    """The card of an article: what a reader with this draw takes out of it."""
    old = form in ("A0", "A")
    sections = {"Signals": _signals(draw, article, draw.between(4, 8) if old else draw.between(5, 7))}
    if not old and form != "B-char":
        if form == "C" or (form != "B-length" and draw.chance(0.85)):
            sections["Concerns"] = _named_rows(draw, article, draw.between(4, 8), "c")
        sections["Behaviors"] = _named_rows(draw, article, draw.between(5, 8), "b")
        sections["Technologies"] = _technologies(draw, article, draw.between(3, 7))
        sections["Issues"] = _named_rows(draw, article, draw.between(4, 8), "i")
    return Card(
        form=form,
        token=token,
        title=article.title,
        url=article.url,
        keywords=_keywords(draw, article, 10 if old else draw.between(5, 8)),
        themes=_themes(draw, article, 3 if old else draw.between(3, 5)),
        category=article.home.category if draw.chance(0.9) else "others",
        type=draw.weighted(_TYPES),
        summary=_summary(draw, article),
        sections=sections,
    )


# ---------------------------------------------------------------------------------------------------------
# Writing a card


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A pipe table, padded by characters as pandas writes it; only relevancy is set to the right."""
    widths = [
        max(len(h) + 2, *map(len, column)) for h, column in zip(headers, zip(*rows, strict=True), strict=True)
    ]
    if "relevancy" not in headers:
        line = "| " + " | ".join(f"{{:<{width}}}" for width in widths) + " |"
        rule = "|" + "|".join(":" + "-" * (width + 1) for width in widths) + "|"
    else:
        right = [header == "relevancy" for header in headers]
        line = (
            "| "
            + " | ".join(f"{{:{'>' if r else '<'}{w}}}" for r, w in zip(right, widths, strict=True))
            + " |"
        )
        rule = (
            "|"
            + "|".join(
                "-" * (w + 1) + ":" if r else ":" + "-" * (w + 1) for r, w in zip(right, widths, strict=True)
            )
            + "|"
        )
    return "\n".join([line.format(*headers), rule, *(line.format(*row) for row in rows)])


_SIGNALS_A = ("Signal", "Change", "10y horizon", "Driving force")
_SIGNALS_B = ("name", "description", "change", "10-year", "driving-force", "relevancy")


def _section_table(card: Card, section: str) -> str:
    """The table of a section with the columns that the card's form has."""
    rows = card.sections[section]
    if section == "Signals" and card.form in ("A0", "A"):
        # Old cards have short cells without a full stop and no description.
        return _table(_SIGNALS_A, [[row[0], *(cell.rstrip(".") for cell in row[2:5])] for row in rows])
    if section == "Signals":
        return _table(_SIGNALS_B, rows)
    if card.form == "C":
        return _table(("name", "description"), [row[:2] for row in rows])
    # Of the cards in form B-length a quarter has the technologies of form B-src.
    if section == "Technologies" and (
        card.form == "B-src" or (card.form == "B-length" and card.card_id[0] in "0123")
    ):
        return _table(("description", "relevancy", "src"), [[row[1], row[2], card.card_id] for row in rows])
    return _table(("name", "description", "relevancy"), rows)


def _bullets(terms: Sequence[str], form: str) -> str:
    """A list; form B-char has lost the joints of its lists and shows one character a bullet."""
    items = ",".join(terms) if form == "B-char" else terms
    return "\n".join("* " + item for item in items)


def _render(card: Card, closest: Sequence[tuple[str, str]]) -> str:
    """The text of the card file, without a line feed at the end."""
    page = f"[{card.token}]({NEWSLETTER}{card.token})"
    lists = [
        "## Keywords\n\n" + _bullets(card.keywords, card.form),
        "## Themes\n\n" + _bullets(card.themes, card.form),
    ]
    summary = "## Summary\n\n" + card.summary
    tables = [f"## {name}\n\n{_section_table(card, name)}" for name in card.sections]
    link = f"__[External link]({card.url})__\n\n"
    if card.form in ("A0", "A"):
        near = "\n".join(f"* [{label}]({target})" for label, target in closest)
        body = [summary, *lists, *tables, "## Closest\n\n" + near]
        if card.form == "A0":
            return "\n\n".join([f"# {card.card_id} from ({page}.)", *body])
        return "\n\n".join([f"# __{card.title}__, from ({page}.)", link, *body])
    other = f"## Other\n\n* Category: {card.category}\n* Type: {card.type}"
    heading = f"from ({page}.)" if card.form in ("B-char", "B-length") else f"(from page {page}.)"
    return "\n\n".join([f"# __{card.title}__, {heading}", link, *lists, other, summary, *tables])


# ---------------------------------------------------------------------------------------------------------
# Defects


def _wall(card: Card) -> None:
    card.title = "Verify you are human to continue"
    card.category, card.type = "technology", "error message"
    card.keywords = ["verification", "security check", "browser", "cookies", "access"]
    card.themes = ["access control", "web security", "bots"]
    card.summary = (
        "The page asks visitors to confirm that they are human before it shows anything. It mentions cookies "
        "and a security check of the connection, and gives a reference number for support. The article that "
        "the link leads to is not visible."
    )
    signal = [
        ["Growth of Human Checks", "Pages ask for a check before they show any text.",
         "From open pages to gated ones.", "Reading without an account may be rare.",
         "Traffic by programs that copy whole sites.", "3"],
        ["Silent Browser Tests", "The connection is examined without any question.",
         "From puzzles to silent tests.", "Browsers may vouch for their users.",
         "Puzzles that programs solve faster than people.", "2"],
    ]  # fmt: skip
    card.sections = {
        "Signals": signal,
        "Concerns": [["Loss of Access", "People who fail the check cannot read the page.", "3"]],
        "Behaviors": [["Giving Up", "Visitors close the page when a check takes too long.", "3"]],
        "Technologies": [["Human Verification", "A check that tells people from programs.", "4"]],
        "Issues": [["Gated Reading", "Checks stand between readers and public texts.", "3"]],
    }


def _token_letter(card: Card) -> None:
    card.token += "d"


def _future_token(card: Card) -> None:
    card.token = "2029" + card.token[4:]


def _relevancy_nine(card: Card) -> None:
    card.sections["Signals"][1][-1] = "9"


def _quoted_keywords(card: Card) -> None:
    card.keywords = [f'"{keyword.strip(chr(34))}"' for keyword in card.keywords]


def _own_page(card: Card) -> None:
    card.title = "A Look Back at Earlier Issues of This Newsletter"
    card.url = f"{NEWSLETTER}20221106"


def _bare_pipe(card: Card) -> None:
    card.sections["Signals"][0][1] = (
        "Notes in the margin sort every offer into keep||drop, and most readers drop."
    )


# What is wrong, the form it happens in, how far into the corpus the card stands, and what is done to it.
_DEFECTS: tuple[tuple[str, str, float, Callable[[Card], None] | None], ...] = (
    ("keywords in quotes", "A", 0.08, _quoted_keywords),
    ("impossible issue date", "B-src", 0.14, _future_token),
    ("relevancy 9", "B-name", 0.22, _relevancy_nine),
    ("article named twice: first", "B-name", 0.3, None),
    ("article named twice: again, other query parameters", "B-src", 0.36, None),
    ("bare pipes in a cell", "C", 0.7, _bare_pipe),
    ("issue token with a letter", "C", 0.76, _token_letter),
    ("row with fewer cells", "C", 0.83, None),
    ("link to the newsletter's own page", "C", 0.88, _own_page),
    ("wall page", "C", 0.94, _wall),
)
_FIRST, _AGAIN, _SHORT_ROW = _DEFECTS[3][0], _DEFECTS[4][0], _DEFECTS[7][0]
# A corpus smaller than this has no defects: their places would fall together.
_SMALLEST_WITH_DEFECTS = 50
# An index of a very large corpus would be the one file above every size limit.
_INDEX_ENTRIES = 5_000


def _shorten_last_concern(text: str) -> str:
    """The text with the last row of its Concerns table cut to one cell."""
    end = text.index("\n\n## Behaviors")
    start = text.rindex("\n", 0, end)
    name, _, _ = text[start + 3 : end].partition(" | ")
    return f"{text[:start]}\n| {name} |{text[end:]}"


# ---------------------------------------------------------------------------------------------------------
# The corpus


_NEAR_EVERY = 40
"""With ideas, one card in so many tells the story of the one before it, under the title of another host."""


def _told_elsewhere(plan: Planted, article: Article, no: int, issue_no: int) -> Article:
    """The story of an article as another host tells it."""
    draw = Draw(plan.seed * 1_000_003 + no + 625_000_000)
    title = (
        f"{article.town}: {upper_first(draw.pick(article.title_angle['n']).format_map(article.topics[0][1]))}"
    )
    host = draw.pick(_SITES_OF[article.home.name])
    return replace(article, title=title, url=_url(draw, host, title, no, plan.issue_dates[issue_no]))


def _ideas(plan: Planted, no: int, issue_no: int) -> Iterator[tuple[PlantedIdea, str, str]]:
    """The ideas that a card names, each in one phrasing and with one saying, from a stream of their own."""
    draw = Draw(plan.seed * 1_000_003 + no + 375_000_000)
    for idea in plan.ideas:
        u = draw.random()
        saying = draw.pick(idea.sayings)
        for phrasing, share in zip(idea.phrasings, idea.shares[issue_no], strict=True):
            u -= share
            if u < 0:
                yield idea, phrasing, saying
                break


def _name_ideas(card: Card, named: Iterable[tuple[PlantedIdea, str, str]]) -> None:
    """Add to a card what it says of ideas: a keyword each, and a statement where it has behaviors."""
    for idea, phrasing, saying in named:
        card.keywords.append(phrasing)
        if "Behaviors" in card.sections:
            card.sections["Behaviors"].append([upper_first(idea.name), saying, "4"])


def _issue_of_card(n_cards: int, n_issues: int, seed: int) -> list[int]:
    """The number of its issue for every card; issues differ in size by up to a factor of two."""
    draw = Draw(seed)
    weights = [1 + draw.random() for _ in range(n_issues)]
    total, so_far = sum(weights), 0.0
    numbers: list[int] = []
    for issue_no, weight in enumerate(weights):
        so_far += weight
        numbers.extend([issue_no] * (round(n_cards * so_far / total) - len(numbers)))
    return numbers


def _closest(draw: Draw, card: Card, recent: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The related cards that an old card lists: earlier ones, and often the card itself."""
    k = draw.pick((5, 10))
    entries = draw.some(recent, k - 1 if k == 10 else k)
    if k == 10 or not entries:
        entries.insert(draw.between(0, len(entries)), (card.title, card.card_id))
    return [(target, target) for _, target in entries] if card.form == "A0" else entries


def cards(plan: Planted, n_cards: int, only: str | None = None) -> Iterator[tuple[Card, str, str | None]]:
    """Each card with its text and its defect, if it has one."""
    issues = _issue_of_card(n_cards, len(plan.issue_dates), plan.seed)
    defects = {}
    if n_cards >= _SMALLEST_WITH_DEFECTS:
        defects = {int(n_cards * place): (what, form, change) for what, form, place, change in _DEFECTS}
    places = {what: no for no, (what, _, _) in defects.items()}
    before = ""
    recent: dict[str, deque[tuple[str, str]]] = {home.category: deque(maxlen=60) for home in _FIELD_LIST}
    for no, issue_no in enumerate(issues):
        what, forced, change = defects.get(no, (None, None, None))
        # The second naming of an article is about the same article, read again with another draw.
        told = places[_FIRST] if what == _AGAIN else no
        is_near = bool(plan.ideas) and no % _NEAR_EVERY == 1 and not {no, no - 1} & defects.keys()
        if is_near:
            told = no - 1
        draw = Draw(plan.seed * 1_000_003 + no + 500_000_000)
        form = forced or only or draw.weighted(form_weights(plan.issue_dates[issue_no]))
        article = _article(plan, told, issues[told], form)
        if is_near:
            article = _told_elsewhere(plan, article, no, issue_no)
        token = f"{plan.issue_dates[issue_no]:%Y%m%d}"
        if form in ("B-char", "B-length"):
            token = f"{draw.between(1_800, 19_000)}.0"
        card = _card(draw, article, form, token)
        _name_ideas(card, _ideas(plan, told, issues[told]))
        if is_near:
            plan.near[f"{card.card_id}.md"] = f"{before}.md"
        before = card.card_id
        if what in (_FIRST, _AGAIN):
            plain = card.url.partition("?")[0]
            card.url = plain if what == _FIRST else plain + "?utm_source=newsletter&utm_medium=email"
        if change:
            change(card)
        pool = recent[article.home.category]
        text = _render(card, _closest(draw, card, list(pool)) if form in ("A0", "A") else ())
        if what == _SHORT_ROW:
            text = _shorten_last_concern(text)
        pool.append((card.title, card.card_id))
        yield card, text, what


def generate(
    folder: Path,
    n_cards: int = DEFAULT_CARDS,
    n_issues: int = DEFAULT_ISSUES,
    seed: int = DEFAULT_SEED,
    form: str | None = None,
    *,
    with_ideas: bool = False,
) -> Planted:
    """Write so many cards over so many newsletter issues, and an index page; return what they hold.

    The folder is made when it is missing; files of other names in it stay. All cards but those with a defect
    have the `form`, where one is given. With ideas, some cards name one of them in one of its phrasings and
    some tell the story of another card; of the others at most the list of closest cards is another.

    Raises:
        ValueError: More issues than there are Sundays to put them on.
    """
    plan = planted(n_issues, seed, form, with_ideas=with_ideas)
    folder.mkdir(parents=True, exist_ok=True)
    index: list[str] = []
    for card, text, what in cards(plan, n_cards, form):
        name = f"{card.card_id}.md"
        (folder / name).write_bytes(text.encode())
        if what:
            plan.defects[name] = what
        if len(index) < _INDEX_ENTRIES:
            index.append(f"* [{card.title}]({card.card_id})")
    (folder / "index.md").write_bytes(("# Overview\n\n" + "\n".join(sorted(index)) + "\n").encode())
    plan.defects["index.md"] = "not a card"
    return plan


def main() -> None:
    """Write a corpus as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m signals_pipeline_tests.corpus", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cards", type=int, default=DEFAULT_CARDS)
    parser.add_argument("--issues", type=int, default=DEFAULT_ISSUES)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    args = parser.parse_args()
    generate(args.folder, args.cards, args.issues, args.seed)


if __name__ == "__main__":
    main()
