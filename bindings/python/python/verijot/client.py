"""Verifies the tokens of an issuer, and fetches its keys.

In a thread and in a task::

    from verijot import JwksClient

    client = JwksClient.from_issuer("https://issuer.example", audience="https://api.example")
    token = client.verify(raw)
    token = await client.averify(raw)
"""

import json
import time
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, Self, TypeAlias, TypeVar, Unpack, overload

from verijot._clock import Clock, Moment, readings
from verijot._closing import ClosingInTasks
from verijot._environment import variable
from verijot._fetched_keys import FetchedKeys
from verijot._native import (
    Explanation,
    Health,
    JwkSet,
    KeyLocation,
    OpenedToken,
    VerifiedToken,
    Verifier,
    read_settings,
)
from verijot._static_keys import StaticKeys
from verijot._waiting import Steps
from verijot.errors import UnknownKeyError, VerificationError
from verijot.fetch import AsyncFetch, Fetch
from verijot.fetch import fetch as fetch_with_urllib
from verijot.policy import Audiences, Names, VerifierOptions
from verijot.settings import CacheSettings

__all__ = [
    "Clock",
    "JwksClient",
    "Moment",
    "Octets",
    "Snapshot",
    "TypeAdapter",
]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

Octets: TypeAlias = str | bytes | bytearray | memoryview


class TypeAdapter(Protocol[_T_co]):
    """Converts a payload to claims, such as pydantic's TypeAdapter."""

    def validate_json(self, data: bytes, /) -> _T_co:
        """Returns the claims."""
        ...


class Snapshot(NamedTuple):
    """A key set for another process or a later one."""

    jwks: str
    """The set as the issuer served it."""
    fetched_at: float
    """When the issuer served it, in seconds since 1970."""
    sha256: str
    """The SHA-256 of the set's octets, 64 hexadecimal digits."""


