#!/usr/bin/env python3
"""Writes include/verijot.h from the documentation of the functions in bindings/wasm/src.

header.py             compares the header with the sources
header.py --write     writes it
header.py --names     the names of all functions
"""

import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SOURCES = HERE.parent / "wasm" / "src"
HEADER = HERE / "include" / "verijot.h"
WIDTH = 100
FUNCTION = re.compile(
    r"((?:^///.*\n)+)#\[unsafe\(no_mangle\)\]\n"
    r"pub (?:unsafe )?extern \"C\" fn (\w+)\(([^)]*)\)(?: -> ([^{]+?))? \{",
    re.MULTILINE,
)
# One theme after another, as in the README of bindings/wasm.
THEMES = {
    "answer": "The answer of a call",
    "keys": "Keys",
    "verifier": "Verifiers",
    "verification": "Verifications",
    "token": "Tokens that were accepted",
    "profile": "Profiles",
    "preset": "Presets of providers",
    "settings": "Settings of a service",
    "request": "Guards",
    "issuer": "Keys over time",
    "key_fetch": "Fetches of keys",
    "session": "Sessions",
    "memory": "Memory",
}
# As a parameter's name follows them.
TYPES = {
    "*const u8": "const void *",
    "*mut u8": "void *",
    "usize": "size_t ",
    "u32": "uint32_t ",
    "f64": "double ",
}
RESULTS = {
    None: "void ",
    "u32": "verijot_status_t ",
    "*mut u8": "void *",
    "*const Answer": "const verijot_answer_t *",
}
# Names of parameters that are numbers of objects.
OBJECTS = {
    "verifier",
    "keys",
    "issuer",
    "fetch",
    "session",
    "guard",
    "issuers",
    "question",
    "profile",
    "window",
}
# What a token is where it was kept.
OF_KEEP = "the number of verijot_keep"
# What each other parameter is.
MEANINGS = {
    "address": "what verijot_alloc gave",
    "age": "seconds",
    "asked": "seconds, of the monotonic clock",
    "attempt": "its number",
    "body": "octets",
    "can_store": "0 or 1",
    "capacity": "how many tokens",
    "cause": "its number",
    "claim": "UTF-8",
    "elapsed": "seconds",
    "expectations": "UTF-8, JSON",
    "expires_in": "seconds, or NAN",
    "form": "0 to 3",
    "headers": "a list: name, value, ...",
    "is_refreshable": "0 or 1",
    "is_stored": "0 or 1",
    "jwks": "UTF-8, JSON",
    "key": "UTF-8",
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
    "prefix": "UTF-8",
    "problem": "UTF-8",
    "provider": "UTF-8",
    "refresh": "its number",
    "refusal": "its number",
    "resource": "UTF-8, a URL",
    "retry_after": "seconds, or NAN",
    "rules": "a list: name, value, ...",
    "settings": "UTF-8, JSON",
    "sha256": "UTF-8, or NULL",
    "status": "of HTTP",
    "text": "0 to 11",
    "ticket": "the fetch's number, of verijot_issuer_keys",
    "token": "octets",
    "tokens": "their number",
    "until": "whole seconds since 1970",
    "until_nanoseconds": "from there",
    "url": "UTF-8",
    "values": "a list",
    "verified_by": "from 0, or 0xffffffff",
    "wall": "whole seconds since 1970",
    "wall_nanoseconds": "from there",
}
# The same, in one function.
MEANINGS_IN = {
    ("verijot_alloc", "octets"): "how many",
    ("verijot_free", "octets"): "as many as were asked for",
    ("verijot_keys", "octets"): "the keys, as form says",
    ("verijot_guard_answer", "refusal"): "a list: name, value, ...",
    ("verijot_preset", "options"): "UTF-8, JSON",
    ("verijot_preset_client", "options"): "UTF-8, JSON",
    ("verijot_preset_client", "given"): "a list of names",
    ("verijot_settings", "values"): "a list: name, value, ...",
    ("verijot_tenant", "issuer"): "UTF-8",
    ("verijot_unknown_tenant", "issuer"): "UTF-8",
    ("verijot_check_again", "token"): OF_KEEP,
    ("verijot_forget", "token"): OF_KEEP,
    ("verijot_profile_check", "token"): f"{OF_KEEP}, or 0",
    ("verijot_issuer_keys", "token"): "octets, or NULL",
    ("verijot_issuer_reconsider", "token"): "octets, or NULL",
}


