"""Steps that wait in between, for threads and tasks alike.

Steps are a generator that gives the seconds to wait at most before it goes on, and returns what
comes of it. What it asks for is asked for again after each wait.
"""

import asyncio
from collections.abc import Generator
from contextlib import suppress
from typing import TypeAlias, TypeVar

from verijot._waiters import Waiters

_T = TypeVar("_T")

Steps: TypeAlias = Generator[float, None, _T]


def wait(steps: Steps[_T], waiters: Waiters) -> _T:
    """Waits in this thread, until woken up or until the time is over."""
    with waiters.thread() as event:
        try:
            while True:
                # Before the question: what comes after it is news.
                event.clear()
                event.wait(next(steps))
        except StopIteration as end:
            result: _T = end.value
            return result


async def wait_in_task(steps: Steps[_T], waiters: Waiters) -> _T:
    """The same in a task, whose event loop goes on meanwhile."""
    with waiters.task() as event:
        try:
            while True:
                event.clear()
                seconds = next(steps)
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await event.wait()
        except StopIteration as end:
            result: _T = end.value
            return result
