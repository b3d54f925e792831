"""The vectors that come with the demonstration are those of its texts, and the encoder's."""

from collections.abc import Iterator

import numpy as np
import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.meaning.encoder import Encoder
from signals_pipeline.meaning.texts import CARD_TEXTS, TOPIC_TEXTS, statement_texts
from signals_pipeline.meaning.vectors import build_embedding
from signals_pipeline_tests.demo_vectors import FILE, demonstration
from signals_pipeline_tests.meaning.test_encoder import of_the_extra

MAKE_ANEW = "the demonstration has other texts now, or the encoder is another one: make demo-vectors"


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with demonstration() as found:
        build_embedding(found, None, "code", came_with=FILE)
        yield found


@pytest.mark.long
def test_every_text_of_the_demonstration_has_its_vector_and_no_other_is_in_the_file(store) -> None:
    texts = " UNION ALL ".join(
        f"SELECT text FROM ({one})" for one in (CARD_TEXTS, TOPIC_TEXTS, statement_texts())
    )
    n_missing = store.value(
        f"SELECT count(*) FROM ({texts}) WHERE text <> '' "
        "AND md5(text) NOT IN (SELECT text_hash FROM embedding)"
    )
    n_in_file = store.value(f"SELECT count(*) FROM read_parquet('{FILE}')")
    assert n_missing == 0, MAKE_ANEW
    assert store.value("SELECT count(*) FROM embedding") == n_in_file > 8_000, MAKE_ANEW
    assert FILE.stat().st_size < 5_000_000


@pytest.mark.long
def test_they_are_what_the_encoder_makes_of_these_texts(store) -> None:
    found = store.rows("""
        SELECT t.text, e.vector
        FROM (SELECT title AS text FROM parsed.cards UNION SELECT topic FROM topics) AS t
        JOIN embedding AS e ON e.text_hash = md5(t.text)
        ORDER BY e.text_hash
        LIMIT 20
    """)
    found += store.rows("""
        SELECT concat_ws(' ', c.name, c.description) AS text, e.vector
        FROM parsed.concerns AS c
        JOIN embedding AS e ON e.text_hash = md5(concat_ws(' ', c.name, c.description))
        ORDER BY e.text_hash
        LIMIT 20
    """)
    texts, kept = zip(*found, strict=True)
    one, other = np.array(kept, np.float64), Encoder(of_the_extra()).encode(list(texts)).astype(np.float64)
    cosines = (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert len(texts) == 40
    assert cosines.min() >= 0.99, texts[int(cosines.argmin())]
