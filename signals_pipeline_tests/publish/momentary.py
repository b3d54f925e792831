"""Which files of a snapshot are others for the same content."""

MOMENTARY = {
    "parquet/main/snapshot.parquet": "it says when a snapshot was built, and what it is compared with",
    "parquet/main/issue_reading.parquet": "it says when files were read",
    "parquet/main/snapshot_diff.parquet": "it says what was another in the snapshot before",
    "parquet/main/feed_entry.parquet": "it takes over what the snapshots before told",
    "report/changes.html": "it shows snapshot_diff",
    "report/feed.xml": "it shows feed_entry, under the address that is set",
}
"""The files that depend on what was published before or when, with the reason.

All others are the same for the same content, however many runs took it in, but for the database that holds
the tables of these. The fingerprint of the content knows none of them.
"""
