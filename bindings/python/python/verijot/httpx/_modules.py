"""httpx2 and httpx, which have the same API: httpx2 is what httpx's maintainers go on with.

What makes requests here takes `httpx`, which is httpx2 where that is installed. What is handed to
a client of the caller's works with each of `INSTALLED`.
"""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import httpx as _httpx
    import httpx2 as httpx

    AnyRequest: TypeAlias = httpx.Request | _httpx.Request
    FirstAuth = httpx.Auth
    SecondAuth = _httpx.Auth

__all__ = ["INSTALLED", "AnyRequest", "FirstAuth", "SecondAuth", "httpx"]


def _installed() -> Iterator[ModuleType]:
    for name in ("httpx2", "httpx"):
        try:
            yield import_module(name)
        except ModuleNotFoundError as error:
            # Something that it needs is another matter.
            if error.name != name:
                raise


class _NoAuth:
    """Stands for the `Auth` of a module that is missing."""


# The two can be one: `httpx2.alias_httpx` makes them so.
INSTALLED = tuple(dict.fromkeys(_installed()))

if not INSTALLED:
    message = "verijot.httpx needs httpx2 or httpx: install verijot[httpx2]"
    raise ModuleNotFoundError(message, name="httpx2")

if not TYPE_CHECKING:
    httpx = INSTALLED[0]
    FirstAuth, SecondAuth = (*(module.Auth for module in INSTALLED), _NoAuth)[:2]
    AnyRequest = object
