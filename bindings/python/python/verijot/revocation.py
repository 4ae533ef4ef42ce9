"""Tokens revoked before they expire, in a database (extra `verijot[sqlalchemy]`).

For instance::

    revoked = AsyncRevocationList("postgresql://app@db.example/app")
    bearer = Bearer(client, revoked=revoked)

    @app.post("/logout")
    async def logout(token: Annotated[VerifiedToken, Depends(bearer)]) -> None:
        await revoked.revoke(token, "logout")

All instances of a service share the table `jwt_revocations`, with SQLite on one machine and with
PostgreSQL on several. It is the table of the Rust crate `verijot-axum`. What cannot be looked up is
never taken for clear: the token is refused with `revocation_unavailable` and status 503.
"""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar
from weakref import WeakSet

from sqlalchemy import (
    URL,
    AsyncAdaptedQueuePool,
    Engine,
    Pool,
    QueuePool,
    create_engine,
    make_url,
)
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from verijot import _revocations as revocations
from verijot._native import VerifiedToken
from verijot._revocations import POSTGRESQL, SQLITE, Date, RevocationListError, Row, Work

__all__ = ["AsyncRevocationList", "RevocationList", "RevocationListError"]

_T = TypeVar("_T")


class _Terms:
    """What both kinds of list make of tokens."""

    def __init__(self, keep_expired: float | timedelta) -> None:
        self._keep_expired = revocations.span(keep_expired)

    def lookup(self, token: VerifiedToken) -> Work[bool]:
        jti = _id(token)
        keys = (revocations.key_of(jti, issuer) for issuer in (token.issuer, None))
        return revocations.lookup(*keys)

    def insertion(self, token: VerifiedToken, reason: str | None) -> Work[bool]:
        return self.insertion_by_id(
            _id(token), token.issuer, token.subject, token.expires_at_seconds, reason
        )

    def insertion_by_id(
        self,
        jti: str,
        issuer: str | None,
        subject: str | None,
        expires_at: Date | None,
        reason: str | None,
    ) -> Work[bool]:
        row = Row(
            key=revocations.key_of(jti, issuer),
            subject=revocations.storable(subject),
            expires_at=None if expires_at is None else revocations.seconds(expires_at, "exp"),
            reason=revocations.storable(reason),
        )
        return revocations.insertion(row, revocations.key_of(jti, None))

    def deletion(self, now: Date | None) -> Callable[[], Work[int]]:
        moment = revocations.seconds(time.time() if now is None else now, "now")
        return lambda: revocations.deletion(moment - self._keep_expired)


