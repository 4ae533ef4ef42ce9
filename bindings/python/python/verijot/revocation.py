"""Tokens revoked before they expire, in a database (extra `verijot[sqlalchemy]`).

For instance::

    revoked = AsyncRevocationList("postgresql://app@db.example/app")
    bearer = Bearer(client, revoked=revoked)

    @app.post("/logout")
    async def logout(token: Annotated[VerifiedToken, Depends(bearer)]) -> None:
        await revoked.revoke(token, "logout")

All instances of a service share the table `jwt_revocations`: on one machine with SQLite, on several
with PostgreSQL. The Rust crate `verijot-axum` uses the same table. If a token cannot be looked up,
it is refused with `revocation_unavailable` and status 503.
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
from verijot._native import REVOCATION_TIMEOUT, VerifiedToken
from verijot._revocations import POSTGRESQL, SQLITE, Date, RevocationListError, Row, Work

__all__ = ["AsyncRevocationList", "RevocationList", "RevocationListError"]

_T = TypeVar("_T")


class _Works:
    """The work that both kinds of list do for tokens."""

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
    """A list of revoked tokens for sync code: the `revoked` of a Verifier or a JwksClient.

    `database` is a URL or an engine of SQLAlchemy, for SQLite or PostgreSQL (psycopg 3). A database
    that does not respond within `timeout` seconds counts as failed; an engine that the caller
    passes has its own timeouts. A reachable server that is frozen can block a thread for longer.

    A token is found by its `iss` and `jti`, so one list serves several issuers. Add
    `required_claims="jti"` to the policy: a token without `jti` is refused with 503. Expired tokens
    stay for `keep_expired` (24 hours), which must exceed the largest leeway of a verifier plus the
    difference of the clocks.
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        self._works = _Works(keep_expired)
        engine = database if isinstance(database, Engine) else _engine(database, timeout)
        self._dialect = _known(engine.dialect.name)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")

    def __call__(self, token: VerifiedToken) -> bool:
        """Returns whether a token is in the list.

        Raises RevocationListError if the database does not respond, and ValueError for a token
        without `jti`. A verifier refuses the token with 503 for both.
        """
        return self._run(self._works.lookup(token))

    def migrate(self) -> None:
        """Creates the table unless it exists. Every instance may call it at every start.

        Switches a file of SQLite that a URL names to a write-ahead log, so that lookups do not wait
        for a writer. Raises RevocationListError.
        """
        try:
            if _is_own_file(self._engine):
                # Ignores the error if another process changes the mode at the same time.
                with suppress(OperationalError), self._statements.connect() as connection:
                    connection.exec_driver_sql(revocations.WRITE_AHEAD)
            with self._engine.begin() as connection:
                for statement in revocations.migration(self._dialect):
                    connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise revocations.failure(error) from None

    def revoke(self, token: VerifiedToken, reason: str | None = None) -> bool:
        """Revokes a token. Returns True if it was not revoked before.

        Of several concurrent calls for the same token exactly one returns True. An existing entry
        stays, except that its expiry moves to the new one if that is later. NUL in the subject and
        the reason becomes U+FFFD.

        Raises RevocationListError if the database does not respond; the token may be revoked or
        not, and a retry is safe. Raises ValueError for a token without `jti`.
        """
        return self._run(self._works.insertion(token, reason))

    def revoke_by_id(
        self,
        jti: str,
        *,
        issuer: str | None,
        subject: str | None = None,
        expires_at: Date | None = None,
        reason: str | None = None,
    ) -> bool:
        """Revokes a token of which only these claims are known, as `revoke` does.

        `jti` and `issuer` must be exactly the token's `jti` and `iss`. With None as the issuer the
        entry matches the tokens of every issuer, so it may also refuse a token of another issuer
        with the same `jti`.

        `expires_at` is the `exp`, in seconds since 1970 or as an aware datetime. Without it the
        entry is never pruned.
        """
        return self._run(self._works.insertion_by_id(jti, issuer, subject, expires_at, reason))

    def prune(self, now: Date | None = None) -> int:
        """Deletes tokens that expired more than `keep_expired` ago. Returns how many.

        Tokens without an expiry stay. Call it from time to time, in one instance or in all. Raises
        RevocationListError; entries that were deleted before the error stay deleted.
        """
        batch = self._works.deletion(now)
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
    """A list of revoked tokens for async code: the `revoked` of a guard, such as a FastAPI Bearer.

    Works as RevocationList, with an AsyncEngine, and with aiosqlite for a URL of SQLite. `timeout`
    also applies to an engine that the caller passes, and to a frozen server.
    """

    def __init__(
        self,
        database: str | URL | AsyncEngine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        self._works = _Works(keep_expired)
        engine = database if isinstance(database, AsyncEngine) else _async_engine(database, timeout)
        self._dialect = _known(engine.dialect.name)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._timeout = timeout
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, token: VerifiedToken) -> bool:
        """Returns whether a token is in the list. Raises what RevocationList raises."""
        return await self._run(self._works.lookup(token))

    async def migrate(self) -> None:
        """Creates the table unless it exists. See RevocationList.migrate."""
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
        """Revokes a token. Returns True if it was not revoked before. See RevocationList.revoke."""
        return await self._run(self._works.insertion(token, reason))

    async def revoke_by_id(
        self,
        jti: str,
        *,
        issuer: str | None,
        subject: str | None = None,
        expires_at: Date | None = None,
        reason: str | None = None,
    ) -> bool:
        """Revokes a token of which only these claims are known. See RevocationList.revoke_by_id."""
        work = self._works.insertion_by_id(jti, issuer, subject, expires_at, reason)
        return await self._run(work)

    async def prune(self, now: Date | None = None) -> int:
        """Deletes tokens that expired more than `keep_expired` ago. Returns how many."""
        batch = self._works.deletion(now)
        pruned = 0
        while deleted := await self._run(batch()):
            pruned += deleted
        return pruned

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        # Cancelled work may still be running, and the event loop may close after this.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._timeout)
        await self._engine.dispose()

    def __repr__(self) -> str:
        return f"<AsyncRevocationList {self._dialect}>"

    async def _run(self, work: Work[_T]) -> _T:
        # A separate task, because a driver may take long to end cancelled work.
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
            # Retrieves the error, so that asyncio does not log it as never retrieved.
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
        # Raised here, because SQLAlchemy's error quotes the URL with its password.
        message = "cannot read the database's URL; write sqlite:///path/to/file.db or "
        raise ValueError(message + "postgresql://user@host/database")
    drivers = {
        SQLITE: sqlite_driver,
        "postgres": _POSTGRESQL_DRIVER,
        POSTGRESQL: _POSTGRESQL_DRIVER,
    }
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def _known(dialect: str) -> str:
    if dialect not in {SQLITE, POSTGRESQL}:
        message = f"a revocation list needs SQLite or PostgreSQL, not {dialect}"
        raise ValueError(message)
    return dialect


