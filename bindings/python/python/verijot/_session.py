"""The access token of a client over time: kept, refreshed, stored.

The core's session says when to refresh; this module refreshes. A refresh does not belong to its
caller, which may be cancelled: every waiting caller asks the session again when it has ended.
"""

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from verijot._callables import awaited, is_async
from verijot._clock import Clock, readings
from verijot._forks import follow_forks
from verijot._native import Attempt, RefreshFailure, RefreshSession, RefreshTicket, SessionHealth
from verijot._tokens import IssuedTokens, Refresh, RefreshFailedError, RefreshSettings, Store
from verijot._waiters import Waiters
from verijot._waiting import Steps, wait, wait_in_task
from verijot.policy import Seconds


@dataclass(slots=True)
class _Held:
    generation: int
    tokens: IssuedTokens
    is_settled: bool
    """Whether storing has ended, successfully or not. Tokens are used only after that."""
    since: float = field(default_factory=time.monotonic)

    def is_usable(self) -> bool:
        """Returns whether requests may use the tokens. The wait for storing is limited."""
        return self.is_settled or time.monotonic() - self.since > RefreshSession.STORING_TIMEOUT


class TokenSession:
    """The tokens of one client, for any number of threads, tasks and event loops."""

    def __init__(
        self,
        refresh: Refresh,
        store: Store | None,
        can_store: Callable[[], bool],
        settings: RefreshSettings,
        clock: Clock | None,
    ) -> None:
        self._refresh = refresh
        self._store = store
        self._can_store = can_store
        self._is_async = is_async(refresh) or is_async(store)
        self._now = readings(clock)
        self._session = RefreshSession(**settings._asdict())
        self._held: _Held | None = None
        self._last_ticket: RefreshTicket | None = None
        self._start_over()
        follow_forks(self)

    def sign_in(self, tokens: IssuedTokens, age: Seconds) -> None:
        """Takes tokens that are stored already, or need not be."""
        now = self._now()
        with self._lock:
            generation = self._session.sign_in(
                tokens.expires_in, age, bool(tokens.refresh_token), *now
            )
            self._held = _Held(generation, tokens, is_settled=True)
            # What still runs for other tokens does not hold these up.
            self._works = set[object]()
        self._waiters.wake()

    def sign_out(self) -> None:
        """Forgets the tokens."""
        with self._lock:
            self._session.sign_out()
            self._held = None
        self._waiters.wake()

    def health(self) -> SessionHealth:
        """See RefreshSession."""
        return self._session.health(*self._now())

    def continue_after_fork(self) -> None:
        """Starts over in a forked child, which has no other threads and tasks."""
        lost = self._last_ticket
        self._start_over()
        if lost is not None:
            self._fail(lost, RefreshFailure.timed_out(), None)

    def tokens(self, refused: Attempt | None = None) -> tuple[Attempt, IssuedTokens] | None:
        """Returns tokens to send; after a refusal only newer ones, or None if there are none.

        Waits for a refresh only if no current tokens can be used. Raises an AccessTokenError.
        """
        return wait(self._found(refused, in_task=False), self._waiters)

    async def atokens(self, refused: Attempt | None = None) -> tuple[Attempt, IssuedTokens] | None:
        """Does the same in a task, without blocking the event loop."""
        return await wait_in_task(self._found(refused, in_task=True), self._waiters)

    def _found(
        self, refused: Attempt | None, *, in_task: bool
    ) -> Steps[tuple[Attempt, IssuedTokens] | None]:
        while True:
            found, seconds = self._look(refused, in_task=in_task)
            if seconds is None:
                return found
            yield seconds

    def _look(
        self, refused: Attempt | None, *, in_task: bool
    ) -> tuple[tuple[Attempt, IssuedTokens] | None, float | None]:
        """Returns what `tokens` returns, or the seconds to wait for it."""
        is_writable = self._is_writable()
        now = self._now()
        with self._lock:
            if refused is None:
                attempt, ticket, seconds = self._session.resolve(is_writable, *now)
            else:
                attempt, ticket, seconds = self._session.on_unauthorized(refused, is_writable, *now)
            held = self._held_of(attempt.generation) if attempt is not None else None
            old = self._held_of(ticket.generation) if ticket is not None else None
        if ticket is not None:
            self._start(ticket, old, in_task=in_task)
        if attempt is not None and held is not None and held.is_usable():
            return (attempt, held.tokens), None
        if attempt is not None:
            return None, _STORING_CHECK_INTERVAL
        if ticket is not None:
            return None, ticket.timeout
        return None, seconds

    def _is_writable(self) -> bool:
        try:
            answer: object = self._can_store()
        except Exception as error:  # noqa: BLE001, a caller's can_store may raise anything
            _log.error("can_store failed; tokens count as not storable: %s", type(error).__name__)
            return False
        return answer is True

    def _held_of(self, generation: int) -> _Held | None:
        """Returns the tokens unless newer ones have replaced them. Call it with the lock."""
        held = self._held
        return held if held is not None and held.generation == generation else None

    def _start(self, ticket: RefreshTicket, old: _Held | None, *, in_task: bool) -> None:
        self._last_ticket = ticket
        works = self._works
        if old is None or any(map(_is_running, list(works))):
            # An earlier refresh with the same refresh token may still succeed.
            self._fail(ticket, RefreshFailure.timed_out(), None)
        elif self._is_async and in_task:
            # A separate task and context: it is neither cancelled nor traced with the request.
            loop = asyncio.get_running_loop()
            call = partial(_in_task, works)
            task = loop.create_task(self._run(ticket, old, call), context=Context())
            works.add(task)
            task.add_done_callback(lambda task: self._end_task(ticket, works, task))
        else:
            self._start_thread(ticket, old, works)

    def _start_thread(self, ticket: RefreshTicket, old: _Held, works: "_Works") -> None:
        # Not a daemon: the process stores new tokens before it ends.
        thread = threading.Thread(
            target=self._run_in_thread, args=(ticket, old, works), name="verijot-tokens"
        )
        works.add(thread)
        try:
            thread.start()
        except RuntimeError as error:
            works.discard(thread)
            self._fail(ticket, RefreshFailure.no_answer(), error)

    def _run_in_thread(self, ticket: RefreshTicket, old: _Held, works: "_Works") -> None:
        try:
            with suppress(StopIteration):
                # Runs without an event loop, so that a callable can run its own. It never waits.
                self._run(ticket, old, _in_thread).send(None)
        except BaseException as error:  # noqa: BLE001, every ticket gets a result
            self._fail(ticket, RefreshFailure.no_answer(), error)
        finally:
            works.discard(threading.current_thread())
            self._fail(ticket, RefreshFailure.no_answer(), None)

    def _end_task(self, ticket: RefreshTicket, works: "_Works", task: asyncio.Task[None]) -> None:
        works.discard(task)
        self._fail(ticket, RefreshFailure.no_answer(), None)

    async def _run(self, ticket: RefreshTicket, old: _Held, call: "_Call") -> None:
        """Refreshes once. If it ends without a result for the ticket, its caller reports one."""
        if ticket.store_first and not await self._keep(old, call):
            self._fail(ticket, RefreshFailure.not_stored(), None)
            return
        try:
            refreshed = await call(self._refresh, old.tokens.refresh_token, ticket.timeout)
            new = self._replace(ticket, _issued(refreshed).or_refresh_token_of(old.tokens))
        except RefreshFailedError as error:
            self._fail(ticket, error.failure, None)
        except TimeoutError as error:
            self._fail(ticket, RefreshFailure.timed_out(), error)
        except Exception as error:  # noqa: BLE001, a caller's refresh may raise anything
            self._fail(ticket, RefreshFailure.no_answer(), error)
        else:
            if new is not None:
                await self._keep(new, call)

    def _replace(self, ticket: RefreshTicket, tokens: IssuedTokens) -> _Held | None:
        now = self._now()
        with self._lock:
            generation = self._session.on_refreshed(
                ticket, tokens.expires_in, bool(tokens.refresh_token), *now
            )
            if generation is None:
                return None
            if self._store is None:
                self._session.on_stored(generation)
            new = _Held(generation, tokens, is_settled=self._store is None)
            self._held = new
        self._waiters.wake()
        return new

    async def _keep(self, held: _Held, call: "_Call") -> bool:
        """Stores tokens. Returns whether that succeeded."""
        try:
            if self._store is not None:
                await call(self._store, held.tokens, RefreshSession.STORING_TIMEOUT)
            self._session.on_stored(held.generation)
        except Exception as error:  # noqa: BLE001, a caller's store may raise anything
            _log.error("could not store new tokens: %s", type(error).__name__)
            return False
        finally:
            # They are used even if storing failed: there are no others.
            held.is_settled = True
            self._waiters.wake()
        return True

    def _fail(
        self, ticket: RefreshTicket, failure: RefreshFailure, error: BaseException | None
    ) -> None:
        now = self._now()
        with self._lock:
            outcome = self._session.on_failure(ticket, failure, *now)
            if outcome == "signed_out":
                self._held = None
        if outcome != "ignored":
            # Without the error's text, which may contain secrets.
            kind = "" if error is None else f" ({type(error).__name__})"
            _log.warning("could not refresh the access token: %s%s", failure, kind)
        self._waiters.wake()

    def _start_over(self) -> None:
        self._lock = threading.RLock()
        self._waiters = Waiters()
        self._works = set[object]()