class JwksClient(ClosingInTasks):
    """Verifies the tokens of one issuer, and fetches its keys. Make it once and share it.

    `source` is the URL of the keys, with https or on the loopback interface; or a JwkSet, which is
    never fetched. `verifier` verifies the tokens; its policy should name the issuer of the keys.

    `fetch` makes the requests, sync or async; the default is `verijot.fetch.fetch`. A sync function
    runs in a thread of its own, an async one on the event loop that awaits `averify`. A fetch that
    ends because its event loop ends is repeated, and does not count as a failure of the issuer.

    `allow_plain_http` accepts http, for a network without anyone who can impersonate the issuer.
    `allowed_hosts` limits the hosts that are asked for keys and metadata. Raises
    InvalidKeySourceError for a URL that is not allowed, and TypeError if these two are given with a
    KeyLocation, or `purposes` or `certificates` of `settings` with a JwkSet: both have their own.
    The limits of keys in the policy's document apply, unless `settings` have others.
    """

    def __init__(
        self,
        source: str | JwkSet | KeyLocation,
        verifier: Verifier,
        *,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, it is immutable
        clock: Clock | None = None,
        allow_plain_http: bool = False,
        allowed_hosts: Names | None = None,
    ) -> None:
        if isinstance(source, str):
            source = KeyLocation.at(
                source, allow_plain_http=allow_plain_http, allowed_hosts=allowed_hosts
            )
        elif isinstance(source, KeyLocation) and (allow_plain_http or allowed_hosts is not None):
            message = "pass allow_plain_http and allowed_hosts to the KeyLocation"
            raise TypeError(message)
        elif isinstance(source, JwkSet) and (
            settings.purposes is not None or settings.certificates is not None
        ):
            message = "a JwkSet has its own purposes; those of settings are for fetched keys"
            raise TypeError(message)
        self._source = source
        self._clock = clock
        self._read_clocks = readings(clock)
        self._verifier = verifier
        self._keys = (
            StaticKeys(source)
            if isinstance(source, JwkSet)
            else FetchedKeys(source, fetch, _limited(settings, verifier), self._read_clocks)
        )

    @classmethod
    def from_issuer(
        cls,
        issuer: str,
        *,
        audience: Names | Audiences | None,
        discovery_only: bool = False,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, it is immutable
        clock: Clock | None = None,
        allow_plain_http: bool = False,
        allowed_hosts: Names | None = None,
        **options: Unpack[VerifierOptions],
    ) -> Self:
        """Makes a client that finds the keys through the issuer's metadata.

        The metadata is that of OpenID Connect Discovery or, if missing, of RFC 8414. It must name
        exactly this issuer. Without metadata, the client fetches `/.well-known/jwks.json`, unless
        `discovery_only` is True. Nothing is fetched before the first token.

        `options` are the keywords of Verifier. Raises InvalidKeySourceError if the issuer is not a
        URL that is allowed, and InvalidPolicyError as Verifier does.
        """
        location = KeyLocation.of_issuer(
            issuer,
            discovery_only=discovery_only,
            allow_plain_http=allow_plain_http,
            allowed_hosts=allowed_hosts,
        )
        verifier = Verifier(issuer=issuer, audience=audience, **options)
        return cls(location, verifier, fetch=fetch, settings=settings, clock=clock)

    @classmethod
    def from_environment(
        cls,
        prefix: str = "VERIJOT_",
        *,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, it is immutable
        clock: Clock | None = None,
        **options: Unpack[VerifierOptions],
    ) -> Self:
        """Makes a client from environment variables, such as `VERIJOT_ISSUER`.

        Either `POLICY`, a policy document, is required, or `ISSUER` and `AUDIENCE`, to which
        `ALGORITHMS`, `LEEWAY` and `MAX_TOKEN_OCTETS` can be added. The keys come from one of
        `PUBLIC_KEY`, `SECRET`, `JWKS` and `JWKS_URL`; without any of them, from the issuer.
        `ALLOWED_HOSTS`, `PLAIN_HTTP`, `MAX_JWKS_OCTETS` and `MAX_JWKS_KEYS` are for keys; limits in
        `settings` override them. The README has a table.

        `NAME_FILE` instead of `NAME` names a file that contains the value. `options` are the
        keywords of Verifier; they set what the variables do not.

        Raises InvalidSettingsError if a variable is missing or makes no sense, or two contradict
        each other; and TypeError for an option that a variable sets, and for `purposes` and
        `certificates` of `settings` where a variable contains the keys.
        """
        policy, source, reading = read_settings(prefix, variable)
        max_octets, max_keys, purposes, certificates = reading
        verifier = Verifier(policy, **options)
        if isinstance(source, JwkSet):
            # It is read already.
            return cls(source, verifier, fetch=fetch, settings=settings, clock=clock)
        settings = settings._replace(
            max_octets=max_octets if settings.max_octets is None else settings.max_octets,
            max_keys=max_keys if settings.max_keys is None else settings.max_keys,
            purposes=purposes if settings.purposes is None else settings.purposes,
            certificates=certificates if settings.certificates is None else settings.certificates,
        )
        return cls(source, verifier, fetch=fetch, settings=settings, clock=clock)

    @property
    def verifier(self) -> Verifier:
        """The verifier with the policy."""
        return self._verifier

    @property
    def clock(self) -> Clock | None:
        """The clocks that it was given; None for the system's."""
        return self._clock

    @overload
    def verify(
        self, token: Octets, *, into: None = None, now: Moment | None = None
    ) -> VerifiedToken: ...
    @overload
    def verify(self, token: Octets, *, into: type[_T], now: Moment | None = None) -> _T: ...
    @overload
    def verify(self, token: Octets, *, into: TypeAdapter[_T], now: Moment | None = None) -> _T: ...
    def verify(self, token: Octets, *, into: Any = None, now: Moment | None = None) -> Any:
        """Verifies a token as `Verifier.verify` does.

        Waits for a fetch only if no cached keys can be used. Raises a VerificationError:
        UnknownKeyError if the issuer has no such key, KeysUnavailableError (503, with
        `retry_after`) if the keys cannot be fetched.
        """
        return self.verify_opened(self._verifier.open(token), into=into, now=now)

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
        """Does the same in a task, with the same keys, without blocking the event loop."""
        return await self.averify_opened(self._verifier.open(token), into=into, now=now)

    def verify_opened(
        self, opened: OpenedToken, *, into: Any = None, now: Moment | None = None
    ) -> Any:
        """Does the same for a token that this client's verifier has opened already."""
        reading = self._read_clocks()
        keys = self._keys.current(opened.key_id, reading)
        if keys is None:
            steps = self._verified(opened, reading[0], into, now, in_task=False)
            return self._keys.run(steps)
        try:
            return opened.verify(keys, now=self._moment(now), into=into)
        except VerificationError as error:
            steps = self._reconsidered(opened, error, reading[0], into, now, in_task=False)
            return self._keys.run(steps)

    async def averify_opened(
        self, opened: OpenedToken, *, into: Any = None, now: Moment | None = None
    ) -> Any:
        """Does the same in a task."""
        reading = self._read_clocks()
        keys = self._keys.current(opened.key_id, reading)
        if keys is None:
            steps = self._verified(opened, reading[0], into, now, in_task=True)
            return await self._keys.arun(steps)
        try:
            return opened.verify(keys, now=self._moment(now), into=into)
        except VerificationError as error:
            steps = self._reconsidered(opened, error, reading[0], into, now, in_task=True)
            return await self._keys.arun(steps)

    def keys_for(self, key_id: str | None) -> JwkSet:
        """Returns the keys for a token with this `kid`, and fetches them first if necessary.

        For tokens that a Verifier does not read, such as those of AWS load balancers. Raises
        UnknownKeyError and KeysUnavailableError as `verify` does.
        """
        arrived, _ = self._read_clocks()
        return self._keys.run(self._keys.for_token(key_id, arrived, in_task=False))

    async def akeys_for(self, key_id: str | None) -> JwkSet:
        """Does the same in a task."""
        arrived, _ = self._read_clocks()
        return await self._keys.arun(self._keys.for_token(key_id, arrived, in_task=True))

    def explain(self, token: Octets, *, now: Moment | None = None) -> Explanation:
        """Verifies a token and returns the outcome of each check.

        Raises KeysUnavailableError if the keys cannot be fetched.
        """
        return self._keys.run(self._explained(token, now, in_task=False))

    async def aexplain(self, token: Octets, *, now: Moment | None = None) -> Explanation:
        """Does the same in a task."""
        return await self._keys.arun(self._explained(token, now, in_task=True))

    def refresh_now(self) -> None:
        """Fetches the issuer's keys now and waits for them, for example after a rotation.

        Raises KeysUnavailableError if they cannot be fetched, or were fetched a moment ago.
        """
        self._keys.run(self._keys.refresh_now(in_task=False))

    async def arefresh_now(self) -> None:
        """Does the same in a task."""
        await self._keys.arun(self._keys.refresh_now(in_task=True))

    def purge(self, kid: str) -> None:
        """Withdraws every key with this `kid` immediately, for a key that has leaked.

        Its tokens are refused with `unknown_key`, whatever the issuer publishes, until `restore` or
        the end of the process. Has no effect on a JwkSet, which is never fetched.
        """
        self._keys.purge(kid)

    def restore(self, kid: str) -> bool:
        """Undoes `purge`. Returns False if the `kid` was not withdrawn."""
        return self._keys.restore(kid)

    def health(self) -> Health:
        """Returns the state of the keys, for a health endpoint. Fetches nothing."""
        return self._keys.health()

    def export(self) -> Snapshot | None:
        """Returns the fetched keys, for `seed` in another process; None if there are none."""
        exported = self._keys.export()
        if exported is None:
            return None
        jwks, age, sha256 = exported
        return Snapshot(jwks, self._wall() - age / _NANOSECONDS, sha256)

    def seed(self, jwks: str, fetched_at: float | None = None, sha256: str | None = None) -> None:
        """Takes over a key set, for example from `export`, `seed(*snapshot)`, or from a file.

        The set is used immediately, and fetched again at the first token. Without `fetched_at` it
        counts as new. Does nothing if the client has newer keys or a JwkSet. Raises
        InvalidJwksError for an invalid set, and for one whose SHA-256 is not `sha256`.
        """
        age = 0.0 if fetched_at is None else max(self._wall() - fetched_at, 0.0)
        self._keys.seed(jwks, int(age * _NANOSECONDS), sha256)

    def close(self) -> None:
        """Stops fetching. Calls that wait for a fetch raise KeysUnavailableError.

        The client uses cached keys until they are too old.
        """
        self._keys.close()

    def __repr__(self) -> str:
        return f"<JwksClient {self._source}>"

    def _verified(
        self, opened: OpenedToken, arrived: int, into: Any, now: Moment | None, *, in_task: bool
    ) -> Steps[Any]:
        """Verifies a token that arrived at `arrived`, when there are keys for it."""
        keys = yield from self._keys.for_token(opened.key_id, arrived, in_task=in_task)
        try:
            return opened.verify(keys, now=self._moment(now), into=into)
        except VerificationError as error:
            steps = self._reconsidered(opened, error, arrived, into, now, in_task=in_task)
            return (yield from steps)

    def _reconsidered(
        self,
        opened: OpenedToken,
        error: VerificationError,
        arrived: int,
        into: Any,
        now: Moment | None,
        *,
        in_task: bool,
    ) -> Steps[Any]:
        """Verifies a refused token again if the refusal caused a fetch."""
        if not (yield from self._keys.reconsider(opened, arrived, in_task=in_task)):
            raise error
        keys = yield from self._keys.for_token(opened.key_id, arrived, in_task=in_task)
        return opened.verify(keys, now=self._moment(now), into=into)

    def _explained(self, token: Octets, now: Moment | None, *, in_task: bool) -> Steps[Explanation]:
        """Explains a token, when there are keys for it."""
        arrived, _ = self._read_clocks()
        try:
            opened = self._verifier.open(token)
            keys = yield from self._keys.for_token(opened.key_id, arrived, in_task=in_task)
            explanation = self._verifier.explain(token, keys, now=self._moment(now))
            if explanation.accepted:
                return explanation
            with suppress(VerificationError):
                opened.verify(keys, now=self._moment(now))
            if not (yield from self._keys.reconsider(opened, arrived, in_task=in_task)):
                return explanation
            keys = yield from self._keys.for_token(opened.key_id, arrived, in_task=in_task)
        except VerificationError as error:
            keys = self._keys_for(error)
        return self._verifier.explain(token, keys, now=self._moment(now))

    def _wall(self) -> float:
        _, wall = self._read_clocks()
        return time.time() if wall is None else wall / _NANOSECONDS

    def _moment(self, now: Moment | None) -> Moment | None:
        return self._clock.now() if now is None and self._clock is not None else now

    def _keys_for(self, error: VerificationError) -> JwkSet:
        """Returns the keys to explain a refusal with that came before there were keys."""
        if error.http_status == _UNAVAILABLE:
            raise error
        exported = self._keys.export() if isinstance(error, UnknownKeyError) else None
        return JwkSet.from_json(_NO_KEYS if exported is None else exported[0])


def _limited(settings: CacheSettings, verifier: Verifier) -> CacheSettings:
    """Adds the limits of keys that the policy's document has and the settings have not."""
    limits: dict[str, int] = json.loads(verifier.policy.to_json()).get("limits", {})
    max_octets, max_keys = limits.get("jwks_octets"), limits.get("jwks_keys")
    return settings._replace(
        max_octets=max_octets if settings.max_octets is None else settings.max_octets,
        max_keys=max_keys if settings.max_keys is None else settings.max_keys,
    )


_NANOSECONDS = 1_000_000_000

_UNAVAILABLE = 503

_NO_KEYS = '{"keys": []}'
