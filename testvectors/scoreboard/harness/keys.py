"""The published test keys, and their deterministic signatures."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from random import Random
from typing import Any

from cases import TESTVECTORS
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Jwk = dict[str, Any]

KEYS: dict[str, Jwk] = json.loads(
    (TESTVECTORS / "generator" / "src" / "public_test_keys.json").read_text("utf-8")
)["keys"]
PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "oct": ("k",)}
CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "Ed25519": 2**252 + 27742317777372353535851937790883648493,
}
PRIVATE_RSA = ("p", "q", "d", "dp", "dq", "qi", "e", "n")
# DigestInfo before the digest, RFC 8017 §9.2.
DIGEST_INFO = {
    "256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def encode(octets: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The octets of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public(name: str, **members: object) -> Jwk:
    """The public part of a key (of a secret, the secret), with more members."""
    key = KEYS[name]
    kept = {member: key[member] for member in PUBLIC[key["kty"]]}
    return {"kty": key["kty"], "kid": key["kid"], **kept, **members}


def sign(name: str, algorithm: str, message: bytes, random: Random) -> bytes:
    """A valid signature."""
    key = KEYS[name]
    size = algorithm[2:]
    match algorithm[:2]:
        case "HS":
            return hmac.digest(decode(key["k"]), message, f"sha{size}")
        case "RS":
            return _rsa_private(name).sign(message, PKCS1v15(), _HASHES[size])
        case "PS":
            salt = random.randbytes(int(size) // 8)
            return rsa(name, pss(name, message, size, salt))
        case "ES":
            return ecdsa(name, message, size)
        case _:
            octets = decode(key["d"])
            return ed25519.Ed25519PrivateKey.from_private_bytes(octets).sign(message)


def ecdsa(name: str, message: bytes, size: str) -> bytes:
    """R and s, with the nonce of RFC 6979."""
    private = _ec_private(name)
    algorithm = ec.ECDSA(_HASHES[size], deterministic_signing=True)
    r, s = decode_dss_signature(private.sign(message, algorithm))
    octets = (private.curve.key_size + 7) // 8
    return r.to_bytes(octets, "big") + s.to_bytes(octets, "big")


def pkcs1(name: str, message: bytes, size: str) -> bytes:
    """The padded digest of RFC 8017 §9.2."""
    digest = DIGEST_INFO[size] + hashlib.new(f"sha{size}", message).digest()
    return b"\x00\x01" + b"\xff" * (modulus_octets(name) - len(digest) - 3) + b"\x00" + digest


def pss(name: str, message: bytes, size: str, salt: bytes) -> bytes:
    """The padded digest of RFC 8017 §9.1.1."""
    digest = hashlib.new(f"sha{size}", message).digest()
    hashed = hashlib.new(f"sha{size}", bytes(8) + digest + salt).digest()
    bits = modulus(name).bit_length() - 1
    octets = (bits + 7) // 8
    block = bytes(octets - len(salt) - len(hashed) - 2) + b"\x01" + salt
    counters = range(len(block) // len(hashed) + 1)
    mask = b"".join(
        hashlib.new(f"sha{size}", hashed + counter.to_bytes(4, "big")).digest()
        for counter in counters
    )
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * octets - bits)
    return bytes(masked) + hashed + b"\xbc"


def rsa(name: str, padded: bytes) -> bytes:
    """The private operation, by the Chinese remainder theorem."""
    p, q, dp, dq, qi = (_number(name, member) for member in ("p", "q", "dp", "dq", "qi"))
    message = int.from_bytes(padded, "big")
    first, second = pow(message % p, dp, p), pow(message % q, dq, q)
    whole = second + q * ((first - second) * qi % p)
    return whole.to_bytes(modulus_octets(name), "big")


def modulus(name: str) -> int:
    """The modulus of an RSA key."""
    return _number(name, "n")


def modulus_octets(name: str) -> int:
    """The number of octets of a signature."""
    return (modulus(name).bit_length() + 7) // 8


@cache
def _number(name: str, member: str) -> int:
    return int.from_bytes(decode(KEYS[name][member]), "big")


@cache
def _rsa_private(name: str) -> RSAPrivateKey:
    p, q, d, dp, dq, qi, e, n = (_number(name, member) for member in PRIVATE_RSA)
    return RSAPrivateNumbers(p, q, d, dp, dq, qi, RSAPublicNumbers(e, n)).private_key()


@cache
def _ec_private(name: str) -> ec.EllipticCurvePrivateKey:
    key = KEYS[name]
    return ec.derive_private_key(_number(name, "d"), CURVES[key["crv"]])


_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
