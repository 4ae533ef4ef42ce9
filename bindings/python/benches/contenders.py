"""How each package verifies a token: signature, dates, issuer, audience, claims as a dict."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false

import hashlib
import hmac
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import jwt
import oxyjwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from tokens import AUDIENCE, ISSUER, SECRET, Sample
from verijot import JwkSet, Verifier

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from authlib.jose import JsonWebKey, JsonWebToken
    from jose import jwk as jose_jwk
    from jose import jwt as jose_jwt
    from joserfc import jwk as joserfc_jwk
    from joserfc import jwt as joserfc_jwt

Call = Callable[[], object]


def made(make: Callable[[Sample], Call], sample: Sample) -> Call | None:
    """Returns the call, or None if the package does not have the algorithm."""
    try:
        call = make(sample)
        call()
    except Exception as error:  # noqa: BLE001
        print(f"({make.__name__.strip('_')}, {sample.algorithm}: {type(error).__name__})")
        return None
    return call


def _verijot(sample: Sample) -> Call:
    keys = JwkSet.from_json({"keys": [sample.jwk]}, symmetric_keys=sample.algorithm == "HS256")
    verify = Verifier(issuer=ISSUER, audience=AUDIENCE).verify
    token = sample.token
    return lambda: verify(token, keys).claims


def _verijot_without_claims(sample: Sample) -> Call:
    keys = JwkSet.from_json({"keys": [sample.jwk]}, symmetric_keys=sample.algorithm == "HS256")
    verify = Verifier(issuer=ISSUER, audience=AUDIENCE).verify
    token = sample.token
    return lambda: verify(token, keys)


def _oxyjwt(sample: Sample) -> Call:
    make = {
        "HS256": oxyjwt.DecodingKey.from_secret,
        "ES256": oxyjwt.DecodingKey.from_ec_pem,
        "ES384": oxyjwt.DecodingKey.from_ec_pem,
        "EdDSA": oxyjwt.DecodingKey.from_ed_pem,
    }.get(sample.algorithm, oxyjwt.DecodingKey.from_rsa_pem)
    key, token, algorithms = make(sample.pem), sample.token, [sample.algorithm]
    return lambda: oxyjwt.decode(
        token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER
    )


def _ryjwt(sample: Sample) -> Call:
    import ryjwt  # type: ignore[import-not-found, unused-ignore]  # pyright: ignore # noqa: PGH003, PLC0415

    key, token, algorithms = sample.pem, sample.token, [sample.algorithm]
    return lambda: ryjwt.decode(token, key, algorithms=algorithms, audience=AUDIENCE, issuer=ISSUER)


def _pyjwt(sample: Sample) -> Call:
    key, token, algorithms = sample.public, sample.token, [sample.algorithm]
    return lambda: jwt.decode(token, key, algorithms, audience=AUDIENCE, issuer=ISSUER)


def _joserfc(sample: Sample) -> Call:
    key: Any = joserfc_jwk.import_key(dict[str, str | list[str]](sample.jwk))
    registry = joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}
    )
    token, algorithms = sample.token, [sample.algorithm]

    def call() -> object:
        decoded = joserfc_jwt.decode(token, key, algorithms=algorithms)
        registry.validate(decoded.claims)
        return decoded.claims

    return call


def _python_jose(sample: Sample) -> Call:
    key = jose_jwk.construct(sample.jwk, sample.algorithm)
    token, algorithms = sample.token, [sample.algorithm]
    return lambda: jose_jwt.decode(token, key, algorithms, audience=AUDIENCE, issuer=ISSUER)


def _authlib(sample: Sample) -> Call:
    key: Any = JsonWebKey.import_key(sample.jwk)
    decoder = JsonWebToken([sample.algorithm])
    options = {
        "iss": {"essential": True, "value": ISSUER},
        "aud": {"essential": True, "value": AUDIENCE},
    }
    token = sample.token

    def call() -> object:
        claims = decoder.decode(token, key, claims_options=options)
        claims.validate()
        return claims

    return call


def _signature(sample: Sample) -> Call:
    """Only the signature, with `cryptography` or, for HMAC, with hashlib."""
    message, _, encoded = sample.token.rpartition(".")
    octets = message.encode()
    signature = urlsafe_b64decode(encoded + "==")
    public = sample.public
    match sample.algorithm:
        case "HS256":
            return lambda: hmac.digest(SECRET, octets, hashlib.sha256)
        case "RS256":
            pkcs1, sha256 = padding.PKCS1v15(), hashes.SHA256()
            return lambda: public.verify(signature, octets, pkcs1, sha256)
        case "PS256":
            sha256 = hashes.SHA256()
            pss = padding.PSS(padding.MGF1(sha256), 32)
            return lambda: public.verify(signature, octets, pss, sha256)
        case "EdDSA":
            return lambda: public.verify(signature, octets)
        case _:
            half = len(signature) // 2
            r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            der = encode_dss_signature(r, s)
            ecdsa = ec.ECDSA(hashes.SHA256() if sample.algorithm == "ES256" else hashes.SHA384())
            return lambda: public.verify(der, octets, ecdsa)


RAW = "only the signature, by cryptography or hashlib"
WITHOUT_CLAIMS = "verijot, without reading the claims"
PARTS = {RAW, WITHOUT_CLAIMS}
CONTENDERS: dict[str, Callable[[Sample], Call]] = {
    "verijot": _verijot,
    WITHOUT_CLAIMS: _verijot_without_claims,
    "oxyjwt": _oxyjwt,
    "ryjwt": _ryjwt,
    "PyJWT": _pyjwt,
    "joserfc": _joserfc,
    "python-jose": _python_jose,
    "Authlib": _authlib,
    RAW: _signature,
}
