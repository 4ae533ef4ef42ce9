"""Runs the scenarios of `testvectors/scenarios`, or of the folder in `VERIJOT_SCENARIOS`."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from scenarios import guards, keys, sessions
from scenarios.playing import MODES, Json

_HERE = Path(__file__).parents[4] / "testvectors" / "scenarios"

_DESCRIPTION = {"id", "title", "why", "refs"}

_AT_ONCE = 4


def _folder() -> Path:
    return Path(os.environ.get("VERIJOT_SCENARIOS") or _HERE)


def _files() -> list[Json]:
    paths = sorted(path for path in _folder().glob("*.json") if path.name != "schema.json")
    files: list[Json] = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    for file in files:
        assert file.keys() == {"schema", "kind", "fixtures", "scenarios"}
        assert file["schema"] == "verijot-scenarios-v1"
        assert file["kind"] in {"keys", "guards", "sessions"}
    return files


def _problem(file: Json, scenario: Json, mode: str) -> str | None:
    """Plays a scenario. Returns its id and what went wrong, or None."""
    problem: str | None = None
    content: dict[str, Any] = {k: v for k, v in scenario.items() if k not in _DESCRIPTION}
    try:
        assert scenario.keys() >= _DESCRIPTION
        match file["kind"]:
            case "keys":
                keys.play(file["fixtures"], content, mode)
            case "guards":
                guards.play(file["fixtures"], content, mode)
            case _:
                sessions.play(content, mode)
    except Exception as error:  # noqa: BLE001, every error is reported
        problem = f"{type(error).__name__} {error}"
    return problem and f"{mode} {scenario['id']}: {problem}"


@pytest.mark.timeout(900)
# A connection that is cancelled with its loop leaves coroutines of anyio that are never awaited.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("mode", [*MODES, *guards.FRAMEWORKS])
def test_every_scenario(mode: str) -> None:
    only = os.environ.get("VERIJOT_SCENARIO")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        playing = [
            pool.submit(_problem, file, scenario, mode)
            for file in _files()
            for scenario in file["scenarios"]
            if only in {None, scenario["id"]}
            if (file["kind"] == "guards") == (mode in guards.FRAMEWORKS)
        ]
        problems = [played.result() for played in playing]
    failed = [problem for problem in problems if problem is not None]
    passed = len(problems) - len(failed)
    summary = f"{mode}: ran {len(problems)}, passed {passed}, failed {len(failed)}"
    print(*failed, summary, sep="\n")  # noqa: T201, a runner prints its results
    assert problems
    assert not failed, summary


_BROKEN: list[tuple[str, Json]] = [
    ("keys", {"steps": [{"at": 0, "dance": True}]}),
    ("keys", {"steps": [{"issuer": {"kees": ["a"]}}]}),
    ("keys", {"steps": [{"at": 5, "fetches": 0}, {"at": 4, "fetches": 0}]}),
    ("keys", {"steps": [{"issuer": {"keys": ["a"]}}, {"fetches": 1}]}),
    ("keys", {"steps": [{"refresh_now": {"expect": "ok"}}], "settings": {"fresh": 1}}),
    ("keys", {"weather": "fine"}),
    ("keys", {"setup_error": "invalid_key_source"}),
    ("sessions", {"steps": [{"request": {"status": 200, "sent": []}}]}),
    ("sessions", {"steps": [{"refresh": 1}]}),
    ("sessions", {"mood": "good"}),
]


@pytest.mark.parametrize(("kind", "changes"), _BROKEN)
def test_unknown_members_and_unexpected_results_fail(kind: str, changes: Json) -> None:
    scenario: Json = {"id": "a", "title": "", "why": "", "refs": [], "steps": [], **changes}
    fixtures: Json = {"keys": {"a": {}}, "tokens": {}}
    file: Json = {"kind": kind, "fixtures": fixtures}
    assert _problem(file, scenario, "sync") is not None
