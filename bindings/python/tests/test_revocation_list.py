"""The revocation list on real databases.

SQLite in a file and in memory, and PostgreSQL where VERIJOT_TEST_POSTGRES names a server
(`.ci/with-postgres` starts one).
"""

import asyncio
import hashlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from fastapi import Depends, FastAPI
from signing import AUDIENCE, FAR_AWAY, ISSUER, NOW, SECRET, signed
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from verijot import (
    JwkSet,
    RevocationUnavailableError,
    RevokedTokenError,
    VerificationError,
    VerifiedToken,
    Verifier,
)
from verijot.fastapi import Bearer
from verijot.revocation import AsyncRevocationList, RevocationList, RevocationListError
from verijot.web import FixedKeys, Guard

COLUMNS = "jti, subject, token_expires_at, revoked_at, reason"
KEYS = JwkSet.from_secret(SECRET, algorithms=["HS256"], kid="k1")
KEY = f"{ISSUER} a"
SERVER = os.environ.get("VERIJOT_TEST_POSTGRES")


class Place:
    """An empty database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else None

    def execute(self, sql: str) -> list[Any]:
        """Does something behind the list's back."""
        if self._file is None:
            with psycopg.connect(self.url, autocommit=True) as connection:
                cursor = connection.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._file)) as file, file:
            return file.execute(sql).fetchall()

    def rows(self) -> list[Any]:
        return self.execute(f"SELECT {COLUMNS} FROM jwt_revocations ORDER BY jti")  # noqa: S608


def new_postgres(name: str) -> Place:
    if SERVER is None:
        pytest.skip("VERIJOT_TEST_POSTGRES is not set")
    name = f"python_{os.getpid()}_{name}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return Place(SERVER.rpartition("/")[0] + f"/{name}")


_count = 0


@pytest.fixture
def postgres() -> Place:
    global _count  # noqa: PLW0603, names of databases
    _count += 1
    return new_postgres(str(_count))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return Place(f"sqlite:///{tmp_path}/revocations.db")
    made: Place = request.getfixturevalue("postgres")
    return made


