"""The vectors of texts: encoded where a person asks for it, none elsewhere."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import dagster as dg

from signals_pipeline.core.settings import Project, typed, variable
from signals_pipeline.defs.columns import asset_key, materialized, table_spec
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.meaning.model import Model, model
from signals_pipeline.meaning.models import Embedding
from signals_pipeline.meaning.texts import READS
from signals_pipeline.meaning.vectors import EMBEDDING, build_embedding, code_version


@cache
def _spec() -> dg.AssetSpec:
    return table_spec(
        "meaning",
        EMBEDDING,
        Embedding,
        deps=[asset_key(name) for name in READS],
        kinds={"python", "duckdb"},
        code_version=code_version(),
        made_by=[build_embedding],
    )


@dg.multi_asset(name="meaning", specs=[_spec()])
def meaning(store: StoreResource) -> Iterator[dg.MaterializeResult[Any]]:
    """Encode the texts that are new."""
    before = store.store.built()
    with errors_told_to_dagster():
        chosen, off = _chosen(store.settings)
        n_encoded = build_embedding(store.store, chosen)
    _, n_vectors, _ = store.store.built()[EMBEDDING]
    said = off or f"{n_vectors:,} texts are encoded, {n_encoded or 0:,} of them in this run."
    yield materialized(
        store,
        asset_key(EMBEDDING),
        EMBEDDING,
        before,
        extra={"rebuilt": n_encoded is not None, "meaning": said},
    )


def _chosen(settings: Project) -> tuple[Model | None, str]:
    """The model that encodes, or None and a sentence that says why no text is encoded."""
    if not settings.meaning():
        return None, f"Texts are not encoded, since {variable('meaning')} is not 1."
    found = model(settings.model())
    lacks = f"Texts are not encoded, since the extra for that is not installed. Type: {typed('meaning')}"
    return found, "" if found else lacks
