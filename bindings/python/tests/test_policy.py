"""Policies as documents and as keywords."""

import json
import pickle
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from signing import AUDIENCE, ISSUER, NOW, Mint
from verijot import InvalidPolicyError, JwkSet, LifetimeClasses, Policy, Verifier, _native
from verijot.policy import PolicyOptions, VerifierOptions

WAIVED: dict[str, Any] = {"issuers": None, "audiences": None}


SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"issuer": "a", "audience": ("b", "c")}, {"issuers": ["a"], "audiences": ["b", "c"]}),
    ({"algorithms": ["ES256"]}, {"algorithms": ["ES256"]}),
    ({"algorithms": None, "types": ..., "leeway": 30}, {}),
    ({"types": None}, {"types": None}),
    ({"types": "at+jwt"}, {"types": ["at+jwt"]}),
    ({"leeway": 0.5}, {"leeway": "0.5"}),
    ({"leeway": timedelta(minutes=1)}, {"leeway": "60"}),
    ({"allow_missing_expiry": True}, {"require_exp": False}),
    ({"allow_missing_expiry": False}, {}),
    ({"allow_numeric_subject": True}, {"numeric_subject": True}),
    ({"allow_future_issued_at": True}, {"future_issued_at": True}),
    ({"required_claims": ["sub"]}, {"required_claims": ["sub"]}),
    (
        {"expected_claims": {"a\n": [1, 0.1, None]}},
        {"expected_claims": {"a\n": [1, 0.1, None]}},
    ),
    ({"max_age": Decimal("0.000000001")}, {"max_age": "0.000000001"}),
    ({"max_lifetime": 60}, {"max_lifetime": "60"}),
    (
        {"max_lifetime_by": LifetimeClasses("c", {"a": 60})},
        {"max_lifetime_by": {"claim": "c", "ceilings": {"a": "60"}, "default": None}},
    ),
    (
        {"max_lifetime_by": ("c", {}, 5)},
        {"max_lifetime_by": {"claim": "c", "ceilings": {}, "default": "5"}},
    ),
    ({"required_scopes": ["a", "b"]}, {"required_scopes": ["a", "b"]}),
    (
        {"required_roles": {"a.b": "x"}},
        {"required_roles": {"path": ["a", "b"], "roles": ["x"]}},
    ),
    (
        {"required_roles": {("a.b",): ["x"], "c": ["y"]}},
        {
            "required_roles": [
                {"path": ["a.b"], "roles": ["x"]},
                {"path": ["c"], "roles": ["y"]},
            ]
        },
    ),
    ({"required_roles": None, "expected_claims": {}}, {}),
    ({"max_token_octets": 100}, {"limits": {"token_octets": 100}}),
]


def test_the_types_and_the_table_have_the_same_options() -> None:
    assert ("issuer", "audience", *PolicyOptions.__annotations__) == _native.POLICY_OPTIONS
    added = get_type_hints(VerifierOptions).keys() - PolicyOptions.__annotations__.keys()
    assert added == {"known_tenants", "revoked", "token_cache"}


@pytest.mark.parametrize(("keywords", "members"), SAME)
def test_keywords_and_document_are_the_same(
    keywords: dict[str, Any], members: dict[str, Any]
) -> None:
    keywords = {"issuer": None, "audience": None, **keywords}
    document = WAIVED | members
    policy = Policy(**keywords)
    assert json.loads(policy.to_json()) == document
    assert policy == Policy.from_json(json.dumps(document)) == Verifier(**keywords).policy
    assert policy == Policy.from_json(policy.to_json().encode())
    assert hash(policy) == hash(Policy.from_json(policy.to_json()))
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301
    if members:
        assert policy != Policy(issuer=None, audience=None)


def test_a_verifier_takes_a_policy(keys: JwkSet, mint: Mint) -> None:
    policy = Policy(issuer=ISSUER, audience=AUDIENCE)
    verifier = Verifier(policy, token_cache=4)
    assert verifier.policy == policy
    assert verifier.verify(mint(), keys, now=NOW).issuer == ISSUER
    stricter = Verifier(policy, required_scopes=["no-such-scope"])
    assert not stricter.explain(mint(), keys, now=NOW).accepted
    assert repr(policy) == repr(verifier).replace("Verifier", "Policy")


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ("{", "invalid_policy: not valid JSON"),
        (b"\xff", "invalid_policy: not UTF-8"),
        ('{"issuers": null}', "invalid_policy: audiences: missing"),
        (WAIVED | {"issuer": "a"}, "invalid_policy: issuer: unknown member; expected"),
        (WAIVED | {"leeway": 30}, "invalid_policy: leeway: must be a decimal number of seconds"),
        (
            WAIVED | {"limits": {"token_octets": 0}},
            "invalid_policy: limits.token_octets: must be a whole number",
        ),
        ('{"issuers": null, "audiences": null, "issuers": null}', "issuers: occurs twice"),
    ],
)
def test_invalid_documents(document: Any, place: str) -> None:
    text = json.dumps(document) if isinstance(document, dict) else document
    with pytest.raises(InvalidPolicyError) as caught:
        Policy.from_json(text)
    assert place in str(caught.value)


def test_errors_name_the_keyword() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"issuer": ""}, "invalid_policy: issuer: the list is empty or contains a blank name"),
        ({"algorithms": ["none"]}, "invalid_policy: algorithms[0]: unknown signature algorithm"),
        ({"max_token_octets": 0}, "invalid_policy: max_token_octets: "),
        ({"required_roles": {}}, "invalid_policy: required_roles: an empty list requires nothing"),
        ({"expected_claims": {"a": 2**64}}, "invalid_policy: expected_claims.a: must be a number"),
        ({"expected_claims": {"a": "\ud800"}}, "invalid_policy: a lone surrogate"),
    ]
    for keywords, text in wrong:
        whole: dict[str, Any] = {"issuer": None, "audience": None, **keywords}
        with pytest.raises(InvalidPolicyError) as caught:
            Policy(**whole)
        assert str(caught.value).startswith(text)


def test_an_option_cannot_be_set_twice() -> None:
    policy = Policy(issuer=None, audience=None, leeway=5)
    again: list[dict[str, Any]] = [{"issuer": "a"}, {"leeway": 5}]
    for keywords in again:
        with pytest.raises(TypeError, match="set it in one place"):
            Verifier(policy, **keywords)
    incomplete: list[dict[str, Any]] = [{}, {"issuer": None}, {"audience": "a"}]
    for keywords in incomplete:
        with pytest.raises(TypeError, match="issuer and audience"):
            Verifier(**keywords)
    wrong: list[Any] = [7, "{}", {"issuers": None}]
    for value in wrong:
        with pytest.raises(TypeError):
            Verifier(value)
    with pytest.raises(TypeError, match="surprise"):
        Policy(issuer=None, audience=None, surprise=1)  # type: ignore[call-arg]
