"""An encoder for tests of what follows from vectors: texts are as near as the words are that they share."""

import hashlib
import re
from pathlib import Path

import numpy as np

from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors
from signals_pipeline.meaning.model import Model

BY_WORDS = Model(Path("words.onnx"), hashlib.sha256(b"words").hexdigest())


class Words:
    """Each word has a direction of its own; the vector of a text is their sum."""

    def __init__(self, model: Model) -> None:
        self._directions: dict[str, np.ndarray] = {}

    def encode(self, texts: list[str]) -> Vectors:
        sums = np.stack([
            np.sum([self._direction(word) for word in re.findall(r"\w+", text.lower()) or [""]], axis=0)
            for text in texts
        ])  # fmt: skip
        return np.rint(127 * sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.int8)

    def _direction(self, word: str) -> np.ndarray:
        if word not in self._directions:
            digest = hashlib.shake_128(word.encode()).digest(N_DIMENSIONS)
            self._directions[word] = np.frombuffer(digest, np.int8).astype(np.float64)
        return self._directions[word]
