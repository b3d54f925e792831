"""A made checkout of the newsletter's repository: its cards, and all that lies around them.

Every file says what it is to be taken for, told by hand. The texts are invented, the shapes those of the
repository. Nothing is written here: `Checkout.write` does that.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from signals_pipeline_tests import corpus
from signals_pipeline_tests.plants import planted

NEWSLETTER = corpus.NEWSLETTER
N_TOPICS = 180
N_DRAFTS = 84
N_INDEXED = 2_600
FIRST_DRAFT = date(2024, 11, 10)

SUFFIX = "Its name does not end in .md, .markdown or .txt."
HIDDEN = "Its name begins with a point: it is hidden."
DRAFT = "It is a newsletter issue as it was written: its links date cards."
TOPIC = "It is about a topic of several cards."
YEARLY = "It is about the cards of a year."
INDEX = "It lists cards."
NO_CARD = (
    "It has no title line, no link line, no date above a section with rows or items, and not two such "
    "sections."
)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"

_TOKEN = re.compile(r"^# .*from(?: page)? ?\(?\[(?P<token>[^\]]*)\]\(", re.MULTILINE)
_LINK = re.compile(r"^__\[External link\]\((?P<link>.*)\)__$", re.MULTILINE)


@dataclass(frozen=True)
class File:
    """What a file holds, and as what it is to be seen: its kind, and why no card is read from it."""

    content: str | bytes
    kind: str = "card"
    reason: str | None = None


@dataclass(frozen=True)
class Checkout:
    """The files by path, and the date by token that a draft gives to cards whose token says none.

    `doubted` are links of cards with another date than the one draft that links them.
    """

    files: dict[str, File]
    dates: dict[str, date]
    doubted: list[str]

    @property
    def seen(self) -> dict[str, tuple[str, str | None]]:
        """Kind and reason by path as files are listed: a hidden folder is one row."""
        return {_listed(path): (file.kind, file.reason) for path, file in self.files.items()}

    @property
    def cards(self) -> "Checkout":
        """The files of which a card is to be read, and no other."""
        cards = {path: file for path, file in self.files.items() if file.kind == "card"}
        return Checkout(cards, self.dates, self.doubted)

    def write(self, folder: Path) -> None:
        """Write the files below a folder."""
        for path, file in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content.encode() if isinstance(file.content, str) else file.content)


def _listed(path: str) -> str:
    """A path, or that of the outermost hidden folder in it."""
    parts = path.split("/")
    hidden = next((n for n, part in enumerate(parts[:-1], 1) if part.startswith(".")), None)
    return "/".join(parts[:hidden]) + "/" if hidden else path


def made_cards() -> dict[str, str]:
    """98 cards of all forms by id; a few name a newsletter issue that cannot be true.

    So few cards of one seed have no defect.
    """
    cards = {}
    for seed in (1, 2):
        for card, text, defect in corpus.cards(planted(24, seed), 49):
            assert defect is None
            cards[card.card_id] = text
    dated = [
        card_id for card_id, text in cards.items() if "External link" in text and is_dated(token_of(text))
    ]
    for card_id in dated[::7]:
        # The same newsletter issue, with a year that is to come.
        token = token_of(cards[card_id])
        cards[card_id] = cards[card_id].replace(token, f"2029{token[4:]}")
    for card_id, wrong in zip(
        dated[3::9], ("20230231", "19240107", "202-1107", "soon", "2024"), strict=False
    ):
        cards[card_id] = cards[card_id].replace(token_of(cards[card_id]), wrong)
    return cards


def token_of(text: str) -> str:
    """What a title line says of the newsletter issue; empty without such a line."""
    match = _TOKEN.search(text)
    return match["token"] if match else ""


def link_of(text: str) -> str | None:
    """The link of a card that has one."""
    found = _LINK.findall(text)
    return found[0] if len(found) == 1 else None


def is_dated(token: str) -> bool:
    """Whether a token begins with a date of the newsletter's years."""
    try:
        return date(2022, 1, 1) <= date.fromisoformat(token.strip()[:8]) <= date(2026, 6, 30)
    except ValueError:
        return False


def checkout(cards: Mapping[str, str]) -> Checkout:
    """The repository around some cards, given by the names of their files without a suffix."""
    drafted = _drafted(cards.values())
    placed = _cards(cards)
    files = {
        **placed,
        **_pages(),
        **_copies(placed),
        **_topics(),
        **_yearly(),
        **_drafts(drafted),
        **_indexes(),
        **_hidden(next(iter(cards.values()))),
        **_notes(next(iter(cards))),
        **_others(),
    }
    return Checkout(files, drafted.dates, drafted.doubted)


