"""The HTTP server of one scenario, on loopback, which misbehaves on command."""

import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    fault: str | None = None
    hold: bool = False


class Server:
    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self._releases = 0
        self._is_over = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Request] = []
        self._held: set[socket.socket] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def held(self) -> int:
        """How many clients wait for a held response."""
        return len(self._held)

    def release(self) -> None:
        with self._lock:
            self._releases += 1
            self._held.clear()

    def close(self) -> None:
        self._is_over = True
        # Unlike closing, this wakes up the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._connected, args=(connection,), daemon=True).start()

    def _connected(self, connection: socket.socket) -> None:
        # Ends when the client disconnects.
        with suppress(OSError, ValueError), connection:
            request = _read(connection)
            answer = self._answer(request)
            if answer.fault == "refuse":
                return
            with self._lock:
                releases = self._releases
                if answer.hold:
                    self._held.add(connection)
                self.requests.append(request)
            if answer.hold:
                while (is_open := not self._is_gone(connection)) and self._releases == releases:
                    time.sleep(0.002)
                with self._lock:
                    self._held.discard(connection)
                if not is_open:
                    return
            self._send(connection, answer)

    def _is_gone(self, connection: socket.socket) -> bool:
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return self._is_over or bool(poll.poll(0))

    def _send(self, connection: socket.socket, answer: Answer) -> None:
        head = f"HTTP/1.1 {answer.status} Scripted\r\nConnection: close\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        match answer.fault:
            case "silence":
                while not self._is_gone(connection):
                    time.sleep(0.002)
            case "endless":
                head += "Transfer-Encoding: chunked\r\n\r\n"
                connection.sendall(head.encode())
                while not self._is_over:
                    connection.sendall(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
            case None | "half":
                # RFC 9110 §8.6: these have no body and no Content-Length.
                if answer.status not in {204, 304}:
                    head += f"Content-Length: {len(answer.body)}\r\n"
                sent = len(answer.body) // 2 if answer.fault else len(answer.body)
                connection.sendall(head.encode() + b"\r\n" + answer.body[:sent])
            case "reset":
                pass
            case fault:
                raise ValueError(fault)


def _read(connection: socket.socket) -> Request:
    stream = connection.makefile("rb")
    _, path, _ = stream.readline().decode().split(" ")
    headers: dict[str, str] = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0))).decode()
    return Request(path.split("?")[0], headers, body)