def _options(url: URL, timeout: float, pool: type[Pool]) -> dict[str, Any]:
    """Returns the keywords of an engine with timeouts and without claims in its log."""
    options = {"hide_parameters": True, "poolclass": pool, "pool_timeout": timeout}
    if _known(url.get_backend_name()) == SQLITE:
        if url.database in {None, "", ":memory:"}:
            # Such a database exists only in its connection, so all threads share one.
            options |= {"pool_size": 1, "max_overflow": 0}
        return {**options, "connect_args": {"timeout": timeout, "check_same_thread": False}}
    milliseconds = max(1, int(timeout * 1000))
    connect_args = {
        # libpq takes whole seconds, and at least two.
        "connect_timeout": max(2, round(timeout)),
        # The server also cancels the statement after the timeout.
        "options": f"-c statement_timeout={milliseconds}",
        # The timeout also applies if the network drops all packets.
        "tcp_user_timeout": milliseconds,
    }
    return {**options, "connect_args": connect_args, "pool_pre_ping": True}


def _is_own_file(engine: Engine) -> bool:
    return engine in _ENGINES and engine.dialect.name == SQLITE


def _leave_connections_to_the_parent() -> None:
    """Opens new connections after a fork: two processes cannot share one."""
    for engine in _ENGINES:
        _INHERITED.append(engine.pool)
        engine.dispose(close=False)


def _id(token: VerifiedToken) -> str:
    if token.id is None:
        message = "the token has no jti; add required_claims='jti' to the policy"
        raise ValueError(message)
    return token.id


_POSTGRESQL_DRIVER = "postgresql+psycopg"

_ENGINES: WeakSet[Engine] = WeakSet()
"""The engines that this module has made."""

_INHERITED: list[Pool] = []
"""Connections of the parent process, which the child must not close."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
