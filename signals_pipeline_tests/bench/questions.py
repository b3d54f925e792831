"""How long questions to the published database take: the twenty, and the macros that look something up."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import duckdb

from signals_pipeline.core.settings import project
from signals_pipeline.publish.questions import questions
from signals_pipeline.publish.reader import connect
from signals_pipeline_tests import corpus
from signals_pipeline_tests.faults.plain import rebuilt

N_ISSUES = 150
ROUNDS = 7


def asked(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Queries by what they are called: of the topic of most cards, and of the first card."""
    ((topic,),) = connection.execute("""
        SELECT arg_max(topic, n_cards_with) FROM topic_momentum WHERE kind = 'concept'
    """).fetchall()
    ((card,),) = connection.execute("SELECT min(card_id) FROM parsed.cards").fetchall()
    of_topic = {f"ask_{one.number}": f"FROM {one.call.replace('heat pump', topic)}" for one in questions()}
    return of_topic | {
        "ask_19": "FROM ask_19()",
        "search, one word": "FROM search('water')",
        "search, in every text": "FROM search('the')",
        "search, in no text": "FROM search('zzzzzz')",
        "search, of a section": "FROM search('heat pump', section := 'concerns', since := '2024-01-01')",
        "trend": f"FROM trend('{topic}')",
        "trend, by issue": f"FROM trend('{topic}', grain := 'issue')",
        "topics_named": f"FROM topics_named('{topic}')",
        "evidence_of": f"FROM evidence_of('{topic}')",
        "cards_named": f"FROM cards_named('{card}')",
        "card": f"FROM card('{card}')",
    }


def measured(database: Path) -> Iterator[tuple[str, float]]:
    """Each query with its milliseconds: the median of some rounds behind a first one."""
    with connect(database) as connection:
        for name, sql in asked(connection).items():
            spent = []
            for _ in range(1 + ROUNDS):
                start = time.perf_counter()
                connection.execute(sql).fetchall()
                spent.append(1_000 * (time.perf_counter() - start))
            yield name, median(spent[1:])


def bench(base: Path, sizes: Sequence[int], tell: Callable[[str], None]) -> None:
    """Print a line for each query."""
    found = {}
    for n_cards in sizes:
        raw, settings = base / f"raw{n_cards}", project(data_dir=str(base / f"data{n_cards}"))
        corpus.generate(raw, n_cards, N_ISSUES)
        rebuilt(settings, raw)
        found[n_cards] = dict(measured(settings.database))
    tell("| query | " + " | ".join(f"{n_cards:,} cards: ms" for n_cards in sizes) + " |")
    tell("|---|" + "---:|" * len(sizes))
    for name in found[sizes[0]]:
        tell(f"| {name} | " + " | ".join(f"{found[n_cards][name]:.1f}" for n_cards in sizes) + " |")
