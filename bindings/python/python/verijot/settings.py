"""The settings of a client's key cache."""

from typing import NamedTuple

from verijot.policy import Names, Seconds


class CacheSettings(NamedTuple):
    """The settings of a client's key cache. None stands for the core's default, in brackets."""

    max_octets: int | None = None
    """The most octets that a set may have (256 KiB)."""
    max_keys: int | None = None
    """The most keys that a set may have (100)."""
    fresh_for: Seconds | None = None
    """The lifetime of a set if the response does not specify one (10 minutes)."""
    shortest_fresh: Seconds | None = None
    """The minimum lifetime, whatever the response says (1 minute; at least 1 second)."""
    longest_fresh: Seconds | None = None
    """The maximum lifetime, whatever the response says (24 hours)."""
    revalidate_for: Seconds | None = None
    """How long after its lifetime a set is still used while it is fetched in the background
    (10 minutes, but not longer than the lifetime). After that, requests wait for the fetch."""
    stale_for: Seconds | None = None
    """How long after its lifetime a set is still used while the issuer cannot be reached
    (24 hours). Zero if the response says `no-store`, `no-cache` or `must-revalidate`."""
    stale_despite_headers: bool | None = None
    """Whether a set is used after its lifetime even if the response forbids it (False)."""
    unknown_window: Seconds | None = None
    """The period in which unknown kids and invalid signatures may cause two fetches
    (30 seconds)."""
    shortest_rest: Seconds | None = None
    """The backoff after the first failed fetch; it doubles with each failure in a row (1 second; at
    least 100 milliseconds)."""
    longest_rest: Seconds | None = None
    """The maximum backoff (60 seconds)."""
    fetch_timeout: Seconds | None = None
    """How long a fetch may take (5 seconds; at least 100 milliseconds)."""
    purposes: Names | None = None
    """The only values that the `use` of a key may have, such as `jwt-svid` (missing or `sig`)."""
    certificates: Names | None = None
    """The algorithms of keys that are published as an object of `kid` and certificate or public key
    in PEM. If the URL has `{kid}` in it, each key is fetched by itself, for kids that are UUIDs."""
    empty_set_revokes: bool | None = None
    """Whether a set without any key revokes all keys, as that of SPIFFE (False: it counts as a
    failed fetch)."""
