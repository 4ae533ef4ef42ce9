"""The common steps of scenarios of keys and sessions, and the modes to play them in."""

import asyncio
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

from scenarios.server import Answer, Request, Server

MODES = ("sync", "async", "loops")
"""Threads; tasks of one event loop; an event loop for each call."""

Json: TypeAlias = dict[str, Any]

_START = 1_800_000_000
_LONGEST_STEP = 10.0


class Failed(Exception):  # noqa: N818, of a scenario
    """A step had an unexpected result."""


class Clocks:
    """Clocks that stand still between steps."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.asleep = 0.0

    def now(self) -> float:
        return _START + self.wall

    def monotonic_ns(self) -> int:
        # Not zero, as on a real machine.
        return 1_000_000_000_000 + round((self.wall - self.asleep) * 1e9)


class Player:
    """Plays the steps of one scenario; each action is a method `do_…`."""

    def __init__(self, scenario: Json, mode: str) -> None:
        self.mode = mode
        self.clocks = Clocks()
        self.under_way = 0
        self.lock = threading.Lock()
        self.started: dict[str, Any] = {}
        self.has_own_loop = bool(scenario.get("loop_each_call"))
        holds = any(
            isinstance(value, dict) and "hold" in value
            for step in scenario.get("steps", [])
            for value in step.values()
        )
        # A held request would end with the loop of its call, unless the scenario tests that.
        self.is_async = mode == "async" or (mode == "loops" and (self.has_own_loop or not holds))
        self.server = Server(self.answer)
        self._pool = ThreadPoolExecutor(128)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = asyncio.Event()
        if mode == "async":
            ready = threading.Event()
            live = self._live(ready)
            threading.Thread(target=asyncio.run, args=(live,), daemon=True).start()
            ready.wait()

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def is_fetching(self) -> int:
        raise NotImplementedError

    def play(self, steps: list[Json]) -> None:
        for number, step in enumerate(steps, 1):
            start = time.monotonic()
            try:
                self._play(dict(step))
                self._settle()
                check(time.monotonic() - start < _LONGEST_STEP, "the step takes too long")
            except Exception as error:
                message = f"step {number} {step}: {type(error).__name__} {error}"
                raise Failed(message) from error
        expect("not joined", list(self.started), [])

    def close(self) -> None:
        self.server.close()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._over.set)
        self._pool.shutdown(wait=False)

    def call(
        self, sync: Callable[[], object], start: Callable[[], Coroutine[Any, Any, object]]
    ) -> "Future[Any]":
        """Calls the sync or the async function, depending on the mode."""
        if self.mode == "sync":
            return self._pool.submit(sync)
        if self._loop is not None:
            return asyncio.run_coroutine_threadsafe(start(), self._loop)
        return self._pool.submit(lambda: asyncio.run(self._in_own_loop(start)))

    def do_asleep(self, _: str, seconds: float) -> None:
        self.clocks.wall += seconds
        self.clocks.asleep += seconds

    def do_release(self, _: str, value: object) -> None:
        check(value is True, "release")
        self.server.release()

    def pause(self) -> None:
        time.sleep(0.05)

    def enter(self) -> None:
        with self.lock:
            self.under_way += 1

    def leave(self) -> None:
        with self.lock:
            self.under_way -= 1

    def _play(self, step: Json) -> None:
        if "at" in step:
            at = step.pop("at")
            check(at >= self.clocks.wall, "the clock cannot go back")
            self.clocks.wall = at
        client = step.pop("client", "main")
        [(action, value)] = step.items()
        getattr(self, f"do_{action}")(client, value)

    def _is_settled(self) -> bool:
        held = self.server.held
        return self.is_fetching() <= held and self.under_way <= held

    def _settle(self) -> None:
        calm = 0
        while calm < 3:
            time.sleep(0.002)
            calm = calm + 1 if self._is_settled() else 0

    async def _live(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        ready.set()
        await self._over.wait()

    async def _in_own_loop(self, start: Callable[[], Coroutine[Any, Any, object]]) -> object:
        try:
            return await start()
        finally:
            calm = 0
            while not self.has_own_loop and calm < 3:
                await asyncio.sleep(0.002)
                calm = calm + 1 if self._is_settled() else 0


def members(value: Json, **defaults: Any) -> Json:
    """Adds defaults to the value. Raises Failed for a member without a default."""
    unknown = value.keys() - defaults.keys()
    if unknown:
        message = f"unknown members {sorted(unknown)}"
        raise Failed(message)
    return {**defaults, **value}


def check(is_right: bool, problem: str) -> None:  # noqa: FBT001
    if not is_right:
        raise Failed(problem)


def expect(what: str, actual: object, expected: object) -> None:
    if actual != expected:
        message = f"{what}: {actual!r} instead of {expected!r}"
        raise Failed(message)


def eventually(what: str, actual: Callable[[], object], expected: object) -> None:
    deadline = time.monotonic() + 1
    while actual() != expected and time.monotonic() < deadline:
        time.sleep(0.002)
    expect(what, actual(), expected)


def body_of(answer: Json) -> bytes | None:
    if answer["body_base64"] is not None:
        return b64decode(answer["body_base64"])
    return None if answer["body"] is None else str(answer["body"]).encode()
