"""Presets of well-known providers."""

import asyncio
import copy
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from signing import NOW
from verijot import (
    CacheSettings,
    InvalidIssuerError,
    InvalidKeySourceError,
    InvalidPolicyError,
    InvalidSettingsError,
    JwksClient,
    JwkSet,
    KeysUnavailableError,
    MissingRequiredClaimError,
    Policy,
    WrongClaimError,
)
from verijot.alb import AlbVerifier
from verijot.oidc import IdTokenVerifier
from verijot.profiles import AccessTokenVerifier
from verijot.providers import preset
from verijot.testing import Answer, Issuer, SigningKey

FOLDER = Path(os.environ.get("VERIJOT_TESTVECTORS") or Path(__file__).parents[4] / "testvectors")
LINES: list[dict[str, Any]] = json.loads((FOLDER / "presets/presets.json").read_text())["presets"]
KRATOS = "kratos:accounts.example.com"
ISSUER = "https://accounts.example.com"


@pytest.mark.parametrize("line", [line for line in LINES if "preset" in line])
def test_every_preset(line: dict[str, Any]) -> None:
    made, want = preset(line["provider"], **line["options"]), line["preset"]
    assert json.loads(made.to_json()) == want
    policy, source = made.policy, want["key_source"]
    assert (None if policy is None else json.loads(policy.to_json())) == (
        None if "policy" not in want else json.loads(_policy(want["policy"]).to_json())
    )
    assert made.profile == want.get("profile")
    assert made.load_balancer == want.get("load_balancer")
    assert made.key_source == source
    if made.profile is not None:
        verifiers = [made.id_token_verifier, made.access_token_verifier]
        if made.profile["profile"] == "access-token":
            verifiers.reverse()
        mine, other = verifiers
        assert isinstance(mine(), IdTokenVerifier | AccessTokenVerifier)
        with pytest.raises(InvalidPolicyError, match="profile: "):
            other()
    elif made.load_balancer is not None:
        AlbVerifier.from_json(json.dumps(made.load_balancer))
    if "of_caller" in source:
        with pytest.raises(InvalidKeySourceError, match="names no URL of keys"):
            made.client()
    else:
        client = made.client()
        assert policy is None or client.verifier.policy == policy
        where = source.get("issuer") or source.get("jwks_url") or source["certificates_url"]
        assert where in repr(client)
        client.close()


def _policy(document: dict[str, Any]) -> Policy:
    return Policy.from_json(json.dumps(document))


@pytest.mark.parametrize("line", [line for line in LINES if "error" in line])
def test_every_refused_preset(line: dict[str, Any]) -> None:
    with pytest.raises(InvalidPolicyError, match=f"^invalid_policy: {line['error']['member']}: "):
        preset(line["provider"], **line["options"])


def test_options_are_plain_values() -> None:
    made = preset("cognito:eu-west-1_a", client_ids=("web", "app"), policy={"leeway": "60"})
    assert made == preset("cognito:eu-west-1_a", client_ids=["web", "app"], policy={"leeway": "60"})
    assert made == preset(
        "cognito:eu-west-1_a", client_ids=(name for name in ("web", "app")), policy={"leeway": "60"}
    )
    assert made != preset("cognito:eu-west-1_a", client_ids=["web"], policy={"leeway": "60"})
    for wrong in (b"web", 1.5, object()):
        with pytest.raises((TypeError, InvalidPolicyError)):
            preset("cognito:eu-west-1_a", client_ids=wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidPolicyError):
        preset("cognito:eu-west-1_a", client_ids=["\ud800"])
    for name in ("", ":", "cognito:\0", "x" * 100_000):
        with pytest.raises(InvalidPolicyError, match="provider: "):
            preset(name)


def test_a_preset_is_immutable_and_can_be_pickled() -> None:
    made = preset("slack", client_id="1.2")
    with pytest.raises(AttributeError, match="immutable"):
        made.policy = None  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        delattr(made, "policy")
    again = pickle.loads(pickle.dumps(made))  # noqa: S301, it is made here
    assert again == made == copy.copy(made)
    assert hash(again) == hash(made)
    assert made != "slack"
    assert repr(made) == "<Preset slack>"
    profile = made.profile
    assert profile is not None
    profile["issuer"] = "https://other.example"
    assert made.profile != profile


def test_a_client_fetches_the_keys(issuer: Issuer) -> None:
    client = preset(KRATOS, jwks_url=issuer.jwks_url).client(required_claims="jti")
    raw = issuer.mint({"iss": ISSUER, "sub": "alice", "sid": "s", "jti": "j"})
    assert client.verify(raw, now=NOW).subject == "alice"
    assert asyncio.run(client.averify(raw, now=NOW)).subject == "alice"
    assert [path for path, _ in issuer.requests] == ["/.well-known/jwks.json"]
    with pytest.raises(MissingRequiredClaimError):
        client.verify(issuer.mint({"iss": ISSUER, "sub": "alice", "sid": "s"}), now=NOW)
    with pytest.raises(TypeError, match="the policy already has algorithms"):
        preset(KRATOS, jwks_url=issuer.jwks_url).client(algorithms="ES256")
    with pytest.raises(InvalidKeySourceError):
        preset(KRATOS, jwks_url=issuer.jwks_url).client(allowed_hosts=["other.example"])
    with pytest.raises(InvalidKeySourceError):
        preset(KRATOS, jwks_url="http://keys.example/jwks.json").client()
    preset(KRATOS, jwks_url="http://keys.example/jwks.json").client(allow_plain_http=True)


