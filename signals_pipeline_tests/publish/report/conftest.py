"""A published database with a demonstration and hostile cards in it, and its report."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.publish.report.site import ReportSize
from signals_pipeline.publish.report.write import MAX_TOPICS, write_report


@dataclass(frozen=True)
class Report:
    """Where the report stands, and what it was made from."""

    database: Path
    folder: Path

    @property
    def pages(self) -> dict[str, str]:
        """The text of every page by its path."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_text("utf-8")
            for path in sorted(self.folder.rglob("*.html"))
        }

    def written(self, folder: Path, max_topics: int = MAX_TOPICS) -> ReportSize:
        """The report, written once more into a folder."""
        with duckdb.connect(str(self.database.resolve()), read_only=True) as connection:
            return write_report(connection, folder, max_topics=max_topics)


@pytest.fixture(scope="package")
def report(folder) -> Report:
    current = folder / "current"
    return Report(current / "signals.duckdb", current.resolve() / "report")


@pytest.fixture(scope="package")
def pages(report) -> dict[str, str]:
    return report.pages
