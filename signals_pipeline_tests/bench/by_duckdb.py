"""What somebody who knows SQL would do: DuckDB alone reads the files, and splits texts where marks stand.

`python -m signals_pipeline_tests.bench.by_duckdb RAW DATABASE` prints CPU seconds and rows, as JSON.
"""

import json
import os
import sys
from pathlib import Path

import duckdb

SECTIONS = ("signals", "concerns", "behaviors", "technologies", "issues")

READ = r"""
CREATE TEMP TABLE parts AS
SELECT parse_filename(filename, true) AS card_id, content, string_split(content, chr(10) || '## ') AS parts
FROM read_text(getvariable('files'));

CREATE TABLE cards AS
SELECT
    card_id,
    regexp_extract(parts[1], '(?m)^# __(.+?)__', 1) AS title,
    regexp_extract(parts[1], '__\[External link\]\((.*?)\)__', 1) AS link
FROM parts;

CREATE TEMP TABLE sections AS
SELECT card_id, lower(split_part(part, chr(10), 1)) AS section, string_split(part, chr(10)) AS lines
FROM (SELECT card_id, unnest(parts[2:]) AS part FROM parts);

CREATE TEMP TABLE statements AS
SELECT
    card_id, section, unnest(rows[3:]) AS cells, rows[1] AS header
FROM (
    SELECT
        card_id, section,
        list_transform(
            list_filter(lines, lambda line: line[1] = '|'),
            lambda line: list_transform(string_split(line, '|')[2:-2], lambda cell: trim(cell))
        ) AS rows
    FROM sections
)
WHERE len(rows) > 2;
"""

ITEMS = """
CREATE TABLE {name} AS
SELECT
    card_id,
    unnest([line[3:] FOR line IN lines IF line[:2] = '* ']) AS raw_text
FROM sections
WHERE section = '{name}'
"""

STATEMENTS = """
CREATE TABLE {name} AS
SELECT
    card_id,
    cells[list_position(header, 'name')] AS name,
    cells[list_position(header, 'description')] AS description,
    TRY_CAST(cells[list_position(header, 'relevancy')] AS TINYINT) AS relevancy,
    map_from_entries(list_zip(header, cells)) AS all_cells
FROM statements
WHERE section = '{name}' AND len(header) = len(cells)
"""


def main(raw: Path, database: Path) -> None:
    """Read a folder into a database."""
    start = sum(os.times()[:4])
    found = {}
    with duckdb.connect(str(database)) as connection:
        connection.execute("SET VARIABLE files = ?", [str(raw / "*.md")])
        connection.execute(READ)
        for name in ("cards", "keywords", "themes", *SECTIONS):
            if name != "cards":
                connection.execute((STATEMENTS if name in SECTIONS else ITEMS).format(name=name))
            found[name] = connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
    spent = sum(os.times()[:4]) - start
    print(json.dumps({"seconds": spent, "rows": found, "version": duckdb.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
