"""ID tokens and logout tokens of OpenID Connect.

In short::

    from verijot import JwksClient
    from verijot.oidc import IdTokenVerifier

    client = JwksClient.from_issuer("https://issuer.example", audience="client-id")
    id_tokens = IdTokenVerifier(issuer="https://issuer.example", client_id="client-id")
    user = id_tokens.verify(raw, client, nonce=session["nonce"]).subject
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias, TypedDict, Unpack, final

from verijot._native import REVOCATION_TIMEOUT, Explanation, JwkSet, Profile
from verijot._profiles import CheckedToken, ProfileVerifier, profile_named
from verijot.errors import InvalidPolicyError
from verijot.policy import Names, ProfileOptions, Seconds
from verijot.replay import WITHOUT_REPLAY_CHECK, ReplayCheck

if TYPE_CHECKING:
    from verijot.client import JwksClient, Moment, Octets

__all__ = [
    "ANY_NONCE",
    "WITHOUT_NONCE",
    "IdToken",
    "IdTokenVerifier",
    "Login",
    "LogoutToken",
    "LogoutTokenVerifier",
    "Nonce",
    "RefreshOf",
]


@final
class IdToken(CheckedToken):
    """A verified ID token."""

    __slots__ = ()

    @property
    def issuer(self) -> str:
        """`iss`."""
        return self._required("iss")

    @property
    def subject(self) -> str:
        """`sub`: the user, unique for the issuer."""
        return self._required("sub")

    @property
    def session(self) -> str | None:
        """`sid`: the session at the issuer, which a logout token may name."""
        return self._text("sid")

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

    @property
    def authorized_party(self) -> str | None:
        """`azp`: the client that the token was issued to."""
        return self._text("azp")


class _Waiver(Enum):
    WITHOUT_NONCE = "without_nonce"
    ANY_NONCE = "any_nonce"


WITHOUT_NONCE: Final = _Waiver.WITHOUT_NONCE
"""The client sent no nonce, and the token must not have one."""

ANY_NONCE: Final = _Waiver.ANY_NONCE
"""Waives the check of the nonce: a token of another login is accepted.

Safe only if something else ties the token to this login, such as PKCE with a token from the token
endpoint."""


@dataclass(frozen=True, slots=True)
class RefreshOf:
    """A refresh returned the token: nothing about the user has changed (§12.2)."""

    previous: IdToken | Mapping[str, Any] = field(repr=False)
    """The previous ID token, or its claims, at least `iss`, `sub` and `aud`."""


Nonce: TypeAlias = Literal[_Waiver.WITHOUT_NONCE, _Waiver.ANY_NONCE] | str | RefreshOf
"""What became of the nonce: the one that the client sent, or one of the words of this module."""


class Login(TypedDict, total=False):
    """What the client knows about one login, besides the nonce.

    Leave out what it does not know. None, such as that of a session that has expired, raises
    InvalidPolicyError: it would leave the check out.
    """

    max_age: Seconds
    """How long ago the user may have logged in; the client sent `max_age`."""
    auth_time_required: bool
    """The token must say when the user logged in."""
    acr: Names
    """The client asked for one of these as an essential claim."""
    access_token: str
    """Came with the ID token, which confirms it; needs `channel`."""
    code: str
    """Came with the ID token, or was exchanged for it, which confirms it; needs `channel`."""
    channel: Literal["front", "back"]
    """Where the ID token came from: through the browser, or from the token endpoint."""
    state: str
    """Came back with the ID token, which confirms it if it says anything about it."""
    required_state: str
    """As `state`, and the ID token must confirm it."""
    second_of: IdToken | Mapping[str, Any]
    """The ID token that the hybrid flow gave first, or its claims."""


class IdTokenVerifier(ProfileVerifier[IdToken]):
    """Verifies ID tokens (OpenID Connect Core 1.0 §3.1.3.7) of one issuer for one client.

    The client is the only audience, besides `trusted_audiences`, and must be `azp` if that is
    there; `authorized_parties` names others instead, and None waives that check. The other keywords
    are those of a Verifier, except what the profile decides.

    Raises InvalidPolicyError for settings that make no sense, such as an empty `client_id`.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        trusted_audiences: Names | None = None,
        authorized_parties: Names | EllipsisType | None = ...,
        **options: Unpack[ProfileOptions],
    ) -> None:
        settings = {
            "profile": "id-token",
            "issuer": issuer,
            "client_id": client_id,
            "trusted_audiences": trusted_audiences,
            "authorized_parties": authorized_parties,
        }
        super().__init__(IdToken, Profile(settings, **options))

    @classmethod
    def from_json(cls, document: "Octets", **options: Unpack[ProfileOptions]) -> Self:
        """Reads a verifier from its document, which is the same in every language.

        `options` add what the document does not have. Raises InvalidPolicyError, also for the
        document of another profile, and TypeError for an option that the document has.
        """
        verifier = cls.__new__(cls)
        profile = profile_named("id-token", document, **options)
        super(IdTokenVerifier, verifier).__init__(IdToken, profile)
        return verifier

    def verify(
        self,
        token: "Octets",
        keys: "JwkSet | JwksClient",
        *,
        nonce: Nonce,
        now: "Moment | None" = None,
        **login: Unpack[Login],
    ) -> IdToken:
        """Verifies the token of one login, with fixed keys or with those that a client fetches.

        `nonce` says what became of it; `login` has the keywords of Login.

        Raises a VerificationError that says which check failed, and InvalidPolicyError for
        expectations that make no sense, such as an empty nonce.
        """
        return self._verify(token, keys, _call(nonce, login), now)

    async def averify(
        self,
        token: "Octets",
        keys: "JwkSet | JwksClient",
        *,
        nonce: Nonce,
        now: "Moment | None" = None,
        **login: Unpack[Login],
    ) -> IdToken:
        """Does the same in a task."""
        return await self._averify(token, keys, _call(nonce, login), now)

    def explain(
        self,
        token: "Octets",
        keys: JwkSet,
        *,
        nonce: Nonce,
        now: "Moment | None" = None,
        **login: Unpack[Login],
    ) -> Explanation:
        """Verifies as `verify` does, and returns the outcome of each check, without any secret."""
        return self._explain(token, keys, _call(nonce, login), now)


