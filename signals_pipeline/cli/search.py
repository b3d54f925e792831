"""What a search has found, as a person reads it in a terminal of 80 columns."""

import textwrap

from signals_pipeline.publish.search import Found, Hit

WIDTH = 80
LINES_OF_TEXT = 3
_INDENT = "    "


def shown(found: Found) -> str:
    """The hits of a search one below the other, and what else there is to say."""
    nothing = "No card or statement has these words" + (
        "." if found.words_alone else ", or says what is near to them."
    )
    parts = [_shown(hit) for hit in found.hits] or [nothing]
    return "\n\n".join([*parts, *([found.words_alone] if found.words_alone else [])])


def _shown(hit: Hit) -> str:
    day = hit.issue_date.isoformat() if hit.issue_date else "undated"
    named, snippet = _plain(hit.name or ""), _plain(hit.snippet)
    said = snippet.removeprefix(named).strip()
    text = textwrap.wrap(
        " — ".join(part for part in (named, said) if part),
        WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        max_lines=LINES_OF_TEXT,
        placeholder=" …",
    )
    head = f"{hit.rank_no:>2}  {day:<10}  {hit.section}, by {hit.found_by}"
    return "\n".join([head, *text, f"{_INDENT}{hit.path}:{hit.line}"])


def _plain(text: str) -> str:
    """A text of strangers without what a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
