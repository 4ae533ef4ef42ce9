"""Asks a caller's async function, such as a revocation check, for a limited time."""

import asyncio
import math
from collections.abc import Awaitable

from verijot._native import MAX_ABANDONED_CALLS


async def answer_within(asked: Awaitable[object], at_most: float) -> object:
    """Returns the answer, for which it waits for at most this many seconds.

    Raises TimeoutError after that, and what the function raises. A function that is cancelled by
    something else than its caller gives no answer, and one that ignores its cancellation is left
    alone: both are a TimeoutError, too.
    """
    if len(_left_alone) >= MAX_ABANDONED_CALLS and not _forget_closed_loops():
        _close(asked)
        message = "earlier calls have not ended yet"
        raise TimeoutError(message)
    # A separate task, which cannot hold this one if it ignores its cancellation.
    task = asyncio.ensure_future(asked)
    task.add_done_callback(_end)
    try:
        await asyncio.wait({task}, timeout=at_most)
        if task.done() and not task.cancelled():
            return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            task.cancel()
            _left_alone.add(task)


def is_time_limit(seconds: object) -> bool:
    """Returns whether this is a number of seconds after which something ends."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return False
    return 0 < seconds < math.inf


def _end(task: "asyncio.Future[object]") -> None:
    _left_alone.discard(task)
    if not task.cancelled():
        # Retrieves the error, so that asyncio does not log it as never retrieved.
        task.exception()


def _forget_closed_loops() -> bool:
    """Forgets tasks that can never end. Returns whether there were any."""
    lost = [task for task in list(_left_alone) if task.get_loop().is_closed()]
    _left_alone.difference_update(lost)
    return bool(lost)


def _close(asked: Awaitable[object]) -> None:
    """Closes a coroutine, which would otherwise warn that it was never awaited."""
    close = getattr(asked, "close", None)
    if callable(close):
        close()


_left_alone: set["asyncio.Future[object]"] = set()
"""Tasks whose answer came too late, until they end. Kept, because an event loop forgets them."""
