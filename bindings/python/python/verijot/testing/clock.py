"""A clock that a test sets."""

import threading


class FixedClock:
    """Stands still until it is told to move on.

    For `JwksClient(…, clock=clock)` and `Issuer(clock=clock)`, and its `now()` for `now=`.
    """

    def __init__(self, now: float = 1_700_000_000) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._monotonic_ns = _SOME_TIME_AFTER_BOOT

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    def monotonic_ns(self) -> int:
        """Nanoseconds since some fixed point; one goes by whenever somebody looks."""
        with self._lock:
            # What happens one after the other does not happen at once.
            self._monotonic_ns += 1
            return self._monotonic_ns

    def advance(self, seconds: float) -> None:
        """Lets time go by, for tokens and keys alike."""
        with self._lock:
            self._now += seconds
            self._monotonic_ns += round(seconds * 1_000_000_000)


_SOME_TIME_AFTER_BOOT = 3_600_000_000_000
