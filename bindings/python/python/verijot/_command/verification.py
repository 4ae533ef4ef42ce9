"""`verify` and `explain`."""

import json
import sys
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from verijot import _native
from verijot._command import dates, streams
from verijot._command.problem import ProblemError
from verijot._native import JwkSet, SkippedKey, Verifier
from verijot.errors import (
    InvalidJwksError,
    InvalidPolicyError,
    UnknownKeyError,
    UnusableKeyError,
    VerificationError,
)


def verify(options: Namespace) -> bool:
    """The claims of an accepted token, or why it is rejected."""
    verifier, keys, token, now = _prepare(options)
    try:
        verified = verifier.verify(token, keys, now=now)
    except VerificationError as error:
        rejection = _rejection(error, keys)
        if options.json:
            streams.complain_json(rejection)
        else:
            streams.complain(_words(rejection))
        return False
    if sys.stdout.isatty():
        streams.show(json.dumps(verified.claims, indent=2))
    else:
        streams.show_exactly(verified.payload)
    return True


def explain(options: Namespace) -> bool:
    """Every check of a verification, then the verdict."""
    verifier, keys, token, now = _prepare(options)
    explanation = verifier.explain(token, keys, now=now)
    rejection = None if explanation.error is None else _rejection(explanation.error, keys)
    checks = [
        {
            "check": step.check,
            "outcome": step.outcome,
            "detail": step.detail if step.date is None else dates.in_words(step.date, now),
        }
        for step in explanation.steps
    ]
    if options.json:
        verified = explanation.token
        streams.show_json(
            {
                "accepted": explanation.accepted,
                "now": str(dates.seconds(now)),
                "algorithm": verified.algorithm if verified else None,
                "kid": verified.key_id if verified else None,
                "checks": checks,
                "error": rejection,
            }
        )
    else:
        for line in checks:
            outcome = line["outcome"].replace("_", " ")
            streams.show(f"{outcome:<8} {line['check']:<17}{line['detail']}".rstrip())
        verdict = "accepted" if rejection is None else f"rejected: {_words(rejection)}"
        streams.show(verdict)
    return explanation.accepted


def _prepare(options: Namespace) -> tuple[Verifier, JwkSet, bytes, Any]:
    sources = (options.jwks, options.key, options.secret_file)
    if options.token == "-" and "-" in sources:  # noqa: S105
        raise ProblemError("usage", "- is given twice; there is one standard input")
    verifier = _verifier(options)
    keys = _keys(options)
    now = datetime.now(UTC) if options.now is None else options.now
    return verifier, keys, streams.token(options.token), now


def _verifier(options: Namespace) -> Verifier:
    keywords: dict[str, Any] = {
        "issuer": None if options.any_issuer else options.issuer,
        "audience": None if options.any_audience else options.audience,
        "require_exp": not options.allow_missing_expiry,
        "algorithms": options.algorithm,
        "required_claims": options.require or None,
        "required_scopes": options.scope or None,
        "expected_claims": dict(options.expect or ()),
        "max_age": options.max_age,
        "max_lifetime": options.max_lifetime,
    }
    if options.leeway is not None:
        keywords["leeway"] = options.leeway
    if options.any_type or options.type:
        keywords["types"] = options.type
    try:
        return Verifier(**keywords)
    except InvalidPolicyError as error:
        problem = str(error).removeprefix(f"{error.code}: ")
        waivers = "the waivers are --any-issuer, --any-audience and --any-type"
        raise ProblemError(error.code, f"{problem} ({waivers})") from None


def _keys(options: Namespace) -> JwkSet:
    if options.jwks is not None:
        return key_set(options.jwks, "--jwks", symmetric_keys=options.symmetric_keys)
    option = "--key" if options.key is not None else "--secret-file"
    if options.key is not None and not options.algorithm:
        raise ProblemError("usage", "missing: --algorithm, which --key needs")
    if options.symmetric_keys:
        raise ProblemError("usage", f"--symmetric-keys cannot go together with {option}")
    octets = streams.file(options.key or options.secret_file, option)
    make = JwkSet.from_pem if options.key is not None else JwkSet.from_secret
    try:
        return make(octets, options.algorithm)
    except UnusableKeyError as error:
        raise ProblemError(error.code, f"{option}: {error.detail}") from None


def key_set(path: str, option: str, *, symmetric_keys: bool) -> JwkSet:
    """The JWK Set in the file that an option names."""
    octets = streams.file(path, option)
    try:
        return JwkSet.from_json(octets, symmetric_keys=symmetric_keys)
    except InvalidJwksError as error:
        reason = str(error).removeprefix(f"{error.code}: ")
        raise ProblemError(error.code, f"{option}: {reason}") from None


def _rejection(error: VerificationError, keys: JwkSet) -> dict[str, Any]:
    return {
        "code": error.code,
        "claim": error.claim,
        "expected": error.expected,
        "actual": error.actual,
        "http_status": error.http_status,
        "message": error.message,
        "hints": _hints(error, keys),
    }


def _words(rejection: dict[str, Any]) -> str:
    hints = [f"hint: {hint}" for hint in rejection["hints"]]
    return "\n".join([f"{rejection['code']}: {rejection['message']}", *hints])


def _hints(error: VerificationError, keys: JwkSet) -> list[str]:
    """What may help: the keys that were left out, where a key is what is missing."""
    if error.code == "algorithm_not_allowed" and error.actual == "ES512":
        lacking = error.actual not in _native.ALGORITHMS
        return [f"{_native.PROVIDER} has no {error.actual}"] if lacking else []
    if not isinstance(error, UnknownKeyError):
        return []
    named = [key for key in keys.skipped if error.actual and key.kid == error.actual]
    shown = named or keys.skipped
    hints = [_hint(key) for key in shown[:MOST_HINTS]]
    if len(shown) > MOST_HINTS:
        more = len(shown) - MOST_HINTS
        hints.append(f"{more} more keys are skipped; `python -m verijot jwks` shows them")
    return hints


def _hint(key: SkippedKey) -> str:
    name = f"number {key.index} (no kid)" if key.kid is None else f"with the kid {key.kid}"
    return f"the key {name} is skipped: {key.reason}: {key.detail}"


MOST_HINTS = 5
