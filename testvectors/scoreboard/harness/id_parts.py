"""A case of the differential test of ID tokens, parsed leniently."""

from decimal import Decimal
from typing import Any

from id_tokens import CLIENT
from parts import Parts

TEXTS = ("iss", "sub", "jti", "nonce", "acr", "azp", "at_hash", "c_hash", "s_hash", "sid")
DATES = ("exp", "nbf", "iat", "auth_time")


class IdParts(Parts):
    """An ID token and its login, parsed leniently."""

    @property
    def leeway(self) -> Decimal:
        """The leeway of the settings."""
        return Decimal(self.case["profile"].get("leeway", "30"))

    @property
    def expectations(self) -> dict[str, Any]:
        """What is expected of the login."""
        expectations: dict[str, Any] = self.case["expectations"]
        return expectations

    @property
    def audiences(self) -> list[Any]:
        """The audiences."""
        audience = self.claims.get("aud", [])
        return audience if isinstance(audience, list) else [audience]

    def is_typed(self, name: str) -> bool:
        """Whether a claim that is there has its type."""
        value = self.claims[name]
        if name in TEXTS:
            return isinstance(value, str)
        if name in DATES:
            date = self.date(name)
            return date is not None and abs(date) <= Decimal("1.7976931348623157e308")
        listed = value if isinstance(value, list) else [value]
        if name == "aud":
            return all(isinstance(one, str) for one in listed)
        return isinstance(value, list) and all(isinstance(one, str) for one in value)

    def has_wrong(self, *names: str) -> bool:
        """Whether one of the claims is there and has another type."""
        return any(name in self.claims and not self.is_typed(name) for name in names)

    def further_audience(self) -> bool:
        """Whether there is an audience beside the client."""
        return CLIENT in self.audiences and any(one != CLIENT for one in self.audiences)
