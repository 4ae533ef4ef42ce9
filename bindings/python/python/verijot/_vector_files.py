"""Reads files of test vectors, in version 2 or version 1 of the format."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class FolderError(Exception):
    """A folder or a file that cannot be run."""


def read_folder(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yields the category and the cases of each file.

    Reads every `*.json` file directly in `folder`, sorted by name, except schemas and `codes.json`.
    Each case gets its key set, and each valid case is followed by its flipped twin. Files of
    version 1 contain both, so their cases are yielded as they are.
    """
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith("schema.json") or path.name == "codes.json":
            continue
        try:
            file = json.loads(path.read_text(encoding="utf-8"))
            yield file.get("category"), list(_cases(file))
        except ValueError as error:
            message = f"{path.name}: {error}"
            raise FolderError(message) from None


def _cases(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    members = {"schema", "category", "cases"}
    if file.get("schema") == FIRST and set(file) == members:
        yield from file["cases"]
        return
    if file.get("schema") != SECOND or set(file) != members | {"key_sets"}:
        message = f"not a file of {SECOND} or {FIRST}"
        raise ValueError(message)
    for written in file["cases"]:
        case = written
        if isinstance(case.get("jwks"), str):
            if case["jwks"] not in file["key_sets"]:
                message = f"the file has no key set {case['jwks']}"
                raise ValueError(message)
            case = {**case, "jwks": file["key_sets"][case["jwks"]]}
        yield case
        if "valid" in case["expect"]:
            yield _twin(case)


def _twin(case: dict[str, Any]) -> dict[str, Any]:
    """Returns a valid case with one bit of its signature flipped, which must be refused."""
    kind = next(name for name in TOKENS if name in case)
    token = case[kind]
    if kind == "token_repeat":
        token = {**token, "suffix": _flipped(token["suffix"])}
    else:
        token = _flipped(token)
    expect = {"error": "invalid_signature"}
    return {**case, "id": f"{case['id']}-flipped", kind: token, "expect": expect}


def _flipped(token: str) -> str:
    """Flips the lowest bit of the first character after the last dot."""
    signed, signature = token.rsplit(".", 1)
    if not signature:
        message = "a valid case has no signature to flip a bit of"
        raise ValueError(message)
    return f"{signed}.{BASE64URL[BASE64URL.index(signature[0]) ^ 1]}{signature[1:]}"


FIRST = "verijot-testvectors-v1"
SECOND = "verijot-testvectors-v2"
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOKENS = ("token", "token_hex", "token_repeat", "authorization")
