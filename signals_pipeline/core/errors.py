"""Errors that a person can do something about: what happened, where, and what to do."""

EXIT_FAILED = 1
EXIT_TYPED_WRONGLY = 2
EXIT_DATA = 65
EXIT_NO_INPUT = 66
EXIT_UNAVAILABLE = 69
EXIT_CANNOT_WRITE = 73
EXIT_BUSY = 75

MEANING_OF_CODES = {
    "0": "done",
    str(EXIT_FAILED): "failed; one line says what, where and what to do",
    str(EXIT_TYPED_WRONGLY): "the command was typed wrongly",
    str(EXIT_DATA): "a file that a person edits, a setting or the store cannot be read, or too much is gone",
    str(EXIT_NO_INPUT): "there is nothing to read, or nothing is published yet",
    str(EXIT_UNAVAILABLE): "a Dask scheduler or PostgreSQL does not answer",
    str(EXIT_CANNOT_WRITE): "the data folder cannot be written, or the disk is full",
    str(
        EXIT_BUSY
    ): "another process holds the store or Dagster's history, or is the UI or daemon of this data",
    "129, 130, 143": "interrupted",
}
"""What each exit code of a command means, as its help says it."""


class SignalsError(Exception):
    """A foreseeable error, reported in one line; `exit_code` follows sysexits.h.

    `is_transient` where the same may succeed a moment later, without anyone doing something about it.
    """

    exit_code = EXIT_FAILED
    is_transient = False


class NoInputError(SignalsError):
    """The raw folder is missing, or there is nothing to read in it."""

    exit_code = EXIT_NO_INPUT


class BadInputFileError(SignalsError):
    """A file that a person edits (aliases, corrected dates) cannot be read."""

    exit_code = EXIT_DATA


class CannotWriteError(SignalsError):
    """A folder that the pipeline writes to cannot be written."""

    exit_code = EXIT_CANNOT_WRITE


class DiskFullError(CannotWriteError):
    """There is no room left where the pipeline writes."""


class OutOfMemoryError(SignalsError):
    """A step needs more memory than it may have."""


class UnknownIssueError(NoInputError):
    """A person named a newsletter issue that is not there; nobody else needs to hear of it."""


class DropError(SignalsError):
    """What would be published lacks too much of what the last snapshot holds, so nothing was published."""

    exit_code = EXIT_DATA


class StoreBusyError(SignalsError):
    """Another process holds the store or Dagster's history, or runs a daemon on the same data."""

    exit_code = EXIT_BUSY


class StoreDamagedError(SignalsError):
    """The working store cannot be opened."""

    exit_code = EXIT_DATA


class NewerFolderError(SignalsError):
    """The data folder was written by a newer version of the project, which this one could not go on with."""

    exit_code = EXIT_DATA


class BrokenTablesError(SignalsError):
    """A blocking check of the parsed tables does not hold, so nothing of the run was stored."""

    def __init__(self, message: str, broken: dict[str, int]) -> None:
        """The message, and the number of violations by qualified name of the check."""
        super().__init__(message)
        self.broken = broken


class ValidationOffError(SignalsError):
    """pandera has been switched off, so nothing would be checked."""


class ClusterError(SignalsError):
    """The Dask cluster cannot be reached, or cannot do the work."""

    exit_code = EXIT_UNAVAILABLE


class HistoryError(SignalsError):
    """PostgreSQL, where Dagster's history is configured to be, does not take it."""

    exit_code = EXIT_UNAVAILABLE


class VersionError(SignalsError):
    """Processes that work together have different versions of the package."""


class StaleTablesError(SignalsError):
    """Tables were not built from what stands in the store now."""


class InvariantError(SignalsError):
    """A table says something that cannot be true."""


class QueryRefusedError(SignalsError):
    """A query that somebody else wrote names or does what it may not."""

    exit_code = EXIT_DATA


class QueryStoppedError(SignalsError):
    """A query took more time or memory than it may have."""
