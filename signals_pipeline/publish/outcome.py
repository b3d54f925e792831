"""What a run did, from the cards that it read to the snapshot that it published."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.publish.revisions import FileChanges


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for its closing summary.

    `changes` counts the files that differ from the snapshot before, whichever run took them in. `meaning`
    says what was encoded, where a person asked for that, and `meaning_later` what the next run says where it
    has nothing to encode. `n_proposals` counts the pairs of names that
    wait for a person to decide on them.
    """

    raw_dir: RawDir
    ingested: Ingested
    snapshot: str
    is_new: bool
    damage: str
    changes: FileChanges
    n_revised_calls: int
    n_newsletter_issues: int
    first_issue: date | None
    last_issue: date | None
    meaning: str = ""
    meaning_later: str = ""
    n_proposals: int = 0

    def with_nothing_new(self) -> Self:
        """What the next run would do if nothing changed."""
        same = replace(self, is_new=False, damage="", changes=FileChanges(), n_revised_calls=0)
        return replace(same, meaning=self.meaning_later, ingested=replace(self.ingested, again=0))
