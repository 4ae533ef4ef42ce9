"""Generated tokens through verijot and through the other libraries.

A difference is a case that verijot accepts and fewer than two others accept, or that it refuses and
all others accept. To see more, a case is looked at as soon as most of the others that can be asked
say otherwise. Each must be explained by a line of the strictness guide; one that is not fails the
run, and is printed as a test vector.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from cases import ASYMMETRIC, SYMMETRIC, Case
from libraries import Library, Outcome, judge, libraries
from parts import Parts
from strictness import check_guide, reason
from tokens import tokens

SHOWN = 10


def main() -> None:
    """Generates, compares, and reports what is not explained."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cache", type=Path, required=True)
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    check_guide()
    cases = list(tokens(options.seed, options.count))
    chosen = [one for one in libraries(options.cache) if "," not in one.name]
    outcomes = judge(chosen, cases)
    others = [outcomes[library.name] for library in chosen[1:]]
    explained: Counter[tuple[str, bool, str]] = Counter()
    unexplained = []
    accepted = 0
    for case in cases:
        ours = outcomes["verijot"].verdicts[case["id"]]
        accepted += ours.verdict == "accept"
        difference = differs(case, ours.verdict, others)
        if difference is None:
            continue
        line = reason(case, ours.error or "")
        if line is None:
            unexplained.append(case)
        else:
            explained[ours.verdict, difference, line] += 1
    report(chosen, len(cases), accepted, explained)
    for case in unexplained[:SHOWN]:
        print(json.dumps(case, ensure_ascii=False))
        for name, outcome in outcomes.items():
            given = outcome.verdicts[case["id"]]
            print(f"    {name}: {given.verdict} {given.error or ''}")
    print(f"{len(unexplained)} differences are not explained")
    sys.exit(1 if unexplained else 0)


def differs(case: Case, ours: str, others: list[Outcome]) -> bool | None:
    """Whether it is a difference (True), or only a minority verdict (False); else None."""
    name = header_algorithm(case)
    asked = [
        outcome.verdicts[case["id"]].verdict
        for outcome in others
        # A library without the algorithm does not count.
        if name is None or name in outcome.algorithms
    ]
    accepting, refusing = asked.count("accept"), asked.count("refuse")
    if accepting + refusing == 0:
        return None
    if ours == "accept":
        strict, wide = accepting < 2, accepting < refusing
    else:
        strict, wide = refusing == 0, accepting > refusing
    return strict if strict or wide else None


def header_algorithm(case: Case) -> str | None:
    """The algorithm that the header names, if it is one of verijot's."""
    name = Parts(case).header.get("alg")
    return name if name in [*ASYMMETRIC, *SYMMETRIC] else None


def report(
    chosen: list[Library],
    count: int,
    accepted: int,
    explained: Counter[tuple[str, bool, str]],
) -> None:
    """Prints the counts."""
    names = ", ".join(library.name for library in chosen[1:])
    print(f"{count} tokens, of which verijot accepts {accepted}; beside {names}")
    for strict, title in (
        (True, "accepted though fewer than two others accept, refused though all others accept"),
        (False, "otherwise than most of the others"),
    ):
        lines = {key: number for key, number in explained.items() if key[1] == strict}
        print(f"{sum(lines.values())} {title}:")
        for (verdict, _, line), number in sorted(lines.items(), key=lambda item: -item[1]):
            print(f"{number:6}  {verdict}: {line}")


if __name__ == "__main__":
    main()
