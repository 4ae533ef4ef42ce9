"""Scenarios of keys over time: JwksClients and a scripted issuer."""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scenarios.playing import Json, Player, body_of, check, eventually, expect, members
from scenarios.server import Answer, Request
from verijot import (
    CacheSettings,
    InvalidJwksError,
    InvalidKeySourceError,
    JwksClient,
    VerificationError,
    Verifier,
)
from verijot._native import KeyLocation
from verijot.fetch import AsyncFetch, Fetch, FetchResponse
from verijot.fetch import fetch as fetch_with_urllib
from verijot.httpx import fetch_with

if TYPE_CHECKING:
    from concurrent.futures import Future

_KEYS: Json = {
    "path": None, "status": 200, "headers": {}, "keys": [], "more_keys": 0, "pad_octets": 0,
    "body": None, "body_base64": None, "etag": None, "not_modified": False, "fault": None,
    "hold": False,
}  # fmt: skip

_METADATA: Json = {
    "issuer": "{origin}", "jwks_uri": "{origin}/keys", "status": 200, "headers": {}, "body": None,
    "body_base64": None, "fault": None, "hold": False,
}  # fmt: skip

_SCENARIO: Json = {
    "requires": [], "settings": {}, "source": {"jwks_url": "{origin}/keys"}, "deployment": None,
    "loop_each_call": False, "setup_error": None, "steps": [],
}  # fmt: skip

_HEALTH = {"usable_keys", "is_fresh", "is_seed", "is_fetching", "failures", "purged"}

_fetch_with_httpx = fetch_with(verify=False)


def play(fixtures: Json, scenario: Json, mode: str) -> None:
    player = _Keys(fixtures, members(scenario, **_SCENARIO), mode)
    try:
        if player.scenario["setup_error"] is None:
            player.play(player.scenario["steps"])
            return
        try:
            player.client("main")
        except InvalidKeySourceError:
            expect("setup", "invalid_key_source", player.scenario["setup_error"])
        else:
            expect("setup", "ok", player.scenario["setup_error"])
    finally:
        player.close()


