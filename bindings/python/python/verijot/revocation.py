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

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from verijot import _revocations as revocations
from verijot._databases import AsyncDatabase, Database, Work
from verijot._native import REVOCATION_TIMEOUT, VerifiedToken
from verijot._revocations import Date, RevocationListError, Row

__all__ = ["AsyncRevocationList", "RevocationList", "RevocationListError"]


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

    Raises ValueError for another database, and for a number that makes no sense.
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        keep_expired: float | timedelta = timedelta(hours=24),
        timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        self._works = _Works(keep_expired)
        self._database = Database(database, timeout, revocations.TABLE)

    def __call__(self, token: VerifiedToken) -> bool:
        """Returns whether a token is in the list.

        Raises RevocationListError if the database does not respond, and ValueError for a token
        without `jti`. A verifier refuses the token with 503 for both.
        """
        return self._database.run(self._works.lookup(token))

    def migrate(self) -> None:
        """Creates the table unless it exists. Every instance may call it at every start.

        Switches a file of SQLite that a URL names to a write-ahead log, so that lookups do not wait
        for a writer. Raises RevocationListError.
        """
        self._database.migrate()

    def revoke(self, token: VerifiedToken, reason: str | None = None) -> bool:
        """Revokes a token. Returns True if it was not revoked before.

        Of several concurrent calls for the same token exactly one returns True. An existing entry
        stays, except that its expiry moves to the new one if that is later. NUL in the subject and
        the reason becomes U+FFFD.

        Raises RevocationListError if the database does not respond; the token may be revoked or
        not, and a retry is safe. Raises ValueError for a token without `jti`.
        """
        return self._database.run(self._works.insertion(token, reason))

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
        return self._database.run(
            self._works.insertion_by_id(jti, issuer, subject, expires_at, reason)
        )

    def prune(self, now: Date | None = None) -> int:
        """Deletes tokens that expired more than `keep_expired` ago. Returns how many.

        Tokens without an expiry stay. Call it from time to time, in one instance or in all. Raises
        RevocationListError; entries that were deleted before the error stay deleted.
        """
        batch = self._works.deletion(now)
        pruned = 0
        while deleted := self._database.run(batch()):
            pruned += deleted
        return pruned

    def close(self) -> None:
        """Closes the connections that are not in use."""
        self._database.close()

    def __repr__(self) -> str:
        return f"<RevocationList {self._database.dialect}>"


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
        self._database = AsyncDatabase(database, timeout, revocations.TABLE)

    async def __call__(self, token: VerifiedToken) -> bool:
        """Returns whether a token is in the list. Raises what RevocationList raises."""
        return await self._database.run(self._works.lookup(token))

    async def migrate(self) -> None:
        """Creates the table unless it exists. See RevocationList.migrate."""
        await self._database.migrate()

    async def revoke(self, token: VerifiedToken, reason: str | None = None) -> bool:
        """Revokes a token. Returns True if it was not revoked before. See RevocationList.revoke."""
        return await self._database.run(self._works.insertion(token, reason))

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
        return await self._database.run(work)

    async def prune(self, now: Date | None = None) -> int:
        """Deletes tokens that expired more than `keep_expired` ago. Returns how many."""
        batch = self._works.deletion(now)
        pruned = 0
        while deleted := await self._database.run(batch()):
            pruned += deleted
        return pruned

    async def aclose(self) -> None:
        """Closes the connections that are not in use."""
        await self._database.aclose()

    def __repr__(self) -> str:
        return f"<AsyncRevocationList {self._database.dialect}>"


def _id(token: VerifiedToken) -> str:
    if token.id is None:
        message = "the token has no jti; add required_claims='jti' to the policy"
        raise ValueError(message)
    return token.id
