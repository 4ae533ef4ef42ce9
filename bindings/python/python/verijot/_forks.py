"""Objects with threads, tasks or locks, which start over in a forked child."""

import os
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet


class Forking(Protocol):
    """What a forked child gets a copy of, without its threads and tasks."""

    def continue_after_fork(self) -> None:
        """Starts over, in the child."""


def follow_forks(copied: Forking) -> None:
    """Calls `continue_after_fork` in every child of this process, as long as the object lives."""
    _all.add(copied)


def _continue_after_fork() -> None:
    for copied in list(_all):
        # The caller's clock may raise anything; what was lost ends with its timeout then.
        with suppress(Exception):
            copied.continue_after_fork()


_all: "WeakSet[Forking]" = WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_continue_after_fork)
