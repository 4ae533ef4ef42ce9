"""Points in time, for people."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any


def in_words(moment: float | Decimal, now: Any) -> str:
    """Such as `2023-11-14 22:13:20 UTC (3 days ago)`."""
    try:
        date = EPOCH + timedelta(seconds=float(moment))
        distance = date - (EPOCH + timedelta(seconds=float(seconds(now))))
    except OverflowError:
        return "beyond every calendar"
    return f"{date:%Y-%m-%d %H:%M:%S} UTC ({_in_words(distance)})"


def seconds(moment: Any) -> Decimal:
    """Seconds since 1970."""
    if isinstance(moment, datetime):
        since = moment - EPOCH
        whole = since.days * 86_400 + since.seconds
        return Decimal(whole) + Decimal(since.microseconds) / 1_000_000
    return Decimal(moment)


def _in_words(distance: timedelta) -> str:
    size = abs(distance)
    for unit, length in UNITS:
        count = size // length
        if count:
            plural = "" if count == 1 else "s"
            words = f"{count} {unit}{plural}"
            return f"{words} ago" if distance < timedelta() else f"in {words}"
    return "now"


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = (
    ("year", timedelta(days=365)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
)
