"""One HTTP request for an issuer's keys, with only the standard library.

Any callable with the signature of `fetch`, sync or async, can replace it. It makes one GET request,
follows no redirect, returns the response whatever its status, and raises any exception if there is
no response.
"""

import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple, TypeAlias
from urllib.request import (
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    getproxies,
)


class FetchResponse(NamedTuple):
    """An HTTP response."""

    status: int
    """The status, also that of a redirect."""
    body: bytes
    """The body, of which at most one octet more than allowed is read."""
    headers: Mapping[str, str]
    """The headers; their names may be in any case."""


class FetchError(OSError):
    """A request got no complete response of HTTP."""


Fetch: TypeAlias = Callable[[str, Mapping[str, str], float, int], FetchResponse]
"""Makes a request. Takes a URL, headers, a timeout in seconds for the whole response, and the most
octets that the body may have."""

AsyncFetch: TypeAlias = Callable[[str, Mapping[str, str], float, int], Awaitable[FetchResponse]]
"""The same as an async function."""


def fetch(url: str, headers: Mapping[str, str], timeout: float, max_octets: int) -> FetchResponse:
    """Makes one request with `urllib.request`.

    Uses the environment's proxy for https (`HTTPS_PROXY`, `NO_PROXY`), through which the connection
    stays encrypted from end to end. Plain http, which is for the loopback interface, never uses a
    proxy. Checks certificates against the system's. Raises TimeoutError, FetchError or another
    OSError if there is no complete response in time.
    """
    guard = _Guard(timeout)
    opener = OpenerDirector()
    opener.add_handler(ProxyHandler({k: v for k, v in getproxies().items() if k == "https"}))
    opener.add_handler(_Http(guard))
    opener.add_handler(_Https(guard))
    opener.add_handler(_EveryStatus())
    request = Request(url, headers=dict(headers))  # noqa: S310, the scheme is checked by the client
    with guard:
        try:
            with opener.open(request, timeout=timeout) as response:
                answer = _read(response, max_octets)
        except HTTPException as error:
            guard.check(error)
            # Without the error's text, which quotes the sender.
            message = f"the response is not HTTP or not complete: {type(error).__name__}"
            raise FetchError(message) from error
        except Exception as error:
            guard.check(error)
            raise
        guard.check()
        return answer


class _Guard:
    """Ends all connections of one request when its timeout is over.

    The timeout of a socket applies to each operation: a server that sends an octet from time to
    time would never exceed it.
    """

    def __init__(self, timeout: float) -> None:
        self._expired = False
        self._deadline = time.monotonic() + timeout
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._connected: socket.socket | None = None

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def check(self, cause: Exception | None = None) -> None:
        """Raises TimeoutError if the timeout is over, even if a response seems complete."""
        if self._expired:
            raise TimeoutError(_TOO_SLOW) from cause

    def remaining(self) -> float:
        """Returns the remaining seconds, always more than zero."""
        return max(self._deadline - time.monotonic(), 0.001)

    def watch(self, connected: socket.socket) -> None:
        """Ends this connection too when the timeout is over."""
        with self._lock:
            self._connected = connected
        self.check()

    def _expire(self) -> None:
        with self._lock:
            self._expired = True
            connected = self._connected
        if connected is not None:
            with suppress(OSError):
                # Unlike closing, this wakes up a thread that reads from it.
                connected.shutdown(socket.SHUT_RDWR)


class _Response(HTTPResponse):
    """A final response: those before it say nothing (RFC 9110 §15.2)."""

    def __init__(self, guard: _Guard, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._guard = guard

    def begin(self) -> None:
        super().begin()
        while self.status in _BEFORE_THE_FINAL:
            # What has arrived can still be read after the connection has ended.
            self._guard.check()
            # Otherwise nothing more is read.
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()


class _Connection(HTTPConnection):
    guard: _Guard

    def connect(self) -> None:
        self.timeout = self.guard.remaining()
        super().connect()
        self.guard.watch(self.sock)


class _SecureConnection(HTTPSConnection):
    guard: _Guard

    def connect(self) -> None:
        self.timeout = self.guard.remaining()
        super().connect()
        self.guard.watch(self.sock)


class _Http(HTTPHandler):
    def __init__(self, guard: _Guard) -> None:
        super().__init__()
        self._guard = guard

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> HTTPConnection:
        connection = _Connection(host, **options)
        connection.guard = self._guard
        connection.response_class = partial(_Response, self._guard)  # type: ignore[assignment]
        return connection


class _Https(HTTPSHandler):
    def __init__(self, guard: _Guard) -> None:
        super().__init__()
        self._guard = guard

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> HTTPConnection:
        connection = _SecureConnection(host, context=ssl.create_default_context(), **options)
        connection.guard = self._guard
        connection.response_class = partial(_Response, self._guard)  # type: ignore[assignment]
        return connection


class _EveryStatus(HTTPErrorProcessor):
    """Returns every response: follows no redirect, and raises for no status."""

    def http_response(
        self,
        request: Request,  # noqa: ARG002, the base class has it
        response: HTTPResponse,
    ) -> HTTPResponse:
        return response

    https_response = http_response


def _read(response: HTTPResponse, max_octets: int) -> FetchResponse:
    body, missing = b"", 0
    if response.status not in _WITHOUT_BODY:
        body, missing = response.read(max_octets + 1), response.length or 0
    if missing and len(body) <= max_octets:
        message = f"the connection ended {missing} octets before the end of the body"
        raise FetchError(message)
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        # A repeated header is one list (RFC 9110 §5.3).
        name = name.lower()  # noqa: PLW2901
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return FetchResponse(response.status, body, headers)


_BEFORE_THE_FINAL = frozenset(range(100, 200)) - {101}
"""After 101 another protocol would follow, which no request asks for."""

_WITHOUT_BODY = frozenset({204, 304})
"""Nothing follows the headers, whatever they say (RFC 9112 §6.3)."""

_TOO_SLOW = "the response was not complete in time"
