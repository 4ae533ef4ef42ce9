"""The attributes of exceptions, and the secrets that they never contain."""

import base64
import json
import pickle
import re
import traceback
from pathlib import Path
from typing import Any

import pytest
import verijot
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint, signed_text
from verijot import JwkSet, VerificationError, Verifier, _native, bearer_token, errors

# Classes with several codes.
SHARED = ("InvalidJwksError", "UnusableKeyError")


def refused(verifier: Verifier, token: Any, keys: JwkSet) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        verifier.verify(token, keys, now=NOW)
    return caught.value


def test_attributes(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    error = refused(verifier, mint(aud="x"), keys)
    assert isinstance(error, verijot.InvalidAudienceError)
    assert (error.code, error.claim) == ("wrong_audience", "aud")
    assert (error.expected, error.actual) == (AUDIENCE, "x")
    assert (error.http_status, error.retry_after) == (401, None)
    challenge = 'Bearer error="invalid_token", error_description="wrong_audience"'
    assert error.www_authenticate == challenge
    assert error.message == f"aud is x; expected: {AUDIENCE}"
    assert str(error) == f"wrong_audience: aud is x; expected: {AUDIENCE}"


def test_insufficient_scope(keys: JwkSet, mint: Mint) -> None:
    verifier = Verifier(issuer=None, audience=None, required_scopes=["a", "b"])
    error = refused(verifier, mint(scope="a"), keys)
    assert isinstance(error, verijot.InsufficientScopeError)
    assert not isinstance(error, verijot.InvalidTokenError)
    assert error.http_status == 403
    assert error.www_authenticate is not None
    assert error.www_authenticate.endswith('scope="a b"')


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (verijot.InvalidSignatureError, verijot.DecodeError),
        (verijot.MalformedTokenError, verijot.DecodeError),
        (verijot.InvalidIssuedAtError, verijot.ImmatureSignatureError),
        (verijot.AlgorithmMismatchError, verijot.InvalidAlgorithmError),
        (verijot.UnknownKeyError, verijot.InvalidKeyError),
        (verijot.WrongClaimError, verijot.InvalidClaimError),
        (verijot.ExpiredSignatureError, verijot.InvalidTokenError),
        (verijot.KeysUnavailableError, verijot.UnavailableError),
        (verijot.InvalidTokenError, VerificationError),
        (verijot.InvalidPolicyError, ValueError),
        (verijot.InvalidJwksError, ValueError),
        (verijot.UnusableKeyError, ValueError),
        (verijot.InvalidSettingsError, verijot.SetupError),
    ],
)
def test_base_classes(kind: type[Exception], base: type[Exception]) -> None:
    assert issubclass(kind, base)


def test_every_exception_is_exported() -> None:
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert getattr(verijot, name) is value
            assert name in verijot.__all__


def test_the_classes_match_the_table_of_codes() -> None:
    table = json.loads((Path(__file__).parents[3] / "testvectors" / "codes.json").read_text())
    for entry in table["codes"]:
        # For an unsafe URL, httpx raises its own exception.
        if entry["class"] is None or entry["code"] == "unsafe_url":
            continue
        kind = getattr(verijot, f"{entry['class']}Error")
        above = [base.__name__ for base in kind.__mro__[1:] if base.__module__ == kind.__module__]
        assert above == [f"{name}Error" for name in entry["parents"]], entry
        made = kind("m", entry["code"]) if kind.__name__ in SHARED else kind("m")
        assert made.code == entry["code"]
        if entry["kind"] == "verification":
            assert made.http_status == entry["status"]
            assert errors.CLASSES[entry["code"]] is kind


def test_pyjwts_names_are_aliases() -> None:
    assert verijot.ExpiredSignatureError is verijot.ExpiredTokenError
    assert verijot.ImmatureSignatureError is verijot.NotYetValidError
    assert verijot.InvalidIssuedAtError is verijot.IssuedInFutureError
    assert verijot.InvalidIssuerError is verijot.WrongIssuerError
    assert verijot.InvalidAudienceError is verijot.WrongAudienceError
    assert verijot.MissingRequiredClaimError is verijot.MissingClaimError


