"""The tables that come into being with a snapshot."""

from signals_pipeline.core.schema import Big, Day, Flag, Moment, Table, Text, Whole, column


class Snapshot(Table, key=("snapshot",)):
    """One row: which snapshot this is, and what it was made from."""

    snapshot: Text = column("Name of the snapshot: the time it was built and its content's fingerprint.")
    as_of: Day = column("Day on which newsletter issues were judged to be in the past (UTC).")
    built_at: Moment = column("When the snapshot was built (UTC).")
    package_version: Text = column("Version of signals_pipeline.")
    parser_version: Text = column("Version of the code that read the cards.")
    schema_version: Text = column("Version of the published tables, columns and comments.")
    input_fingerprint: Text = column(
        "Fingerprint of the cards' bytes, of the files that a person edits, and of the parameters."
    )
    n_files: Whole = column("Text files in the raw folder (.md, .markdown, .txt).", unit="files", ge=0)
    n_cards: Whole = column("Cards read.", unit="cards", ge=0)
    n_counted: Whole = column("Cards that the marts count.", unit="cards", ge=0)
    n_statements: Big = column("Rows of the five section tables.", unit="rows", ge=0)
    n_rejects: Whole = column("Files, cards and rows that could not be read.", unit="rejects", ge=0)
    n_newsletter_issues: Whole = column("Newsletter issues with a date.", unit="newsletter issues", ge=0)
    first_issue_date: Day = column("Date of the first newsletter issue; NULL without one.", nullable=True)
    last_issue_date: Day = column("Date of the last newsletter issue; NULL without one.", nullable=True)


class DataDictionary(Table, key=("table_schema", "table_name", "position")):
    """One row per column of every table, view and macro of this database."""

    table_schema: Text = column("Schema: main or parsed.")
    table_name: Text = column("Table, view or macro.")
    table_kind: Text = column("What it is.", isin=("table", "view", "macro"))
    table_description: Text = column("The grain, then what it is for.")
    position: Whole = column("Number of the column, 1-based.", ge=1)
    column_name: Text = column("Column; for a macro, its result.")
    column_type: Text = column("DuckDB type.", nullable=True)
    is_nullable: Flag = column("Whether it may be NULL.", nullable=True)
    is_key: Flag = column("Whether it is part of the key.", nullable=True)
    unit: Text = column("Unit of a number.", nullable=True)
    description: Text = column("What the column means.")
    comes_from: Text = column(
        "Tables and their columns that it is computed from, and those that say of which rows (selected by), "
        "one step back; of the parsed tables, the parts of a card (raw.cards).",
        nullable=True,
    )


TABLES: dict[str, type[Table]] = {"snapshot": Snapshot}
VIEWS: dict[str, type[Table]] = {"data_dictionary": DataDictionary}
