"""One HTTP request for an issuer's keys, with nothing but the standard library.

Any callable with the shape of `fetch` can take its place, also an async one. It makes one GET
request, follows no redirect, raises whatever kept it from an answer, and gives the answer of any
status otherwise.
"""

import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
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
    """An HTTP answer."""

    status: int
    """The status, that of a redirect too."""
    body: bytes
    """The body, read up to one octet more than was allowed."""
    headers: Mapping[str, str]
    """The headers; their names may be in any case."""


class FetchError(OSError):
    """A request brought no whole answer."""


Fetch: TypeAlias = Callable[[str, Mapping[str, str], float, int], FetchResponse]
"""What makes a request: given a URL, headers, a timeout in seconds for all of it, and the most
octets that a body may have."""

AsyncFetch: TypeAlias = Callable[[str, Mapping[str, str], float, int], Awaitable[FetchResponse]]
"""The same, awaited."""


def fetch(url: str, headers: Mapping[str, str], timeout: float, max_octets: int) -> FetchResponse:
    """Makes one request with `urllib.request`.

    The environment's proxy for https is used (`HTTPS_PROXY`, `NO_PROXY`), through which the
    connection stays encrypted from end to end; plain http, which is for this very machine, never
    goes through a proxy. Certificates are checked against the system's.
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
        except Exception as error:
            guard.check(error)
            raise
        guard.check()
        return answer


class _Guard:
    """Ends all connections of one request when its time is over.

    The timeout of a socket is for each operation on it: a server that sends an octet now and then
    would never meet it.
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
        """Raises TimeoutError once the time is over, whatever seems to have come by then."""
        if self._expired:
            raise TimeoutError(_TOO_SLOW) from cause

    def remaining(self) -> float:
        """The seconds left, which are more than none."""
        return max(self._deadline - time.monotonic(), 0.001)

    def watch(self, connected: socket.socket) -> None:
        """Ends this connection too."""
        with self._lock:
            self._connected = connected
        self.check()

    def _expire(self) -> None:
        with self._lock:
            self._expired = True
            connected = self._connected
        if connected is not None:
            with suppress(OSError):
                # Unlike closing, this wakes up whoever reads from it.
                connected.shutdown(socket.SHUT_RDWR)


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
        return connection


class _EveryStatus(HTTPErrorProcessor):
    """Every answer is an answer: no redirect is followed and no status is an exception."""

    def http_response(
        self,
        request: Request,  # noqa: ARG002, the base class has it
        response: HTTPResponse,
    ) -> HTTPResponse:
        return response

    https_response = http_response


def _read(response: HTTPResponse, max_octets: int) -> FetchResponse:
    body = response.read(max_octets + 1)
    missing: int | None = response.length
    if missing and len(body) <= max_octets:
        message = f"the body ended {missing} octets before its end"
        raise FetchError(message)
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        # A header that comes twice is a list in two parts.
        name = name.lower()  # noqa: PLW2901
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return FetchResponse(response.status, body, headers)


_TOO_SLOW = "the whole answer was not there in time"
