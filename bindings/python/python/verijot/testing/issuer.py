"""An issuer on this machine, with real HTTP."""

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from verijot._closing import Closing
from verijot.testing.clock import FixedClock
from verijot.testing.keys import ED25519, SigningKey
from verijot.testing.tokens import mint


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The response to send instead of the right one."""

    status: int = 200
    body: bytes | None = None
    """None stands for the right body."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0
    """Seconds before anything is sent."""
    drip: float = 0
    """Seconds between one octet of the body and the next."""
    cut_after: int | None = None
    """Ends the connection after this many octets of the body; Content-Length names all of them."""


class Issuer(Closing):
    """Serves its metadata and its keys, and mints tokens.

    Tests can change everything at any time from any thread. With `metadata=False` it serves only
    `/.well-known/jwks.json`.
    """

    def __init__(
        self, *keys: SigningKey, clock: FixedClock | None = None, metadata: bool = True
    ) -> None:
        self.keys = list(keys or (ED25519,))
        """The keys to serve; the last one signs."""
        self.headers: dict[str, str] = {}
        """Headers of the response with the keys, such as Cache-Control."""
        self.answers: dict[str, Answer] = {}
        """The response for each path; `*` stands for every other path."""
        self.requests: list[tuple[str, dict[str, str]]] = []
        """The paths and the headers of all requests, in order."""
        self._clock = clock
        self._metadata = metadata
        self._is_over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        """The issuer's name, and the base URL of its metadata."""
        self.jwks_url = self.url + _JWKS
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def fetches(self) -> int:
        """How often the keys were requested."""
        return sum(path == _JWKS for path, _ in list(self.requests))

    @property
    def jwks(self) -> str:
        """The key set as it is served."""
        return json.dumps({"keys": [key.jwk for key in self.keys]})

    def mint(
        self,
        claims: Mapping[str, Any] | bytes,
        key: SigningKey | None = None,
        *,
        audience: str | list[str] | None = None,
        lifetime: float = 300,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Signs a token of this issuer; see `verijot.testing.mint`."""
        return mint(
            claims,
            key or self.keys[-1],
            issuer=self.url,
            audience=audience,
            now=None if self._clock is None else self._clock.now(),
            lifetime=lifetime,
            header=header,
        )

    def rotate(self, key: SigningKey | None = None, *, keep: bool = False) -> SigningKey:
        """Switches to another key, and returns it. Stops serving the others unless `keep`."""
        key = key or SigningKey.ed25519(f"{self.keys[-1].kid}-next")
        self.keys = [*self.keys, key] if keep else [key]
        return key

    @contextmanager
    def answering(self, answer: Answer, path: str = "*") -> Generator[None, None, None]:
        """Sends this response, for one path or for all, until the block ends."""
        before = self.answers.get(path)
        self.answers[path] = answer
        try:
            yield
        finally:
            if before is None:
                del self.answers[path]
            else:
                self.answers[path] = before

    @contextmanager
    def outage(self) -> Generator[None, None, None]:
        """Responds with status 503 until the block ends."""
        with self.answering(Answer(status=503, body=b"")):
            yield

    @contextmanager
    def slowness(self, seconds: float) -> Generator[None, None, None]:
        """Delays every response until the block ends."""
        with self.answering(Answer(delay=seconds)):
            yield

    def close(self) -> None:
        """Stops the server: connections are refused after this."""
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()

    def _right_body(self, path: str) -> bytes | None:
        if path in _METADATA and self._metadata:
            return json.dumps({"issuer": self.url, "jwks_uri": self.jwks_url}).encode()
        return self.jwks.encode() if path == _JWKS else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer._answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, as above
                pass

        return Handler

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        self.requests.append((path, {k.lower(): v for k, v in request.headers.items()}))
        answer = self.answers.get(path) or self.answers.get("*") or Answer()
        if self._is_over.wait(answer.delay):
            return
        right = self._right_body(path)
        body = right or b"" if answer.body is None else answer.body
        status = 404 if right is None and answer.body is None else answer.status
        headers = {"Content-Type": "application/json", **self.headers, **answer.headers}
        if path != _JWKS:
            headers = {"Content-Type": "application/json", **answer.headers}
        try:
            request.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                request.send_header(name, value)
            request.end_headers()
            self._send(request, body[: answer.cut_after], answer.drip)
        except OSError:
            # The client has disconnected.
            request.close_connection = True

    def _send(self, request: BaseHTTPRequestHandler, body: bytes, drip: float) -> None:
        if drip == 0:
            request.wfile.write(body)
            return
        for octet in body:
            request.wfile.write(bytes([octet]))
            if self._is_over.wait(drip):
                return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Does nothing: the client has disconnected."""


_JWKS = "/.well-known/jwks.json"

_METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
