"""Runs examples of the README."""

import re
import time
from pathlib import Path

import pytest
from verijot import JwkSet
from verijot.testing import Issuer

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize(
    "heading",
    [
        "Settings from the environment",
        "Several issuers",
        "As a client of another service",
        "Your own tests",
    ],
)
def test_an_example(heading: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIJOT_ISSUER", "https://issuer.example")
    monkeypatch.setenv("VERIJOT_AUDIENCE", "https://api.example")
    given = {"access_token": "access", "refresh_token": "refresh", "save": print}
    section = README.read_text().split(f"## {heading}\n")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    exec(code[1], given)  # noqa: S102, the code is in this repository


def test_the_readme_of_the_repository(issuer: Issuer) -> None:
    claims = {"iss": "https://issuer.example", "sub": "alice", "nonce": "n"}
    now, jwks = int(time.time()), issuer.jwks
    for heading, audience in (("Python", "https://api.example"), ("ID tokens", "client-id")):
        raw = issuer.mint({**claims, "exp": now + 60, "iat": now}, audience=audience)
        given = {
            "jwks": jwks,
            "keys": JwkSet.from_json(jwks),
            "raw": raw,
            "session": {"nonce": "n"},
        }
        section = (README.parents[2] / "README.md").read_text().split(f"## {heading}\n")[1]
        code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
        assert code is not None
        exec(code[1], given)  # noqa: S102, the code is in this repository
        assert "alice" in (given.get("user"), getattr(given.get("token"), "subject", None))
