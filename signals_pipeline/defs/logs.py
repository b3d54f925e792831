"""What sensors and the runs that they start print, where lines are JSON for what collects logs."""

import logging
import re
import sys
from typing import Any

import dagster as dg

from signals_pipeline.core.logs import is_json, json_line, name_project, name_run
from signals_pipeline.core.settings import project
from signals_pipeline.defs.internals import causes

CONSOLE = "console"
"""The name that Dagster has for the logger of what is printed."""

RUNS_PRINT_JSON = project().log_is_json()
"""Whether a person asked for that when the definitions were loaded."""

_HOW_FAR = re.compile(r"(PIPELINE|STEP)_(START|SUCCESS|FAILURE|CANCELED|UP_FOR_RETRY|RESTARTED)")
"""The events that say how far a run is; others are read in the history."""


class JsonLines(logging.Handler):
    """Prints a line for how far a run is, and for whatever is more than a detail."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line, or nothing."""
        about: dict[str, Any] = vars(record)["dagster_meta"]
        event: dg.DagsterEvent | None = about.get("dagster_event")
        kind = event.event_type_value if event else "message"
        if record.levelno < logging.INFO and not _HOW_FAR.fullmatch(kind):
            return
        name_run(about.get("run_id") or "")
        message = [about["orig_message"], *([one.message for one in causes(event)][-1:] if event else [])]
        level = logging.getLevelName(max(record.levelno, logging.INFO))
        event_name = kind.replace("PIPELINE", "RUN").lower()
        # A sensor has a name, a step a key.
        place = {"sensor": about["name"]} if "name" in about else {"step": about["step_key"]}
        sys.stderr.write(json_line(level, event_name, " ".join(message), **place) + "\n")


def printed_as_asked(log: logging.Logger) -> logging.Logger:
    """The log of a sensor, which prints JSON where a person asks for that."""
    if is_json():
        name_project(project())
        # The first handler prints, and another one keeps what the page of the sensor shows.
        log.handlers[:1] = [JsonLines()]
    return log


@dg.logger({"log_level": dg.Field(str, default_value="DEBUG", description="What is less grave is left out.")})
def json_console(context: dg.InitLoggerContext) -> logging.Logger:
    """The logger of what is printed."""
    name_project(project())
    logger = logging.Logger("signals", context.logger_config["log_level"])
    logger.addHandler(JsonLines())
    return logger


@dg.definitions
def defs() -> dg.Definitions:
    """The logger in the place of Dagster's own, where a person asks for such lines."""
    return dg.Definitions(loggers={CONSOLE: json_console} if RUNS_PRINT_JSON else {})
