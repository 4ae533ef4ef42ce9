"""Clients that are made from environment variables and the files that they name."""

import asyncio
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signing import NOW, SECRET, signed
from verijot import (
    CacheSettings,
    ExpiredSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSettingsError,
    JwksClient,
    JwkSet,
    MissingRequiredClaimError,
    Policy,
    UnknownKeyError,
    Verifier,
)
from verijot.fetch import FetchResponse
from verijot.testing import Issuer, SigningKey, mint

AUDIENCE = "https://api.example"
ISSUER = "https://issuer.example"
PREFIX = "VERIJOT_"
ANY = Verifier(issuer=None, audience=None)

Environment = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def environment(monkeypatch: Environment) -> Environment:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return monkeypatch


def settings(environment: Environment, **values: str) -> None:
    for name, value in values.items():
        environment.setenv(PREFIX + name, value)


def no_fetch(url: str, *_: object) -> FetchResponse:
    raise AssertionError(url)


def refused(prefix: str = PREFIX) -> InvalidSettingsError:
    with pytest.raises(InvalidSettingsError) as caught:
        JwksClient.from_environment(prefix)
    error = caught.value
    assert error.code == "invalid_settings"
    assert str(error) == f"invalid_settings: {', '.join(error.settings)}: {error.message}"
    return error


def test_issuer_discovery(environment: Environment, issuer: Issuer, raw: str) -> None:
    settings(environment, ISSUER=issuer.url, AUDIENCE=AUDIENCE)
    client = JwksClient.from_environment()
    assert client.verify(raw, now=NOW).subject == "alice"
    assert issuer.requests[0][0] == "/.well-known/openid-configuration"
    assert repr(client) == f"<JwksClient {issuer.url}>"


def test_the_url_of_a_set(environment: Environment, issuer: Issuer, raw: str) -> None:
    settings(environment, ISSUER=issuer.url, AUDIENCE=AUDIENCE, JWKS_URL=f"{issuer.jwks_url}")
    client = JwksClient.from_environment()
    assert client.verify(raw, now=NOW).subject == "alice"
    assert [path for path, _ in issuer.requests] == ["/.well-known/jwks.json"]


