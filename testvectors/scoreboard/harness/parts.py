"""A case of the differential test, parsed leniently."""

import json
from decimal import Decimal
from functools import cached_property
from typing import Any

from cases import Case
from keys import decode


class Parts:
    """A case, parsed leniently."""

    def __init__(self, case: Case) -> None:
        """Keeps the case."""
        self.case = case
        self.token: str = case["token"]
        self.segments = self.token.split(".")
        self.keys: list[Any] = case["jwks"]["keys"]

    @cached_property
    def texts(self) -> list[bytes]:
        """The octets of header and payload, if present."""
        return [lenient(segment) for segment in self.segments[:2]]

    @cached_property
    def header(self) -> dict[str, Any]:
        """The header, or an empty one."""
        return object_of(self.texts[0])

    @cached_property
    def claims(self) -> dict[str, Any]:
        """The claims, or empty ones."""
        return object_of(self.texts[1]) if len(self.texts) > 1 else {}

    @property
    def leeway(self) -> Decimal:
        """The policy's leeway."""
        return Decimal(self.case["policy"].get("leeway", "30"))

    @property
    def now(self) -> Decimal:
        """The time of verification."""
        return Decimal(self.case["now"])

    def date(self, claim: str) -> Decimal | None:
        """A date that is a number."""
        value = self.claims.get(claim)
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return Decimal(value) if number and value is not None else None

    def named(self) -> list[Any]:
        """The keys with the token's kid, or all if it has none."""
        kid = self.header.get("kid")
        keys = [key for key in self.keys if isinstance(key, dict)]
        return [key for key in keys if kid is None or key.get("kid") == kid]


def object_of(text: bytes) -> dict[str, Any]:
    """The JSON object that the text is, or an empty one."""
    try:
        value = json.loads(text.decode("utf-8", "replace").lstrip("\ufeff"), parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def lenient(text: str) -> bytes:
    """The octets of base64url, ignoring other characters."""
    kept = "".join(one for one in text if one.isascii() and (one.isalnum() or one in "-_"))
    try:
        return decode(kept[: len(kept) - (len(kept) % 4 == 1)])
    except ValueError:
        return b""
