"""One HTTP request for an issuer's keys, with httpx2 or httpx."""

import asyncio
from collections.abc import Mapping
from typing import Any

from verijot.fetch import AsyncFetch, FetchResponse
from verijot.httpx._modules import httpx


async def fetch(
    url: str,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109, the signature of a fetch
    max_octets: int,
) -> FetchResponse:
    """Makes one request with httpx2 or, if that is missing, httpx, with its own defaults."""
    return await _fetch(url, headers, timeout, max_octets, {})


def fetch_with(**options: Any) -> AsyncFetch:
    """Returns a fetch that makes its `AsyncClient` with these options, such as `verify` or `proxy`.

    The client is that of httpx2 or, if that is missing, of httpx. It never follows redirects.
    """

    async def fetch(
        url: str,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109, the signature of a fetch
        max_octets: int,
    ) -> FetchResponse:
        return await _fetch(url, headers, timeout, max_octets, options)

    return fetch


async def _fetch(
    url: str,
    headers: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109, the signature of a fetch
    max_octets: int,
    options: dict[str, Any],
) -> FetchResponse:
    # Plain http is for the loopback interface and never uses a proxy. The timeout of httpx applies
    # to each operation, but this one is for the whole response.
    is_secure = url.lower().startswith("https:")
    options = {"trust_env": is_secure, "timeout": None, **options}
    async with asyncio.timeout(timeout):
        if not {"verify", "cert"} & options.keys():
            # It takes tens of milliseconds, and would block the event loop.
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
        # Raw: the request asks for no compression, and a small compressed body may be huge.
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > max_octets:
                break
        kept = bytes(body[: max_octets + 1])
        return FetchResponse(response.status_code, kept, dict(response.headers.items()))
