"""Tokens that may be presented once, in databases that processes share."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from revocation.databases import KEYS, Place
from signing import ISSUER, NOW, signed
from verijot import ReplayedTokenError, ReplayUnavailableError
from verijot.oidc import LogoutTokenVerifier
from verijot.replay import ReplayCheck
from verijot.replay_list import AsyncReplayList, ReplayList, ReplayListError
from verijot.revocation import RevocationList

LOGOUT: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def verifier(replay: ReplayCheck) -> LogoutTokenVerifier:
    return LogoutTokenVerifier(issuer=ISSUER, client_id="c", replay=replay)


def logout_token(jti: str) -> str:
    return signed({"typ": "logout+jwt"}, aud="c", jti=jti, events=LOGOUT)


def presented(seen: ReplayList, jti: str) -> bool:
    try:
        verifier(seen).verify(logout_token(jti), KEYS, now=NOW)
    except ReplayedTokenError:
        return False
    return True


def test_one_of_many_threads_is_first(place: Place) -> None:
    lists = [ReplayList(place.url, timeout=10) for _ in range(2)]
    for seen in lists:
        seen.migrate()
    with ThreadPoolExecutor(8) as threads:
        for number in range(3):
            told = list(threads.map(presented, lists * 10, [f"{number}"] * 20))
            assert sorted(told) == [False] * 19 + [True]
    for seen in lists:
        seen.close()


def test_an_entry_stays_as_long_as_the_core_says(place: Place) -> None:
    seen = ReplayList(place.url, keep_expired=0)
    seen.migrate()
    assert presented(seen, "a")
    [(key, until)] = place.execute("SELECT token_key, needed_until FROM jwt_replays")
    assert len(key) == 64
    assert seen.prune(until) == 0
    assert not presented(seen, "a")
    assert seen.prune(until + 1) == 1
    assert presented(seen, "a")
    assert seen.prune() == 1
    seen.close()


def test_in_tasks(place: Place) -> None:
    async def present() -> None:
        seen = AsyncReplayList(place.url, timeout=10)
        await seen.migrate()
        logout_tokens = verifier(seen)
        await logout_tokens.averify(logout_token("a"), KEYS, now=NOW)
        with pytest.raises(ReplayedTokenError):
            await logout_tokens.averify(logout_token("a"), KEYS, now=NOW)
        await seen.aclose()

    asyncio.run(present())


def test_a_missing_table_and_a_shared_database(place: Place) -> None:
    seen, revoked = ReplayList(place.url), RevocationList(place.url)
    revoked.migrate()
    with pytest.raises(ReplayUnavailableError) as error:
        verifier(seen).verify(logout_token("a"), KEYS, now=NOW)
    cause = error.value.__cause__
    assert isinstance(cause, ReplayListError)
    assert str(cause) == "the table jwt_replays does not exist; call migrate()"
    seen.migrate()
    assert presented(seen, "a")
    assert place.rows() == []
    seen.close()
    revoked.close()
