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
    """The lifetime of a set where the response says nothing (10 minutes)."""
    shortest_fresh: Seconds | None = None
    """The least lifetime that a response can give (1 minute; at least 1 second)."""
    longest_fresh: Seconds | None = None
    """The greatest lifetime that a response can give (24 hours)."""
    revalidate_for: Seconds | None = None
    """How long after its lifetime a set is still used while it is fetched again in the background
    (10 minutes, and never more than the lifetime). After that, requests wait for the fetch."""
    stale_for: Seconds | None = None
    """How long after its lifetime a set is still used while the issuer cannot be reached
    (24 hours). Zero where the response says `no-store`, `no-cache` or `must-revalidate`."""
    stale_despite_headers: bool | None = None
    """Uses a set beyond its lifetime even where the response forbids it (no)."""
    unknown_window: Seconds | None = None
    """The span in which unknown kids and bad signatures may cause two fetches (30 seconds)."""
    shortest_rest: Seconds | None = None
    """The rest after a first failed fetch, doubled with each one that follows (1 second; at least
    100 milliseconds)."""
    longest_rest: Seconds | None = None
    """The longest such rest (60 seconds)."""
    fetch_timeout: Seconds | None = None
    """After how long a fetch counts as failed (5 seconds; at least 100 milliseconds)."""
