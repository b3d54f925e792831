"""The SQL of the marts as it stands in its files."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """The SELECT of a mart or view, as text."""
    return files("signals_pipeline.marts").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def queries() -> dict[str, str]:
    """Every SELECT by the name of its file."""
    folder = files("signals_pipeline.marts").joinpath("sql")
    names = sorted(one.name.removesuffix(".sql") for one in folder.iterdir())
    return {name: query(name) for name in names}
