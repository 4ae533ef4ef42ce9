"""Reading a bounded number of octets, and writing to the two standard streams."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from verijot._command.problem import ProblemError


def token(argument: str) -> bytes:
    """The token that an argument means: itself, `@FILE`, or `-` for standard input.

    A single line end at the end of a file is not part of the token.
    """
    if argument != "-" and not argument.startswith("@"):
        return argument.encode("utf-8", "surrogateescape")
    source = "-" if argument == "-" else argument[1:]
    octets = _read(source, "the token")
    return octets.removesuffix(b"\n").removesuffix(b"\r") if octets.endswith(b"\n") else octets


def file(path: str, option: str) -> bytes:
    """All octets of the file that an option names; `-` is standard input."""
    octets = _read(path, option)
    if len(octets) > LARGEST:
        raise ProblemError(
            "file_too_large", f"{option}: the file is larger than 1 MiB; is it the right one?"
        )
    return octets


def show(text: str) -> None:
    """Prints text, with everything escaped that a terminal might obey."""
    _write((visible(text) + "\n").encode())


def show_exactly(octets: bytes) -> None:
    """Prints octets as they are, and a line's end."""
    _write(octets + b"\n")


def show_json(value: Mapping[str, Any]) -> None:
    """Prints a value as JSON: one line for programs, indented for people."""
    indent = 2 if sys.stdout.isatty() else None
    _write((json.dumps(value, indent=indent) + "\n").encode())


def complain(text: str) -> None:
    """Prints text on standard error, for which there is no second place if it fails."""
    sys.stderr.write(visible(text) + "\n")


def complain_json(value: Mapping[str, Any]) -> None:
    """Prints a value as one line of JSON on standard error."""
    sys.stderr.write(json.dumps(value) + "\n")


def visible(text: str) -> str:
    """The text without characters that a terminal might obey."""
    return "".join(
        character
        if character == "\n" or character.isprintable()
        else character.encode("unicode_escape").decode()
        for character in text
    )


def _read(path: str, name: str) -> bytes:
    if path == "-":
        return _bounded(sys.stdin.buffer)
    if "://" in path:
        raise ProblemError(
            "unreadable_file",
            f"{name}: nothing is fetched; download it first, or pipe it in with -",
        )
    try:
        with Path(path).open("rb") as stream:
            return _bounded(stream)
    except (OSError, ValueError) as error:
        # The system's own words, without the path.
        reason = error.strerror if isinstance(error, OSError) else "not the name of a file"
        raise ProblemError(
            "unreadable_file", f"{name}: the file cannot be read: {reason}"
        ) from None


def _bounded(stream: BinaryIO) -> bytes:
    """Of what is larger one octet more is read, for whoever judges it to refuse."""
    return stream.read(LARGEST + 1)


def _write(octets: bytes) -> None:
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()


LARGEST = 1 << 20
"""1 MiB, far above what the core takes as a token or as a set of keys."""
