"""Tokens of an issuer whose keys are fetched when they are needed.

In a thread and in a task::

    from verijot import JwksClient

    client = JwksClient.from_issuer("https://issuer.example", audience="https://api.example")
    token = client.verify(raw)
    token = await client.averify(raw)
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import EllipsisType
from typing import Any, NamedTuple, Protocol, Self, TypeAlias, TypedDict, TypeVar, Unpack, overload

from verijot._clock import Clock, Moment, readings
from verijot._closing import ClosingInTasks
from verijot._environment import variable
from verijot._held_keys import HeldKeys
from verijot._keeper import Keeper
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
from verijot._waiting import Steps
from verijot.errors import UnknownKeyError, VerificationError
from verijot.fetch import AsyncFetch, Fetch
from verijot.fetch import fetch as fetch_with_urllib
from verijot.policy import LifetimeClasses, Seconds
from verijot.settings import CacheSettings

__all__ = [
    "Clock",
    "FurtherKeywords",
    "JwksClient",
    "Moment",
    "Octets",
    "PolicyKeywords",
    "Snapshot",
    "TypeAdapter",
]

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

Octets: TypeAlias = str | bytes | bytearray | memoryview


class TypeAdapter(Protocol[_T_co]):
    """What makes claims out of a payload, such as pydantic's TypeAdapter."""

    def validate_json(self, data: bytes, /) -> _T_co:
        """The claims."""
        ...


class Snapshot(NamedTuple):
    """A set of keys, to be carried to another process or a later one."""

    jwks: str
    """The set as the issuer gave it."""
    fetched_at: float
    """When that was, in seconds since 1970."""
    sha256: str
    """The SHA-256 of the set's octets, 64 hexadecimal digits."""


class FurtherKeywords(TypedDict, total=False):
    """The keywords of Verifier that are not among the settings of a service."""

    types: str | Iterable[str] | EllipsisType | None
    require_exp: bool
    required_claims: str | Iterable[str] | None
    expected_claims: Mapping[str, Any] | None
    max_age: Seconds | None
    max_lifetime: Seconds | None
    max_lifetime_by: LifetimeClasses | None
    required_scopes: str | Iterable[str] | None
    required_roles: Mapping[str | tuple[str, ...], str | Iterable[str]] | None
    revoked: Callable[[VerifiedToken], bool] | None
    max_token_octets: int | None
    token_cache: int | None
    allow_numeric_subject: bool
    allow_future_issued_at: bool


class PolicyKeywords(FurtherKeywords, total=False):
    """The keywords of Verifier, without the issuer and the audience."""

    algorithms: str | Iterable[str] | None
    leeway: Seconds


