"""Runs the example services, each in its own process."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from verijot.testing import Issuer

EXAMPLES = Path(__file__).parents[1] / "examples"
COMMANDS = {
    "fastapi": ["uvicorn", "--log-level=warning", "--port={port}", "fastapi_service:app"],
    "starlette": ["uvicorn", "--log-level=warning", "--port={port}", "starlette_service:app"],
    "flask": ["flask", "--app=flask_service", "run", "--port={port}"],
    "django": ["django_service", "runserver", "--noreload", "{port}"],
    "logout": ["uvicorn", "--log-level=warning", "--port={port}", "backchannel_logout:app"],
    "mcp": ["uvicorn", "--log-level=warning", "--port={port}", "mcp_resource:app"],
}


class started:  # noqa: N801, used like a function
    """Runs a service until the block ends."""

    def __init__(self, name: str, issuer: Issuer, *, path: str = "") -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        command = [part.format(port=self._port) for part in COMMANDS[name]]
        self._command = [sys.executable, "-m", *command]
        self._environment = {
            **os.environ,
            "ISSUER": issuer.url,
            "RESOURCE": f"http://127.0.0.1:{self._port}{path}",
            "PYTHONPATH": str(EXAMPLES),
        }

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, env=self._environment, cwd=EXAMPLES)  # noqa: S603, the command is above
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except OSError:
                assert self._process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return f"http://127.0.0.1:{self._port}"

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
