"""The statements of a revocation list, independent of the database connection.

The table, its keys and its statements are those of the Rust crate `verijot-axum`.
"""

import hashlib
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import text

from verijot._databases import Table, Work

Date: TypeAlias = int | float | datetime


class RevocationListError(Exception):
    """The database failed or did not respond. The driver's error is the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table."""

    key: str
    subject: str | None
    expires_at: int | None
    reason: str | None


def key_of(jti: str, issuer: str | None) -> str:
    """Returns the value of the column `jti` for a token.

    That is the `iss`, a space and the `jti`. Each is stored as it is if every database and its
    tools keep it exactly, otherwise as `sha256:` and its digest. Without an issuer it is only the
    `jti`, which matches the tokens of every issuer.
    """
    return _exact(jti) if issuer is None else f"{_exact(issuer)} {_exact(jti)}"


def _exact(name: str) -> str:
    octets = name.encode()
    # PostgreSQL stores no NUL in a text and no long text in an index; other tools may remove
    # whitespace and normalize characters outside ASCII.
    is_plain = (
        1 <= len(octets) <= _LONGEST_PLAIN
        and all(0x21 <= octet <= 0x7E for octet in octets)  # noqa: PLR2004, visible ASCII
        and not name.startswith(_DIGEST_PREFIX)
    )
    return name if is_plain else _DIGEST_PREFIX + hashlib.sha256(octets).hexdigest()


def storable(text: str | None) -> str | None:
    """Replaces NUL, which PostgreSQL does not store, in a human-readable text."""
    return None if text is None else text.replace("\0", "\ufffd")


def seconds(date: Date, name: str) -> int:
    """Returns whole seconds since 1970, rounded down. Raises ValueError for what is no date."""
    if isinstance(date, datetime):
        if date.tzinfo is None:
            message = f"{name} needs a time zone; use datetime.now(UTC)"
            raise ValueError(message)
        date = date.timestamp()
    if isinstance(date, float) and math.isnan(date):
        message = f"{name} must be a number of seconds since 1970"
        raise ValueError(message)
    return math.floor(max(-_FARTHEST, min(date, _FARTHEST)))


def span(value: float | timedelta) -> int:
    """Returns whole seconds, rounded up. Raises ValueError for less than zero."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if not 0 <= seconds < math.inf:
        # Rows would be deleted whose tokens are still valid.
        message = "keep_expired must be a number of seconds, zero or more"
        raise ValueError(message)
    return math.ceil(seconds)


def lookup(key: str, any_key: str) -> Work[bool]:
    """Returns whether a row matches the token, or the tokens of every issuer."""
    return (yield _LOOKUP, {"key": key, "any_key": any_key}) > 0


def insertion(row: Row, any_key: str) -> Work[bool]:
    """Inserts a row. Returns whether the token was not revoked before.

    An existing row stays, except that its expiry may move to a later time.
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
            # Inserted even if known: the row for every issuer may be deleted before this expires.
            return not is_known
        if (yield _EXTENSION, {"key": row.key, "expires_at": row.expires_at}):
            return False
        # The existing row was pruned between the two statements.


def deletion(before: int) -> Work[int]:
    """Deletes at most one batch of rows that expired before a time. Returns how many."""
    return (yield _DELETION, {"before": before, "most": PRUNED_AT_ONCE})


TABLE = Table("jwt_revocations", "revocation list", "0001_jwt_revocations.sql", RevocationListError)

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

# The condition is repeated for a row whose expiry is extended at the same time.
_DELETION = text(
    "DELETE FROM jwt_revocations WHERE token_expires_at < :before AND jti IN "
    "(SELECT jti FROM jwt_revocations WHERE token_expires_at < :before LIMIT :most)"
)

_LONGEST_PLAIN = 255
_DIGEST_PREFIX = "sha256:"

PRUNED_AT_ONCE = 1000
"""Few enough rows to delete in a fraction of a second."""

_FARTHEST = 10**18
"""Far beyond any clock's time, and within the range of BIGINT."""
