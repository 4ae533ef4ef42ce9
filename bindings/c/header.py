#!/usr/bin/env python3
"""Writes include/verijot.h from the documentation of the functions in bindings/wasm/src.

    header.py             compares the header with the sources
    header.py --write     writes it
    header.py --names     the names of all functions
"""

import re
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE.parent / "wasm" / "src"
HEADER = HERE / "include" / "verijot.h"
WIDTH = 100
FUNCTION = re.compile(
    r"((?:^///.*\n)+)#\[unsafe\(no_mangle\)\]\npub (?:unsafe )?extern \"C\" fn (\w+)\(([^)]*)\)(?: -> ([^{]+?))? \{",
    re.MULTILINE,
)
# One theme after another, as in the README of bindings/wasm.
THEMES = {
    "answer": "The answer of a call",
    "keys": "Keys",
    "verifier": "Verifiers",
    "verification": "Verifications",
    "token": "Tokens that were accepted",
    "request": "Guards",
    "issuer": "Keys over time",
    "key_fetch": "Fetches of keys",
    "session": "Sessions",
    "memory": "Memory",
}
TYPES = {"*const u8": "const void *", "*mut u8": "void *", "usize": "size_t", "u32": "uint32_t", "f64": "double"}
RESULTS = {
    None: "void ",
    "u32": "verijot_status_t ",
    "*mut u8": "void *",
    "*const Answer": "const verijot_answer_t *",
}
OBJECTS = {"verifier", "keys", "issuer", "fetch", "session", "guard", "issuers", "question"}
LISTS = {"options", "rules", "values", "headers", "policies", "path"}
# What each parameter is that is no object.
MEANINGS = {
    "address": "what verijot_alloc gave",
    "age": "seconds",
    "asked": "seconds, of the monotonic clock",
    "attempt": "its number",
    "body": "octets",
    "can_store": "0 or 1",
    "cause": "its number",
    "claim": "UTF-8",
    "elapsed": "seconds",
    "expires_in": "seconds, or NAN",
    "form": "0 to 3",
    "headers": "a list: name, value, ...",
    "is_refreshable": "0 or 1",
    "is_stored": "0 or 1",
    "jwks": "UTF-8, JSON",
    "kid": "UTF-8",
    "mode": "0 to 2",
    "monotonic": "seconds, of the monotonic clock",
    "now": "whole seconds since 1970",
    "now_nanoseconds": "from there",
    "octets": "how many, or the octets themselves",
    "options": "a list: name, value, ...",
    "path": "a list of names",
    "payload": "octets, JSON",
    "policies": "a list of documents",
    "policy": "UTF-8, JSON",
    "position": "from 0",
    "problem": "UTF-8",
    "refresh": "its number",
    "refusal": "its number",
    "retry_after": "seconds, or NAN",
    "rules": "a list: name, value, ...",
    "sha256": "UTF-8, or NULL",
    "status": "of HTTP",
    "text": "0 to 8",
    "ticket": "the fetch's number, of verijot_issuer_keys",
    "token": "octets",
    "tokens": "their number",
    "url": "UTF-8",
    "values": "a list",
    "verified_by": "from 0, or 0xffffffff",
    "wall": "whole seconds since 1970",
    "wall_nanoseconds": "from there",
}
OVERRIDES = {
    ("verijot_alloc", "octets"): "how many",
    ("verijot_free", "octets"): "as many as were asked for",
    ("verijot_keys", "octets"): "the keys, as form says",
    ("verijot_guard_answer", "refusal"): "a list: name, value, ...",
    ("verijot_check_again", "token"): "the number of verijot_keep",
    ("verijot_forget", "token"): "the number of verijot_keep",
    ("verijot_issuer_keys", "token"): "octets, or NULL",
    ("verijot_issuer_reconsider", "token"): "octets, or NULL",
    ("verijot_issuer_reconsider", "keys"): None,
}


