"""A clock that a test sets."""

import threading


class FixedClock:
    """Stands still until a test advances it.

    For `JwksClient(…, clock=clock)` and `Issuer(clock=clock)`, and its `now()` for `now=`.
    """

    def __init__(self, now: float = 1_700_000_000) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._monotonic_ns = _SOME_TIME_AFTER_BOOT

    def now(self) -> float:
        """Returns the seconds since 1970."""
        return self._now

    def monotonic_ns(self) -> int:
        """Returns the nanoseconds since a fixed point. Each call advances them by one."""
        with self._lock:
            # Consecutive readings differ, as on a real clock.
            self._monotonic_ns += 1
            return self._monotonic_ns

    def advance(self, seconds: float) -> None:
        """Advances the time, for tokens and keys."""
        with self._lock:
            self._now += seconds
            self._monotonic_ns += round(seconds * 1_000_000_000)


_SOME_TIME_AFTER_BOOT = 3_600_000_000_000
