"""What texts mean into the store: their vectors, and what follows from these."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from signals_pipeline.core.files import files_version
from signals_pipeline.core.store import Store
from signals_pipeline.meaning.encoder import Encoder
from signals_pipeline.meaning.history import build_history
from signals_pipeline.meaning.matches import build_matches
from signals_pipeline.meaning.model import Model
from signals_pipeline.meaning.nearest import build_nearest
from signals_pipeline.meaning.proposals import build_proposals
from signals_pipeline.meaning.vectors import Encodes, build_embedding
from signals_pipeline.topics.build import EDITED
from signals_pipeline.topics.reviewed import Reviewed

NOTHING_REVIEWED = Reviewed()
NO_FILES = MappingProxyType(dict.fromkeys(EDITED, "none"))
"""What a person has reviewed, where there is nothing, and the versions of its files."""


def code_version() -> str:
    """A version that changes when other texts could be encoded, or a text otherwise."""
    return files_version(Path(__file__).parent.glob("*.*"))


def build_meaning(
    store: Store,
    model: Model | None,
    load: Callable[[Model], Encodes] = Encoder,
    came_with: Path | None = None,
    *,
    reviewed: Reviewed = NOTHING_REVIEWED,
    versions: Mapping[str, str] = NO_FILES,
) -> int | None:
    """Have the vectors of all texts, what is near to what, and the names that may be one idea.

    `came_with` is a file of vectors that need not be made; without it and a model nothing is encoded, and
    only names that look alike are proposed. `versions` are those of the files that a person edits, by name.
    Returns how many texts were encoded; None where nothing had to be looked at.

    Raises:
        BadInputFileError: The model cannot be used.
    """
    code = code_version()
    n_encoded = build_embedding(store, model, code, load, came_with)
    build_nearest(store, code)
    build_history(store, code)
    build_matches(store, code)
    build_proposals(store, reviewed, versions, code)
    return n_encoded
