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

    The token is refreshed before it expires, by one refresh for all threads and tasks, and stays in
    use while refreshing fails. After a 401 response the request is sent again with a new token,
    once, unless its body is a stream. Use it only for the service that the tokens are for, with
    https or on the loopback interface.

    `refresh` takes the refresh token and returns new tokens; a RefreshGrant does. `store` stores
    new tokens before they are used. Nothing is refreshed while the last tokens could not be stored,
    or while `can_store`, which must answer at once, returns False. All three may be called from
    another thread. If `refresh` or `store` is async, both run on the event loop that sends a
    request, and a running refresh is lost if that loop ends.

    A request raises an AccessTokenError if there is no token for it: SignInNeededError,
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
        settings: RefreshSettings = RefreshSettings(),  # noqa: B008, it is immutable
        clock: Clock | None = None,
    ) -> None:
        self._session = TokenSession(refresh, store, can_store, settings, clock)
        if tokens is not None:
            self.sign_in(tokens, age=age)

    def sign_in(self, tokens: IssuedTokens, *, age: Seconds = 0) -> None:
        """Takes tokens that were issued `age` seconds ago.

        They come from a sign-in or from storage, so they are not stored again. The result of a
        running refresh of older tokens is discarded.
        """
        self._session.sign_in(tokens, age)

    def sign_out(self) -> None:
        """Forgets the tokens. Removing stored tokens is up to the caller."""
        self._session.sign_out()

    def health(self) -> SessionHealth:
        """Returns the state of the tokens."""
        return self._session.health()

    def auth_flow(self, request: AnyRequest) -> Generator[Any, Any, None]:
        """Sends a request once or twice, as `sync_auth_flow` does."""
        return self.sync_auth_flow(request)

    def sync_auth_flow(self, request: AnyRequest) -> Generator[Any, Any, None]:
        """Sends a request once or twice; httpx calls it."""
        _check(request)
        found = self._session.tokens()
        while found is not None:
            attempt, tokens = found
            response = yield _authorized(request, tokens)
            if response.status_code != _UNAUTHORIZED or not _can_be_repeated(request):
                return
            # Frees the connection, which the refresh may need if the pool has no other.
            response.read()
            found = self._session.tokens(attempt)

    async def async_auth_flow(self, request: AnyRequest) -> AsyncGenerator[Any, Any]:
        """Does the same in a task."""
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
        message = "an access token is sent over https only; use an https URL"
        # The error of the library whose request it is, which its users catch.
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
