"""What a policy is made of."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Seconds: TypeAlias = int | float | Decimal | timedelta
"""A span of time: a number of seconds, or a timedelta."""


class LifetimeClasses(NamedTuple):
    """Ceilings from `iat` to `exp` for each class of token, told by the value of one claim."""

    claim: str
    """The claim whose string value names the class."""
    ceilings: Mapping[str, Seconds]
    """The ceiling of each class."""
    default: Seconds | None = None
    """The ceiling of every other class and of tokens without the claim; None refuses both."""
