"""Reads settings from environment variables and from the files that they name."""

import os

from verijot.errors import InvalidSettingsError


def variable(name: str) -> str | None:
    """Returns the value of a variable, or the content of the file that `NAME_FILE` names.

    Removes one line break at the end of the file. Raises InvalidSettingsError if both variables are
    set, if the file cannot be read, and if the text is not Unicode.
    """
    file = f"{name}_FILE"
    value, path = os.environ.get(name), os.environ.get(file)
    if value is not None and path is not None:
        raise InvalidSettingsError(_TWICE, (name, file))
    if path is not None:
        return _text(_contents(path, file), file).removesuffix("\n").removesuffix("\r")
    # Decodes the process's octets again: Python itself accepts any octets.
    return None if value is None else _text(os.fsencode(value), name)


def _contents(path: str, name: str) -> bytes:
    problem = "it is larger than 1 MiB"
    try:
        with open(path, "rb") as file:  # noqa: PTH123, a Path would drop a slash at the end
            octets = file.read(_LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        # The error's text quotes the path, which may be a secret that was set by mistake.
        octets, problem = None, getattr(error, "strerror", None) or type(error).__name__
    if octets is None or len(octets) > _LONGEST_FILE:
        message = f"cannot read the file: {problem}"
        raise InvalidSettingsError(message, (name,))
    return octets


def _text(octets: bytes, name: str) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        # Raised below, without this error as its context, because that contains the octets.
        pass
    raise InvalidSettingsError(_NOT_UNICODE, (name,))


_TWICE = "both are set; unset one of them"

_NOT_UNICODE = "not Unicode; write it in UTF-8"

_LONGEST_FILE = 1_048_576
