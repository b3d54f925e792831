"""What texts mean: encoded where a person asks for it; tables with no rows elsewhere."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import dagster as dg

from signals_pipeline.core.settings import Project, typed, variable
from signals_pipeline.defs.columns import asset_key, materialized, table_spec
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.meaning.build import build_meaning, code_version
from signals_pipeline.meaning.lineage import READS
from signals_pipeline.meaning.model import Model, model
from signals_pipeline.meaning.models import EMBEDDING, TABLES
from signals_pipeline.topics.reviewed import read_reviewed


@cache
def _specs() -> list[dg.AssetSpec]:
    version = code_version()
    return [
        table_spec(
            "meaning",
            name,
            table,
            deps=[asset_key(read) for read in READS[name]],
            kinds={"python", "duckdb"},
            code_version=version,
            made_by=[build_meaning],
        )
        for name, table in TABLES.items()
    ]


@dg.multi_asset(name="meaning", specs=_specs())
def meaning(store: StoreResource) -> Iterator[dg.MaterializeResult[Any]]:
    """Encode the texts that are new; say which cards, statements and names are near to each other."""
    before = store.store.built()
    with errors_told_to_dagster():
        chosen, off = _chosen(store.settings)
        came_with = store.settings.vectors(store.raw_dir)
        reviewed = read_reviewed(store.settings, store.edited)
        n_encoded = build_meaning(
            store.store, chosen, came_with=came_with, reviewed=reviewed, versions=store.versions
        )
    _, n_vectors, _ = store.store.built()[EMBEDDING]
    is_demonstration = came_with is not None
    said = _said(n_vectors, n_encoded or 0, off, is_demonstration=is_demonstration)
    later = _said(n_vectors, 0, off, is_demonstration=is_demonstration)
    for name in TABLES:
        extra = {"rebuilt": n_encoded is not None, "meaning": said, "meaning_later": later}
        yield materialized(store, asset_key(name), name, before, extra=extra)


def _chosen(settings: Project) -> tuple[Model | None, str]:
    """The model that encodes, or None and the words that say why no text is encoded."""
    if not settings.meaning():
        return None, f"since {variable('meaning')} is not 1."
    found = model(settings.model())
    lacks = f"since the extra for that is not installed. Type: {typed('meaning')}"
    return found, "" if found else lacks


def _said(n_vectors: int, n_encoded: int, off: str, *, is_demonstration: bool) -> str:
    """How many texts have vectors and where these come from; `off` says why no text is encoded."""
    if off and is_demonstration:
        return f"The vectors of {n_vectors:,} texts came with the demonstration; others are not made, {off}"
    if off:
        return f"Texts are not encoded, {off}"
    came_with = "; the vectors of the demonstration came with it" if is_demonstration else ""
    return f"{n_vectors:,} texts are encoded, {n_encoded:,} of them in this run{came_with}."
