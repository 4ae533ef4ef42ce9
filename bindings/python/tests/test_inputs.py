"""Tokens, keys and times of every type that Python has for them."""

import array
from collections import UserDict
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint, encoded
from verijot import (
    InvalidJwksError,
    InvalidPolicyError,
    JwkSet,
    MalformedTokenError,
    UnusableKeyError,
    Verifier,
)


class Text(str):
    __slots__ = ()

    def encode(self, encoding: str = "", errors: str = "") -> bytes:
        raise AssertionError(encoding + errors)


class Octets(bytes):
    pass


def test_a_token_of_every_type(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    text = mint()
    octets = text.encode()
    forms: list[Any] = [
        text,
        octets,
        bytearray(octets),
        memoryview(octets),
        memoryview(bytearray(octets)),
        memoryview(b"".join(bytes([octet, 0]) for octet in octets))[::2],
        memoryview(octets).cast("c"),
        Text(text),
        Octets(octets),
    ]
    for form in forms:
        assert verifier.verify(form, keys, now=NOW).subject == "alice"
        assert verifier.open(form).verify(keys, now=NOW).subject == "alice"
        assert verifier.explain(form, keys, now=NOW).accepted
        assert verifier.verify_jws(form, keys).key_id == "k1"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "\0",
        "a.b.\0",
        "\ud800.a.b",
        "a.\udfff",
        "ä.ö.ü",
        "a.b.c\n",
        b"\xff.\xff.\xff",
        b"\0" * 9,
    ],
)
def test_invalid_text_is_a_malformed_token(
    token: str | bytes, verifier: Verifier, keys: JwkSet
) -> None:
    for verify in (verifier.verify, verifier.verify_jws):
        with pytest.raises(MalformedTokenError) as caught:
            verify(token, keys)
        assert caught.value.code == "malformed_token"
    with pytest.raises(MalformedTokenError):
        verifier.open(token)


def test_a_token_with_a_surrogate_or_nul_is_malformed(
    verifier: Verifier, keys: JwkSet, mint: Mint
) -> None:
    for stray in ("\ud800", "\0", " ", "\u2028"):
        for token in (mint() + stray, stray + mint(), mint().replace(".", stray + ".", 1)):
            with pytest.raises(MalformedTokenError):
                verifier.verify(token, keys, now=NOW)


@pytest.mark.parametrize(
    "token", [None, 7, 7.5, True, ["secretvalue"], {"secretvalue": 1}, object(), array.array("b")]
)
def test_a_wrong_type_is_a_type_error_without_the_value(
    token: Any, verifier: Verifier, keys: JwkSet
) -> None:
    for verify in (verifier.verify, verifier.verify_jws, verifier.explain):
        with pytest.raises(TypeError, match="token must be str, bytes") as caught:
            verify(token, keys)
        assert type(token).__name__ in str(caught.value)
        assert "secretvalue" not in str(caught.value)
    with pytest.raises(TypeError):
        verifier.open(token)


def test_keys_of_a_wrong_type(verifier: Verifier, mint: Mint) -> None:
    others: list[Any] = [None, {"keys": []}, "secretvalue"]
    for keys in others:
        with pytest.raises(TypeError) as caught:
            verifier.verify(mint(), keys)
        assert "secretvalue" not in str(caught.value)


@pytest.mark.parametrize(
    "now",
    [
        NOW,
        float(NOW),
        Decimal(NOW),
        str(NOW),
        f"{NOW}.000000001",
        datetime.fromtimestamp(NOW, UTC),
        datetime.fromtimestamp(NOW, timezone(timedelta(hours=-9))),
    ],
)
def test_a_time_of_every_type(now: Any, verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    assert verifier.verify(mint(exp=NOW + 1), keys, now=now).expires_at_seconds == NOW + 1
    assert not verifier.explain(mint(exp=NOW - 31), keys, now=now).accepted


def test_times_are_exact(keys: JwkSet, mint: Mint) -> None:
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, leeway=0)
    token = mint(exp=NOW + 1)
    before: Any
    after: Any
    last = datetime.fromtimestamp(NOW, UTC) + timedelta(microseconds=999_999)
    for before in (last, Decimal(NOW) + Decimal("0.999999999"), f"{NOW}.999999999"):
        assert verifier.explain(token, keys, now=before).accepted
    for after in (last + timedelta(microseconds=1), NOW + 1, NOW + 1.0, f"{NOW + 1}"):
        assert not verifier.explain(token, keys, now=after).accepted
    early = mint(iat=None, exp=-1.5)
    for before in (-1.6, Decimal("-1.500000001"), datetime(1969, 12, 31, 23, 59, 58, tzinfo=UTC)):
        assert verifier.explain(early, keys, now=before).accepted
    for after in (-1.5, "-1.5", datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)):
        assert not verifier.explain(early, keys, now=after).accepted


