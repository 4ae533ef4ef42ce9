"""Converts the payload to a type of the caller, with the library that the type belongs to.

pydantic reads pydantic's types and msgspec reads msgspec's. A dataclass or a TypedDict belongs to
neither: msgspec is tried first because it is faster, then pydantic. Nothing is imported before it
is needed. The libraries' errors quote the claim's value, so they are not passed on; the error that
is raised names only the claim, and has no context.
"""

import re
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, is_typeddict

from verijot import _native

if TYPE_CHECKING:
    from verijot._native import VerifiedToken
    from verijot.errors import VerificationError


def convert(kind: Any, token: "VerifiedToken") -> Any:
    """Converts the claims of `token` to `kind`.

    Raises InvalidClaimError or MissingClaimError for claims that do not match, and TypeError for a
    `kind` that no installed library can read.
    """
    decode, mismatches, describe = _library(kind)
    try:
        return decode(token.payload)
    except mismatches as mismatch:
        refusal = describe(mismatch)
    # Raised here so that the library's error does not become the context.
    raise refusal


_Library = tuple[
    Callable[[bytes], Any],
    tuple[type[Exception], ...],
    Callable[[Any], "VerificationError"],
]


def _library(kind: Any) -> _Library:
    try:
        return _cached_library(kind)
    except TypeError:
        # Not hashable, or not a type, for which the second call raises again.
        return _find_library(kind)


def _find_library(kind: Any) -> _Library:
    if hasattr(kind, "validate_json"):  # a pydantic.TypeAdapter
        return _of_pydantic(kind.validate_json)
    if hasattr(kind, "model_validate_json"):  # a pydantic.BaseModel
        return _of_pydantic(kind.model_validate_json)
    if hasattr(kind, "__pydantic_validator__"):  # a pydantic dataclass
        return _of_type_adapter(kind)
    if hasattr(kind, "__struct_fields__"):  # a msgspec.Struct
        return _of_msgspec(kind)
    if not (isinstance(kind, type) or is_typeddict(kind) or hasattr(kind, "__origin__")):
        message = f"into must be a type, not an instance of {type(kind).__name__}"
        raise TypeError(message)
    return _of_either(kind)


def _of_either(kind: Any) -> _Library:
    for of_library in (_of_msgspec, _of_type_adapter):
        try:
            return of_library(kind)
        except ImportError:
            continue
        except TypeError:
            # A dataclass whose fields have types of the other library.
            continue
        except Exception as error:
            if not type(error).__module__.startswith("pydantic"):
                raise
            continue
    what = "a dataclass" if is_dataclass(kind) else "this type"
    message = f"into: {what} needs msgspec or pydantic; none that can read it is installed"
    raise TypeError(message)


_cached_library = lru_cache(maxsize=128)(_find_library)


def _of_type_adapter(kind: Any) -> _Library:
    return _of_pydantic(import_module("pydantic").TypeAdapter(kind).validate_json)


def _of_pydantic(decode: Callable[[bytes], Any]) -> _Library:
    return decode, (import_module("pydantic").ValidationError,), _described_by_pydantic


def _of_msgspec(kind: Any) -> _Library:
    msgspec = import_module("msgspec")
    return msgspec.json.Decoder(kind).decode, (msgspec.ValidationError,), _described_by_msgspec


def _described_by_pydantic(mismatch: Any) -> "VerificationError":
    first = mismatch.errors(include_url=False, include_context=False, include_input=False)[0]
    path = first["loc"]
    claim = str(path[0]) if path else None
    return _native.mismatch(claim, is_missing=first["type"] == "missing" and len(path) == 1)


def _described_by_msgspec(mismatch: Exception) -> "VerificationError":
    text = str(mismatch)
    missing = re.fullmatch(r"Object missing required field `([^`]*)`", text)
    if missing is not None:
        return _native.mismatch(missing[1], is_missing=True)
    # The text ends with the place, such as "... - at `$.address.street`" or "... - at `$[...]`".
    place = re.search(r"- at `\$\.([^`.\[]+)[^`]*`$", text)
    return _native.mismatch(place[1] if place is not None else None, is_missing=False)
