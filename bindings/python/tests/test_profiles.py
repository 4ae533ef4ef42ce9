"""Verifiers for one kind of token each."""

import asyncio
import pickle
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from signing import ISSUER, NOW, Mint
from verijot import (
    AuthenticationTooOldError,
    InsufficientAuthenticationError,
    InvalidPolicyError,
    JwksClient,
    JwkSet,
    MissingClaimError,
    ReplayedTokenError,
    ReplayUnavailableError,
    RevocationUnavailableError,
    RevokedTokenError,
    UnexpectedClaimError,
    UnexpectedTypeError,
    Verifier,
    WrongClaimError,
)
from verijot.oidc import (
    ANY_NONCE,
    WITHOUT_NONCE,
    IdToken,
    IdTokenVerifier,
    LogoutToken,
    LogoutTokenVerifier,
    RefreshOf,
)
from verijot.profiles import AccessTokenVerifier, SecurityEventVerifier
from verijot.replay import WITHOUT_REPLAY_CHECK, Replay, ReplayCheck, ReplayWindow
from verijot.testing import FixedClock

CLIENT = "client-id"
LOGOUT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture
def id_tokens() -> IdTokenVerifier:
    return IdTokenVerifier(issuer=ISSUER, client_id=CLIENT)


def logout_tokens(replay: ReplayCheck) -> LogoutTokenVerifier:
    return LogoutTokenVerifier(issuer=ISSUER, client_id=CLIENT, replay=replay)


def logout_token(mint: Mint, **claims: Any) -> str:
    return mint(
        {"typ": "logout+jwt"}, **{"aud": CLIENT, "jti": "j", "sid": "s", "events": LOGOUT, **claims}
    )


def test_an_id_token(id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint) -> None:
    raw = mint(aud=CLIENT, nonce="n", sid="s", auth_time=NOW, acr="2", amr=["pwd"], azp=CLIENT)
    user = id_tokens.verify(raw, keys, nonce="n", max_age=600, acr="2", now=NOW)
    assert isinstance(user, IdToken)
    assert (user.issuer, user.subject, user.session) == (ISSUER, "alice", "s")
    assert user.authenticated_at == datetime.fromtimestamp(NOW, UTC)
    assert (user.authentication_context, user.authentication_methods) == ("2", ("pwd",))
    assert user.authorized_party == CLIENT
    assert user.token.claims["nonce"] == "n"
    assert "nonce" not in user.checked
    assert "alice" not in repr(user)
    with pytest.raises(AttributeError, match="immutable"):
        user._token = None  # type: ignore[assignment]  # noqa: SLF001


def test_what_became_of_the_nonce_is_said(
    id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint
) -> None:
    with_nonce, without = mint(aud=CLIENT, nonce="n"), mint(aud=CLIENT)
    with pytest.raises(WrongClaimError):
        id_tokens.verify(with_nonce, keys, nonce="other", now=NOW)
    with pytest.raises(MissingClaimError):
        id_tokens.verify(without, keys, nonce="n", now=NOW)
    with pytest.raises(UnexpectedClaimError):
        id_tokens.verify(with_nonce, keys, nonce=WITHOUT_NONCE, now=NOW)
    id_tokens.verify(without, keys, nonce=WITHOUT_NONCE, now=NOW)
    first = id_tokens.verify(with_nonce, keys, nonce=ANY_NONCE, now=NOW)
    for previous in (first, first.token.claims):
        id_tokens.verify(without, keys, nonce=RefreshOf(previous), now=NOW)
    other = mint(aud=CLIENT, sub="bob")
    with pytest.raises(WrongClaimError):
        id_tokens.verify(other, keys, nonce=RefreshOf(first), now=NOW)
    other = mint(aud=CLIENT, sub="bob", nonce="n")
    with pytest.raises(WrongClaimError):
        id_tokens.verify(other, keys, nonce="n", second_of=first, now=NOW)
    nothing: Any = None
    for empty in ("", " ", nothing):
        with pytest.raises(InvalidPolicyError, match="nonce"):
            id_tokens.verify("not a token", keys, nonce=empty)
    verify: Any = id_tokens.verify
    with pytest.raises(TypeError, match="nonce"):
        verify(with_nonce, keys)
    with pytest.raises(InvalidPolicyError, match="maxage: unknown member"):
        verify(with_nonce, keys, nonce="n", maxage=1)
    with pytest.raises(InvalidPolicyError, match="exactly one of"):
        verify(with_nonce, keys, nonce="n", any_nonce=True)


