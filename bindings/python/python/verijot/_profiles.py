"""What the verifiers of all kinds of tokens have in common. They hold no rule."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, Unpack

from verijot import replay as replays
from verijot._asking import is_time_limit
from verijot._native import (
    REVOCATION_TIMEOUT,
    Checked,
    Expectations,
    Explanation,
    JwkSet,
    Profile,
    ReplayWindow,
    VerifiedToken,
    Verifier,
)
from verijot.errors import InvalidPolicyError
from verijot.policy import ProfileOptions
from verijot.replay import WITHOUT_REPLAY_CHECK, ReplayCheck

if TYPE_CHECKING:
    from verijot.client import JwksClient, Moment, Octets

_T = TypeVar("_T", bound="CheckedToken")


class CheckedToken:
    """A verified token that has also passed the checks of its kind.

    Only a verifier makes one. Immutable; its repr contains no claim.
    """

    __slots__ = ("_checked", "_token")

    _token: VerifiedToken
    _checked: Checked

    def __init__(self, token: VerifiedToken, checked: Checked) -> None:
        object.__setattr__(self, "_token", token)
        object.__setattr__(self, "_checked", checked)

    @property
    def token(self) -> VerifiedToken:
        """The verified token."""
        return self._token

    @property
    def checked(self) -> dict[str, Any]:
        """The claims that were checked, as far as the token has them."""
        return self._checked.claims

    def _text(self, claim: str) -> str | None:
        text: str | None = self.checked.get(claim)
        return text

    def _required(self, claim: str) -> str:
        text: str = self.checked[claim]
        return text

    def _texts(self, claim: str) -> tuple[str, ...]:
        return tuple(self.checked.get(claim, ()))

    def _date(self, claim: str) -> datetime | None:
        return self._checked.date(claim)

    def __setattr__(self, _: str, __: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, _: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._token!r}>"


class ProfileVerifier(Generic[_T]):
    """A verifier for one kind of token."""

    def __init__(
        self,
        result: type[_T],
        profile: Profile,
        replay: ReplayCheck = WITHOUT_REPLAY_CHECK,
        replay_timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        replays.check_given(replay)
        if not is_time_limit(replay_timeout):
            raise InvalidPolicyError("replay_timeout: must be a positive number of seconds")
        self._replay_timeout = replay_timeout
        self._result = result
        self._profile = profile
        self._replay = replay

    @property
    def verifier(self) -> Verifier:
        """The verifier that makes the checks up to those of this kind.

        What it accepts has not passed the others: no nonce is compared, for example.
        """
        return self._profile.verifier

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _verify(
        self,
        token: "Octets",
        keys: "JwkSet | JwksClient",
        call: dict[str, Any],
        now: "Moment | None",
    ) -> _T:
        expectations = self._profile.expectations(call)
        if isinstance(keys, JwkSet):
            verified = self._profile.core_verifier.verify(token, keys, now=now)
        else:
            verified = keys.verify_opened(self._profile.core_verifier.open(token), now=now)
        now = _moment(keys, now)
        checked = expectations.check(verified, now=now)
        self._profile.ask_caller(verified)
        if checked.replay is not None:
            if isinstance(self._replay, ReplayWindow):
                self._replay.admit(checked.replay, now=now)
            elif self._replay is not WITHOUT_REPLAY_CHECK:
                replays.admit(replays.answer_of(self._replay, checked.replay))
        return self._result(verified, checked)

    async def _averify(
        self,
        token: "Octets",
        keys: "JwkSet | JwksClient",
        call: dict[str, Any],
        now: "Moment | None",
    ) -> _T:
        expectations = self._profile.expectations(call)
        if isinstance(keys, JwkSet):
            verified = self._profile.core_verifier.verify(token, keys, now=now)
        else:
            verified = await keys.averify_opened(self._profile.core_verifier.open(token), now=now)
        now = _moment(keys, now)
        checked = expectations.check(verified, now=now)
        self._profile.ask_caller(verified)
        if checked.replay is not None:
            if isinstance(self._replay, ReplayWindow):
                self._replay.admit(checked.replay, now=now)
            elif self._replay is not WITHOUT_REPLAY_CHECK:
                answer = replays.answer_of(self._replay, checked.replay)
                await replays.admit_in_task(answer, self._replay_timeout)
        return self._result(verified, checked)

    def _explain(
        self, token: "Octets", keys: JwkSet, call: dict[str, Any], now: "Moment | None"
    ) -> Explanation:
        expectations: Expectations = self._profile.expectations(call)
        return expectations.explain(token, keys, now=now)


def profile_named(name: str, document: "Octets", **options: Unpack[ProfileOptions]) -> Profile:
    """Reads the document of this profile. Raises InvalidPolicyError for that of another one."""
    profile = Profile(document, **options)
    if profile.name != name:
        raise InvalidPolicyError(f"profile: is {profile.name}, not {name}")
    return profile


def _moment(keys: "JwkSet | JwksClient", now: "Moment | None") -> "Moment | None":
    """Returns the time of the client's clock, if it has one and none is given."""
    clock = None if isinstance(keys, JwkSet) else keys.clock
    return clock.now() if now is None and clock is not None else now
