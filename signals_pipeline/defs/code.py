"""Where the code of an asset stands, for the links to an editor on its page."""

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

REFERENCES = "dagster/code_references"


def references(*made_by: Callable[..., Any] | Path) -> dg.CodeReferencesMetadataValue:
    """The places of functions and of whole files."""
    return dg.CodeReferencesMetadataValue(
        code_references=[_of_file(one) if isinstance(one, Path) else _of_function(one) for one in made_by]
    )


def _of_file(path: Path) -> dg.LocalFileCodeReference:
    return dg.LocalFileCodeReference(file_path=str(path), line_number=1, label=path.name)


@cache
def _of_function(function: Callable[..., Any]) -> dg.LocalFileCodeReference:
    path, line = inspect.getfile(function), inspect.getsourcelines(function)[1]
    return dg.LocalFileCodeReference(file_path=path, line_number=line, label=f"{function.__name__}()")
