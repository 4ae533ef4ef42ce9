"""`python -m verijot.vectors DIR`: runs a folder of test vectors through this package.

It uses the classes that applications use: their conversions, attributes and exceptions.
`verijot vectors DIR` runs the same files through the core alone.

Prints how many cases ran, were skipped and failed. Exit code 0 if all passed, 1 if one failed, 2 if
the folder could not be run.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from verijot._vector_files import FolderError
from verijot._vectors import Summary, run_folder


def main(arguments: Sequence[str]) -> int:
    """Runs the folder that the only argument names. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m verijot.vectors DIR", file=sys.stderr)  # noqa: T201
        return 2
    try:
        summary = run_folder(Path(arguments[0]))
    except (FolderError, OSError) as error:
        print(f"unusable_vectors: {error}", file=sys.stderr)  # noqa: T201
        return 2
    print("\n".join(_lines(summary)))  # noqa: T201
    return 0 if summary.total.failed == 0 else 1


def _lines(summary: Summary) -> list[str]:
    """Returns the categories, then a line for each failure, then the totals."""
    width = max(map(len, summary.categories), default=0)
    return [
        *(f"{name:<{width}}  {counts}" for name, counts in summary.categories.items()),
        *(f"FAILED {_visible(str(failure))}" for failure in summary.failures),
        str(summary.total),
    ]


def _visible(text: str) -> str:
    """Returns the text as one line of ASCII, without terminal control characters."""
    return text.encode("unicode_escape").decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
