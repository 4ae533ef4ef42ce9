"""Requests whose access token is refreshed, by a real token endpoint, in threads and tasks."""

import asyncio
import logging
import subprocess
import sys
import threading
import time
import traceback
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from token_service import TokenService
from verijot import (
    AccessTokenError,
    MalformedAuthorizationError,
    RefreshUnavailableError,
    SignInNeededError,
    StorageNeededError,
)
from verijot.httpx import (
    IssuedTokens,
    RefreshFailedError,
    RefreshGrant,
    RefreshingAuth,
    RefreshSettings,
)
from verijot.httpx._modules import INSTALLED, httpx
from verijot.testing import FixedClock

FIRST = IssuedTokens("access-0", "refresh-0", 3600)

Eventually = Callable[..., None]


@pytest.fixture(params=INSTALLED, ids=lambda module: module.__name__)
def library(request: pytest.FixtureRequest) -> ModuleType:
    """Each of httpx2 and httpx that is installed, for the client that the tokens are for."""
    module: ModuleType = request.param
    return module


@pytest.fixture
def service() -> Iterator[TokenService]:
    with TokenService() as service:
        yield service


@pytest.fixture
def stored() -> list[IssuedTokens]:
    return []


@pytest.fixture
def auth(service: TokenService, clock: FixedClock, stored: list[IssuedTokens]) -> RefreshingAuth:
    grant = RefreshGrant(service.endpoint, client_id="notes")
    return RefreshingAuth(grant, FIRST, store=stored.append, clock=clock)


def get(service: TokenService, auth: RefreshingAuth) -> int:
    with httpx.Client(base_url=service.url, auth=auth, trust_env=False) as client:
        return client.get("/").status_code


async def aget(service: TokenService, auth: RefreshingAuth, times: int = 1) -> Counter[int]:
    async with httpx.AsyncClient(base_url=service.url, auth=auth, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(times)))
    return Counter(answer.status_code for answer in answers)


