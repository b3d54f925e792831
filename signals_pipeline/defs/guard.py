"""What stands before Dagster's web server: it lets nobody in whom a page of another site sends.

The web server has no password, and it does what a GET or a form asks of it. A browser sends both to any
address, also to this machine, for any page that is open in it. So a request has to be one that only a page of
the UI itself, or a person at this machine, can make.
"""

from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from signals_pipeline.core.hosts import name_and_port

FOREIGN_HOST = "This UI does not go by this name. SIGNALS_UI_HOSTS adds names."
FOREIGN_PAGE = (
    "A page of another site has asked for this. Type the address of the UI, or open it from a bookmark."
)
QUERY_IN_ADDRESS = "GraphQL is answered to a POST only."
FOREIGN_METHOD = "This UI is asked by GET, HEAD and POST only."
NO_JSON = "What is posted has to be application/json."

_DEFAULT_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008
_ALONE = {"X-Frame-Options": "SAMEORIGIN", "Cross-Origin-Resource-Policy": "same-origin"}
"""Keeps the UI out of the frames of other pages, where a person would click on it unawares."""


class Guard:
    """ASGI middleware that answers what `refusal` refuses with 403 and its reason, and passes on all else."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        """The application behind it, and the host names under which it may be asked for."""
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reason = refusal(HTTPConnection(scope), self._names)
        if not reason:
            await self._app(scope, receive, _alone(send))
        elif scope["type"] == "websocket":
            # Closed before it is accepted, it is answered with 403.
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": reason})
        else:
            await PlainTextResponse(f"{reason}\n", 403)(scope, receive, send)


def refusal(asked: HTTPConnection, names: Collection[str]) -> str | None:
    """Why a request or WebSocket is refused; None where it may pass.

    It is read by the same code as in the web server, so that nothing means one thing here and another there.
    """
    headers = asked.headers
    hosts = headers.getlist("host")
    host = name_and_port(hosts[0]) if len(hosts) == 1 else None
    if host is None or host[0] not in names:
        return FOREIGN_HOST
    # Other ports of this machine are the same site, and another program may serve pages there.
    if any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
        return FOREIGN_PAGE
    if not all(_is_of(origin, host) for origin in headers.getlist("origin")):
        return FOREIGN_PAGE
    if asked.scope["type"] == "websocket":
        return None
    if asked.scope["method"] == "POST":
        # A form or a script of another site can send any other type without asking first.
        types = headers.getlist("content-type")
        is_json = len(types) == 1 and types[0].partition(";")[0].strip().lower() == "application/json"
        return None if is_json else NO_JSON
    if asked.scope["method"] not in ("GET", "HEAD"):
        return FOREIGN_METHOD
    # Where a page is asked for the web server answers with an editor for the query and does not run it.
    if "query" in asked.query_params and "text/html" not in headers.get("accept", ""):
        return QUERY_IN_ADDRESS
    return None


def _is_of(origin: str, host: tuple[str, int | None]) -> bool:
    """Whether an Origin is that of the pages of a host, be it behind a proxy that adds TLS."""
    scheme, _, authority = origin.partition("://")
    default = _DEFAULT_PORTS.get(scheme)
    found = name_and_port(authority)
    return default is not None and found is not None and (
        (found[0], found[1] or default) == (host[0], host[1] or default)
    )  # fmt: skip


def _alone(send: Send) -> Send:
    async def send_alone(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_ALONE)
        await send(message)

    return send_alone
