"""Writing the whole report of a published database."""

from pathlib import Path
from uuid import UUID

import duckdb

from signals_pipeline.core.files import files_version
from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.publish.report.cards import write_cards
from signals_pipeline.publish.report.changes import write_changes
from signals_pipeline.publish.report.compare import write_compare
from signals_pipeline.publish.report.finding import write_search
from signals_pipeline.publish.report.issues import write_issues
from signals_pipeline.publish.report.kept import Kept
from signals_pipeline.publish.report.map import write_map
from signals_pipeline.publish.report.outlooks import write_outlooks
from signals_pipeline.publish.report.overview import write_overview
from signals_pipeline.publish.report.quality import write_dictionary, write_quality, write_questions
from signals_pipeline.publish.report.reading import read
from signals_pipeline.publish.report.site import ReportSize, Site
from signals_pipeline.publish.report.sources import write_sources
from signals_pipeline.publish.report.statements import write_statements
from signals_pipeline.publish.report.sums import Sums
from signals_pipeline.publish.report.topics import write_topics
from signals_pipeline.publish.report.years import write_years

MAX_TOPICS = 300
"""Pages of topics, keywords and themes, those on most cards: it bounds the report however many there are."""

NO_INSTALLATION = UUID(int=0)
"""The installation of a report that is not published."""

_SAID_IN = (
    "*/checks.*",
    "*/models.py",
    "marts/macros/__init__.py",
    "marts/*/*.sql",
    "marts/parameters.py",
    "marts/queries.py",
    "meaning/model.py",
    "meaning/texts.py",
    "parsed/sections.py",
    "publish/dictionary.py",
    "publish/questions.*",
    "publish/spreadsheet.*",
    "publish/workbook.py",
)
"""Where else what pages say is declared: all that modules of the report import, with the SQL beside it."""


def write_report(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    max_topics: int = MAX_TOPICS,
    base_url: str = "",
    installation: UUID = NO_INSTALLATION,
    kept: Kept | None = None,
    memory_limit: str | None = None,
) -> ReportSize:
    """Write the report about a published database into a folder; how many pages and bytes that made.

    Links of the feed begin with `base_url`, the address under which the folder is read, if any; where there
    is none, `installation` tells the feed from those of others. The same database gives the same bytes:
    nothing else is read but its tables, and no clock. Pages that `kept` has are not rendered anew. Where the
    connection may hold no more than `memory_limit`, a query that needs more is asked again with more.
    """
    book = read(connection, max_topics, memory_limit)
    site = Site(folder, {"book": book, "about": book.about}, kept)
    sums = Sums(book)
    write_overview(book, site, write_years(book, site))
    write_topics(book, site, sums)
    write_search(book, site, sums)
    write_map(book, site)
    write_compare(book, site)
    write_issues(book, site)
    write_cards(book, site, sums)
    write_sources(book, site)
    write_statements(book, site)
    write_outlooks(book, site)
    write_changes(book, site, base_url, installation)
    write_quality(book, site)
    write_questions(book, site)
    write_dictionary(book, site)
    return site.size


def topic_pages(connection: duckdb.DuckDBPyConnection, *, max_topics: int = MAX_TOPICS) -> dict[str, str]:
    """The address of the page of each topic that has one, by its id, in the report of a database."""
    return read(connection, max_topics).topic_pages


def report_version() -> str:
    """A version that changes when the same database could give other pages: of their code and words."""
    folder = Path(__file__).parent
    elsewhere = (path for pattern in _SAID_IN for path in PACKAGE.glob(pattern))
    return files_version(
        (*folder.glob("*.py"), *folder.glob("templates/*"), *folder.glob("vendor/*"), *elsewhere)
    )
