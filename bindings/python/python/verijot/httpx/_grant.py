"""Gets new tokens for a refresh token from a token endpoint (RFC 6749 §6)."""

import asyncio
from typing import Any
from urllib.parse import quote_plus

from verijot._asking import is_time_limit
from verijot._native import RefreshSession, check_url, token_response
from verijot._tokens import IssuedTokens, RefreshFailedError
from verijot.errors import InvalidKeySourceError
from verijot.httpx._modules import httpx


class RefreshGrant:
    """A `refresh` for RefreshingAuth: one request with `grant_type=refresh_token`.

    The form contains the `client_id`; with a `client_secret`, HTTP Basic authentication contains
    both instead (RFC 6749 §2.3.1). A request takes at most `timeout` seconds and follows no
    redirects. `options` are those of an `AsyncClient` of httpx2 or, if that is missing, of httpx,
    such as `verify` or `proxy`.

    Runs in a thread without an event loop. Raises ValueError unless the endpoint is https, or http
    on the loopback interface, and for a `timeout` that is no positive number of seconds.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        scope: str | None = None,
        timeout: float = 10.0,
        **options: Any,
    ) -> None:
        _check(endpoint)
        if client_secret is not None and client_id is None:
            message = "client_id is missing; a client_secret needs it"
            raise ValueError(message)
        if not is_time_limit(timeout):
            message = "timeout must be a positive number of seconds"
            raise ValueError(message)
        self._endpoint = endpoint
        self._timeout = timeout
        self._form = {"grant_type": "refresh_token"}
        if scope is not None:
            self._form["scope"] = scope
        if client_id is not None and client_secret is None:
            self._form["client_id"] = client_id
        # Plain http is for the loopback interface and never uses a proxy.
        is_secure = endpoint.lower().startswith("https:")
        self._options: dict[str, Any] = {"trust_env": is_secure, "timeout": None, **options}
        if client_id is not None and client_secret is not None:
            self._options["auth"] = httpx.BasicAuth(
                quote_plus(client_id), quote_plus(client_secret)
            )

    def __call__(self, refresh_token: str) -> IssuedTokens:
        """Sends one request. Raises RefreshFailedError, or the client's error if it fails."""
        status, body = asyncio.run(self._post({**self._form, "refresh_token": refresh_token}))
        tokens = token_response(status, body)
        if tokens is None:
            raise RefreshFailedError.of_response(status, body)
        return IssuedTokens(*tokens)

    async def _post(self, form: dict[str, str]) -> tuple[int, bytes]:
        # The timeout of httpx applies to each operation, but this one is for the whole response.
        async with (
            asyncio.timeout(self._timeout),
            httpx.AsyncClient(**self._options) as client,
            client.stream(
                "POST",
                self._endpoint,
                data=form,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                follow_redirects=False,
            ) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > _LONGEST_ANSWER:
                    break
            return response.status_code, bytes(body)

    def __repr__(self) -> str:
        return f"<RefreshGrant {self._endpoint.split('?')[0]}>"


def _check(endpoint: str) -> None:
    try:
        check_url(endpoint)
    except InvalidKeySourceError:
        message = "a refresh token is sent over https only; use an https URL"
        raise ValueError(message) from None


_LONGEST_ANSWER = RefreshSession.MAX_ANSWER_OCTETS
