"""The SQL of the marts as it stands in its files."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """The SELECT of a mart or view, as text."""
    return files("signals_pipeline.marts").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
