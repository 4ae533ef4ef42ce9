"""The example of logout over the back channel, with an issuer and a database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from example_services import started
from verijot.testing import Issuer

LOGOUT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def service(issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("CLIENT_ID", "client-id")
    monkeypatch.setenv("DATABASE", f"sqlite:///{tmp_path}/logouts.db")
    with started("logout", issuer) as url:
        yield url


def post(service: str, token: str) -> int:
    answer = httpx.post(f"{service}/backchannel-logout", data={"logout_token": token})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text == ""
    return answer.status_code


def test_a_session_ends_once(issuer: Issuer, service: str) -> None:
    claims = {"sub": "alice", "sid": "s1", "jti": "j1", "events": LOGOUT}
    token = issuer.mint(claims, audience="client-id", header={"typ": "logout+jwt"})
    assert post(service, token) == 200
    assert post(service, token) == 400
    # An ID token is no logout token.
    assert post(service, issuer.mint({"sub": "alice"}, audience="client-id")) == 400
    assert post(service, "") == 400
    assert post(service, "a" * 40_000) == 400
    assert httpx.get(f"{service}/ended").json() == [["alice", "s1"]]
