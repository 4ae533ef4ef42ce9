"""Verifiers and services that look tokens up in a revocation list."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import Depends, FastAPI
from revocation.databases import KEYS, Place, accepted, refused, token
from signing import AUDIENCE, FAR_AWAY, ISSUER, signed
from verijot import (
    RevocationUnavailableError,
    RevokedTokenError,
    VerifiedToken,
    Verifier,
)
from verijot.fastapi import Bearer
from verijot.revocation import AsyncRevocationList, RevocationList
from verijot.web import FixedKeys, Guard


def test_a_verifier_uses_the_list(place: Place) -> None:
    revoked = RevocationList(place.url)
    assert isinstance(refused(revoked), RevocationUnavailableError)
    revoked.migrate()
    accepted(signed(jti="a"), revoked=revoked)
    revoked.revoke(token("a"))
    assert isinstance(refused(revoked), RevokedTokenError)
    accepted(signed(jti="b"), revoked=revoked)
    with pytest.raises(RevocationUnavailableError):
        accepted(signed(), revoked=revoked)
    # A sync verifier cannot call an async list, and must refuse the token.
    unaskable: Any = AsyncRevocationList(place.url)
    with pytest.raises(TypeError, match="coroutine"):
        accepted(signed(jti="b"), revoked=unaskable)

    def hidden(token: VerifiedToken) -> Any:
        return unaskable(token)

    assert isinstance(refused(hidden), RevocationUnavailableError)
    revoked.close()


def test_a_service_uses_the_list(place: Place) -> None:
    revoked = AsyncRevocationList(place.url)
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE)
    bearer = Bearer(FixedKeys(verifier, KEYS), revoked=revoked)
    service = FastAPI()

    @service.get("/me")
    async def me(token: VerifiedToken = Depends(bearer)) -> str | None:  # pyright: ignore[reportUnusedFunction]  # noqa: B008, FAST002
        return token.subject

    @service.post("/logout")
    async def logout(token: VerifiedToken = Depends(bearer)) -> bool:  # pyright: ignore[reportUnusedFunction]  # noqa: B008, FAST002
        return await revoked.revoke(token, "logout")

    async def visit() -> None:
        headers = {"Authorization": f"Bearer {signed(jti='a', exp=FAR_AWAY)}"}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(service), base_url="http://service", headers=headers
        )
        async with client:
            answer = await client.get("/me")
            assert (answer.status_code, answer.json()["detail"]) == (503, "revocation_unavailable")
            assert answer.headers["Retry-After"]
            await revoked.migrate()
            assert (await client.get("/me")).json() == "alice"
            assert (await client.post("/logout")).json() is True
            answer = await client.get("/me")
            assert (answer.status_code, answer.json()["detail"]) == (401, "revoked")
            place.execute("DROP TABLE jwt_revocations")
            assert (await client.get("/me")).status_code == 503
        await revoked.aclose()

    asyncio.run(visit())


def test_a_guard_refuses_a_token_if_the_database_is_slow(postgres: Place) -> None:
    async def work() -> None:
        revoked = AsyncRevocationList(postgres.url)
        await revoked.migrate()
        verifier = Verifier(issuer=ISSUER, audience=AUDIENCE)
        guard = Guard(FixedKeys(verifier, KEYS), revoked=revoked, revoked_timeout=0.2)
        header = [f"Bearer {signed(jti='a', exp=FAR_AWAY)}"]
        await guard.admit(header)
        with psycopg.connect(postgres.url) as other:
            other.execute("LOCK TABLE jwt_revocations IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(RevocationUnavailableError):
                await guard.admit(header)
        await guard.admit(header)
        await revoked.aclose()

    asyncio.run(work())
