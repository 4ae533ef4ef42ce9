"""Runs examples of the README."""

import re
from pathlib import Path

import pytest

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
