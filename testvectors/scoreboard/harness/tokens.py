"""Tokens for the differential test: from one seed always the same ones.

A token starts as a good one and is then changed in up to three places: its claims, its header, its
encoding, its signature, the keys that it is verified with, or the policy.
"""

from collections.abc import Iterator
from random import Random

from cases import Case
from changes import CHANGES
from draft import Draft


def tokens(seed: int, count: int) -> Iterator[Case]:
    """Generates this many cases."""
    random = Random(seed)
    for place in range(count):
        draft = Draft(random)
        for _ in range(random.choice([0, 1, 1, 1, 2, 2, 3])):
            random.choice(CHANGES)(draft, random)
        yield draft.finish(f"generated-{seed}-{place}")
