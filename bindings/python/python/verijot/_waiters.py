"""Threads and tasks that wait for a fetch, of any event loop.

Whoever waits is entered first and looks second whether there is still something to wait for. So
nobody misses a fetch that ends in between.
"""

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress


class Waiters:
    """Who waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakers: set[Callable[[], None]] = set()

    def wake(self) -> None:
        """Lets everybody look again."""
        with self._lock:
            wakers = list(self._wakers)
        for waker in wakers:
            waker()

    @contextmanager
    def thread(self) -> Generator[threading.Event, None, None]:
        """An event that is set when there is something new."""
        event = threading.Event()
        with self._entered(event.set):
            yield event

    @contextmanager
    def task(self) -> Generator[asyncio.Event, None, None]:
        """The same for a task."""
        event = asyncio.Event()
        loop = asyncio.get_running_loop()

        def waker() -> None:
            # A loop that is closed has no tasks that wait.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

        with self._entered(waker):
            yield event

    @contextmanager
    def _entered(self, waker: Callable[[], None]) -> Generator[None, None, None]:
        with self._lock:
            self._wakers.add(waker)
        try:
            yield
        finally:
            with self._lock:
                self._wakers.discard(waker)
