"""Tokens as the reference makes them.

tokens.json has 25 texts with the numbers that `tokenizers` 0.23.3 gave for them on 2026-11-29, by the file
tokenizer.json of sentence-transformers/all-MiniLM-L6-v2 (sha256 be50c362…), cut at a limit.
"""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import pytest

from signals_pipeline.meaning import wordpiece
from signals_pipeline.meaning.wordpiece import token_numbers, vocabulary

EXPECTED = json.loads(Path(__file__).with_name("tokens.json").read_text("utf-8"))


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: ascii(case["text"])[:40])
def test_tokens_are_those_of_the_reference(case) -> None:
    assert token_numbers(case["text"], case["limit"]) == case["numbers"]


def test_the_vocabulary_is_the_published_one() -> None:
    content = files(wordpiece.__package__).joinpath("vocabulary.txt").read_bytes()
    published = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
    assert hashlib.sha256(content).hexdigest() == published
    assert len(vocabulary()) == 30_522


def test_a_text_has_its_begin_and_end_at_any_limit() -> None:
    begin, end = token_numbers("", 256)
    for limit in range(2, 12):
        numbers = token_numbers("one two three four five six seven eight", limit)
        assert len(numbers) == min(limit, 10)
        assert (numbers[0], numbers[-1]) == (begin, end)
