"""Where the RFCs leave the verdict to the verifier: `strict.json`, checked against the vectors."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

from cases import Case, is_valid

LIST = Path(__file__).resolve().parents[1] / "strict.json"


def latitude(cases: list[Case]) -> dict[str, str]:
    """Ids of the cases whose verdict no RFC requires, and why.

    Exits if a pattern matches no case, or a case that it cannot be about.
    """
    rules = json.loads(LIST.read_text("utf-8"))
    found: dict[str, str] = {}
    stale = []
    for kind, about_valid in (("strict", False), ("free", True)):
        ids = [
            case["id"]
            for case in cases
            if is_valid(case) == about_valid and not case["id"].endswith("-flipped")
        ]
        for rule in rules[kind]:
            for pattern in rule["cases"]:
                matched = [name for name in ids if fnmatchcase(name, pattern)]
                if not matched:
                    stale.append(pattern)
                for name in matched:
                    found.setdefault(name, rule["because"])
    if stale:
        raise SystemExit(f"{LIST.name}: no case is called {', '.join(stale)}")
    return found
