"""The tokens of AWS load balancers."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from test_vectors import FOLDER
from verijot import InvalidPolicyError, JwkSet, MalformedTokenError, WrongClaimError
from verijot.alb import AlbVerifier

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"


@pytest.fixture
def case() -> dict[str, Any]:
    file = json.loads(Path(FOLDER, "key-sources.json").read_text())
    case = next(case for case in file["cases"] if case["id"] == "sources-alb-accepted")
    return {**case, "jwks": file["key_sets"][case["jwks"]]}


def test_a_token(case: dict[str, Any]) -> None:
    verifier = AlbVerifier(signers=ARN, clients="client-id", issuers="https://issuer.example")
    keys = JwkSet.from_json(case["jwks"])
    for copy in (verifier, pickle.loads(pickle.dumps(verifier))):  # noqa: S301, its own
        assert copy.key_id(case["token"]) == case["expect"]["valid"]["kid"]
        token = copy.verify(case["token"], keys, now=case["now"])
        assert (token.signer, token.client, token.issuer) == (
            ARN,
            "client-id",
            "https://issuer.example",
        )
        assert token.subject == "alice"
        assert token.expires_at.timestamp() == token.expires_at_seconds == 1_700_000_120
        assert token.claims["email"] == "alice@example"
        assert "alice" not in repr(token)
    waived = AlbVerifier(signers=[ARN], clients=None, issuers=None, leeway=0)
    assert waived.verify(case["token"], keys, now=case["now"]).client == "client-id"
    other = AlbVerifier(signers=ARN + "x", clients=None, issuers=None)
    with pytest.raises(WrongClaimError) as wrong:
        other.verify(case["token"], keys, now=case["now"])
    assert wrong.value.claim == "signer"
    with pytest.raises(MalformedTokenError):
        verifier.key_id("a.b.c")


def test_settings_that_make_no_sense_are_refused() -> None:
    wrong: list[dict[str, Any]] = [
        {"signers": "arn", "clients": "a"},
        {"signers": [], "clients": "a"},
        {"signers": ARN, "clients": []},
        {"signers": ARN, "clients": ""},
    ]
    for settings in wrong:
        with pytest.raises(InvalidPolicyError):
            AlbVerifier(**settings, issuers=None)
