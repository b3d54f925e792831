"""What runs say as JSON, one object a line, for programs that collect logs."""

import json
import os
from contextvars import ContextVar
from datetime import UTC, datetime

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.failures import without_folders
from signals_pipeline.core.settings import Project, variable

_run: ContextVar[str] = ContextVar("run", default="")
_settings: ContextVar[Project | None] = ContextVar("settings", default=None)


def is_json() -> bool:
    """Whether lines are to be JSON, also before it is known whether the settings can be read."""
    return os.environ.get(variable("log")) == "json"


def name_project(settings: Project) -> None:
    """Have the lines that follow say of which newsletter they are, and leave out where its folders lie."""
    _settings.set(settings)


def name_run(run_id: str) -> None:
    """Have the lines that follow say which run of Dagster's history they are about."""
    _run.set(run_id)


def json_line(level: str, event: str, message: str, **more: str | int | None) -> str:
    """One line: when (UTC), how grave, of which newsletter and run, what kind of thing, and what it is.

    It is ASCII. In all texts credentials in links are masked, and paths begin in the project or with the name
    of a setting.
    """
    settings = _settings.get()
    said = {
        "time": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z",
        "level": level,
        "newsletter": settings.newsletter if settings else "",
        "run": _run.get(),
        "event": event,
        "message": _cleaned(message, settings),
    }
    return json.dumps(
        said | {name: _cleaned(one, settings) if isinstance(one, str) else one for name, one in more.items()}
    )


def _cleaned(text: str, settings: Project | None) -> str:
    text = " ".join(text.split())
    return mask_credentials(without_folders(settings, text) if settings else text)
