"""Access tokens of RFC 9068, and Security Event Tokens of RFC 8417.

ID tokens and logout tokens are in `verijot.oidc`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, Unpack, final

from verijot._native import REVOCATION_TIMEOUT, Explanation, JwkSet, Profile, VerifiedToken
from verijot._profiles import CheckedToken, ProfileVerifier, profile_named
from verijot.policy import Audiences, Issuers, Names, ProfileOptions, Seconds
from verijot.replay import WITHOUT_REPLAY_CHECK, ReplayCheck

if TYPE_CHECKING:
    from verijot._clock import Clock
    from verijot.client import JwksClient, Moment, Octets

__all__ = [
    "AccessToken",
    "AccessTokenClient",
    "AccessTokenVerifier",
    "SecurityEvent",
    "SecurityEventVerifier",
]


@final
class AccessToken(CheckedToken):
    """A verified access token of RFC 9068."""

    __slots__ = ()

    @property
    def issuer(self) -> str | None:
        """`iss`."""
        return self._text("iss")

    @property
    def subject(self) -> str:
        """`sub`: the user or, for a client on its own behalf, the client."""
        return self._required("sub")

    @property
    def client_id(self) -> str:
        """`client_id`: the client that the token was issued to."""
        return self._required("client_id")

    @property
    def id(self) -> str:
        """`jti`."""
        return self._required("jti")

    @property
    def authenticated_at(self) -> datetime | None:
        """`auth_time`: when the user logged in, rounded down to microseconds."""
        return self._date("auth_time")

    @property
    def authentication_context(self) -> str | None:
        """`acr`: how well the user was authenticated."""
        return self._text("acr")

    @property
    def authentication_methods(self) -> tuple[str, ...]:
        """`amr`: how the user was authenticated."""
        return self._texts("amr")


class AccessTokenVerifier(ProfileVerifier[AccessToken]):
    """Verifies access tokens whose `typ` is `at+jwt` (RFC 9068 §4).

    `client_ids` accepts only tokens that were issued to these clients. The other keywords are those
    of a Verifier, except what the profile decides; None waives the check of `issuer` or `audience`.

    Raises InvalidPolicyError for settings that make no sense.
    """

    def __init__(
        self,
        *,
        issuer: Issuers | None,
        audience: Names | Audiences | None,
        client_ids: Names | None = None,
        **options: Unpack[ProfileOptions],
    ) -> None:
        settings = {"profile": "access-token", "client_ids": client_ids}
        profile = Profile(settings, issuer=issuer, audience=audience, **options)
        super().__init__(AccessToken, profile)

    @classmethod
    def from_json(cls, document: "Octets", **options: Unpack[ProfileOptions]) -> Self:
        """Reads a verifier from its document, which is the same in every language.

        `options` add what the document does not have. Raises InvalidPolicyError, also for the
        document of another profile, and TypeError for an option that the document has.
        """
        verifier = cls.__new__(cls)
        profile = profile_named("access-token", document, **options)
        super(AccessTokenVerifier, verifier).__init__(AccessToken, profile)
        return verifier

    def verify(
        self,
        token: "Octets",
        keys: "JwkSet | JwksClient",
        *,
        acr: Names | None = None,
        max_authentication_age: Seconds | None = None,
        now: "Moment | None" = None,
    ) -> AccessToken:
        """Verifies a token, with fixed keys or with those that a client fetches.

        The request may need a login with one of the `acr`, at most `max_authentication_age` ago:
        otherwise InsufficientAuthenticationError says so, and its challenge what is needed (RFC
        9470). Raises a VerificationError.
        """
        call = _step_up(acr, max_authentication_age)
        return self._verify(token, keys, call, now)

    async def averify(
        self,
        token: "Octets",
        keys: "JwkSet | JwksClient",
        *,
        acr: Names | None = None,
        max_authentication_age: Seconds | None = None,
        now: "Moment | None" = None,
    ) -> AccessToken:
        """Does the same in a task."""
        call = _step_up(acr, max_authentication_age)
        return await self._averify(token, keys, call, now)

    def explain(
        self,
        token: "Octets",
        keys: JwkSet,
        *,
        acr: Names | None = None,
        max_authentication_age: Seconds | None = None,
        now: "Moment | None" = None,
    ) -> Explanation:
        """Verifies as `verify` does, and returns the outcome of each check, without any secret."""
        return self._explain(token, keys, _step_up(acr, max_authentication_age), now)

    def with_keys(
        self,
        keys: "JwkSet | JwksClient",
        *,
        acr: Names | None = None,
        max_authentication_age: Seconds | None = None,
    ) -> "AccessTokenClient":
        """Returns this verifier with its keys, for a guard of any framework.

        Every request then needs such a login; the demand of a guard may ask for more. Raises
        InvalidPolicyError for a login that makes no sense.
        """
        # Read once: an iterator gives its names only once, and a list may change.
        acr = acr if acr is None or isinstance(acr, str) else tuple(acr)
        self._profile.expectations(_step_up(acr, max_authentication_age))
        return AccessTokenClient(self, keys, acr, max_authentication_age)


@final
class AccessTokenClient:
    """Verifies access tokens with the keys of one issuer. An AccessTokenVerifier makes one.

    It takes the place of a JwksClient in `verijot.fastapi`, `verijot.starlette` and the guards of
    `verijot.web`.
    """

    def __init__(
        self,
        verifier: AccessTokenVerifier,
        keys: "JwkSet | JwksClient",
        acr: Names | None,
        max_authentication_age: Seconds | None,
    ) -> None:
        self._verifier = verifier
        self._keys = keys
        self._acr = acr
        self._max_authentication_age = max_authentication_age

    @property
    def clock(self) -> "Clock | None":
        """The clocks of the client of the keys; None for the system's."""
        return None if isinstance(self._keys, JwkSet) else self._keys.clock

    def verify(self, token: "Octets", *, now: "Moment | None" = None) -> VerifiedToken:
        """Verifies a token. Raises a VerificationError as `AccessTokenVerifier.verify` does."""
        return self._verifier.verify(
            token,
            self._keys,
            acr=self._acr,
            max_authentication_age=self._max_authentication_age,
            now=now,
        ).token

    async def averify(self, token: "Octets", *, now: "Moment | None" = None) -> VerifiedToken:
        """Does the same in a task."""
        verified = await self._verifier.averify(
            token,
            self._keys,
            acr=self._acr,
            max_authentication_age=self._max_authentication_age,
            now=now,
        )
        return verified.token

    def __repr__(self) -> str:
        return "<AccessTokenClient>"