_Call: TypeAlias = Callable[[Callable[[Any], Any], Any, float], Awaitable[object]]
"""Calls a function, sync or async, with an argument and a timeout in seconds.

The timeout applies where the call can be cancelled."""


_Works: TypeAlias = set[object]
"""The threads, tasks and calls that work with the current tokens, until they end."""


def _is_running(work: object) -> bool:
    """Returns False for a task that has ended, or never can, because its loop is closed."""
    return not (isinstance(work, asyncio.Task) and (work.done() or work.get_loop().is_closed()))


async def _in_task(
    works: _Works, function: Callable[[Any], Any], argument: object, seconds: float
) -> object:
    async with asyncio.timeout(seconds):
        if is_async(function):
            return await function(argument)
        answer = await asyncio.to_thread(_at_work, works, function, argument)
        return await answer if inspect.isawaitable(answer) else answer


def _at_work(works: _Works, function: Callable[[Any], Any], argument: object) -> Any:
    """Calls a function in a thread, which keeps running when nobody waits for it any more."""
    work = object()
    works.add(work)
    try:
        return function(argument)
    finally:
        works.discard(work)


async def _in_thread(function: Callable[[Any], Any], argument: object, seconds: float) -> object:
    answer = function(argument)
    # Also that of a function that is not async itself, such as a lambda.
    return asyncio.run(awaited(answer, seconds)) if inspect.isawaitable(answer) else answer


def _issued(refreshed: object) -> IssuedTokens:
    if not isinstance(refreshed, IssuedTokens):
        message = f"refresh must return IssuedTokens, not {type(refreshed).__name__}"
        raise TypeError(message)
    return refreshed


_log = logging.getLogger("verijot")

_STORING_CHECK_INTERVAL = 1
"""Seconds between checks whether tokens are stored."""