def test_callers_can_make_errors() -> None:
    error = _native.refusal("keys_unavailable", retry_after=2.5)
    assert isinstance(error, verijot.KeysUnavailableError)
    assert (error.http_status, error.retry_after) == (503, 3)
    error = _native.refusal("insufficient_scope", required=["a"])
    assert error.www_authenticate is not None
    assert 'scope="a"' in error.www_authenticate
    error = _native.refusal("insufficient_scope", claim="realm.roles", required="x")
    assert error.claim == "realm.roles"
    assert _native.refusal("missing_token").www_authenticate == "Bearer"
    assert _native.refusal("revoked").claim == "jti"
    for code in ("expired", "surprise"):
        with pytest.raises(ValueError, match="only a verification"):
            _native.refusal(code)
    with pytest.raises(ValueError, match="retry_after"):
        _native.refusal("keys_unavailable", retry_after=-1)


def test_bearer_tokens() -> None:
    for value in ("Bearer a.b.c", b"bearer   a.b.c "):
        assert bearer_token(value) == b"a.b.c"
    for absent in (None, "", "Basic a"):
        with pytest.raises(verijot.MissingTokenError):
            bearer_token(absent)
    for value in ("Bearer", "Bearer a b", "Bearer \ud800"):
        with pytest.raises(verijot.MalformedAuthorizationError):
            bearer_token(value)


def test_exceptions_survive_pickling(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    for token in (mint(aud="x"), mint(exp=1), "nonsense", mint(sub=7)):
        error = refused(verifier, token, keys)
        again = pickle.loads(pickle.dumps(error))  # noqa: S301
        assert type(again) is type(error)
        assert vars(again) == vars(error)
        assert str(again) == str(error)
    others = (
        verijot.InvalidPolicyError("p"),
        verijot.InvalidJwksError("m", "jwks_too_large"),
        verijot.UnusableKeyError("d", "weak_key"),
        verijot.InvalidSettingsError("p", ("A", "B")),
        verijot.SignInNeededError("m"),
        verijot.RefreshUnavailableError("m", 3),
    )
    for other in others:
        again = pickle.loads(pickle.dumps(other))  # noqa: S301
        assert (str(again), again.code) == (str(other), other.code)


def test_no_text_contains_a_token_or_a_secret(keys: JwkSet, mint: Mint) -> None:
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, expected_claims={"nonce": "s3cretnonce"})
    claims: dict[str, Any] = {"email": "someone@private.example", "nonce": "s3cretnonce"}
    good = mint(**claims)
    bad = (
        mint(**claims, exp=1),
        mint(**claims, aud="x"),
        mint(email="someone@private.example", nonce="other5ecret"),
        good[:-4] + "AAAA",
        good + ".",
        good.replace(".", ""),
        signed_text('{"email":"someone@private.example",}'),
        mint({"kid": "other"}, **claims),
        mint({"alg": "none"}, **claims),
    )
    shown = [repr(verifier), repr(keys), str(keys), repr(keys.keys)]
    token = verifier.verify(good, keys, now=NOW)
    shown += [repr(token), str(token), repr(verifier.open(good))]
    shown += [repr(verifier.verify_jws(good, keys)), repr(verifier.explain(good, keys))]
    for raw in (good, *bad):
        report = verifier.explain(raw, keys, now=NOW)
        shown += [str(report), repr(report), *(repr(step) + str(step) for step in report.steps)]
    for raw in bad:
        error = refused(verifier, raw, keys)
        shown += [*traceback.format_exception(error), repr(error), str(error), repr(vars(error))]
        assert error.__context__ is None
        assert error.__cause__ is None
    wrong: Any = [good]
    with pytest.raises(TypeError) as caught:
        verifier.verify(wrong, keys)
    shown.append(str(caught.value))
    text = "\n".join(shown)
    encoded_secret = base64.urlsafe_b64encode(SECRET).decode()
    for secret in (
        "s3cretnonce",
        "other5ecret",
        "private.example",
        SECRET.decode(),
        encoded_secret,
    ):
        assert secret not in text
    for raw in (good, *bad):
        for segment in re.split(r"\.", raw)[:3]:
            assert segment[:24] not in text, "a segment of a token"
