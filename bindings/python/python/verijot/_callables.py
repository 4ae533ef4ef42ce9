"""Tells async callables from sync ones, and waits for their results."""

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Any, TypeVar

_T = TypeVar("_T")


def is_async(function: object) -> bool:
    """Returns whether the result of a call must be awaited."""
    call: Any = getattr(type(function), "__call__", None)  # noqa: B004, inspected and not called
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


async def awaited(result: Awaitable[_T], seconds: float) -> _T:
    """Waits for a result, and raises TimeoutError if it takes longer than this."""
    async with asyncio.timeout(seconds):
        return await result
