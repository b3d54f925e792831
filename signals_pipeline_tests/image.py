"""The image of the Dockerfile as a folder, made step by step without Docker.

In place of the base image there is a Debian of the same release with its own Python, made by debootstrap.
Each step sees the folder as its root, as in Docker.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]

FROM_OUTSIDE = re.compile(r"(?i)(PIP_CERT|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|https?_proxy|no_proxy)")
"""Variables by which a machine says how packages are reached from it."""

AS_ROOT = """
mount --make-rprivate /
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
for file in /etc/resolv.conf /etc/hosts /etc/ssl; do mount --rbind $file "$0$file"; done
exec chroot "$0" "$@"
"""


@dataclass(frozen=True)
class Image:
    """A root folder with what the Dockerfile says of whoever runs in it."""

    root: Path
    user: str = "0:0"
    folder: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile with what stands behind it; comments are left out."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in lines.replace("\\\n", "").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name, rest.strip()


def build(folder: Path, dockerfile: Path = ROOT / "Dockerfile") -> Image:
    """Do the steps of a Dockerfile in a folder; the image of its last stage.

    Raises:
        subprocess.CalledProcessError: A step failed.
    """
    stages: dict[str, Image] = {}
    image = Image(folder)
    arguments: dict[str, str] = {}
    for name, rest in instructions(dockerfile.read_text("utf-8")):
        if name == "FROM":
            base, _, stage = rest.partition(" AS ")
            image = stages[stage] = _from(folder, base, stage or "image")
            arguments = {}
        elif name == "ARG":
            arguments.update(_assigned(rest))
        elif name == "ENV":
            given = {key: _expanded(value, image.environment) for key, value in _assigned(rest).items()}
            image = replace(image, environment={**image.environment, **given})
        elif name == "WORKDIR":
            image = replace(image, folder=rest)
            _in(image, rest).mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            _copy(image, rest, stages)
        elif name == "RUN":
            _run(image, rest, arguments)
        elif name == "USER":
            image = replace(image, user=rest)
        elif name == "ENTRYPOINT":
            image = replace(image, entrypoint=tuple(json.loads(rest)))
        elif name == "CMD":
            image = replace(image, command=tuple(json.loads(rest)))
        else:
            assert name == "VOLUME", f"No step is known for {name}"
    return image


def _from(folder: Path, base: str, stage: str) -> Image:
    release = base.rpartition("-")[2]
    debian, root = folder / release, folder / stage
    if not (debian / "usr/bin/python").is_symlink():
        packages = "--include=ca-certificates,python3,python3-venv"
        command = ["debootstrap", "--variant=minbase", packages, release, debian]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (debian / "usr/bin/python").symlink_to("python3")
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "-a", debian, root], check=True)
    return Image(root, environment={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})


def _assigned(text: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in shlex.split(text))


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: variables.get(found[1], ""), text)


def _in(image: Image, path: str) -> Path:
    return image.root / os.path.join(image.folder, path).lstrip("/")  # noqa: PTH118


def _copy(image: Image, rest: str, stages: Mapping[str, Image]) -> None:
    *options, source, target = rest.split()
    # What a folder holds is copied into the target, as Docker does.
    to = _in(image, target)
    to.mkdir(parents=True, exist_ok=True)
    if options:
        stage = options[0].removeprefix("--from=")
        subprocess.run(["cp", "-a", f"{_in(stages[stage], source)}/.", to], check=True)
        return
    for path in context():
        if path.is_relative_to(source):
            (to / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, to / path.relative_to(source))


def context() -> list[Path]:
    """The files that are sent to Docker, by their paths in the checkout: what .dockerignore lets through."""
    first, *rules = [
        line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"
    ]
    assert first == "*"
    kept = [path for rule in rules if rule.startswith("!") for path in ROOT.glob(rule[1:])]
    assert [rule for rule in rules if not rule.startswith("!")] == ["**/__pycache__"]
    files = [file for path in kept for file in (path.rglob("*") if path.is_dir() else [path])]
    return sorted(
        file.relative_to(ROOT) for file in files if file.is_file() and "__pycache__" not in file.parts
    )


def _run(image: Image, command: str, arguments: Mapping[str, str]) -> None:
    outside = {name: value for name, value in os.environ.items() if FROM_OUTSIDE.fullmatch(name)}
    given = {"HOME": "/root", **outside, **image.environment, **arguments}
    script = f"cd {shlex.quote(image.folder)} && {command}"
    inside = ["sh", "-c", AS_ROOT, image.root, "/bin/sh", "-c", script]
    subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", *inside], check=True, env=given)
