"""What a run says of vectors: how many there are, and where they come from."""

import pytest

from signals_pipeline.core.settings import came_with, project
from signals_pipeline.defs.meaning import _said

OFF = "since SIGNALS_MEANING is not 1."


@pytest.mark.parametrize(
    ("off", "is_demonstration", "said"),
    [
        (OFF, False, f"Texts are not encoded, {OFF}"),
        (OFF, True, f"The vectors of 1,200 texts came with the demonstration; others are not made, {OFF}"),
        ("", False, "1,200 texts are encoded, 3 of them in this run."),
        (
            "",
            True,
            "1,200 texts are encoded, 3 of them in this run; the vectors of the demonstration came with it.",
        ),
    ],
)
def test_it_is_said_where_vectors_come_from(off, is_demonstration, said) -> None:
    assert _said(1_200, 3, off, is_demonstration=is_demonstration) == said


def test_only_the_demonstration_comes_with_vectors(tmp_path) -> None:
    settings = project(data_dir=str(tmp_path))
    assert settings.vectors(settings.raw_dir()) == came_with("data/demo_vectors.parquet")
    assert settings.vectors(tmp_path) is None
