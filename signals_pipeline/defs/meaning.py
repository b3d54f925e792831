"""What texts mean: encoded where a person asks for it; tables with no rows elsewhere."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import dagster as dg

from signals_pipeline.core.settings import Project, typed, variable
from signals_pipeline.defs.columns import asset_key, materialized, table_spec
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.meaning.build import READS, build_meaning, code_version
from signals_pipeline.meaning.model import Model, model
from signals_pipeline.meaning.models import EMBEDDING, TABLES


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
    """Encode the texts that are new, and look for the nearest cards and for matches of definitions."""
    before = store.store.built()
    with errors_told_to_dagster():
        chosen, off = _chosen(store.settings)
        n_encoded = build_meaning(store.store, chosen)
    _, n_vectors, _ = store.store.built()[EMBEDDING]
    said = off or f"{n_vectors:,} texts are encoded, {n_encoded or 0:,} of them in this run."
    for name in TABLES:
        extra = {"rebuilt": n_encoded is not None, "meaning": said}
        yield materialized(store, asset_key(name), name, before, extra=extra)


def _chosen(settings: Project) -> tuple[Model | None, str]:
    """The model that encodes, or None and a sentence that says why no text is encoded."""
    if not settings.meaning():
        return None, f"Texts are not encoded, since {variable('meaning')} is not 1."
    found = model(settings.model())
    lacks = f"Texts are not encoded, since the extra for that is not installed. Type: {typed('meaning')}"
    return found, "" if found else lacks
