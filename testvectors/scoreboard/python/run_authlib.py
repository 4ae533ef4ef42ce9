"""Authlib: its classes of ID tokens, and its validator of access tokens (RFC 9068).

joserfc, on which it builds, finds the key and verifies the signature, as in Authlib's own clients.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.core import CodeIDToken, HybridIDToken, IDToken, ImplicitIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from protocol import CannotSayError, serve

# Unless the caller names others, joserfc's.
ALGORITHMS = set(jws.JWSRegistry.algorithms) - {"none"}
ASYMMETRIC = {name for name in ALGORITHMS if name[:2] in ("RS", "PS", "ES", "Ed")} - {"ES256K"}


@dataclass(frozen=True)
class KindRequest:
    """One verification of a token of a known kind."""

    id: str
    kind: str
    token: str
    jwks: str
    now: str
    issuer: str
    audience: str
    algorithms: list[str] | None
    symmetric: bool
    leeway: str
    expectations: dict[str, Any]


class ImplicitWithoutNonce(ImplicitIDToken):
    """For a caller who waives the nonce, which the class requires."""

    ESSENTIAL_CLAIMS = IDToken.ESSENTIAL_CLAIMS


class HybridWithoutNonce(HybridIDToken):
    """The same with a code."""

    ESSENTIAL_CLAIMS = IDToken.ESSENTIAL_CLAIMS


class AccessTokens(JWTBearerTokenValidator):
    """The validator over a set that is already here."""

    def __init__(self, request: KindRequest) -> None:
        """Keeps the set."""
        super().__init__(request.issuer, request.audience)
        self.jwks = request.jwks

    def get_jwks(self) -> Any:
        """The set, parsed as a response is."""
        return json.loads(self.jwks)


@lru_cache(maxsize=64)
def key_set(text: str) -> KeySet:
    """The set, parsed as the library's client parses a response."""
    return KeySet.import_key_set(json.loads(text))


def verify(request: KindRequest) -> None:
    """Verifies as the documentation of each kind does."""
    match request.kind:
        case "id-token":
            id_token(request)
        case "access-token":
            access_token(request)
        case _:
            raise CannotSayError(request.kind)


def id_token(request: KindRequest) -> None:
    """Verifies as the client's `parse_id_token` does, with what else the classes take."""
    said = request.expectations
    named = request.algorithms or sorted(ASYMMETRIC | ({"HS256"} if request.symmetric else set()))
    registry = jws.JWSRegistry(algorithms=named, strict_check_header=False)
    if "without_nonce" in said:
        raise CannotSayError("no nonce")
    if "." in request.leeway:
        raise CannotSayError("a leeway of less than a second")
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": request.issuer},
        "aud": {"essential": True, "value": request.audience},
    }
    if "acr" in said:
        options["acr"] = {"essential": True, "values": said["acr"]}
    if "auth_time_required" in said:
        options["auth_time"] = {"essential": True}
    params = {name: said[name] for name in ("nonce", "access_token", "code") if name in said}
    params["client_id"] = request.audience
    if "max_age" in said:
        params["max_age"] = int(said["max_age"])
    token = jwt.decode(request.token, key_set(request.jwks), registry=registry)
    claims = class_of(said)(token.claims, token.header, options, params)
    claims.validate(leeway=int(request.leeway))


def class_of(said: dict[str, Any]) -> type[IDToken]:
    """The class for where the token comes from."""
    if said.get("channel") != "front":
        if "code" in said:
            raise CannotSayError("a code at the token endpoint")
        return CodeIDToken
    waived = "any_nonce" in said
    if "code" in said:
        return HybridWithoutNonce if waived else HybridIDToken
    return ImplicitWithoutNonce if waived else ImplicitIDToken


def access_token(request: KindRequest) -> None:
    """Verifies as `ResourceProtector` does; it takes neither algorithms nor a leeway."""
    if request.expectations or request.algorithms or request.leeway != "30":
        raise CannotSayError("a login, algorithms, a leeway")
    if algorithm(request.token) in ALGORITHMS - set(jws.JWSRegistry.recommended):
        raise CannotSayError("an algorithm")
    validator = AccessTokens(request)
    token = validator.authenticate_token(request.token)
    validator.validate_token(token, None, None)


def algorithm(token: str) -> object:
    """The algorithm that a token names, to see whether the validator would allow it."""
    try:
        return jws.extract_compact(token.encode()).headers().get("alg")
    except JoseError:
        return None


if __name__ == "__main__":
    serve(
        "Authlib",
        verify,
        algorithms=ALGORITHMS,
        own_errors=(AuthlibBaseError, JoseError),
        kind=KindRequest,
    )
