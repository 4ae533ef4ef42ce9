"""Fetches an issuer's keys and sends access tokens with httpx2 or httpx.

httpx2 is the successor of httpx by the same maintainers, with the same API. Either works: the
extras are `verijot[httpx2]` and `verijot[httpx]`. If both are installed, httpx2 makes the requests,
and `RefreshingAuth` works with the clients of both.

Keys, for sync and async clients alike::

    from verijot.httpx import fetch

    client = JwksClient.from_issuer(issuer, audience=audience, fetch=fetch)

An access token that is refreshed::

    from verijot.httpx import IssuedTokens, RefreshGrant, RefreshingAuth

    grant = RefreshGrant("https://issuer.example/token", client_id="notes")
    auth = RefreshingAuth(grant, IssuedTokens(access_token, refresh_token, expires_in=3600))
    client = httpx2.Client(base_url="https://api.example", auth=auth)
"""

from verijot._native import RefreshFailure, SessionHealth
from verijot._tokens import IssuedTokens, RefreshFailedError, RefreshSettings
from verijot.httpx._auth import RefreshingAuth
from verijot.httpx._fetch import fetch, fetch_with
from verijot.httpx._grant import RefreshGrant

__all__ = [
    "IssuedTokens",
    "RefreshFailedError",
    "RefreshFailure",
    "RefreshGrant",
    "RefreshSettings",
    "RefreshingAuth",
    "SessionHealth",
    "fetch",
    "fetch_with",
]
