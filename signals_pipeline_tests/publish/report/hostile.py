"""Cards that try to do something to whoever reads the report."""

import csv
import hashlib
import io
from pathlib import Path

from signals_pipeline.outlooks.models import VERDICTS
from signals_pipeline.outlooks.verdicts import COLUMNS

TEXTS = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<svg onload=alert(3)>",
    '"><b onmouseover=alert(4)>',
    "{{7*7}} {% raw %} <!-- and --> ]]>",
)
"""What would run where it were not escaped (S01)."""

TOPICS = (
    "C++",
    "C#",
    "C",
    "con",
    "..",
    "a/b/../../c",
    "x" * 200,
    "<script>alert(5)</script>",
    "\u202egnp.exe",
)
"""Names that are no file names, and that differ in little else (S17)."""

BAD_LINKS = (
    "javascript:alert(6)",
    "JaVaScRiPt:alert(7)",
    "data:text/html,<script>alert(8)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.example/1",
    "view-source:https://a.example/",
)
"""What is never to be followed (S02)."""

TRICKY_LINKS = (
    'https://a.example/"onmouseover=alert(9)//',
    "https://bank.example@evil.example/login",
    "https://xn--80ak6aa92e.example/",
    "https://a.example/?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh",
)
"""Links that may be followed, and must not lead elsewhere or tell a secret (S03, S19)."""


LINKS = (*BAD_LINKS, *TRICKY_LINKS, *(f"https://hostile{no}.example/" for no in range(4)))

OUTLOOK = "By 2024, {0}"
"""What signals of the cards say of the future; it came due long ago."""


def card_id(link: str) -> str:
    """The id of the card with a link."""
    return hashlib.md5(f"b'{link}'".encode()).hexdigest()


def verdicts() -> bytes:
    """A file of verdicts about the cards: with links and notes like theirs, and of no card or text at all."""
    file = io.StringIO()
    lines = csv.writer(file)
    lines.writerow(COLUMNS)
    for no, link in enumerate((*TRICKY_LINKS, "", "")):
        said = OUTLOOK.format(TEXTS[no % len(TEXTS)])
        verdict = tuple(VERDICTS)[no % len(VERDICTS)]
        note = (*TEXTS, '=HYPERLINK("https://evil.example/","here")')[no]
        lines.writerow([card_id(LINKS[no]), "signals", 1, said, verdict, "2025-03-02", link, note])
    lines.writerow([card_id(LINKS[-1]), "signals", 1, TEXTS[0], "open", "2025-03-02", "", TEXTS[1]])
    lines.writerow(["0" * 31, "signals", 1, TEXTS[2], "open", "2025-03-02", "", ""])
    return file.getvalue().encode()


def write(folder: Path) -> None:
    """Write the cards, one for each link and more, all with the same topics and texts, and their draft."""
    for no, link in enumerate(LINKS):
        name = card_id(link)
        text = TEXTS[no % len(TEXTS)]
        keywords = "\n".join(f"* {topic}" for topic in (*TOPICS, *TEXTS))
        cell = text.replace("|", "\\|")
        row = f"{cell} | {cell}"
        title = f"{text} \u202eright to left" if no % 2 else text
        (folder / f"{name}.md").write_text(
            f"# __{title}__, (from page [20240107](https://newsletter.example.org/p/20240107).)\n\n"
            f"__[External link]({link})__\n\n"
            f"## Summary\n\n{text} and {TEXTS[0]}\n\n"
            f"## Keywords\n\n{keywords}\n\n## Themes\n\n{keywords}\n\n"
            "## Concerns\n\n| name | description | relevancy |\n|:-----|:------------|----------:|\n"
            f"| {row} | 3 |\n| {row} | 9 |\n\n"
            "## Signals\n\n| name | description | change | 10-year | driving-force | relevancy |\n"
            "|:-----|:------------|:-------|:--------|:--------------|----------:|\n"
            f"| {row} | {cell} | {OUTLOOK.format(cell)} | {cell} | 3 |\n\n## {text}\n\nunknown\n",
            "utf-8",
        )
    linked = "".join(
        f"* **{TEXTS[0]}** : [{TEXTS[1]}]({link})\n" for link in (*LINKS[-3:], "https://other.example/")
    )
    (folder / "drafts").mkdir()
    (folder / "drafts" / "20240107.md").write_text(f"{TEXTS[2]}\n\n## {TEXTS[3]}\n\n{linked}", "utf-8")