# Cards


def _cards(cards: Mapping[str, str]) -> dict[str, File]:
    """Most cards lie as .md in docs/; some were passed on with another suffix, or in another folder."""
    places = ("docs/{}.md",) * 20 + ("docs/{}.txt", "docs/{}.markdown", "notes/passed on/{}.TXT")
    return {
        places[number % len(places)].format(name): File(text)
        for number, (name, text) in enumerate(cards.items())
    }


def _of_form_a0(about: str, token: str = "20221106") -> tuple[str, str]:
    """The id and the text of a card of 2023: its id in place of a title, and no link."""
    card_id = corpus.md5_of(f"https://coast.example/{about}")
    return card_id, "\n\n".join(
        [
            f"# {card_id} from ([{token}]({NEWSLETTER}{token}).)",
            f"## Summary\n\nHow {about} came to the coast.",
            f"## Keywords\n\n* {about}\n* coast",
            "## Themes\n\n* sea",
            _table(("Signal", "Change", "10y horizon", "Driving force"), "Signals", about),
            f"## Closest\n\n* [{card_id}]({card_id})\n* ",
        ]
    )


def _pages() -> dict[str, File]:
    """Older texts in pages/: of half of them there is a newer one in docs/."""
    files = {}
    for about in ("kelp", "mussels", "tide mills", "salt", "lamps", "ropes"):
        card_id, text = _of_form_a0(about)
        files[f"pages/{card_id}.md"] = File(text)
        if len(about) > 4:
            newer = text.replace(f"# {card_id} from (", f"# __{about.capitalize()}__, from (")
            files[f"docs/{card_id}.md"] = File(newer)
            files[f"pages/{card_id}.md"] = File(text, "older text", _read_from(f"docs/{card_id}.md"))
    return files


def _read_from(path: str) -> str:
    return f"Its card is read from {path}."


COPY_NAMES = (
    "{} (1)", "{} copy", "Copy of {}", "{}.sync-conflict-20250302-101112-ABCDEFG", "{} - Kopie (2)",
    "{} (conflicted copy 2025-03-02 101112)", "Copie de {}", "Copy (2) of {}", "{}のコピー",
)  # fmt: skip


def _copies(cards: Mapping[str, File]) -> dict[str, File]:
    """Copies beside their originals, some with another text; and copies whose originals are gone."""
    files = {}
    originals = [path for path in cards if re.fullmatch(r"docs/[0-9a-f]{32}\.md", path)]
    for number, (copy_name, path) in enumerate(zip(COPY_NAMES, originals, strict=False)):
        text = cards[path].content
        assert isinstance(text, str)
        changed = text.replace("## Summary\n\n", "## Summary\n\nMine: ") if number % 2 else text
        copied = f"docs/{copy_name.format(Path(path).stem)}.md"
        files[copied] = File(changed, "copy", _read_from(path))
    for number, copy_name in enumerate(COPY_NAMES):
        card_id, text = _of_form_a0(f"wreck {number}")
        files[f"docs/{copy_name.format(card_id)}.md"] = File(text)
    card_id, text = _of_form_a0("wreck twice")
    first, second = (f"docs/{card_id} ({number}).md" for number in (1, 2))
    files[first] = File(text)
    files[second] = File(text.replace("came to", "left"), "copy", _read_from(first))
    return files


# Pages about cards


def _table(headers: Iterable[str], heading: str, about: str, n_rows: int = 2) -> str:
    """A section with a table."""
    names = list(headers)
    lines = ["| " + " | ".join(names) + " |", "|" + "|".join(":---" for _ in names) + "|"]
    rows = ["| " + " | ".join(f"{about} {name} {row}" for name in names) + " |" for row in range(n_rows)]
    return "\n".join([f"## {heading}", "", *lines, *rows])


def _indexed(about: str) -> str:
    """A table as a data frame is printed: its first column is the index, under no header."""
    return "\n".join(
        [
            "|    | name | description |",
            "|---:|:-----|:------------|",
            *(f"|  {row} | {about} {row} | How {about} is seen |" for row in range(3)),
        ]
    )