class RevocationList:
    """Revoked tokens, looked up in a thread: the `revoked` of a Verifier or a JwksClient.

    `database` is a URL or an engine of SQLAlchemy, for SQLite or PostgreSQL (psycopg 3). A database
    that gives no answer for `timeout` seconds counts as failed; an engine that is handed over goes
    by timeouts of its own.

    A token is found by its `iss` and `jti`, so one list serves several issuers, and
    `required_claims="jti"` belongs into the policy: a token without is refused with 503. Expired
    tokens stay for `keep_expired` (24 hours), which must exceed the largest leeway of a verifier,
    and how far the clocks are apart.

    Only a server that is reachable but frozen as a whole can hold a thread up longer than that; a
    task it cannot.
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = 2.0,
    ) -> None:
        self._terms = _Terms(keep_expired)
        engine = database if isinstance(database, Engine) else _engine(database, timeout)
        self._dialect = _known(engine.dialect.name)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")

    def __call__(self, token: VerifiedToken) -> bool:
        """Whether a token is in the list.

        Raises RevocationListError if the database gives no answer, and ValueError for a token that
        cannot be in the list. A verifier makes 503 of both.
        """
        return self._run(self._terms.lookup(token))

    def migrate(self) -> None:
        """Creates the table unless it exists. May be called by every instance at every start.

        A file of SQLite that was named by a URL is left with a write-ahead log, so that lookups do
        not wait for a writer. Raises RevocationListError.
        """
        try:
            if _is_own_file(self._engine):
                # Whoever changes it at the same time is not waited for.
                with suppress(OperationalError), self._statements.connect() as connection:
                    connection.exec_driver_sql(revocations.WRITE_AHEAD)
            with self._engine.begin() as connection:
                for statement in revocations.migration(self._dialect):
                    connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise revocations.failure(error) from None

    def revoke(self, token: VerifiedToken, reason: str | None = None) -> bool:
        """Revokes a token from now on, and says whether it was not revoked before.

        Of several who revoke the same token at the same time, exactly one is told so. Of a token
        that is in the list already the first entry stays; only its expiry moves if the new one is
        later. NUL in the subject and the reason becomes U+FFFD.

        Raises RevocationListError if the database gives no answer: then the token may be revoked or
        not, and it does no harm to try again. Raises ValueError for a token that cannot be in the
        list.
        """
        return self._run(self._terms.insertion(token, reason))

    def revoke_by_id(
        self,
        jti: str,
        *,
        issuer: str | None,
        subject: str | None = None,
        expires_at: Date | None = None,
        reason: str | None = None,
    ) -> bool:
        """Revokes a token of which only this much is known, as `revoke` does.

        `issuer` is its `iss` and `jti` its `jti`, both exactly as the token has them. With None the
        entry holds for the tokens of every issuer: beside several, it can refuse a token of one
        that revoked nothing.

        `expires_at` is its `exp`, in seconds since 1970 or as an aware datetime; without it the row
        is never pruned.
        """
        return self._run(self._terms.insertion_by_id(jti, issuer, subject, expires_at, reason))

    def prune(self, now: Date | None = None) -> int:
        """Deletes the tokens that expired longer ago than `keep_expired`, and says how many.

        Those without an expiry stay. To be called now and then, by one instance or by all. Raises
        RevocationListError; what was deleted until then stays deleted.
        """
        batch = self._terms.deletion(now)
        pruned = 0
        while deleted := self._run(batch()):
            pruned += deleted
        return pruned

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._engine.dispose()

    def __repr__(self) -> str:
        return f"<RevocationList {self._dialect}>"

    def _run(self, work: Work[_T]) -> _T:
        try:
            with self._statements.connect() as connection:
                statement, parameters = next(work)
                while True:
                    result = connection.execute(statement, parameters)
                    count = len(result.all()) if result.returns_rows else result.rowcount
                    statement, parameters = work.send(count)
        except StopIteration as end:
            outcome: _T = end.value
            return outcome
        except SQLAlchemyError as error:
            raise revocations.failure(error) from None


class AsyncRevocationList:
    """Revoked tokens, looked up in a task: the `revoked` of `verijot.fastapi` and its like.

    As RevocationList, with an AsyncEngine, and with aiosqlite for a URL of SQLite. `timeout` holds
    for handed over engines too.
    """

    def __init__(
        self,
        database: str | URL | AsyncEngine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = 2.0,
    ) -> None:
        self._terms = _Terms(keep_expired)
        engine = database if isinstance(database, AsyncEngine) else _async_engine(database, timeout)
        self._dialect = _known(engine.dialect.name)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._timeout = timeout
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, token: VerifiedToken) -> bool:
        """Whether a token is in the list. Raises as RevocationList does."""
        return await self._run(self._terms.lookup(token))

    async def migrate(self) -> None:
        """Creates the table unless it exists. May be called by every instance at every start.

        See RevocationList.migrate.
        """
        try:
            if _is_own_file(self._engine.sync_engine):
                with suppress(OperationalError):
                    async with self._statements.connect() as connection:
                        await connection.exec_driver_sql(revocations.WRITE_AHEAD)
            async with self._engine.begin() as connection:
                for statement in revocations.migration(self._dialect):
                    await connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise revocations.failure(error) from None

    async def revoke(self, token: VerifiedToken, reason: str | None = None) -> bool:
        """Revokes a token from now on, and says whether it was not revoked before.

        See RevocationList.revoke.
        """
        return await self._run(self._terms.insertion(token, reason))

    async def revoke_by_id(
        self,
        jti: str,
        *,
        issuer: str | None,
        subject: str | None = None,
        expires_at: Date | None = None,
        reason: str | None = None,
    ) -> bool:
        """Revokes a token of which only this much is known. See RevocationList.revoke_by_id."""
        work = self._terms.insertion_by_id(jti, issuer, subject, expires_at, reason)
        return await self._run(work)

    async def prune(self, now: Date | None = None) -> int:
        """Deletes the tokens that expired longer ago than `keep_expired`, and says how many."""
        batch = self._terms.deletion(now)
        pruned = 0
        while deleted := await self._run(batch()):
            pruned += deleted
        return pruned

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        # What was given up may still be ending, and the event loop is perhaps about to close.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._timeout)
        await self._engine.dispose()

    def __repr__(self) -> str:
        return f"<AsyncRevocationList {self._dialect}>"

    async def _run(self, work: Work[_T]) -> _T:
        # A driver may take its time to end what it has begun, and nobody is to wait for that.
        task = asyncio.create_task(self._carry_out(work))
        self._tasks.add(task)
        task.add_done_callback(self._end)
        try:
            await asyncio.wait({task}, timeout=self._timeout)
            if not task.done():
                raise revocations.failure(TimeoutError())
            return task.result()
        except SQLAlchemyError as error:
            raise revocations.failure(error) from None
        finally:
            task.cancel()

    async def _carry_out(self, work: Work[_T]) -> _T:
        async with self._statements.connect() as connection:
            statement, parameters = next(work)
            while True:
                result = await connection.execute(statement, parameters)
                count = len(result.all()) if result.returns_rows else result.rowcount
                try:
                    statement, parameters = work.send(count)
                except StopIteration as end:
                    outcome: _T = end.value
                    return outcome

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # So that nobody complains of an error that came when nobody waited any more.
            task.exception()


def _engine(database: str | URL, timeout: float) -> Engine:
    url = _url(database, "sqlite+pysqlite")
    engine = create_engine(url, **_options(url, timeout, QueuePool))
    _ENGINES.add(engine)
    return engine


def _async_engine(database: str | URL, timeout: float) -> AsyncEngine:
    url = _url(database, "sqlite+aiosqlite")
    engine = create_async_engine(url, **_options(url, timeout, AsyncAdaptedQueuePool))
    _ENGINES.add(engine.sync_engine)
    return engine


def _url(database: str | URL, sqlite_driver: str) -> URL:
    try:
        url = make_url(database)
    except (ArgumentError, ValueError):
        url = None
    if url is None:
        # The error would quote the URL with its password.
        message = "the database's URL is not understood: write sqlite:///path/to/file.db or "
        raise ValueError(message + "postgresql://user@host/database")
    drivers = {
        SQLITE: sqlite_driver,
        "postgres": _POSTGRESQL_DRIVER,
        POSTGRESQL: _POSTGRESQL_DRIVER,
    }
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def _known(dialect: str) -> str:
    if dialect not in {SQLITE, POSTGRESQL}:
        message = f"a revocation list works with SQLite and PostgreSQL, not with {dialect}"
        raise ValueError(message)
    return dialect


def _options(url: URL, timeout: float, pool: type[Pool]) -> dict[str, Any]:
    """Keywords for an engine that gives up in time and shows no claim in its log."""
    options = {"hide_parameters": True, "poolclass": pool, "pool_timeout": timeout}
    if _known(url.get_backend_name()) == SQLITE:
        if url.database in {None, "", ":memory:"}:
            # Such a database is gone with its connection, of which there is one for all.
            options |= {"pool_size": 1, "max_overflow": 0}
        return {**options, "connect_args": {"timeout": timeout, "check_same_thread": False}}
    milliseconds = max(1, int(timeout * 1000))
    connect_args = {
        # libpq takes whole seconds, and one for two.
        "connect_timeout": max(2, round(timeout)),
        # The server, too, gives up what nobody waits for any more.
        "options": f"-c statement_timeout={milliseconds}",
        # Nor is a network that has gone silent waited for.
        "tcp_user_timeout": milliseconds,
    }
    return {**options, "connect_args": connect_args, "pool_pre_ping": True}


def _is_own_file(engine: Engine) -> bool:
    return engine in _ENGINES and engine.dialect.name == SQLITE


def _leave_connections_to_the_parent() -> None:
    """After a fork two processes would read each other's answers."""
    for engine in _ENGINES:
        _INHERITED.append(engine.pool)
        engine.dispose(close=False)


def _id(token: VerifiedToken) -> str:
    if token.id is None:
        message = (
            "the token has no jti, so that it cannot be in a revocation list: demand the claim"
        )
        raise ValueError(message)
    return token.id


_POSTGRESQL_DRIVER = "postgresql+psycopg"

_ENGINES: WeakSet[Engine] = WeakSet()
"""Those made here."""

_INHERITED: list[Pool] = []
"""Connections of the parent, which are not to be closed here either."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
