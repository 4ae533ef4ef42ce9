"""Logout over the back channel (OpenID Connect Back-Channel Logout 1.0), in FastAPI.

ISSUER=https://issuer.example CLIENT_ID=client-id DATABASE=sqlite:///logouts.db \
    uvicorn backchannel_logout:app

The issuer posts a logout token to `/backchannel-logout` when a session of a user ends.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from verijot import JwksClient, VerificationError
from verijot.oidc import LogoutToken, LogoutTokenVerifier
from verijot.replay_list import AsyncReplayList

issuer, client_id = os.environ["ISSUER"], os.environ["CLIENT_ID"]
# All processes of the service share the database, so that none accepts a token again.
presented = AsyncReplayList(os.environ["DATABASE"])
client = JwksClient.from_issuer(issuer, audience=client_id)
logout_tokens = LogoutTokenVerifier(issuer=issuer, client_id=client_id, replay=presented)

ended: list[tuple[str | None, str | None]] = []


@asynccontextmanager
async def life(_: FastAPI) -> AsyncGenerator[None, None]:
    """Creates the table before the first request."""
    await presented.migrate()
    yield
    await presented.aclose()


app = FastAPI(lifespan=life)


def end_sessions(token: LogoutToken) -> None:
    """Ends the session or, if the token names none, all sessions of the user."""
    ended.append((token.subject, token.session))


@app.post("/backchannel-logout")
async def log_out(request: Request) -> Response:
    """Answers as section 2.8 has it."""
    # More octets are no form with a logout token.
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_OCTETS:
            return _answer(400)
    fields = parse_qs(body.decode("ascii", "replace"))
    try:
        token = await logout_tokens.averify("".join(fields.get("logout_token", [])), client)
    except VerificationError as error:
        return _answer(503 if error.http_status == 503 else 400)  # noqa: PLR2004, a status
    end_sessions(token)
    return _answer(200)


def _answer(status: int) -> Response:
    """An answer that does not tell the sender why the token was refused."""
    return Response(status_code=status, headers={"Cache-Control": "no-store"})


@app.get("/ended")
async def list_ended() -> list[tuple[str | None, str | None]]:
    """The sessions that are over, for the test of this example."""
    return ended


_MOST_OCTETS = 32_768
