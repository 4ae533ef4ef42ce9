"""A Starlette service. ISSUER=https://issuer.example uvicorn starlette_service:app."""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from verijot import JwksClient
from verijot.starlette import bearer, token_of


async def me(request: Request) -> Response:
    """For requests with a valid token."""
    return JSONResponse(token_of(request).subject)


async def greeting(request: Request) -> Response:
    """For all requests, with or without a token."""
    user = request.user
    return JSONResponse(f"hello {user.display_name}" if user.is_authenticated else "hello")


async def orders(request: Request) -> Response:
    """For tokens with a scope."""
    return JSONResponse(sorted(token_of(request, scopes=["orders:read"]).scopes))


async def admin(request: Request) -> Response:
    """For tokens with a role."""
    token_of(request, role="admin", at="realm_access.roles")
    return JSONResponse("admin")


client = JwksClient.from_issuer(os.environ["ISSUER"], audience="https://api.example")
app = Starlette(
    routes=[
        Route("/me", me),
        Route("/greeting", greeting),
        Route("/orders", orders),
        Route("/admin", admin),
    ],
    middleware=[bearer(client)],
)
