"""What a script of an afternoon would do: regular expressions, `read_table` at the pipes, rows into DuckDB.

`python -m signals_pipeline_tests.bench.by_pandas RAW DATABASE` prints CPU seconds and rows, as JSON.
"""

import io
import json
import os
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pandera.pandas as pa

SECTIONS = ("Signals", "Concerns", "Behaviors", "Technologies", "Issues")
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^# __(.+)__", re.MULTILINE)
_LINK = re.compile(r"__\[External link\]\((.*?)\)__")
_ITEM = re.compile(r"^\* (.+)$", re.MULTILINE)

MODEL = pa.DataFrameSchema(
    {
        "card_id": pa.Column(str, pa.Check.str_matches(r"^[0-9a-f]{32}")),
        "relevancy": pa.Column(float, pa.Check.in_range(1, 5), nullable=True, required=False),
    },
    drop_invalid_rows=True,
)


def main(raw: Path, database: Path) -> None:
    """Read a folder into a database."""
    start = sum(os.times()[:4])
    tables: dict[str, list[Any]] = defaultdict(list)
    for path in sorted(raw.glob("*.md")):
        text = path.read_text("utf-8")
        title, link = _TITLE.search(text), _LINK.search(text)
        tables["cards"].append((path.stem, title and title[1], link and link[1]))
        for name, body in _SECTION.findall(text):
            if name in ("Keywords", "Themes"):
                tables[name.lower()] += [(path.stem, item) for item in _ITEM.findall(body)]
            elif name in SECTIONS:
                try:
                    frame = pd.read_table(io.StringIO(body.strip()), sep="|", skipinitialspace=True)
                except pd.errors.ParserError:
                    continue  # a pipe in a cell, and the table is lost
                frame = frame.iloc[1:, 1:-1]
                frame.columns = [str(column).strip() for column in frame.columns]
                frame.insert(0, "card_id", path.stem)
                tables[name.lower()].append(frame)
    found = {}
    with duckdb.connect(str(database)) as connection:
        for name, parts in tables.items():
            if name in ("cards", "keywords", "themes"):
                columns = ["card_id", "title", "link"] if name == "cards" else ["card_id", "raw_text"]
                frame = pd.DataFrame(parts, columns=columns)
            else:
                frame = pd.concat(parts, ignore_index=True)
                for column in frame.columns[1:]:
                    frame[column] = frame[column].str.strip()
                if "relevancy" in frame:
                    frame["relevancy"] = pd.to_numeric(frame["relevancy"], errors="coerce")
                MODEL.validate(frame, lazy=True)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
            found[name] = len(frame)
    spent = sum(os.times()[:4]) - start
    print(json.dumps({"seconds": spent, "rows": found, "version": pd.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
