"""The keys of one issuer, kept up to date.

The core's cache says when to fetch; here it is done, by one thread or task at a time. A fetch
belongs to nobody: whoever caused it may be cancelled, and everybody who waits for it asks the cache
again when it is over. Every ticket is answered, whatever becomes of its fetch.
"""

import asyncio
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import cast
from weakref import WeakSet

from verijot._callables import is_async
from verijot._native import Health, JwksCache, JwkSet, KeyLocation, Ticket
from verijot._route import Step, route
from verijot._waiters import Waiters
from verijot.fetch import AsyncFetch, Fetch, FetchResponse
from verijot.settings import CacheSettings


class Keeper:
    """The keys of one issuer, for any number of threads, tasks and event loops."""

    def __init__(
        self,
        location: KeyLocation,
        fetch: Fetch | AsyncFetch,
        settings: CacheSettings,
        monotonic: Callable[[], int],
    ) -> None:
        self._location = location
        self._fetch = fetch
        self._is_async = is_async(fetch)
        self._settings = settings
        self._monotonic = monotonic
        self._cache = JwksCache(**settings._asdict())
        self._is_closed = False
        self._last_ticket: Ticket | None = None
        self._start_anew()
        _keepers.add(self)

    def keys(self, kid: str | None) -> JwkSet:
        """The keys for a token that comes now. Waits for a fetch only if no keys would do.

        Raises UnknownKeyError or KeysUnavailableError.
        """
        asked = self._monotonic()
        keys, ticket, _ = self._cache.resolve(kid, asked, asked)
        if ticket is not None:
            self._start(ticket, None)
        return self._wait(kid, asked) if keys is None else keys

    async def akeys(self, kid: str | None) -> JwkSet:
        """The same in a task, whose event loop goes on meanwhile."""
        asked = self._monotonic()
        keys, ticket, _ = self._cache.resolve(kid, asked, asked)
        if ticket is not None:
            self._start(ticket, asyncio.get_running_loop())
        return await self._await(kid, asked) if keys is None else keys

    def export(self) -> tuple[str, int, str] | None:
        """See JwksCache."""
        return self._cache.export(self._monotonic())

    def seed(self, jwks: str, age: int, sha256: str | None = None) -> None:
        """See JwksCache."""
        self._cache.seed(jwks, age, self._monotonic(), sha256)
        self._waiters.wake()

    def health(self) -> Health:
        """See JwksCache."""
        return self._cache.health(self._monotonic())

    def close(self) -> None:
        """From now on nothing is fetched, and nobody waits."""
        self._is_closed = True
        if self._last_ticket is not None:
            self._fail(self._last_ticket, _CLOSED)

    def continue_after_fork(self) -> None:
        """Whoever was fetching or waiting is not in this process."""
        is_fetching = self.health().is_fetching
        self._start_anew()
        if is_fetching:
            exported = self.export()
            self._cache = JwksCache(**self._settings._asdict())
            if exported is not None:
                self.seed(*exported)

    def _wait(self, kid: str | None, asked: int) -> JwkSet:
        if _loop_runs_here():
            # Not an error: where keys are at hand nothing else would have happened.
            warnings.warn(_BLOCKED_LOOP, RuntimeWarning, stacklevel=4)
        with self._waiters.thread() as event:
            while True:
                event.clear()
                keys, ticket, until = self._cache.resolve(kid, asked, self._monotonic())
                if ticket is not None:
                    self._start(ticket, None)
                if keys is not None:
                    return keys
                if until is not None:
                    event.wait(self._seconds_to(until))

    async def _await(self, kid: str | None, asked: int) -> JwkSet:
        loop = asyncio.get_running_loop()
        with self._waiters.task() as event:
            while True:
                event.clear()
                keys, ticket, until = self._cache.resolve(kid, asked, self._monotonic())
                if ticket is not None:
                    self._start(ticket, loop)
                if keys is not None:
                    return keys
                if until is not None:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._seconds_to(until)):
                            await event.wait()

    def _seconds_to(self, moment: int) -> float:
        return max(moment - self._monotonic(), 0) / _NANOSECONDS

    def _start(self, ticket: Ticket, loop: asyncio.AbstractEventLoop | None) -> None:
        self._last_ticket = ticket
        if self._is_closed:
            self._fail(ticket, _CLOSED)
        elif self._is_async and loop is not None:
            # Of its own, not of the request's: neither cancelled with it nor traced as its part.
            task = loop.create_task(self._fetch_in_task(ticket), context=Context())
            self._tasks.add(task)
            task.add_done_callback(lambda task: self._end_task(ticket, task))
        else:
            self._start_thread(ticket)

    def _start_thread(self, ticket: Ticket) -> None:
        thread = threading.Thread(
            target=self._fetch_in_thread, args=(ticket,), name="verijot-keys", daemon=True
        )
        with self._lock:
            has_room = len(self._threads) < _MOST_THREADS
            if has_room:
                self._threads.add(thread)
        if not has_room:
            self._fail(ticket, "earlier fetches have not come back")
            return
        try:
            thread.start()
        except RuntimeError as error:
            self._threads.discard(thread)
            self._fail(ticket, str(error))

    def _fetch_in_thread(self, ticket: Ticket) -> None:
        try:
            if self._is_async:
                response = asyncio.run(self._follow_in_task(ticket))
            else:
                response = self._follow(ticket)
            self._answer(ticket, response)
        except BaseException as error:  # noqa: BLE001, no ticket goes without an answer
            self._fail(ticket, _described(error))
        finally:
            self._threads.discard(threading.current_thread())

    async def _fetch_in_task(self, ticket: Ticket) -> None:
        self._answer(ticket, await self._follow_in_task(ticket))

    def _end_task(self, ticket: Ticket, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            self._fail(ticket, "cancelled, as when its event loop ends")
        elif (error := task.exception()) is not None:
            self._fail(ticket, _described(error))

    def _follow(self, ticket: Ticket) -> FetchResponse:
        fetch = cast("Fetch", self._fetch)
        deadline = time.monotonic() + ticket.timeout
        requests = route(self._location)
        try:
            step = next(requests)
            while True:
                try:
                    response = fetch(*self._request(ticket, step, deadline))
                except Exception as error:  # noqa: BLE001, anybody's fetch may raise anything
                    step = requests.throw(error)
                else:
                    step = requests.send(response)
        except StopIteration as end:
            return cast("FetchResponse", end.value)

    async def _follow_in_task(self, ticket: Ticket) -> FetchResponse:
        fetch = cast("AsyncFetch", self._fetch)
        deadline = time.monotonic() + ticket.timeout
        requests = route(self._location)
        try:
            step = next(requests)
            while True:
                request = self._request(ticket, step, deadline)
                try:
                    async with asyncio.timeout(request[2]):
                        response = await fetch(*request)
                except Exception as error:  # noqa: BLE001, anybody's fetch may raise anything
                    step = requests.throw(error)
                else:
                    step = requests.send(response)
        except StopIteration as end:
            return cast("FetchResponse", end.value)

    def _request(
        self, ticket: Ticket, step: Step, deadline: float
    ) -> tuple[str, dict[str, str], float, int]:
        headers = dict(_HEADERS)
        if step.is_conditional and ticket.if_none_match is not None:
            headers["If-None-Match"] = ticket.if_none_match
        if step.is_conditional and ticket.if_modified_since is not None:
            headers["If-Modified-Since"] = ticket.if_modified_since
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError(_NO_TIME)
        return step.url, headers, remaining * step.share, self._cache.max_octets

    def _answer(self, ticket: Ticket, response: FetchResponse) -> None:
        headers = {name.lower(): value for name, value in response.headers.items()}
        problem = self._cache.on_response(
            ticket,
            response.status,
            response.body,
            self._monotonic(),
            cache_control=headers.get("cache-control"),
            age=headers.get("age"),
            entity_tag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
        )
        if problem is not None:
            _log.warning("no new keys from %s: %s", self._location, problem)
        self._waiters.wake()

    def _fail(self, ticket: Ticket, problem: str) -> None:
        if self._cache.on_error(ticket, self._monotonic(), problem):
            _log.warning("no new keys from %s: %s", self._location, problem)
        self._waiters.wake()

    def _start_anew(self) -> None:
        self._waiters = Waiters()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_ticket = None


def _loop_runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _continue_after_fork() -> None:
    for keeper in list(_keepers):
        keeper.continue_after_fork()


_keepers: "WeakSet[Keeper]" = WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_continue_after_fork)

_log = logging.getLogger("verijot")

_HEADERS = {
    "Accept": "application/jwk-set+json, application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "verijot",
}

_MOST_THREADS = 4
"""Fetches that never come back cost a thread each, up to here."""

_NANOSECONDS = 1_000_000_000

_CLOSED = "the client is closed"

_NO_TIME = "no time was left for it"

_BLOCKED_LOOP = "verify() waits for keys and so blocks this event loop; await averify() instead"
