"""Settings in the environment of this process, and in files that it names."""

import os

from verijot.errors import InvalidSettingsError


def variable(name: str) -> str | None:
    """What a variable says, or the file that the variable with `_FILE` behind its name names.

    One line end at the end of a file does not count. Raises InvalidSettingsError if both are set,
    if the file cannot be read, or for what is not Unicode.
    """
    file = f"{name}_FILE"
    value, path = os.environ.get(name), os.environ.get(file)
    if value is not None and path is not None:
        raise InvalidSettingsError(_TWICE, (name, file))
    if path is not None:
        return _text(_contents(path, file), file).removesuffix("\n").removesuffix("\r")
    # With the octets that the process was given: Python itself takes anything.
    return None if value is None else _text(os.fsencode(value), name)


def _contents(path: str, name: str) -> bytes:
    problem = "it has more than 1 MiB"
    try:
        with open(path, "rb") as file:  # noqa: PTH123, a Path would drop a slash at the end
            octets = file.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        # Its own text quotes the path, which may be the secret that was meant.
        octets, problem = None, getattr(error, "strerror", None) or type(error).__name__
    if octets is None or len(octets) > _LONGEST_FILE:
        message = f"the file cannot be read: {problem}"
        raise InvalidSettingsError(message, (name,))
    return octets


def _text(octets: bytes, name: str) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        # Raised below, because the error holds the octets.
        pass
    raise InvalidSettingsError(_NOT_UNICODE, (name,))


_TWICE = "both are set and contradict each other; keep one"

_NOT_UNICODE = "not Unicode; write it in UTF-8"

_LONGEST_FILE = 1_048_576
