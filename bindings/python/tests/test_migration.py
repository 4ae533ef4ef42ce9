"""Runs the code of the migration guide."""

import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from signing import AUDIENCE, ISSUER

PAGE = Path(__file__).parents[1] / "docs" / "migration.md"
AFTER = re.findall(r"After:\n\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize(("number", "algorithm"), [(0, "ES256"), (1, "RS256"), (2, "RS256")])
def test_the_code_after_a_migration(number: int, algorithm: str) -> None:
    private = (
        ec.generate_private_key(ec.SECP256R1())
        if algorithm == "ES256"
        else rsa.generate_private_key(65537, 2048)
    )
    public = private.public_key()
    payload = {"iss": ISSUER, "aud": AUDIENCE, "exp": 4_000_000_000, "sub": "s", "nonce": "n"}
    jwk: Any = jwt.get_algorithm_by_name(algorithm).to_jwk(public, as_dict=True)
    names: dict[str, Any] = {
        "raw": jwt.encode(payload, private, algorithm, headers={"kid": "k"}),
        "public_key_pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "jwks": {"keys": [{**jwk, "kid": "k"}]},
        "nonce": "n",
    }
    exec(AFTER[number], names)  # noqa: S102
    assert names["claims"] == payload
