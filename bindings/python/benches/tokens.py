"""The tokens of the benchmark: 870 octets and 18 claims, one for each algorithm."""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa


@dataclass(frozen=True)
class Sample:
    """A token and its key, in every form that a library needs."""

    algorithm: str
    token: str
    public: Any
    """The public key as an object of `cryptography`, or the secret."""
    pem: bytes
    """The public key in PEM, or the secret."""
    jwk: dict[str, str]


def samples() -> list[Sample]:
    """Makes a sample for each algorithm."""
    return [_sample(algorithm) for algorithm in ALGORITHMS]


def _sample(algorithm: str) -> Sample:
    private, public, pem = _keys(algorithm)
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "248289761001",
        "exp": now + 86_400,
        "nbf": now - 60,
        "iat": now - 60,
        "jti": "8a7f",
        "azp": "web",
        "scope": "a:read a:write",
        "sid": "17d0",
        "amr": ["pwd"],
        "org": 42,
        "ver": 1.5,
        "verified": True,
        "tz": None,
        "act": {"sub": "x"},
        "role": "admin",
        "pad": "",
    }
    token = ""
    for kid in ("k", "k1", "k12", "k123"):
        for padding in range(OCTETS):
            claims["pad"] = "p" * padding
            length = _length(claims, algorithm, kid)
            if length == OCTETS:
                token = jwt.encode(claims, private, algorithm, headers={"kid": kid})
                jwk = {**_jwk(algorithm, pem), "kid": kid, "alg": algorithm}
                return Sample(algorithm, token, public, pem, jwk)
            if length > OCTETS:
                break
    message = f"no token of {OCTETS} octets for {algorithm}"
    raise AssertionError(message)


def _length(claims: dict[str, Any], algorithm: str, kid: str) -> int:
    header = json.dumps({"alg": algorithm, "kid": kid, "typ": "JWT"}, separators=(",", ":"))
    payload = json.dumps(claims, separators=(",", ":"))
    signature = SIGNATURES[algorithm]
    return 2 + sum((octets * 4 + 2) // 3 for octets in (len(header), len(payload), signature))


def _keys(algorithm: str) -> tuple[Any, Any, bytes]:
    if algorithm == "HS256":
        return SECRET, SECRET, SECRET
    private: Any
    match algorithm:
        case "ES256":
            private = ec.generate_private_key(ec.SECP256R1())
        case "ES384":
            private = ec.generate_private_key(ec.SECP384R1())
        case "EdDSA":
            private = ed25519.Ed25519PrivateKey.generate()
        case _:
            private = rsa.generate_private_key(65537, 2048)
    public = private.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public, pem


def _jwk(algorithm: str, pem: bytes) -> dict[str, str]:
    if algorithm == "HS256":
        text = base64.urlsafe_b64encode(pem).rstrip(b"=").decode()
        return {"kty": "oct", "k": text}
    implementation = jwt.get_algorithm_by_name(algorithm)
    loaded: dict[str, str] = json.loads(
        implementation.to_jwk(serialization.load_pem_public_key(pem))
    )
    return {name: value for name, value in loaded.items() if name not in {"key_ops", "use"}}


ALGORITHMS = ("HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA")
ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example"
OCTETS = 870
SECRET = b"0123456789abcdef0123456789abcdef0123456789abcdef"
SIGNATURES = {"HS256": 32, "RS256": 256, "PS256": 256, "ES256": 64, "ES384": 96, "EdDSA": 64}