def test_an_id_token_with_fetched_keys(issuer: Issuer) -> None:
    made = preset("oidc:id.example.com", client_id="web", jwks_url=issuer.jwks_url)
    id_tokens, client = made.id_token_verifier(max_age=3600), made.client()
    raw = issuer.mint(
        {"iss": "https://id.example.com", "sub": "alice", "nonce": "n"}, audience="web"
    )
    assert id_tokens.verify(raw, client, nonce="n", now=NOW).subject == "alice"
    with pytest.raises(WrongClaimError):
        id_tokens.verify(raw, client, nonce="other", now=NOW)
    with pytest.raises(InvalidIssuerError, match="only fetches keys"):
        client.verify(raw, now=NOW)
    with pytest.raises(TypeError, match="pass leeway to the verifier"):
        made.client(leeway=0)
    with pytest.raises(TypeError, match="algorithms"):
        preset("slack", client_id="1.2").id_token_verifier(algorithms="ES256")
    with pytest.raises(InvalidPolicyError, match="kratos has no profile"):
        preset(KRATOS).id_token_verifier()


def test_a_limit_of_keys(issuer: Issuer) -> None:
    raw = issuer.mint({"iss": ISSUER, "sub": "alice", "sid": "s"})
    limits = {"limits": {"jwks_octets": 10}}
    made = preset(KRATOS, jwks_url=issuer.jwks_url, policy=limits)
    with pytest.raises(KeysUnavailableError):
        made.client().verify(raw, now=NOW)
    made.client(settings=CacheSettings(max_octets=10_000)).verify(raw, now=NOW)


def test_purposes_of_keys(issuer: Issuer) -> None:
    made = preset("spiffe:prod.example.com", audience=["notes"], jwks_url=issuer.jwks_url)
    assert made.key_source["purposes"] == ["jwt-svid"]
    issuer.keys = [SigningKey.p256("p")]
    raw = issuer.mint({"sub": "spiffe://prod.example.com/a"}, audience="notes")
    with pytest.raises(KeysUnavailableError):
        made.client().verify(raw, now=NOW)
    (key,) = json.loads(issuer.jwks)["keys"]
    body = json.dumps({"keys": [{**key, "use": "jwt-svid"}]}).encode()
    issuer.answers["/.well-known/jwks.json"] = Answer(body=body)
    assert made.client().verify(raw, now=NOW).subject == "spiffe://prod.example.com/a"


def test_settings_name_a_provider(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIJOT_PROVIDER", KRATOS)
    monkeypatch.setenv("VERIJOT_PROVIDER_OPTIONS", json.dumps({"jwks_url": issuer.jwks_url}))
    client = JwksClient.from_environment()
    made = preset(KRATOS, jwks_url=issuer.jwks_url)
    assert client.verifier.policy == made.policy
    raw = issuer.mint({"iss": ISSUER, "sub": "alice", "sid": "s"})
    assert client.verify(raw, now=NOW).subject == "alice"
    monkeypatch.setenv("VERIJOT_PROVIDER", "cognito:eu-west-1_AbCdEf123")
    monkeypatch.delenv("VERIJOT_PROVIDER_OPTIONS")
    with pytest.raises(InvalidSettingsError, match="VERIJOT_"):
        JwksClient.from_environment()
    monkeypatch.setenv("VERIJOT_AUDIENCE", "web")
    policy = preset("cognito:eu-west-1_AbCdEf123", client_ids=["web"]).policy
    assert JwksClient.from_environment().verifier.policy == policy


def test_documents_of_verifiers(issuer: Issuer) -> None:
    document = preset("oidc:id.example.com", client_id="web").profile
    verifier = IdTokenVerifier.from_json(f" {json.dumps(document)}\n", leeway=0)
    assert json.loads(verifier.verifier.policy.to_json())["leeway"] == "0"
    keys = JwkSet.from_json(issuer.jwks)
    raw = issuer.mint(
        {"iss": "https://id.example.com", "sub": "alice", "nonce": "n"}, audience="web"
    )
    assert verifier.verify(raw, keys, nonce="n", now=NOW).subject == "alice"
    for wrong in ("", "{}", "[]", '{"profile": "access-token"}', '{"profile": "id-token"}'):
        with pytest.raises(InvalidPolicyError):
            IdTokenVerifier.from_json(wrong)
        with pytest.raises(InvalidPolicyError):
            AccessTokenVerifier.from_json(wrong)
