"""joserfc: a `KeySet` finds the key, `jwt.decode` and a claims registry do the rest."""

import json
from functools import lru_cache
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from protocol import Request, serve


@lru_cache(maxsize=64)
def key_set(text: str) -> KeySet:
    """The set, parsed as the library's documentation parses a response."""
    return KeySet.import_key_set(json.loads(text))


def verify(request: Request) -> object:
    """Verifies as the library's guide does; headers that nobody registered are let through."""
    request.refuse_members(typ=request.typ, max_age=request.max_age)
    keys = key_set(request.jwks)
    registry = jws.JWSRegistry(algorithms=request.algorithms, strict_check_header=False)
    if request.mode == "jws":
        return jws.deserialize_compact(
            request.octets, keys, algorithms=request.algorithms, registry=registry
        )
    options: dict[str, Any] = {name: {"essential": True} for name in request.required}
    for name, values in (("iss", request.issuers), ("aud", request.audiences)):
        if values is not None:
            options.setdefault(name, {})["values"] = values
    for name, value in request.expected.items():
        options[name] = {"essential": True, "value": value}
    for name in request.required:
        if name not in ("iss", "aud", *request.expected):
            options[name]["allow_blank"] = True
    claims = jwt.JWTClaimsRegistry(leeway=request.whole_leeway, **options)
    token = jwt.decode(request.octets, keys, algorithms=request.algorithms, registry=registry)
    claims.validate(token.claims)
    return token


if __name__ == "__main__":
    serve(
        "joserfc",
        verify,
        algorithms=set(jws.JWSRegistry.algorithms) - {"none"},
        own_errors=(JoseError,),
    )
