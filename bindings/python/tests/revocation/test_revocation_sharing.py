"""A revocation list that threads, tasks and processes share."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from revocation.databases import Open, Place, token
from signing import ISSUER
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from verijot.revocation import AsyncRevocationList, RevocationList, RevocationListError


def test_one_of_many_threads_revokes_first(place: Place) -> None:
    revoked = RevocationList(place.url, timeout=10)
    revoked.migrate()
    with ThreadPoolExecutor(16) as threads:
        for number in range(5):
            each = [token(f"shared-{number}")] * 40
            assert sorted(threads.map(revoked.revoke, each)) == [False] * 39 + [True]
            assert all(threads.map(revoked, each))
    revoked.close()


def test_one_of_many_tasks_revokes_first(place: Place) -> None:
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


def test_concurrent_migrations(place: Place) -> None:
    def migrate(_: int) -> None:
        revoked = RevocationList(place.url, timeout=10)
        revoked.migrate()
        revoked.close()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(migrate, range(10)))
    assert place.rows() == []


def test_readers_and_the_writer_of_a_file_do_not_wait(open_list: Open, tmp_path: Path) -> None:
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


def test_a_file_in_another_journal_mode_is_not_changed(open_list: Open, tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/revocations.db")
    settled = RevocationList(place.url)
    settled.migrate()
    settled.close()
    place.execute("PRAGMA journal_mode=DELETE")
    # Changing the mode would wait for the reader, which never ends.
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


def test_processes_share_a_database(place: Place) -> None:
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_fork_opens_its_own_connections(place: Place) -> None:
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


def test_threads_share_a_database_in_memory() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        revoked = RevocationList(url)
        revoked.migrate()
        with ThreadPoolExecutor(8) as threads:
            told = list(threads.map(revoked.revoke, [token("a")] * 40))
        assert sorted(told) == [False] * 39 + [True]
        assert revoked(token("a")) is True
        revoked.close()


def test_engines_of_the_caller(place: Place) -> None:
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
