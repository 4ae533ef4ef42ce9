"""The two clocks that keys and access tokens age by."""

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Protocol, TypeAlias

from verijot._native import unix_nanoseconds

Moment: TypeAlias = int | float | Decimal | datetime | str

Reading: TypeAlias = tuple[int, int | None]
"""Nanoseconds of a monotonic clock, and nanoseconds since 1970 if that is known."""


class Clock(Protocol):
    """What a client goes by; without one, by the system's clocks.

    Keys age by the larger of what both clocks say has passed.
    """

    def now(self) -> Moment:
        """The time that claims are judged at."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since any fixed point."""
        ...


def readings(clock: Clock | None) -> Callable[[], Reading]:
    """What reads both clocks, one right after the other."""
    if clock is None:
        return _system
    return lambda: (clock.monotonic_ns(), unix_nanoseconds(clock.now()))


def _since_boot() -> Callable[[], int]:
    """The clock that counts through sleep, where there is one."""
    boot_time: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    if boot_time is None:
        return time.monotonic_ns
    clock_id = boot_time
    try:
        time.clock_gettime_ns(clock_id)
    except OSError:
        return time.monotonic_ns
    return partial(time.clock_gettime_ns, clock_id)


_monotonic_ns = _since_boot()


def _system() -> Reading:
    return _monotonic_ns(), time.time_ns()
