"""The compared libraries, and how they are called."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cases import Case, Request, profile_request, request

PYTHON = Path(__file__).resolve().parents[1] / "python"


@dataclass(frozen=True)
class Library:
    """One library, in one language, with one backend."""

    name: str
    command: list[str]
    # What of a case the runner gets, or what it cannot express; verijot gets the case.
    reduce: Callable[[Case], Request | str] = request
    # Categories, and errors of verijot, that are about missing features of the library.
    beyond_categories: frozenset[str] = frozenset()
    beyond_errors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """One library's result for one case."""

    verdict: str
    error: str | None


@dataclass
class Outcome:
    """One library's results for all cases, by id."""

    library: str
    version: str
    runtime: str
    algorithms: list[str]
    verdicts: dict[str, Verdict] = field(default_factory=dict)


def libraries(cache: Path) -> list[Library]:
    """All of them, verijot first, as installed by `setup`."""
    node, rust = cache / "node", cache / "target" / "release"

    def python(runner: str) -> list[str]:
        return [sys.executable, "-B", str(PYTHON / runner)]

    return [
        Library("verijot", [str(rust / "verijot")]),
        Library("PyJWT", python("run_pyjwt.py")),
        Library("joserfc", python("run_joserfc.py")),
        Library("jwcrypto", python("run_jwcrypto.py")),
        Library("jose", ["node", str(node / "run-jose.mjs")]),
        Library(
            "fast-jwt",
            ["node", str(node / "run-fast-jwt.mjs")],
            beyond_categories=frozenset({"jwk-params", "jwks-shape", "key-selection", "kid"}),
            beyond_errors=frozenset({"malformed_jwks", "jwks_too_large", "ambiguous_key"}),
        ),
        Library("jsonwebtoken", [str(rust / "jsonwebtoken"), "aws_lc_rs"]),
        Library("jsonwebtoken, rust_crypto", [str(rust / "jsonwebtoken"), "rust_crypto"]),
    ]


def openid_libraries(cache: Path) -> list[Library]:
    """The libraries that know kinds of tokens, verijot first."""
    node = ["node", str(cache / "node" / "run-oauth4webapi.mjs")]
    python = [sys.executable, "-B", str(PYTHON / "run_authlib.py")]
    classes = f"{cache / 'java' / 'classes'}:{cache / 'java' / 'lib' / '*'}"
    return [
        Library("verijot", [str(cache / "target" / "release" / "verijot")]),
        Library("oauth4webapi", node, profile_request),
        Library("Authlib", python, profile_request),
        Library("go-oidc", [str(cache / "go" / "go-oidc")], profile_request),
        Library("Spring Security", ["java", "-cp", classes, "SpringSecurity"], profile_request),
    ]


def judge(chosen: Iterable[Library], cases: list[Case]) -> dict[str, Outcome]:
    """The verdicts of the libraries, two of them at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = pool.map(lambda library: (library.name, _ask(library, cases)), chosen)
        return dict(outcomes)


def _ask(library: Library, cases: list[Case]) -> Outcome:
    asked: list[Case | Request] = []
    unsayable: dict[str, Verdict] = {}
    for case in cases:
        if library.name == "verijot":
            asked.append(case)
            continue
        sayable = library.reduce(case)
        if isinstance(sayable, str):
            unsayable[case["id"]] = Verdict("cannot", sayable)
        else:
            asked.append(sayable)
    lines = "".join(json.dumps(line) + "\n" for line in asked)
    run = subprocess.run(  # noqa: S603
        library.command, input=lines, capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode != 0 or len(answers) != len(asked) + 1:
        last = asked[len(answers) - 1]["id"] if 0 < len(answers) <= len(asked) else "the start"
        raise SystemExit(f"{library.name} stopped at {last}:\n{run.stderr[-2000:]}")
    hello, *rest = answers
    outcome = Outcome(**hello, verdicts=unsayable)
    for answer in rest:
        outcome.verdicts[answer["id"]] = Verdict(answer["verdict"], answer["error"])
    return outcome
