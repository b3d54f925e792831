"""The files that a team deploys with agree with each other and with the project, and their tools take them.

What the services do once they run is tried by `deployed.py`.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from signals_pipeline.core.settings import OF_COMPOSE, SETTINGS
from signals_pipeline_tests.deployed import caddyfile, services
from signals_pipeline_tests.image import ROOT, context, instructions
from signals_pipeline_tests.publish.test_readme import blocks

DOCKERFILE = dict(instructions((ROOT / "Dockerfile").read_text("utf-8")))
UNITS = sorted((ROOT / "deploy").glob("*.service"))
GIVEN = {
    "SIGNALS_HOST": "signals.example.org",
    "SIGNALS_LOGIN": "ada",
    "SIGNALS_LOGIN_HASH": "$2a$14$hash",
    "SIGNALS_POSTGRES_PASSWORD": "correct-horse",
}
"""What compose.yaml asks for, and nothing else."""


def test_the_history_of_the_services_is_that_of_the_project_but_for_postgresql() -> None:
    own, deployed = (
        yaml.safe_load((ROOT / name).read_text("utf-8")) for name in ("dagster.yaml", "deploy/dagster.yaml")
    )
    (lines,) = blocks("yaml")
    storage = yaml.safe_load(lines)["storage"]
    assert deployed == own | {"storage": deployed["storage"]}
    storage["postgres"]["postgres_db"]["hostname"] = "postgres"
    assert deployed["storage"] == storage


def test_every_setting_reaches_the_daemon_and_the_web_server_has_no_address_of_messages() -> None:
    found = services(GIVEN)
    given = {name: found[name]["environment"].keys() for name in ("daemon", "web")}
    assert {one.variable for one in SETTINGS} - given["daemon"] == {"SIGNALS_DATA_DIR", "SIGNALS_UI_HOSTS"}
    assert "SIGNALS_DATA_DIR=/data" in DOCKERFILE["ENV"]
    assert found["web"]["environment"]["SIGNALS_UI_HOSTS"] == "signals.example.org"
    assert not given["web"] & {"SIGNALS_WEBHOOK", "SIGNALS_NOTIFY"}


def test_what_opens_a_bucket_of_cards_reaches_the_daemon_alone() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://store"}
    found = services(GIVEN | keys | {"SIGNALS_RAW_DIR": "s3://bucket/cards"})
    assert found["daemon"]["environment"].items() >= keys.items()
    assert not found["web"]["environment"].keys() & keys
    assert {*re.findall("AWS_[A-Z_]+", (ROOT / "docs" / "CARDS.md").read_text("utf-8"))} == keys.keys()


def test_logs_are_json_unless_the_setting_is_there_and_empty() -> None:
    assert services(GIVEN)["daemon"]["environment"]["SIGNALS_LOG"] == "json"
    assert services(GIVEN | {"SIGNALS_LOG": ""})["web"]["environment"]["SIGNALS_LOG"] == ""


def test_what_compose_alone_reads_from_the_env_file_is_not_told_to_be_a_misspelt_setting() -> None:
    named = "".join((ROOT / name).read_text("utf-8") for name in ("compose.yaml", "deploy/env.example"))
    assert {*re.findall("SIGNALS_[A-Z_]+", named)} - {one.variable for one in SETTINGS} == OF_COMPOSE


def test_nobody_gets_in_but_through_caddy_and_nobody_changes_what_an_image_holds() -> None:
    found = services(GIVEN)
    assert [name for name, one in found.items() if "ports" in one] == ["caddy"]
    assert found["web"]["command"][:2] == ["web", "--read-only"]
    assert found["web"]["networks"] == found["postgres"]["networks"] == ["inner"]
    assert yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["networks"]["inner"] == {
        "internal": True
    }
    for one in (found["web"], found["daemon"], found["caddy"]):
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
    assert DOCKERFILE["USER"] == "10001:10001"


def test_images_are_pinned_to_a_version() -> None:
    used = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert len(set(used)) == 1
    used += [one["image"] for one in services(GIVEN).values() if "build" not in one]
    for image in used:
        assert re.fullmatch(r"[a-z]+:\d+\.\d+[-.\w]*", image), image


def test_neither_cards_nor_data_nor_settings_of_a_person_are_sent_to_docker(tmp_path: Path) -> None:
    sent = {path.as_posix() for path in context()}
    assert {"pyproject.toml", "requirements/postgres.lock", "signals_pipeline/__main__.py"} <= sent
    assert not [path for path in sent if path.startswith((".", "data/raw", "data/build", "data/published"))]


@pytest.mark.parametrize("missing", GIVEN)
def test_what_must_be_set_is_asked_for(missing: str) -> None:
    with pytest.raises(AssertionError, match=missing):
        services({name: value for name, value in GIVEN.items() if name != missing})


def test_the_example_names_every_variable_without_a_default_and_no_other_than_are_read() -> None:
    compose, example = ((ROOT / name).read_text("utf-8") for name in ("compose.yaml", "deploy/env.example"))
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert named >= GIVEN.keys()
    assert named <= set(re.findall(r"\$\{(\w+)", compose))


def test_the_units_differ_in_what_they_start_alone() -> None:
    texts = [path.read_text("utf-8") for path in UNITS]
    started = [re.findall(r"^ExecStart=/opt/signals/bin/signals (.*)$", text, re.MULTILINE) for text in texts]
    assert started == [["daemon"], ["web --read-only"]]
    services = [
        re.sub(r"^ExecStart=.*$", "", text.partition("[Service]")[2], flags=re.MULTILINE) for text in texts
    ]
    assert services[0] == services[1]


def tool(name: str) -> str:
    """The path of a program that Debian has."""
    if not (found := shutil.which(name)):
        pytest.skip(f"{name} is not installed here")
    return found


@pytest.mark.long
def test_systemd_takes_the_units_and_calls_them_safe(tmp_path: Path) -> None:
    systemd = tool("systemd-analyze")
    units = [tmp_path / unit.name for unit in UNITS]
    for path, unit in zip(units, UNITS, strict=True):
        # The command has to be there.
        path.write_text(unit.read_text("utf-8").replace("/opt/signals/bin/signals", tool("true")), "utf-8")
    done = subprocess.run([systemd, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    subprocess.run([systemd, "security", "--offline=true", "--threshold=20", *units], check=True)


@pytest.mark.long
def test_compose_takes_its_file() -> None:
    done = subprocess.run(
        [tool("docker-compose"), "-f", ROOT / "compose.yaml", "config"],
        env=os.environ | GIVEN,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found, read = yaml.safe_load(done.stdout)["services"], services(GIVEN)
    for key in ("command", "image", "user", "healthcheck"):
        assert {name: one.get(key) for name, one in found.items()} == {
            name: one.get(key) for name, one in read.items()
        }


@pytest.mark.long
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    caddy = tool("caddy")
    hashed = subprocess.run([caddy, "hash-password", "--plaintext", "x"], capture_output=True, check=True)
    given = services(GIVEN)["caddy"]["environment"] | {"SIGNALS_LOGIN_HASH": hashed.stdout.decode().strip()}
    (tmp_path / "Caddyfile").write_text(caddyfile(caddy), "utf-8")
    command = [caddy, "adapt", "--config", tmp_path / "Caddyfile", "--validate"]
    done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True, check=True)
    assert "signals.example.org" in done.stdout
