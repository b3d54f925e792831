"""Three topics over time, with their intervals, as a chart and as a table to take along.

`make notebook` opens it in a browser. As a script it writes what it shows into a folder:
`.venv/bin/python notebooks/trends.py --to some/folder --topics "ai, heat pump, kelp" --grain quarter`.
"""

import marimo

app = marimo.App(width="medium", app_title="Signals: topics over time")

with app.setup:
    import io
    from pathlib import Path

    import duckdb
    import marimo as mo
    import matplotlib as mpl
    import pyarrow
    from matplotlib.figure import Figure

    from signals_pipeline import connect
    from signals_pipeline.publish.spreadsheet import defused

    # The same numbers give the same file.
    mpl.rcParams["svg.hashsalt"] = "signals"


@app.cell
def _():
    mo.md("""
    # Topics over time

    The lines show the share of the newsletter's cards that have a topic, and the bands show its interval.
    Write other topics, or choose another grain, and everything below follows. A hollow dot is a period that
    is not over, or of which the first newsletter issues are missing.
    """)


@app.cell
def _():
    given = mo.cli_args()
    database = connect(given.get("database") or "")
    most_frequent = database.execute("""
        SELECT topic
        FROM topic_momentum
        WHERE kind = 'concept' AND family_size IS NOT NULL
        ORDER BY n_cards_with DESC, topic
        LIMIT 3
    """).fetchall()
    topics = mo.ui.text(
        value=given.get("topics") or ", ".join(topic for (topic,) in most_frequent),
        label="Topics, with commas",
        full_width=True,
    )
    grain = mo.ui.dropdown(["month", "quarter", "year"], value=given.get("grain") or "quarter", label="Grain")
    mo.vstack([topics, grain])
    return database, given, grain, topics


@app.function
def shares(database, topics, grain):
    """The rows of trend() for topics: topic, period_start, cards, share and interval."""
    return database.execute(
        "SELECT topic, period_start, n_cards_with, n_cards, share, share_lo, share_hi, is_partial "
        "FROM trend(?, grain := ?)",
        [topics, grain],
    ).df()


@app.function
def drawn(table):
    """The shares as lines in their bands, with hollow dots where a period is not whole."""
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    axes = figure.subplots()
    for topic, rows in table.groupby("topic", sort=False):
        (line,) = axes.plot(rows["period_start"], rows["share"], label=topic)
        color = line.get_color()
        for is_partial, fill in ((False, color), (True, "white")):
            dots = rows[rows["is_partial"] == is_partial]
            axes.plot(dots["period_start"], dots["share"], "o", ms=4, color=color, mfc=fill)
        axes.fill_between(rows["period_start"], rows["share_lo"], rows["share_hi"], color=color, alpha=0.15)
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))
    axes.set_ylim(bottom=0)
    axes.set_ylabel("Share of the cards")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for text in axes.legend(frameon=False, loc="upper left").get_texts():
        # A dollar sign in a name begins no formula.
        text.set_parse_math(False)
    return figure


@app.function
def exported(table, figure):
    """The files to take along, by name; no cell of the table can become a formula in a spreadsheet."""
    safe = table.assign(topic=defused(pyarrow.array(table["topic"], pyarrow.string())).to_pylist())
    files = {"topics.csv": safe.to_csv(index=False).encode()}
    for kind, about in (("png", {"Software": None}), ("svg", {"Date": None})):
        content = io.BytesIO()
        figure.savefig(content, format=kind, dpi=200, metadata=about)
        files[f"topics.{kind}"] = content.getvalue()
    return files


@app.cell
def _(database, grain, topics):
    asked = [topic.strip() for topic in topics.value.split(",") if topic.strip()]
    mo.stop(not asked, mo.md("Write the name of a topic."))
    try:
        table = shares(database, asked, grain.value)
    except duckdb.Error as error:
        # Of a name that no topic goes by: it says the nearest.
        said = str(error).removeprefix("Invalid Input Error: ")
        if mo.app_meta().mode == "script":
            raise SystemExit(said) from None
        mo.stop(True, mo.plain_text(said))
    files = exported(table, drawn(table))
    mo.image(files["topics.png"], alt="The shares that the table below lists")
    return files, table


@app.cell
def _(table):
    percent = dict.fromkeys(["share", "share_lo", "share_hi"], "{:.1%}")
    mo.ui.table(
        table,
        selection=None,
        page_size=10,
        show_column_summaries=False,
        format_mapping=percent | {"period_start": "{:%Y-%m-%d}"},
    )


@app.cell
def _(files, given):
    if mo.app_meta().mode == "script":
        folder = Path(given.get("to") or ".")
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    downloads = [mo.download(content, filename=name, label=name) for name, content in files.items()]
    mo.hstack(downloads, justify="start")


if __name__ == "__main__":
    app.run()
