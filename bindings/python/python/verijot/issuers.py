"""Verifies the tokens of several issuers, each with its own keys and policy.

For instance::

    client = MultiIssuerClient(
        JwksClient.from_issuer("https://one.example", audience="https://api.example"),
        JwksClient.from_issuer("https://two.example", audience="https://api.example"),
    )
    token = client.verify(raw)
"""

from typing import Any, TypeVar, overload

from verijot._clock import Clock
from verijot._closing import ClosingInTasks
from verijot._native import VerifiedToken, VerifierSet
from verijot.client import JwksClient, Moment, Octets, TypeAdapter

_T = TypeVar("_T")


class MultiIssuerClient(ClosingInTasks):
    """Verifies each token with the client of its issuer. Make it once and share it.

    The untrusted `iss` only chooses the client: that client verifies the token with its own keys
    and no others, and checks the `iss` again.

    Raises InvalidPolicyError if there is no client, if one waives the issuer, or if two name the
    same issuer.
    """

    def __init__(self, *clients: JwksClient) -> None:
        self._clients = clients
        self._verifiers = VerifierSet([client.verifier for client in clients])

    @property
    def clients(self) -> tuple[JwksClient, ...]:
        """The clients, for example for their `health`."""
        return self._clients

    @property
    def clock(self) -> Clock | None:
        """The clocks of the first client; None for the system's."""
        return self._clients[0].clock

    @overload
    def verify(
        self, token: Octets, *, into: None = None, now: Moment | None = None
    ) -> VerifiedToken: ...
    @overload
    def verify(self, token: Octets, *, into: type[_T], now: Moment | None = None) -> _T: ...
    @overload
    def verify(self, token: Octets, *, into: TypeAdapter[_T], now: Moment | None = None) -> _T: ...
    def verify(self, token: Octets, *, into: Any = None, now: Moment | None = None) -> Any:
        """Verifies a token as `JwksClient.verify` does.

        Raises WrongIssuerError for a token of any other issuer.
        """
        index, opened = self._verifiers.open(token)
        return self._clients[index].verify_opened(opened, into=into, now=now)

    @overload
    async def averify(
        self, token: Octets, *, into: None = None, now: Moment | None = None
    ) -> VerifiedToken: ...
    @overload
    async def averify(self, token: Octets, *, into: type[_T], now: Moment | None = None) -> _T: ...
    @overload
    async def averify(
        self, token: Octets, *, into: TypeAdapter[_T], now: Moment | None = None
    ) -> _T: ...
    async def averify(self, token: Octets, *, into: Any = None, now: Moment | None = None) -> Any:
        """Does the same in a task, without blocking the event loop."""
        index, opened = self._verifiers.open(token)
        return await self._clients[index].averify_opened(opened, into=into, now=now)

    def close(self) -> None:
        """Closes all clients."""
        for client in self._clients:
            client.close()

    def __repr__(self) -> str:
        return f"<MultiIssuerClient {', '.join(map(repr, self._clients))}>"
