"""The tables that come into being with a snapshot."""

from signals_pipeline.core.schema import Big, Day, Flag, Moment, Table, Text, Whole, column
from signals_pipeline.marts.models import CALLS
from signals_pipeline.parsed.models import CARD_ID
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.topics.models import KINDS, TOPIC_ID

CALLS_TOLD = tuple(call for call in CALLS if call not in ("risen", "fallen"))
"""The calls that are told when they are made and when they end; the others say what became of one."""

CHANGE_KINDS = {
    "call made": "a concept is newly called emerging, rising or falling",
    "call ended": "such a call holds no longer",
    "stage changed": "a concept stands elsewhere, without a call made or ended",
    "issue new": "a newsletter issue is new, with cards that were not there",
    "issue removed": "a newsletter issue is gone, with cards of it",
    "card new": "a card was not there",
    "card changed": "what its author wrote reads otherwise",
    "card removed": "a card is gone",
    "card dated": "the date of a card is another, or was not known, or is not known any more",
}

FEED_KINDS = ("call made", "issue new")
"""The changes that the feed has entries of."""


class Snapshot(Table, key=("snapshot",)):
    """One row: which snapshot this is, and what it was made from."""

    snapshot: Text = column("Name of the snapshot: the time it was built and its content's fingerprint.")
    as_of: Day = column("Day on which newsletter issues were judged to be in the past (UTC).")
    built_at: Moment = column("When the snapshot was built (UTC).")
    package_version: Text = column("Version of signals_pipeline.")
    parser_version: Text = column("Version of the code that read the cards.")
    schema_version: Whole = column(
        "Version of the published names: higher where a query of before may name what is gone.", ge=1
    )
    schema_fingerprint: Text = column("Fingerprint of the published tables, columns, macros and comments.")
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
    since_snapshot: Text = column(
        "Snapshot that snapshot_diff compares with: the last one of the same raw folder; NULL without one.",
        nullable=True,
    )
    other_code: Text = column(
        "What of the code is other than in that snapshot, and of the files that a person edits where no card "
        "is, so that differences may come of it and not of cards; NULL where nothing is.",
        nullable=True,
    )


class IssueReading(Table, key=("issue_key",)):
    """One row per newsletter issue: when was it read, from how many files, and what of it failed?

    The files of an issue are those of its cards (parsed.cards with parsed.card_files), and its drafts
    (parsed.drafts). All other text files are one row, 'no issue': pages, copies, drafts without a date, and
    files and cards that were rejected whole, of which nobody knows the issue. parsed.rejects names what
    failed. A run that reads the same again publishes nothing, so that the times are those of the snapshot.
    """

    issue_key: Text = column("Newsletter issue, of cards (see newsletter_issues) or drafts; or 'no issue'.")
    issue_date: Day = column("Date of the newsletter issue; NULL where it is not known.", nullable=True)
    n_files: Whole = column("Text files that it is read from.", unit="files", ge=0)
    n_cards: Whole = column("Cards read.", unit="cards", ge=0)
    first_read_at: Moment = column(
        "When one of them was read first (UTC), as far back as the snapshots of the raw folder tell; NULL "
        "where none could be read.",
        nullable=True,
    )
    last_read_at: Moment = column(
        "When one of them was read last (UTC): when it was new, when it may have changed, when the parser "
        "was another, or when a person asked for it; NULL where none could be read.",
        nullable=True,
    )
    parser_version: Text = column(
        "Version of the code that read them (see snapshot), followed by that of data/dialect.toml where it "
        "declares anything; NULL without a file.",
        nullable=True,
    )
    n_rejects: Whole = column("Files, cards and rows that could not be read.", unit="rejects", ge=0)
    rejects_by_code: Text = column(
        "How many of each level and code, such as 'row extra-cells:2'; NULL without any.", nullable=True
    )


