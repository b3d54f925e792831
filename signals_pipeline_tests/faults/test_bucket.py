"""The command with cards in a bucket: their paths are keys, and what becomes of the bucket harms nobody."""

import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.core.errors import EXIT_DATA, EXIT_NO_INPUT
from signals_pipeline.core.settings import project
from signals_pipeline.publish import integrity
from signals_pipeline_tests.conftest import AWS_SECRET
from signals_pipeline_tests.raw.sample import card, card_id, link
from signals_pipeline_tests.starter import Starter


@pytest.mark.long
def test_a_bucket_that_is_emptied_or_gone_leaves_what_is_published(
    bucket: Any, starter: Starter, tmp_path: Path
) -> None:
    place = f"s3://{bucket.name}/cards"
    names = [f"2024/{card_id(link(number))}.md" for number in range(3)]
    for number, name in enumerate(names):
        bucket.put_object(Key=f"cards/{name}", Body=card(number).encode())
    settings = project(data_dir=str(tmp_path / "data"))
    keys = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    given = keys | {
        "SIGNALS_RAW_DIR": place, "SIGNALS_DATA_DIR": str(settings.data), "SIGNALS_AS_OF": "2026-06-30"
    }  # fmt: skip

    done = starter.run("run", **given)
    assert done.code == 0, done.printed
    assert f"Folder:   {place}\n" in done.out
    assert "3 in 3 files: 3 new," in done.out
    published = settings.snapshot
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        assert connection.execute("SELECT path FROM parsed.files_seen").fetchall() == [
            (name,) for name in sorted(names)
        ]

    bucket.objects.all().delete()
    emptied = starter.run("run", **given)
    assert emptied.code == EXIT_DATA
    assert "ACCEPT_DROP=1" in emptied.said[0]
    bucket.delete()
    gone = starter.run("run", **given)
    assert gone.code == EXIT_NO_INPUT
    assert f"{place} cannot be listed: The specified bucket does not exist" in gone.said[0]
    assert gone.said[0].endswith("The last snapshot stays.")
    assert settings.snapshot == published
    assert integrity.damage(settings.published / "snapshots" / published) == ""
    held = b"".join(path.read_bytes() for path in settings.data.rglob("*") if path.is_file())
    assert AWS_SECRET.encode() not in held
