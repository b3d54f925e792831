"""Dagster's web server behind the guard, as a process of its own.

Dagster offers no public way to put something before its web server. All that is used of its inside for that
stands in this file.
"""

import argparse

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware

from signals_pipeline.core.settings import project
from signals_pipeline.defs.guard import Guard

POLL_MILLISECONDS = 2000
"""How often a page asks what is new, as under `dagster dev`."""


class GuardedWebserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's web server, which answers what the guard lets pass."""

    def build_middleware(self) -> list[Middleware]:
        """The guard, before all that Dagster has."""
        return [Middleware(Guard, names=project().ui_hosts()), *super().build_middleware()]


def main() -> None:
    """Serve on this machine until a signal comes; the instance is that of DAGSTER_HOME."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--read-only", action="store_true")
    given = parser.parse_args()
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(
            instance, WorkspaceFileTarget([given.workspace]), dg.__version__, given.read_only
        ) as workspace,
    ):
        app = GuardedWebserver(workspace, live_data_poll_rate=POLL_MILLISECONDS).create_asgi_app()
        # What a proxy says of its clients changes nothing here.
        uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", proxy_headers=False)


if __name__ == "__main__":
    main()
