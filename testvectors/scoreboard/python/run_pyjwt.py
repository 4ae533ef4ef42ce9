"""PyJWT: `PyJWKClient` finds the key, `jwt.decode` does the rest."""

import json
from functools import lru_cache
from typing import Any

import jwt
from jwt.algorithms import get_default_algorithms
from protocol import CannotSayError, Request, serve


class LocalClient(jwt.PyJWKClient):
    """The library's own JWKS client over a set that is already here."""

    def __init__(self, text: str) -> None:
        """Keeps the set's text."""
        super().__init__("https://issuer.example/jwks", cache_jwk_set=False)
        self._text = text

    def fetch_data(self) -> Any:
        """The set, parsed as the client parses a response."""
        return json.loads(self._text)


@lru_cache(maxsize=64)
def client(text: str) -> LocalClient:
    """The client for one set."""
    return LocalClient(text)


@lru_cache(maxsize=64)
def key_set(text: str) -> jwt.PyJWKSet:
    """The set, for a token that names no key."""
    return jwt.PyJWKSet.from_json(text)


def verify(request: Request) -> object:
    """Verifies as the library's usage page does, with every check that it has switched on."""
    subject = request.expected.get("sub")
    request.refuse_members(
        typ=request.typ,
        max_age=request.max_age,
        expected=[name for name in request.expected if name != "sub"],
    )
    token = request.octets
    header = jwt.get_unverified_header(token)
    if "kid" in header:
        return attempt(request, token, client(request.jwks).get_signing_key(header["kid"]), subject)
    failure: Exception | None = None
    for key in key_set(request.jwks):
        try:
            return attempt(request, token, key, subject)
        except jwt.PyJWTError as error:
            failure = error
    raise failure or CannotSayError("no key")


def attempt(request: Request, token: bytes, key: jwt.PyJWK, subject: str | None) -> object:
    """Verifies with one key."""
    if request.mode == "jws":
        signatures = jwt.PyJWS(options={"enforce_minimum_key_length": True})
        return signatures.decode(token, key, algorithms=request.algorithms)
    return jwt.decode(
        token,
        key,
        algorithms=request.algorithms,
        audience=request.audiences,
        issuer=request.issuers,
        subject=subject,
        leeway=request.leeway_seconds,
        options={
            "require": request.required,
            "verify_aud": request.audiences is not None,
            "enforce_minimum_key_length": True,
        },
    )


if __name__ == "__main__":
    serve(
        "PyJWT",
        verify,
        algorithms=set(get_default_algorithms()) - {"none"},
        own_errors=(jwt.PyJWTError,),
    )
