"""What can be typed, and the help that says so."""

import argparse
import json
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import verijot
from verijot._command.problem import ProblemError


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; what cannot be parsed is a problem whose message repeats nothing."""
    return _parser().parse_args(arguments, argparse.Namespace(json=False))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ProblemError("usage", f"{_harmless(message)} (see `{PROGRAM} --help`)")


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print data, not words"
    )
    parser = _Parser(
        prog=PROGRAM,
        description="Verify, explain and inspect JSON Web Tokens.",
        epilog=EXIT_CODES,
        parents=[common],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"verijot {verijot.__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, text in VERBS.items():
        verb = verbs.add_parser(
            name,
            help=text,
            description=text,
            epilog=EXIT_CODES,
            parents=[common],
            allow_abbrev=False,
        )
        match name:
            case "verify" | "explain":
                _verification(verb)
            case "decode":
                verb.add_argument("token", metavar="TOKEN", help=TOKEN)
            case "jwks":
                verb.add_argument("file", metavar="FILE", help="the set, or - for standard input")
                verb.add_argument("--symmetric-keys", action="store_true", help=SYMMETRIC)
            case _:
                verb.add_argument("folder", metavar="DIR", help="the folder of test vectors")
    return parser


def _verification(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("token", metavar="TOKEN", help=TOKEN)
    keys = verb.add_argument_group("keys and algorithms")
    source = keys.add_mutually_exclusive_group(required=True)
    source.add_argument("--jwks", metavar="FILE", help="the issuer's JWK Set")
    source.add_argument("--key", metavar="PEM", help="a public key; needs --algorithm")
    source.add_argument(
        "--secret-file",
        metavar="FILE",
        help="a shared secret, octet for octet; without --algorithm for every hash it is long "
        "enough for",
    )
    keys.add_argument("--symmetric-keys", action="store_true", help=SYMMETRIC)
    keys.add_argument("--algorithm", metavar="A", action="append", help="only this algorithm; *")
    who = verb.add_argument_group("issuer and audience (name them or waive them)")
    issuer = who.add_mutually_exclusive_group(required=True)
    issuer.add_argument("--issuer", metavar="I", action="append", type=_plain, help="*")
    issuer.add_argument("--any-issuer", action="store_true", help="do not check the issuer")
    audience = who.add_mutually_exclusive_group(required=True)
    audience.add_argument("--audience", metavar="A", action="append", type=_plain, help="*")
    audience.add_argument("--any-audience", action="store_true", help="do not check the audience")
    time = verb.add_argument_group("time")
    time.add_argument("--now", metavar="T", type=_moment, help="seconds since 1970, or RFC 3339")
    time.add_argument("--leeway", metavar="SECONDS", type=_seconds, help="default: 30")
    time.add_argument("--max-age", metavar="SECONDS", type=_seconds, help="since iat")
    time.add_argument("--max-lifetime", metavar="SECONDS", type=_seconds, help="from iat to exp")
    time.add_argument("--allow-missing-expiry", action="store_true", help="take eternal tokens")
    content = verb.add_argument_group("header and claims")
    types = content.add_mutually_exclusive_group()
    types.add_argument("--type", metavar="T", action="append", type=_plain, help="the typ; *")
    types.add_argument("--any-type", action="store_true", help="do not check the typ")
    content.add_argument(
        "--require", metavar="CLAIM", action="append", type=_plain, help="must be there; *"
    )
    content.add_argument(
        "--scope", metavar="S", action="append", type=_plain, help="must be granted; *"
    )
    content.add_argument(
        "--expect",
        metavar="NAME=VALUE",
        action="append",
        type=_expected,
        help="NAME=TEXT or NAME:=JSON; *",
    )
    verb.epilog = f"* may be repeated. {EXIT_CODES}"


def _plain(text: str) -> str:
    """Any text but a token: the policy's texts are repeated in messages, and a token must not."""
    if text.startswith("eyJ") and text.count(".") > 1:
        raise argparse.ArgumentTypeError(A_TOKEN)
    return text


def _moment(text: str) -> Decimal | datetime:
    if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", text):
        return Decimal(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(A_MOMENT)
    return moment


def _seconds(text: str) -> Decimal:
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        seconds = Decimal(-1)
    if not seconds.is_finite() or seconds < 0:
        raise argparse.ArgumentTypeError(A_SPAN)
    return seconds


def _expected(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(A_CLAIM)
    if not name.endswith(":"):
        return name, _plain(value)
    try:
        return name[:-1], json.loads(value)
    except ValueError:
        raise argparse.ArgumentTypeError(NO_JSON) from None


def _harmless(message: str) -> str:
    """What argparse says, without what was typed."""
    if any(own in message for own in (A_TOKEN, A_MOMENT, A_SPAN, A_CLAIM, NO_JSON)):
        return message.removeprefix("argument ")
    required = re.fullmatch(r"the following arguments are required: (.*)", message)
    one_of = re.fullmatch(r"one of the arguments (.*) is required", message)
    if required or one_of:
        return f"missing: {required[1]}" if required else f"missing one of: {one_of[1]}"  # type: ignore[index]
    conflict = re.fullmatch(r"argument (\S+): not allowed with argument (\S+)", message)
    if conflict:
        return f"{conflict[1]} cannot go together with {conflict[2]}"
    value = re.fullmatch(r"argument (\S+): expected one argument", message)
    if value:
        return f"{value[1]}: a value is missing"
    if "invalid choice" in message:
        return f"an unknown verb; known are {', '.join(VERBS)}"
    return "an unknown option, or one argument too many"


PROGRAM = "python -m verijot"
EXIT_CODES = "Exit codes: 0 accepted, 1 rejected, 2 nothing could be decided."
VERBS = {
    "verify": "verify a token and print its claims",
    "explain": "show every check of a verification, and the verdict",
    "decode": "show what a token says, without verifying anything",
    "jwks": "show the keys of a JWK Set, and why some cannot be used",
    "vectors": "run the test vectors of a folder",
}
TOKEN = "the token, @FILE to read it from a file, or - for standard input"  # noqa: S105
SYMMETRIC = "let symmetric keys (oct) in; only for a set that is kept secret"
A_TOKEN = "this looks like a token, which goes last, without an option"  # noqa: S105
A_MOMENT = "write seconds since 1970, or a time such as 2023-11-14T22:13:20Z"
A_SPAN = "write a number of seconds, such as 30 or 0.5"
A_CLAIM = "write NAME=TEXT or NAME:=JSON"
NO_JSON = "what follows := is not JSON"
