"""Libraries of others are the files that their authors published, and each has its licence beside it."""

import hashlib
import re
from pathlib import Path

from signals_pipeline.publish.report import site

FOLDER = Path(site.__file__).parent / "vendor"
_ROW = re.compile(
    r"\| `(?P<file>[^`]+)` \| \S+ \| [\d.]+ \| (?P<licence>[\w.-]+) \| `(?P<sha256>[0-9a-f]{64})` \|"
)
MAY_BE_USED = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}


def test_every_library_is_the_one_that_is_named() -> None:
    rows = list(_ROW.finditer((FOLDER / "README.md").read_text("utf-8")))
    assert {row["file"]: row["sha256"] for row in rows} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.iterdir()
        if path.suffix in (".js", ".css")
    }
    for row in rows:
        assert row["licence"] in MAY_BE_USED
        assert (FOLDER / f"{row['file']}.LICENSE").is_file()