@dataclass(frozen=True)
class Parameter:
    """A parameter in Rust."""

    name: str
    kind: str
    meaning: str | None

    @property
    def is_object(self) -> bool:
        """Whether it is the number of an object."""
        is_kept = (self.meaning or "").startswith(OF_KEEP)
        return self.kind == "u32" and (self.name in OBJECTS or is_kept)

    @property
    def is_list(self) -> bool:
        """Whether it is octets in the form of a list."""
        return self.kind == "*const u8" and (self.meaning or "").startswith("a list")

    def declared(self) -> str:
        """The parameter in C."""
        kind = "verijot_object_t " if self.is_object else TYPES[self.kind]
        return kind + self.name


@dataclass(frozen=True)
class Function:
    """A function in Rust."""

    theme: str
    name: str
    text: str
    parameters: list[Parameter]
    result: str | None

    def comment(self) -> str:
        """Its documentation as a comment in C."""
        text = re.sub(r"\[`(?:\w+::)*(\w+)`\]", r"\1", self.text)
        for status in ("Done", "Refused", "Unusable", "Question", "Fetch", "Wait", "Nothing"):
            text = text.replace(f"`{status}`", f"VERIJOT_{status.upper()}")
        parts = text.replace("`", "'").replace("*/", "* /").replace("§", "section ").split("\n\n")
        # A list of cases keeps its lines.
        parts = [part if "\n- " in part else textwrap.fill(part, WIDTH) for part in parts]
        errors = []
        if self.result == "u32" and any(parameter.is_object for parameter in self.parameters):
            errors.append("'unknown_object'")
        if self.result == "u32" and any(parameter.is_list for parameter in self.parameters):
            errors.append("'malformed_list'")
        if errors:
            parts.append(f"VERIJOT_UNUSABLE also with {' or '.join(errors)}.")
        lines = "\n\n".join(parts).splitlines()
        return "\n".join(["/**", *(f" * {line}".rstrip() for line in lines), " */"])

    def prototype(self) -> str:
        """Its prototype in C: octets on one line with their length, each line with its unit."""
        rows = []
        rest = iter(self.parameters)
        for parameter in rest:
            declared = parameter.declared()
            if parameter.kind == "*const u8":
                declared += f", {next(rest).declared()}"
            if parameter.meaning is None and not parameter.is_object:
                raise SystemExit(f"say in header.py what {parameter.name} of {self.name} is")
            rows.append((declared, None if parameter.is_object else parameter.meaning))
        head = f"{RESULTS[self.result]}{self.name}("
        if not rows:
            return f"{head}void);"
        ends = [","] * (len(rows) - 1) + [");"]
        lines = [
            f"    {declared}{end}" + (f" /* {meaning} */" if meaning else "")
            for (declared, meaning), end in zip(rows, ends, strict=True)
        ]
        return "\n".join([head, *lines])


def functions() -> list[Function]:
    """All exported functions."""
    found = []
    for theme in THEMES:
        source = (SOURCES / f"{theme}.rs").read_text(encoding="utf-8")
        for comment, name, given, result in FUNCTION.findall(source):
            parameters = [
                Parameter(
                    parameter, kind, MEANINGS_IN.get((name, parameter), MEANINGS.get(parameter))
                )
                for parameter, kind in re.findall(r"(\w+): ([^,]+?)\s*(?:,|$)", given)
            ]
            text = re.sub(r"^/// ?", "", comment, flags=re.MULTILINE).strip()
            found.append(Function(theme, name, text, parameters, result.strip() or None))
    sources = (path.read_text(encoding="utf-8") for path in SOURCES.glob("*.rs"))
    exported = sum(source.count("#[unsafe(no_mangle)]") for source in sources)
    if exported != len(found):
        raise SystemExit(f"{exported} functions are exported, {len(found)} were found: see THEMES")
    return found


def written() -> str:
    """The whole header."""
    parts = []
    theme = None
    for function in functions():
        if function.theme != theme:
            theme = function.theme
            parts.append(f"/* ---- {THEMES[theme]} ---- */\n")
        parts.append(f"{function.comment()}\n{function.prototype()}\n")
    template = (HERE / "include" / "verijot.h.in").read_text(encoding="utf-8")
    return template.replace("@FUNCTIONS@\n", "\n".join(parts))


def main() -> None:
    """Does what the module says."""
    match sys.argv[1:]:
        case ["--write"]:
            HEADER.write_text(written(), encoding="utf-8")
        case ["--names"]:
            print("\n".join(sorted(function.name for function in functions())))
        case []:
            if HEADER.read_text(encoding="utf-8") != written():
                raise SystemExit(
                    "verijot.h is not that of the sources: bindings/c/header.py --write"
                )
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
