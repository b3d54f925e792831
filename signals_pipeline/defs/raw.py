"""The raw folder as assets: the cards that others put there, and the inventory of what changed."""

import dagster as dg

from signals_pipeline.core.progress import report
from signals_pipeline.defs import code
from signals_pipeline.defs.columns import OWNERS, linked
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import ProjectResource, StoreResource
from signals_pipeline.parsed.changes import count_changes, save_listing
from signals_pipeline.parsed.chunks import reader_version
from signals_pipeline.parsed.models import DRAFT, TABLES, WHOLE_FILE
from signals_pipeline.parsed.reader.forms import parts_read
from signals_pipeline.parsed.sections import LIST_ITEM, ROW
from signals_pipeline.raw.inventory import version
from signals_pipeline.raw.place import list_cards

CARDS = dg.AssetKey(["raw", "cards"])
INVENTORY = dg.AssetKey(["raw", "inventory"])


PARTS = {
    "file name": "The name of the file, with its folders below the raw one.",
    "line number": "The number of a line of the file, 1-based.",
    "title line": "The line with the title, and the newsletter issue in brackets.",
    "link line": "The line with the link to the article.",
    "structure": "Which headings, tables and columns there are.",
    "## Other": "What stands in a section Other.",
    "## Summary": "The summary of the article.",
    WHOLE_FILE: "All of the file.",
    DRAFT: "A draft of a newsletter issue beside the cards.",
    ROW: "The place of a row among those of its kind.",
}
"""What the parts of a card are that stand in no section with rows."""


def _parts() -> dg.TableSchema:
    """The parts of a card that columns are read from, as the columns of the cards."""
    readers: dict[str, list[str]] = {}
    for table in TABLES:
        by_part: dict[str, list[str]] = {}
        for name, read in parts_read(table).items():
            for part in read:
                by_part.setdefault(part, []).append(name)
        for part, names in by_part.items():
            readers.setdefault(part, []).append(f"{linked(f'parsed.{table}')} ({', '.join(names)})")
    return dg.TableSchema(
        [
            dg.TableColumn(
                part, type="Markdown", description=f"{_meaning(part)} Read by {', '.join(tables)}."
            )
            for part, tables in readers.items()
        ]
    )


def _meaning(part: str) -> str:
    if part in PARTS:
        return PARTS[part]
    heading, _, read = part.partition(": ")
    if read == ROW:
        return f"The place of a row in the section {heading}."
    if read == LIST_ITEM:
        return f"An item of the list in the section {heading}."
    return f"A cell of the column {read} in the section {heading}."


@dg.observable_source_asset(
    key=CARDS,
    group_name="raw",
    description="The Markdown cards of the raw folder. Others write them; the pipeline only reads.",
    tags={"dagster/kind/markdown": ""},
    metadata={"dagster/column_schema": _parts()},
)
def cards(project: ProjectResource) -> dg.ObserveResult:
    """Observe the folder: its version changes with every file added, removed or written."""
    with errors_told_to_dagster():
        listing = list_cards(project.get().raw_dir())
    return dg.ObserveResult(
        data_version=dg.DataVersion(version(listing)), metadata={"markdown_files": len(listing.entries)}
    )


@dg.asset(
    key=INVENTORY,
    deps=[CARDS],
    group_name="raw",
    owners=OWNERS,
    kinds={"python"},
    description="Every text file of the raw folder, and which of them are new, perhaps changed or gone.",
    metadata={code.REFERENCES: code.references(list_cards)},
)
def inventory(context: dg.AssetExecutionContext, store: StoreResource) -> dg.MaterializeResult[None]:
    """List the folder and compare it with what the store holds."""
    report("listing files")
    with errors_told_to_dagster():
        seen = store.look()
        listing, found_version = seen.listing, version(seen.listing)
        save_listing(store.store, listing)
        store.store.note("inputs_version", seen.inputs)
        found = count_changes(store.store, reader_version(store.dialect))
    context.log_event(
        dg.AssetObservation(
            asset_key=CARDS,
            metadata={"markdown_files": len(listing.entries)},
            tags={"dagster/data_version": found_version},
        )
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(listing.entries),
            "new": found.new,
            "perhaps_changed": found.perhaps_changed,
            "unchanged": found.unchanged,
            "gone": found.gone,
            "left_alone": len(listing.left_alone),
        },
        data_version=dg.DataVersion(found_version),
    )
