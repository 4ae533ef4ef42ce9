"""Tokens for the tests, signed with a published secret."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

Mint = Callable[..., str]


def signed(header: dict[str, Any] | None = None, **claims: Any) -> str:
    whole = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "exp": NOW + 600,
        "iat": NOW,
        **claims,
    }
    whole = {name: value for name, value in whole.items() if value is not None}
    return signed_text(json.dumps(whole), header)


def signed_text(payload: str | bytes, header: dict[str, Any] | None = None) -> str:
    header = {"alg": "HS256", "kid": "k1", **(header or {})}
    octets = payload.encode() if isinstance(payload, str) else payload
    message = f"{encoded(json.dumps(header).encode())}.{encoded(octets)}"
    code = hmac.digest(SECRET, message.encode(), hashlib.sha256)
    return f"{message}.{encoded(code)}"


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example"
NOW = 1_700_000_000
FAR_AWAY = 10_000_000_000
"""An `exp` for tests that use the system's clock."""
SECRET = b"a published secret of at least 32 octets"
