"""Runs the test vectors through every library and writes `results.json`, or checks it.

A library is faulted for a case only where an RFC insists on the verdict and the library has the
words to be asked. Everything else is counted apart.
"""

import argparse
import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

from cases import Case, committed, is_of_kind, is_valid
from latitude import latitude
from libraries import Library, Outcome, judge, libraries, openid_libraries

RESULTS = Path(__file__).resolve().parents[1] / "results.json"


def main() -> None:
    """Compares, prints, and writes or checks."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cache", type=Path, required=True)
    arguments.add_argument("--check", action="store_true", help="only say what would change")
    arguments.add_argument("--explain", metavar="LIBRARY", help="list its cases, with its errors")
    options = arguments.parse_args()
    categories = committed()
    cases = [case for cases in categories.values() for case in cases]
    loose = latitude(cases)
    kinds = {
        category: chosen
        for category, all_of_it in categories.items()
        if (chosen := [case for case in all_of_it if is_of_kind(case)])
    }
    results = {
        **table(libraries(options.cache), categories, loose, options.explain),
        "kinds": table(openid_libraries(options.cache), kinds, loose, options.explain),
    }
    if options.check:
        written = json.loads(RESULTS.read_text("utf-8"))
        wrong = [*check(written, results), *check(written["kinds"], results["kinds"])]
        if wrong:
            names = ", ".join(wrong)
            raise SystemExit(f"{RESULTS.name} is not right for {names}; run without --check")
    else:
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


def table(
    chosen: list[Library],
    categories: dict[str, list[Case]],
    loose: dict[str, str],
    explained: str | None,
) -> dict[str, Any]:
    """The rows of some libraries for some cases, which are printed too."""
    cases = [case for cases in categories.values() for case in cases]
    outcomes = judge(chosen, cases)
    rows = [row(library, outcomes[library.name], categories, loose) for library in chosen]
    print(f"{len(cases)} cases")
    for shown in rows:
        print(
            f"{shown['library']:26} {shown['version']:8} "
            f"accepted but invalid {len(shown['accepted']):3}, "
            f"refused but valid {len(shown['refused']):3}, strict {shown['strict']:3}, "
            f"free {shown['free']:3}, not expressible {shown['inexpressible']:3}, "
            f"right {shown['right']:4}"
        )
        if explained == shown["library"]:
            explain(shown, outcomes[shown["library"]])
    return {"cases": len(cases), "libraries": rows}


def check(results: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What of the committed results differs from these.

    A library under another runtime, such as another Python, is not compared, and that is said.
    """
    written = {row["library"]: row for row in results["libraries"]}
    wrong = [] if results["cases"] == found["cases"] else ["the number of cases"]
    for row in found["libraries"]:
        name, before = row["library"], written.get(row["library"])
        if before and before["runtime"] != row["runtime"]:
            print(f"{name} is not compared: {row['runtime']} here, {before['runtime']} there")
        elif row != before:
            wrong.append(name)
    return wrong


def row(
    library: Library,
    outcome: Outcome,
    categories: dict[str, list[Case]],
    loose: dict[str, str],
) -> dict[str, Any]:
    """One library's row of the table, and the ids of its faults."""
    counts = {"right": 0, "strict": 0, "free": 0, "inexpressible": 0}
    faults: dict[str, list[str]] = {"accepted": [], "refused": []}
    for category, cases in categories.items():
        for case in cases:
            given = outcome.verdicts[case["id"]]
            right = given.verdict == ("accept" if is_valid(case) else "refuse")
            if given.verdict == "cannot" or beyond(library, outcome, category, case):
                counts["inexpressible"] += 1
            elif right:
                counts["right"] += 1
            elif case["id"] in loose:
                counts["free" if is_valid(case) else "strict"] += 1
            else:
                faults["refused" if is_valid(case) else "accepted"].append(case["id"])
    return {
        "library": library.name,
        "version": outcome.version,
        "runtime": outcome.runtime,
        **counts,
        **faults,
    }


def beyond(library: Library, outcome: Outcome, category: str, case: Case) -> bool:
    """Whether a case needs a feature that the library does not have."""
    if category in library.beyond_categories:
        return True
    if is_valid(case):
        return algorithm(case) not in {None, *outcome.algorithms}
    return case["expect"]["error"] in library.beyond_errors


def algorithm(case: Case) -> str | None:
    """The algorithm of an acceptable token."""
    token = case.get("token")
    if token is None:
        return None
    header = token.split(".")[0]
    name: str = json.loads(urlsafe_b64decode(header + "=="))["alg"]
    return name


def explain(shown: dict[str, Any], outcome: Outcome) -> None:
    """Prints a library's faults with its own errors."""
    for kind in ("accepted", "refused"):
        for name in shown[kind]:
            print(f"  {kind:8} {name}: {outcome.verdicts[name].error}")


if __name__ == "__main__":
    main()
