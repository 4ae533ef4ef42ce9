"""`decode`: what a token says. Nothing is verified."""

import base64
import binascii
import json
import re
import time
from argparse import Namespace
from typing import Any, cast

from verijot._command import dates, streams
from verijot._command.problem import ProblemError


def run(options: Namespace) -> bool:
    """Shows the header and the claims, as far as they can be read."""
    token = streams.token(options.token)
    parts: dict[str, Any] = {}
    failure = None
    try:
        _read(token, parts)
    except ProblemError as problem:
        failure = problem
    if not options.json:
        _show(parts)
    elif failure is None:
        streams.show_json({"verified": False, **parts})
    if failure is None or (parts and not options.json):
        streams.complain("warning: nothing was verified; anybody can write such a token")
    if failure is not None:
        if options.json:
            streams.complain_json({"code": failure.code, "message": failure.message})
        else:
            streams.complain(f"{failure.code}: {failure.message}")
    return failure is None


def _read(token: bytes, parts: dict[str, Any]) -> None:
    if len(token) > streams.LARGEST:
        raise ProblemError("token_too_large", "more than 1 MiB is no token")
    segments = token.split(b".", 5)
    if len(segments) not in {3, 5}:
        reason = "not three segments between two dots; is it a whole token, and nothing else?"
        raise ProblemError("malformed_token", reason)
    parts["header"] = _object(segments[0], "header")
    if len(segments) == 5:  # noqa: PLR2004
        reason = "this is an encrypted token (JWE, five segments); only its header can be read"
        raise ProblemError("encrypted_token", reason)
    parts["claims"] = _object(segments[1], "claims")
    now = int(time.time())
    parts["dates"] = {
        name: _date(parts["claims"][name], now) for name in DATES if name in parts["claims"]
    }
    parts["signature_octets"] = len(_octets(segments[2], "signature"))


def _show(parts: dict[str, Any]) -> None:
    paragraphs = [
        f"{name}\n{json.dumps(parts[name], indent=2)}"
        for name in ("header", "claims")
        if name in parts
    ]
    if parts.get("dates"):
        lines = (f"{name:<10} {words}" for name, words in parts["dates"].items())
        paragraphs.append("\n".join(["dates", *lines]))
    octets = parts.get("signature_octets")
    if octets is not None:
        words = f"{octets} octets, not verified" if octets else "none"
        paragraphs.append(f"signature\n{words}")
    if paragraphs:
        streams.show("\n\n".join(paragraphs))


def _date(value: Any, now: int) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return dates.in_words(value, now) if number else "not a date"


def _object(segment: bytes, name: str) -> dict[str, Any]:
    octets = _octets(segment, name)
    code = f"malformed_{name}"
    try:
        value = json.loads(octets.decode())
    except UnicodeDecodeError:
        raise ProblemError(code, f"{name}: not UTF-8") from None
    except (ValueError, RecursionError):
        raise ProblemError(code, f"{name}: not JSON") from None
    if not isinstance(value, dict):
        raise ProblemError(code, f"{name}: not a JSON object")
    return cast("dict[str, Any]", value)


def _octets(segment: bytes, name: str) -> bytes:
    if re.fullmatch(rb"[A-Za-z0-9_-]*", segment):
        try:
            return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
        except binascii.Error:
            pass
    reason = f"the {name} segment is not base64url without padding"
    raise ProblemError("malformed_token", reason)


DATES = ("iat", "nbf", "exp", "auth_time")
