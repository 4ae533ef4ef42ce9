"""jwcrypto: a `JWKSet` finds the key, `JWT` does the rest."""

from functools import lru_cache

from jwcrypto import jws, jwt
from jwcrypto.common import JWException
from jwcrypto.jwk import JWKSet
from protocol import CannotSayError, Request, serve


@lru_cache(maxsize=64)
def key_set(text: str) -> JWKSet:
    """The set, parsed by the library."""
    return JWKSet.from_json(text)


def verify(request: Request) -> object:
    """Verifies twice: `check_claims` switches off the check of an `nbf` that it does not name."""
    request.refuse_members(typ=request.typ, max_age=request.max_age)
    try:
        token = request.octets.decode()
    except UnicodeDecodeError:
        raise CannotSayError("a token that is no text") from None
    keys = key_set(request.jwks)
    if request.mode == "jws":
        signature = jws.JWS()
        signature.allowed_algs = request.algorithms
        signature.deserialize(token)
        signature.verify(keys)
        return signature.payload
    demanded = dict.fromkeys(request.required)
    if request.issuers is not None:
        if len(request.issuers) != 1:
            raise CannotSayError("several issuers")
        demanded["iss"] = request.issuers[0]
    if request.audiences is not None:
        demanded["aud"] = request.audiences
    demanded |= request.expected
    for check_claims in (None, demanded):
        verified = jwt.JWT(
            algs=request.algorithms,
            check_claims=check_claims,
            expected_type="JWS",
            strict_serialization=True,
        )
        verified.leeway = request.whole_leeway
        verified.deserialize(token)
        verified.validate(keys)
    return None


if __name__ == "__main__":
    serve(
        "jwcrypto",
        verify,
        algorithms=jws.default_allowed_algs,
        own_errors=(JWException, ValueError, TypeError),
    )
