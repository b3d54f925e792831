"""SQL files that hold several queries, each under comment lines that name it."""

import re
from pathlib import Path

_QUERY = re.compile(r"^-- (.+\n(?:-- .+\n)*)((?:(?!-- ).+\n)+)", re.MULTILINE)


def listed(path: Path) -> list[tuple[str, str]]:
    """Heading and text of each query of a file, in order, without marks of comments and semicolon."""
    return [
        (heading.rstrip("\n").replace("\n-- ", "\n"), sql.rstrip(";\n"))
        for heading, sql in _QUERY.findall(path.read_text("utf-8"))
    ]
