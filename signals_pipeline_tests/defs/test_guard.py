"""What the guard before the web server lets pass, on requests as a server hands them over."""

import asyncio
from collections.abc import Mapping

import pytest
from starlette.types import Message, Receive, Scope, Send

from signals_pipeline.core.hosts import OWN_NAMES
from signals_pipeline.defs import guard
from signals_pipeline.defs.guard import Guard

NAMES = (*OWN_NAMES, "signals.example.org")
OWN = [("host", "127.0.0.1:3000")]
JSON = ("content-type", "application/json")
PAGE = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
MUTATION = "query=mutation%7BshutdownRepositoryLocation(repositoryLocationName:%22s%22)%7B__typename%7D%7D"

Headers = list[tuple[str, str]]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """A web server that accepts and does all that reaches it."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})
    else:
        await send({"type": "lifespan.startup.complete"})


def sent(
    headers: Headers, kind: str = "http", method: str = "GET", path: str = "/", query: str = ""
) -> list[Message]:
    """All that goes back for one request."""
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    }
    messages: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the guard reads no body")

    async def send(message: Message) -> None:
        messages.append(message)

    asyncio.run(Guard(application, NAMES)(scope, receive, send))
    return messages


def answer(headers: Headers, method: str = "GET", path: str = "/", query: str = "") -> str:
    """What is answered: `done` where the request passed, else the reason."""
    start, body = sent(headers, "http", method, path, query)
    text = str(body["body"].decode()).strip()
    assert start["status"] == (200 if text == "done" else 403)
    return text


def is_opened(headers: Headers) -> bool:
    """Whether a WebSocket is accepted."""
    (message,) = sent(headers, "websocket", path="/graphql")
    return bool(message["type"] == "websocket.accept")


# The name under which the UI is asked for


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:3000",
        "LocalHost:3000",
        "localhost.:3000",
        "127.0.0.1:3000",
        "127.0.0.1",
        "[::1]:3000",
        "[0:0:0:0:0:0:0:1]",
        "signals.example.org",
        "SIGNALS.example.org.:443",
    ],
)
def test_a_request_by_a_name_of_the_ui_passes_however_it_is_written(host: str) -> None:
    assert answer([("host", host)]) == "done"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1.nip.io:3000",
        "0.0.0.0:3000",
        "127.0.0.2:3000",
        "[::ffff:127.0.0.1]:3000",
        "[::2]",
        "example.org",
        "a.signals.example.org",
        "localhost..",
        "localhost:3000:80",
        "localhost@evil.example",
        "localhost#.evil.example",
        "localhost/evil.example",
        "localhost, evil.example",
        "localhost evil.example",
        "http://localhost",
        "::1",
        "[::1",
        "[:::::]",
        ":3000",
        "",
    ],
)
def test_a_request_by_another_name_is_refused_so_that_no_name_can_be_rebound_to_this_machine(
    host: str,
) -> None:
    assert answer([("host", host)]) == guard.FOREIGN_HOST
    assert not is_opened([("host", host)])


def test_a_request_with_no_name_or_with_two_is_refused() -> None:
    assert answer([]) == guard.FOREIGN_HOST
    assert answer([*OWN, ("host", "evil.example")]) == guard.FOREIGN_HOST
    assert answer([*OWN, *OWN]) == guard.FOREIGN_HOST


@pytest.mark.parametrize("header", ["x-forwarded-host", "forwarded", "x-host", "x-original-host"])
def test_what_a_header_says_beside_the_host_changes_nothing(header: str) -> None:
    assert answer([("host", "evil.example"), (header, "localhost")]) == guard.FOREIGN_HOST
    assert answer([*OWN, (header, "evil.example")]) == "done"
    assert answer([*OWN, (header, "evil.example"), ("origin", "http://evil.example")]) == guard.FOREIGN_PAGE


# The page that asks


@pytest.mark.parametrize(
    "site", ["cross-site", "same-site", "Cross-Site", "", "unknown", "same-origin, cross-site"]
)
def test_what_a_page_of_another_site_or_port_asks_for_is_refused(site: str) -> None:
    headers = [*OWN, ("sec-fetch-site", site)]
    assert answer(headers) == guard.FOREIGN_PAGE
    assert answer([*headers, JSON], "POST") == guard.FOREIGN_PAGE
    assert not is_opened(headers)


def test_a_second_header_does_not_outdo_the_first() -> None:
    own, foreign = ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")
    assert answer([*OWN, own, foreign]) == guard.FOREIGN_PAGE
    assert answer([*OWN, foreign, own]) == guard.FOREIGN_PAGE
    assert answer([*OWN, ("origin", "http://127.0.0.1:3000"), ("origin", "null")]) == guard.FOREIGN_PAGE


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_the_ui_itself_or_a_person_asks_for_passes(site: str) -> None:
    assert answer([*OWN, ("sec-fetch-site", site)]) == "done"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("localhost:3000", "http://LOCALHOST:3000"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("signals.example.org", "https://signals.example.org"),
        ("signals.example.org:443", "https://signals.example.org"),
        ("signals.example.org", "http://signals.example.org:80"),
        ("signals.example.org:8443", "https://signals.example.org:8443"),
    ],
)
def test_an_origin_of_the_ui_passes_also_behind_a_proxy_with_tls(host: str, origin: str) -> None:
    headers = [("host", host), ("origin", origin)]
    assert answer([*headers, JSON], "POST", "/graphql") == "done"
    assert is_opened(headers)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:8888",
        "http://localhost:3000",
        "http://127.0.0.1:3000.evil.example",
        "http://127.0.0.1:3000@evil.example",
        "http://127.0.0.1:3000/",
        "ftp://127.0.0.1:3000",
        "file://",
        "chrome-extension://127.0.0.1:3000",
        "127.0.0.1:3000",
        "http://127.0.0.1:3000 https://evil.example",
    ],
)
def test_another_origin_is_refused_also_one_of_another_port_of_this_machine(origin: str) -> None:
    headers = [*OWN, ("origin", origin)]
    assert answer([*headers, JSON], "POST", "/graphql") == guard.FOREIGN_PAGE
    assert answer(headers) == guard.FOREIGN_PAGE
    assert not is_opened(headers)


def test_a_program_that_is_no_browser_opens_a_websocket_and_posts_json() -> None:
    assert is_opened(OWN)
    assert answer([*OWN, JSON], "POST", "/graphql") == "done"


# What can be sent without asking first


@pytest.mark.parametrize(
    "written",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;"],
)
def test_json_is_taken_however_its_type_is_written(written: str) -> None:
    assert answer([*OWN, ("content-type", written)], "POST", "/graphql") == "done"


@pytest.mark.parametrize(
    "types",
    [
        [],
        [""],
        ["text/plain"],
        ["text/plain; application/json"],
        ["text/plain;charset=application/json"],
        ["application/x-www-form-urlencoded"],
        ["multipart/form-data; boundary=application/json"],
        ["application/graphql"],
        ["application/jsonp"],
        ["application/json, text/plain"],
        ["application/json", "text/plain"],
        ["text/plain", "application/json"],
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/marts/alert", "/"])
def test_what_a_form_can_post_is_refused_at_every_address(types: list[str], path: str) -> None:
    headers = [*OWN, *(("content-type", one) for one in types)]
    assert answer(headers, "POST", path, MUTATION) == guard.NO_JSON


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql/", "//graphql", "/graphql\n", "/x/../graphql", "/GraphQL"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "query",
    [
        MUTATION,
        f"operationName=B&{MUTATION}",
        "query=query%20A%7Bversion%7D%20mutation%20B%7BlaunchRun%7B__typename%7D%7D&operationName=B",
        "%71uery=mutation%7Bx%7D",
        "query=%7Bversion%7D",
        "query",
        "query=",
        "a=1&query=mutation&query=x",
    ],
)
def test_no_get_runs_graphql_however_address_and_query_are_written(
    path: str, method: str, query: str
) -> None:
    assert answer(OWN, method, path, query) == guard.QUERY_IN_ADDRESS
    assert answer([*OWN, ("accept", "image/avif,*/*")], method, path, query) == guard.QUERY_IN_ADDRESS
    # The web server reads the first one.
    assert answer([*OWN, ("accept", "*/*"), PAGE], method, path, query) == guard.QUERY_IN_ADDRESS


def test_the_editor_of_queries_opens_also_with_a_query() -> None:
    assert answer([*OWN, PAGE], path="/graphql", query=MUTATION) == "done"
    assert answer([*OWN, PAGE], path="/graphql") == "done"
    assert answer([*OWN, PAGE, ("sec-fetch-site", "cross-site")], path="/graphql") == guard.FOREIGN_PAGE


@pytest.mark.parametrize(
    "method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY", "post", ""]
)
def test_other_methods_are_refused_so_that_no_browser_is_told_that_it_may_send_more(method: str) -> None:
    assert answer([*OWN, JSON], method, "/graphql") == guard.FOREIGN_METHOD


# What goes back


def test_no_page_of_another_site_may_show_the_ui_in_a_frame_or_take_its_parts() -> None:
    start, _ = sent(OWN)
    headers: Mapping[bytes, bytes] = dict(start["headers"])
    assert headers[b"x-frame-options"] == b"SAMEORIGIN"
    assert headers[b"cross-origin-resource-policy"] == b"same-origin"


def test_a_refused_websocket_is_closed_before_it_is_accepted() -> None:
    (message,) = sent([*OWN, ("origin", "https://evil.example")], "websocket")
    assert message == {"type": "websocket.close", "code": 1008, "reason": guard.FOREIGN_PAGE}


def test_the_life_of_the_server_is_no_request() -> None:
    assert sent([], "lifespan") == [{"type": "lifespan.startup.complete"}]
