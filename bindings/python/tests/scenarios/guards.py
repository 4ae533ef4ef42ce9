"""Scenarios of guards: one request to a route, and the whole response."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias, cast

import httpx
from fastapi import Depends, FastAPI
from scenarios.playing import Clocks, Json, check, expect, members
from scenarios.server import Answer, Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from verijot import (
    CacheSettings,
    InvalidDemandError,
    JwksClient,
    JwkSet,
    VerifiedToken,
    Verifier,
)
from verijot.fastapi import Bearer
from verijot.starlette import bearer, token_of
from verijot.web import Demand, GuardRules

FRAMEWORKS = ("fastapi", "starlette")

_Keywords: TypeAlias = dict[str, Any]

_SCENARIO: Json = {"guard": None, "headers": [], "answer": None, "setup_error": None}

_GUARD: Json = {
    "place": "authorization", "optional": False, "demand": None, "realm": None,
    "resource_metadata": None, "revocation": [], "keys_unavailable_for": None,
}  # fmt: skip

_ANSWER: Json = {"status": None, "subject": None, "code": None, "headers": {}, "body": None}


def play(fixtures: Json, scenario: Json, framework: str) -> None:
    scenario = members(scenario, **_SCENARIO)
    guard = members(scenario["guard"], **_GUARD)
    issuer = Server(lambda _: Answer(500))
    try:
        keywords = _place(guard["place"])
        documents = _documents(guard["demand"])
        # In Starlette the route makes the demand, so the guard's rules are checked here.
        GuardRules(_whole(documents), optional=guard["optional"], **keywords)
        for name in ("realm", "resource_metadata"):
            if guard[name] is not None:
                keywords[name] = guard[name]
        if guard["revocation"]:
            keywords.update(revoked=_revoked(guard["revocation"]), revoked_timeout=0.2)
        make = _fastapi if framework == "fastapi" else _starlette
        client = _client(guard, fixtures, issuer)
        app = make(client, keywords, documents, is_optional=guard["optional"])
    except InvalidDemandError:
        expect("setup", "invalid_demand", scenario["setup_error"])
        return
    finally:
        issuer_is_needed = guard["keys_unavailable_for"] is not None
        if not issuer_is_needed:
            issuer.close()
    expect("setup", None, scenario["setup_error"])
    headers = [(name, _filled(value, fixtures)) for name, value in scenario["headers"]]
    _compare(asyncio.run(_get(app, headers)), members(scenario["answer"], **_ANSWER))
    if issuer_is_needed:
        issuer.close()


def _place(place: str | Json) -> _Keywords:
    if place == "authorization":
        return {}
    assert isinstance(place, dict)
    [(kind, name)] = place.items()
    check(kind in {"header", "cookie"}, kind)
    return {kind: name}


def _documents(demand: Any) -> list[Json]:
    """Returns the demand documents; raises for one that the core refuses."""
    if demand is None:
        return []
    documents: list[Json] = [demand]
    if isinstance(demand, list) and demand:
        documents = list(cast("list[Json]", demand))
    for document in documents:
        Demand.from_json(json.dumps(document))
    return documents


def _whole(documents: list[Json]) -> Demand | None:
    whole: Demand | None = None
    for document in documents:
        demand = Demand.from_json(json.dumps(document))
        whole = demand if whole is None else whole & demand
    return whole


def _keywords(document: Json) -> list[_Keywords]:
    """Converts a demand document to the keywords that an application uses."""
    demands: list[_Keywords] = []
    sign_in: _Keywords = {}
    for name, value in document.items():
        match name:
            case "acr_values":
                sign_in[name] = value
            case "max_authentication_age":
                # What is no number is refused before, in the document.
                sign_in[name] = int(value)
            case "all_scopes":
                demands.append({"scopes": value})
            case "any_scope":
                demands.append({"any_scope": value})
            case "all_roles":
                demands.append({"role": value["roles"], "at": value["at"]})
            case _:
                demands.append({"any_role": value["roles"], "at": value["at"]})
    return [{**sign_in, **(demands[0] if demands else {})}, *demands[1:]]


def _client(guard: Json, fixtures: Json, issuer: Server) -> JwksClient:
    verifier = Verifier(issuer="https://issuer.example", audience="https://api.example")
    seconds = guard["keys_unavailable_for"]
    settings = CacheSettings() if seconds is None else CacheSettings(shortest_rest=seconds)
    source = JwkSet.from_json(fixtures["jwks"]) if seconds is None else issuer.origin
    return JwksClient(source, verifier, settings=settings, clock=Clocks())


def _fastapi(
    client: JwksClient, keywords: _Keywords, documents: list[Json], *, is_optional: bool
) -> FastAPI:
    guard: Bearer[Any] = Bearer(client, **keywords)
    if is_optional:
        guard = guard.optional
    for document in documents:
        for demand in _keywords(document):
            guard = guard.requires(**demand)
    app = FastAPI()

    async def subject(token: Annotated[VerifiedToken | None, Depends(guard)]) -> Json:
        return {"subject": token and token.subject}

    app.get("/subject")(subject)
    return app


def _starlette(
    client: JwksClient, keywords: _Keywords, documents: list[Json], *, is_optional: bool
) -> Starlette:
    demands = [demand for document in documents for demand in _keywords(document)]
    if keywords.get("revoked") is not None:
        # The middleware makes the demands that are checked before revocation.
        keywords = {**keywords, "demand": _whole(documents)}
    scopes = [scope for demand in demands for scope in demand.pop("scopes", [])]
    # A sign-in is checked before scopes, so the first demand has both.
    first: dict[str, Any] = {"scopes": scopes} if scopes else {}
    if demands and not {"role", "any_role", "any_scope"} & demands[0].keys():
        first |= demands.pop(0)
    demands = [first, *filter(None, demands)]

    async def subject(request: Request) -> JSONResponse:
        if is_optional and not request.user.is_authenticated:
            return JSONResponse({"subject": None})
        [*_, token] = [token_of(request, **demand) for demand in demands]
        return JSONResponse({"subject": token.subject})

    return Starlette(routes=[Route("/subject", subject)], middleware=[bearer(client, **keywords)])


def _revoked(checks: list[str]) -> Callable[[VerifiedToken], Awaitable[bool]]:
    """Makes one hook of all checks, which it calls one after the other."""

    async def revoked(_: VerifiedToken) -> bool:
        for name in checks:
            match name:
                case "clear":
                    continue
                case "revoked":
                    return True
                case "slow":
                    await asyncio.sleep(60)
                case _:
                    check(name in {"unavailable", "error"}, name)
                    raise OSError
        return False

    return revoked


def _filled(value: str, fixtures: Json) -> str:
    return re.sub(r"\{token:([^}]*)\}", lambda found: fixtures["tokens"][found[1]], value)


async def _get(app: Any, headers: list[tuple[str, str]]) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as client:
        octets = [(name.encode(), value.encode()) for name, value in headers]
        return await client.get("/subject", headers=octets)


def _compare(response: httpx.Response, expected: Json) -> None:
    expect("status", response.status_code, expected["status"])
    if expected["body"] is None:
        expect("body", response.json(), {"subject": expected["subject"]})
    else:
        expect("body", response.text, expected["body"])
    check(expected["code"] is None or expected["code"] in response.text, response.text)
    for name, value in expected["headers"].items():
        expect(name, response.headers.get_list(name), [] if value is None else [value])
