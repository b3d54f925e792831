"""What readers of a published file may rely on: a version of all names in it, and old names that stay."""

from typing import NamedTuple

SCHEMA_VERSION = 2
"""One more than in the last release where a name that queries use is gone now, or of another type.

What is new does not change it. `CHANGELOG.md` says of each version what is gone.
"""


class Renamed(NamedTuple):
    """The name that a table or view has now, and the version of the package that drops the old one."""

    now: str
    gone_with: str

    def __str__(self) -> str:
        """What is said of the old name; that of a column, which stays beside the new one, says it too."""
        return f"Old name of {self.now.removeprefix('main.')}, gone with {self.gone_with}."


OLD_NAMES: dict[str, Renamed] = {}
"""Names of tables and views in the last minor version that are views now, both names with their schema."""
