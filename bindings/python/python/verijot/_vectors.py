"""Runs the language-neutral test vectors through this package.

`testvectors/schema.json` describes the format. An unknown member fails its case, so that no
expectation is ignored.
"""

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from verijot import _native
from verijot._native import (
    AlbToken,
    AlbVerifier,
    Checked,
    Expectations,
    JwkSet,
    Policy,
    Profile,
    ReplayWindow,
    VerifiedJws,
    VerifiedToken,
    Verifier,
)
from verijot._vector_files import TOKENS, FolderError, read_folder
from verijot.errors import InvalidJwksError, InvalidPolicyError, VerificationError


@dataclass
class Counts:
    """How many cases passed, failed and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def ran(self) -> int:
        """How many cases were run."""
        return self.passed + self.failed

    def __str__(self) -> str:
        return f"{self.ran} ran, {self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Failure:
    """A case with an unexpected result."""

    id: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.id}: expected {self.expected}, got {self.got}"


@dataclass
class Summary:
    """The results of all cases of a folder."""

    categories: dict[str, Counts] = field(default_factory=dict[str, Counts])
    failures: list[Failure] = field(default_factory=list[Failure])

    @property
    def total(self) -> Counts:
        """The counts of all categories together."""
        total = Counts()
        for counts in self.categories.values():
            total.passed += counts.passed
            total.failed += counts.failed
            total.skipped += counts.skipped
        return total


def run_folder(folder: Path) -> Summary:
    """Runs every `*.json` file directly in `folder`, except schemas and `codes.json`.

    Raises FolderError if there are no cases or a file cannot be read.
    """
    summary = Summary()
    for category, cases in read_folder(folder):
        counts = summary.categories.setdefault(category, Counts())
        for case in cases:
            _count(case, counts, summary.failures)
    if summary.total.ran + summary.total.skipped == 0:
        message = "no test vectors in this folder"
        raise FolderError(message)
    return summary


def _count(case: dict[str, Any], counts: Counts, failures: list[Failure]) -> None:
    if not _ABILITIES.issuperset(case.get("requires", [])):
        counts.skipped += 1
        return
    try:
        mismatch = run_case(case)
    except _UnusableCaseError as problem:
        mismatch = ("a case that can be run", str(problem))
    if mismatch is None:
        counts.passed += 1
    else:
        counts.failed += 1
        failures.append(Failure(case["id"], *mismatch))


def run_case(case: dict[str, Any]) -> tuple[str, str] | None:
    """Runs a case. Returns None if it passes, otherwise the expected and the actual result."""
    _known(case, CASE)
    run = _run(case)
    expected_keys = case.get("skipped_keys")
    if expected_keys is not None and run.skipped is not None:
        expected: list[tuple[int, str]] = []
        for key in expected_keys:
            _known(key, {"index", "kid", "reason"})
            expected.append((key["index"], key["reason"]))
        if expected != run.skipped:
            return f"skipped keys {expected}", f"skipped keys {run.skipped}"
    expect = case["expect"]
    _known(expect, {"valid", "error", "claim"})
    if "valid" in expect:
        if run.accepted is None:
            return "valid", run.said or _named(run.code, run.claim)
        return _difference(expect["valid"], run.accepted) or _misread(expect["valid"], run.checked)
    expected_name = _named(expect["error"], expect.get("claim"))
    if run.accepted is not None:
        return expected_name, "valid"
    fits = expect["error"] in {"any", run.code} and expect.get("claim") in {None, run.claim}
    return None if fits else (expected_name, _named(run.code, run.claim))


@dataclass
class _Run:
    accepted: "_Accepted | None" = None
    checked: Checked | None = None
    code: str = ""
    claim: str | None = None
    said: str | None = None
    skipped: list[tuple[int, str]] | None = None


class _UnusableCaseError(Exception):
    """The case itself is invalid."""


def _run(case: dict[str, Any]) -> _Run:
    """Checks the policy, then the keys, then the token."""
    try:
        verifying = _verifying(case)
    except InvalidPolicyError as error:
        return _Run(code=error.code, said=str(error))
    try:
        keys = _keys(case)
    except InvalidJwksError as error:
        return _Run(code=error.code)
    skipped = None if keys is None else [(key.index, key.reason) for key in keys.skipped]
    try:
        accepted, checked = _verify(case, verifying, keys)
    except VerificationError as error:
        return _Run(code=error.code, claim=error.claim, skipped=skipped)
    return _Run(accepted=accepted, checked=checked, skipped=skipped)


@dataclass(frozen=True)
class _Verifying:
    verifier: Verifier
    alb: AlbVerifier | None = None
    expectations: Expectations | None = None


def _verifying(case: dict[str, Any]) -> _Verifying:
    if "profile" in case:
        profile = Profile(json.dumps(case["profile"]))
        expectations = profile.expectations(json.dumps(case.get("expectations", {})))
        return _Verifying(profile.verifier, expectations=expectations)
    alb = AlbVerifier.from_json(json.dumps(case["alb"])) if "alb" in case else None
    return _Verifying(_verifier(case["policy"]), alb=alb)


def _verify(
    case: dict[str, Any], verifying: _Verifying, keys: JwkSet | None
) -> "tuple[_Accepted, Checked | None]":
    token = _token(case)
    verifier = verifying.verifier
    if keys is None:
        verifier.open(token)
        raise _native.refusal("keys_unavailable")
    if verifying.alb is not None:
        return _verify_alb(token, verifying.alb, verifier, keys, case["now"]), None
    match case.get("mode", "jwt"):
        case "jws":
            return verifier.verify_jws(token, keys), None
        case "jwt":
            now = case["now"]
            explainer = verifying.expectations or verifier
            explanation = explainer.explain(token, keys, now=now)
            try:
                verified = verifier.verify(token, keys, now=now)
                checked = _checked(verifying.expectations, verified, now)
            except VerificationError as error:
                if explanation.error is None or vars(explanation.error) != vars(error):
                    raise _UnusableCaseError("explain and verify differ") from None
                raise
            if not explanation.accepted:
                raise _UnusableCaseError("explain and verify differ")
            _admit(case, checked)
            return verified, checked
        case mode:
            message = f"unknown mode {mode}"
            raise _UnusableCaseError(message)


def _checked(
    expectations: Expectations | None, verified: VerifiedToken, now: str
) -> Checked | None:
    return None if expectations is None else expectations.check(verified, now=now)


def _admit(case: dict[str, Any], checked: Checked | None) -> None:
    if checked is None or checked.replay is None:
        return
    state = case.get("replay_window")
    window = ReplayWindow(0 if state == "full" else 1)
    if state == "has_token":
        window.admit(checked.replay, now=case["now"])
    elif state not in {None, "full"}:
        message = f"unknown state {state}"
        raise _UnusableCaseError(message)
    window.admit(checked.replay, now=case["now"])


def _verify_alb(
    token: str | bytes, alb: AlbVerifier, verifier: Verifier, keys: JwkSet, now: str
) -> AlbToken:
    """Verifies the token of a load balancer, which no other verifier accepts."""
    with suppress(VerificationError):
        verifier.verify(token, keys, now=now)
        raise _UnusableCaseError("a verifier accepts the token of a load balancer")
    return alb.verify(token, keys, now=now)


def _token(case: dict[str, Any]) -> str | bytes:
    match [name for name in TOKENS if name in case]:
        case ["token"]:
            token: str = case["token"]
            return token
        case ["token_hex"]:
            return bytes.fromhex(case["token_hex"])
        case ["token_repeat"]:
            repeat = case["token_repeat"]
            _known(repeat, {"prefix", "unit", "times", "suffix"})
            unit: str = repeat["unit"] * repeat["times"]
            return f"{repeat.get('prefix', '')}{unit}{repeat.get('suffix', '')}"
        case ["authorization"]:
            return _native.bearer_token(case["authorization"])
        case _:
            raise _UnusableCaseError("not exactly one kind of token")


def _keys(case: dict[str, Any]) -> JwkSet | None:
    if ("jwks" in case) == ("jwks_text" in case):
        raise _UnusableCaseError("not exactly one of jwks and jwks_text")
    source = case["jwks"] if "jwks" in case else case["jwks_text"]
    if source is None:
        return None
    policy = case.get("policy", case.get("profile", {}))
    limits = policy.get("limits", {})
    options = set(case.get("jwks_options", ()))
    _known(dict.fromkeys(options), {"padded_base64", "short_coordinates", "single_key"})
    keywords = {
        "symmetric_keys": policy.get("symmetric_keys", False),
        "max_octets": limits.get("jwks_octets"),
        "tolerate_padded_base64": "padded_base64" in options,
        "tolerate_short_coordinates": "short_coordinates" in options,
    }
    if "jwks_certificates" in case:
        maximum = {"max_octets": limits.get("jwks_octets"), "max_keys": limits.get("jwks_keys")}
        return JwkSet.from_certificates(source, case["jwks_certificates"], **maximum)
    if "single_key" in options:
        return JwkSet.from_jwk(source, **keywords)
    return JwkSet.from_json(
        source,
        **keywords,
        max_keys=limits.get("jwks_keys"),
        purposes=case.get("jwks_purposes"),
    )


def _verifier(members: dict[str, Any]) -> Verifier:
    document = dict(members)
    tenants, hook = document.pop("known_tenants", None), document.pop("revocation", None)
    return Verifier(
        Policy.from_json(json.dumps(document)),
        known_tenants=None if tenants is None else tenants.__contains__,
        revoked=None if hook is None else _HOOKS[hook],
    )


def _clear(_: VerifiedToken) -> bool:
    return False


def _revoked(_: VerifiedToken) -> bool:
    return True


def _unavailable(_: VerifiedToken) -> bool:
    message = "unavailable"
    raise OSError(message)


def _misread(expected: dict[str, Any], checked: Checked | None) -> tuple[str, str] | None:
    """Compares the claims that a profile has checked."""
    if "checked" in expected and (checked is None or expected["checked"] != checked.claims):
        return "the checked claims", "other claims"
    return None


def _difference(expected: dict[str, Any], got: "_Accepted") -> tuple[str, str] | None:
    _known(expected, {"kid", "alg", "payload", "payload_base64url", "checked"})
    if "kid" in expected and expected["kid"] != got.key_id:
        return f"kid {expected['kid']!r}", f"kid {got.key_id!r}"
    # EdDSA has a second name, Ed25519 (RFC 9864).
    algorithms = {got.header.get("alg"), getattr(got, "algorithm", None)}
    if "alg" in expected and expected["alg"] not in algorithms:
        return f"alg {expected['alg']}", f"alg {got.header.get('alg')}"
    if "payload" in expected and expected["payload"].encode() != got.payload:
        return f"payload {expected['payload']!r}", f"payload {got.payload!r}"
    if "payload_base64url" in expected:
        encoded = base64.urlsafe_b64encode(got.payload).rstrip(b"=").decode()
        if expected["payload_base64url"] != encoded:
            return f"payload {expected['payload_base64url']}", f"payload {encoded}"
    if not isinstance(got, VerifiedJws) and got.claims != json.loads(got.payload):
        return "the claims of the payload", "other claims"
    return None


def _known(members: Mapping[str, Any], names: set[str]) -> None:
    unknown = set(members) - names
    if unknown:
        message = f"unknown members {sorted(unknown)}"
        raise _UnusableCaseError(message)


def _named(code: str, claim: str | None) -> str:
    return code if claim is None else f"{code} ({claim})"


_Accepted: TypeAlias = VerifiedToken | VerifiedJws | AlbToken

CASE = {
    *TOKENS,
    "id",
    "title",
    "why",
    "refs",
    "cves",
    "requires",
    "jwks",
    "jwks_text",
    "jwks_options",
    "jwks_certificates",
    "jwks_purposes",
    "mode",
    "policy",
    "profile",
    "expectations",
    "replay_window",
    "alb",
    "now",
    "expect",
    "skipped_keys",
}
_ABILITIES = {
    *_native.ALGORITHMS,
    "RSA-8192",
    "RSA-exponent",
    "certificate-map",
    "key-purposes",
    "alb",
    "profiles",
}
_HOOKS = {"clear": _clear, "revoked": _revoked, "unavailable": _unavailable}
