"""The table of vectors."""

from signals_pipeline.core.schema import Bytes, Table, Text, column


class Embedding(Table, key=("text_hash", "model")):
    """One row per text and model: what a text of a card, a statement, a topic or a definition means.

    Texts of near meaning have vectors of near direction: list_cosine_similarity(a.vector, b.vector). Without
    rows where texts are not encoded (SIGNALS_MEANING).
    """

    text_hash: Text = column("MD5 of the text.", str_length=32)
    model: Text = column("SHA-256 of the file of the encoder.", str_length=64)
    vector: Bytes = column("384 numbers: the vector of length one, times 127 and rounded.")


TABLES: dict[str, type[Table]] = {"embedding": Embedding}
"""The one table by name."""
