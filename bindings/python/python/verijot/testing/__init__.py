"""Tools to test services that use verijot (extra `verijot[testing]`).

Real tokens, signed with fixed keys, from an issuer on this machine that can rotate its keys, fail
and be slow::

    with Issuer() as issuer:
        client = JwksClient.from_issuer(issuer.url, audience="https://api.example")
        token = client.verify(issuer.mint({"sub": "alice"}, audience="https://api.example"))

The private keys are public: only tests may trust them. The package itself never imports this.
"""

from verijot.testing.clock import FixedClock
from verijot.testing.issuer import Answer, Issuer
from verijot.testing.keys import ED25519, P256, RSA, SigningKey
from verijot.testing.tokens import mint

__all__ = [
    "ED25519",
    "P256",
    "RSA",
    "Answer",
    "FixedClock",
    "Issuer",
    "SigningKey",
    "mint",
]
