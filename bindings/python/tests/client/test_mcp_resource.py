"""The example of a protected resource, and a client that finds its way to it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from example_services import started
from verijot.testing import Issuer

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def resource(issuer: Issuer) -> Iterator[str]:
    with started("mcp", issuer, path="/mcp") as url:
        yield f"{url}/mcp"


def call(resource: str, raw: str | None = None) -> httpx.Response:
    headers = {} if raw is None else {"Authorization": f"Bearer {raw}"}
    return httpx.post(resource, json=CALL, headers=headers)


def metadata_url(refused: httpx.Response) -> str:
    """Returns the URL in a challenge, as RFC 9728 section 5.1 has it."""
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    found = re.search(r'resource_metadata="([^"]+)"', challenge)
    assert found is not None, challenge
    return found[1]


def metadata_of(resource: str) -> dict[str, Any]:
    """Finds the metadata as a client does that knows only the URL of the resource."""
    refused = call(resource)
    assert refused.status_code == 401
    found = httpx.get(metadata_url(refused))
    assert found.status_code == 200
    metadata: dict[str, Any] = found.json()
    # Otherwise a service could send clients of another to its own server (RFC 9728 section 3.3).
    assert metadata["resource"] == resource
    return metadata


def test_a_client_finds_its_way(issuer: Issuer, resource: str) -> None:
    metadata = metadata_of(resource)
    [server] = metadata["authorization_servers"]
    configuration = httpx.get(f"{server}/.well-known/openid-configuration").json()
    assert configuration["issuer"] == server == issuer.url
    scope = " ".join(metadata["scopes_supported"])
    raw = issuer.mint({"sub": "alice", "scope": scope}, audience=metadata["resource"])
    answer = call(resource, raw)
    assert answer.status_code == 200
    [tool] = answer.json()["result"]["tools"]
    assert tool["description"] == "Notes of alice"


def test_metadata_are_where_rfc_9728_has_them(resource: str) -> None:
    origin = resource.removesuffix("/mcp")
    expected = f"{origin}/.well-known/oauth-protected-resource/mcp"
    assert metadata_url(call(resource)) == expected


def test_a_token_for_another_resource(issuer: Issuer, resource: str) -> None:
    claims = {"sub": "alice", "scope": "notes:read"}
    for audience in ["https://other.example/mcp", f"{resource}/", resource.removesuffix("/mcp")]:
        refused = call(resource, issuer.mint(claims, audience=audience))
        assert refused.status_code == 401
        assert refused.json() == {"detail": "wrong_audience"}
        assert metadata_url(refused)


def test_a_token_without_the_scope(issuer: Issuer, resource: str) -> None:
    refused = call(resource, issuer.mint({"sub": "alice"}, audience=resource))
    assert refused.status_code == 403
    assert metadata_url(refused)
    assert 'scope="notes:read"' in refused.headers["WWW-Authenticate"]
