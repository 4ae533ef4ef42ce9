"""The examples of the README that run as they stand."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("heading", ["Tests of your own"])
def test_an_example(heading: str) -> None:
    section = README.read_text().split(f"## {heading}\n")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    exec(code[1], {})  # noqa: S102, it is ours
