"""httpx2 and httpx, client authentication, and where tokens are not sent or shown."""

import asyncio
import logging
import subprocess
import sys
import traceback
from base64 import b64decode
from types import ModuleType

import pytest
from refreshing.sending import get
from token_service import TokenService
from verijot import (
    AccessTokenError,
    MalformedAuthorizationError,
)
from verijot.httpx import (
    IssuedTokens,
    RefreshGrant,
    RefreshingAuth,
)
from verijot.httpx._modules import INSTALLED, httpx
from verijot.testing import FixedClock


@pytest.mark.parametrize("url", ["http://api.example/", "ftp://127.0.0.1/"])
def test_a_token_is_sent_over_https_only(
    auth: RefreshingAuth, library: ModuleType, url: str
) -> None:
    with (
        library.Client(auth=auth, trust_env=False) as client,
        pytest.raises(library.UnsupportedProtocol),
    ):
        client.get(url)


def test_a_client_with_a_secret(service: TokenService) -> None:
    grant = RefreshGrant(
        service.endpoint, client_id="a b", client_secret="p:w+d", scope="notes:write"
    )
    assert grant("refresh-0").access_token == "access-1"
    [authorization] = service.authorizations
    assert authorization is not None
    assert b64decode(authorization.removeprefix("Basic ")) == b"a+b:p%3Aw%2Bd"
    assert service.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-0",
            "scope": "notes:write",
        }
    ]
    with pytest.raises(ValueError, match="client_id"):
        RefreshGrant(service.endpoint, client_secret="secret")
    for endpoint in ("http://issuer.example/token", "token", ""):
        with pytest.raises(ValueError, match="https only"):
            RefreshGrant(endpoint)


def test_tokens_that_cannot_be_sent() -> None:
    for access_token in ("", "a b", "a\r\nX: y", "ä"):
        with pytest.raises(MalformedAuthorizationError):
            IssuedTokens(access_token)


def test_no_text_contains_a_token_or_a_secret(
    service: TokenService, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = IssuedTokens("access-s3cret", "refresh-s3cret", 3600)

    def store(tokens: IssuedTokens) -> None:
        raise ValueError(tokens.refresh_token)

    def leaky(refresh_token: str) -> IssuedTokens:
        raise ValueError(refresh_token)

    grant = RefreshGrant(
        f"{service.endpoint}?key=s3cret", client_id="notes", client_secret="client-s3cret"
    )
    shown = [repr(tokens), str(tokens), repr(grant)]
    for refresh in (grant, leaky):
        auth = RefreshingAuth(refresh, tokens, store=store, clock=clock)
        clock.advance(3601)
        with pytest.raises(AccessTokenError) as refused:
            get(service, auth)
        shown += [repr(auth), repr(auth.health()), *traceback.format_exception(refused.value)]
    with service.answering(
        200, b'{"access_token": "access-s3cret", "token_type": "bearer", "expires_in": 9}'
    ):
        auth = RefreshingAuth(grant, tokens, age=3601, store=store, clock=clock)
        get(service, auth)
    shown += [record.getMessage() for record in caplog.records if record.name == "verijot"]
    assert len(shown) > 10
    assert "s3cret" not in "\n".join(shown)


def test_one_auth_works_with_the_clients_of_every_library(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    clock.advance(3601)
    for module in INSTALLED:
        assert isinstance(auth, module.Auth)
        assert module.get(service.url, auth=auth, trust_env=False).status_code == 200

        async def main(module: ModuleType = module) -> int:
            async with module.AsyncClient(auth=auth, trust_env=False) as client:
                answer = await client.get(service.url)
                status: int = answer.status_code
                return status

        assert asyncio.run(main()) == 200
    assert service.refreshes == 1


@pytest.mark.skipif(len(INSTALLED) == 1, reason="only one library is installed")
@pytest.mark.parametrize(
    ("missing", "made_with"),
    [([], "httpx2"), (["httpx2"], "httpx"), (["httpx"], "httpx2"), (["httpx2", "httpx"], None)],
)
def test_either_library_is_enough(missing: list[str], made_with: str | None) -> None:
    program = """
import sys
for name in sys.argv[1:]:
    sys.modules[name] = None
from verijot.httpx import RefreshingAuth
from verijot.httpx._modules import INSTALLED, httpx
assert all(issubclass(RefreshingAuth, module.Auth) for module in INSTALLED)
print(httpx.__name__)
"""
    command = [sys.executable, "-c", program, *missing]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if made_with is None:
        assert "verijot[httpx2]" in done.stderr
    else:
        assert done.stdout == f"{made_with}\n"


def test_both_names_can_be_one_library() -> None:
    program = """
import httpx2
httpx2.alias_httpx()
import httpx
from verijot.httpx import RefreshingAuth
assert issubclass(RefreshingAuth, httpx.Auth) and httpx.Auth is httpx2.Auth
"""
    if httpx.__name__ == "httpx2":
        subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603
