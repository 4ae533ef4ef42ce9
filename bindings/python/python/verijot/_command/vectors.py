"""`vectors`: a folder of test vectors through the package."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from verijot import _native
from verijot._command import streams
from verijot._command.problem import ProblemError
from verijot._vectors import Counts, FolderError, run_folder


def run(options: Namespace) -> bool:
    """Shows how many cases ran, were skipped and failed."""
    folder = Path(options.folder)
    if not folder.is_dir():
        raise ProblemError("unreadable_folder", "DIR: the folder cannot be read")
    try:
        summary = run_folder(folder)
    except (FolderError, OSError) as error:
        raise ProblemError("unusable_vectors", str(error)) from None
    if options.json:
        streams.show_json(
            {
                "provider": _native.PROVIDER,
                **_numbers(summary.total),
                "categories": {
                    name: _numbers(counts) for name, counts in summary.categories.items()
                },
                "failures": [asdict(failure) for failure in summary.failures],
            }
        )
    else:
        width = max(map(len, summary.categories), default=0)
        for name, counts in summary.categories.items():
            streams.show(f"{name:<{width}}  {counts}")
        for failure in summary.failures:
            streams.show(f"FAILED {failure}")
        streams.show(str(summary.total))
    return summary.total.failed == 0


def _numbers(counts: Counts) -> dict[str, Any]:
    return {"ran": counts.ran, **asdict(counts)}
