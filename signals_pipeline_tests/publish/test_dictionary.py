"""The dictionary of the published tables."""

from pathlib import Path

from signals_pipeline.publish import dictionary


def test_the_committed_dictionary_is_current() -> None:
    committed = Path(__file__).parents[2] / "data" / "DICTIONARY.md"
    assert committed.read_text("utf-8") == dictionary.markdown(), "run make dictionary"


def test_every_description_says_something_and_every_table_begins_with_its_grain() -> None:
    for row in dictionary.rows():
        assert str(row["description"]).endswith((".", "]")), row
        if row["table_kind"] != "macro":
            assert str(row["table_description"]).startswith("One row"), row["table_name"]


def test_every_table_has_a_key_or_says_by_its_kind_that_it_has_none() -> None:
    keys = {row["table_name"] for row in dictionary.rows() if row.get("is_key")}
    assert {row["table_name"] for row in dictionary.rows() if row["table_kind"] == "table"} - keys == {
        "rejects",
        "search_posting",
    }
