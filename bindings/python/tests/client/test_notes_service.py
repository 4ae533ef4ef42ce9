"""The notes service in its own process, over HTTP, with changing tokens, keys and databases."""

import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from verijot import JwksClient
from verijot.revocation import RevocationList
from verijot.testing import P256, Answer, Issuer, SigningKey

EXAMPLES = Path(__file__).parents[2] / "examples"

Call = Callable[..., httpx.Response]
Mint = Callable[..., str]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer(P256) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def revocations(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('revocations')}/list.db"


@pytest.fixture(scope="module")
def service(
    issuer: Issuer, revocations: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    database = tmp_path_factory.mktemp("notes") / "notes.db"
    with Started(issuer, revocations, database) as url:
        yield url


class Started:
    """Runs the service until the block ends."""

    def __init__(self, issuer: Issuer, revocations: str, database: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "uvicorn", "--log-level=critical", f"--port={port}"]
        self._environment = {
            **{name: value for name, value in os.environ.items() if "VERIJOT_" not in name},
            "VERIJOT_ISSUER": issuer.url,
            "VERIJOT_AUDIENCE": "notes",
            "DATABASE_URL": revocations,
            "NOTES_DATABASE": str(database),
        }

    def __enter__(self) -> str:
        self._process = subprocess.Popen(  # noqa: S603, the command is above
            [*self._command, "notes_fastapi:app"], env=self._environment, cwd=EXAMPLES
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                assert httpx.get(f"{self._url}/health").json() == {"status": "ok"}
            except httpx.ConnectError:
                assert self._process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return self._url

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


@pytest.fixture
def call(service: str) -> Call:
    def call(method: str, path: str, raw: str | None = None, **body: str) -> httpx.Response:
        headers = {} if raw is None else {"Authorization": f"Bearer {raw}"}
        json = body or None
        return httpx.request(method, service + path, headers=headers, json=json)

    return call


@pytest.fixture
def mint(issuer: Issuer) -> Mint:
    def mint(subject: str = "alice", scope: str = "notes:write", **claims: object) -> str:
        given = {"sub": subject, "scope": scope, "jti": secrets.token_hex(16), **claims}
        return issuer.mint(given, audience="notes", header={"typ": "at+jwt"})

    return mint


def test_notes(call: Call, mint: Mint) -> None:
    alice, bob = mint("alice"), mint("bob")
    created = call("POST", "/notes", alice, text="buy milk")
    assert created.status_code == 201
    note = created.json()
    assert note["text"] == "buy milk"
    path = f"/notes/{note['id']}"
    assert call("GET", path, alice).json() == note
    assert call("GET", "/notes", alice).json() == [note]
    changed = call("PUT", path, alice, text="buy tea")
    assert (changed.status_code, changed.json()) == (200, {**note, "text": "buy tea"})
    assert call("GET", "/notes", bob).json() == []
    for method, body in (("GET", {}), ("PUT", {"text": "mine"}), ("DELETE", {})):
        assert call(method, path, bob, **body).status_code == 404
    assert call("GET", path, alice).json()["text"] == "buy tea"
    assert call("DELETE", path, alice).status_code == 204
    assert call("GET", path, alice).status_code == 404
    assert call("POST", "/notes", alice, note="no text").status_code == 422


def test_profiles(call: Call, mint: Mint) -> None:
    alice, bob = mint("alice"), mint("bob")
    assert call("GET", "/profile", alice).status_code == 404
    for name in ("Alice", "Alice L."):
        written = call("PUT", "/profile", alice, display_name=name)
        assert (written.status_code, written.json()) == (200, {"display_name": name})
        assert call("GET", "/profile", alice).json() == {"display_name": name}
    assert call("GET", "/profile", bob).status_code == 404
    for _ in range(2):
        assert call("DELETE", "/profile", alice).status_code == 204
    assert call("GET", "/profile", alice).status_code == 404
    assert call("GET", "/me", bob).json() == {"subject": "bob"}


def test_without_a_valid_token(call: Call, mint: Mint, issuer: Issuer) -> None:
    answer = call("GET", "/notes")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    for raw, code in (
        (mint(exp=1), "expired"),
        (mint(aud="https://other.example"), "wrong_audience"),
        (mint(jti=None), "missing_claim"),
        (mint(track="staff", exp=time.time() + 13 * 3600), "lifetime_too_long"),
        (mint(exp=time.time() + 2 * 3600), "lifetime_too_long"),
        (issuer.mint({"sub": "alice", "jti": "a"}, audience="notes"), "unexpected_type"),
    ):
        answer = call("GET", "/notes", raw)
        assert (answer.status_code, answer.json()) == (401, {"detail": code})
    assert call("GET", "/notes", mint(track="staff", exp=time.time() + 11 * 3600)).is_success


def test_without_the_scope(call: Call, mint: Mint) -> None:
    raw = mint(scope="notes:read")
    assert call("GET", "/notes", raw).status_code == 200
    for method, path, body in (
        ("POST", "/notes", {"text": "a"}),
        ("PUT", "/notes/a", {"text": "a"}),
        ("DELETE", "/notes/a", {}),
        ("PUT", "/profile", {"display_name": "a"}),
        ("DELETE", "/profile", {}),
    ):
        answer = call(method, path, raw, **body)
        assert answer.status_code == 403
        assert 'scope="notes:write"' in answer.headers["WWW-Authenticate"]


def test_a_rotation_without_a_restart(call: Call, mint: Mint, issuer: Issuer) -> None:
    before = mint()
    assert call("GET", "/notes", before).status_code == 200
    issuer.rotate(SigningKey.p256("next"), keep=True)
    for raw in (mint(), before):
        assert call("GET", "/notes", raw).status_code == 200


def test_an_issuer_that_is_down(call: Call, mint: Mint, issuer: Issuer) -> None:
    assert call("GET", "/notes", mint()).status_code == 200
    with issuer.outage():
        for _ in range(3):
            assert call("GET", "/notes", mint()).status_code == 200
        unknown = issuer.mint({}, SigningKey.p256("unknown"), audience="notes")
        assert call("GET", "/notes", unknown).status_code in {401, 503}
        assert call("POST", "/notes", mint(), text="still here").status_code == 201


def test_a_revoked_token(call: Call, mint: Mint, issuer: Issuer, revocations: str) -> None:
    raw, other = mint(), mint()
    assert call("GET", "/notes", raw).status_code == 200
    token = JwksClient.from_issuer(issuer.url, audience="notes").verify(raw)
    RevocationList(revocations).revoke(token, "logout")
    answer = call("GET", "/notes", raw)
    assert (answer.status_code, answer.json()) == (401, {"detail": "revoked"})
    assert call("GET", "/notes", other).status_code == 200


def test_an_outage_of_the_revocation_list(call: Call, mint: Mint, revocations: str) -> None:
    with closing(sqlite3.connect(revocations.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE jwt_revocations RENAME TO elsewhere")
        answer = call("GET", "/notes", mint())
        assert (answer.status_code, answer.json()) == (503, {"detail": "revocation_unavailable"})
        assert answer.headers["Retry-After"] == "1"
        assert call("GET", "/health").status_code == 200
        connection.execute("ALTER TABLE elsewhere RENAME TO jwt_revocations")
    assert call("GET", "/notes", mint()).status_code == 200


def test_missing_databases(issuer: Issuer, mint: Mint, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nowhere = f"postgresql://nobody@127.0.0.1:{port}/nothing"
    database = tmp_path / "notes.db"
    headers = {"Authorization": f"Bearer {mint()}"}
    with Started(issuer, nowhere, database) as url:
        answer = httpx.get(f"{url}/notes", headers=headers)
        assert (answer.status_code, answer.json()) == (503, {"detail": "revocation_unavailable"})
    with Started(issuer, f"sqlite:///{tmp_path}/list.db", database) as url:
        assert httpx.get(f"{url}/notes", headers=headers).status_code == 200
        database.write_bytes(b"not a database" * 1000)
        answer = httpx.get(f"{url}/notes", headers=headers)
        assert (answer.status_code, answer.json()) == (503, {"detail": "storage_unavailable"})


def test_unavailable_keys(mint: Mint, issuer: Issuer, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {mint()}"}
    with (
        issuer.answering(Answer(status=503, body=b"")),
        Started(issuer, f"sqlite:///{tmp_path}/list.db", tmp_path / "notes.db") as url,
    ):
        answer = httpx.get(f"{url}/notes", headers=headers)
        assert (answer.status_code, answer.json()) == (503, {"detail": "keys_unavailable"})
