"""The settings of a run, and the working store that it holds from its first step to its last."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field, PrivateAttr, create_model

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import SETTINGS, Project, content_version, project
from signals_pipeline.core.store import Store, open_store
from signals_pipeline.defs.liveness import at_work, tags_of_process
from signals_pipeline.parsed.dialect_file import read_dialect
from signals_pipeline.parsed.identity import COMES_ON
from signals_pipeline.parsed.ingest import STORED_TABLES
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.publish.known import KnownTopic, read_known
from signals_pipeline.publish.unchanged import Look, look, note_published
from signals_pipeline.topics.reviewed import read_reviewed

_FIELDS: dict[str, Any] = {
    one.name: (str, Field(default="", description=f"{one.meaning} ({one.variable}; else {one.default})"))
    for one in SETTINGS
}


class ProjectResource(create_model("Settings", __base__=dg.ConfigurableResource, **_FIELDS)):  # type: ignore[misc]
    """Where things are. What is empty comes from the environment, else from the checkout."""

    root: str = Field(default="", description="folder of the checkout; else the one beside the package")

    def get(self) -> Project:
        """The project, looked up now."""
        return project(**{name: getattr(self, name) for name in ("root", *_FIELDS)})


class StoreResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The working store, opened and locked once a run."""

    project: ProjectResource
    accept_drop: bool = Field(
        default=False,
        description="Publish this once though rows fell by more than half or a newsletter issue is gone.",
    )
    issue: str = Field(
        default="",
        description="Newsletter issue, such as 2026-06-21, whose cards are read again though they seem "
        "unchanged.",
    )

    _store: Store = PrivateAttr()
    _project: Project = PrivateAttr()
    _raw_dir: RawDir = PrivateAttr()
    _as_of: date = PrivateAttr()
    _edited: dict[str, bytes | None] = PrivateAttr()
    _is_whole_run: bool = PrivateAttr(default=False)
    _look: Look | None = PrivateAttr(default=None)
    _published: tuple[str, str] | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["StoreResource"]:
        """Hold the lock and the store while the run goes on; the run says which process it is in."""
        self._look = None
        self._published = None
        found = self.project.get()
        found.assert_writable()
        shown_at_work: AbstractContextManager[None] = nullcontext()
        if context.instance is not None and context.run is not None:
            context.instance.add_run_tags(context.run.run_id, tags_of_process(context.run.run_id))
            shown_at_work = at_work(found, context.run.run_id)
            self._is_whole_run = _is_whole(context.run)
        log = context.log

        def say(message: str) -> None:
            report(message)
            if log is not None:
                log.info(message)

        limit = found.memory_limit()
        with shown_at_work, store_lock(found.build, say):
            # Looked up when the waiting is over: cards may have come, and another run may have ingested them.
            raw_dir = found.raw_dir()
            found.note_own_cards(raw_dir)
            with open_store(found.build, raw_dir, STORED_TABLES, limit) as store:
                self._store = store
                self._project = found
                self._raw_dir = raw_dir
                self._as_of = found.as_of()
                self._edited = found.edited()
                yield self
            if self._is_whole_run:
                self._note_what_is_published()

    @property
    def store(self) -> Store:
        """The open store."""
        return self._store

    @property
    def settings(self) -> Project:
        """The project that the run works on."""
        return self._project

    @property
    def raw_dir(self) -> RawDir:
        """The raw folder, the same for all steps of the run."""
        return self._raw_dir

    @property
    def edited(self) -> dict[str, bytes | None]:
        """What the files that a person edits held when the run began, by name."""
        return self._edited

    @property
    def versions(self) -> dict[str, str]:
        """The versions of these files."""
        return {name: content_version(content) for name, content in self._edited.items()}

    @property
    def dialect(self) -> Dialect:
        """How the cards are written.

        Raises:
            BadInputFileError: What a person declares of it cannot be read.
        """
        path = self._project.dialect
        return read_dialect(path, self._edited[path.name] or b"")

    @property
    def known(self) -> list[KnownTopic]:
        """What an editor knows already.

        Raises:
            BadInputFileError: What a person says of it, or of names, cannot be read.
        """
        path = self._project.known
        reviewed = read_reviewed(self._project, self._edited)
        return read_known(path, self._edited[path.name] or b"", reviewed)

    def look(self) -> Look:
        """List the raw folder, and remember in which version all is that the run depends on.

        Raises:
            NoInputError: The folder cannot be listed.
        """
        self._look = look(self._project, self._raw_dir, self._edited)
        return self._look

    def note_published(self, snapshot: str) -> None:
        """Record what the store has taken in, and that it is published."""
        self.note_ingested()
        self._published = (self._store.noted(COMES_ON) or "", snapshot)

    def _note_what_is_published(self) -> None:
        """Record, where the run came so far, by what a later one sees that it would find nothing new."""
        if self._look is not None and self._published is not None:
            note_published(self._project, self._look, self._as_of, *self._published)

    def note_ingested(self) -> None:
        """Record what the store has taken in."""
        self._project.note_ingested(self._raw_dir, self._store.noted("ingested_version") or "")

    def assert_publishable(self) -> None:
        """Raise `BadInputFileError` where what only the publishing reads cannot be used."""
        _ = self.known, self._project.base_url()

    @property
    def as_of(self) -> date:
        """The day of the run, the same for all its steps."""
        return self._as_of


def _is_whole(run: dg.DagsterRun) -> bool:
    """Whether a run is one of the whole job, and not of some assets."""
    return not (run.asset_selection or run.resolved_op_selection)


@dg.definitions
def defs() -> dg.Definitions:
    """The resources, and the one executor: steps as processes of their own would fight for the lock."""
    # Resolved once a run, so that what is set in the launchpad holds for the store as well.
    settings = ProjectResource.configure_at_launch(
        # By name: the launchpad shows what is in force, and the webhook stays unseen. Dagster takes a
        # variable that is not set for an error.
        **{one.name: dg.EnvVar(one.variable) for one in SETTINGS if os.environ.get(one.variable)}
    )
    return dg.Definitions(
        resources={"project": settings, "store": StoreResource(project=settings)},
        executor=dg.in_process_executor,
    )
