"""A token endpoint that rotates its refresh tokens, and a resource for its access tokens."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs


class TokenService:
    """A server on this machine. A refresh token that is used twice revokes its whole family."""

    def __init__(self) -> None:
        self.lifetime: object = 3600
        self.delay = 0.0
        self.gate = threading.Event()
        """The endpoint responds to refreshes only while it is set."""
        self.gate.set()
        self.answer: tuple[int, bytes] | None = None
        """The response to every refresh, instead of the right one."""
        self.forms: list[dict[str, str]] = []
        """The forms of all refreshes."""
        self.authorizations: list[str | None] = []
        self.access: list[str] = ["access-0"]
        """The access tokens that are valid."""
        self.seen: list[str] = []
        """The access tokens of requests to the resource."""
        self.bodies: list[bytes] = []
        self._refresh = "refresh-0"
        self._is_revoked = False
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"{self.url}/token"

    @property
    def refreshes(self) -> int:
        return len(self.forms)

    @contextmanager
    def answering(self, status: int, body: bytes = b"") -> Generator[None, None, None]:
        self.answer = (status, body)
        try:
            yield
        finally:
            self.answer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _exchange(self, form: dict[str, str], authorization: str | None) -> tuple[int, bytes]:
        with self._lock:
            self.forms.append(form)
            self.authorizations.append(authorization)
            if self.answer is not None:
                return self.answer
            if form.get("refresh_token") != self._refresh:
                self._is_revoked = True
                self.access.clear()
            if self._is_revoked or form.get("grant_type") != "refresh_token":
                return 400, b'{"error": "invalid_grant"}'
            number = len(self.forms)
            self._refresh = f"refresh-{number}"
            self.access = [f"access-{number}"]
            tokens = {
                "access_token": f"access-{number}",
                "token_type": "Bearer",
                "refresh_token": self._refresh,
                "expires_in": self.lifetime,
            }
        return 200, json.dumps(tokens).encode()

    def _resource(self, authorization: str) -> int:
        token = authorization.removeprefix("Bearer ")
        with self._lock:
            self.seen.append(token)
            return 200 if token in self.access else 401

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(service._resource(self.headers["Authorization"] or ""), b"")

            def do_POST(self) -> None:
                body = self._body()
                if not self.path.startswith("/token"):
                    service.bodies.append(body)
                    self.do_GET()
                    return
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                status, answer = service._exchange(form, self.headers["Authorization"])
                time.sleep(service.delay)
                service.gate.wait(10)
                self._reply(status, answer)

            def _body(self) -> bytes:
                if self.headers["Transfer-Encoding"] is None:
                    return self.rfile.read(int(self.headers["Content-Length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _reply(self, status: int, body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, as above
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Does nothing: the client has disconnected."""