class Both:
    """A list in a thread or in a task, called in the same way."""

    def __init__(self, kind: str, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner() if kind == "async" else None
        self.list: Any = (AsyncRevocationList if self._runner else RevocationList)(url, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *given, **named: self._done(getattr(self.list, name)(*given, **named))

    def __call__(self, token: VerifiedToken) -> object:
        return self._done(self.list(token))

    def stop(self) -> None:
        if self._runner is None:
            self.list.close()
        else:
            self._runner.run(self.list.aclose())
            self._runner.close()

    def _done(self, outcome: Any) -> Any:
        return outcome if self._runner is None else self._runner.run(outcome)


Open = Callable[..., Both]


@pytest.fixture(params=["sync", "async"])
def open_list(request: pytest.FixtureRequest) -> Iterator[Open]:
    lists: list[Both] = []

    def open_list(url: str, **options: Any) -> Both:
        lists.append(Both(request.param, url, **options))
        return lists[-1]

    yield open_list
    for each in lists:
        each.stop()


@pytest.fixture
def revoked(open_list: Open, place: Place) -> Both:
    made = open_list(place.url)
    made.migrate()
    return made


def token(jti: str | None, **claims: Any) -> VerifiedToken:
    return accepted(signed(jti=jti, **claims))


def accepted(raw: str, **policy: Any) -> VerifiedToken:
    policy = {"issuer": None, "audience": AUDIENCE, "max_token_octets": 1 << 16, **policy}
    return Verifier(**policy).verify(raw, KEYS, now=NOW)


def refused(revoked: Callable[[VerifiedToken], bool], jti: str = "a") -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        accepted(signed(jti=jti), revoked=revoked)
    return caught.value


def test_a_token_is_clear_until_it_is_revoked(revoked: Both) -> None:
    assert revoked(token("mine")) is False
    assert revoked.revoke(token("mine"), "logout") is True
    assert revoked(token("mine")) is True
    assert revoked(token("other")) is False
    assert revoked.revoke(token("mine"), "again") is False


def test_the_first_entry_stays_and_its_expiry_only_moves_later(revoked: Both, place: Place) -> None:
    before = int(time.time())
    revoked.revoke(token("a"), "first")
    [(jti, subject, expires_at, revoked_at, reason)] = place.rows()
    assert (jti, subject, expires_at, reason) == (KEY, "alice", NOW + 600, "first")
    assert before <= revoked_at <= time.time()
    for given, kept in ((NOW, NOW + 600), (NOW + 601, NOW + 601), (None, None), (NOW, None)):
        assert (
            revoked.revoke_by_id("a", subject="x", expires_at=given, reason="x", issuer=ISSUER)
            is False
        )
        assert place.rows() == [(KEY, "alice", kept, revoked_at, "first")]


def test_what_a_token_that_is_not_at_hand_leaves(revoked: Both, place: Place) -> None:
    revoked.revoke_by_id("a", issuer=ISSUER)
    moment = datetime.fromtimestamp(NOW, UTC) + timedelta(milliseconds=900)
    revoked.revoke_by_id("b", expires_at=moment, subject="x\0y", reason="be\0cause", issuer=ISSUER)
    revoked.revoke_by_id("c", expires_at=1e300, issuer=ISSUER)
    rows = [(jti, subject, expires, reason) for jti, subject, expires, _, reason in place.rows()]
    assert rows == [
        (f"{ISSUER} a", None, None, None),
        (f"{ISSUER} b", "x\ufffdy", NOW, "be\ufffdcause"),
        (f"{ISSUER} c", None, 10**18, None),
    ]
    with pytest.raises(ValueError, match="time zone"):
        revoked.revoke_by_id("d", expires_at=datetime(2030, 1, 1), issuer=ISSUER)  # noqa: DTZ001, that is the mistake


def test_expired_tokens_are_pruned_and_no_others(open_list: Open, place: Place) -> None:
    revoked = open_list(place.url, keep_expired=60)
    revoked.migrate()
    for jti, expires_at in (("early", 1000), ("edge", 2000), ("late", 2001), ("endless", None)):
        revoked.revoke_by_id(jti, expires_at=expires_at, issuer=ISSUER)
    for now, pruned in ((1060, 0), (1061, 1), (2060, 0), (2061.9, 1), (2061, 0)):
        assert revoked.prune(now) == pruned
    assert [row[0] for row in place.rows()] == [f"{ISSUER} endless", f"{ISSUER} late"]
    assert revoked.prune() == 1
    assert revoked(token("endless")) is True
    assert revoked(token("late")) is False
    assert revoked.revoke_by_id("late", issuer=ISSUER) is True


def test_many_expired_tokens_are_pruned_in_batches(revoked: Both, place: Place) -> None:
    place.execute(
        "WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 2500) "
        "INSERT INTO jwt_revocations (jti, token_expires_at, revoked_at) "
        "SELECT 'old-' || CAST(n AS TEXT), n, 0 FROM count"
    )
    revoked.revoke(token("young"))
    assert revoked.prune(NOW) == 2500
    assert len(place.rows()) == 1


NOISE = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(250))
IDS = [
    *["", " ", "a", "A", "a ", " a", "a\t", "a\0", "\0", "\0a", "a\0b", "a\0c", "é", "e\u0301"],
    *["ß", "ss", "ﬁ", "fi", "%", "_", "'; DROP TABLE jwt_revocations; --", "\\", "\\x61", "1"],
    *["01", "1.0", "null", ":key", "\ufeffa", "\U0010ffff", "sha256:", "a b", "b a"],
    *["x" * 255, "x" * 256, "x" * 257, NOISE, NOISE + "~"],
]


def test_ids_are_compared_octet_for_octet(revoked: Both) -> None:
    for jti in IDS:
        assert revoked(token(jti)) is False
        assert revoked.revoke(token(jti)) is True
        assert revoked(token(jti)) is True
    for jti in IDS:
        assert revoked.revoke(token(jti)) is False


def test_keys_are_those_of_rust(revoked: Both, place: Place) -> None:
    # The same lines are in the tests of the Rust crate.
    digests = {
        "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "a b": "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65",
        "a\0b": "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138",
        "é": "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
        "sha256:": "9fd714ce6f63c3b320c944b70e80a5d105fd2f3e2d30ae2fa81370e223f50d07",
    }
    for jti, digest in digests.items():
        place.execute("DELETE FROM jwt_revocations")
        revoked.revoke(token(jti))
        assert [row[0] for row in place.rows()] == [f"{ISSUER} sha256:{digest}"]
    # As the Rust crate writes it.
    place.execute(
        f"INSERT INTO jwt_revocations ({COLUMNS}) "  # noqa: S608
        "VALUES ('5e4c1b1e-8c8e', 'alice', 1700000600, 1700000000, 'logout')"
    )
    assert revoked(token("5e4c1b1e-8c8e")) is True
    assert revoked.revoke(token("5e4c1b1e-8c8e")) is False


def test_issuers_are_told_apart(revoked: Both, place: Place) -> None:
    assert revoked.revoke(token("a", iss="https://one.example")) is True
    assert revoked(token("a", iss="https://one.example")) is True
    assert [row[0] for row in place.rows()] == ["https://one.example a"]
    for issuer in ("https://two.example", "https://one.example/", "HTTPS://one.example", "", None):
        assert revoked(token("a", iss=issuer)) is False
    assert revoked.revoke_by_id("a", issuer="https://two.example") is True
    assert revoked.revoke_by_id("a", issuer="https://two.example") is False
    assert revoked(token("a", iss="https://two.example")) is True
    assert revoked(token("a", iss="https://three.example")) is False


def test_an_entry_without_issuer_holds_for_every_issuer(revoked: Both, place: Place) -> None:
    assert revoked.revoke(token("a", iss="https://one.example")) is True
    assert revoked.revoke_by_id("a", issuer=None) is True
    for issuer in ("https://one.example", "https://two.example", "", None):
        assert revoked(token("a", iss=issuer)) is True
    # It was revoked before, though it gets an entry of its own with its own expiry.
    assert revoked.revoke(token("a", iss="https://two.example")) is False
    assert revoked.revoke(token("a", iss=None)) is False
    keys = sorted(row[0] for row in place.rows())
    assert keys == ["a", "https://one.example a", "https://two.example a"]
    place.execute("DELETE FROM jwt_revocations WHERE jti = 'a'")
    assert revoked(token("a", iss="https://two.example")) is True
    assert revoked(token("a", iss="https://three.example")) is False


def test_the_issuer_is_said(revoked: Both) -> None:
    with pytest.raises(TypeError, match="issuer"):
        revoked.revoke_by_id("a")


def test_a_token_without_id_is_never_clear(revoked: Both) -> None:
    with pytest.raises(ValueError, match="jti"):
        revoked(token(None))
    with pytest.raises(ValueError, match="jti"):
        revoked.revoke(token(None))


def test_without_a_table_nothing_is_clear(open_list: Open, place: Place) -> None:
    revoked = open_list(place.url)
    with pytest.raises(RevocationListError, match="migrate"):
        revoked(token("a"))
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


def test_a_verifier_asks(place: Place) -> None:
    revoked = RevocationList(place.url)
    assert isinstance(refused(revoked), RevocationUnavailableError)
    revoked.migrate()
    accepted(signed(jti="a"), revoked=revoked)
    revoked.revoke(token("a"))
    assert isinstance(refused(revoked), RevokedTokenError)
    accepted(signed(jti="b"), revoked=revoked)
    with pytest.raises(RevocationUnavailableError):
        accepted(signed(), revoked=revoked)
    # An async one cannot be asked here, which is no consent.
    unaskable: Any = AsyncRevocationList(place.url)
    assert isinstance(refused(unaskable), RevocationUnavailableError)
    revoked.close()


def test_a_service_asks(place: Place) -> None:
    revoked = AsyncRevocationList(place.url)
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE)
    bearer = Bearer(FixedKeys(verifier, KEYS), revoked=revoked)
    service = FastAPI()

    @service.get("/me")
    async def me(token: VerifiedToken = Depends(bearer)) -> str | None:  # pyright: ignore[reportUnusedFunction]  # noqa: B008, FAST002
        return token.subject

    @service.post("/logout")
    async def logout(token: VerifiedToken = Depends(bearer)) -> bool:  # pyright: ignore[reportUnusedFunction]  # noqa: B008, FAST002
        return await revoked.revoke(token, "logout")

    async def visit() -> None:
        headers = {"Authorization": f"Bearer {signed(jti='a', exp=FAR_AWAY)}"}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service), base_url="http://service", headers=headers
        )
        async with client:
            answer = await client.get("/me")
            assert (answer.status_code, answer.json()["detail"]) == (503, "revocation_unavailable")
            assert answer.headers["Retry-After"]
            await revoked.migrate()
            assert (await client.get("/me")).json() == "alice"
            assert (await client.post("/logout")).json() is True
            answer = await client.get("/me")
            assert (answer.status_code, answer.json()["detail"]) == (401, "revoked")
            place.execute("DROP TABLE jwt_revocations")
            assert (await client.get("/me")).status_code == 503
        await revoked.aclose()

    asyncio.run(visit())


