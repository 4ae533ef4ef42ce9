"""A token of the differential test under construction."""

import json
from collections.abc import Callable  # noqa: TC003
from random import Random
from typing import Any

from cases import Case
from keys import encode, public, sign

NOW = 1_700_000_000
ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example"

# Each algorithm with the keys that sign it, and how often.
BASES = [
    *(["p256", "ES256"], ["p256-other", "ES256"], ["p256", "ES256"], ["p384", "ES384"]),
    *(["p521", "ES512"], ["ed25519", "EdDSA"], ["ed25519-other", "EdDSA"]),
    *(["ed25519", "Ed25519"], ["rsa", "RS256"], ["rsa-other", "RS256"], ["rsa", "RS384"]),
    *(["rsa", "RS512"], ["rsa", "PS256"], ["rsa-other", "PS384"], ["rsa", "PS512"]),
    *(["hmac-32", "HS256"], ["hmac-48", "HS384"], ["hmac-64", "HS512"], ["hmac-64", "HS256"]),
]


class Draft:
    """One token under construction."""

    def __init__(self, random: Random) -> None:
        """A valid token with a usual policy."""
        self.random = random
        self.key, self.algorithm = random.choice(BASES)
        self.header: dict[str, Any] = {"alg": self.algorithm, "kid": self.key}
        if random.random() < 0.5:
            self.header["typ"] = random.choice(["JWT", "at+jwt", "jwt", "application/at+jwt"])
        self.claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": random.choice([AUDIENCE, [AUDIENCE], ["https://other.example", AUDIENCE]]),
            "sub": random.choice(["alice", "böb", ""]),
            "exp": NOW + random.choice([60, 3600, 86400]),
        }
        named = random.random() < 0.5
        members: dict[str, object] = {"use": "sig", "alg": self.algorithm} if named else {}
        self.jwks: list[Any] = [public(self.key, **members)]
        if random.random() < 0.4:
            other = random.choice([name for name in ("p384", "rsa", "ed25519") if name != self.key])
            self.jwks.append(public(other))
        symmetric = self.algorithm.startswith("HS")
        self.policy: dict[str, Any] = {
            "issuers": [ISSUER],
            "audiences": [AUDIENCE],
            "symmetric_keys": symmetric,
            "leeway": random.choice(["0", "30"]),
        }
        if random.random() < 0.4:
            self.policy["algorithms"] = [self.algorithm]
        # Changes to the text of header and claims, and to the signed token.
        self.header_edits: list[Callable[[bytes], bytes]] = []
        self.claims_edits: list[Callable[[bytes], bytes]] = []
        self.signer: Callable[[bytes], bytes] | None = None
        self.token_edits: list[Callable[[str], str]] = []

    def finish(self, name: str) -> Case:
        """The token and its verification, as a test vector without an expectation."""
        header = json.dumps(self.header, separators=(",", ":"), ensure_ascii=False).encode()
        claims = json.dumps(self.claims, separators=(",", ":"), ensure_ascii=False).encode()
        for edit in self.header_edits:
            header = edit(header)
        for edit in self.claims_edits:
            claims = edit(claims)
        message = f"{encode(header)}.{encode(claims)}".encode()
        if self.signer:
            signature = self.signer(message)
        else:
            signature = sign(self.key, self.algorithm, message, self.random)
        token = f"{message.decode()}.{encode(signature)}"
        for change in self.token_edits:
            token = change(token)
        return {
            "id": name,
            "title": "generated",
            "jwks": {"keys": self.jwks},
            "token": token,
            "policy": self.policy,
            "now": str(NOW),
        }
