"""Where the libraries for OpenID are known to decide otherwise than verijot.

A latitude holds for a token only if the token really has what it speaks of, found here without
verijot; that the code says so is not enough.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import Any

from cases import Case
from id_parts import IdParts
from id_tokens import CLIENT
from strictness import beyond_grammar, duplicated, not_utf8, too_deep

OAUTH4WEBAPI, AUTHLIB, GO_OIDC = "oauth4webapi", "Authlib", "go-oidc"
SPRING = "Spring Security"
ALL = (OAUTH4WEBAPI, AUTHLIB, GO_OIDC, SPRING)
ALL_BUT_SPRING = (OAUTH4WEBAPI, AUTHLIB, GO_OIDC)
TEXT_CODES = ("malformed_header", "malformed_claims")


@dataclass(frozen=True)
class Latitude:
    """What libraries are known to accept or refuse, and the tokens that this explains."""

    name: str
    libraries: tuple[str, ...]
    verdict: str
    # verijot's codes where it refuses, with the claim that they name or without it.
    codes: tuple[str, ...]
    holds: Callable[[IdParts], bool]


def accepts(
    name: str, libraries: tuple[str, ...], codes: tuple[str, ...], holds: Callable[[IdParts], bool]
) -> Latitude:
    """What libraries accept although verijot refuses it."""
    return Latitude(name, libraries, "accept", codes, holds)


def refuses(name: str, libraries: tuple[str, ...], holds: Callable[[IdParts], bool]) -> Latitude:
    """What libraries refuse although verijot accepts it."""
    return Latitude(name, libraries, "refuse", (), holds)


def _text(test: Callable[[bytes], bool]) -> Callable[[IdParts], bool]:
    return lambda parts: any(test(text) for text in parts.texts)


def _typ(parts: IdParts) -> bool:
    typ = parts.header.get("typ", "JWT")
    return str(typ).lower().removeprefix("application/") != "jwt"


def _form_of_subject(parts: IdParts) -> bool:
    subject = parts.claims.get("sub")
    return isinstance(subject, str) and not (subject.isascii() and 0 < len(subject) <= 255)


def _invalid(*names: str) -> tuple[str, ...]:
    return tuple(f"invalid_claim ({name})" for name in names)


def _about(claim: str) -> tuple[str, ...]:
    return tuple(f"{code} ({claim})" for code in ("missing_claim", "invalid_claim", "wrong_claim"))


def _is_empty(claim: str) -> Callable[[IdParts], bool]:
    return lambda parts: claim in parts.claims and not parts.claims[claim]


def _is_null(claim: str) -> Callable[[IdParts], bool]:
    return lambda parts: parts.claims.get(claim, "") is None


def _ahead(claim: str) -> Callable[[IdParts], bool]:
    def holds(parts: IdParts) -> bool:
        date = parts.date(claim)
        return date is not None and date > parts.now + parts.leeway

    return holds


def _beyond_64_bits(*claims: str) -> Callable[[IdParts], bool]:
    return lambda parts: any(
        (date := parts.date(claim)) is not None and abs(date) > 2**62 for claim in claims
    )


def _wrong_type(claim: str) -> Callable[[IdParts], bool]:
    return lambda parts: parts.has_wrong(claim)


def _unseen_duplicates(text: bytes) -> bool:
    """Whether a name is duplicated in a nested object, or after null."""
    found = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        found.append(len(set(names)) != len(names))
        nulls = {name for name, value in members if value is None}
        return {"after null": any(names.count(name) > 1 for name in nulls)}

    try:
        whole = json.loads(text.decode("utf-8", "replace"), object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return False
    return any(found[:-1]) or whole == {"after null": True}


def _expires_when_issued(parts: IdParts) -> bool:
    expiry, issued = parts.date("exp"), parts.date("iat")
    return expiry is not None and issued is not None and floor(expiry) <= floor(issued)


def _has_fraction(*claims: str) -> Callable[[IdParts], bool]:
    return lambda parts: any(
        (date := parts.date(claim)) is not None and date % 1 != 0 for claim in claims
    )


def _odd_case(parts: IdParts) -> bool:
    return any(name.lower() in GO_NAMES and name not in GO_NAMES for name in parts.claims)


def _odd_header(*names: str) -> Callable[[IdParts], bool]:
    return lambda parts: any(
        name in parts.header and not isinstance(parts.header[name], str) for name in names
    )


# Claims that a library never reads, so that they may have any type.
UNREAD = {
    OAUTH4WEBAPI: ("acr", "amr", "at_hash", "jti", "sid"),
    AUTHLIB: ("s_hash", "sid"),
    GO_OIDC: ("acr", "amr", "c_hash", "jti", "s_hash", "sid"),
    SPRING: ("acr", "amr", "at_hash", "c_hash", "jti", "s_hash", "sid"),
}
# Claims whose names go-oidc's parser compares without case.
GO_NAMES = {"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash"}

LATITUDES = [
    accepts("typ is not read", ALL_BUT_SPRING, ("unexpected_type", "malformed_header"), _typ),
    accepts(
        "typ may be null or empty",
        (SPRING,),
        ("unexpected_type", "malformed_header"),
        lambda parts: parts.header.get("typ", "JWT") in (None, ""),
    ),
    accepts(
        "the last of two members with one name counts",
        ALL_BUT_SPRING,
        TEXT_CODES,
        _text(duplicated),
    ),
    accepts(
        "the last of two members counts in a nested object and after null",
        (SPRING,),
        TEXT_CODES,
        _text(_unseen_duplicates),
    ),
    accepts("text that is not UTF-8 is read", ALL, TEXT_CODES, _text(not_utf8)),
    accepts("there is no such limit of depth", ALL, TEXT_CODES, _text(too_deep)),
    accepts("NaN and UTF-16 are read", (AUTHLIB,), TEXT_CODES, _text(beyond_grammar)),
    accepts("cty is not read", ALL_BUT_SPRING, ("malformed_header",), _odd_header("cty")),
    accepts(
        "kid may be null or empty",
        (GO_OIDC, SPRING),
        ("malformed_header", "unknown_key"),
        lambda parts: parts.header.get("kid", "some") in (None, ""),
    ),
    accepts(
        "b64 without crit is not read",
        (OAUTH4WEBAPI, GO_OIDC),
        ("malformed_header",),
        lambda parts: parts.header.get("b64", True) is not True,
    ),
    accepts(
        "crit may be empty",
        (AUTHLIB, GO_OIDC, SPRING),
        ("malformed_header",),
        lambda parts: "crit" in parts.header and not parts.header["crit"],
    ),
    accepts(
        "crit may name parameters of RFC 7515",
        (AUTHLIB,),
        ("malformed_header",),
        lambda parts: parts.header.get("crit") == ["alg"],
    ),
    accepts(
        "b64 is supported",
        (AUTHLIB, GO_OIDC, SPRING),
        ("unsupported_critical_header", "malformed_header"),
        lambda parts: parts.header.get("crit") == ["b64"],
    ),
    accepts("the form of sub is not read", ALL, _invalid("sub"), _form_of_subject),
    accepts("sub may have any type", (SPRING,), _invalid("sub"), _wrong_type("sub")),
    accepts(
        "events are not read",
        ALL,
        ("unexpected_claim (events)",),
        lambda parts: "events" in parts.claims,
    ),
    *(
        accepts(f"{claim} is not read", (library,), _invalid(claim), _wrong_type(claim))
        for library, claims in UNREAD.items()
        for claim in claims
    ),
    accepts(
        "at_hash is not compared",
        (OAUTH4WEBAPI,),
        ("wrong_claim (at_hash)",),
        lambda parts: "access_token" in parts.expectations,
    ),
    accepts(
        "c_hash is only read with a code",
        (OAUTH4WEBAPI, AUTHLIB),
        _invalid("c_hash"),
        lambda parts: "code" not in parts.expectations,
    ),
    accepts(
        "s_hash is only read with a code",
        (OAUTH4WEBAPI,),
        _invalid("s_hash"),
        lambda parts: "code" not in parts.expectations,
    ),
    accepts(
        "at_hash is only read with an access token",
        (AUTHLIB,),
        _invalid("at_hash"),
        lambda parts: "access_token" not in parts.expectations,
    ),
    accepts(
        "an empty at_hash is none", (AUTHLIB, GO_OIDC), _about("at_hash"), _is_empty("at_hash")
    ),
    accepts("acr is only read if it is expected", (AUTHLIB,), _invalid("acr"), _wrong_type("acr")),
    accepts(
        "nonce is only read if it is expected",
        (AUTHLIB, SPRING),
        _invalid("nonce"),
        lambda parts: "any_nonce" in parts.expectations,
    ),
    accepts(
        "azp is only read beside several audiences",
        (OAUTH4WEBAPI,),
        _about("azp"),
        lambda parts: not isinstance(parts.claims.get("aud"), list) or len(parts.audiences) == 1,
    ),
    accepts("azp is not read", (GO_OIDC,), _about("azp"), lambda _: True),
    accepts("azp may be null", (SPRING,), _invalid("azp"), _is_null("azp")),
    accepts("an empty azp is none", (AUTHLIB,), _about("azp"), _is_empty("azp")),
    accepts(
        "an audience beside the client is trusted if azp is the client",
        (OAUTH4WEBAPI, AUTHLIB, SPRING),
        ("wrong_audience", "invalid_claim (aud)"),
        lambda parts: parts.further_audience() and parts.claims.get("azp") == CLIENT,
    ),
    accepts(
        "an audience beside the client is trusted",
        (GO_OIDC,),
        ("wrong_audience",),
        IdParts.further_audience,
    ),
    accepts(
        "amr is any list, and an empty amr none",
        (AUTHLIB,),
        _invalid("amr"),
        lambda parts: isinstance(parts.claims.get("amr"), list) or not parts.claims.get("amr"),
    ),
    accepts(
        "auth_time may be ahead",
        (OAUTH4WEBAPI, AUTHLIB),
        _invalid("auth_time"),
        _ahead("auth_time"),
    ),
    accepts(
        "an empty auth_time is none, and true a number",
        (AUTHLIB,),
        _invalid("auth_time"),
        lambda parts: parts.claims.get("auth_time") in (None, "", 0, [], {}, True),
    ),
    accepts(
        "auth_time is not compared with max_age",
        (AUTHLIB,),
        ("authentication_too_old",),
        lambda parts: "max_age" in parts.expectations,
    ),
    accepts(
        "auth_time is not read",
        (GO_OIDC, SPRING),
        _invalid("auth_time"),
        lambda parts: parts.has_wrong("auth_time") or _ahead("auth_time")(parts),
    ),
    accepts("iat may be ahead", (OAUTH4WEBAPI, GO_OIDC), ("issued_in_future",), _ahead("iat")),
    accepts(
        "sub may be missing",
        (GO_OIDC,),
        ("missing_claim (sub)",),
        lambda parts: "sub" not in parts.claims,
    ),
    accepts(
        "iat may be missing",
        (GO_OIDC,),
        ("missing_claim (iat)",),
        lambda parts: "iat" not in parts.claims,
    ),
    *(
        accepts(f"{claim} may be null", (GO_OIDC,), _invalid(claim), _is_null(claim))
        for claim in ("sub", "nonce", "iat", "nbf", "at_hash")
    ),
    accepts("nbf may be null", (SPRING,), _invalid("nbf"), _is_null("nbf")),
    *(
        accepts(
            f"{claim} may be the text of a number",
            (GO_OIDC,),
            _invalid(claim),
            lambda parts, claim=claim: isinstance(parts.claims.get(claim), str),
        )
        for claim in ("exp", "iat", "nbf")
    ),
    accepts("dates have 64 bits", (GO_OIDC,), ("not_yet_valid",), _beyond_64_bits("nbf")),
    accepts(
        "dates have 64 bits",
        (SPRING,),
        ("not_yet_valid", "issued_in_future"),
        _beyond_64_bits("nbf", "iat"),
    ),
    accepts("dates are whole seconds", (GO_OIDC,), ("not_yet_valid",), _has_fraction("nbf")),
    accepts(
        "dates are whole seconds",
        (SPRING,),
        ("not_yet_valid", "issued_in_future"),
        _has_fraction("nbf", "iat"),
    ),
    accepts(
        "a token is valid at exp",
        (SPRING,),
        ("expired",),
        lambda parts: parts.date("exp") == parts.now - parts.leeway,
    ),
    refuses("exp is not after iat", (SPRING,), _expires_when_issued),
    refuses(
        "a number beyond binary64",
        (GO_OIDC, SPRING),
        lambda parts: any(b"1e400" in text for text in parts.texts),
    ),
    refuses("dates have 64 bits", (GO_OIDC, SPRING), _beyond_64_bits("exp", "iat", "nbf")),
    refuses("EdDSA is not supported", (SPRING,), lambda parts: parts.header.get("alg") == "EdDSA"),
    refuses("enc makes it a JWE", (SPRING,), lambda parts: "enc" in parts.header),
    refuses("Ed25519 is not EdDSA", ALL, lambda parts: parts.header.get("alg") == "Ed25519"),
    refuses(
        "several keys and no kid",
        (OAUTH4WEBAPI, AUTHLIB),
        lambda parts: "kid" not in parts.header and len(parts.keys) > 1,
    ),
    refuses(
        "a token from the authorization endpoint is of the last hour",
        (OAUTH4WEBAPI,),
        lambda parts: (
            "code" in parts.expectations
            and (date := parts.date("iat")) is not None
            and date < parts.now - 3600
        ),
    ),
    refuses(
        "s_hash without a state",
        (OAUTH4WEBAPI,),
        lambda parts: "s_hash" in parts.claims and "code" in parts.expectations,
    ),
    refuses(
        "auth_time before 1970",
        (OAUTH4WEBAPI,),
        lambda parts: (date := parts.date("auth_time")) is not None and date < 0,
    ),
    refuses(
        "a header parameter that is ignored has another type",
        (AUTHLIB, GO_OIDC, SPRING),
        lambda parts: any(
            name in parts.header for name in ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256")
        ),
    ),
    refuses(
        "distributed claims are read",
        (GO_OIDC,),
        lambda parts: "_claim_names" in parts.claims or "_claim_sources" in parts.claims,
    ),
    refuses("names of claims have no case", (GO_OIDC,), _odd_case),
    accepts(
        "names of claims have no case",
        (GO_OIDC,),
        ("missing_claim", "invalid_claim", "wrong_claim", "wrong_issuer", "wrong_audience"),
        _odd_case,
    ),
]


def explanation(latitudes: list[Latitude], library: str, case: Case, code: str) -> Latitude | None:
    """The latitude that explains a library's verdict; the code is empty if verijot accepts."""
    parts = IdParts(case)
    verdict = "accept" if code else "refuse"
    for one in latitudes:
        named = not code or code in one.codes or code.split(" ", maxsplit=1)[0] in one.codes
        if library in one.libraries and one.verdict == verdict and named and one.holds(parts):
            return one
    return None
