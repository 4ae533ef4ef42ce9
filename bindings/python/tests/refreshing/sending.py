"""Requests with a refreshed access token, sync and async."""

import asyncio
from collections import Counter
from collections.abc import Callable

from token_service import TokenService
from verijot.httpx import (
    IssuedTokens,
    RefreshingAuth,
)
from verijot.httpx._modules import httpx

FIRST = IssuedTokens("access-0", "refresh-0", 3600)


Eventually = Callable[..., None]


def get(service: TokenService, auth: RefreshingAuth) -> int:
    with httpx.Client(base_url=service.url, auth=auth, trust_env=False) as client:
        return client.get("/").status_code


async def aget(service: TokenService, auth: RefreshingAuth, times: int = 1) -> Counter[int]:
    async with httpx.AsyncClient(base_url=service.url, auth=auth, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(times)))
    return Counter(answer.status_code for answer in answers)
