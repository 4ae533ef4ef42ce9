"""The keys of AWS load balancers, each behind a URL of its own."""

import asyncio
import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from verijot import CacheSettings, JwksClient, UnknownKeyError, Verifier
from verijot.alb import AlbVerifier

FOLDER = Path(__file__).parents[4] / "testvectors"


def case() -> tuple[dict[str, Any], dict[str, Any]]:
    file = json.loads((FOLDER / "key-sources.json").read_text())
    case = next(case for case in file["cases"] if case["id"] == "sources-alb-accepted")
    return case, file["key_sets"][case["jwks"]]["keys"][0]


def pem_of(jwk: dict[str, Any]) -> bytes:
    x, y = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "=")) for name in "xy")
    key = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def url() -> Iterator[str]:
    """Serves the key of the case."""
    _, jwk = case()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == f"/{jwk['kid']}"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(pem_of(jwk) if found else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{kid}}"
        server.shutdown()
        thread.join()


def test_a_key_is_fetched_for_its_token(url: str) -> None:
    token, now = case()[0]["token"], case()[0]["now"]
    load_balancer = AlbVerifier(
        signers=case()[0]["alb"]["signers"], clients="client-id", issuers=None
    )
    settings = CacheSettings(certificates="ES256")
    client = JwksClient(url, Verifier(issuer=None, audience=None), settings=settings)
    keys = client.keys_for(load_balancer.key_id(token))
    assert load_balancer.verify(token, keys, now=now).subject == "alice"
    keys = asyncio.run(client.akeys_for(load_balancer.key_id(token)))
    assert load_balancer.verify(token, keys, now=now).subject == "alice"
    with pytest.raises(UnknownKeyError):
        client.keys_for("not-a-uuid")
