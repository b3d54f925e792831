"""The pages as files: templates, style, the one script, and the policy that forbids everything else."""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.safe import clipped, link, visible

_TEMPLATES = Path(__file__).parent / "templates"


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

    def __init__(self, folder: Path, common: dict[str, Any]) -> None:
        """`common` is what every template may name."""
        self.folder = folder
        self.size = ReportSize()
        # Style and script stand in each page: 'self' means nothing to a browser that opens a file, and a
        # page can be passed on alone.
        style = _styles("charts.css", "style.css")
        script = (_TEMPLATES / "filter.js").read_text("utf-8")
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
            **common,
            "words": words,
            "link": link,
            "clipped": clipped,
            "style": Markup(style),  # noqa: S704
            "script": Markup(script),  # noqa: S704
        }
        self._policy = (
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
            f"style-src '{_source_hash(style)}'"
        )
        self._script_policy = f"{self._policy}; script-src '{_source_hash(script)}'"

    def write(self, path: str, template: str, *, has_filter: bool = False, **context: Any) -> None:
        """Write a page; its path has at most one folder."""
        text = self._environment.get_template(template).render(
            root="../" if "/" in path else "",
            policy=self._script_policy if has_filter else self._policy,
            has_filter=has_filter,
            **context,
        )
        data = text.encode()
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.size.n_pages += 1
        self.size.n_bytes += len(data)


def picture(chart: Markup) -> str:
    """A chart with its style as an address that shows it outside the report."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', chart)
    width, height = found.groups() if found else ("640", "250")
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    style = f"<style>{_styles('charts.css')}svg{{background:var(--paper)}}</style>"
    svg = str(chart).replace("<svg", opening, 1).replace(">", f">{style}", 1)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _styles(*names: str) -> str:
    """Style sheets as one, without comments and needless blanks."""
    css = "".join((_TEMPLATES / name).read_text("utf-8") for name in names)
    text = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return re.sub(r" ?([{};,>]) ?", r"\1", text).strip()


def _source_hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
