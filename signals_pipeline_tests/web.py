"""`make ui` as a process, and requests to it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signals_pipeline_tests.starter import ROOT

PATIENCE = 240.0
"""Seconds in which it must start, and end; a busy machine is no fault."""

JSON = {"Content-Type": "application/json"}


@contextmanager
def web_server(
    *arguments: str, data: Path, root: Path = ROOT, served_by: str = "ui", **settings: str
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`signals ui` on the folder of cards beside `data`, and the port it answers on, in a checkout.

    Where it is to be served by `web`, it is the command of that name. It is ended as by Ctrl-C in a terminal,
    if it still runs. What it prints of faults is in `printed.txt` beside the cards.

    It starts with SIGINT ignored, as in the background of a script.
    """
    cards = data.parent / "cards"
    cards.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "signals_pipeline", served_by, *arguments]
    with (data.parent / "printed.txt").open("w") as printed:
        process = subprocess.Popen(
            ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *command],
            cwd=root,
            env=os.environ | {"SIGNALS_DATA_DIR": str(data), "SIGNALS_RAW_DIR": str(cards), **settings},
            stdout=subprocess.PIPE,
            stderr=printed,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout
        opening = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert opening
        port = int(opening[1])
        deadline = time.monotonic() + PATIENCE
        while answered(port, "GET", "/server_info") != 200:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.3)
        yield port, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def answered(
    port: int, method: str, target: str, *headers: tuple[str, str], host: str | None = "", body: str = ""
) -> int:
    """The status of the answer to a request, of which nothing is corrected on its way; 0 for none at all.

    The Host is the address asked, unless another one is given, or None for a request without it.
    """
    lines = [f"{method} {target} HTTP/1.1", "Connection: close"]
    if host is not None:
        lines.append(f"Host: {host or f'127.0.0.1:{port}'}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join([*lines, "", body])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(request.encode("latin-1"))
            answer = connection.makefile("rb").readline()
    except OSError:
        return 0
    status = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(status[1]) if status else 0


def ask(port: int, query: str) -> dict:
    """The answer to a GraphQL query, as a program asks it."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query}).encode(), JSON
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)
