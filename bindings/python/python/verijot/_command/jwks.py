"""`jwks`: the keys of a set, usable or not."""

from argparse import Namespace
from typing import Any

from verijot import _native
from verijot._command import streams
from verijot._command.verification import key_set
from verijot._native import JwkSet


def run(options: Namespace) -> bool:
    """Shows a row for each key, in the set's order."""
    keys = key_set(options.file, "FILE", symmetric_keys=options.symmetric_keys)
    rows = _rows(keys)
    usable, skipped = len(keys.keys), len(keys.skipped)
    if options.json:
        streams.show_json(
            {"provider": _native.PROVIDER, "usable": usable, "skipped": skipped, "keys": rows}
        )
    else:
        _table(rows)
        streams.show(f"{usable} of {usable + skipped} keys usable")
    return usable > 0


def _rows(keys: JwkSet) -> list[dict[str, Any]]:
    """The usable keys fill the places that the skipped ones leave."""
    skipped = {key.index: key for key in keys.skipped}
    usable = iter(keys.keys)
    rows: list[dict[str, Any]] = []
    for index in range(len(keys.keys) + len(skipped)):
        if index in skipped:
            key = skipped[index]
            rows.append(
                {
                    "index": index,
                    "kid": key.kid,
                    "type": key.key_type,
                    "size": None,
                    "algorithms": [],
                    "usable": False,
                    "reason": key.reason,
                    "detail": key.detail,
                }
            )
        else:
            good = next(usable)
            rows.append(
                {
                    "index": index,
                    "kid": good.kid,
                    "type": good.key_type,
                    "size": good.kind.removeprefix(good.key_type).strip(),
                    "algorithms": good.algorithms,
                    "usable": True,
                    "reason": None,
                    "detail": None,
                }
            )
    return rows


def _table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    cells: list[tuple[str, ...]] = [HEADS]
    for row in rows:
        state = "usable" if row["usable"] else f"{row['reason']}: {row['detail']}"
        shown = (row["index"], row["kid"], row["type"], row["size"], " ".join(row["algorithms"]))
        texts = [str(value)[:100] if value not in {None, ""} else "-" for value in shown]
        cells.append((*texts, state))
    widths = [max(len(streams.visible(line[column])) for line in cells) for column in range(5)]
    for line in cells:
        padded = (
            streams.visible(cell).ljust(width) for cell, width in zip(line, widths, strict=False)
        )
        streams.show("  ".join([*padded, line[5]]))


HEADS = ("#", "kid", "type", "size", "algorithms", "state")
