"""What a list of revoked tokens says to its database, without a connection.

A piece of work is a generator: it yields statements with their parameters, and is sent how many
rows each has found or changed. `verijot.revocation` carries it out, in a thread or in a task. The
table, its keys and its statements are those of the Rust crate `verijot-axum`.
"""

import hashlib
import math
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TypeAlias, TypeVar

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_T = TypeVar("_T")

Date: TypeAlias = int | float | datetime
Parameters: TypeAlias = dict[str, str | int | None]
Work: TypeAlias = Generator[tuple[TextClause, Parameters], int, _T]


class RevocationListError(Exception):
    """The database has not done what it was asked. Its own words are the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table."""

    key: str
    subject: str | None
    expires_at: int | None
    reason: str | None


def key_of(jti: str, issuer: str | None) -> str:
    """What stands for a token in the column `jti`.

    That is its `iss`, a space and its `jti`, each as it is where a database and its tools hold that
    exactly, or else as `sha256:` and the digest of it. Without an issuer it is the `jti` alone, and
    stands for the tokens of every issuer.
    """
    return _exact(jti) if issuer is None else f"{_exact(issuer)} {_exact(jti)}"


def _exact(name: str) -> str:
    octets = name.encode()
    # PostgreSQL holds no NUL in a text and no long text in an index; white space and what is
    # beyond ASCII get lost or normalized on their way through other tools.
    is_plain = (
        1 <= len(octets) <= _LONGEST_PLAIN
        and all(0x21 <= octet <= 0x7E for octet in octets)  # noqa: PLR2004, what ASCII shows
        and not name.startswith(_DIGEST_PREFIX)
    )
    return name if is_plain else _DIGEST_PREFIX + hashlib.sha256(octets).hexdigest()


def storable(told: str | None) -> str | None:
    """PostgreSQL holds no NUL in a text. What people read may be changed for it, unlike the key."""
    return None if told is None else told.replace("\0", "\ufffd")


def seconds(date: Date, name: str) -> int:
    """Whole seconds since 1970, rounded down."""
    if isinstance(date, datetime):
        if date.tzinfo is None:
            message = f"{name} has no time zone; use datetime.now(UTC)"
            raise ValueError(message)
        date = date.timestamp()
    return max(-_FARTHEST, min(math.floor(date), _FARTHEST))


def span(value: float | timedelta) -> int:
    """Whole seconds, rounded up."""
    return math.ceil(value.total_seconds() if isinstance(value, timedelta) else value)


def lookup(key: str, any_key: str) -> Work[bool]:
    """Whether there is a row for the token, or for the tokens of every issuer."""
    return (yield _LOOKUP, {"key": key, "any_key": any_key}) > 0


def insertion(row: Row, any_key: str) -> Work[bool]:
    """Whether the token was not revoked before.

    Of an older row nothing changes but the expiry, to a later one.
    """
    is_known = row.key != any_key and (yield from lookup(any_key, any_key))
    while True:
        inserted = yield (
            _INSERTION,
            {
                "key": row.key,
                "subject": row.subject,
                "expires_at": row.expires_at,
                "revoked_at": math.floor(time.time()),
                "reason": row.reason,
            },
        )
        if inserted:
            # In any case, for the other row may be forgotten before this token expires.
            return not is_known
        if (yield _EXTENSION, {"key": row.key, "expires_at": row.expires_at}):
            return False
        # The older row has been pruned in between.


def deletion(before: int) -> Work[int]:
    """How many of the rows that expired before a time were deleted: all, or a batch of them."""
    return (yield _DELETION, {"before": before, "most": _PRUNED_AT_ONCE})


def migration(dialect: str) -> list[str]:
    """The statements that create the table unless it exists, for one transaction."""
    script = files("verijot").joinpath("migrations", dialect, "0001_jwt_revocations.sql")
    statements = [part for part in script.read_text("utf-8").split(";\n") if part.strip()]
    # `IF NOT EXISTS` is no help against somebody who creates the same table at the same time.
    return [_MIGRATION_LOCK, *statements] if dialect == POSTGRESQL else statements


def failure(error: SQLAlchemyError | TimeoutError) -> RevocationListError:
    """What to raise for an error. It is not its cause: SQLAlchemy's texts hold the parameters."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    is_missing = getattr(cause, "sqlstate", None) == _UNDEFINED_TABLE or str(cause).startswith(
        "no such table"
    )
    if is_missing:
        raised = RevocationListError("the table jwt_revocations does not exist: call migrate()")
    elif cause is None:
        raised = RevocationListError("the revocation list's database gave no answer in time")
    else:
        raised = RevocationListError("the revocation list's database failed")
    raised.__cause__ = cause
    raised.__suppress_context__ = True
    return raised


SQLITE = "sqlite"
POSTGRESQL = "postgresql"

WRITE_AHEAD = "PRAGMA journal_mode=WAL"
"""Readers of a file and its writer do not wait for each other. The file keeps the mode.

Of connections that change it at once, SQLite refuses all but one, and to change it where somebody
reads it takes a wait: nothing to do at every connection.
"""

_LOOKUP = text("SELECT 1 FROM jwt_revocations WHERE jti IN (:key, :any_key) LIMIT 1")

_INSERTION = text(
    "INSERT INTO jwt_revocations (jti, subject, token_expires_at, revoked_at, reason) "
    "VALUES (:key, :subject, :expires_at, :revoked_at, :reason) ON CONFLICT (jti) DO NOTHING"
)

_EXTENSION = text(
    "UPDATE jwt_revocations SET token_expires_at = CASE "
    "WHEN token_expires_at < CAST(:expires_at AS BIGINT) THEN CAST(:expires_at AS BIGINT) "
    "WHEN CAST(:expires_at AS BIGINT) IS NULL THEN NULL "
    "ELSE token_expires_at END WHERE jti = :key"
)

# The condition stands twice, for a row whose expiry is extended in between.
_DELETION = text(
    "DELETE FROM jwt_revocations WHERE token_expires_at < :before AND jti IN "
    "(SELECT jti FROM jwt_revocations WHERE token_expires_at < :before LIMIT :most)"
)

_MIGRATION_LOCK = "SELECT pg_advisory_xact_lock(5350846932446310474)"

_UNDEFINED_TABLE = "42P01"
"""PostgreSQL, Appendix A."""

_LONGEST_PLAIN = 255
_DIGEST_PREFIX = "sha256:"

_PRUNED_AT_ONCE = 1000
"""Small enough to be deleted in a fraction of a second."""

_FARTHEST = 10**18
"""Far outside what any clock says, and well within a BIGINT."""
