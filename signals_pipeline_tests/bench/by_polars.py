"""What a user of polars would do: read all files, and split texts into columns where marks stand.

`python -m signals_pipeline_tests.bench.by_polars RAW DATABASE` prints CPU seconds and rows, as JSON. The
tables stay in memory: polars writes none into DuckDB, and the name of the database is not used.
"""

import json
import os
import sys
from pathlib import Path

import polars as pl

SECTIONS = ("signals", "concerns", "behaviors", "technologies", "issues")


def main(raw: Path) -> None:
    """Read a folder into data frames."""
    start = sum(os.times()[:4])
    paths = sorted(raw.glob("*.md"))
    files = pl.DataFrame(
        {"card_id": [path.stem for path in paths], "content": [path.read_text("utf-8") for path in paths]}
    )
    text = pl.col("content")
    tables = {
        "cards": files.select(
            "card_id",
            title=text.str.extract(r"(?m)^# __(.+?)__"),
            link=text.str.extract(r"__\[External link\]\((.*?)\)__"),
        )
    }
    lines = (
        files.with_columns(part=text.str.split("\n## ").list.slice(1))
        .explode("part")
        .select(
            "card_id", section=pl.col("part").str.extract(r"^(.*)").str.to_lowercase(), line=pl.col("part")
        )
        .with_columns(pl.col("line").str.split("\n"))
        .explode("line")
    )
    for name in ("keywords", "themes"):
        items = lines.filter((pl.col("section") == name) & pl.col("line").str.starts_with("* "))
        tables[name] = items.select("card_id", raw_text=pl.col("line").str.slice(2))
    cells = (
        lines.filter(pl.col("section").is_in(SECTIONS) & pl.col("line").str.starts_with("|"))
        .with_columns(cells=pl.col("line").str.split("|").list.eval(pl.element().str.strip_chars()))
        .with_columns(
            row_no=pl.int_range(pl.len()).over("card_id", "section") - 1,
            header=pl.col("cells").first().over("card_id", "section"),
        )
        .filter(pl.col("row_no") > 0)
    )
    for name in SECTIONS:
        tables[name] = cells.filter(pl.col("section") == name).select("card_id", "row_no", "header", "cells")
    spent = sum(os.times()[:4]) - start
    rows = {name: table.height for name, table in tables.items()}
    print(json.dumps({"seconds": spent, "rows": rows, "version": pl.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
