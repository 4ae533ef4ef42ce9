"""The common part of the runners of the Python libraries: lines of JSON in, verdicts out.

The first line that is written says which library this is and what it can do. Then each line that
is read is one request, and gets one line back: accepted, refused with the library's own error, or
`cannot` where the library has no way to say what the request asks.
"""

import json
import sys
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from importlib.metadata import version
from typing import Any

import time_machine


class CannotSayError(Exception):
    """The library has no parameter for the request."""


@dataclass(frozen=True)
class Request:
    """One verification, with the parameters that every library has."""

    id: str
    mode: str
    token: str | None
    token_hex: str | None
    jwks: str
    now: str
    algorithms: list[str]
    issuers: list[str] | None
    audiences: list[str] | None
    leeway: str
    required: list[str]
    typ: list[str] | None
    expected: dict[str, Any]
    max_age: str | None

    @property
    def octets(self) -> bytes:
        """The token as it was received."""
        if self.token_hex is not None:
            return bytes.fromhex(self.token_hex)
        return (self.token or "").encode("utf-8", "surrogatepass")

    @property
    def leeway_seconds(self) -> float:
        """The leeway, with its fraction."""
        return float(self.leeway)

    @property
    def whole_leeway(self) -> int:
        """The leeway, for a library that counts whole seconds."""
        if "." in self.leeway:
            raise CannotSayError("a leeway of less than a second")
        return int(self.leeway)

    def refuse_members(self, **members: object) -> None:
        """Ends the request if it has one of these members, which the library cannot express."""
        for name, value in members.items():
            if value:
                raise CannotSayError(name)


def serve(
    package: str,
    verify: Callable[[Any], object],
    *,
    algorithms: Collection[str],
    own_errors: tuple[type[Exception], ...],
    kind: type[Any] = Request,
) -> None:
    """Answers requests of a kind until there are no more; `verify` returns if one is accepted."""
    warnings.simplefilter("ignore")
    _say(
        library=package,
        version=version(package),
        runtime="Python {}.{}".format(*sys.version_info[:2]),
        algorithms=sorted(algorithms),
    )
    names = [field.name for field in fields(kind)]
    for line in sys.stdin:
        members = json.loads(line)
        request = kind(**{name: members[name] for name in names})
        error, verdict = None, "accept"
        with time_machine.travel(float(request.now), tick=False):
            try:
                verify(request)
            except CannotSayError as reason:
                verdict, error = "cannot", str(reason)
            except own_errors as raised:
                verdict, error = "refuse", type(raised).__name__
            except Exception as raised:  # noqa: BLE001
                # An unexpected exception is a refusal too, but not a documented one.
                verdict, error = "refuse", f"!{type(raised).__name__}"
        _say(id=request.id, verdict=verdict, error=error)


def _say(**members: object) -> None:
    print(json.dumps(members), flush=True)