def test_expectations_of_one_login(id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint) -> None:
    raw = mint(aud=CLIENT, auth_time=NOW - 700)
    with pytest.raises(AuthenticationTooOldError):
        id_tokens.verify(raw, keys, nonce=WITHOUT_NONCE, max_age=600, now=NOW)
    with pytest.raises(MissingClaimError) as missing:
        id_tokens.verify(raw, keys, nonce=WITHOUT_NONCE, access_token="a", channel="front", now=NOW)
    assert missing.value.claim == "at_hash"
    id_tokens.verify(raw, keys, nonce=WITHOUT_NONCE, access_token="a", channel="back", now=NOW)
    with pytest.raises(InvalidPolicyError, match="channel"):
        id_tokens.verify(raw, keys, nonce=WITHOUT_NONCE, access_token="a", now=NOW)


@pytest.mark.parametrize(
    "expectation",
    [
        "max_age",
        "auth_time_required",
        "acr",
        "access_token",
        "code",
        "channel",
        "state",
        "required_state",
        "second_of",
    ],
)
def test_an_expectation_that_is_lost_is_not_left_out(
    id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint, expectation: str
) -> None:
    raw = mint(aud=CLIENT, nonce="n")
    lost: dict[str, Any] = {expectation: None}
    with pytest.raises(InvalidPolicyError, match=f"{expectation}: is None"):
        id_tokens.verify(raw, keys, nonce="n", now=NOW, **lost)
    with pytest.raises(InvalidPolicyError, match=f"{expectation}: is None"):
        asyncio.run(id_tokens.averify(raw, keys, nonce="n", now=NOW, **lost))
    false: dict[str, Any] = {expectation: False}
    if expectation == "auth_time_required":
        id_tokens.verify(raw, keys, nonce="n", now=NOW, **false)
    else:
        with pytest.raises((InvalidPolicyError, TypeError, AttributeError)):
            id_tokens.verify(raw, keys, nonce="n", now=NOW, **false)


def test_a_cached_token_is_checked_for_each_login(keys: JwkSet, mint: Mint) -> None:
    id_tokens = IdTokenVerifier(issuer=ISSUER, client_id=CLIENT, token_cache=10)
    raw = mint(aud=CLIENT, nonce="n")
    for _ in range(2):
        id_tokens.verify(raw, keys, nonce="n", now=NOW)
        with pytest.raises(WrongClaimError):
            id_tokens.verify(raw, keys, nonce="other", now=NOW)


def test_settings_that_make_no_sense_are_refused() -> None:
    wrong: list[dict[str, Any]] = [
        {"issuer": ISSUER, "client_id": ""},
        {"issuer": "", "client_id": CLIENT},
        {"issuer": ISSUER, "client_id": CLIENT, "trusted_audiences": []},
        {"issuer": ISSUER, "client_id": CLIENT, "authorized_parties": []},
    ]
    for settings in wrong:
        with pytest.raises(InvalidPolicyError):
            IdTokenVerifier(**settings)
    nothing: Any = None
    with pytest.raises(TypeError, match="strict_type must be bool"):
        LogoutTokenVerifier(
            issuer=ISSUER, client_id=CLIENT, replay=WITHOUT_REPLAY_CHECK, strict_type=nothing
        )
    options: Any = {"types": None}
    with pytest.raises(InvalidPolicyError, match="types: the profile decides it"):
        IdTokenVerifier(issuer=ISSUER, client_id=CLIENT, **options)
    IdTokenVerifier(issuer=ISSUER, client_id=CLIENT, authorized_parties=None)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b'{"profile":"id-token","issuer":"https://a\xff","client_id":"c"}', "not UTF-8"),
        ("nothing", "not valid JSON"),
        ("[1]", "not a JSON object"),
    ],
)
def test_documents_that_cannot_be_read(document: str | bytes, problem: str) -> None:
    with pytest.raises(InvalidPolicyError, match=problem):
        IdTokenVerifier.from_json(document)
    with pytest.raises(InvalidPolicyError, match=problem):
        IdTokenVerifier.from_json(document, leeway=1)


def test_a_client_gives_the_keys_and_the_time(
    id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint, clock: FixedClock
) -> None:
    client = JwksClient(keys, Verifier(issuer=None, audience=None), clock=clock)
    now = int(clock.now())
    raw = mint(aud=CLIENT, nonce="n", exp=now + 60, iat=now, auth_time=now)
    assert id_tokens.verify(raw, client, nonce="n", max_age=10).subject == "alice"
    user = asyncio.run(id_tokens.averify(raw, client, nonce="n", max_age=10))
    assert user.subject == "alice"
    assert asyncio.run(id_tokens.averify(raw, keys, nonce="n", now=now)).subject == "alice"


