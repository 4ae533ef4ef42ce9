"""Looks settings up in environment variables and in the files that they name."""

import os

from verijot._native import MAX_SETTINGS_FILE_OCTETS, SETTINGS_FILE_SUFFIX
from verijot.errors import InvalidSettingsError


def variable(name: str) -> tuple[bytes | None, bytes | None]:
    """Returns the value of a variable, and the content of the file that `NAME_FILE` names.

    Raises InvalidSettingsError if the file cannot be read.
    """
    file = name + SETTINGS_FILE_SUFFIX
    value, path = os.environ.get(name), os.environ.get(file)
    if value is None:
        return None, None if path is None else _contents(path, file)
    # The core refuses two values, so the file need not be read.
    return os.fsencode(value), None if path is None else b""


def _contents(path: str, name: str) -> bytes:
    """Reads a file, but at most one octet more than it may have."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123, a Path would drop a slash at the end
            return file.read(MAX_SETTINGS_FILE_OCTETS + 1)
    except (OSError, ValueError) as error:
        # The error's text quotes the path, which may be a secret that was set by mistake.
        problem = getattr(error, "strerror", None) or type(error).__name__
    message = f"cannot read the file: {problem}"
    raise InvalidSettingsError(message, (name,))
