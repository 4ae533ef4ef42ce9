"""Keys that are at hand and never change, for a client that otherwise fetches them."""

from verijot._native import Health, JwkSet


class HeldKeys:
    """What a Keeper does, without any fetch."""

    def __init__(self, keys: JwkSet) -> None:
        self._keys = keys

    def keys(self, _: str | None) -> JwkSet:
        """The keys, whatever token comes."""
        return self._keys

    async def akeys(self, _: str | None) -> JwkSet:
        """The same."""
        return self._keys

    def export(self) -> None:
        """Nothing: whoever handed the keys over has them."""

    def seed(self, *_: object) -> None:
        """Nothing happens: there are no newer keys."""

    def health(self) -> Health:
        """Always the same."""
        return Health.of_fixed(self._keys)

    def close(self) -> None:
        """Nothing happens."""
