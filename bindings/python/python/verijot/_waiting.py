"""Steps that wait in between, for threads and tasks alike.

Steps are a generator. It yields the maximum seconds to wait before it continues, checks its
condition again after each wait, and returns its result.
"""

import asyncio
from collections.abc import Generator
from contextlib import suppress
from typing import TypeAlias, TypeVar

from verijot._waiters import Waiters

_T = TypeVar("_T")

Steps: TypeAlias = Generator[float, None, _T]


def wait(steps: Steps[_T], waiters: Waiters) -> _T:
    """Runs steps in this thread. Each wait ends when woken up or after the maximum time."""
    with waiters.thread() as event:
        try:
            while True:
                # Cleared before the check, so that a wake-up after the check counts.
                event.clear()
                event.wait(next(steps))
        except StopIteration as end:
            result: _T = end.value
            return result


async def wait_in_task(steps: Steps[_T], waiters: Waiters) -> _T:
    """Does the same in a task, without blocking the event loop."""
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
