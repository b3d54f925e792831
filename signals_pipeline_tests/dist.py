"""Builds what a release consists of: `make dist`.

A wheel, an sdist, and an SBOM (CycloneDX) of the versions that the wheel was tested with: those of
`requirements/runtime.lock`. The SBOM lies beside the wheel and not in it, since pip may install others.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from signals_pipeline_tests.starter import ROOT

TOOLS = Path(sys.prefix) / "release"
"""Where make installs the tools of a release, in versions of their own."""


def build(repository: Path, dist: Path) -> None:
    """Build the last commit of a repository into a folder, which is emptied first.

    The same commit gives the same bytes: what is not committed is left out, and all files bear its time.
    """
    shutil.rmtree(dist, ignore_errors=True)
    with TemporaryDirectory() as folder:
        archive = Path(folder) / "commit.tar"
        source = Path(folder) / "source"
        _run("git", "archive", "--output", str(archive), "HEAD", cwd=repository)
        source.mkdir()
        # Early versions of Python 3.11 know no filter for what they unpack.
        _run("tar", "-xf", str(archive), cwd=source)
        made_at = _run("git", "log", "-1", "--format=%ct", cwd=repository).strip()
        _python(source, made_at, "hatchling", "build", "--directory", str(dist.absolute()))
        (wheel,) = dist.glob("*.whl")
        name, version, *_ = wheel.name.split("-")
        # The tool reads no version from a module.
        project = source / "pyproject.toml"
        text = project.read_text("utf-8").replace('dynamic = ["version"]', f'version = "{version}"')
        project.write_text(text, "utf-8")
        sbom = dist.absolute() / f"{name}-{version}.cdx.json"
        lock = "requirements/runtime.lock"
        options = ("--pyproject", project.name, "--output-reproducible", "--output-file", str(sbom))
        _python(source, made_at, "cyclonedx_py", "requirements", lock, *options)


def _python(folder: Path, made_at: str, *arguments: str) -> None:
    # No lock says who needs whom, and the tool would warn that the SBOM does not either.
    more = {"SOURCE_DATE_EPOCH": made_at, "PYTHONPATH": str(TOOLS), "PYTHONWARNINGS": "ignore"}
    _run(sys.executable, "-m", *arguments, cwd=folder, **more)


def _run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    build(ROOT, ROOT / "dist")
