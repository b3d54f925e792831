"""What a run did, from the cards that it read to the snapshot that it published."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from signals_pipeline.parsed.ingest import Ingested


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for its closing summary."""

    raw_dir: Path
    ingested: Ingested
    snapshot: str
    is_new: bool
    damage: str
    n_revised_calls: int
    n_newsletter_issues: int
    first_issue: date | None
    last_issue: date | None
