"""Why verijot may differ from the others: each reason with its line of the strictness guide.

A reason holds for a case only if the case really has what the line speaks of, found here without
verijot; that its code says so is not enough.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cases import TESTVECTORS, Case
from cryptography.hazmat.primitives.asymmetric import ec
from keys import CURVES, PUBLIC, decode, encode
from parts import Parts, lenient

GUIDE = TESTVECTORS.parent / "core" / "guide" / "strictness.md"
TOKEN_LIMIT = 16384
DEPTH_LIMIT = 32
MODULUS_BITS = (2048, 8192)
LEAST_EXPONENT = 65537
ED25519_OCTETS = 32
CANDIDATE_LIMIT = 4
MATERIAL = ("kty", "crv", "n", "e", "x", "y", "k")
STRING_CLAIMS, DATE_CLAIMS = ("iss", "sub", "jti"), ("exp", "nbf", "iat")


def wrong_type(parts: Parts) -> bool:
    """Whether a registered claim has the wrong type."""
    claims = parts.claims
    if any(name in claims and not isinstance(claims[name], str) for name in STRING_CLAIMS):
        return True
    if any(name in claims and not _finite(parts.date(name)) for name in DATE_CLAIMS):
        return True
    audience = claims.get("aud", "")
    listed = audience if isinstance(audience, list) else [audience]
    return not all(isinstance(one, str) for one in listed)


def unusable(key: Any) -> bool:
    """Whether the guide's paragraph on keys explains that a key is skipped."""
    if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP", "oct"):
        return True
    operations = key.get("key_ops", ["verify"])
    alg = key.get("alg", "")
    return (
        key.get("use", "sig") != "sig"
        or not isinstance(operations, list)
        or "verify" not in operations
        or any(member in key for member in ("d", "p", "q"))
        or (alg != "" and not _fits(key, alg))
        or _odd_material(key)
    )


def _odd_material(key: dict[str, Any]) -> bool:
    """Whether the key itself is malformed, weak or on an unsupported curve."""
    members = [member for member in PUBLIC[key["kty"]] if member != "crv"]
    octets = {member: lenient(str(key.get(member, ""))) for member in members}
    if any(encode(octets[member]) != key.get(member) for member in members):
        return True
    match key["kty"]:
        case "RSA":
            modulus, exponent = (int.from_bytes(octets[member], "big") for member in ("n", "e"))
            return not MODULUS_BITS[0] <= modulus.bit_length() <= MODULUS_BITS[1] or (
                exponent < LEAST_EXPONENT or exponent % 2 == 0
            )
        case "EC":
            return key.get("crv") not in CURVES or not _on_curve(key["crv"], *octets.values())
        case "OKP":
            return key.get("crv") != "Ed25519" or len(octets["x"]) != ED25519_OCTETS
        case _:
            hashed = {"HS384": 48, "HS512": 64}.get(key.get("alg", ""), 32)
            return len(octets["k"]) < hashed


def _on_curve(name: str, x: bytes, y: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVES[name], b"\x04" + x + y)
    except ValueError:
        return False
    return True


def shared_kid(parts: Parts) -> bool:
    """Whether different keys for the token share a kid: its own, or any if it has none."""
    numbers: dict[str, set[str]] = {}
    for index, key in enumerate(parts.named()):
        if key.get("kid") is not None and not not_for(key, parts.header.get("alg")):
            members = json.dumps([key.get(name) for name in MATERIAL])
            # What is not a key has no numbers that could be those of another.
            same = f"unusable {index}" if unusable(key) else members
            numbers.setdefault(key["kid"], set()).add(same)
    return any(len(several) > 1 for several in numbers.values())


def told_apart(parts: Parts) -> bool:
    """Whether of several keys with the token's kid one is for its algorithm."""
    named = parts.named()
    fitting = [key for key in named if not not_for(key, parts.header.get("alg"))]
    return "kid" in parts.header and len(named) > len(fitting) == 1


