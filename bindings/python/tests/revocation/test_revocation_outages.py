"""Databases that fail: no token counts as not revoked, and errors contain no secret."""

import asyncio
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from revocation.databases import Open, Place, token
from signing import ISSUER
from verijot.revocation import AsyncRevocationList, RevocationList, RevocationListError


def test_a_missing_table_is_an_error(open_list: Open, place: Place) -> None:
    revoked = open_list(place.url)
    with pytest.raises(RevocationListError, match="migrate") as missing:
        revoked(token("a"))
    assert isinstance(missing.value.__cause__, sqlite3.Error | psycopg.Error)
    with pytest.raises(RevocationListError, match="migrate"):
        revoked.revoke(token("a"))
    with pytest.raises(RevocationListError, match="migrate"):
        revoked.prune()
    revoked.migrate()
    revoked.migrate()
    assert revoked(token("a")) is False
    place.execute("DROP TABLE jwt_revocations")
    with pytest.raises(RevocationListError, match="migrate"):
        revoked(token("a"))


def test_a_locked_file_can_be_read_but_not_written(open_list: Open, tmp_path: Path) -> None:
    file = tmp_path / "revocations.db"
    revoked = open_list(f"sqlite:///{file}", timeout=0.3)
    revoked.migrate()
    revoked.revoke_by_id("a", issuer=ISSUER)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert revoked(token("a")) is True
        assert revoked(token("b")) is False
        with pytest.raises(RevocationListError):
            revoked.revoke_by_id("b", issuer=ISSUER)
        other.execute("ROLLBACK")
    revoked.revoke_by_id("b", issuer=ISSUER)
    assert revoked(token("b")) is True


def test_a_file_that_is_not_a_database_is_an_error(open_list: Open, tmp_path: Path) -> None:
    file = tmp_path / "revocations.db"
    file.write_text("this is not a database, but it is long enough to be one" * 99)
    with pytest.raises(RevocationListError):
        open_list(f"sqlite:///{file}")(token("a"))


def test_a_lost_connection_is_opened_again(open_list: Open, postgres: Place) -> None:
    revoked = open_list(postgres.url)
    revoked.migrate()
    revoked.revoke_by_id("a", issuer=ISSUER)
    for _ in range(3):
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert revoked(token("a")) is True
        assert revoked(token("b")) is False


def test_a_locked_table_is_an_error(open_list: Open, postgres: Place) -> None:
    revoked = open_list(postgres.url, timeout=0.3)
    revoked.migrate()
    revoked.revoke_by_id("a", issuer=ISSUER)
    with psycopg.connect(postgres.url) as other:
        other.execute("LOCK TABLE jwt_revocations IN ACCESS EXCLUSIVE MODE")
        start = time.monotonic()
        with pytest.raises(RevocationListError):
            revoked(token("a"))
        assert time.monotonic() - start < 10
    assert revoked(token("a")) is True


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while octets := source.recv(4096):
            sink.sendall(octets)


@contextmanager
def proxied(url: str) -> Generator[tuple[str, Callable[[], None]]]:
    """Yields the URL of a proxy to a server, and a function that cuts the connections."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    server = (parts.hostname, parts.port or 5432)
    sockets: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                upstream = socket.create_connection(server)
                sockets.extend((client, upstream))
                for ends in ((client, upstream), (upstream, client)):
                    threading.Thread(target=pass_on, args=ends, daemon=True).start()

    def cut() -> None:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in sockets:
            each.shutdown(socket.SHUT_RDWR)

    threading.Thread(target=accept, daemon=True).start()
    port = listener.getsockname()[1]
    yield f"{parts.scheme}://{parts.username}@127.0.0.1:{port}{parts.path}", cut
    for each in sockets:
        each.close()


def test_an_unreachable_server_is_an_error(open_list: Open, postgres: Place) -> None:
    with proxied(postgres.url) as (url, cut):
        revoked = open_list(url)
        revoked.migrate()
        revoked.revoke_by_id("a", issuer=ISSUER)
        assert revoked(token("a")) is True
        assert revoked(token("b")) is False
        cut()
        for call in (revoked, revoked.revoke):
            for jti in ("a", "b"):
                with pytest.raises(RevocationListError):
                    call(token(jti))
        with pytest.raises(RevocationListError):
            revoked.prune()


@contextmanager
def frozen(place: Place) -> Generator[None]:
    """Stops the server's processes of a database until the block ends."""
    sql = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    backends = [row[0] for row in place.execute(sql)]
    assert backends
    for backend in backends:
        os.kill(backend, signal.SIGSTOP)
    try:
        yield
    finally:
        for backend in backends:
            os.kill(backend, signal.SIGCONT)


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="needs root")
def test_a_frozen_server_does_not_block_a_task(postgres: Place) -> None:
    async def work() -> None:
        revoked = AsyncRevocationList(postgres.url, timeout=0.3)
        await revoked.migrate()
        await revoked.revoke_by_id("a", issuer=ISSUER)
        start = time.monotonic()
        with frozen(postgres), pytest.raises(RevocationListError):
            await revoked(token("a"))
        assert time.monotonic() - start < 10
        assert await revoked(token("a")) is True
        await revoked.aclose()

    asyncio.run(work())


@pytest.mark.parametrize("kind", [RevocationList, AsyncRevocationList])
@pytest.mark.parametrize(
    "url",
    ["", "revocations.db", "mysql+pymysql://localhost/x", "postgresql://a:hunter2@host:port/x"],
)
def test_invalid_urls(kind: Callable[[str], object], url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|SQLite or PostgreSQL") as refused:
        kind(url)
    assert "hunter2" not in str(refused.value)


def test_errors_contain_no_secret(open_list: Open) -> None:
    revoked = open_list("postgresql://somebody:hunter2@127.0.0.1:1/x")
    with pytest.raises(RevocationListError) as failed:
        revoked.revoke(token("identifier"), "because")
    shown = repr(revoked.list) + str(failed.getrepr(style="short", chain=True))
    for secret in ("hunter2", "identifier ", "alice"):
        assert secret not in shown


def test_errors_contain_no_claim(open_list: Open, place: Place) -> None:
    revoked = open_list(place.url)
    with pytest.raises(RevocationListError) as failed:
        revoked.revoke_by_id(
            "identi" + "fier", subject="somebo" + "dy", reason="beca" + "use", issuer=ISSUER
        )
    chain: list[BaseException | None] = [failed.value]
    while chain[-1] is not None:
        chain.append(chain[-1].__cause__)
    assert failed.value.__suppress_context__
    for error in chain:
        for secret in ("identifier", "somebody", "because"):
            assert secret not in f"{error} {error!r}"
