"""Every option of a Verifier, and what it returns."""

import gc
import json
import weakref
from datetime import timedelta
from typing import Any

import pytest
import verijot
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint, encoded, signed_text
from verijot import (
    InvalidPolicyError,
    JwkSet,
    LifetimeClasses,
    RevocationUnavailableError,
    RevokedTokenError,
    VerificationError,
    VerifiedToken,
    Verifier,
)


def code(verifier: Verifier, token: str, keys: JwkSet, now: int = NOW) -> str:
    try:
        verifier.verify(token, keys, now=now)
    except VerificationError as error:
        return error.code
    return "valid"


def with_policy(**keywords: Any) -> Verifier:
    whole: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, **keywords}
    return Verifier(**whole)


def test_issuer_and_audience_are_required() -> None:
    kind: Any = Verifier
    for keywords in ({}, {"issuer": None}, {"audience": None}):
        with pytest.raises(TypeError):
            kind(**keywords)
    with pytest.raises(TypeError):
        kind(ISSUER, AUDIENCE)


CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {}, "valid"),
    ({"issuer": [ISSUER, "https://other.example"]}, {}, "valid"),
    ({"issuer": "https://other.example"}, {}, "wrong_issuer"),
    ({"issuer": None}, {"iss": None}, "valid"),
    ({"audience": ("x", AUDIENCE)}, {"aud": ["y", "x"]}, "valid"),
    ({"audience": "x"}, {}, "wrong_audience"),
    ({"audience": None}, {"aud": None}, "valid"),
    ({"algorithms": ["ES256"]}, {}, "algorithm_not_allowed"),
    ({"algorithms": "HS256"}, {}, "valid"),
    ({"types": ["at+jwt"]}, {}, "unexpected_type"),
    ({"types": ...}, {}, "valid"),
    ({"types": None}, {}, "valid"),
    ({"leeway": 0}, {"exp": NOW}, "expired"),
    ({"leeway": 1}, {"exp": NOW}, "valid"),
    ({}, {"exp": None}, "missing_claim"),
    ({"allow_missing_expiry": True}, {"exp": None}, "valid"),
    ({"required_claims": ["jti"]}, {}, "missing_claim"),
    ({"required_claims": "jti"}, {"jti": "1"}, "valid"),
    ({"expected_claims": {"nonce": "n"}}, {"nonce": "m"}, "wrong_claim"),
    (
        {"expected_claims": {"x": {"y": [1, 2.5, None, True]}}},
        {"x": {"y": [1, 2.5]}},
        "wrong_claim",
    ),
    (
        {"expected_claims": {"x": {"y": [1, 2.5, None, True]}}},
        {"x": {"y": [1, 2.5, None, True]}},
        "valid",
    ),
    ({"max_age": 60}, {"iat": NOW - 61}, "too_old"),
    ({"max_age": timedelta(minutes=1)}, {"iat": NOW - 60}, "valid"),
    ({"max_lifetime": 599}, {}, "lifetime_too_long"),
    ({"max_lifetime": 600.0}, {}, "valid"),
    ({"max_lifetime_by": LifetimeClasses("c", {"a": 1})}, {"c": "a"}, "lifetime_too_long"),
    ({"max_lifetime_by": LifetimeClasses("c", {"a": 600})}, {"c": "a"}, "valid"),
    ({"max_lifetime_by": ("c", {}, 600)}, {}, "valid"),
    ({"required_scopes": ["a", "b"]}, {"scope": "a"}, "insufficient_scope"),
    ({"required_scopes": ["a", "b"]}, {"scope": "b a"}, "valid"),
    ({"required_roles": {"r.roles": ["x"]}}, {"r": {"roles": ["x", "y"]}}, "valid"),
    ({"required_roles": {"r.roles": "x"}}, {"r": {"roles": ["y"]}}, "insufficient_scope"),
    ({"required_roles": {("r.roles",): ["x"]}}, {"r.roles": "x"}, "valid"),
    ({"max_token_octets": 100}, {}, "token_too_large"),
]


@pytest.mark.parametrize(("keywords", "claims", "expected"), CASES)
def test_every_keyword(
    keywords: dict[str, Any], claims: dict[str, Any], expected: str, keys: JwkSet, mint: Mint
) -> None:
    assert code(with_policy(**keywords), mint(**claims), keys) == expected


