"""Databases for the tests, lists on them, and tokens."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest
from signing import AUDIENCE, NOW, SECRET, signed
from verijot import (
    JwkSet,
    VerificationError,
    VerifiedToken,
    Verifier,
)
from verijot.revocation import AsyncRevocationList, RevocationList

COLUMNS = "jti, subject, token_expires_at, revoked_at, reason"


KEYS = JwkSet.from_secret(SECRET, algorithms=["HS256"], kid="k1")


SERVER = os.environ.get("VERIJOT_TEST_POSTGRES")


class Place:
    """An empty database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file = url.removeprefix("sqlite:///") if url.startswith("sqlite:") else None

    def execute(self, sql: str) -> list[Any]:
        """Runs a statement without the list."""
        if self._file is None:
            with psycopg.connect(self.url, autocommit=True) as connection:
                cursor = connection.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self._file)) as file, file:
            return file.execute(sql).fetchall()

    def rows(self) -> list[Any]:
        return self.execute(f"SELECT {COLUMNS} FROM jwt_revocations ORDER BY jti")  # noqa: S608


class Both:
    """A sync or async list with the same sync methods."""

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


def token(jti: str | None, **claims: Any) -> VerifiedToken:
    return accepted(signed(jti=jti, **claims))


def accepted(raw: str, **policy: Any) -> VerifiedToken:
    policy = {"issuer": None, "audience": AUDIENCE, "max_token_octets": 1 << 16, **policy}
    return Verifier(**policy).verify(raw, KEYS, now=NOW)


def refused(revoked: Callable[[VerifiedToken], bool], jti: str = "a") -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        accepted(signed(jti=jti), revoked=revoked)
    return caught.value
