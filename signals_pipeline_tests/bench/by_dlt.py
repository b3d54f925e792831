"""What a user of dlt would do: files to rows by markdown-it-py in a transformer, rows to DuckDB by dlt.

`python -m signals_pipeline_tests.bench.by_dlt RAW DATABASE` prints CPU seconds and rows, as JSON.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.filesystem import filesystem
from markdown_it import MarkdownIt  # noqa: TID251

SECTIONS = ("signals", "concerns", "behaviors", "technologies", "issues")
_parser = MarkdownIt("commonmark").enable("table")


def rows(name: str, text: str) -> Iterator[Any]:
    """The rows of a card, each for its table."""
    tokens = _parser.parse(text)
    card = {"card_id": name.removesuffix(".md"), "title": "", "link": ""}
    section = ""
    header: list[str] = []
    cells: list[str] = []
    n_rows = 0
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            content = tokens[position + 1].content
            section = "" if token.tag == "h1" else content.casefold()
            card["title"] = card["title"] or content
            n_rows = 0
        elif token.type == "inline" and section in ("keywords", "themes") and token.level == 3:
            n_rows += 1
            row = {"card_id": card["card_id"], "row_no": n_rows, "line": (token.map or [0])[0] + 1}
            yield dlt.mark.with_table_name(row | {"raw_text": text_of(token)}, section)
        elif token.type == "inline" and not section and token.content.startswith("__[External"):
            card["link"] = token.content.partition("](")[2].partition(")")[0]
        elif token.type == "inline" and section == "summary":
            card["summary"] = text_of(token)
        elif token.type in ("thead_open", "tr_open"):
            cells = []
        elif token.type == "inline" and section in SECTIONS:
            cells.append(text_of(token))
        elif token.type == "tr_close" and section in SECTIONS:
            if token.level == 2 and tokens[position + 1].type == "thead_close":
                header = cells
            else:
                n_rows += 1
                row = {"card_id": card["card_id"], "row_no": n_rows}
                yield dlt.mark.with_table_name(row | dict(zip(header, cells, strict=False)), section)
    yield dlt.mark.with_table_name(card, "cards")


def text_of(token: Any) -> str:
    """The text of an inline token."""
    return "".join(child.content for child in token.children)


@dlt.transformer
def cards(items: Any) -> Iterator[Any]:
    """The rows of each file."""
    for item in items:
        yield from rows(item["file_name"], item.read_bytes().decode())


def main(raw: Path, database: Path) -> None:
    """Read a folder into a database."""
    start = sum(os.times()[:4])
    pipeline = dlt.pipeline(
        "cards",
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="cards",
        pipelines_dir=str(database.parent / "dlt"),
    )
    files = filesystem(bucket_url=raw.as_uri(), file_glob="*.md")
    pipeline.run(files | cards, loader_file_format="parquet")
    spent = sum(os.times()[:4]) - start
    with pipeline.sql_client() as client:
        found = {
            name: client.execute_sql(f"SELECT count(*) FROM {name}")[0][0]
            for name in ("cards", "keywords", "themes", *SECTIONS)
        }
    print(json.dumps({"seconds": spent, "rows": found, "version": dlt.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
