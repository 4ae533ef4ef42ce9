"""Where an issuer's keys are, and which requests lead there.

Nothing is requested here: a route gives one request after the other and takes the answers, so that
threads and tasks can both follow it.
"""

from collections.abc import Generator
from typing import NamedTuple, Protocol, TypeAlias

from verijot._native import check_url, customary_jwks_url, jwks_url, metadata_urls
from verijot.fetch import FetchError, FetchResponse


class Step(NamedTuple):
    """A request to make."""

    url: str
    is_conditional: bool
    """Whether the answer may be that nothing has changed since the last time."""
    share: float
    """Which part of the time that is left it may take."""


Route: TypeAlias = Generator[Step, FetchResponse, FetchResponse]
"""Requests whose last answer has the keys. What keeps one from an answer is thrown in."""


class Place(Protocol):
    """Where keys are."""

    def route(self) -> Route:
        """The way there."""
        ...


class KnownPlace:
    """Keys at one URL."""

    def __init__(self, url: str) -> None:
        check_url(url)
        self._url = url

    def __str__(self) -> str:
        return self._url

    def route(self) -> Route:
        """One request."""
        return (yield Step(self._url, is_conditional=True, share=1))


class IssuersPlace:
    """Keys where the issuer's metadata says: that of OpenID Connect Discovery, then of RFC 8414.

    The metadata is asked for with every fetch, so that an issuer can move its keys. Where it cannot
    be had, the keys are looked for where they were last.
    """

    def __init__(self, issuer: str, *, customary: bool) -> None:
        self._issuer = issuer
        self._metadata_urls = metadata_urls(issuer)
        self._customary_url = customary_jwks_url(issuer) if customary else None
        self._last_url: str | None = None

    def __str__(self) -> str:
        return self._issuer

    def route(self) -> Route:
        """Requests for the metadata, then one for the keys."""
        url = yield from self._find()
        is_same = url == self._last_url
        response = yield Step(url, is_conditional=is_same, share=1)
        if response.status == _OK:
            self._last_url = url
        return response

    def _find(self) -> Generator[Step, FetchResponse, str]:
        problems: list[str] = []
        for url in self._metadata_urls:
            try:
                response = yield Step(url, is_conditional=False, share=0.5)
            except Exception as error:  # noqa: BLE001, anybody's fetch may raise anything
                problems.append(f"{url}: {error}")
                continue
            if response.status == _OK:
                return jwks_url(self._issuer, response.body)
            problems.append(f"{url}: status {response.status}")
        found = self._last_url or self._customary_url
        if found is None:
            message = "; ".join(problems)
            raise FetchError(message)
        return found


_OK = 200
