"""A published database with a demonstration and hostile cards in it, and its report."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

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


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a line for each of them."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module", params=["file", "http"])
def address(report, request) -> Iterator[str]:
    """Where the report is opened: as files, and from a web server."""
    if request.param == "file":
        yield report.folder.as_uri()
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=report.folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
