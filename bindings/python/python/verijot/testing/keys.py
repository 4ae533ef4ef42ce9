"""Fixed signing keys for tests. The private keys are public: only tests may trust them."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256


class SigningKey:
    """A private key of a test's issuer. The same `kid` always gives the same key."""

    def __init__(
        self, kid: str, algorithm: str, jwk: dict[str, str], sign: Callable[[bytes], bytes]
    ) -> None:
        self.kid = kid
        self.algorithm = algorithm
        self._jwk = jwk
        self._sign = sign

    @classmethod
    def ed25519(cls, kid: str) -> Self:
        """Makes a key for EdDSA."""
        key = ed25519.Ed25519PrivateKey.from_private_bytes(_seed("Ed25519", kid))
        x = _base64url(key.public_key().public_bytes_raw())
        return cls(kid, "EdDSA", {"kty": "OKP", "crv": "Ed25519", "x": x}, key.sign)

    @classmethod
    def p256(cls, kid: str) -> Self:
        """Makes a key for ES256."""
        # The first half of the seed is always less than the order of the curve.
        secret = int.from_bytes(_seed("P-256", kid)[:16], "big") + 1
        key = ec.derive_private_key(secret, ec.SECP256R1())
        numbers = key.public_key().public_numbers()
        x, y = _base64url(numbers.x.to_bytes(32, "big")), _base64url(numbers.y.to_bytes(32, "big"))

        def sign(message: bytes) -> bytes:
            r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")

        return cls(kid, "ES256", {"kty": "EC", "crv": "P-256", "x": x, "y": y}, sign)

    @classmethod
    def rsa(cls, kid: str) -> Self:
        """Makes a key for RS256, of 2048 bits. It is the same for every `kid`."""
        key = _rsa_key()
        n = _base64url(key.public_key().public_numbers().n.to_bytes(256, "big"))

        def sign(message: bytes) -> bytes:
            return key.sign(message, padding.PKCS1v15(), SHA256())

        return cls(kid, "RS256", {"kty": "RSA", "n": n, "e": "AQAB"}, sign)

    @property
    def jwk(self) -> dict[str, str]:
        """The public key, for a JWK Set."""
        return {**self._jwk, "kid": self.kid, "alg": self.algorithm, "use": "sig"}

    def sign(self, message: bytes) -> bytes:
        """Returns a signature in the format of a token."""
        return self._sign(message)

    def __repr__(self) -> str:
        return f"<SigningKey {self.kid} {self.algorithm}>"


def _seed(kind: str, kid: str) -> bytes:
    return sha256(f"verijot.testing {kind} {kid}".encode()).digest()


def _rsa_key() -> rsa.RSAPrivateKey:
    d = pow(_E, -1, (_P - 1) * (_Q - 1))
    return rsa.RSAPrivateNumbers(
        _P,
        _Q,
        d,
        rsa.rsa_crt_dmp1(d, _P),
        rsa.rsa_crt_dmq1(d, _Q),
        rsa.rsa_crt_iqmp(_P, _Q),
        rsa.RSAPublicNumbers(_E, _P * _Q),
    ).private_key()


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def _number(digits: str) -> int:
    return int("".join(digits.split()), 16)


_E = 65537
_P = _number("""
    f355e4e1941caf220d1cea7e69152446439ce4e172008ecf97ce34cd333e5ad1b4f8f8e7199e88dd7fc328c839
    ebc1833bf9087aa4670a9eb217b7d2be782a78a7304dc81cebb57609f5762a24af9f9be53d3345b2050809fc79
    095d3812a48861316384e251e08f67f8de40b0cf193a8a000ff68201534638872d7e85d2f8db
""")
_Q = _number("""
    cfec0e6569cbed22e2de88e330686b8141c6892335675d96ba26c656f60b9e367cc5d20d9a724322023f60242c
    363b806ad7e3c2b893d917a4490b020b4173047af8028e3265369661ee0726a8676c137ac81b3b16e34c4249f0
    d9e716a8280b5aa8b2efd3cbbe5203d8795c4b899da2362035a7a2849d1692de83f2015f3857
""")

ED25519 = SigningKey.ed25519("ed25519")
"""A key for EdDSA."""

P256 = SigningKey.p256("p-256")
"""A key for ES256."""

RSA = SigningKey.rsa("rsa")
"""A key for RS256."""
