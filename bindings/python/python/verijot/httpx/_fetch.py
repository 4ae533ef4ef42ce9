"""One HTTP request for an issuer's keys, with httpx2 or httpx."""

import asyncio
from collections.abc import Mapping
from typing import Any

from verijot.fetch import AsyncFetch, FetchResponse
from verijot.httpx._modules import httpx


async def fetch(
    url: str,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109, the shape of a fetch
    max_octets: int,
) -> FetchResponse:
    """Makes one request with httpx2, or else httpx, as it is configured by itself."""
    return await _fetch(url, headers, timeout, max_octets, {})


def fetch_with(**options: Any) -> AsyncFetch:
    """A fetch whose `AsyncClient` is made with these options, such as `verify` or `proxy`.

    It is that of httpx2 where that is installed, or else of httpx.
    Redirects are not followed, whatever the options say.
    """

    async def fetch(
        url: str,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109, the shape of a fetch
        max_octets: int,
    ) -> FetchResponse:
        return await _fetch(url, headers, timeout, max_octets, options)

    return fetch


async def _fetch(
    url: str,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109, the shape of a fetch
    max_octets: int,
    options: dict[str, Any],
) -> FetchResponse:
    # Plain http is for this very machine, where no proxy has a part. The timeout of httpx is for
    # each operation, which is not what is wanted here.
    is_secure = url.lower().startswith("https:")
    options = {"trust_env": is_secure, "timeout": None, **options}
    async with asyncio.timeout(timeout):
        if not {"verify", "cert"} & options.keys():
            # It takes tens of milliseconds, in which the event loop would stand still.
            options["verify"] = await asyncio.to_thread(httpx.create_ssl_context)
        return await _stream(url, headers, max_octets, options)


async def _stream(
    url: str, headers: Mapping[str, str], max_octets: int, options: dict[str, Any]
) -> FetchResponse:
    async with (
        httpx.AsyncClient(**options) as client,
        client.stream("GET", url, headers=dict(headers), follow_redirects=False) as response,
    ):
        body = bytearray()
        # As it comes: what was asked for is not compressed, and a little that was would be much.
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > max_octets:
                break
        kept = bytes(body[: max_octets + 1])
        return FetchResponse(response.status_code, kept, dict(response.headers.items()))
