"""Generated ID tokens through verijot and through the libraries for OpenID.

Whatever one of the libraries decides otherwise than verijot must be explained by a known latitude
of that library, found on the token without verijot. What is not explained fails the run, and is
printed as a test vector.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from cases import Case
from id_latitude import LATITUDES, Latitude, explanation
from id_tokens import id_tokens
from libraries import Outcome, judge, openid_libraries

SHOWN = 10
# The share of tokens that every library must be asked about; this one only compares the nonce.
LEAST_COMPARED = {"Spring Security": 0.05}
LEAST_COMPARED_ELSE = 0.25


def main() -> None:
    """Generates, compares, and reports what is not explained."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cache", type=Path, required=True)
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--without", metavar="NAME", help="forget the latitude of this name")
    options = arguments.parse_args()
    names = {one.name for one in LATITUDES}
    if options.without and options.without not in names:
        arguments.error(f"no latitude is called that, but {', '.join(sorted(names))}")
    latitudes = [one for one in LATITUDES if one.name != options.without]
    cases = list(id_tokens(options.seed, options.count))
    libraries = openid_libraries(options.cache)
    outcomes = judge(libraries, cases)
    verijot = outcomes.pop("verijot")
    accepted = sum(one.verdict == "accept" for one in verijot.verdicts.values())
    print(f"{len(cases)} ID tokens, of which verijot accepts {accepted}")
    failed = [
        name for name, other in outcomes.items() if not compare(cases, verijot, other, latitudes)
    ]
    sys.exit(1 if failed else 0)


def compare(cases: list[Case], verijot: Outcome, other: Outcome, latitudes: list[Latitude]) -> bool:
    """Compares one library, and prints what it found; whether everything is explained."""
    explained: Counter[Latitude] = Counter()
    unexplained = []
    compared = 0
    for case in cases:
        ours, theirs = (outcome.verdicts[case["id"]] for outcome in (verijot, other))
        if theirs.verdict == "cannot" or ours.verdict == "cannot":
            continue
        compared += 1
        if ours.verdict == theirs.verdict:
            continue
        latitude = explanation(latitudes, other.library, case, ours.error or "")
        if latitude is None:
            unexplained.append(case)
        else:
            explained[latitude] += 1
    print(f"{other.library} {other.version}: {compared} compared, {len(unexplained)} not explained")
    for latitude, number in explained.most_common():
        print(f"{number:6}  it {latitude.verdict}s: {latitude.name}")
    for case in unexplained[:SHOWN]:
        ours, theirs = (outcome.verdicts[case["id"]] for outcome in (verijot, other))
        print(json.dumps(case, ensure_ascii=False))
        print(f"    verijot: {ours.verdict} {ours.error or ''}")
        print(f"    {other.library}: {theirs.verdict} {theirs.error or ''}")
    least = LEAST_COMPARED.get(other.library, LEAST_COMPARED_ELSE) * len(cases)
    return not unexplained and compared >= least


if __name__ == "__main__":
    main()
