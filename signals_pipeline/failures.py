"""What a failed run tells a person."""

import traceback

from signals_pipeline.errors import EXIT_FAILED, SignalsError
from signals_pipeline.faults import short_of
from signals_pipeline.project import Project, shown


def explain(settings: Project, error: BaseException) -> tuple[str, int]:
    """What made a run fail, in one line for a person, and the exit code that says the same to a program."""
    chain = _chain(error)
    foreseen = [cause for cause in chain if isinstance(cause, SignalsError)]
    # Dagster's history may be what found no room.
    foreseen += [told for cause in chain if (told := short_of(cause, settings.data)) is not None]
    if foreseen:
        return str(foreseen[0]), foreseen[0].exit_code
    own = [cause for cause in chain if not type(cause).__module__.startswith("dagster")]
    return _unforeseen(settings, error, (own or chain)[-1]), EXIT_FAILED


def _unforeseen(settings: Project, error: BaseException, root: BaseException) -> str:
    """One line about an error that nobody foresaw, and where the whole story stands."""
    story = settings.build / "last_failure.txt"
    try:
        story.write_text("".join(traceback.format_exception(error)), "utf-8")
        where = f"The whole story is in {shown(story)}."
    except OSError as full:
        where = f"The whole story could not be written ({full.strerror})."
    what = f"{type(root).__name__}: {str(root).splitlines()[0] if str(root) else ''}"
    return f"The job failed: {what}. The last snapshot stays. {where}"


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what led to it. Dagster's errors may lead back to themselves, so each is taken once."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is seen for seen in chain):
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
