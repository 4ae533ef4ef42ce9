"""Threads and tasks, of any event loop, that wait for a fetch.

A waiter registers first and then checks whether it still has to wait, so that it never misses a
fetch that ends in between.
"""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress


class Waiters:
    """The registered threads and tasks."""

    def __init__(self) -> None:
        # A signal handler may close a client whose thread holds the lock.
        self._lock = threading.RLock()
        self._wakers: set[Callable[[], None]] = set()

    def wake(self) -> None:
        """Wakes up every waiter."""
        with self._lock:
            wakers = list(self._wakers)
        for waker in wakers:
            waker()

    @contextmanager
    def thread(self) -> Generator[threading.Event, None, None]:
        """Registers this thread. Yields an event that `wake` sets."""
        event = threading.Event()
        with self._registered(event.set):
            yield event

    @contextmanager
    def task(self) -> Generator[asyncio.Event, None, None]:
        """Registers this task. Yields an event that `wake` sets."""
        event = asyncio.Event()
        loop = asyncio.get_running_loop()

        def waker() -> None:
            # A closed loop has no waiting tasks.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

        with self._registered(waker):
            yield event

    @contextmanager
    def _registered(self, waker: Callable[[], None]) -> Generator[None, None, None]:
        with self._lock:
            self._wakers.add(waker)
        try:
            yield
        finally:
            with self._lock:
                self._wakers.discard(waker)
