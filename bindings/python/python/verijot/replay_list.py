"""Tokens that may be presented once, in a database (extra `verijot[sqlalchemy]`).

For instance::

    seen = AsyncReplayList("postgresql://app@db.example/app")
    logout_tokens = LogoutTokenVerifier(issuer=issuer, client_id=client_id, replay=seen)

All instances of a service share the table `jwt_replays`: on one machine with SQLite, on several
with PostgreSQL. If a token cannot be looked up, it is refused with `replay_unavailable` and status
503.
"""

import time
from datetime import timedelta

from sqlalchemy import URL, Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from verijot import _revocations as revocations
from verijot._databases import AsyncDatabase, Database, Table, Work
from verijot._native import REVOCATION_TIMEOUT, Replay
from verijot._revocations import Date

__all__ = ["AsyncReplayList", "ReplayList", "ReplayListError"]


class ReplayListError(Exception):
    """The database failed or did not respond. The driver's error is the cause."""


class ReplayList:
    """A list of presented tokens for sync code: the `replay` of a LogoutTokenVerifier, for example.

    `database` and `timeout` are those of a RevocationList, whose database it may share. Entries
    stay for `keep_expired` longer than they must (24 hours), which must exceed the difference of
    the clocks.
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        self._keep_expired = revocations.span(keep_expired)
        self._database = Database(database, timeout, _TABLE)

    def __call__(self, replay: Replay) -> bool:
        """Remembers a token. Returns True if it was not known before.

        Of several concurrent calls for the same token exactly one returns True. Raises
        ReplayListError if the database does not respond; the token may be remembered or not.
        """
        return self._database.run(_insertion(replay))

    def migrate(self) -> None:
        """Creates the table unless it exists. See RevocationList.migrate."""
        self._database.migrate()

    def prune(self, now: Date | None = None) -> int:
        """Deletes the entries that are no longer needed. Returns how many.

        Call it from time to time, in one instance or in all. Raises ReplayListError; entries that
        were deleted before the error stay deleted.
        """
        before = _moment(now) - self._keep_expired
        pruned = 0
        while deleted := self._database.run(_deletion(before)):
            pruned += deleted
        return pruned

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._database.close()

    def __repr__(self) -> str:
        return f"<ReplayList {self._database.dialect}>"


class AsyncReplayList:
    """A list of presented tokens for async code, which needs `averify`.

    Works as ReplayList, with an AsyncEngine, and with aiosqlite for a URL of SQLite.
    """

    def __init__(
        self,
        database: str | URL | AsyncEngine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        self._keep_expired = revocations.span(keep_expired)
        self._database = AsyncDatabase(database, timeout, _TABLE)

    async def __call__(self, replay: Replay) -> bool:
        """Remembers a token. Returns True if it was not known before. See ReplayList."""
        return await self._database.run(_insertion(replay))

    async def migrate(self) -> None:
        """Creates the table unless it exists. See RevocationList.migrate."""
        await self._database.migrate()

    async def prune(self, now: Date | None = None) -> int:
        """Deletes the entries that are no longer needed. Returns how many."""
        before = _moment(now) - self._keep_expired
        pruned = 0
        while deleted := await self._database.run(_deletion(before)):
            pruned += deleted
        return pruned

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        await self._database.aclose()

    def __repr__(self) -> str:
        return f"<AsyncReplayList {self._database.dialect}>"


def _insertion(replay: Replay) -> Work[bool]:
    return (yield _INSERTION, {"key": replay.key.hex(), "until": replay.until}) > 0


def _deletion(before: int) -> Work[int]:
    """Deletes at most one batch of entries that ended before a time. Returns how many."""
    return (yield _DELETION, {"before": before, "most": revocations.PRUNED_AT_ONCE})


def _moment(now: Date | None) -> int:
    return revocations.seconds(time.time() if now is None else now, "now")


_TABLE = Table("jwt_replays", "replay list", "0001_jwt_replays.sql", ReplayListError)

_INSERTION = text(
    "INSERT INTO jwt_replays (token_key, needed_until) VALUES (:key, :until) "
    "ON CONFLICT (token_key) DO NOTHING"
)

_DELETION = text(
    "DELETE FROM jwt_replays WHERE token_key IN "
    "(SELECT token_key FROM jwt_replays WHERE needed_until < :before LIMIT :most)"
)
