"""A FastAPI service. ISSUER=https://issuer.example uvicorn fastapi_service:app."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from verijot import JwksClient, VerifiedToken
from verijot.fastapi import Bearer


class Caller(BaseModel):
    """The claims that this service uses."""

    sub: str
    email: str | None = None


REVOKED: set[str] = {"stolen"}


async def revoked(token: VerifiedToken) -> bool:
    """Stands for a database lookup, which may raise and may take long."""
    if token.id == "unknowable":
        raise ConnectionError
    return token.id in REVOKED


client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")
bearer = Bearer(client, revoked=revoked)
caller = Bearer(client, into=Caller)
app = FastAPI()


@app.get("/me")
async def me(token: Annotated[VerifiedToken, Depends(bearer)]) -> str | None:
    """For requests with a valid token."""
    return token.subject


@app.get("/greeting")
async def greeting(token: Annotated[VerifiedToken | None, Depends(bearer.optional)]) -> str:
    """For all requests, with or without a token."""
    return "hello" if token is None else f"hello {token.subject}"


@app.get("/orders")
async def orders(
    token: Annotated[VerifiedToken, Depends(bearer.requires(scopes=["orders:read"]))],
) -> list[str]:
    """For tokens with a scope."""
    return sorted(token.scopes)


@app.get("/admin")
async def admin(
    _: Annotated[VerifiedToken, Depends(bearer.requires(role="admin", at="realm_access.roles"))],
) -> str:
    """For tokens with a role."""
    return "admin"


@app.get("/caller")
async def typed(caller: Annotated[Caller, Depends(caller)]) -> Caller:
    """With the claims as the service's own type."""
    return caller


@app.get("/health")
async def health() -> dict[str, object]:
    """Returns the state of the keys, without a fetch."""
    health = client.health()
    return {"usable_keys": health.usable_keys, "last_failure": health.last_failure}