class JwksClient(ClosingInTasks):
    """Verifies the tokens of one issuer, and fetches its keys. Made once and shared.

    `source` is the URL where the keys are, over https or on this very machine; or a JwkSet, with
    which nothing is ever fetched. `verifier` is what is demanded of a token, which should name the
    issuer that the keys belong to.

    `fetch` makes the requests, sync or async; the default is `verijot.fetch.fetch`. A sync one runs
    in a thread of its own, an async one on the event loop of whoever awaits `averify`. A fetch that
    ends with its event loop is made again, and is no failure of the issuer.

    `allow_plain_http` waives https, for a network in which nobody can answer in the issuer's name.
    With `allowed_hosts` no other host is asked for keys or metadata.
    """

    def __init__(
        self,
        source: str | JwkSet | KeyLocation,
        verifier: Verifier,
        *,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, nobody can change it
        clock: Clock | None = None,
        allow_plain_http: bool = False,
        allowed_hosts: str | Iterable[str] | None = None,
    ) -> None:
        if isinstance(source, str):
            source = KeyLocation.at(
                source, allow_plain_http=allow_plain_http, allowed_hosts=allowed_hosts
            )
        self._source = source
        self._clock = clock
        self._read_clocks = readings(clock)
        self._verifier = verifier
        self._keeper = (
            HeldKeys(source)
            if isinstance(source, JwkSet)
            else Keeper(source, fetch, settings, self._read_clocks)
        )

    @classmethod
    def from_issuer(
        cls,
        issuer: str,
        *,
        audience: str | Iterable[str] | None,
        customary: bool = True,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, nobody can change it
        clock: Clock | None = None,
        allow_plain_http: bool = False,
        allowed_hosts: str | Iterable[str] | None = None,
        **policy: Unpack[PolicyKeywords],
    ) -> Self:
        """A client that finds the keys through the issuer's metadata.

        That is the document of OpenID Connect Discovery or else of RFC 8414, which must name this
        very issuer. Nothing is fetched before the first token.

        An issuer without metadata is asked at `/.well-known/jwks.json`, unless `customary` is
        False. The remaining keywords are those of Verifier. Raises InvalidKeySourceError if
        the issuer is no URL that may be fetched from.
        """
        location = KeyLocation.of_issuer(
            issuer,
            customary=customary,
            allow_plain_http=allow_plain_http,
            allowed_hosts=allowed_hosts,
        )
        verifier = Verifier(issuer=issuer, audience=audience, **policy)
        return cls(location, verifier, fetch=fetch, settings=settings, clock=clock)

    @classmethod
    def from_environment(
        cls,
        prefix: str = "VERIJOT_",
        *,
        fetch: Fetch | AsyncFetch = fetch_with_urllib,
        settings: CacheSettings = CacheSettings(),  # noqa: B008, nobody can change it
        clock: Clock | None = None,
        **policy: Unpack[FurtherKeywords],
    ) -> Self:
        """A client set up by environment variables, such as `VERIJOT_ISSUER`.

        `ISSUER` and `AUDIENCE` are needed, or `POLICY`, a whole policy as a document, in place of
        all that is said about tokens and limits. The keys come from one of `PUBLIC_KEY`, `SECRET`,
        `JWKS` and `JWKS_URL`, or without any of them from the issuer. `ALGORITHMS`, `LEEWAY` and
        `MAX_TOKEN_OCTETS` are what they are for Verifier, whose other keywords are given here.
        `ALLOWED_HOSTS`, `PLAIN_HTTP`, `MAX_JWKS_OCTETS` and `MAX_JWKS_KEYS` are for keys; limits in
        `settings` come before them. The README has a table.

        With `_FILE` behind its name a variable names a file that has the value. Raises
        InvalidSettingsError if anything is missing, makes no sense or contradicts another.
        """
        demands, source, (max_octets, max_keys) = read_settings(prefix, variable)
        verifier = Verifier(demands, **policy)
        settings = settings._replace(
            max_octets=max_octets if settings.max_octets is None else settings.max_octets,
            max_keys=max_keys if settings.max_keys is None else settings.max_keys,
        )
        return cls(source, verifier, fetch=fetch, settings=settings, clock=clock)

    @property
    def verifier(self) -> Verifier:
        """What is demanded of a token."""
        return self._verifier

    @overload
    def verify(
        self, token: Octets, *, into: None = None, now: Moment | None = None
    ) -> VerifiedToken: ...
    @overload
    def verify(self, token: Octets, *, into: type[_T], now: Moment | None = None) -> _T: ...
    @overload
    def verify(self, token: Octets, *, into: TypeAdapter[_T], now: Moment | None = None) -> _T: ...
    def verify(self, token: Octets, *, into: Any = None, now: Moment | None = None) -> Any:
        """Verifies a token as `Verifier.verify` does. Waits for a fetch only if no keys would do.

        Raises a VerificationError: UnknownKeyError if the issuer has no such key,
        KeysUnavailableError (503, with `retry_after`) if it cannot be asked.
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
        """The same in a task, with the same keys: the event loop goes on while they are fetched."""
        return await self.averify_opened(self._verifier.open(token), into=into, now=now)

    def verify_opened(
        self, opened: OpenedToken, *, into: Any = None, now: Moment | None = None
    ) -> Any:
        """The same for a token that this client's verifier has opened already."""
        reading = self._read_clocks()
        keys = self._keeper.at_hand(opened.key_id, reading)
        if keys is None:
            steps = self._verified(opened, reading[0], into, now, in_task=False)
            return self._keeper.run(steps)
        try:
            return opened.verify(keys, now=self._moment(now), into=into)
        except VerificationError as error:
            steps = self._reconsidered(opened, error, reading[0], into, now, in_task=False)
            return self._keeper.run(steps)

    async def averify_opened(
        self, opened: OpenedToken, *, into: Any = None, now: Moment | None = None
    ) -> Any:
        """The same in a task."""
        reading = self._read_clocks()
        keys = self._keeper.at_hand(opened.key_id, reading)
        if keys is None:
            steps = self._verified(opened, reading[0], into, now, in_task=True)
            return await self._keeper.arun(steps)
        try:
            return opened.verify(keys, now=self._moment(now), into=into)
        except VerificationError as error:
            steps = self._reconsidered(opened, error, reading[0], into, now, in_task=True)
            return await self._keeper.arun(steps)

    def explain(self, token: Octets, *, now: Moment | None = None) -> Explanation:
        """Every check of `verify` with its outcome. Raises KeysUnavailableError without keys."""
        return self._keeper.run(self._explained(token, now, in_task=False))

    async def aexplain(self, token: Octets, *, now: Moment | None = None) -> Explanation:
        """The same in a task."""
        return await self._keeper.arun(self._explained(token, now, in_task=True))

    def refresh_now(self) -> None:
        """Fetches the issuer's keys now and waits for them, such as after a rotation.

        Raises KeysUnavailableError if they cannot be fetched, or were a moment ago.
        """
        self._keeper.run(self._keeper.refresh_now(in_task=False))

    async def arefresh_now(self) -> None:
        """The same in a task."""
        await self._keeper.arun(self._keeper.refresh_now(in_task=True))

    def purge(self, kid: str) -> None:
        """Withdraws every key with this `kid` at once, for a key that has leaked.

        Its tokens get `unknown_key`, whatever the issuer publishes, until `restore` or the end of
        the process. Of keys that are never fetched none is withdrawn.
        """
        self._keeper.purge(kid)

    def restore(self, kid: str) -> bool:
        """Takes back `purge`. False if the `kid` was not withdrawn."""
        return self._keeper.restore(kid)

    def health(self) -> Health:
        """How the keys are doing, for a health endpoint. Fetches nothing."""
        return self._keeper.health()

    def export(self) -> Snapshot | None:
        """The keys, if any have been fetched, for `seed` in another process or a later one."""
        exported = self._keeper.export()
        if exported is None:
            return None
        jwks, age, sha256 = exported
        return Snapshot(jwks, self._wall() - age / _NANOSECONDS, sha256)

    def seed(self, jwks: str, fetched_at: float | None = None, sha256: str | None = None) -> None:
        """Takes over a set, as from `export` or from a file that was deployed along: `seed(*it)`.

        It is used at once and refreshed at the first occasion. Without `fetched_at` it counts as
        new. Nothing happens if newer keys are held, or keys that are never fetched. Raises
        InvalidJwksError, also if `sha256` is given and the set has another.
        """
        age = 0.0 if fetched_at is None else max(self._wall() - fetched_at, 0.0)
        self._keeper.seed(jwks, int(age * _NANOSECONDS), sha256)

    def close(self) -> None:
        """From now on nothing is fetched, and whoever waits for a fetch is refused.

        Keys that are held are used until they are too old.
        """
        self._keeper.close()

    def __repr__(self) -> str:
        return f"<JwksClient {self._source}>"

    def _verified(
        self, opened: OpenedToken, asked: int, into: Any, now: Moment | None, *, in_task: bool
    ) -> Steps[Any]:
        """A token that came at `asked`, once there are keys for it."""
        keys = yield from self._keeper.keys(opened.key_id, asked, in_task=in_task)
        try:
            return opened.verify(keys, now=self._moment(now), into=into)
        except VerificationError as error:
            steps = self._reconsidered(opened, error, asked, into, now, in_task=in_task)
            return (yield from steps)

    def _reconsidered(
        self,
        opened: OpenedToken,
        error: VerificationError,
        asked: int,
        into: Any,
        now: Moment | None,
        *,
        in_task: bool,
    ) -> Steps[Any]:
        """A token that was refused, verified again if the issuer was asked because of that."""
        if not (yield from self._keeper.reconsider(opened, asked, in_task=in_task)):
            raise error
        keys = yield from self._keeper.keys(opened.key_id, asked, in_task=in_task)
        return opened.verify(keys, now=self._moment(now), into=into)

    def _explained(self, token: Octets, now: Moment | None, *, in_task: bool) -> Steps[Explanation]:
        """The same with every check."""
        asked, _ = self._read_clocks()
        try:
            opened = self._verifier.open(token)
            keys = yield from self._keeper.keys(opened.key_id, asked, in_task=in_task)
            explanation = self._verifier.explain(token, keys, now=self._moment(now))
            if explanation.accepted:
                return explanation
            with suppress(VerificationError):
                opened.verify(keys, now=self._moment(now))
            if not (yield from self._keeper.reconsider(opened, asked, in_task=in_task)):
                return explanation
            keys = yield from self._keeper.keys(opened.key_id, asked, in_task=in_task)
        except VerificationError as error:
            keys = self._keys_for(error)
        return self._verifier.explain(token, keys, now=self._moment(now))

    def _wall(self) -> float:
        _, wall = self._read_clocks()
        return time.time() if wall is None else wall / _NANOSECONDS

    def _moment(self, now: Moment | None) -> Moment | None:
        return self._clock.now() if now is None and self._clock is not None else now

    def _keys_for(self, error: VerificationError) -> JwkSet:
        """What to explain a refusal with that was found out before there were keys."""
        if error.http_status == _UNAVAILABLE:
            raise error
        exported = self._keeper.export() if isinstance(error, UnknownKeyError) else None
        return JwkSet.from_json(_NO_KEYS if exported is None else exported[0])


_NANOSECONDS = 1_000_000_000

_UNAVAILABLE = 503

_NO_KEYS = '{"keys": []}'