def test_an_explanation_shows_the_checks_of_the_kind(keys: JwkSet, mint: Mint) -> None:
    raw = mint(aud=CLIENT, nonce="n")
    id_tokens = IdTokenVerifier(issuer=ISSUER, client_id=CLIENT)
    explanation = id_tokens.explain(raw, keys, nonce="m", now=NOW)
    assert explanation.error is not None
    assert [step.check for step in explanation.steps if step.outcome == "failed"] == ["nonce"]

    def revoked(_: object) -> bool:
        return True

    id_tokens = IdTokenVerifier(issuer=ISSUER, client_id=CLIENT, revoked=revoked)
    explanation = id_tokens.explain(raw, keys, nonce="n", now=NOW)
    assert isinstance(explanation.error, RevokedTokenError)
    assert [step.check for step in explanation.steps if step.outcome == "failed"] == ["revocation"]
    with pytest.raises(RevokedTokenError):
        id_tokens.verify(raw, keys, nonce="n", now=NOW)
    # The caller is asked last.
    assert isinstance(id_tokens.explain(raw, keys, nonce="m", now=NOW).error, WrongClaimError)
    with pytest.raises(WrongClaimError):
        id_tokens.verify(raw, keys, nonce="m", now=NOW)


def test_verifiers_can_be_pickled(id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint) -> None:
    copy: IdTokenVerifier = pickle.loads(pickle.dumps(id_tokens))  # noqa: S301, its own
    assert copy.verify(mint(aud=CLIENT), keys, nonce=WITHOUT_NONCE, now=NOW).subject == "alice"


def test_a_logout_token_is_accepted_once(keys: JwkSet, mint: Mint) -> None:
    window = ReplayWindow(1)
    verifier = logout_tokens(window)
    token = verifier.verify(logout_token(mint), keys, now=NOW)
    assert isinstance(token, LogoutToken)
    assert (token.subject, token.session, token.id) == ("alice", "s", "j")
    assert len(window) == 1
    with pytest.raises(ReplayedTokenError):
        verifier.verify(logout_token(mint), keys, now=NOW)
    with pytest.raises(ReplayUnavailableError) as full:
        verifier.verify(logout_token(mint, jti="k"), keys, now=NOW)
    assert full.value.http_status == 503
    waived = logout_tokens(WITHOUT_REPLAY_CHECK)
    for _ in range(2):
        waived.verify(logout_token(mint), keys, now=NOW)
    assert waived.explain(logout_token(mint), keys, now=NOW).accepted


def test_a_store_of_the_caller(keys: JwkSet, mint: Mint) -> None:
    known: dict[bytes, int] = {}

    def store(replay: Replay) -> bool:
        return known.setdefault(replay.key, replay.until) == replay.until and len(known) == 1

    answers = iter([True, False])

    async def async_store(replay: Replay) -> bool:
        assert replay.key in known
        return next(answers)

    logout_tokens(store).verify(logout_token(mint), keys, now=NOW)
    assert [len(key) for key in known] == [32]
    assert min(known.values()) >= NOW
    verifier = logout_tokens(async_store)
    asyncio.run(verifier.averify(logout_token(mint), keys, now=NOW))
    with pytest.raises(ReplayedTokenError):
        asyncio.run(verifier.averify(logout_token(mint), keys, now=NOW))
    asyncio.run(logout_tokens(ReplayWindow(1)).averify(logout_token(mint), keys, now=NOW))


def failing(_: Replay) -> bool:
    raise OSError("down")


async def failing_in_task(_: Replay) -> bool:
    raise OSError("down")


def no_bool(_: Replay) -> Any:
    return 1


@pytest.mark.parametrize("store", [failing, failing_in_task, no_bool])
def test_a_store_without_an_answer(
    store: Callable[[Replay], Any], keys: JwkSet, mint: Mint
) -> None:
    verifier = logout_tokens(store)
    with pytest.raises(ReplayUnavailableError) as error:
        verifier.verify(logout_token(mint), keys, now=NOW)
    assert error.value.__cause__ is not None
    with pytest.raises(ReplayUnavailableError):
        asyncio.run(verifier.averify(logout_token(mint), keys, now=NOW))


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan"), None, True, "2"])
def test_a_time_limit_is_a_number_of_seconds(limit: Any) -> None:
    with pytest.raises(InvalidPolicyError, match="replay_timeout"):
        LogoutTokenVerifier(
            issuer=ISSUER, client_id=CLIENT, replay=ReplayWindow(1), replay_timeout=limit
        )


