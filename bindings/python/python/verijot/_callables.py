"""Tells async callables from sync ones."""

import inspect
from typing import Any


def is_async(function: object) -> bool:
    """Returns whether the result of a call must be awaited."""
    call: Any = getattr(type(function), "__call__", None)  # noqa: B004, inspected and not called
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)