@final
class SecurityEvent(CheckedToken):
    """A verified Security Event Token."""

    __slots__ = ()

    @property
    def issuer(self) -> str:
        """`iss`."""
        return self._required("iss")

    @property
    def id(self) -> str:
        """`jti`."""
        return self._required("jti")

    @property
    def events(self) -> dict[str, Any]:
        """`events`: what happened, by the URI of its kind."""
        events: dict[str, Any] = self.checked["events"]
        return events

    @property
    def subject_id(self) -> dict[str, Any] | None:
        """`sub_id`: to whom it happened (RFC 9493)."""
        subject: dict[str, Any] | None = self.checked.get("sub_id")
        return subject

    @property
    def transaction(self) -> str | None:
        """`txn`: the transaction that caused the event."""
        return self._text("txn")

    @property
    def happened_at(self) -> datetime | None:
        """`toe`: when the event happened, rounded down to microseconds."""
        return self._date("toe")


class SecurityEventVerifier(ProfileVerifier[SecurityEvent]):
    """Verifies Security Event Tokens (RFC 8417) of one transmitter for one receiver.

    `replay` remembers the tokens, each of which may be presented once; those without an end for
    `remember_for`, by default a day. In a task an async store is awaited for at most
    `replay_timeout` seconds. `shared_signals` also refuses what the Shared Signals Framework
    forbids, and `allow_missing_type` accepts tokens without `typ`. The other keywords are those of
    a Verifier, except what the profile decides.

    Raises InvalidPolicyError for settings that make no sense.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        replay: ReplayCheck,
        shared_signals: bool = False,
        allow_missing_type: bool = False,
        remember_for: Seconds | None = None,
        replay_timeout: float = REVOCATION_TIMEOUT,
        **options: Unpack[ProfileOptions],
    ) -> None:
        settings = {
            "profile": "security-event",
            "issuer": issuer,
            "audience": audience,
            "shared_signals": shared_signals,
            "allow_missing_type": allow_missing_type,
            "remember_for": remember_for,
            "without_replay_check": replay is WITHOUT_REPLAY_CHECK,
        }
        super().__init__(SecurityEvent, Profile(settings, **options), replay, replay_timeout)

    def verify(
        self, token: "Octets", keys: "JwkSet | JwksClient", *, now: "Moment | None" = None
    ) -> SecurityEvent:
        """Verifies a token, with fixed keys or with those that a client fetches.

        Raises a VerificationError: ReplayedTokenError if the token was presented before,
        ReplayUnavailableError (503) if that is not known.
        """
        return self._verify(token, keys, {}, now)

    async def averify(
        self, token: "Octets", keys: "JwkSet | JwksClient", *, now: "Moment | None" = None
    ) -> SecurityEvent:
        """Does the same in a task."""
        return await self._averify(token, keys, {}, now)

    def explain(self, token: "Octets", keys: JwkSet, *, now: "Moment | None" = None) -> Explanation:
        """Makes every check but that of `replay`, and returns the outcome of each."""
        return self._explain(token, keys, {}, now)


def _step_up(acr: Names | None, max_authentication_age: Seconds | None) -> dict[str, Any]:
    return {"acr": acr, "max_authentication_age": max_authentication_age}
