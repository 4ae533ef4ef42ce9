"""Which requests lead to an issuer's keys.

Nothing is requested here: a route gives one request after the other and takes the answers, so that
threads and tasks can both follow it. Where it leads is decided by the core.
"""

from collections.abc import Generator
from typing import NamedTuple, TypeAlias

from verijot._native import KeyLocation
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


def route(location: KeyLocation) -> Route:
    """Requests for an issuer's metadata where there is need, then one for the keys."""
    search = location.search()
    problem: Exception | None = None
    while (metadata_url := search.metadata_url) is not None:
        try:
            response = yield Step(metadata_url, is_conditional=False, share=0.5)
        except Exception as error:  # noqa: BLE001, anybody's fetch may raise anything
            problem = error
            search.on_error()
        else:
            search.on_response(response.status, response.body)
    keys_url = search.keys_url
    if keys_url is None:
        raise problem or FetchError(search.failure)
    response = yield Step(keys_url, is_conditional=search.is_known, share=1)
    if response.status == _OK:
        location.confirm(keys_url)
    return response


_OK = 200
