"""Servers on this machine that take messages: HTTP for the webhook, SMTP for mail."""

import email
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class _Taker(http.server.BaseHTTPRequestHandler):
    """Takes messages, and answers with what the server says."""

    server: "HttpListener"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.taken.append((self.headers["Content-Type"], json.loads(self.rfile.read(length))))
        self.server.on_taken()
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class HttpListener(http.server.HTTPServer):
    """What was taken, as pairs of content type and JSON object; `on_taken` is called before the answer."""

    def __init__(self, answer: int) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.answer = answer
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.on_taken: Callable[[], object] = lambda: None

    @property
    def address(self) -> str:
        host, port = self.server_address
        return f"http://{host}:{port}/hook?token=secret"


@contextmanager
def webhook(answer: int = 204) -> Iterator[HttpListener]:
    server = HttpListener(answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def dripping() -> Iterator[str]:
    """The address of a server that answers a byte now and then, and never ends."""
    ends = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not ends.wait(0.2):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            ends.set()
            thread.join()


class MailListener:
    """The mails that were taken; `on_taken` is called with each before the answer, which is `answer`."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.answer = "250 taken"
        self.on_taken: Callable[[], object] = lambda: None
        self.address = ""

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        self.taken.append(email.message_from_bytes(envelope.content))
        self.on_taken()
        return self.answer


@contextmanager
def mail() -> Iterator[MailListener]:
    taker = MailListener()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(taker, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        taker.address = f"mailto://127.0.0.1:{port}?from=signals@example.org&to=team@example.org"
        yield taker
    finally:
        controller.stop()