@pytest.mark.parametrize(
    "keywords",
    [
        {"issuer": []},
        {"issuer": ""},
        {"audience": [""]},
        {"algorithms": []},
        {"algorithms": ["none"]},
        {"algorithms": ["hs256"]},
        {"types": []},
        {"required_scopes": "a b"},
        {"required_roles": {"r": []}},
        {"max_token_octets": 0},
    ],
)
def test_policies_that_make_no_sense(keywords: dict[str, Any]) -> None:
    with pytest.raises(InvalidPolicyError, match="invalid_policy") as caught:
        with_policy(**keywords)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "keywords",
    [
        {"issuer": 7},
        {"issuer": b"x"},
        {"audience": [None]},
        {"algorithms": 7},
        {"required_claims": [1]},
        {"expected_claims": ["x"]},
        {"expected_claims": {1: 2}},
        {"expected_claims": {"x": object()}},
        {"max_lifetime_by": "x"},
        {"max_lifetime_by": ("a",)},
        {"required_roles": ["x"]},
        {"revoked": True},
        {"surprise": 1},
    ],
)
def test_keywords_of_a_wrong_type(keywords: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        with_policy(**keywords)


def test_a_policy_does_not_change_with_its_arguments(keys: JwkSet, mint: Mint) -> None:
    issuers, claims, classes = [ISSUER], {"nonce": ["n"]}, {"a": 600}
    verifier = with_policy(
        issuer=issuers, expected_claims=claims, max_lifetime_by=LifetimeClasses("c", classes)
    )
    issuers.append("x")
    claims["nonce"].append("m")
    classes["a"] = 1
    assert code(verifier, mint(nonce=["n"], c="a"), keys) == "valid"
    document = json.loads(verifier.policy.to_json())
    assert document["issuers"] == [ISSUER]
    assert document["expected_claims"] == {"nonce": ["n"]}
    assert document["max_lifetime_by"]["ceilings"] == {"a": "600"}


def test_revocation(keys: JwkSet, mint: Mint) -> None:
    asked: list[str | None] = []

    def revoked(token: VerifiedToken) -> bool:
        asked.append(token.id)
        return token.id == "gone"

    verifier = with_policy(revoked=revoked)
    assert code(verifier, mint(jti="here"), keys) == "valid"
    with pytest.raises(RevokedTokenError):
        verifier.verify(mint(jti="gone"), keys, now=NOW)
    assert code(verifier, mint(jti="never", exp=1), keys) == "expired"
    assert asked == ["here", "gone"]
    report = verifier.explain(mint(jti="gone"), keys, now=NOW)
    assert not report.accepted
    assert report.token is None
    assert isinstance(report.error, RevokedTokenError)
    assert (report.steps[-1].check, report.steps[-1].outcome) == ("revocation", "failed")
    assert str(report).endswith("refused: revoked: the token has been revoked")
    assert verifier.explain(mint(jti="here"), keys, now=NOW).accepted


def test_revocation_fails_closed(keys: JwkSet, mint: Mint) -> None:
    class Unawaited:
        def close(self) -> None:
            pass

    def broken(_: VerifiedToken) -> bool:
        message = "no answer"
        raise OSError(message)

    def always(answer: Any) -> Any:
        def hook(_: VerifiedToken) -> Any:
            return answer

        return hook

    answers: list[Any] = [None, 0, "", [], Unawaited()]
    hooks: list[Any] = [broken, *map(always, answers)]
    for hook in hooks:
        verifier = with_policy(revoked=hook)
        with pytest.raises(RevocationUnavailableError) as caught:
            verifier.verify(mint(), keys, now=NOW)
        assert caught.value.http_status == 503
        assert caught.value.retry_after == 1
        assert caught.value.www_authenticate is None
        assert isinstance(caught.value.__cause__, OSError if hook is broken else TypeError)
        assert not verifier.explain(mint(), keys, now=NOW).accepted


def test_an_interruption_of_the_hook_is_raised(keys: JwkSet, mint: Mint) -> None:
    def interrupted(_: VerifiedToken) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_policy(revoked=interrupted).verify(mint(), keys, now=NOW)


def test_a_coroutine_function_cannot_be_the_hook() -> None:
    async def revoked(_: VerifiedToken) -> bool:
        return False

    class Check:
        async def __call__(self, _: VerifiedToken) -> bool:
            return False

    for hook in (revoked, Check()):
        with pytest.raises(TypeError, match="coroutine"):
            with_policy(revoked=hook)


def test_a_raised_error_of_an_explanation_is_collected(
    verifier: Verifier, keys: JwkSet, mint: Mint
) -> None:
    class Local:
        """Stands for what a frame knows."""

    def refuse() -> weakref.ref[Local]:
        local = Local()
        explanation = verifier.explain(mint(aud="other"), keys, now=NOW)
        assert explanation.error is not None
        try:
            raise explanation.error
        except verijot.VerificationError:
            return weakref.ref(local)

    known = refuse()
    gc.collect()
    assert known() is None


def test_open_returns_the_key_id(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    opened = verifier.open(mint({"typ": "at+jwt"}))
    assert (opened.key_id, opened.algorithm) == ("k1", "HS256")
    assert opened.header == {"alg": "HS256", "kid": "k1", "typ": "at+jwt"}
    assert opened.verify(keys, now=NOW).subject == "alice"
    with pytest.raises(verijot.ExpiredSignatureError):
        opened.verify(keys)
    buffer = bytearray(mint().encode())
    opened = verifier.open(buffer)
    buffer[:] = b"x" * len(buffer)
    assert opened.verify(keys, now=NOW).subject == "alice"


def test_jws_can_have_any_payload(verifier: Verifier, keys: JwkSet) -> None:
    verified = verifier.verify_jws(signed_text(b"\xff\x00 not JSON", {"typ": "x"}), keys)
    assert verified.payload == b"\xff\x00 not JSON"
    assert verified.header == {"alg": "HS256", "kid": "k1", "typ": "x"}
    assert (verified.algorithm, verified.key_id) == ("HS256", "k1")


def test_explanations(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    report = verifier.explain(mint(), keys, now=NOW)
    assert report.accepted
    assert report.error is None
    assert report.token is not None
    assert report.token.subject == "alice"
    assert len(report.steps) == 19
    expiry = next(step for step in report.steps if step.check == "expiry")
    assert (expiry.outcome, expiry.date) == ("passed", NOW + 600)
    assert str(report).splitlines()[-1] == "accepted"
    report = verifier.explain(mint(exp=1), keys, now=NOW)
    assert report.error is not None
    assert report.error.code == "expired"
    outcomes = [step.outcome for step in report.steps]
    assert outcomes == ["passed"] * 8 + ["failed"] + ["not_made"] * 10


@pytest.mark.parametrize("kind", ["ES256", "EdDSA"])
def test_a_key_in_pem(kind: str, verifier: Verifier, mint: Mint) -> None:
    import jwt  # noqa: PLC0415

    private = (
        ec.generate_private_key(ec.SECP256R1())
        if kind == "ES256"
        else ed25519.Ed25519PrivateKey.generate()
    )
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW}
    token = jwt.encode(claims, private, kind, headers={"kid": "a"})
    for text in (pem, pem.decode(), bytearray(pem)):
        assert verifier.verify(token, JwkSet.from_pem(text, [kind]), now=NOW).algorithm == kind
    named = JwkSet.from_pem(pem, algorithms=kind, kid="a")
    assert verifier.verify(token, named, now=NOW).key_id == "a"
    assert code(verifier, token, JwkSet.from_pem(pem, kind, "b")) == "unknown_key"
    assert code(verifier, mint(), named) == "algorithm_not_allowed"


def test_attributes_of_sets_and_keys() -> None:
    secret = JwkSet.from_secret(SECRET.decode(), ["HS256", "HS384"][:1], "k")
    (key,) = secret.keys
    assert (key.kid, key.kind, key.key_type, key.algorithms) == (
        "k",
        "oct 40 octets",
        "oct",
        ["HS256"],
    )
    assert len(secret) == 1
    assert secret.skipped == []
    assert key == secret.keys[0]
    for thing in (secret, key):
        assert SECRET.decode() not in repr(thing)
        assert encoded(SECRET) not in repr(thing)


def test_hints(keys: JwkSet, mint: Mint) -> None:
    verifier = Verifier(issuer="https://issuer.example/", audience=None)
    report = verifier.explain(mint(), keys, now=NOW)
    assert report.hint is not None
    assert "slash" in report.hint
    assert str(report).endswith(f"\nhint: {report.hint}")
    assert report.hint not in str(report.error)
    accepted = Verifier(issuer=None, audience=None).explain(mint(), keys, now=NOW)
    assert accepted.hint is None