def _topics() -> dict[str, File]:
    """A page a topic, with its pictures; each third is longer, and has tables in the place of pictures."""
    files = {}
    for number in range(N_TOPICS):
        slug = f"topic_{number:03}"
        folder = f"docs/analyses/topics/{slug}"
        sections = {
            "Concerns": "Concern.png", "Behaviors": "Behavior.png", "Issue": "Issue.png",
            "Technology": "Technology.png",
        }  # fmt: skip
        pictures = [f"## {name}\n\n![{name}]({picture})" for name, picture in sections.items()]
        tables = [f"## {name}\n\n{_indexed(slug)}" for name in ("Behaviors", "Issues", "Technologies")]
        parts = [
            f"# *Topic*: Topic {number}",
            f"# Summary\n\nWhat the cards say of topic {number}.",
            f"# Seeds\n\n* seed {number}\n* another seed",
            f"# Concerns\n\n{_indexed(slug)}",
            "# Cards",
            *(pictures if number % 3 else [*pictures[:1], *tables]),
            "# Links\n\n* [A card](../../../0123456789abcdef0123456789abcdef)",
        ]
        files[f"{folder}/{slug}.md"] = File("\n\n".join(parts), "topic page", TOPIC)
        files |= {f"{folder}/{picture}": File(PNG, "not text", SUFFIX) for picture in sections.values()}
    return files


def _yearly() -> dict[str, File]:
    trends = "\n\n".join(
        f"## Trend: {name}\n\nThere were {number + 3} articles reviewed.\n\n### Weak Signals\n\n"
        f"{_indexed(name)}\n\n### Concerns\n\n- **[{name}](../topics/a/a.md)**: text\n\n### Techs\n\n"
        f"- **[{name}](../topics/a/a.md)**: text\n\n### Behaviors\n\n- **[{name}](../topics/a/a.md)**: text"
        for number, name in enumerate(("Tides", "Work", "Homes", "Food", "Care"))
    )
    review = "\n\n".join(
        ["# 2025 in review", _table(("name", "description"), "Signals", "tide"), "## Keywords\n\n* tide"]
    )
    texts = {"2025": "# 2025\n\nA year of tides.\n", "2025_claude": review, "2025_linked": trends}
    return {
        f"docs/analyses/yearly/{name}.md": File(text, "yearly page", YEARLY) for name, text in texts.items()
    }


def _indexes() -> dict[str, File]:
    """The index as it is, and as it was written in 2023 and 2024."""
    entries = [f"* [An article of number {n}, whose title is long]({n:032x})" for n in range(N_INDEXED)]
    topics = [f"* [Topic {n}](analyses/topics/topic_{n:03}/topic_{n:03}.md)" for n in range(N_TOPICS)]
    now = ["# Overview", "", *entries, "", "# Analyses by Topic", "", *topics, "", "# Yearly reviews", "",
           "* [2025](analyses/yearly/2025.md)"]  # fmt: skip
    then = ["# Overview", ""]
    for number, letter in enumerate("ABC"):
        for category in ("science", "technology"):
            then += [f"## Letter '{letter}'", "", f"### Category: __{category}__:", ""]
            then += [*entries[10 * number : 10 * number + 5], ""]
    return {
        "docs/index.md": File("\n".join(now), "index page", INDEX),
        "pages/index.md": File("\n".join(then), "index page", INDEX),
    }


# Drafts


@dataclass(frozen=True)
class _Drafted:
    """What drafts link: by their date, in the one without a date, and what is dated and doubted by that."""

    by_day: dict[date, list[str]]
    undated: list[str]
    dates: dict[str, date]
    doubted: list[str]


def _drafted(texts: Iterable[str]) -> _Drafted:
    """Where the cards are linked: those with a date in the draft of that day, if there is one.

    The cards of one mistyped token were of one newsletter issue, and are linked there and in a later one.
    """
    by_token: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        token, link = token_of(text).strip(), link_of(text)
        if token and link:
            by_token[token].append(link)
    days = [FIRST_DRAFT + timedelta(weeks=week) for week in range(N_DRAFTS - 2)]
    by_day: dict[date, list[str]] = {day: [] for day in days}
    *wrong, unknown = [token for token in by_token if not is_dated(token)]
    dates = {token: days[5 + 3 * number] for number, token in enumerate(wrong)}
    early: list[str] = []
    for token, links in by_token.items():
        if token in dates:
            by_day[dates[token]] += links
            by_day[dates[token] + timedelta(weeks=9)] += links
        elif token != unknown:
            by_day.get(date.fromisoformat(token[:8]), early).extend(links)
    doubted = early[:2]
    by_day[days[0]] += doubted
    return _Drafted(by_day, by_token[unknown], dates, doubted)


