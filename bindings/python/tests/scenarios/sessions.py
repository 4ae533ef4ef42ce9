"""Scenarios of sessions: RefreshingAuth, a scripted token endpoint and a scripted service."""

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx
from scenarios.playing import Json, Player, body_of, check, eventually, expect, members
from scenarios.server import Answer, Request
from verijot import RefreshUnavailableError, SignInNeededError, StorageNeededError
from verijot.httpx import IssuedTokens, RefreshGrant, RefreshingAuth, RefreshSettings

if TYPE_CHECKING:
    from concurrent.futures import Future

_ENDPOINT: Json = {
    "status": 200, "headers": {}, "access": None, "refresh": None, "expires_in": None,
    "error": None, "body": None, "body_base64": None, "fault": None, "hold": False,
}  # fmt: skip

_SENDING: Json = {
    "url": None, "status": None, "error": None, "retry_after": None, "sent": [], "times": 1,
    "as": None,
}  # fmt: skip


def play(scenario: Json, mode: str) -> None:
    player = _Sessions(members(scenario, settings={}, steps=[]), mode)
    try:
        player.play(scenario["steps"])
    finally:
        player.close()


class _Sessions(Player):
    def __init__(self, scenario: Json, mode: str) -> None:
        self.endpoint: Json = dict(_ENDPOINT)
        self.api: Json = {"accepts": [], "status": 200}
        self.storage = "writable"
        self.stored: Json | None = None
        self.number = 0
        super().__init__(scenario, mode)
        settings = scenario["settings"]
        timeout = settings.get("refresh_timeout", 30)
        # Without certificates: loading them takes too long for a timeout of 0.3 s.
        self.grant = RefreshGrant(f"{self.server.origin}/token", timeout=timeout, verify=False)
        self.auth = RefreshingAuth(
            self.arefresh if self.is_async else self.refresh,
            store=self.astore if self.is_async else self.store,
            can_store=lambda: self.storage != "read_only",
            settings=RefreshSettings(**settings),
            clock=self.clocks,
        )

    def refresh(self, refresh_token: str) -> IssuedTokens:
        self.enter()
        try:
            return self.grant(refresh_token)
        finally:
            self.leave()

    async def arefresh(self, refresh_token: str) -> IssuedTokens:
        self.enter()
        try:
            return await asyncio.to_thread(self.grant, refresh_token)
        finally:
            self.leave()

    def store(self, tokens: IssuedTokens) -> None:
        if self.storage == "broken":
            raise OSError
        self.stored = {"access": tokens.access_token, "refresh": tokens.refresh_token}

    async def astore(self, tokens: IssuedTokens) -> None:
        self.store(tokens)

    def is_fetching(self) -> int:
        return int(self.auth.health().is_refreshing)

    def do_sign_in(self, _: str, value: Json) -> None:
        tokens = _issued(members(value, access=None, refresh=None, expires_in=None))
        # In Python the application stores the tokens of a sign-in.
        self.store(tokens)
        self.auth.sign_in(tokens)

    def do_resume(self, _: str, value: Json) -> None:
        resumed = members(value, access=None, refresh=None, expires_in=None, age=0)
        self.auth.sign_in(_issued(resumed), age=resumed["age"])

    def do_sign_out(self, _: str, value: object) -> None:
        check(value is True, "sign_out")
        self.auth.sign_out()

    def do_endpoint(self, _: str, value: Json) -> None:
        self.endpoint = members(value, **_ENDPOINT)

    def do_api(self, _: str, value: Json) -> None:
        self.api = members(value, accepts=[], status=200)

    def do_storage(self, _: str, value: str) -> None:
        check(value in {"writable", "read_only", "broken"}, "storage")
        self.storage = value

    def do_request(self, _: str, value: Json) -> None:
        sending = members(value, **_SENDING)
        url = sending["url"] or f"{self.server.origin}/api"
        started: list[tuple[str, Future[Any]]] = []
        for _number in range(sending["times"]):
            self.number += 1
            headers = {"X-Request": str(self.number)}
            call = self.call(partial(self._get, url, headers), partial(self._aget, url, headers))
            started.append((str(self.number), call))
        if sending["as"] is None:
            self._check(started, sending)
        else:
            # Gives the call time to wait for a held response, or for another call's refresh.
            self.pause()
            self.started[sending["as"]] = started

    def do_join(self, _: str, value: Json) -> None:
        sending = members(value, **_SENDING)
        self._check(self.started.pop(sending["as"]), sending)

    def do_refreshes(self, _: str, count: int) -> None:
        eventually("refreshes", lambda: len(self._refreshes()), count)

    def do_refresh_token_sent(self, _: str, token: str) -> None:
        last = lambda: parse_qs(self._refreshes()[-1].body)["refresh_token"]  # noqa: E731
        eventually("refresh token", last, [token])

    def do_stored(self, _: str, value: Json | None) -> None:
        expected = None if value is None else members(value, access=None, refresh=None)
        eventually("stored", lambda: self.stored, expected)

    def do_health(self, _: str, value: Json) -> None:
        names = {
            "signed_in": "is_signed_in", "is_valid": "is_valid",
            "is_refreshing": "is_refreshing", "failures": "failures",
        }  # fmt: skip
        for name, expected in value.items():
            eventually(name, partial(self._health, names[name]), expected)

    def _health(self, name: str) -> object:
        return getattr(self.auth.health(), name)

    def answer(self, request: Request) -> Answer:
        if request.path == "/api":
            is_accepted = _token(request) in self.api["accepts"]
            return Answer(self.api["status"] if is_accepted else 401)
        script = self.endpoint
        document = {
            "access_token": script["access"], "token_type": script["access"] and "Bearer",
            "refresh_token": script["refresh"], "expires_in": script["expires_in"],
            "error": script["error"],
        }  # fmt: skip
        document = {name: value for name, value in document.items() if value is not None}
        body = body_of(script)
        return Answer(
            script["status"],
            {k: v.replace("{origin}", self.server.origin) for k, v in script["headers"].items()},
            json.dumps(document).encode() if body is None else body,
            script["fault"],
            script["hold"],
        )

    def _get(self, url: str, headers: dict[str, str]) -> int:
        with httpx.Client(auth=self.auth, trust_env=False, verify=False) as client:  # noqa: S501
            return client.get(url, headers=headers).status_code

    async def _aget(self, url: str, headers: dict[str, str]) -> int:
        async with httpx.AsyncClient(auth=self.auth, trust_env=False, verify=False) as client:  # noqa: S501
            return (await client.get(url, headers=headers)).status_code

    def _check(self, started: "list[tuple[str, Future[Any]]]", sending: Json) -> None:
        for number, call in started:
            status, error, retry_after = None, None, None
            try:
                status = call.result(10)
            except SignInNeededError:
                error = "sign_in_needed"
            except StorageNeededError:
                error = "storage_needed"
            except RefreshUnavailableError as unavailable:
                error, retry_after = "unavailable", unavailable.retry_after
            except httpx.UnsupportedProtocol:
                error = "unsafe_url"
            except httpx.TransportError:
                error = "no_answer"
            expect("answer", (status, error), (sending["status"], sending["error"]))
            if sending["retry_after"] is not None:
                expect("retry after", retry_after, sending["retry_after"])
            requests = list(self.server.requests)
            sent = [_token(it) for it in requests if it.headers.get("x-request") == number]
            expect("sent", sent, sending["sent"])

    def _refreshes(self) -> list[Request]:
        return [request for request in list(self.server.requests) if request.path == "/token"]


def _issued(value: Json) -> IssuedTokens:
    return IssuedTokens(value["access"], value["refresh"], value["expires_in"])


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")