def test_a_token_is_refreshed_before_it_ends(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    assert get(service, auth) == 200
    clock.advance(3539)
    assert get(service, auth) == 200
    assert service.refreshes == 0
    service.gate.clear()
    clock.advance(1)
    get(service, auth)
    assert service.seen == ["access-0"] * 3
    service.gate.set()
    eventually(lambda: len(stored) == 1)
    assert get(service, auth) == 200
    assert service.seen[-1] == "access-1"
    assert stored == [IssuedTokens("access-1", "refresh-1", 3600)]
    assert service.forms == [
        {"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "notes"}
    ]


def test_refresh_tokens_that_rotate(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    for number in range(1, 6):
        clock.advance(3601)
        assert get(service, auth) == 200
        assert service.seen[-1] == f"access-{number}"
    assert [form["refresh_token"] for form in service.forms] == [f"refresh-{n}" for n in range(5)]
    assert auth.health().is_valid


def test_a_hundred_tasks_cause_one_refresh(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, stored: list[IssuedTokens]
) -> None:
    clock.advance(3601)
    service.delay = 0.2
    assert asyncio.run(aget(service, auth, 100)) == {200: 100}
    assert (service.refreshes, len(stored)) == (1, 1)
    assert set(service.seen) == {"access-1"}


def test_a_hundred_refused_tasks_cause_one_refresh(
    service: TokenService, auth: RefreshingAuth
) -> None:
    service.access.clear()
    service.delay = 0.2
    assert asyncio.run(aget(service, auth, 100)) == {200: 100}
    assert service.refreshes == 1
    assert Counter(service.seen)["access-1"] == 100


@pytest.mark.parametrize("cause", ["expired", "refused"])
def test_sixteen_threads_cause_one_refresh(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, cause: str
) -> None:
    if cause == "refused":
        service.access.clear()
    else:
        clock.advance(3601)
    service.delay = 0.2
    barrier = threading.Barrier(16)

    def ask(_: int) -> int:
        barrier.wait()
        return get(service, auth)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {200}
    assert service.refreshes == 1


def test_threads_and_tasks_share_one_refresh(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    clock.advance(3601)
    service.delay = 0.3
    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(get, service, auth) for _ in range(8)]
        assert asyncio.run(aget(service, auth, 8)) == {200: 8}
        assert {thread.result() for thread in threads} == {200}
    assert service.refreshes == 1


def test_the_old_token_serves_on_while_a_refresh_fails(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, eventually: Eventually
) -> None:
    clock.advance(3545)
    with service.answering(500):
        for _ in range(2):
            failures = auth.health().failures
            assert get(service, auth) == 200
            eventually(lambda failures=failures: auth.health().failures > failures)
            assert get(service, auth) == 200
            clock.advance(10)
        assert auth.health().last_failure == "unexpected_status: 500"
        assert service.refreshes == 2
        clock.advance(60)
        with pytest.raises(RefreshUnavailableError, match="unexpected_status: 500") as refused:
            get(service, auth)
        assert 1 <= refused.value.retry_after <= 60
        assert service.refreshes == 3
    clock.advance(60)
    assert get(service, auth) == 200
    assert auth.health().failures == 0


def test_no_answer_is_a_failure_too(clock: FixedClock) -> None:
    with TokenService() as gone:
        grant = RefreshGrant(gone.endpoint)
    auth = RefreshingAuth(grant, FIRST, age=3601, clock=clock)
    with pytest.raises(RefreshUnavailableError, match="no_answer"):
        httpx.get(gone.url, auth=auth, trust_env=False)
    assert auth.health().is_signed_in


def test_a_slow_endpoint(service: TokenService, clock: FixedClock) -> None:
    service.delay = 5
    auth = RefreshingAuth(RefreshGrant(service.endpoint, timeout=0.2), FIRST, clock=clock)
    clock.advance(3601)
    start = time.monotonic()
    with pytest.raises(RefreshUnavailableError, match="timed_out"):
        get(service, auth)
    assert time.monotonic() - start < 4


def test_nothing_is_refreshed_that_cannot_be_stored(
    service: TokenService, clock: FixedClock
) -> None:
    can_store = False
    auth = RefreshingAuth(
        RefreshGrant(service.endpoint), FIRST, can_store=lambda: can_store, clock=clock
    )
    clock.advance(3590)
    assert get(service, auth) == 200
    clock.advance(11)
    with pytest.raises(StorageNeededError):
        get(service, auth)
    assert service.refreshes == 0
    can_store = True
    assert get(service, auth) == 200


def test_a_refusal_stands_where_nothing_can_be_stored(
    service: TokenService, clock: FixedClock
) -> None:
    def unknown() -> bool:
        raise OSError

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, can_store=unknown, clock=clock)
    service.access.clear()
    assert get(service, auth) == 401
    assert (service.refreshes, len(service.seen)) == (0, 1)


def test_what_could_not_be_stored_is_stored_before_the_next_refresh(
    service: TokenService, clock: FixedClock
) -> None:
    stored: list[IssuedTokens] = []
    is_full = True

    def store(tokens: IssuedTokens) -> None:
        if is_full:
            raise OSError(tokens.refresh_token)
        stored.append(tokens)

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, store=store, clock=clock)
    clock.advance(3601)
    assert get(service, auth) == 200
    clock.advance(3601)
    with pytest.raises(RefreshUnavailableError):
        get(service, auth)
    assert service.refreshes == 1
    is_full = False
    clock.advance(60)
    assert get(service, auth) == 200
    assert [tokens.refresh_token for tokens in stored] == ["refresh-1", "refresh-2"]


def test_tokens_are_stored_before_they_are_used(service: TokenService, clock: FixedClock) -> None:
    seen_before: list[list[str]] = []

    def store(_: IssuedTokens) -> None:
        time.sleep(0.2)
        seen_before.append(list(service.seen))

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, store=store, clock=clock)
    clock.advance(3601)
    assert asyncio.run(aget(service, auth, 10)) == {200: 10}
    assert seen_before == [[]]


def test_a_401_is_answered_with_one_more_request(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, library: ModuleType
) -> None:
    service.access.clear()
    with library.Client(base_url=service.url, auth=auth, trust_env=False) as client:
        assert client.post("/", content=b"note").status_code == 200
    assert service.bodies == [b"note", b"note"]
    assert service.seen == ["access-0", "access-1"]
    service.access.clear()
    assert get(service, auth) == 401
    assert (service.refreshes, len(service.seen)) == (1, 3)
    clock.advance(31)
    service.lifetime = 3600
    with service.answering(200, b'{"access_token": "bad", "token_type": "Bearer"}'):
        assert get(service, auth) == 401
    assert service.seen[-2:] == ["access-1", "bad"]


