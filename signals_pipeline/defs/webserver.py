"""Dagster's web server behind the guard, as a process of its own.

Dagster's command has no place for a guard, so this does what that does. What it needs is imported in `main`:
each run imports this file with all of defs/ and needs none of it.
"""

import argparse
import socket
from contextlib import suppress
from pathlib import Path

import dagster as dg

from signals_pipeline.core.settings import project

POLL_MILLISECONDS = 2000
"""How often a page asks what is new, as under `dagster dev`."""


def main() -> None:
    """Serve on a socket that listens already until a signal comes; the instance is that of DAGSTER_HOME."""
    import uvicorn

    from signals_pipeline.defs.guard import Guard
    from signals_pipeline.defs.internals import web_application

    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--read-only", action="store_true")
    given = parser.parse_args()
    with (
        dg.DagsterInstance.get() as instance,
        web_application(
            instance, given.workspace, read_only=given.read_only, poll_milliseconds=POLL_MILLISECONDS
        ) as app,
    ):
        guarded = Guard(app, project().ui_hosts())
        # What a proxy says of its clients changes nothing here.
        config = uvicorn.Config(guarded, log_level="warning", proxy_headers=False)
        # Ctrl-C is raised again once it has been heard.
        with socket.socket(fileno=given.socket) as listening, suppress(KeyboardInterrupt):
            uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
