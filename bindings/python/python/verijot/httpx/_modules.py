"""httpx2 and its predecessor httpx, which have the same API.

`httpx` makes requests here; it is httpx2 if that is installed. What a caller's client uses works
with each of `INSTALLED`.
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
            # A missing dependency of the module is an error.
            if error.name != name:
                raise


class _NoAuth:
    """Replaces the `Auth` of a missing module."""


# Both names can be the same module, after `httpx2.alias_httpx`.
INSTALLED = tuple(dict.fromkeys(_installed()))

if not INSTALLED:
    message = "verijot.httpx needs httpx2 or httpx; install verijot[httpx2]"
    raise ModuleNotFoundError(message, name="httpx2")

if not TYPE_CHECKING:
    httpx = INSTALLED[0]
    FirstAuth, SecondAuth = (*(module.Auth for module in INSTALLED), _NoAuth)[:2]
    AnyRequest = object