def test_a_stream_is_sent_once(
    service: TokenService, auth: RefreshingAuth, library: ModuleType
) -> None:
    service.access.clear()

    def parts() -> Iterator[bytes]:
        yield b"no"
        yield b"te"

    async def aparts() -> AsyncIterator[bytes]:
        yield b"no"
        yield b"te"

    with library.Client(base_url=service.url, auth=auth, trust_env=False) as client:
        assert client.post("/", content=parts()).status_code == 401

    async def main() -> int:
        async with library.AsyncClient(base_url=service.url, auth=auth, trust_env=False) as client:
            answer = await client.post("/", content=aparts())
        status: int = answer.status_code
        return status

    assert asyncio.run(main()) == 401
    assert service.bodies == [b"note", b"note"]
    assert service.refreshes == 0


def test_a_refresh_token_that_is_refused_ends_the_session(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    auth.sign_in(IssuedTokens("access-0", "stolen", 3600))
    clock.advance(3601)
    for _ in range(3):
        with pytest.raises(SignInNeededError, match="invalid_grant") as refused:
            get(service, auth)
        assert isinstance(refused.value, AccessTokenError)
    assert service.refreshes == 1
    assert not auth.health().is_signed_in
    assert auth.health().last_failure == "invalid_grant"
    service.access.append("access-9")
    auth.sign_in(IssuedTokens("access-9"))
    assert get(service, auth) == 200


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"error": "invalid_client"}'),
        (400, b'{"error": "invalid_request"}'),
        (400, b"<html>"),
        (302, b""),
        (200, b""),
        (200, b"[]"),
        (200, b'{"access_token": "a"}'),
        (200, b'{"access_token": "a", "token_type": "mac"}'),
        (200, b'{"access_token": "a b", "token_type": "bearer"}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": "1h"}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": true}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": -1}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "refresh_token": 1}'),
        (200, b'{"access_token": "a", "token_type": "bearer"}' + b" " * 65_536),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": 0}'),
    ],
)
def test_answers_that_are_none_do_not_end_it(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, status: int, body: bytes
) -> None:
    clock.advance(3601)
    with service.answering(status, body), pytest.raises(RefreshUnavailableError):
        get(service, auth)
    assert auth.health().is_signed_in
    clock.advance(60)
    assert get(service, auth) == 200


