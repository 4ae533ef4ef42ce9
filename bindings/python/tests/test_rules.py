"""Rules about claims and header parameters, audiences with demands, and templates of issuers."""

import json
import pickle
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, NOW, Mint
from verijot import (
    InvalidPolicyError,
    JwkSet,
    MissingClaimError,
    Policy,
    UnexpectedClaimError,
    Verifier,
    WrongAudienceError,
    WrongClaimError,
    WrongIssuerError,
    rules,
)
from verijot.policy import Audiences, IssuerTemplate


def made(**options: Any) -> Verifier:
    options = {"issuer": ISSUER, "audience": AUDIENCE} | options
    return Verifier(**options)


def document(**options: Any) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(made(**options).policy.to_json())
    return members


def test_a_rule_refuses_what_it_does_not_allow(keys: JwkSet, mint: Mint) -> None:
    verifier = made(claims={"azp": rules.one_of("a", "b"), "nonce": rules.absent()})
    assert verifier.verify(mint(azp="b"), keys, now=NOW).claims["azp"] == "b"
    with pytest.raises(WrongClaimError) as wrong:
        verifier.verify(mint(azp="c"), keys, now=NOW)
    assert wrong.value.claim == "azp"
    with pytest.raises(MissingClaimError):
        verifier.verify(mint(), keys, now=NOW)
    with pytest.raises(UnexpectedClaimError) as unexpected:
        verifier.verify(mint(azp="a", nonce="n"), keys, now=NOW)
    assert unexpected.value.claim == "nonce"


def test_a_rule_about_the_header_and_one_that_applies_if_present(keys: JwkSet, mint: Mint) -> None:
    verifier = made(header={"tty": rules.equals("x").if_present()})
    verifier.verify(mint(), keys, now=NOW)
    verifier.verify(mint({"tty": "x"}), keys, now=NOW)
    with pytest.raises(WrongClaimError) as wrong:
        verifier.verify(mint({"tty": "y"}), keys, now=NOW)
    assert wrong.value.claim == "header.tty"


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (rules.equals(1), {"equals": 1}),
        (rules.one_of("a", 2), {"one_of": ["a", 2]}),
        (rules.contains_all("a", "b"), {"contains_all": ["a", "b"]}),
        (rules.contains_any("a", "b"), {"contains_any": ["a", "b"]}),
        (rules.has_key("a"), {"has_key": "a"}),
        (rules.string(), {"is": "string"}),
        (rules.not_empty(), {"is": "not_empty"}),
        (rules.boolean(True), {"boolean": True}),  # noqa: FBT003, as it is called
        (rules.date(), {"is": "date"}),
        (rules.object_(), {"is": "object"}),
        (rules.starts_with("a:"), {"starts_with": "a:"}),
        (rules.matches_segments("a:*"), {"matches_segments": "a:*"}),
        (rules.absent(), {"is": "absent"}),
        (rules.same_as("a.b"), {"same_as": ["a", "b"]}),
        (rules.same_as(("a.b",)), {"same_as": ["a.b"]}),
        (rules.string().if_present(), {"is": "string", "if_present": True}),
    ],
)
def test_every_rule_is_that_of_the_core(rule: rules.Rule, written: dict[str, Any]) -> None:
    rule_of = {"path": ["x", "y"], **written}
    policy = Policy.from_json(json.dumps({"issuers": None, "audiences": None, "rules": [rule_of]}))
    assert Policy(issuer=None, audience=None, claims={"x.y": rule}) == policy
    assert pickle.loads(pickle.dumps(rule)) == rule  # noqa: S301, its own


def test_a_path_of_names_is_not_split() -> None:
    both = document(claims={("a.b", "c"): rules.string()}, header={"d.e": rules.string()})
    assert both["rules"] == [
        {"path": ["a.b", "c"], "is": "string"},
        {"header": "d.e", "is": "string"},
    ]


def test_rules_that_make_no_sense_are_refused() -> None:
    for claims in ({"a": rules.one_of()}, {"a": rules.starts_with("")}, {"": rules.string()}):
        with pytest.raises(InvalidPolicyError, match="rules"):
            made(claims=claims)
    with pytest.raises(
        TypeError, match=r"each of claims must be a rule of verijot\.rules, not str"
    ):
        made(claims={"a": "secret"})
    with pytest.raises(TypeError, match="already has claims"):
        Verifier(made(claims={"a": rules.string()}).policy, claims={"b": rules.string()})


def test_a_rule_shows_no_value() -> None:
    assert "secret" not in repr(rules.equals("secret"))


def test_types_that_may_be_missing(keys: JwkSet, mint: Mint) -> None:
    verifier = made(types_or_none="app+jwt")
    verifier.verify(mint(), keys, now=NOW)
    verifier.verify(mint({"typ": "app+jwt"}), keys, now=NOW)
    assert document(types_or_none="app+jwt")["types"] == {"or_none": ["app+jwt"]}
    with pytest.raises(InvalidPolicyError, match="types"):
        made(types="a", types_or_none="b")


def test_audiences_exactly_and_in_another_claim(keys: JwkSet, mint: Mint) -> None:
    exactly = made(audience=Audiences.exactly(AUDIENCE))
    exactly.verify(mint(), keys, now=NOW)
    with pytest.raises(WrongAudienceError):
        exactly.verify(mint(aud=[AUDIENCE, "other"]), keys, now=NOW)
    elsewhere = made(audience=Audiences.one_of("a", "b", in_claim="client_id"))
    elsewhere.verify(mint(client_id="b", aud=None), keys, now=NOW)
    assert "client_id" in repr(elsewhere)


def test_an_issuer_for_each_tenant(keys: JwkSet, mint: Mint) -> None:
    template = IssuerTemplate("https://login.example/{tenant}/", claim="tid", tenants=["t1"])
    verifier = made(issuer=[ISSUER, template])
    verifier.verify(mint(), keys, now=NOW)
    verifier.verify(mint(iss="https://login.example/t1/", tid="t1"), keys, now=NOW)
    for claims in ({"tid": "t2"}, {"iss": "https://login.example/t2/", "tid": "t2"}):
        with pytest.raises((WrongIssuerError, WrongClaimError)):
            verifier.verify(mint(**{"iss": "https://login.example/t1/", **claims}), keys, now=NOW)
    with pytest.raises(InvalidPolicyError, match="issuer"):
        made(issuer=IssuerTemplate("https://login.example/{tenant}/", claim="tid", tenants=[]))
    made(issuer=IssuerTemplate("https://login.example/{tenant}/", claim="tid", tenants=None))
