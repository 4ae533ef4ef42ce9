"""What remembers tokens that may be presented once, such as logout tokens.

Several processes share a store instead of a ReplayWindow: a function, sync or async, that takes a
`Replay`, inserts its `key`, and keeps it through the second `until`. It returns True if the key was
not there before, and False if it was. An async one is awaited for at most `replay_timeout` seconds;
after that the token is refused with `replay_unavailable` and status 503. A sync one needs a time
limit of its own.
"""

import inspect
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, Literal, TypeAlias

from verijot._asking import answer_within
from verijot._native import Replay, ReplayWindow, refusal

__all__ = ["WITHOUT_REPLAY_CHECK", "Replay", "ReplayCheck", "ReplayStore", "ReplayWindow"]


class _Waiver(Enum):
    WITHOUT_REPLAY_CHECK = "without_replay_check"


WITHOUT_REPLAY_CHECK: Final = _Waiver.WITHOUT_REPLAY_CHECK
"""Waives the check: the same token is accepted any number of times."""

ReplayStore: TypeAlias = Callable[[Replay], bool] | Callable[[Replay], Awaitable[bool]]
"""Says whether a token is presented for the first time, and remembers it.

Only True accepts the token, and False refuses it with `replayed`. An exception and any other value
refuse it with `replay_unavailable` and status 503."""

ReplayCheck: TypeAlias = ReplayWindow | ReplayStore | Literal[_Waiver.WITHOUT_REPLAY_CHECK]
"""A window for one process, a store for several, or the waiver."""


def check_given(replay: object) -> None:
    """Raises TypeError for what is no ReplayCheck."""
    if not (isinstance(replay, (ReplayWindow, _Waiver)) or callable(replay)):
        kind = type(replay).__name__
        raise TypeError(f"replay must be a ReplayWindow, a callable or a waiver, not {kind}")


def answer_of(store: Callable[[Replay], object], replay: Replay) -> object:
    """Asks a store. Its answer may be an awaitable."""
    try:
        return store(replay)
    except Exception as error:
        raise refusal(_UNAVAILABLE) from error


def admit(answer: object) -> None:
    """Raises unless the answer of a store is True."""
    if answer is True:
        return
    if answer is False:
        raise refusal(_REPLAYED)
    if inspect.iscoroutine(answer):
        # Closed, because it would warn that it was never awaited.
        answer.close()
    message = f"the result of a replay store must be bool, not {type(answer).__name__}"
    raise refusal(_UNAVAILABLE) from TypeError(message)


async def admit_in_task(answer: object, at_most: float) -> None:
    """Does the same in a task, and first awaits the answer, for at most this many seconds."""
    if inspect.isawaitable(answer):
        try:
            answer = await answer_within(answer, at_most)
        except Exception as error:
            raise refusal(_UNAVAILABLE) from error
    admit(answer)


_REPLAYED = "replayed"
_UNAVAILABLE = "replay_unavailable"
