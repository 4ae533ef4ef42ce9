"""Reads files of test vectors, in the second or the first version of the format."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class FolderError(Exception):
    """A folder or a file that cannot be run."""


def read_folder(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The category and the cases of each file: each with its key set, after a valid one its twin.

    Reads every `*.json` file directly in `folder`, but for schemas and `codes.json`, by name. Of
    the first version, which has neither names of key sets nor twins that are not written, the cases
    are those that stand there.
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
                message = f"no key set is named {case['jwks']}"
                raise ValueError(message)
            case = {**case, "jwks": file["key_sets"][case["jwks"]]}
        yield case
        if "valid" in case["expect"]:
            yield _twin(case)


def _twin(case: dict[str, Any]) -> dict[str, Any]:
    """A valid case with one bit of its signature flipped, which must be refused for that alone."""
    kind = next(name for name in TOKENS if name in case)
    token = case[kind]
    if kind == "token_repeat":
        token = {**token, "suffix": _flipped(token["suffix"])}
    else:
        token = _flipped(token)
    expect = {"error": "invalid_signature"}
    return {**case, "id": f"{case['id']}-flipped", kind: token, "expect": expect}


def _flipped(token: str) -> str:
    """Exchanges the first character after the last dot for its neighbour in base64url."""
    signed, signature = token.rsplit(".", 1)
    if not signature:
        message = "no signature of which a bit can be flipped"
        raise ValueError(message)
    return f"{signed}.{BASE64URL[BASE64URL.index(signature[0]) ^ 1]}{signature[1:]}"


FIRST = "verijot-testvectors-v1"
SECOND = "verijot-testvectors-v2"
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOKENS = ("token", "token_hex", "token_repeat", "authorization")
