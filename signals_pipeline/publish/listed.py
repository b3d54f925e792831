"""SQL files that hold several queries, each under a comment line that names it."""

import re
from pathlib import Path

_QUERY = re.compile(r"^-- (.+)\n((?:(?!-- ).+\n)+)", re.MULTILINE)


def listed(path: Path) -> list[tuple[str, str]]:
    """Name and text of each query of a file, in order, without the semicolon."""
    return [(name, sql.rstrip(";\n")) for name, sql in _QUERY.findall(path.read_text("utf-8"))]
