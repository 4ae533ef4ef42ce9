"""A process that forks while tokens are refreshed."""

import os
import threading
import time

import pytest
from refreshing.sending import FIRST, get
from token_service import TokenService
from verijot.httpx import IssuedTokens, RefreshingAuth

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def test_the_child_signs_in_for_itself(service: TokenService) -> None:
    end = threading.Event()
    parent = os.getpid()

    def refresh(_: str) -> IssuedTokens:
        if os.getpid() == parent:
            end.wait()
        return IssuedTokens("access-0", "refresh-2", 3600)

    auth = RefreshingAuth(refresh, FIRST, age=3550)
    assert get(service, auth) == 200
    assert auth.health().is_refreshing
    # As another thread of the parent may hold it.
    with auth._session._lock:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        child = os.fork()
    if child == 0:
        status = 2
        try:
            auth.sign_in(IssuedTokens("access-0", "refresh-1", 3600), age=3601)
            status = 0 if get(service, auth) == 200 else 1
        finally:
            os._exit(status)
    try:
        deadline = time.monotonic() + 20
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        if ended[0] == 0:
            os.kill(child, 9)
            os.waitpid(child, 0)
        assert ended == (child, 0)
    finally:
        end.set()
