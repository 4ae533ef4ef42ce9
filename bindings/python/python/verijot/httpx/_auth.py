"""Requests with an access token that is refreshed in time."""

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from verijot._native import SessionHealth, check_url
from verijot._session import TokenSession
from verijot._tokens import IssuedTokens, Refresh, RefreshSettings, Store
from verijot.client import Clock
from verijot.errors import InvalidKeySourceError
from verijot.httpx._modules import INSTALLED, AnyRequest, FirstAuth, SecondAuth
from verijot.policy import Seconds


class RefreshingAuth(FirstAuth, SecondAuth):
    """Sends an access token with each request of a `Client` or `AsyncClient` of httpx2 or httpx.

    The token is refreshed before it ends, by one refresh however many threads and tasks send
    requests, and serves on while a refresh fails. A request that is answered with 401 is sent once
    more with a new token, unless its body is a stream. To be used for the service that the tokens
    are for and for nothing else: over https, or on this very machine.

    `refresh` is given the refresh token and gives new tokens, such as a RefreshGrant. `store` keeps
    them before they are used, and nothing is refreshed while what the last refresh brought could
    not be stored, or while `can_store` says that nothing could be. All may be called from a thread
    of their own; where `refresh` or `store` is async, they run on the event loop of whoever sends a
    request, and a refresh is lost with that loop.

    Raises an AccessTokenError from a request that no token can be had for: SignInNeededError,
    StorageNeededError or RefreshUnavailableError.
    """

    def __init__(
        self,
        refresh: Refresh,
        tokens: IssuedTokens | None = None,
        *,
        age: Seconds = 0,
        store: Store | None = None,
        can_store: Callable[[], bool] = lambda: True,
        settings: RefreshSettings = RefreshSettings(),  # noqa: B008, nobody can change it
        clock: Clock | None = None,
    ) -> None:
        self._session = TokenSession(refresh, store, can_store, settings, clock)
        if tokens is not None:
            self.sign_in(tokens, age=age)

    def sign_in(self, tokens: IssuedTokens, *, age: Seconds = 0) -> None:
        """Takes up tokens that were issued `age` seconds ago.

        They come from a sign-in or from where they are stored, so they are not stored here. A
        refresh of older ones that is under way will change nothing.
        """
        self._session.sign_in(tokens, age)

    def sign_out(self) -> None:
        """Forgets the tokens. What has been stored is the caller's to remove."""
        self._session.sign_out()

    def health(self) -> SessionHealth:
        """How the tokens are doing."""
        return self._session.health()

    def auth_flow(self, request: AnyRequest) -> Generator[Any, Any, None]:
        """One sending of a request or two, as `sync_auth_flow`."""
        return self.sync_auth_flow(request)

    def sync_auth_flow(self, request: AnyRequest) -> Generator[Any, Any, None]:
        """One sending of a request or two, for httpx."""
        _check(request)
        found = self._session.tokens()
        while found is not None:
            attempt, tokens = found
            response = yield _authorized(request, tokens)
            if response.status_code != _UNAUTHORIZED or not _can_be_repeated(request):
                return
            # A connection that is held while others wait for one might be what the refresh needs.
            response.read()
            found = self._session.tokens(attempt)

    async def async_auth_flow(self, request: AnyRequest) -> AsyncGenerator[Any, Any]:
        """The same in a task."""
        _check(request)
        found = await self._session.atokens()
        while found is not None:
            attempt, tokens = found
            response = yield _authorized(request, tokens)
            if response.status_code != _UNAUTHORIZED or not _can_be_repeated(request):
                return
            await response.aread()
            found = await self._session.atokens(attempt)

    def __repr__(self) -> str:
        return f"<RefreshingAuth {self.health()}>"


def _check(request: AnyRequest) -> None:
    try:
        check_url(str(request.url))
    except InvalidKeySourceError:
        message = "no token is sent over anything but https"
        # An error of the client whose request it is, so that who uses that catches it.
        module = next(module for module in INSTALLED if isinstance(request, module.Request))
        raise module.UnsupportedProtocol(message, request=request) from None


def _authorized(request: AnyRequest, tokens: IssuedTokens) -> AnyRequest:
    request.headers["Authorization"] = f"Bearer {tokens.access_token}"
    return request


def _can_be_repeated(request: AnyRequest) -> bool:
    try:
        _ = request.content
    except tuple(module.RequestNotRead for module in INSTALLED):
        return False
    return True


_UNAUTHORIZED = 401
