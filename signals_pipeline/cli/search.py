"""What a search has found, as a person reads it in a terminal of 80 columns."""

from signals_pipeline.cli.lines import indented, plain, wrapped
from signals_pipeline.core.settings import typed
from signals_pipeline.publish.search import Found, Hit

LINES_OF_TEXT = 3


def shown(found: Found, n: int) -> str:
    """The first n hits of a search one below the other, and what else there is to say."""
    nothing = "No card or statement has these words" + (
        "." if found.words_alone else ", or says what is near to them."
    )
    parts = [_shown(hit) for hit in found.hits[:n]] or [nothing]
    if len(found.hits) > n:
        parts.append(f"There are more than these {n}: {typed('more hits', str(10 * n))} shows more.")
    return "\n\n".join([*parts, *([found.words_alone] if found.words_alone else [])])


def _shown(hit: Hit) -> str:
    day = hit.issue_date.isoformat() if hit.issue_date else "undated"
    named, snippet = plain(hit.name or ""), plain(hit.snippet)
    said = snippet.removeprefix(named).strip()
    text = wrapped(" — ".join(part for part in (named, said) if part), LINES_OF_TEXT)
    found = f"by {hit.found_by}" if hit.similarity is None else f"by {hit.found_by}, {hit.similarity:.2f}"
    head = f"{hit.rank_no:>2}  {day:<10}  {hit.section}, {found}{'' if hit.is_counted else ' (not counted)'}"
    return "\n".join([head, *text, indented(f"{hit.path}:{hit.line}")])