def test_keys_in_settings_are_never_fetched(
    environment: Environment, issuer: Issuer, raw: str
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_key = SigningKey("pem", "EdDSA", {}, key.sign)
    by_pem = mint({"sub": "alice"}, signing_key, issuer=issuer.url, audience=AUDIENCE, now=NOW)
    by_secret = signed(iss=issuer.url, aud=AUDIENCE, sub="alice")
    settings(environment, ISSUER=issuer.url, AUDIENCE=AUDIENCE)
    for name, value, algorithms, token in (
        ("JWKS", issuer.jwks, None, raw),
        ("PUBLIC_KEY", pem.decode(), "EdDSA", by_pem),
        ("SECRET", SECRET.decode(), "HS256", by_secret),
    ):
        with environment.context() as only:
            settings(only, **{name: value})
            if algorithms is not None:
                settings(only, ALGORITHMS=algorithms)
            client = JwksClient.from_environment(fetch=no_fetch)
        assert client.verify(token, now=NOW).subject == "alice"
        assert asyncio.run(client.averify(token, now=NOW)).subject == "alice"
        assert client.verify(token, now=NOW, into=dict[str, object])["sub"] == "alice"
        assert client.explain(token, now=NOW).accepted
        health = client.health()
        assert (health.usable_keys, health.is_fresh, health.is_fetching) == (1, True, False)
        assert health.age is None
        assert client.export() is None
        client.seed(issuer.jwks)
        with pytest.raises((InvalidAlgorithmError, UnknownKeyError)):
            client.verify(mint({}, SigningKey.p256("x"), issuer=issuer.url, audience=AUDIENCE))
        client.close()
        assert client.verify(token, now=NOW).subject == "alice"
        assert SECRET.decode() not in repr(client) + repr(client.verifier)
    assert issuer.requests == []


def test_a_client_with_a_key_set(issuer: Issuer, raw: str) -> None:
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    client = JwksClient(JwkSet.from_json(issuer.jwks), verifier)
    assert client.verify(raw, now=NOW).subject == "alice"
    assert client.verifier is verifier
    assert repr(client) == "<JwksClient <JwkSet 1 usable, 0 skipped>>"


def test_every_setting_of_the_policy(environment: Environment, issuer: Issuer) -> None:
    settings(
        environment,
        JWKS=issuer.jwks,
        ISSUER=f"https://other.example {issuer.url}",
        AUDIENCE="https://old.example\n https://api.example",
        ALGORITHMS="ES256 EdDSA",
        LEEWAY=" 60 ",
    )
    client = JwksClient.from_environment(required_claims="jti")
    good = {"jti": "a", "exp": NOW - 59}
    for audience in (AUDIENCE, "https://old.example"):
        client.verify(issuer.mint(good, audience=audience), now=NOW)
    client.verify(issuer.mint({**good, "iss": "https://other.example"}, audience=AUDIENCE), now=NOW)
    for claims, error in (
        ({"exp": NOW - 60}, ExpiredSignatureError),
        ({"iss": ISSUER}, InvalidIssuerError),
        ({"aud": ISSUER}, InvalidAudienceError),
        ({"jti": None}, MissingRequiredClaimError),
    ):
        with pytest.raises(error):
            client.verify(issuer.mint({**good, "aud": AUDIENCE, **claims}), now=NOW)
    rsa = SigningKey.rsa("r")
    with pytest.raises(InvalidAlgorithmError):
        client.verify(mint(good, rsa, issuer=issuer.url, audience=AUDIENCE), now=NOW)


def test_waivers_and_defaults(environment: Environment, issuer: Issuer) -> None:
    settings(environment, JWKS=issuer.jwks, ISSUER="any-issuer", AUDIENCE="any-audience")
    client = JwksClient.from_environment()
    client.verify(issuer.mint({"iss": "anybody", "exp": NOW - 29}, audience="anything"), now=NOW)
    with pytest.raises(ExpiredSignatureError):
        client.verify(issuer.mint({"exp": NOW - 30}), now=NOW)
    assert repr(client.verifier) == "<Verifier issuer=None audience=None>"


def test_another_prefix(environment: Environment, issuer: Issuer) -> None:
    environment.setenv("NOTES_ISSUER", issuer.url)
    environment.setenv("NOTES_AUDIENCE", AUDIENCE)
    JwksClient.from_environment("NOTES_")
    assert refused("OTHER_").settings == ("OTHER_ISSUER",)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_file_contains_the_value(environment: Environment, tmp_path: Path, ending: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(SECRET + ending.encode())
    settings(environment, SECRET_FILE=str(file), ALGORITHMS="HS256", ISSUER=ISSUER, AUDIENCE="a")
    client = JwksClient.from_environment()
    assert client.verify(signed(iss=ISSUER, aud="a"), now=NOW).issuer == ISSUER


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({}, ["ISSUER"]),
        ({"ISSUER": ISSUER}, ["AUDIENCE"]),
        ({"ISSUER": ISSUER, "AUDIENCE": " "}, ["AUDIENCE"]),
        ({"ISSUER": "http://issuer.example", "AUDIENCE": "a"}, ["ISSUER"]),
        ({"ISSUER": "any-issuer", "AUDIENCE": "a"}, ["ISSUER"]),
        ({"JWKS": "{}", "JWKS_URL": "https://a.example"}, ["JWKS", "JWKS_URL"]),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "JWKS": "s3cret"}, ["JWKS"]),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "JWKS": '{"keys": []}'}, ["JWKS"]),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "SECRET": "s3cret"}, ["ALGORITHMS"]),
        (
            {"ISSUER": ISSUER, "AUDIENCE": "a", "SECRET": "s3cret", "ALGORITHMS": "HS256"},
            ["SECRET", "ALGORITHMS"],
        ),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "LEEWAY": "s3cret"}, ["LEEWAY"]),
        ({"ISSUER": ISSUER, "AUDIENCE": "a", "AUDIENCE_FILE": "b"}, ["AUDIENCE", "AUDIENCE_FILE"]),
        ({"ISSUER": ISSUER, "AUDIENCE_FILE": "/s3cret/file"}, ["AUDIENCE_FILE"]),
        ({"ISSUER": ISSUER, "AUDIENCE_FILE": "/dev/zero"}, ["AUDIENCE_FILE"]),
        ({"ISSUER": ISSUER, "AUDIENCE_FILE": "/"}, ["AUDIENCE_FILE"]),
    ],
)
def test_errors_name_invalid_settings_but_not_their_values(
    environment: Environment, values: dict[str, str], names: list[str]
) -> None:
    settings(environment, **values)
    error = refused()
    assert error.settings == tuple(PREFIX + name for name in names)
    assert "s3cret" not in "".join(traceback.format_exception(error))


