"""Keys that are never fetched, for a JwksClient."""

from typing import TypeVar

from verijot._clock import Reading
from verijot._native import Health, JwkSet, OpenedToken
from verijot._waiting import Steps

_T = TypeVar("_T")


class StaticKeys:
    """Has the methods of FetchedKeys, and never fetches."""

    def __init__(self, keys: JwkSet) -> None:
        self._keys = keys

    def run(self, steps: Steps[_T]) -> _T:
        """Runs steps, which never wait."""
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result
        raise AssertionError

    async def arun(self, steps: Steps[_T]) -> _T:
        """Runs steps in a task, which never wait."""
        return self.run(steps)

    def current(self, _: str | None, __: Reading) -> JwkSet:
        """Returns the keys for any token."""
        return self._keys

    def for_token(self, _: str | None, __: int, *, in_task: bool) -> Steps[JwkSet]:  # noqa: ARG002
        """Returns the keys for any token."""
        yield from ()
        return self._keys

    def reconsider(self, _: OpenedToken, __: int, *, in_task: bool) -> Steps[bool]:  # noqa: ARG002
        """Returns False: every refusal is final."""
        yield from ()
        return False

    def refresh_now(self, *, in_task: bool) -> Steps[None]:  # noqa: ARG002
        """Does nothing: the keys are always current."""
        yield from ()

    def purge(self, _: str) -> None:
        """Does nothing: the caller can pass other keys instead."""

    def restore(self, _: str) -> bool:
        """Returns False: no key was withdrawn."""
        return False

    def export(self) -> None:
        """Returns None: the caller has the keys."""

    def seed(self, *_: object) -> None:
        """Does nothing: no keys are newer."""

    def health(self) -> Health:
        """Returns the state, which never changes."""
        return Health.of_fixed(self._keys)

    def close(self) -> None:
        """Does nothing."""
