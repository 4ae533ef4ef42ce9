"""The attributes of a verified token."""

import hmac
import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint, encoded, signed_text
from verijot import InvalidClaimError, JwkSet, MalformedHeaderError, VerifiedToken, Verifier

ANY = Verifier(issuer=None, audience=None, allow_missing_expiry=True)


def verified(keys: JwkSet, payload: str) -> VerifiedToken:
    return ANY.verify(signed_text(payload), keys, now=NOW)


def test_registered_claims(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    token = verifier.verify(mint(nbf=NOW, jti="j", aud=[AUDIENCE, "ä"]), keys, now=NOW)
    assert token.issuer == ISSUER
    assert token.subject == "alice"
    assert token.audience == (AUDIENCE, "ä")
    assert token.id == "j"
    assert token.expires_at == datetime.fromtimestamp(NOW + 600, UTC)
    assert token.not_before == token.issued_at == datetime.fromtimestamp(NOW, UTC)
    assert token.expires_at_seconds == NOW + 600
    assert isinstance(token.expires_at_seconds, int)
    assert token.not_before_seconds == token.issued_at_seconds == NOW
    assert (token.algorithm, token.key_id) == ("HS256", "k1")
    assert token.header == {"alg": "HS256", "kid": "k1"}
    assert json.loads(token.payload) == token.claims


def test_absent_claims(keys: JwkSet) -> None:
    token = verified(keys, "{}")
    dates = (token.expires_at, token.not_before, token.issued_at)
    seconds = (token.expires_at_seconds, token.not_before_seconds, token.issued_at_seconds)
    assert {token.issuer, token.subject, token.id, *dates, *seconds} == {None}
    assert token.audience == ()
    assert token.scopes == token.roles("a") == frozenset()
    assert token.claims == {}


@pytest.mark.parametrize(
    ("number", "seconds", "date"),
    [
        ("1.5", 1.5, datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
        ("-1.5", -1.5, datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)),
        ("-1.0000001", -1.0000001, datetime(1969, 12, 31, 23, 59, 58, 999_999, tzinfo=UTC)),
        ("-1.5000001", -1.5000001, datetime(1969, 12, 31, 23, 59, 58, 499_999, tzinfo=UTC)),
        ("-2", -2, datetime(1969, 12, 31, 23, 59, 58, tzinfo=UTC)),
        ("1.7e9", 1_700_000_000, datetime.fromtimestamp(NOW, UTC)),
        (
            "1700000000.123456789",
            1700000000.123456789,
            datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC),
        ),
        ("-62135596800", -62135596800, datetime.min.replace(tzinfo=UTC)),
        ("-62135596801", -62135596801, datetime.min.replace(tzinfo=UTC)),
        ("253402300799", 253402300799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("253402300800", 253402300800, datetime.max.replace(tzinfo=UTC)),
        ("1e18", 10**18, datetime.max.replace(tzinfo=UTC)),
        ("-1e300", -(10**18), datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_dates(number: str, seconds: float, date: datetime, keys: JwkSet) -> None:
    token = verified(keys, f'{{"nbf": -2e300, "iat": {number if seconds < NOW else 0}}}')
    if seconds < NOW:
        assert (token.issued_at, token.issued_at_seconds) == (date, seconds)
    if seconds > NOW - 30:
        token = verified(keys, f'{{"exp": {number}}}')
        assert (token.expires_at, token.expires_at_seconds) == (date, seconds)


@pytest.mark.parametrize(
    "payload",
    [
        "{}",
        ' \t\n\r{ "a" : [ ] , "b" : { } , "c" : [ 1 , { "d" : null } ] } \n',
        '{"t":true,"f":false,"n":null,"":"","a":[true,false,null,[[]],{"":{}}]}',
        '{"i":[0,-0,1,-1,9223372036854775807,-9223372036854775808,9223372036854775808]}',
        '{"i":123456789012345678901234567890123456789012345678901234567890}',
        '{"d":[0.0,-0.0,1.5,-2.25e-3,1E5,1e+5,1e400,-1e400,5e-324,1e-400,0.1]}',
        r'{"s":["\"","\\","\/\b\f\n\r\t","\u00e4","\ud83d\ude00","a\\","\\\"","x\\\\"]}',
        r'{"\u0061":"ä","ä":"\u0000","\"":1,"k\\":2,"😀":"😀"}',
        '{"' + "n" * 200 + '":"' + "v" * 3000 + '"}',
        "{" + ",".join(f'"name{number}":{number}' for number in range(600)) + "}",
        '{"a":' * 31 + "{}" + "}" * 31,
    ],
)
def test_claims_equal_those_of_json(payload: str, keys: JwkSet) -> None:
    token = verified(keys, payload)
    assert token.payload == payload.encode()
    expected = json.loads(payload)
    for _ in range(2):
        claims = verified(keys, payload).claims
        assert claims == expected
        assert repr(claims) == repr(expected)


def test_claims_are_made_once(keys: JwkSet, mint: Mint) -> None:
    token = ANY.verify(mint(), keys, now=NOW)
    assert token.claims is token.claims
    assert token.header is token.header
    other = ANY.verify(mint(), keys, now=NOW)
    assert other.claims is not token.claims


def test_an_integer_that_python_does_not_convert(keys: JwkSet) -> None:
    token = verified(keys, f'{{"n":{"9" * 5000}}}')
    with pytest.raises(InvalidClaimError):
        _ = token.claims
    assert token.payload


def test_such_an_integer_in_a_header(keys: JwkSet) -> None:
    header = f'{{"alg":"HS256","kid":"k1","n":{"9" * 5000}}}'
    message = f"{encoded(header.encode())}.{encoded(b'{}')}"
    raw = f"{message}.{encoded(hmac.digest(SECRET, message.encode(), 'sha256'))}"
    opened = ANY.open(raw)
    token, jws = opened.verify(keys), ANY.verify_jws(raw, keys)
    for of_sender in (opened, token, jws):
        assert of_sender.key_id == "k1"
        with pytest.raises(MalformedHeaderError):
            _ = of_sender.header


def test_scopes_and_roles(keys: JwkSet) -> None:
    token = verified(keys, '{"scope":"a b  a","r":{"x":["u","v"]},"https://x.y/z":"w"}')
    assert token.scopes == {"a", "b"}
    assert token.has_scope("a")
    assert not token.has_scope("a b")
    assert token.roles("r.x") == token.roles(["r", "x"]) == {"u", "v"}
    assert token.roles(("https://x.y/z",)) == {"w"}
    assert token.roles("https://x.y/z") == frozenset()
    assert token.has_role("r.x", "u")
    assert not token.has_role("r.x", "w")
    assert verified(keys, '{"scp":["a","b c"]}').scopes == {"a", "b c"}
    assert verified(keys, '{"scope":7,"scp":"a"}').scopes == frozenset()
    wrong: Any = 7
    with pytest.raises(TypeError):
        token.roles(wrong)


def test_numbers_are_not_rounded(keys: JwkSet) -> None:
    claims = verified(keys, '{"a":9007199254740993,"b":0.1,"c":1e400}').claims
    assert claims["a"] == 9007199254740993
    assert claims["b"] == 0.1
    assert math.isinf(claims["c"])


def test_tokens_cannot_be_made_or_changed(keys: JwkSet, mint: Mint) -> None:
    kind: Any = VerifiedToken
    with pytest.raises(TypeError):
        kind()
    token: Any = ANY.verify(mint(), keys, now=NOW)
    for name in ("subject", "claims", "surprise"):
        with pytest.raises(AttributeError):
            setattr(token, name, "mallory")
