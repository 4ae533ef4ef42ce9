"""Lists of tokens in a database: connections, timeouts and migrations.

A piece of work is a generator: it yields statements with their parameters, and is sent how many
rows each has found or changed. It runs in a thread or in a task.
"""

import asyncio
import os
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeAlias, TypeVar
from weakref import WeakSet

from sqlalchemy import (
    URL,
    AsyncAdaptedQueuePool,
    Engine,
    Pool,
    QueuePool,
    TextClause,
    create_engine,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from verijot._asking import is_time_limit

_T = TypeVar("_T")

Parameters: TypeAlias = dict[str, str | int | None]
Work: TypeAlias = Generator[tuple[TextClause, Parameters], int, _T]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, what it is for, its migration and the error when its database fails."""

    name: str
    owner: str
    script: str
    error: type[Exception]

    def migration(self, dialect: str) -> list[str]:
        """Returns the statements of one transaction that creates the table unless it exists."""
        script = files("verijot").joinpath("migrations", dialect, self.script)
        statements = [part for part in script.read_text("utf-8").split(";\n") if part.strip()]
        # `IF NOT EXISTS` does not protect against another process that creates the same table.
        return [_MIGRATION_LOCK, *statements] if dialect == POSTGRESQL else statements

    def failure(self, error: SQLAlchemyError | TimeoutError) -> Exception:
        """Returns what to raise, from the driver's error."""
        cause = _cause(error)
        is_missing = getattr(cause, "sqlstate", None) == _UNDEFINED_TABLE or str(cause).startswith(
            "no such table"
        )
        if is_missing:
            raised = self.error(f"the table {self.name} does not exist; call migrate()")
        elif cause is None:
            raised = self.error(f"the {self.owner}'s database did not respond in time")
        else:
            raised = self.error(f"the {self.owner}'s database failed")
        return raised


class Database:
    """A database for sync code."""

    def __init__(self, database: str | URL | Engine, timeout: float, table: Table) -> None:
        _check(timeout)
        engine = database if isinstance(database, Engine) else _engine(database, timeout)
        self.dialect = _known(engine.dialect.name)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._table = table

    def migrate(self) -> None:
        """Creates the table unless it exists."""
        try:
            if _is_own_file(self._engine):
                # Ignores the error if another process changes the mode at the same time.
                with suppress(OperationalError), self._statements.connect() as connection:
                    connection.exec_driver_sql(_WRITE_AHEAD)
            with self._engine.begin() as connection:
                for statement in self._table.migration(self.dialect):
                    connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise self._table.failure(error) from _cause(error)

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._engine.dispose()

    def run(self, work: Work[_T]) -> _T:
        """Runs a piece of work in this thread."""
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
            raise self._table.failure(error) from _cause(error)


class AsyncDatabase:
    """A database for async code."""

    def __init__(self, database: str | URL | AsyncEngine, timeout: float, table: Table) -> None:
        _check(timeout)
        engine = database if isinstance(database, AsyncEngine) else _async_engine(database, timeout)
        self.dialect = _known(engine.dialect.name)
        self._engine = engine
        self._statements = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._timeout = timeout
        self._tasks: set[asyncio.Task[Any]] = set()
        self._table = table

    async def migrate(self) -> None:
        """Creates the table unless it exists."""
        try:
            if _is_own_file(self._engine.sync_engine):
                with suppress(OperationalError):
                    async with self._statements.connect() as connection:
                        await connection.exec_driver_sql(_WRITE_AHEAD)
            async with self._engine.begin() as connection:
                for statement in self._table.migration(self.dialect):
                    await connection.exec_driver_sql(statement)
        except SQLAlchemyError as error:
            raise self._table.failure(error) from _cause(error)

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        # Cancelled work may still be running, and the event loop may close after this.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._timeout)
        await self._engine.dispose()

    async def run(self, work: Work[_T]) -> _T:
        """Runs a piece of work in a task."""
        # A separate task, because a driver may take long to end cancelled work.
        task = asyncio.create_task(self._carry_out(work))
        self._tasks.add(task)
        task.add_done_callback(self._end)
        try:
            await asyncio.wait({task}, timeout=self._timeout)
            if not task.done():
                raise self._table.failure(TimeoutError()) from None
            return task.result()
        except SQLAlchemyError as error:
            raise self._table.failure(error) from _cause(error)
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


def _cause(error: SQLAlchemyError | TimeoutError) -> BaseException | None:
    """Returns the driver's error. That of SQLAlchemy has the parameters, and is not the cause."""
    return error.orig if isinstance(error, DBAPIError) else None


def _check(timeout: float) -> None:
    if not is_time_limit(timeout):
        message = "timeout must be a positive number of seconds"
        raise ValueError(message)


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
        message = f"a list needs SQLite or PostgreSQL, not {dialect}"
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


SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_POSTGRESQL_DRIVER = "postgresql+psycopg"

_ENGINES: WeakSet[Engine] = WeakSet()
"""The engines that this module has made."""

_INHERITED: list[Pool] = []
"""Connections of the parent process, which the child must not close."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_connections_to_the_parent)

_WRITE_AHEAD = "PRAGMA journal_mode=WAL"
"""The journal mode in which readers and the writer of a file do not wait for each other.

The file keeps the mode. SQLite lets only one connection change it at a time, and waits for readers:
too slow for every new connection.
"""

_MIGRATION_LOCK = "SELECT pg_advisory_xact_lock(5350846932446310474)"

_UNDEFINED_TABLE = "42P01"
"""The error code of PostgreSQL (its manual, Appendix A)."""
