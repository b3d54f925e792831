"""The published database, attached by an analyst from a web server; and the workflow that puts it on one."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest
import yaml

from signals_pipeline_tests.starter import ROOT


class Ranges(SimpleHTTPRequestHandler):
    """Files by ranges of bytes, as web servers give them."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self.wfile.write(self._answer())

    def _answer(self) -> bytes:
        path = Path(self.translate_path(self.path))
        content = path.read_bytes() if path.is_file() else b""
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), int(asked[2])) if asked else (0, len(content) - 1)
        part = content[first : last + 1]
        self.send_response(404 if not path.is_file() else 206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(part)))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
        self.end_headers()
        return part


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """The address of the published snapshot on a web server."""
    handler = partial(Ranges, directory=str((folder / "current").resolve()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.long
def test_an_analyst_attaches_the_database_from_a_web_server(address: str, folder: Path) -> None:
    with duckdb.connect() as remote, duckdb.connect(
        str((folder / "current" / "signals.duckdb").resolve()), read_only=True
    ) as local:  # fmt: skip
        remote.execute("SET autoinstall_known_extensions = false")
        try:
            remote.execute("LOAD httpfs")
        except duckdb.IOException:
            pytest.skip("The DuckDB extension httpfs is not installed")
        remote.execute(f"ATTACH '{address}/signals.duckdb' AS signals (READ_ONLY)")
        remote.execute("USE signals")
        for query in ("FROM trend('ai')", "FROM rising()", "FROM evidence LIMIT 5", "FROM snapshot"):
            assert remote.execute(query).fetchall() == local.execute(query).fetchall()
        with pytest.raises(duckdb.Error, match="read-only"):
            remote.execute("CREATE TABLE mine (number INTEGER)")


def test_the_workflow_of_the_pages_builds_and_deploys_with_official_actions_alone() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text("utf-8"))
    # YAML reads the word on as true.
    assert workflow[True]["push"]["paths"] == ["cards/**"]
    assert workflow["permissions"] == {"contents": "read"}
    build, deploy = (workflow["jobs"][name] for name in ("build", "deploy"))
    assert build["env"] == {"SIGNALS_RAW_DIR": "cards"}
    assert build["permissions"] == {"contents": "read", "pages": "read"}
    (run,) = (no for no, step in enumerate(build["steps"]) if step.get("run") == "make run")
    (address,) = (no for no, step in enumerate(build["steps"]) if step.get("id") == "pages")
    assert address < run, "the feed has the address in it"
    assert build["steps"][run]["env"] == {"SIGNALS_BASE_URL": "${{ steps.pages.outputs.base_url }}/report/"}
    assert deploy["needs"] == "build"
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    used = [step["uses"] for job in (build, deploy) for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", one) for one in used)
    assert [one.partition("@")[0] for one in used][-2:] == [
        "actions/upload-pages-artifact",
        "actions/deploy-pages",
    ]