def test_invalid_times(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    nan, infinity = float("nan"), float("inf")
    for now in (naive, nan, infinity, -infinity, 10**30, 1e300, "now", "", Decimal("NaN")):
        with pytest.raises(ValueError, match="now"):
            verifier.verify(mint(), keys, now=now)
    others: list[Any] = [True, [], object()]
    for wrong in others:
        with pytest.raises(TypeError, match="now"):
            verifier.verify(mint(), keys, now=wrong)
    assert verifier.explain(mint(exp=4_000_000_000), keys, now=None).accepted


@pytest.mark.parametrize("leeway", [10, 10.0, Decimal(10), timedelta(seconds=10)])
def test_durations_of_every_type(leeway: Any, keys: JwkSet, mint: Mint) -> None:
    verifier = Verifier(issuer=None, audience=None, leeway=leeway)
    assert verifier.explain(mint(), keys, now=NOW + 609).accepted
    assert not verifier.explain(mint(), keys, now=NOW + 610).accepted


def test_invalid_durations() -> None:
    for leeway in (-1, -0.1, Decimal(-1), timedelta(-1), float("nan"), float("inf"), 10**30):
        with pytest.raises(InvalidPolicyError, match="leeway"):
            Verifier(issuer=None, audience=None, leeway=leeway)
    others: list[Any] = ["30", None, True, []]
    for wrong in others:
        with pytest.raises(TypeError, match="leeway"):
            Verifier(issuer=None, audience=None, leeway=wrong)


def test_a_key_set_of_every_type() -> None:
    text = f'{{"keys": [{{"kty": "oct", "kid": "k", "k": "{encoded(SECRET)}"}}]}}'
    octets = text.encode()
    mapping = {"keys": [{"kty": "oct", "kid": "k", "k": encoded(SECRET)}]}
    forms: list[Any] = [
        text,
        octets,
        bytearray(octets),
        memoryview(octets),
        mapping,
        UserDict(mapping),
    ]
    for form in forms:
        assert JwkSet.from_json(form, symmetric_keys=True).keys[0].kind == "oct 40 octets"
        skipped = JwkSet.from_json(form).skipped
        assert [(key.index, key.kid, key.reason) for key in skipped] == [(0, "k", "symmetric_key")]
        assert skipped[0].detail
        assert skipped[0].key_type == "oct"


def test_invalid_key_sets() -> None:
    for text in ("", "[]", "{}", '{"keys": {}}', "\ud800", b"\xff", "nonsense"):
        with pytest.raises(InvalidJwksError) as caught:
            JwkSet.from_json(text)
        assert caught.value.code == "malformed_jwks"
    tight: list[dict[str, Any]] = [{"max_octets": 10}, {"max_keys": 1}]
    for limits in tight:
        with pytest.raises(InvalidJwksError) as caught:
            JwkSet.from_json({"keys": [{}, {}]}, **limits)
        assert caught.value.code == "jwks_too_large"
    wrong: Any
    for wrong in (None, 7, ["secretvalue"]):
        with pytest.raises(TypeError) as type_error:
            JwkSet.from_json(wrong)
        assert "secretvalue" not in str(type_error.value)


def test_unusable_keys() -> None:
    cases: list[tuple[Any, str]] = [
        (lambda: JwkSet.from_secret(b"short", algorithms=["HS256"]), "weak_key"),
        (lambda: JwkSet.from_secret(SECRET, algorithms=["ES256"]), "unsupported_algorithm"),
        (lambda: JwkSet.from_secret(SECRET, algorithms=["none"]), "unsupported_algorithm"),
        (lambda: JwkSet.from_secret(SECRET, algorithms=[]), "unsupported_algorithm"),
        (lambda: JwkSet.from_pem("no key", algorithms=["ES256"]), "malformed_key"),
        (lambda: JwkSet.from_pem(b"\xff", algorithms="ES256"), "malformed_key"),
    ]
    for make, code in cases:
        with pytest.raises(UnusableKeyError) as caught:
            make()
        assert caught.value.code == code
        assert caught.value.message
        assert str(caught.value).startswith(code)
