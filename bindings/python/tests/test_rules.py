"""Rules about claims and header parameters, audiences with demands, and templates of issuers."""

import asyncio
import json
import pickle
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, NOW, Mint
from verijot import (
    InvalidPolicyError,
    JwksClient,
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
from verijot.testing import FixedClock


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


def test_the_caller_knows_the_tenants(keys: JwkSet, mint: Mint) -> None:
    asked: list[str] = []

    def known(tenant: str) -> bool:
        asked.append(tenant)
        return tenant == "t1"

    template = IssuerTemplate("https://login.example/{tenant}/", claim="tid", tenants=None)

    def raw(tenant: str, **claims: object) -> str:
        return mint(iss=f"https://login.example/{tenant}/", tid=tenant, **claims)

    for token_cache in (None, 4):
        verifier = made(issuer=[ISSUER, template], known_tenants=known, token_cache=token_cache)
        verifier.verify(mint(), keys, now=NOW)
        asked.clear()
        for _ in range(2):
            verifier.verify(raw("t1"), keys, now=NOW)
            with pytest.raises(WrongIssuerError, match="tenant"):
                verifier.verify(raw("t2"), keys, now=NOW)
        assert asked == ["t1", "t2"] * 2
        explanation = verifier.explain(raw("t2"), keys, now=NOW)
        assert isinstance(explanation.error, WrongIssuerError)
        assert explanation.steps[-1].outcome == "failed"
        client = JwksClient(keys, verifier, clock=FixedClock(NOW))
        client.verify(raw("t1"))
        with pytest.raises(WrongIssuerError):
            asyncio.run(client.averify(raw("t2")))
        # It is asked after every other check.
        asked.clear()
        with pytest.raises(WrongAudienceError):
            verifier.verify(raw("t2", aud="other"), keys, now=NOW)
        assert asked == []


def test_what_the_callers_check_raises_is_raised(keys: JwkSet, mint: Mint) -> None:
    template = IssuerTemplate("https://login.example/{tenant}/", claim="tid", tenants=None)
    raw = mint(iss="https://login.example/t1/", tid="t1")

    def failing(tenant: str) -> bool:
        raise KeyError(tenant)

    def no_bool(_: str) -> Any:
        return 1

    with pytest.raises(KeyError):
        made(issuer=template, known_tenants=failing).verify(raw, keys, now=NOW)
    with pytest.raises(TypeError, match="known_tenants must be bool"):
        made(issuer=template, known_tenants=no_bool).verify(raw, keys, now=NOW)

    async def later(_: str) -> bool:
        return True

    for hook in (later, "t1"):
        with pytest.raises(TypeError, match="known_tenants"):
            made(issuer=template, known_tenants=hook)
