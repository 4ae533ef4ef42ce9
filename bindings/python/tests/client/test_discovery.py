"""Clients that find the keys through the issuer's metadata."""

import json

import pytest
from verijot import JwksClient, KeysUnavailableError
from verijot.testing import Answer, FixedClock, Issuer, SigningKey

AUDIENCE = "https://api.example"
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
KEYS = "/.well-known/jwks.json"
MISSING = Answer(status=404, body=b"")


def metadata(issuer: str, jwks_uri: str) -> Answer:
    return Answer(body=json.dumps({"issuer": issuer, "jwks_uri": jwks_uri}).encode())


@pytest.fixture
def client(issuer: Issuer, clock: FixedClock) -> JwksClient:
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)


def paths(issuer: Issuer) -> list[str]:
    return [path for path, _ in issuer.requests]


def test_openid_connect_metadata_is_fetched_first(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    client.verify(raw)
    assert paths(issuer) == [OPENID, KEYS]


def test_rfc_8414_metadata_is_fetched_second(client: JwksClient, issuer: Issuer, raw: str) -> None:
    with issuer.answering(MISSING, OPENID):
        client.verify(raw)
    assert paths(issuer) == [OPENID, OAUTH, KEYS]


@pytest.mark.parametrize("other", ["https://evil.example", "{}/", "{}/tenant"])
def test_metadata_of_another_issuer_is_refused(
    client: JwksClient, issuer: Issuer, raw: str, other: str
) -> None:
    with (
        issuer.answering(metadata(other.format(issuer.url), issuer.jwks_url), OPENID),
        pytest.raises(KeysUnavailableError),
    ):
        client.verify(raw)
    assert paths(issuer) == [OPENID]
    assert "a different issuer" in str(client.health().last_failure)


@pytest.mark.parametrize(
    "url", ["http://issuer.example/keys", "file:///etc/passwd", "https://a@b/", 1]
)
def test_unsafe_urls_of_keys_are_refused(
    client: JwksClient, issuer: Issuer, raw: str, url: str
) -> None:
    with (
        issuer.answering(metadata(issuer.url, url), OPENID),
        pytest.raises(KeysUnavailableError),
    ):
        client.verify(raw)
    assert paths(issuer) == [OPENID]


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"", b"[]", b" " * 1_000_000])
def test_invalid_metadata_is_refused(
    client: JwksClient, issuer: Issuer, raw: str, body: bytes
) -> None:
    with issuer.answering(Answer(body=body), OPENID), pytest.raises(KeysUnavailableError):
        client.verify(raw)
    assert paths(issuer) == [OPENID]


def test_a_redirect_of_the_metadata_is_not_followed(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    redirect = Answer(status=302, body=b"", headers={"Location": OAUTH})
    with issuer.answering(redirect, OPENID), pytest.raises(KeysUnavailableError):
        client.verify(raw)
    assert paths(issuer) == [OPENID]
    assert client.health().last_failure == "no_answer: FetchError: unexpected_status: 302"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_only_missing_metadata_leads_to_the_next_location(
    client: JwksClient, issuer: Issuer, raw: str, status: int
) -> None:
    broken = Answer(status=status, body=b"")
    with issuer.answering(broken, OPENID), pytest.raises(KeysUnavailableError):
        client.verify(raw)
    assert paths(issuer) == [OPENID]


def test_health_says_why_there_was_no_response(issuer: Issuer, raw: str) -> None:
    client = JwksClient.from_issuer(issuer.url, audience=AUDIENCE)
    issuer.close()
    with pytest.raises(KeysUnavailableError):
        client.verify(raw)
    assert "refused" in str(client.health().last_failure)


def test_the_fallback_location_unless_discovery_only(clock: FixedClock) -> None:
    with Issuer(clock=clock, metadata=False) as issuer:
        raw = issuer.mint({}, audience=AUDIENCE)
        strict = JwksClient.from_issuer(
            issuer.url, audience=AUDIENCE, discovery_only=True, clock=clock
        )
        with pytest.raises(KeysUnavailableError):
            strict.verify(raw)
        assert paths(issuer) == [OPENID, OAUTH]
        assert "no_metadata" in str(strict.health().last_failure)
        client = JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)
        client.verify(raw)
        assert paths(issuer)[2:] == [OPENID, OAUTH, KEYS]


def test_wrong_metadata_does_not_lead_to_the_fallback_location(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    with (
        issuer.answering(metadata("https://evil.example", issuer.jwks_url), OPENID),
        pytest.raises(KeysUnavailableError),
    ):
        client.verify(raw)
    assert paths(issuer) == [OPENID]


def test_keys_that_move(client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str) -> None:
    client.verify(raw)
    key = SigningKey.ed25519("moved")
    moved = Answer(body=json.dumps({"keys": [key.jwk]}).encode())
    clock.advance(1)
    with (
        issuer.answering(metadata(issuer.url, f"{issuer.url}/moved"), OPENID),
        issuer.answering(moved, "/moved"),
    ):
        client.verify(issuer.mint({}, key, audience=AUDIENCE))
    assert "/moved" in paths(issuer)


def test_known_keys_url_is_used_while_the_metadata_is_unavailable(
    client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    client.verify(raw)
    clock.advance(1)
    key = issuer.rotate()
    with issuer.answering(Answer(status=500, body=b""), OPENID):
        assert client.verify(issuer.mint({}, audience=AUDIENCE)).key_id == key.kid


def test_slow_metadata_leaves_time_for_the_keys(
    client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    client.verify(raw)
    clock.advance(1)
    issuer.rotate()
    with issuer.answering(Answer(delay=10), OPENID):
        client.verify(issuer.mint({}, audience=AUDIENCE))
