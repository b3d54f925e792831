# ruff: noqa: E501 - a pattern reads best whole
"""What the page of a topic claims of its statements, its sources and the topics that are near to it."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache

from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.publish.report import words
from signals_pipeline_tests.publish.report.claims import ELSEWHERE, Groups, N, Page, claim
from signals_pipeline_tests.publish.report.prose import plain, quoted

_LISTED = 40
_A_SECTION = 20


@claim("topics/*", rf"{N} of these cards are from ‹([^›]+)›(, the most of one source)?\.")
def _source(page: Page, _: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT c.source_domain FROM topic_cards AS t JOIN counted_cards AS c USING (card_id) WHERE t.topic_id = $1",
        page.topic_id,
    )
    n_cards = Counter(domain for (domain,) in found)
    domain, n = min(((d, n) for d, n in n_cards.items() if d), key=lambda one: (-one[1], one[0]))
    assert n > 1
    return words.number(n), domain, *([", the most of one source"] if n < len(found) else [])


@claim("topics/*", r"A topic is tested from (\d+) cards on\.")
def _tested_from(page: Page, _: Groups) -> Sequence[object]:
    assert page.one("SELECT count(*) FROM topic_cards WHERE topic_id = $1", page.topic_id) < 8
    return [8]


@claim(
    "topics/*",
    rf"Such signals give a driving force on {N} cards?\.(?: {N} forces? (?:is|are) on more than one card\.)?",
)
def _drivers(page: Page, _: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT DISTINCT card_id, driving_force FROM statement_topics AS t JOIN parsed.signals USING (card_id, row_no) "
        "JOIN counted_cards USING (card_id) WHERE t.section = 'signals' AND topic_id = $1 AND driving_force <> ''",
        page.topic_id,
    )
    of_force: dict[str, set[str]] = defaultdict(set)
    for card_id, force in found:
        of_force[re.sub(r"[\W_]+", " ", force.lower()).strip()].add(card_id)
    n_shared = sum(len(cards) > 1 for cards in of_force.values())
    n_cards = len({card_id for card_id, _ in found})
    return words.number(n_cards), *([words.number(n_shared)] if n_shared else [])


Said = tuple[tuple[str, ...], date, int | None, bool]


@cache
def statements(page: Page) -> tuple[list[tuple[str, Said]], list[tuple[str, Said]]]:
    """What is said of the topic on cards that have it, and on others.

    Each is the card, and the sections, day, relevancy and whether it is named.

    A sentence is one however many sections of the card it stands in; its relevancy is that of the first.
    """
    same: dict[tuple[str, str], list[tuple[int, int, date, int | None, bool]]] = defaultdict(list)
    for no, section in enumerate(STATEMENT_SECTIONS):
        texts = [
            name for name in ("description", "name") if name in SECTIONS[section].model.to_schema().columns
        ]
        found = page.ask(
            f"SELECT s.card_id, coalesce({', '.join(texts)}), s.row_no, c.issue_date, s.relevancy, bool_or(t.how = 'words') "
            f"FROM parsed.{section} AS s JOIN statement_topics AS t USING (card_id, row_no) "
            "JOIN counted_cards AS c USING (card_id) WHERE t.topic_id = $1 AND t.section = $2 GROUP BY ALL",
            page.topic_id, section,
        )  # fmt: skip
        for card_id, text, row_no, day, relevancy, is_named in found:
            key = (card_id, re.sub(r"[\W_]+", " ", text.lower()).strip())
            same[key].append((no, row_no, day, relevancy, is_named))
    with_it = {
        card_id
        for (card_id,) in page.ask("SELECT card_id FROM topic_cards WHERE topic_id = $1", page.topic_id)
    }
    of_its_cards: list[tuple[str, Said]] = []
    of_others: list[tuple[str, Said]] = []
    for (card_id, _), rows in same.items():
        _, _, day, relevancy, _ = min(rows)
        names = sorted({STATEMENT_SECTIONS[no] for no, *_ in rows})
        shown = (tuple(words.SECTIONS[name] for name in names), day, relevancy, any(row[4] for row in rows))
        (of_its_cards if card_id in with_it else of_others).append((card_id, shown))
    return of_its_cards, of_others


def _n_and_cards(found: list[tuple[str, Said]]) -> Sequence[object]:
    return words.number(len(found)), words.number(len({card_id for card_id, _ in found}))


@claim("topics/*", rf"^{N} statements? of {N} cards? with the topic speaks? of it\.")
def _speaking(page: Page, _: Groups) -> Sequence[object]:
    return _n_and_cards(statements(page)[0])


@claim("topics/*", rf"{N} (?:(more) )?statements? of {N} other cards? "
       r"uses? its words(?: or says? what its definition says)?, perhaps in another sense(?:; the search shows all of them)?\.")  # fmt: skip
def _of_others(page: Page, _: Groups) -> Sequence[object]:
    of_its_cards, of_others = statements(page)
    n, n_cards = _n_and_cards(of_others)
    return n, *(["more"] if of_its_cards else []), n_cards


@claim("topics/*", rf"{N} more statements? {ELSEWHERE}")
def _more_statements(page: Page, groups: Groups) -> Sequence[object]:
    # How many of a section there are to list is known where no sentence stands in two of them.
    of_its_cards, of_others = statements(page)
    found = of_its_cards or of_others
    sections = Counter(said[0] for _, said in found)
    if any(len(names) > 1 for names in sections):
        return groups  # type: ignore[return-value]
    shown = min(_LISTED, sum(min(_A_SECTION, n) for n in sections.values()))
    return [words.number(len(found) - shown)]


@claim(
    "topics/*",
    r"^([A-Z][a-z ]+(?:, [a-z ]+)*) · ‹[^›]*› · (\d{4}-\d\d-\d\d)(?: · relevancy (\d+))?(?: · (by meaning))?$",
)
def _said(page: Page, groups: Groups) -> Sequence[object]:
    names = tuple(str(groups[0]).lower().split(", "))
    relevancy = int(groups[2]) if groups[2] else None
    said = (names, date.fromisoformat(str(groups[1])), relevancy, groups[3] is None)
    of_its_cards, of_others = statements(page)
    assert said in {one for _, one in of_its_cards or of_others}
    return [value for value in groups if value is not None]


@claim("topics/*", r"rated a statement: from (\d) \(really weak\) to (\d) \(strong\)\.")
@claim("search.html", r"rated a statement: from (\d) \(really weak\) to (\d) \(strong\)\.")
def _scale(page: Page, _: Groups) -> Sequence[object]:
    assert page.one("SELECT count(*) FROM statements WHERE relevancy NOT BETWEEN 0 AND 5") == 0
    return 0, 5


@claim("topics/*", r"one in (\d+) misses\.")
def _misses(_page: Page, _: Groups) -> Sequence[object]:
    return [20]


@claim("topics/*", r"^(‹[^›]*› \(\d\.\d\d\)(?:, ‹[^›]*› \(\d\.\d\d\))*)\.$")
def _near(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT b.topic, list_cosine_similarity(CAST(e.vector AS DOUBLE[]), CAST(f.vector AS DOUBLE[])) "
        "FROM topics AS a JOIN embedding AS e ON e.text_hash = md5(a.topic) "
        "JOIN topics AS b ON b.kind = 'concept' JOIN embedding AS f ON f.text_hash = md5(b.topic) "
        "WHERE a.topic_id = $1 AND b.topic_id <> a.topic_id",
        page.topic_id,
    )
    true = {f"‹{plain(quoted(topic))}› ({cosine:.2f})" for topic, cosine in found}
    said = re.findall(r"‹[^›]*› \(\d\.\d\d\)", str(groups[0]))
    assert set(said) <= true
    cosines = [one.rpartition("(")[2] for one in said]
    assert cosines == sorted(cosines, reverse=True)
    return [groups[0]]
