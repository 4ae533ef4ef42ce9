"""The numbers of a client's cache."""

from typing import NamedTuple

from verijot.policy import Seconds


class CacheSettings(NamedTuple):
    """The numbers of a client's cache. What is None has the core's default."""

    max_octets: int | None = None
    """The most octets that a set may have (256 KiB)."""
    max_keys: int | None = None
    """The most keys that a set may have (100)."""
    fresh_for: Seconds | None = None
    """How long keys are fresh where the response says nothing (10 minutes)."""
    shortest_fresh: Seconds | None = None
    """The least that a response can say (1 minute)."""
    longest_fresh: Seconds | None = None
    """The most that a response can say (24 hours)."""
    stale_for: Seconds | None = None
    """How long keys are used beyond that while the issuer is down (24 hours)."""
    unknown_window: Seconds | None = None
    """In which span an unknown kid may cause two fetches (30 seconds)."""
    shortest_rest: Seconds | None = None
    """The rest after a first failed fetch, doubled with each further one (1 second)."""
    longest_rest: Seconds | None = None
    """The longest such rest (60 seconds)."""
    fetch_timeout: Seconds | None = None
    """After how long a fetch counts as failed (5 seconds)."""
