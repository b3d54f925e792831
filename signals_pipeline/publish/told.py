"""What people were told, outside of all snapshots: one that is damaged makes nothing be told again.

The file lies beside the store, whose rebuild leaves it. It is small, and what it says of long ago is dropped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from signals_pipeline.core.files import read_object, write_whole

MAX_CHANGES = 2_000
"""Changes of one raw folder that are remembered, those told last: years of calls and newsletter issues."""

MAX_FOLDERS = 20
"""Raw folders of which changes are remembered, those published last."""

_INSTALLATION, _TOLD = "installation", "told"


@dataclass(frozen=True, slots=True)
class Told:
    """The file, which comes into being with what is noted first."""

    file: Path

    def installation(self) -> UUID:
        """What tells this installation from others, made once; it stays while the file does."""
        found = read_object(self.file)
        if _INSTALLATION not in found:
            found[_INSTALLATION] = str(uuid4())
            write_whole(self.file, json.dumps(found) + "\n")
        return UUID(found[_INSTALLATION])

    def changes(self, raw_dir: str) -> dict[str, datetime]:
        """When (UTC) each change of the cards of a raw folder was told first, by its id."""
        told = read_object(self.file).get(_TOLD, {}).get(raw_dir, {})
        return {change_id: datetime.fromisoformat(at) for change_id, at in told.items()}

    def note(self, raw_dir: str, told: Mapping[str, datetime]) -> None:
        """Record when changes were told, in place of what the file says of that raw folder."""
        found = read_object(self.file)
        last = sorted(told.items(), key=lambda one: one[1])[-MAX_CHANGES:]
        folders = {name: one for name, one in found.get(_TOLD, {}).items() if name != raw_dir}
        folders[raw_dir] = {change_id: at.isoformat() for change_id, at in last}
        found[_TOLD] = dict(list(folders.items())[-MAX_FOLDERS:])
        write_whole(self.file, json.dumps(found) + "\n")
