"""The pages as files: templates, styles, scripts, and the policy that forbids everything else."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from signals_pipeline.publish.report import lists, words
from signals_pipeline.publish.report.kept import Kept
from signals_pipeline.publish.report.safe import clipped, link, visible

_TEMPLATES = Path(__file__).parent / "templates"
_VENDOR = Path(__file__).parent / "vendor"
"""Libraries of others, as their authors publish them; its README.md says how each is known."""

_STYLES = ("charts.css", "style.css")
_OF_TABLES = "tables.js"
_HAS_TABLES = re.compile(r"\bm\.(table|figure)\(")
_ENDS_A_SCRIPT = {ord("<"): r"\u003c", 0x2028: r"\u2028", 0x2029: r"\u2029"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what belongs to it: a title, a sentence made from its data, and the data."""

    title: str
    sentence: str
    chart: Markup
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]

    @property
    def head(self) -> list[tuple[str, str]]:
        """The columns as a table takes them: all but the first hold numbers."""
        return [(name, "n" if no else "") for no, name in enumerate(self.columns)]


@dataclass(slots=True)
class ReportSize:
    """What was written."""

    n_pages: int = 0
    n_bytes: int = 0


class Site:
    """A folder that pages are written to."""

    def __init__(self, folder: Path, common: dict[str, Any], kept: Kept | None = None) -> None:
        """`common` is what every template may name; `kept` knows the pages of the last report, if any."""
        self.folder = folder
        self._common = common
        self._kept = kept
        self.size = ReportSize()
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=visible,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals |= {
            "lists": lists,
            "words": words,
            "link": link,
            "clipped": clipped,
            "data_block": data_block,
        }

    def takes_over(self, path: str, made_from: object) -> bool:
        """Have a page as the last report has it, where it was made from the same; whether it is there now.

        Where it is not, it has to be written, with the same `made_from`: all that its context follows from.
        """
        target = self._target(path)
        if self._kept is None or not self._kept.take_over(path, target, made_from, self._common):
            return False
        self._count(target)
        return True

    def write(
        self,
        path: str,
        template: str,
        *,
        scripts: Sequence[str] = (),
        styles: Sequence[str] = (),
        made_from: object = None,
        **context: Any,
    ) -> None:
        """Write a page.

        `scripts` run in it in their order, after the one that sorts tables where the template has any;
        `styles` stand behind those that all pages have. Both are names of files: of templates, or with
        `vendor/` before it one of a library. What the context follows from is `made_from`, if that is given.
        """
        # They stand in each page: 'self' means nothing to a browser that opens a file, and a page can be
        # passed on alone.
        style = _styles(*_STYLES, *styles)
        of_tables = [_OF_TABLES] if _HAS_TABLES.search(_source(template)) else []
        sources = [_source(name) for name in (*of_tables, *scripts)]

        def render(common: Mapping[str, Any]) -> str:
            return self._environment.get_template(template).render(
                root="../" * path.count("/"),
                policy=_policy(style, sources),
                style=Markup(style),  # noqa: S704
                scripts=[Markup(source) for source in sources],  # noqa: S704
                **common,
                **context,
            )

        target = self._target(path)
        if self._kept is None:
            target.write_bytes(render(self._common).encode())
        else:
            given = (template, tuple(scripts), tuple(styles), context) if made_from is None else made_from
            self._kept.write(path, target, given, self._common, render)
        self._count(target)

    def part(self, name: str, made_from: object, make: Callable[[], str]) -> str:
        """A part of a page, as the last report has it where it was made from the same."""
        return make() if self._kept is None else self._kept.part(name, made_from, make)

    def _target(self, path: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _count(self, page: Path) -> None:
        self.size.n_pages += 1
        self.size.n_bytes += page.stat().st_size


def picture(chart: Markup) -> str:
    """A chart with its style as an address that shows it outside the report."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', chart)
    width, height = found.groups() if found else ("640", "250")
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    style = f"<style>{_styles('charts.css')}svg{{background:var(--paper)}}</style>"
    svg = str(chart).replace("<svg", opening, 1).replace(">", f">{style}", 1)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def data_block(value: object) -> Markup:
    """JSON as it may stand in an element `script` of type `application/json`, which no browser runs.

    Nothing in a text of a card can end the element.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.translate(_ENDS_A_SCRIPT))  # noqa: S704


def _policy(style: str, scripts: Sequence[str]) -> str:
    """What a browser may do with a page: show it, and run these scripts; nothing is fetched from anywhere."""
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src '{_source_hash(style)}'"
    )
    allowed = " ".join(f"'{_source_hash(source)}'" for source in scripts)
    return f"{policy}; script-src {allowed}" if allowed else policy


@cache
def _source(name: str) -> str:
    """The text of a file; of our own scripts without indents, blank lines and lines that are `//` comments.

    Hundreds of pages repeat them. Comments that begin behind code or with `/*` stay.
    """
    if name.startswith("vendor/"):
        return (_VENDOR / name.removeprefix("vendor/")).read_text("utf-8")
    text = (_TEMPLATES / name).read_text("utf-8")
    return re.sub(r"^\s*(//.*\n)*\s*", "", text, flags=re.MULTILINE) if name.endswith(".js") else text


@cache
def _styles(*names: str) -> str:
    """Style sheets as one, without comments and needless blanks."""
    css = "".join(map(_source, names))
    text = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return re.sub(r" ?([{};,>]) ?", r"\1", text).strip()


@cache
def _source_hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