@pytest.mark.skipif(sys.platform == "win32", reason="its environment has no octets")
def test_text_that_is_not_unicode_is_an_error(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4")
    settings(environment, ISSUER=ISSUER, AUDIENCE_FILE=str(tmp_path / "latin"))
    error = refused()
    assert error.settings == ("VERIJOT_AUDIENCE_FILE",)
    assert error.message == "not Unicode; write it in UTF-8"
    assert error.__context__ is None
    program = "from verijot import JwksClient; JwksClient.from_environment()"
    for locale in ("C.UTF-8", "C", "en_US.ISO-8859-1"):
        octets = {b"LC_ALL": locale.encode(), b"VERIJOT_ISSUER": b"https://\xe4.example"}
        done = subprocess.run(  # noqa: S603, the program is above
            [sys.executable, "-c", program], env=octets, capture_output=True, check=False
        )
        assert b"invalid_settings: VERIJOT_ISSUER: not Unicode" in done.stderr


def test_settings_of_keys_are_not_ignored(environment: Environment, issuer: Issuer) -> None:
    settings(environment, ISSUER=issuer.url, AUDIENCE=AUDIENCE, JWKS=issuer.jwks)
    for given in (CacheSettings(purposes="jwt-svid"), CacheSettings(certificates="ES256")):
        with pytest.raises(TypeError, match="a JwkSet has its own"):
            JwksClient.from_environment(settings=given)
        with pytest.raises(TypeError, match="a JwkSet has its own"):
            JwksClient(JwkSet.from_json(issuer.jwks), ANY, settings=given)
    key = issuer.keys[0].jwk
    both = json.dumps({"keys": [key, {**key, "use": "jwt-svid"}]})
    settings(environment, JWKS=both, KEY_PURPOSES="jwt-svid")
    health = JwksClient.from_environment().health()
    assert (health.usable_keys, health.skipped_keys) == (1, 1)


def test_an_option_is_set_in_one_place(environment: Environment) -> None:
    settings(environment, ISSUER=ISSUER, AUDIENCE="a", LEEWAY="5")
    with pytest.raises(TypeError, match="leeway"):
        JwksClient.from_environment(leeway=0)
    client = JwksClient.from_environment(algorithms="ES256")
    assert json.loads(client.verifier.policy.to_json())["algorithms"] == ["ES256"]


def test_a_policy_document_in_a_setting(environment: Environment, tmp_path: Path) -> None:
    policy = Policy(issuer=ISSUER, audience="a", leeway=5, max_age=60)
    (tmp_path / "policy.json").write_text(policy.to_json() + "\n")
    file = str(tmp_path / "policy.json")
    for name, value in (("POLICY", policy.to_json()), ("POLICY_FILE", file)):
        environment.delenv(PREFIX + "LEEWAY", raising=False)
        environment.delenv(PREFIX + "POLICY", raising=False)
        settings(environment, **{name: value})
        assert JwksClient.from_environment().verifier.policy == policy
        client = JwksClient.from_environment(required_claims="jti")
        assert json.loads(client.verifier.policy.to_json())["required_claims"] == ["jti"]
        with pytest.raises(TypeError, match="the policy already has max_age"):
            JwksClient.from_environment(max_age=60)
        settings(environment, LEEWAY="5")
        assert refused().settings == ("VERIJOT_POLICY", "VERIJOT_LEEWAY")
