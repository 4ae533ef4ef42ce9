"""Keys that never change, for a client that otherwise fetches them."""

from typing import TypeVar

from verijot._clock import Reading
from verijot._native import Health, JwkSet, OpenedToken
from verijot._waiting import Steps

_T = TypeVar("_T")


class HeldKeys:
    """What a Keeper does, without any fetch."""

    def __init__(self, keys: JwkSet) -> None:
        self._keys = keys

    def run(self, steps: Steps[_T]) -> _T:
        """Follows steps, which never wait."""
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result
        raise AssertionError

    async def arun(self, steps: Steps[_T]) -> _T:
        """The same."""
        return self.run(steps)

    def at_hand(self, _: str | None, __: Reading) -> JwkSet:
        """The keys, whatever token comes."""
        return self._keys

    def keys(self, _: str | None, __: int, *, in_task: bool) -> Steps[JwkSet]:  # noqa: ARG002
        """The keys, whatever token comes."""
        yield from ()
        return self._keys

    def reconsider(self, _: OpenedToken, __: int, *, in_task: bool) -> Steps[bool]:  # noqa: ARG002
        """A refusal stands."""
        yield from ()
        return False

    def refresh_now(self, *, in_task: bool) -> Steps[None]:  # noqa: ARG002
        """These are the present keys."""
        yield from ()

    def purge(self, _: str) -> None:
        """Nothing happens: whoever handed the keys over can hand over others."""

    def restore(self, _: str) -> bool:
        """Nothing was withdrawn."""
        return False

    def export(self) -> None:
        """Nothing: whoever handed the keys over has them."""

    def seed(self, *_: object) -> None:
        """Nothing happens: there are no newer keys."""

    def health(self) -> Health:
        """Always the same."""
        return Health.of_fixed(self._keys)

    def close(self) -> None:
        """Nothing happens."""