def functions():
    """Each function: theme, name, documentation, parameters with their types, result."""
    found = []
    for theme in THEMES:
        source = (SOURCES / f"{theme}.rs").read_text(encoding="utf-8")
        for comment, name, given, result in FUNCTION.findall(source):
            text = re.sub(r"^/// ?", "", comment, flags=re.MULTILINE).strip()
            parameters = re.findall(r"(\w+): ([^,]+?)\s*(?:,|$)", given)
            found.append((theme, name, text, parameters, result.strip() or None))
    exported = sum(
        path.read_text(encoding="utf-8").count("#[unsafe(no_mangle)]") for path in SOURCES.glob("*.rs")
    )
    if exported != len(found):
        raise SystemExit(f"{exported} functions are exported, {len(found)} found: give header.py the new theme")
    return found


def comment(text, errors):
    """A documentation comment in C."""
    text = re.sub(r"\[`(?:\w+::)*(\w+)`\]", r"\1", text)
    for name in ("Done", "Refused", "Unusable", "Question", "Fetch", "Wait", "Nothing"):
        text = text.replace(f"`{name}`", f"VERIJOT_{name.upper()}")
    text = text.replace("`", "'").replace("*/", "* /")
    text = "\n\n".join(
        part if "\n- " in part else "\n".join(textwrap.wrap(part, WIDTH)) for part in text.split("\n\n")
    )
    if errors:
        text += "\n\nVERIJOT_UNUSABLE also with " + " or ".join(errors) + "."
    lines = "".join(f" * {line}".rstrip() + "\n" for line in text.splitlines())
    return f"/**\n{lines} */\n"


def prototype(name, parameters, result):
    """The parameters one below the other, each with its unit."""
    rows = []
    skip = False
    for index, (parameter, kind) in enumerate(parameters):
        if skip:
            skip = False
            continue
        following = parameters[index + 1] if index + 1 < len(parameters) else (None, None)
        meaning = OVERRIDES.get((name, parameter), MEANINGS.get(parameter))
        if kind == "u32" and is_object(name, parameter):
            declared, meaning = f"verijot_object_t {parameter}", None
        else:
            pointer = TYPES[kind]
            declared = pointer + parameter if pointer.endswith("*") else f"{pointer} {parameter}"
            if meaning is None:
                raise SystemExit(f"say in header.py what {parameter} of {name} is")
        if kind == "*const u8":
            if following[1] != "usize":
                raise SystemExit(f"{parameter} of {name} has no length")
            declared += f", size_t {following[0]}"
            skip = True
        rows.append((declared, meaning))
    head = f"{RESULTS[result]}{name}("
    if not rows:
        return f"{head}void);\n"
    lines = []
    for index, (declared, meaning) in enumerate(rows):
        end = ");" if index == len(rows) - 1 else ","
        lines.append(f"    {declared}{end}" + (f" /* {meaning} */" if meaning else ""))
    return head + "\n" + "\n".join(lines) + "\n"


def is_object(name, parameter):
    return parameter in OBJECTS or "number of verijot_keep" in (OVERRIDES.get((name, parameter)) or "")


def written():
    """The whole header."""
    parts = []
    last = None
    for theme, name, text, parameters, result in functions():
        if theme != last:
            parts.append(f"/* ---- {THEMES[theme]} ---- */\n")
            last = theme
        errors = []
        if result == "u32":
            if any(kind == "u32" and is_object(name, parameter) for parameter, kind in parameters):
                errors.append("'unknown_object'")
            if any(p in LISTS or (name, p) == ("verijot_guard_answer", "refusal") for p, _ in parameters):
                errors.append("'malformed_list'")
        parts.append(comment(text, errors) + prototype(name, parameters, result))
    template = (HERE / "include" / "verijot.h.in").read_text(encoding="utf-8")
    return template.replace("@FUNCTIONS@\n", "\n".join(parts))


def main():
    match sys.argv[1:]:
        case ["--write"]:
            HEADER.write_text(written(), encoding="utf-8")
        case ["--names"]:
            print("\n".join(sorted(name for _, name, *_ in functions())))
        case []:
            if HEADER.read_text(encoding="utf-8") != written():
                raise SystemExit("verijot.h differs from the sources: run bindings/c/header.py --write")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
