"""The notebook: run as a script it exports the numbers of trend(), as a table and as a chart."""

import csv
import os
import struct
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from signals_pipeline_tests.starter import ROOT


def run(folder: Path, *arguments: str, data: Path) -> "subprocess.CompletedProcess[str]":
    """Run the notebook headless; it writes into a folder."""
    return subprocess.run(
        [sys.executable, "notebooks/trends.py", "--to", str(folder), *arguments],
        cwd=ROOT,
        env=os.environ | {"SIGNALS_DATA_DIR": str(data), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_it_exports_the_numbers_of_trend(demonstration, demonstration_snapshot, tmp_path) -> None:
    data = demonstration_snapshot.parent.parent
    done = run(tmp_path, "--grain", "month", data=data)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "topics.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    topics = list(dict.fromkeys(row["topic"] for row in found))
    expected = demonstration.execute(
        "SELECT topic FROM topic_momentum WHERE kind = 'concept' AND family_size IS NOT NULL "
        "ORDER BY n_cards_with DESC, topic LIMIT 3"
    ).fetchall()
    assert topics == sorted(topic for (topic,) in expected)
    for topic in topics:
        rows = demonstration.execute(
            "SELECT CAST(period_start AS VARCHAR), n_cards_with, n_cards, share, share_lo, share_hi "
            "FROM trend(?, grain := 'month')", [topic],
        ).fetchall()  # fmt: skip
        assert len(rows) > 3
        assert [
            (
                row["period_start"], int(row["n_cards_with"]), int(row["n_cards"]), float(row["share"]),
                float(row["share_lo"]), float(row["share_hi"]),
            )
            for row in found
            if row["topic"] == topic
        ] == rows  # fmt: skip
    png = (tmp_path / "topics.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (1800, 900)
    svg = (tmp_path / "topics.svg").read_text("utf-8")
    ET.fromstring(svg)
    assert all(f"<!-- {topic} -->" in svg for topic in topics), "each is named in the legend"


@pytest.mark.long
def test_a_topic_that_is_not_there_is_one_sentence_with_the_nearest(demonstration_snapshot, tmp_path) -> None:
    done = run(tmp_path / "none", "--topics", "ai, heat pumbs", data=demonstration_snapshot.parent.parent)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "No concept goes by the name 'heat pumbs'. The nearest are 'heat pump"
    )
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.long
def test_a_name_can_neither_become_a_formula_nor_break_the_chart() -> None:
    """In a process of its own, since the notebook loads what draws."""
    script = """
import pandas as pd
from notebooks.trends import drawn, exported
name = "=1+1 $x$"
rows = [(name, "2024-01-01", 1, 10, .1, .0, .4, False), (name, "2024-04-01", 2, 10, .2, .1, .5, True)]
names = ["topic", "period_start", "n_cards_with", "n_cards", "share", "share_lo", "share_hi", "is_partial"]
table = pd.DataFrame(rows, columns=names).astype({"period_start": "datetime64[s]"})
files = exported(table, drawn(table))
assert b"'=1+1 $x$,2024-01-01" in files["topics.csv"], files["topics.csv"]
assert b"<!-- =1+1 $x$ -->" in files["topics.svg"]
assert exported(table, drawn(table)) == files, "the same numbers give the same bytes"
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