def not_for(key: Any, alg: object) -> bool:
    """Whether a key is of another type or curve than the algorithm, or names another algorithm."""
    return not _fits(key, alg) or key.get("alg", alg) != alg


def _fits(key: Any, alg: object) -> bool:
    """Whether a key is of the algorithm's type and curve."""
    names = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("Ed",), "oct": ("HS",)}
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    curve = curves.get(str(alg), key.get("crv"))
    return str(alg).startswith(names.get(str(key.get("kty")), ())) and key.get("crv") == curve


def duplicated(text: bytes) -> bool:
    """Whether a member's name is duplicated."""
    found = False

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        found = found or len({name for name, _ in members}) != len(members)
        return dict(members)

    try:
        json.loads(text.decode("utf-8", "replace").lstrip("\ufeff"), object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return False
    return found


def not_utf8(text: bytes) -> bool:
    """Whether the text is not UTF-8, has a byte order mark, or half a surrogate pair."""
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        return True
    if decoded.startswith("\ufeff"):
        return True
    try:
        json.dumps(json.loads(decoded), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def beyond_grammar(text: bytes) -> bool:
    """Whether the text is not a JSON object, by Python's parser without its extensions."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        value = json.loads(text.decode("utf-8", "replace"), parse_constant=refuse)
    except ValueError:
        return True
    except RecursionError:
        return False
    return not isinstance(value, dict)


def too_deep(text: bytes) -> bool:
    """Whether there are more than 32 levels."""
    depth = deepest = 0
    for octet in text:
        depth += (octet in b"[{") - (octet in b"]}")
        deepest = max(deepest, depth)
    return deepest > DEPTH_LIMIT


def misspelled(parts: Parts) -> bool:
    """Whether a segment is not the one spelling of its octets."""
    for segment in parts.segments:
        try:
            if encode(decode(segment)) != segment:
                return True
        except ValueError:
            return True
    return False


@dataclass(frozen=True)
class Reason:
    """One line of the guide and the cases that it explains."""

    line: str
    codes: tuple[str, ...]
    holds: Callable[[Parts], bool]


def _header_member(*names: str) -> Callable[[Parts], bool]:
    return lambda parts: any(
        name in parts.header and not isinstance(parts.header[name], str) for name in names
    )


def _texts(test: Callable[[bytes], bool]) -> Callable[[Parts], bool]:
    return lambda parts: any(test(text) for text in parts.texts)


def _typ(parts: Parts) -> bool:
    typ = str(parts.header.get("typ", "JWT")).lower()
    return typ.removeprefix("application/") not in ("jwt", "at+jwt")


def _date(claim: str, test: Callable[[Parts, Decimal], bool]) -> Callable[[Parts], bool]:
    def holds(parts: Parts) -> bool:
        date = parts.date(claim)
        return date is not None and test(parts, date)

    return holds


TEXT_CODES = ("malformed_header", "malformed_claims", "malformed_jwks")

# Where verijot refuses.
REFUSALS = [
    Reason(
        "more octets than the limit (16384)",
        ("token_too_large",),
        lambda parts: len(parts.token.encode()) > TOKEN_LIMIT,
    ),
    Reason(
        "anything but three segments",
        ("malformed_token",),
        lambda parts: len(parts.segments) != 3 or misspelled(parts),
    ),
    Reason("a member name twice at any depth", TEXT_CODES, _texts(duplicated)),
    Reason("what is not UTF-8, a byte order mark, a lone surrogate", TEXT_CODES, _texts(not_utf8)),
    Reason("data after the object, comments, `NaN`", TEXT_CODES, _texts(beyond_grammar)),
    Reason("more than 32 levels", TEXT_CODES, _texts(too_deep)),
    Reason(
        "`kid`, `typ` or `cty` that is not a string",
        ("malformed_header",),
        _header_member("kid", "typ", "cty"),
    ),
    Reason(
        "any well-formed `crit`",
        ("unsupported_critical_header",),
        lambda parts: "crit" in parts.header,
    ),
    Reason(
        "`crit` that is empty",
        ("malformed_header",),
        lambda parts: "crit" in parts.header,
    ),
    Reason(
        "`b64` false without `crit`",
        ("malformed_header",),
        lambda parts: parts.header.get("b64", True) is not True,
    ),
    Reason("`typ` other than `JWT` and `at+jwt`", ("unexpected_type",), _typ),
    Reason(
        "a `kid` that no usable key has",
        ("unknown_key",),
        lambda parts: all(unusable(key) for key in parts.named()),
    ),
    Reason(
        "a `kid` that two signing keys of different numbers share",
        # A token that names neither of them has no candidate in them.
        ("ambiguous_key", "unknown_key"),
        shared_kid,
    ),
    Reason(
        "an `alg` that the key is not for",
        ("algorithm_mismatch", "unknown_key"),
        lambda parts: all(
            unusable(key) or not_for(key, parts.header.get("alg")) for key in parts.named()
        ),
    ),
    Reason(
        "a registered claim of the wrong type",
        ("invalid_claim",),
        wrong_type,
    ),
    Reason(
        "`now + leeway < iat`",
        ("issued_in_future",),
        _date("iat", lambda parts, date: parts.now + parts.leeway < date),
    ),
    Reason(
        "`now >= exp + leeway`, compared as exact decimals",
        ("expired",),
        _date("exp", lambda parts, date: parts.now >= date + parts.leeway),
    ),
    Reason(
        "`now + leeway < nbf`",
        ("not_yet_valid",),
        _date("nbf", lambda parts, date: parts.now + parts.leeway < date),
    ),
    Reason(
        "A key that cannot be used is skipped",
        ("invalid_signature",),
        lambda parts: "kid" not in parts.header and any(unusable(key) for key in parts.keys),
    ),
]

# Where verijot accepts; the code is empty.
ACCEPTANCES = [
    Reason(
        "`jwk`, `jku`, `x5u` and `x5c` are ignored",
        ("",),
        lambda parts: any(
            name in parts.header for name in ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256")
        ),
    ),
    Reason(
        "before an RSA modulus is tolerated",
        ("",),
        lambda parts: any(
            key.get("kty") == "RSA" and lenient(key.get("n", ""))[:1] == b"\x00"
            for key in parts.named()
        ),
    ),
    Reason(
        "A key that cannot be used is skipped",
        ("",),
        lambda parts: any(unusable(key) for key in parts.keys),
    ),
    Reason(
        "together, `kid`, `kty`, `crv`, `use` and `alg` identify a key",
        ("",),
        told_apart,
    ),
    Reason(
        "no `kid` where more than four keys fit",
        ("",),
        lambda parts: "kid" not in parts.header and 1 < len(parts.keys) <= CANDIDATE_LIMIT,
    ),
    Reason(
        "`Ed25519` name one algorithm, in tokens, keys and policies",
        ("",),
        lambda parts: any(
            {parts.header.get("alg"), key.get("alg")} == {"EdDSA", "Ed25519"}
            for key in parts.named()
        ),
    ),
    Reason(
        "compared as exact decimals",
        ("",),
        lambda parts: any(
            (date := parts.date(name)) is not None
            and (date != date.to_integral_value() or abs(date) > 2**53 or date < 0)
            for name in DATE_CLAIMS
        ),
    ),
]


def check_guide() -> None:
    """Exits if a line that a reason names is not on its page."""
    reasons = [*REFUSALS, *ACCEPTANCES]
    gone = [one.line for one in reasons if one.line not in GUIDE.read_text("utf-8")]
    if gone:
        raise SystemExit(f"these lines are not in the documentation any more: {gone}")


def reason(case: Case, code: str) -> str | None:
    """The line of the guide that explains verijot's verdict; the code is empty if it accepts."""
    parts = Parts(case)
    name = code.split(" ", maxsplit=1)[0]
    for one in REFUSALS if name else ACCEPTANCES:
        if name in one.codes and one.holds(parts):
            return one.line
    return None


def _finite(date: Decimal | None) -> bool:
    return date is not None and abs(date) <= Decimal("1.7976931348623157e308")
