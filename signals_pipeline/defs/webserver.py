"""Dagster's web server behind the guard, as a process of its own.

Dagster's command has no place for a guard, so this does what that does. All that is used of the inside of
Dagster for it stands in this file. It is imported in `main`: each run imports this file with all of defs/ and
needs none of it.
"""

import argparse

import dagster as dg

from signals_pipeline.core.settings import project

POLL_MILLISECONDS = 2000
"""How often a page asks what is new, as under `dagster dev`."""


def main() -> None:
    """Serve on this machine until a signal comes; the instance is that of DAGSTER_HOME."""
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    from signals_pipeline.defs.guard import Guard

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
        app = create_app_from_workspace_process_context(workspace, live_data_poll_rate=POLL_MILLISECONDS)
        guarded = Guard(app, project().ui_hosts())
        # What a proxy says of its clients changes nothing here.
        uvicorn.run(guarded, host="127.0.0.1", port=given.port, log_level="warning", proxy_headers=False)


if __name__ == "__main__":
    main()
