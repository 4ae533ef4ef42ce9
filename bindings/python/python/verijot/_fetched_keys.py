"""The keys of one issuer, kept up to date.

The core's cache says when to fetch; this module fetches, in one thread or task at a time. A fetch
does not belong to its caller, which may be cancelled: every waiting caller asks the cache again
when the fetch has ended. Every ticket gets its result, however its fetch ends.
"""

import asyncio
import inspect
import logging
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeAlias, TypeVar, cast

from verijot._callables import awaited, is_async
from verijot._clock import Reading
from verijot._forks import follow_forks
from verijot._native import (
    MAX_ABANDONED_FETCHES,
    Health,
    JwksCache,
    JwkSet,
    KeyLocation,
    KeyRequest,
    OpenedToken,
    Ticket,
)
from verijot._waiters import Waiters
from verijot._waiting import Steps, wait, wait_in_task
from verijot.fetch import AsyncFetch, Fetch, FetchError, FetchResponse
from verijot.settings import CacheSettings

_T = TypeVar("_T")

_Requests: TypeAlias = Generator[KeyRequest, FetchResponse, None]
"""The requests of one fetch. The error of a request without a response is thrown in."""

_Resolved: TypeAlias = tuple[JwkSet | None, Ticket | None, float | None]


class FetchedKeys:
    """The keys of one issuer, for any number of threads, tasks and event loops."""

    def __init__(
        self,
        location: KeyLocation,
        fetch: Fetch | AsyncFetch,
        settings: CacheSettings,
        read_clocks: Callable[[], Reading],
    ) -> None:
        self._location = location
        self._fetch = fetch
        self._is_async = is_async(fetch)
        self._read_clocks = read_clocks
        self._cache = JwksCache(location, **settings._asdict())
        self._is_closed = False
        self._last_ticket: Ticket | None = None
        self._start_over()
        follow_forks(self)

    def run(self, steps: Steps[_T]) -> _T:
        """Runs steps in this thread, and waits only if necessary."""
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result
        if _loop_runs_here():
            # A warning and not an error: with cached keys the same call does not wait.
            warnings.warn(_BLOCKED_LOOP, RuntimeWarning, stacklevel=3)
        return wait(steps, self._waiters)

    async def arun(self, steps: Steps[_T]) -> _T:
        """Runs steps in a task, without blocking the event loop."""
        # Raises in a task of another library, before a fetch is due that nobody would make.
        asyncio.get_running_loop()
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result
        return await wait_in_task(steps, self._waiters)

    def current(self, kid: str | None, now: Reading) -> JwkSet | None:
        """Returns the keys for a token if no fetch is needed, as is usual; otherwise None."""
        if self._tasks:
            self._notice_lost_tasks()
        return self._cache.current_keys(kid, *now)

    def for_token(self, kid: str | None, arrived: int, *, in_task: bool) -> Steps[JwkSet]:
        """Returns the keys for a token that arrived at `arrived`.

        Waits for a fetch only if no cached keys can be used.

        Raises UnknownKeyError or KeysUnavailableError.
        """
        while True:
            resolved = self._cache.resolve(kid, arrived, *self._now())
            if (keys := (yield from self._done(resolved, in_task=in_task))) is not None:
                return keys

    def reconsider(self, refused: OpenedToken, arrived: int, *, in_task: bool) -> Steps[bool]:
        """Fetches the keys again if that may change a refusal.

        Returns whether it did; then verify the token again.
        """
        has_fetched = False
        while True:
            resolved = self._cache.reconsider(refused, arrived, *self._now())
            if resolved is None:
                return has_fetched
            has_fetched = True
            if (yield from self._done(resolved, in_task=in_task)) is not None:
                return has_fetched

    def refresh_now(self, *, in_task: bool) -> Steps[None]:
        """Waits for the issuer's current keys. Raises KeysUnavailableError."""
        requested, _ = self._read_clocks()
        while True:
            resolved = self._cache.refresh_now(requested, *self._now())
            if (yield from self._done(resolved, in_task=in_task)) is not None:
                return

    def purge(self, kid: str) -> None:
        """See JwksCache."""
        self._cache.purge(kid)

    def restore(self, kid: str) -> bool:
        """See JwksCache."""
        return self._cache.restore(kid)

    def export(self) -> tuple[str, int, str] | None:
        """See JwksCache."""
        return self._cache.export(*self._read_clocks())

    def seed(self, jwks: str, age: int, sha256: str | None = None) -> None:
        """See JwksCache."""
        self._cache.seed(jwks, age, *self._read_clocks(), sha256)
        self._waiters.wake()

    def health(self) -> Health:
        """See JwksCache."""
        return self._cache.health(*self._read_clocks())

    def close(self) -> None:
        """Ends all waiting. Nothing is fetched after this."""
        self._is_closed = True
        if self._last_ticket is not None:
            self._fail(self._last_ticket, _CLOSED)
        for task in list(self._tasks):
            # A closed loop has no running tasks.
            with suppress(RuntimeError):
                task.get_loop().call_soon_threadsafe(task.cancel)

    def continue_after_fork(self) -> None:
        """Starts over in a forked child, which has no other threads and tasks."""
        lost = self._last_ticket
        self._start_over()
        if lost is not None:
            self._cancel(lost, _FORKED)

    def _now(self) -> Reading:
        """Reads the clocks, and first reports lost fetches to the cache."""
        if self._tasks:
            self._notice_lost_tasks()
        return self._read_clocks()

    def _notice_lost_tasks(self) -> None:
        for task, ticket in list(self._tasks.items()):
            # A loop can be closed while its tasks are still pending.
            if task.get_loop().is_closed() and self._tasks.pop(task, None) is not None:
                self._cancel(ticket, _LOOP_ENDED)

    def _done(self, resolved: _Resolved, *, in_task: bool) -> Steps[JwkSet | None]:
        """Does what the cache says. Returns the keys to use, or None to ask the cache again."""
        keys, ticket, seconds = resolved
        if ticket is not None:
            self._start(ticket, in_task=in_task)
        if keys is not None:
            return keys
        if ticket is not None:
            yield from self._end_of(ticket)
        elif seconds is not None:
            yield min(seconds, _LOOP_CHECK_INTERVAL) if self._tasks else seconds
        return None

    def _end_of(self, ticket: Ticket) -> Steps[None]:
        """Waits for a fetch that this call has started.

        The fetch would be lost if its event loop ended.
        """
        deadline = time.monotonic() + ticket.timeout
        while ticket in self._under_way and (left := deadline - time.monotonic()) > 0:
            yield min(left, _LOOP_CHECK_INTERVAL)
            self._notice_lost_tasks()

    def _start(self, ticket: Ticket, *, in_task: bool) -> None:
        self._last_ticket = ticket
        self._under_way.add(ticket)
        if self._is_closed:
            self._fail(ticket, _CLOSED)
        elif len(self._tasks) >= MAX_ABANDONED_FETCHES:
            self._fail(ticket, _EARLIER_FETCHES)
        elif self._is_async and in_task:
            # A separate task and context: it is neither cancelled nor traced with the request.
            loop = asyncio.get_running_loop()
            task = loop.create_task(self._fetch_in_task(ticket), context=Context())
            self._tasks[task] = ticket
            task.add_done_callback(self._end_task)
        else:
            self._start_thread(ticket)

    def _start_thread(self, ticket: Ticket) -> None:
        thread = threading.Thread(
            target=self._fetch_in_thread, args=(ticket,), name="verijot-keys", daemon=True
        )
        with self._lock:
            has_room = len(self._threads) < MAX_ABANDONED_FETCHES
            if has_room:
                self._threads.add(thread)
        if not has_room:
            self._fail(ticket, _EARLIER_FETCHES)
            return
        try:
            thread.start()
        except RuntimeError as error:
            self._threads.discard(thread)
            self._fail(ticket, str(error))

    def _fetch_in_thread(self, ticket: Ticket) -> None:
        try:
            if self._is_async:
                asyncio.run(self._fetch_in_task(ticket))
            else:
                self._make(self._requests(ticket))
        except BaseException as error:  # noqa: BLE001, every ticket gets a result
            self._fail(ticket, _described(error))
        finally:
            self._threads.discard(threading.current_thread())

    async def _fetch_in_task(self, ticket: Ticket) -> None:
        await self._make_in_task(self._requests(ticket))

    def _end_task(self, task: asyncio.Task[None]) -> None:
        ticket = self._tasks.pop(task, None)
        if ticket is None:
            return
        if task.cancelled():
            self._cancel(ticket, _LOOP_ENDED)
        elif (error := task.exception()) is not None:
            self._fail(ticket, _described(error))

    def _requests(self, ticket: Ticket) -> _Requests:
        """Yields one request after the other; the last one is for the keys."""
        start = time.monotonic_ns()
        fetch = self._location.fetch(ticket, self._cache.max_octets)
        problem: Exception | None = None
        while True:
            request = fetch.step(time.monotonic_ns() - start)
            if isinstance(request, str):
                raise problem or FetchError(request)
            if request.is_for_keys:
                self._answer(ticket, request, (yield request))
                return
            try:
                response = yield request
            except Exception as error:  # noqa: BLE001, a caller's fetch may raise anything
                problem = error
                fetch.on_error()
            else:
                fetch.on_response(response.status, response.body)

    def _make(self, requests: _Requests) -> None:
        fetch = cast("Fetch", self._fetch)
        try:
            request = next(requests)
            while True:
                try:
                    response: Any = fetch(*_arguments(request))
                    if inspect.isawaitable(response):
                        # Of a function that is not async itself, such as a lambda.
                        response = asyncio.run(awaited(response, request.timeout))
                except Exception as error:  # noqa: BLE001, a caller's fetch may raise anything
                    request = requests.throw(error)
                else:
                    request = requests.send(response)
        except StopIteration:
            return

    async def _make_in_task(self, requests: _Requests) -> None:
        fetch = cast("AsyncFetch", self._fetch)
        try:
            request = next(requests)
            while True:
                try:
                    async with asyncio.timeout(request.timeout):
                        response = await fetch(*_arguments(request))
                except Exception as error:  # noqa: BLE001, a caller's fetch may raise anything
                    request = requests.throw(error)
                else:
                    request = requests.send(response)
        except StopIteration:
            return

    def _answer(self, ticket: Ticket, request: KeyRequest, response: FetchResponse) -> None:
        if response.status == _OK:
            self._location.confirm(request.url)
        headers = {name.lower(): value for name, value in response.headers.items()}
        problem = self._cache.on_response(
            ticket,
            response.status,
            response.body,
            *self._read_clocks(),
            is_conditional=request.is_conditional,
            cache_control=headers.get("cache-control"),
            age=headers.get("age"),
            entity_tag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
        )
        self._end(ticket, problem)

    def _fail(self, ticket: Ticket, problem: str) -> None:
        counts = self._cache.on_error(ticket, *self._read_clocks(), problem)
        self._end(ticket, problem if counts else None)

    def _cancel(self, ticket: Ticket, problem: str) -> None:
        counts = self._cache.on_cancelled(ticket, *self._read_clocks(), problem)
        self._end(ticket, problem if counts else None)

    def _end(self, ticket: Ticket, problem: str | None) -> None:
        """Logs a failed fetch and wakes up every waiting caller."""
        self._under_way.discard(ticket)
        if problem is not None:
            _log.warning("could not fetch keys from %s: %s", self._location, problem)
        self._waiters.wake()

    def _start_over(self) -> None:
        self._waiters = Waiters()
        self._lock = threading.RLock()
        self._threads: set[threading.Thread] = set()
        self._tasks: dict[asyncio.Task[None], Ticket] = {}
        self._under_way: set[Ticket] = set()
        self._last_ticket = None


def _arguments(request: KeyRequest) -> tuple[str, dict[str, str], float, int]:
    return request.url, request.headers, request.timeout, request.max_octets


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


_log = logging.getLogger("verijot")

_OK = 200

_EARLIER_FETCHES = "earlier fetches have not ended yet"

_LOOP_CHECK_INTERVAL = 1.0
"""Seconds between checks whether the event loop of a fetch is closed."""

_CLOSED = "the client is closed"

_LOOP_ENDED = "its event loop ended"

_FORKED = "the process was forked"

_BLOCKED_LOOP = "verify() waits for keys and blocks this event loop; await averify() instead"
