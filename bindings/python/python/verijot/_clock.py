"""The two clocks that measure the age of keys and access tokens."""

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Protocol, TypeAlias

from verijot._native import unix_nanoseconds

Moment: TypeAlias = int | float | Decimal | datetime | str

Reading: TypeAlias = tuple[int, int | None]
"""Nanoseconds of a monotonic clock, and nanoseconds since 1970 if known."""


class Clock(Protocol):
    """The clocks of a client; by default it uses the system's.

    The age of a key is the larger of the times that the two clocks have measured.
    """

    def now(self) -> Moment:
        """Returns the time to verify claims at."""
        ...

    def monotonic_ns(self) -> int:
        """Returns the nanoseconds since any fixed point."""
        ...


def readings(clock: Clock | None) -> Callable[[], Reading]:
    """Returns a function that reads both clocks, one right after the other."""
    if clock is None:
        return _system
    return lambda: (clock.monotonic_ns(), unix_nanoseconds(clock.now()))


def _since_boot() -> Callable[[], int]:
    """Returns a clock that also counts while the machine sleeps, if there is one."""
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