def _drafts(drafted: _Drafted) -> dict[str, File]:
    """The drafts: most are named by their date, with a letter behind it or a word before it."""
    names = ("{:%Y%m%d}", "{:%Y%m%d}d", "{:%Y%m%d}", "substack-{:%Y%m%d}", "{:%Y-%m-%d}", "{:%Y%m%d}b-last")
    texts = {
        names[number % len(names)].format(day): _draft(number, links)
        for number, (day, links) in enumerate(drafted.by_day.items())
    }
    texts |= {"next": _draft(1_000, drafted.undated), "ideas (1)": "Write of lamps."}
    return {f"drafts/{name}.md": File(text, "draft", DRAFT) for name, text in texts.items()}


def _draft(number: int, links: Iterable[str]) -> str:
    """A motto, bullets under the author's headings, a picture, a story and footnotes."""
    headings = ("People", "AI", "Business", "Futures", "Security", "Art", "Tech", "Life", "Random", "DIY")
    addresses = [*links, *(f"https://other.example/{number}/{one}" for one in range(6))]
    bullets: list[str] = []
    for place, heading in enumerate(headings):
        bullets += [f"### {heading}", ""]
        for address in addresses[place :: len(headings)]:
            bullets.append(
                f"* **{heading}** : A word on [this]({address}). More [words](https://more.example)."
            )
        bullets.append("")
    return "\n".join(
        [
            "> *Every harbour is a list of what it lost.*",
            "",
            *bullets,
            "[![A lamp](https://pictures.example/lamp.png)",
            "",
            "](https://pictures.example/lamp-large.png)",
            "",
            "## The lamp lighter",
            "",
            "He lit it again.[^1] Nobody came.",
            "",
            "## Signals",
            "",
            "The boats gave three of them.",
            "",
            "[^1]: Twice.",
        ]
    )


# What is not for us


def _hidden(card: str) -> dict[str, File]:
    contents: dict[str, str | bytes] = {
        ".trash/0123456789abcdef0123456789abcdef.md": card,
        ".trash/old/note.md": card,
        ".obsidian/app.json": "{}",
        ".obsidian/plugins/cards/README.md": card,
        ".archive/20220801.md": card,
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/objects/ab/cd": b"x\x9c",
        ".gitignore": "cache\n",
        "docs/._0123456789abcdef0123456789abcdef.md": b"\x00\x05\x16\x07Mac OS X",
        "docs/.0123456789abcdef0123456789abcdef.md.swp": b"b0VIM",
        "docs/.DS_Store": b"\x00\x00\x00\x01Bud1",
        "drafts/.next.md": card,
    }
    return {path: File(content, "other", HIDDEN) for path, content in contents.items()}


def _notes(name: str) -> dict[str, File]:
    """A person's notes on a card: their names hold its id, and in them is nothing of a card."""
    notes = {f"notes/Notes on {name}.md": "I liked it.\n", f"notes/{name} todo.txt": "- read it again\n"}
    return {path: File(text, "other", NO_CARD) for path, text in notes.items()}


def _others() -> dict[str, File]:
    """Chat answers, data, and a README that shows what a card looks like."""
    shown = "\n".join(_example())
    no_card = {
        "README.md": f"# Futures\n\nA card looks like this:\n\n```markdown\n{shown}\n```\n\nThat is all.\n",
        "docs/about.txt": "A list of articles.\n",
        "LICENSE.txt": "Do as you like.\n",
        "requirements.txt": "pandas\ntabulate\n",
        **{f"cache/{number:08x}.md": _answer(number) for number in range(40)},
    }
    no_text: dict[str, str | bytes] = {
        "articles.csv": "link,date\n",
        "data/2025.json": "{}",
        "data/articles.parquet.gzip": b"PAR1",
        "data/embeddings.parquet.gzip": b"PAR1",
        "pages.py": "print()\n",
        "LICENSE": "MIT\n",
        "docs/analyses/map.canvas": "{}",
    }
    return {
        **{path: File(text, "other", NO_CARD) for path, text in no_card.items()},
        **{path: File(content, "not text", SUFFIX) for path, content in no_text.items()},
    }


def _example() -> Iterator[str]:
    yield f"# __A title__, (from page [20240107]({NEWSLETTER}20240107).)"
    yield "__[External link](https://example.org/a)__"
    yield "## Keywords\n\n* kelp\n\n## Themes\n\n* sea"


def _answer(number: int) -> str:
    """An answer of a chat, as it was kept: prose, JSON, and headings that cards have too."""
    return "\n\n".join(
        [
            f"Here is what I found in article {number}.",
            "## Summary\n\nThe article is about tides.",
            '```json\n{"signals": [{"name": "Tide mills", "relevancy": 4}]}\n```',
            "## Signals\n\nThere are three signals, of which the mills are the strongest.",
            "Would you like me to go on?",
        ]
    )