@final
class LogoutToken(CheckedToken):
    """A verified logout token."""

    __slots__ = ()

    @property
    def issuer(self) -> str:
        """`iss`."""
        return self._required("iss")

    @property
    def subject(self) -> str | None:
        """`sub`: whose sessions are over."""
        return self._text("sub")

    @property
    def session(self) -> str | None:
        """`sid`: the session that is over. Without it, all sessions of the subject are."""
        return self._text("sid")

    @property
    def id(self) -> str:
        """`jti`."""
        return self._required("jti")


class LogoutTokenVerifier(ProfileVerifier[LogoutToken]):
    """Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.6).

    `replay` remembers the tokens, each of which may be presented once. `strict_type` requires the
    type `logout+jwt`, and `allow_missing_expiry` accepts tokens without `exp`: older issuers leave
    out both. In a task an async store is awaited for at most `replay_timeout` seconds. The other
    keywords are those of a Verifier, except what the profile decides.

    Raises InvalidPolicyError for settings that make no sense.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        replay: ReplayCheck,
        trusted_audiences: Names | None = None,
        strict_type: bool = False,
        allow_missing_expiry: bool = False,
        replay_timeout: float = REVOCATION_TIMEOUT,
        **options: Unpack[ProfileOptions],
    ) -> None:
        settings = {
            "profile": "logout-token",
            "issuer": issuer,
            "client_id": client_id,
            "trusted_audiences": trusted_audiences,
            "strict_type": strict_type,
            "allow_missing_expiry": allow_missing_expiry,
            "without_replay_check": replay is WITHOUT_REPLAY_CHECK,
        }
        super().__init__(LogoutToken, Profile(settings, **options), replay, replay_timeout)

    def verify(
        self, token: "Octets", keys: "JwkSet | JwksClient", *, now: "Moment | None" = None
    ) -> LogoutToken:
        """Verifies a token, with fixed keys or with those that a client fetches.

        Raises a VerificationError: ReplayedTokenError if the token was presented before,
        ReplayUnavailableError (503) if that is not known.
        """
        return self._verify(token, keys, {}, now)

    async def averify(
        self, token: "Octets", keys: "JwkSet | JwksClient", *, now: "Moment | None" = None
    ) -> LogoutToken:
        """Does the same in a task."""
        return await self._averify(token, keys, {}, now)

    def explain(self, token: "Octets", keys: JwkSet, *, now: "Moment | None" = None) -> Explanation:
        """Makes every check but that of `replay`, and returns the outcome of each."""
        return self._explain(token, keys, {}, now)


def _call(nonce: Nonce, login: Login) -> dict[str, Any]:
    """Returns the members of the core's document."""
    call: dict[str, Any] = {**login}
    for name, value in call.items():
        if value is None:
            problem = "is None, which would leave the check out; leave out the keyword"
            raise InvalidPolicyError(f"{name}: {problem}")
    if isinstance(nonce, _Waiver):
        call[nonce.value] = True
    elif isinstance(nonce, RefreshOf):
        call["refresh_of"] = _claims_of(nonce.previous)
    else:
        call["nonce"] = nonce
    if "second_of" in login:
        call["second_of"] = _claims_of(login["second_of"])
    return call


def _claims_of(previous: IdToken | Mapping[str, Any]) -> dict[str, Any]:
    return previous.token.claims if isinstance(previous, IdToken) else dict(previous)