def test_of_many_who_revoke_one_token_one_is_first(place: Place) -> None:
    revoked = RevocationList(place.url, timeout=10)
    revoked.migrate()
    with ThreadPoolExecutor(16) as threads:
        for number in range(5):
            each = [token(f"shared-{number}")] * 40
            assert sorted(threads.map(revoked.revoke, each)) == [False] * 39 + [True]
            assert all(threads.map(revoked, each))
    revoked.close()


def test_of_many_tasks_one_is_first(place: Place) -> None:
    async def race() -> None:
        revoked = AsyncRevocationList(place.url, timeout=10)
        await revoked.migrate()
        for number in range(5):
            same = token(f"shared-{number}")
            told = await asyncio.gather(*(revoked.revoke(same) for _ in range(40)))
            assert sorted(told) == [False] * 39 + [True]
            assert all(await asyncio.gather(*(revoked(same) for _ in range(40))))
            assert not await revoked(token("untouched"))
        await revoked.aclose()

    asyncio.run(race())


def test_everybody_may_migrate_at_once(place: Place) -> None:
    def migrate(_: int) -> None:
        revoked = RevocationList(place.url, timeout=10)
        revoked.migrate()
        revoked.close()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(migrate, range(10)))
    assert place.rows() == []


def test_readers_of_a_file_and_its_writer_do_not_wait(open_list: Open, tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/revocations.db")
    revoked = open_list(place.url)
    revoked.migrate()
    with closing(sqlite3.connect(tmp_path / "revocations.db")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM jwt_revocations").fetchone() == (0,)
        assert revoked.revoke(token("a")) is True
        reader.execute("COMMIT")
        reader.execute("BEGIN IMMEDIATE")
        assert revoked(token("a")) is True


def test_a_file_in_another_mode_is_used_as_it_is(open_list: Open, tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/revocations.db")
    settled = RevocationList(place.url)
    settled.migrate()
    settled.close()
    place.execute("PRAGMA journal_mode=DELETE")
    # To change the mode of a file that is being read takes a wait without end.
    with closing(sqlite3.connect(tmp_path / "revocations.db")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM jwt_revocations").fetchone() == (0,)
        start = time.monotonic()
        assert open_list(place.url, timeout=5)(token("a")) is False
        assert time.monotonic() - start < 4
        open_list(place.url, timeout=1).migrate()
    place.execute("INSERT INTO jwt_revocations (jti, revoked_at) VALUES ('a', 0)")
    revoked = open_list(f"sqlite:///file:{tmp_path}/revocations.db?mode=ro&uri=true")
    assert revoked(token("a")) is True
    assert revoked(token("b")) is False
    with pytest.raises(RevocationListError, match="failed"):
        revoked.revoke(token("b"))


def test_a_database_is_shared_by_processes(place: Place) -> None:
    revoked = RevocationList(place.url, timeout=10)
    revoked.migrate()
    program = (
        "import sys; from verijot.revocation import RevocationList\n"
        "revoked = RevocationList(sys.argv[1], timeout=10)\n"
        "print(sum(revoked.revoke_by_id(f'shared-{n}', issuer=sys.argv[2]) for n in range(100)))\n"
        "revoked.close()\n"
    )
    others = [
        subprocess.Popen([sys.executable, "-c", program, place.url, ISSUER], stdout=subprocess.PIPE)  # noqa: S603
        for _ in range(2)
    ]
    mine = sum(revoked.revoke_by_id(f"shared-{n}", issuer=ISSUER) for n in range(100))
    theirs = [int(other.communicate(timeout=60)[0]) for other in others]
    assert mine + sum(theirs) == 100
    assert revoked(token("shared-99")) is True
    revoked.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_has_connections_of_its_own(place: Place) -> None:
    revoked = RevocationList(place.url)
    revoked.migrate()
    revoked.revoke_by_id("a", issuer=ISSUER)
    assert revoked(token("a")) is True
    children: list[int] = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                right = all(revoked(token("a")) and not revoked(token("b")) for _ in range(50))
                os._exit(0 if right else 1)
            finally:
                os._exit(2)
        children.append(child)
    assert all(revoked(token("a")) and not revoked(token("b")) for _ in range(50))
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert revoked(token("a")) is True
    revoked.close()


def test_memory_is_one_database_for_all_threads() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        revoked = RevocationList(url)
        revoked.migrate()
        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(revoked.revoke, [token("a")] * 40))
        assert sorted(told) == [False] * 39 + [True]
        assert revoked(token("a")) is True
        revoked.close()


def test_engines_can_be_handed_over(place: Place) -> None:
    url = place.url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    revoked = RevocationList(engine)
    revoked.migrate()
    assert revoked.revoke_by_id("a", issuer=ISSUER) is True
    assert revoked(token("a")) is True
    engine.dispose()

    async def work() -> None:
        engine = create_async_engine(url.replace("sqlite:", "sqlite+aiosqlite:"))
        revoked = AsyncRevocationList(engine)
        await revoked.migrate()
        assert await revoked.revoke_by_id("a", issuer=ISSUER) is False
        assert await revoked(token("a")) is True
        await engine.dispose()

    asyncio.run(work())


def test_a_locked_file_is_read_and_written_later(open_list: Open, tmp_path: Path) -> None:
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


def test_a_file_that_is_no_database_clears_nothing(open_list: Open, tmp_path: Path) -> None:
    file = tmp_path / "revocations.db"
    file.write_text("this is no database, but it is long enough to be one" * 99)
    with pytest.raises(RevocationListError):
        open_list(f"sqlite:///{file}")(token("a"))


def test_a_lost_connection_clears_nothing_and_is_made_again(
    open_list: Open, postgres: Place
) -> None:
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


def test_a_locked_table_clears_nothing(open_list: Open, postgres: Place) -> None:
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
    """A place before a server, and what cuts it off for good."""
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


def test_a_server_that_is_away_clears_nothing(open_list: Open, postgres: Place) -> None:
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
    """The server's processes of a database stand still."""
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
def test_a_server_that_falls_silent_holds_no_task_up(postgres: Place) -> None:
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


def test_a_slow_answer_is_none_for_a_guard(postgres: Place) -> None:
    async def work() -> None:
        revoked = AsyncRevocationList(postgres.url)
        await revoked.migrate()
        verifier = Verifier(issuer=ISSUER, audience=AUDIENCE)
        guard = Guard(FixedKeys(verifier, KEYS), revoked=revoked, revoked_timeout=0.2)
        header = [f"Bearer {signed(jti='a', exp=FAR_AWAY)}"]
        await guard.admit(header)
        with psycopg.connect(postgres.url) as other:
            other.execute("LOCK TABLE jwt_revocations IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(RevocationUnavailableError):
                await guard.admit(header)
        await guard.admit(header)
        await revoked.aclose()

    asyncio.run(work())


@pytest.mark.parametrize("kind", [RevocationList, AsyncRevocationList])
@pytest.mark.parametrize(
    "url",
    ["", "revocations.db", "mysql+pymysql://localhost/x", "postgresql://a:hunter2@host:port/x"],
)
def test_urls_that_lead_nowhere(kind: Callable[[str], object], url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|SQLite and PostgreSQL") as refused:
        kind(url)
    assert "hunter2" not in str(refused.value)


def test_no_secret_is_shown(open_list: Open) -> None:
    revoked = open_list("postgresql://somebody:hunter2@127.0.0.1:1/x")
    with pytest.raises(RevocationListError) as failed:
        revoked.revoke(token("identifier"), "because")
    shown = repr(revoked.list) + str(failed.getrepr(style="short", chain=True))
    for secret in ("hunter2", "identifier ", "alice"):
        assert secret not in shown


def test_no_claim_is_shown(open_list: Open, place: Place) -> None:
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


def test_the_table_is_that_of_rust(open_list: Open, place: Place) -> None:
    """The files are links where this is a checkout, and what they link to in a wheel."""
    folder = Path(__file__).parents[2] / "revocation" / "migrations"
    dialect = "sqlite" if place.url.startswith("sqlite") else "postgres"
    script = (folder / dialect / "0001_jwt_revocations.sql").read_text()
    for statement in script.split(";\n"):
        if statement.strip():
            place.execute(statement)
    revoked = open_list(place.url)
    revoked.migrate()
    assert revoked.revoke(token("a"), "logout") is True
    assert revoked(token("a")) is True