def test_an_answer_without_a_refresh_token_leaves_the_old_one(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    clock.advance(3601)
    service.access.append("a")
    with service.answering(200, b'{"access_token": "a", "token_type": "bearer", "expires_in": 60}'):
        assert get(service, auth) == 200
    clock.advance(61)
    assert get(service, auth) == 200
    assert [form["refresh_token"] for form in service.forms] == ["refresh-0", "refresh-0"]


def test_without_tokens_somebody_has_to_sign_in(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    auth.sign_out()
    with pytest.raises(SignInNeededError):
        get(service, auth)
    auth.sign_in(IssuedTokens("access-0", expires_in=10))
    assert get(service, auth) == 200
    clock.advance(11)
    with pytest.raises(SignInNeededError):
        asyncio.run(aget(service, auth))
    assert service.refreshes == 0


def test_a_sign_in_makes_a_refresh_under_way_void(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    service.gate.clear()
    clock.advance(3550)
    get(service, auth)
    eventually(lambda: service.refreshes == 1)
    service.access = ["access-9"]
    auth.sign_in(IssuedTokens("access-9", "refresh-9"))
    assert get(service, auth) == 200
    service.gate.set()
    eventually(lambda: not any(t.name == "verijot-tokens" for t in threading.enumerate()))
    assert stored == []
    assert get(service, auth) == 200


def test_whoever_is_cancelled_takes_no_refresh_along(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    clock.advance(3601)
    service.gate.clear()

    async def main() -> Counter[int]:
        first = asyncio.create_task(aget(service, auth))
        await asyncio.to_thread(eventually, lambda: service.refreshes == 1)
        first.cancel()
        service.gate.set()
        return await aget(service, auth)

    assert asyncio.run(main()) == {200: 1}
    assert (service.refreshes, len(stored)) == (1, 1)


def test_a_refresh_outlives_the_event_loop(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    clock.advance(3550)
    service.gate.clear()
    asyncio.run(aget(service, auth))
    assert stored == []
    service.gate.set()
    eventually(lambda: len(stored) == 1)


def test_a_process_stores_what_it_has_begun_to_refresh(
    service: TokenService, tmp_path: Path
) -> None:
    program = """
import sys
from pathlib import Path
from verijot.httpx import IssuedTokens, RefreshGrant, RefreshingAuth
from verijot.httpx._modules import httpx
url, file = sys.argv[1:]
def store(tokens): Path(file).write_text(tokens.refresh_token)
tokens = IssuedTokens("access-0", "refresh-0", 3600)
auth = RefreshingAuth(RefreshGrant(url + "/token"), tokens, age=3550, store=store)
print(httpx.get(url, auth=auth, trust_env=False).status_code, Path(file).exists())
"""
    file = tmp_path / "refresh_token"
    service.delay = 1
    command = [sys.executable, "-c", program, service.url, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "200 False\n"
    assert file.read_text() == "refresh-1"


@pytest.mark.parametrize("caller", ["thread", "task"])
def test_an_async_refresh_and_store(service: TokenService, clock: FixedClock, caller: str) -> None:
    stored: list[str] = []

    async def refresh(refresh_token: str) -> IssuedTokens:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(service.endpoint, data=form)
        if answer.status_code != 200:
            raise RefreshFailedError.of_response(answer.status_code, answer.content)
        tokens: dict[str, Any] = answer.json()
        return IssuedTokens(tokens["access_token"], tokens["refresh_token"], tokens["expires_in"])

    async def store(tokens: IssuedTokens) -> None:
        await asyncio.sleep(0)
        stored.append(tokens.access_token)

    auth = RefreshingAuth(refresh, FIRST, store=store, clock=clock)
    for number in (1, 2):
        clock.advance(3601)
        if caller == "task":
            assert asyncio.run(aget(service, auth, 20)) == {200: 20}
        else:
            assert get(service, auth) == 200
        assert stored[-1] == f"access-{number}"
    clock.advance(3601)
    with (
        service.answering(400, b'{"error": "invalid_grant"}'),
        pytest.raises(SignInNeededError),
    ):
        asyncio.run(aget(service, auth)) if caller == "task" else get(service, auth)


def test_an_async_refresh_that_never_ends(clock: FixedClock, service: TokenService) -> None:
    async def refresh(_: str) -> IssuedTokens:
        await asyncio.Event().wait()
        raise AssertionError

    settings = RefreshSettings(refresh_timeout=0.1)
    auth = RefreshingAuth(refresh, FIRST, age=3601, settings=settings, clock=clock)
    with pytest.raises(RefreshUnavailableError, match="timed_out"):
        asyncio.run(aget(service, auth))


def test_a_refresh_that_hangs_is_not_started_again(service: TokenService) -> None:
    calls: list[str] = []
    end = threading.Event()

    def hang(refresh_token: str) -> IssuedTokens:
        calls.append(refresh_token)
        end.wait()
        return IssuedTokens("late")

    settings = RefreshSettings(refresh_timeout=0.02, shortest_rest=0.001, longest_rest=0.001)
    auth = RefreshingAuth(hang, FIRST, age=3601, settings=settings)
    try:
        for _ in range(5):
            with pytest.raises(RefreshUnavailableError, match="timed_out"):
                get(service, auth)
            time.sleep(0.005)
        assert calls == ["refresh-0"]
    finally:
        end.set()


def test_callables_that_do_anything(service: TokenService) -> None:
    def raising(_: str) -> IssuedTokens:
        raise SystemExit

    def nothing(_: str) -> Any:
        return None

    def negative(_: str) -> IssuedTokens:
        return IssuedTokens("a", expires_in=-1)

    for refresh in (raising, nothing, negative):
        auth = RefreshingAuth(refresh, FIRST, age=3601)
        with pytest.raises(RefreshUnavailableError, match="no_answer"):
            get(service, auth)
        with pytest.raises(RefreshUnavailableError):
            asyncio.run(aget(service, auth))


@pytest.mark.parametrize("url", ["http://api.example/", "ftp://127.0.0.1/"])
def test_a_token_is_not_sent_in_the_clear(
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


def test_nothing_shows_a_token_or_a_secret(
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


def test_one_token_serves_the_clients_of_every_library(
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


@pytest.mark.skipif(len(INSTALLED) == 1, reason="only one is installed")
@pytest.mark.parametrize(
    ("missing", "made_with"),
    [([], "httpx2"), (["httpx2"], "httpx"), (["httpx"], "httpx2"), (["httpx2", "httpx"], None)],
)
def test_either_library_will_do(missing: list[str], made_with: str | None) -> None:
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


def test_the_two_can_be_one() -> None:
    program = """
import httpx2
httpx2.alias_httpx()
import httpx
from verijot.httpx import RefreshingAuth
assert issubclass(RefreshingAuth, httpx.Auth) and httpx.Auth is httpx2.Auth
"""
    if httpx.__name__ == "httpx2":
        subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603
