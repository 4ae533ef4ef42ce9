"""What is to be awaited."""

import inspect
from typing import Any


def is_async(function: object) -> bool:
    """Whether calling it gives something to await."""
    call: Any = getattr(type(function), "__call__", None)  # noqa: B004, looked at and not called
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)
