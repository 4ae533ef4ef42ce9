"""Tokens for tests."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from verijot.testing.keys import ED25519, SigningKey


def mint(
    claims: Mapping[str, Any] | bytes,
    key: SigningKey = ED25519,
    *,
    issuer: str | None = None,
    audience: str | list[str] | None = None,
    now: float | None = None,
    lifetime: float = 300,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Signs a token with these claims.

    Adds `iss`, `aud`, `iat` and `exp` unless the claims have them, and leaves out claims that are
    None, for example for a token without `exp`. Claims as bytes become the payload unchanged.
    `header` adds to `alg`, `kid` and `typ`; None removes one of them.
    """
    if not isinstance(claims, bytes):
        issued_at = int(time.time() if now is None else now)
        defaults = {"iss": issuer, "aud": audience, "iat": issued_at, "exp": issued_at + lifetime}
        claims = json.dumps(_without_none({**defaults, **claims})).encode()
    fields = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT", **(header or {})}
    message = _base64url(json.dumps(_without_none(fields)).encode()) + "." + _base64url(claims)
    return message + "." + _base64url(key.sign(message.encode()))


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