class SnapshotDiff(Table, key=("change_id",), order=("change_kind", "topic", "issue_key", "change_id")):
    """One row per change since the last snapshot of the same raw folder; none in the first: what is new?

    It depends on what was published before, which no other table does. Topics are concepts.
    """

    change_id: Text = column(
        "MD5 of what changed: the same in every snapshot that tells the same change.", str_matches=TOPIC_ID
    )
    change_kind: Text = column("What happened.", isin=CHANGE_KINDS)
    topic_id: Text = column("Concept; NULL for cards and issues.", nullable=True, str_matches=TOPIC_ID)
    topic: Text = column("Canonical name; NULL for cards and issues.", nullable=True)
    before: Text = column(
        "Stage or date before; NULL without one. Of a call that ended, the call.", nullable=True
    )
    after: Text = column(
        "Stage or date now; NULL without one. Of a call made, the call; of a card that changed, which parts.",
        nullable=True,
    )
    called_since: Day = column(
        "First newsletter issue of the call that was made or ended; of another stage, that of the call or "
        "burst that stands, if any.",
        nullable=True,
    )
    issue_key: Text = column(
        "Newsletter issue, of cards that they are or were in; NULL for topics.", nullable=True
    )
    card_id: Text = column("Card; NULL for topics and issues.", nullable=True, str_matches=CARD_ID)
    title: Text = column("Title of the card; NULL without one.", nullable=True)
    is_known: Flag = column("Whether data/known.csv says that somebody knows this of the topic already.")
    sentence: Text = column("What a person is told.")
    since_snapshot: Text = column("Snapshot that is compared with.")


class FeedEntry(Table, key=("change_id",), order=("told_at", "change_id")):
    """One row per entry of the feed: what was told lately, by this snapshot and those before it.

    Each snapshot takes over the rows of the last one of the same raw folder, so that a reader of the feed
    misses nothing though few snapshots are kept, and is told nothing twice.
    """

    change_id: Text = column("The change (see snapshot_diff).", str_matches=TOPIC_ID)
    told_at: Moment = column("When the snapshot was built that told it first (UTC).")
    change_kind: Text = column("What happened.", isin=FEED_KINDS)
    topic_id: Text = column("Concept; NULL for issues.", nullable=True, str_matches=TOPIC_ID)
    topic: Text = column("Canonical name; NULL for issues.", nullable=True)
    after: Text = column("The call that was made; NULL for issues.", nullable=True)
    issue_key: Text = column("Newsletter issue; NULL for topics.", nullable=True)
    sentence: Text = column("What a person is told.")


class SearchName(
    Table, key=("topic_id", "surface", "folded", "name"), order=("kind", "topic", "surface", "folded", "name")
):
    """One row per topic and name that it goes by: what topics_named() looks names up in.

    A concept goes by the names of the keywords and themes that are the concept, and by its own.
    """

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")
    surface: Text = column("Name as it is written.")
    lowered: Text = column("The same without capitals.")
    folded: Text = column("The form in which names are compared (see topic_surfaces).")
    name: Text = column("Canonical name of the keyword or theme that is written so; of a concept, its own.")


class SearchText(Table, key=("text_no",)):
    """One row per text that search() looks through: a card or a statement.

    A text_no, like a word_no, holds within one snapshot only.
    """

    text_no: Whole = column("Number of the text, in the order of card_id, section and row_no.", ge=1)
    card_id: Text = column("Card of the text.", str_matches=CARD_ID)
    section: Text = column(
        "card, or the section of the statement: the parsed table.", isin=("card", *STATEMENT_SECTIONS)
    )
    row_no: Whole = column(
        "Number of the row in its section of the card, 1-based; NULL for a card.", nullable=True, ge=1
    )
    line: Whole = column("Line of the file where the card or statement begins, 1-based.", ge=1)
    n_characters: Whole = column("How long the text is.", unit="characters", ge=0)


class SearchWord(Table, key=("word_no",)):
    """One row per word that stands in any of these texts."""

    word_no: Whole = column("Number of the word.", ge=1)
    word: Text = column("The word as it is looked for: no capitals, no accents, a plural as its singular.")


class SearchPosting(Table):
    """One row per word of a text, as often as it stands there: which texts have a word?"""

    word_no: Whole = column("The word (see search_word).", ge=1)
    text_no: Whole = column("The text (see search_text).", ge=1)


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


TABLES: dict[str, type[Table]] = {
    "snapshot": Snapshot,
    "issue_reading": IssueReading,
    "snapshot_diff": SnapshotDiff,
    "feed_entry": FeedEntry,
}
SEARCH_TABLES: dict[str, type[Table]] = {
    "search_name": SearchName,
    "search_text": SearchText,
    "search_word": SearchWord,
    "search_posting": SearchPosting,
}
"""What macros look up. It stands in the database alone, since it is made of what other tables say."""

VIEWS: dict[str, type[Table]] = {"data_dictionary": DataDictionary}