class _Keys(Player):
    def __init__(self, fixtures: Json, scenario: Json, mode: str) -> None:
        self.scenario = scenario
        self.fixtures = fixtures
        self.clients: dict[str, JwksClient] = {}
        self.keys: dict[str | None, Json] = {None: dict(_KEYS)}
        self.metadata: Json = dict(_METADATA)
        super().__init__(scenario, mode)

    def client(self, name: str) -> JwksClient:
        if name not in self.clients:
            self.clients[name] = self._new_client()
        return self.clients[name]

    def is_fetching(self) -> int:
        return sum(client.health().is_fetching for client in list(self.clients.values()))

    def do_issuer(self, _: str, value: Json) -> None:
        answer = members(value, **_KEYS)
        self.keys[answer["path"]] = answer

    def do_metadata(self, _: str, value: Json) -> None:
        self.metadata = members(value, **_METADATA)

    def do_verify(self, client: str, value: Json) -> None:
        verify = members(value, token=None, expect=None, retry_after=None, times=1, **{"as": None})
        token, on = self.fixtures["tokens"][verify["token"]], self.client(client)
        calls = [
            self.call(partial(on.verify, token), partial(on.averify, token))
            for _ in range(verify["times"])
        ]
        if verify["as"] is None:
            _check(calls, verify, "accepted")
        else:
            expect("expect beside as", verify["expect"], None)
            # Gives the call time to wait for a held response, or for another call's fetch.
            self.pause()
            self.started[verify["as"]] = calls

    def do_join(self, _: str, value: Json) -> None:
        join = members(value, expect=None, retry_after=None, **{"as": None})
        _check(self.started.pop(join["as"]), join, "accepted")

    def do_seed(self, client: str, value: Json) -> None:
        seed = members(value, keys=[], age=0, sha256=None, expect=None)
        jwks = json.dumps({"keys": [self.fixtures["keys"][name] for name in seed["keys"]]})
        right = hashlib.sha256(jwks.encode()).hexdigest()
        sha256 = {None: None, "right": right, "wrong": "0" * 64}[seed["sha256"]]
        outcome = "ok"
        try:
            self.client(client).seed(jwks, self.clocks.now() - seed["age"], sha256)
        except InvalidJwksError as error:
            outcome = error.code
        expect("seed", outcome, seed["expect"])

    def do_export_to(self, client: str, other: str) -> None:
        snapshot = self.client(client).export()
        if snapshot is not None:
            self.client(other).seed(*snapshot)
        check(snapshot is not None, "nothing to export")

    do_fork_to = do_export_to
    """Gives the other client the keys that a child would have; test_fork.py really forks."""

    def do_purge(self, client: str, kid: str) -> None:
        self.client(client).purge(kid)

    def do_restore(self, client: str, kid: str) -> None:
        check(self.client(client).restore(kid), "nothing to restore")

    def do_refresh_now(self, client: str, value: Json) -> None:
        on = self.client(client)
        call = self.call(on.refresh_now, on.arefresh_now)
        _check([call], members(value, expect=None, retry_after=None), "ok")

    def do_restart(self, client: str, value: object) -> None:
        check(value is True, "restart")
        del self.clients[client]

    def do_fetches(self, _: str, count: int) -> None:
        eventually("fetches", lambda: sum(not _is_metadata(it) for it in self._paths()), count)

    def do_metadata_fetches(self, _: str, count: int) -> None:
        eventually("metadata fetches", lambda: sum(map(_is_metadata, self._paths())), count)

    def do_health(self, client: str, value: Json) -> None:
        for name, expected in members(value, **dict.fromkeys(_HEALTH)).items():
            if name in value:
                eventually(name, partial(self._health, client, name), expected)

    def _health(self, client: str, name: str) -> Any:
        return getattr(self.client(client).health(), name)

    def answer(self, request: Request) -> Answer:
        if _is_metadata(request.path):
            document = {name: self._at(self.metadata[name]) for name in ("issuer", "jwks_uri")}
            return self._scripted(self.metadata, json.dumps(document).encode())
        script = self.keys.get(request.path, self.keys[None])
        etag = script["etag"]
        headers = {} if etag is None else {"ETag": etag}
        is_known = etag is not None and request.headers.get("if-none-match") == etag
        if is_known or script["not_modified"]:
            return self._scripted({**script, "status": 304, "body": ""}, b"", headers)
        keys = [self.fixtures["keys"][name] for name in script["keys"]]
        more = range(1, script["more_keys"] + 1)
        keys += [{**self.fixtures["keys"]["d"], "kid": f"more-{number}"} for number in more]
        body = json.dumps({"keys": keys}).encode().ljust(script["pad_octets"])
        return self._scripted(script, body, headers)

    def _scripted(
        self, script: Json, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Answer:
        scripted = body_of(script)
        return Answer(
            script["status"],
            {**{k: self._at(v) for k, v in script["headers"].items()}, **(headers or {})},
            body if scripted is None else scripted,
            script["fault"],
            script["hold"],
        )

    def _new_client(self) -> JwksClient:
        settings = dict(self.scenario["settings"])
        rules: dict[str, Any] = {
            "allow_plain_http": settings.pop("plain_http", False),
            "allowed_hosts": settings.pop("allowed_hosts", None),
        }
        [(kind, url)] = self.scenario["source"].items()
        make = {"jwks_url": KeyLocation.at, "issuer": KeyLocation.of_issuer}[kind]
        return JwksClient(
            make(self._at(url), **rules),
            Verifier(issuer="https://issuer.example", audience="https://api.example"),
            fetch=self._fetch(),
            settings=CacheSettings(**settings),
            clock=self.clocks,
        )

    def _fetch(self) -> Fetch | AsyncFetch:
        async def afetch(url: str, *rest: Any) -> FetchResponse:
            self.enter()
            try:
                return await _fetch_with_httpx(self._on_loopback(url), *rest)
            finally:
                self.leave()

        def fetch(url: str, *rest: Any) -> FetchResponse:
            self.enter()
            try:
                return fetch_with_urllib(self._on_loopback(url), *rest)
            finally:
                self.leave()

        return afetch if self.is_async else fetch

    def _on_loopback(self, url: str) -> str:
        parts = urlsplit(url)
        if str(parts.hostname).endswith(".example"):
            return self.server.origin + parts.path
        check(url.startswith(f"{self.server.origin}/"), url)
        return url

    def _at(self, text: str) -> str:
        return text.replace("{origin}", self.server.origin)

    def _paths(self) -> list[str]:
        return [request.path for request in list(self.server.requests)]


def _check(calls: "list[Future[Any]]", expected: Json, success: str) -> None:
    for call in calls:
        outcome, retry_after = success, None
        try:
            call.result(10)
        except VerificationError as error:
            outcome, retry_after = error.code, error.retry_after
        expect("outcome", outcome, expected["expect"])
        if expected["retry_after"] is not None:
            expect("retry after", retry_after, expected["retry_after"])


def _is_metadata(path: str) -> bool:
    return "/.well-known/" in path and not path.endswith("/jwks.json")