def test_a_store_that_ignores_its_cancellation(keys: JwkSet, mint: Mint) -> None:
    over = asyncio.Event()

    async def stubborn(_: Replay) -> bool:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        return True

    async def cancelled(_: Replay) -> bool:
        raise asyncio.CancelledError

    async def present() -> None:
        for store in (stubborn, cancelled):
            verifier = LogoutTokenVerifier(
                issuer=ISSUER, client_id=CLIENT, replay=store, replay_timeout=0.05
            )
            with pytest.raises(ReplayUnavailableError):
                await asyncio.wait_for(verifier.averify(logout_token(mint), keys, now=NOW), 5)
        over.set()

    asyncio.run(present())


def test_an_async_store_has_a_time_limit(keys: JwkSet, mint: Mint) -> None:
    async def hanging(_: Replay) -> bool:
        await asyncio.sleep(3600)
        return True

    verifier = LogoutTokenVerifier(
        issuer=ISSUER, client_id=CLIENT, replay=hanging, replay_timeout=0.01
    )
    with pytest.raises(ReplayUnavailableError) as error:
        asyncio.run(verifier.averify(logout_token(mint), keys, now=NOW))
    assert isinstance(error.value.__cause__, TimeoutError)


def test_the_caller_is_asked_before_a_token_is_admitted(keys: JwkSet, mint: Mint) -> None:
    # None is no answer, so the first token gets a 503.
    answers: Any = iter([None, False])
    window = ReplayWindow(1)
    verifier = LogoutTokenVerifier(
        issuer=ISSUER, client_id=CLIENT, replay=window, revoked=lambda _: next(answers)
    )
    with pytest.raises(RevocationUnavailableError):
        verifier.verify(logout_token(mint), keys, now=NOW)
    assert len(window) == 0
    asyncio.run(verifier.averify(logout_token(mint), keys, now=NOW))
    assert len(window) == 1


def test_a_missing_store_is_no_waiver() -> None:
    nothing: Any = None
    with pytest.raises(TypeError, match="replay must be"):
        logout_tokens(nothing)


def test_one_kind_is_not_taken_for_another(
    id_tokens: IdTokenVerifier, keys: JwkSet, mint: Mint
) -> None:
    with pytest.raises(UnexpectedTypeError):
        id_tokens.verify(logout_token(mint), keys, nonce=ANY_NONCE, now=NOW)
    with pytest.raises(UnexpectedTypeError):
        AccessTokenVerifier(issuer=ISSUER, audience=CLIENT).verify(mint(aud=CLIENT), keys, now=NOW)


def test_an_access_token(keys: JwkSet, mint: Mint) -> None:
    verifier = AccessTokenVerifier(issuer=ISSUER, audience="api", client_ids=CLIENT)
    raw = mint({"typ": "at+jwt"}, aud="api", client_id=CLIENT, jti="j", auth_time=NOW, acr="1")
    token = verifier.verify(raw, keys, acr="1", max_authentication_age=60, now=NOW)
    assert (token.subject, token.client_id, token.id) == ("alice", CLIENT, "j")
    assert (token.authentication_context, token.authentication_methods) == ("1", ())
    with pytest.raises(InsufficientAuthenticationError) as error:
        verifier.verify(raw, keys, acr=["2", "3"], now=NOW)
    assert 'acr_values="2 3"' in str(error.value.www_authenticate)
    with pytest.raises(InsufficientAuthenticationError):
        asyncio.run(verifier.averify(raw, keys, max_authentication_age=60, now=NOW + 300))


def test_a_security_event(keys: JwkSet, mint: Mint) -> None:
    verifier = SecurityEventVerifier(
        issuer=ISSUER, audience=CLIENT, replay=ReplayWindow(10), shared_signals=True
    )
    raw = mint(
        {"typ": "secevent+jwt"},
        aud=CLIENT,
        jti="j",
        sub=None,
        exp=None,
        sub_id={"format": "opaque", "id": "x"},
        toe=NOW - 1,
        txn="t",
        events={"https://schemas.example/event": {}},
    )
    event = verifier.verify(raw, keys, now=NOW)
    assert event.events == {"https://schemas.example/event": {}}
    assert event.subject_id == {"format": "opaque", "id": "x"}
    assert (event.id, event.transaction) == ("j", "t")
    assert event.happened_at == datetime.fromtimestamp(NOW - 1, UTC)
    with pytest.raises(ReplayedTokenError):
        asyncio.run(verifier.averify(raw, keys, now=NOW))
