"""A folder to work in: the files that a person edits, a place for cards, and where everything is said."""

import shlex
import shutil
from pathlib import Path

from signals_pipeline.core.errors import CannotWriteError
from signals_pipeline.core.files import write_whole
from signals_pipeline.core.settings import EDITED, SETTINGS, as_installed, came_with, variable

_COPIED = ("dagster.yaml", "workspace.yaml", *(f"data/{name}" for name in EDITED))

_README = """\
# Signals

Cards lie in `data/raw`, one Markdown file each. `signals run` reads them and publishes
`data/published/current/signals.duckdb` with a report beside it; without cards it shows a demonstration.

    signals run                   read the cards, publish
    signals sql                   ask the published database
    signals ui                    the Dagster UI, with schedule and sensor
    signals explain data/raw/x.md what is read from a card, and what is not

| file | what it is for |
|---|---|
| `CARDS.md` | what a card looks like, and how to have others read |
| `data/aliases.csv` | names that are one topic: `surface` as in cards; `topic`, or nothing to leave it out; \
`kind`: `keyword`, `theme`, or nothing for both |
| `data/concepts.csv` | what names mean one idea: a row with `concept` and `definition`, and one for \
each `member`, whose `relation` says that it `is` the concept, a `part` of it, or `not` |
| `data/issue_dates.csv` | dates of newsletter issues that cards have wrong; `token` is what a card says of \
its issue, such as `20240107` |
| `data/known.csv` | what you know already and need not be told: `topic`; its `stage`, such as `rising`, or \
nothing for any; the last day `until` which it is no news, or nothing |
| `data/verdicts.csv` | whether what cards say of the future came true: the `card` with `section`, `row` and \
`text` of the outlook, your `verdict` (`came true`, `did not` or `open`) and its `date` |
| `data/dialect.toml` | how your cards are written, where they are not like the newsletter's |
| `.env` | settings, such as another folder of cards |
| `dagster.yaml` | where the history of runs is kept, and for how long |
| `workspace.yaml` | what Dagster's own commands, such as `dagster dev`, need here |
"""


def make_project(folder: Path) -> str:
    """Make a folder to work in and say what was made; a file that is there already stays as it is.

    Raises:
        CannotWriteError: The folder cannot be written.
    """
    cards = as_installed(came_with("docs/CARDS.md").read_text("utf-8"))
    texts = {"README.md": _README, "CARDS.md": cards, ".env": _settings()}
    try:
        (folder / "data" / "raw").mkdir(parents=True, exist_ok=True)
        made = [name for name in texts if _write_new(folder / name, texts[name])]
        made += [name for name in _COPIED if _copy_new(came_with(name), folder / name)]
    except OSError as error:
        raise CannotWriteError(f"{folder} cannot be written: {error.strerror}.") from None
    what = ", ".join(made) if made else "nothing, for all of it is there"
    return f"Made in {folder.resolve()}: {what}.\n{_go_there(folder)}put cards into data/raw, signals run"


def _go_there(folder: Path) -> str:
    """What comes next, which is to be typed in that folder."""
    return "Next: " if folder.resolve() == Path.cwd() else f"Next: cd {shlex.quote(str(folder))}, "


def _settings() -> str:
    """All settings, of which one is set: the folder is the one in which a command is typed."""
    here = {variable("data_dir"): f"{variable('data_dir')}=data"}
    lines = [
        f"# {one.meaning}; else {one.default}\n{here.get(one.variable, f'# {one.variable}=')}\n"
        for one in SETTINGS
    ]
    return "# What is set here holds for every command that is typed in this folder.\n\n" + "\n".join(lines)


def _write_new(path: Path, text: str) -> bool:
    if path.exists():
        return False
    # Settings may hold a password or a token.
    write_whole(path, text, mode=0o600 if path.name == ".env" else 0o666)
    return True


def _copy_new(source: Path, path: Path) -> bool:
    if path.exists():
        return False
    shutil.copyfile(source, path)
    return True
