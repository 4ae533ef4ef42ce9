"""The example services, each in its own process and called over HTTP."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from example_services import started
from verijot.testing import Issuer, SigningKey

AUDIENCE = "https://api.example"
SERVICES = ["fastapi", "starlette", "flask", "django"]

Call = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module", params=SERVICES)
def service(issuer: Issuer, request: pytest.FixtureRequest) -> Iterator[str]:
    with started(request.param, issuer) as url:
        yield url


@pytest.fixture
def call(service: str) -> Call:
    def call(path: str, raw: str | None = None) -> httpx.Response:
        headers = {} if raw is None else {"Authorization": f"Bearer {raw}"}
        return httpx.get(f"{service}/{path}", headers=headers)

    return call


def test_a_valid_token(call: Call, issuer: Issuer) -> None:
    raw = issuer.mint({"sub": "alice", "scope": "orders:read"}, audience=AUDIENCE)
    assert call("me", raw).json() == "alice"
    assert call("orders", raw).json() == ["orders:read"]
    assert call("greeting", raw).json() == "hello alice"
    admin = issuer.mint({"realm_access": {"roles": ["admin"]}}, audience=AUDIENCE)
    assert call("admin", admin).json() == "admin"


def test_no_token(call: Call, service: str) -> None:
    assert call("greeting").json() == "hello"
    for path in ("me", "orders", "admin"):
        answer = call(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json() == {"detail": "missing_token"}
    assert (
        httpx.get(f"{service}/greeting", headers={"Authorization": "Basic YQ=="}).status_code == 401
    )


def test_invalid_tokens(call: Call, issuer: Issuer) -> None:
    for raw, code in (
        (issuer.mint({"exp": 1}, audience=AUDIENCE), "expired"),
        (issuer.mint({}, audience="https://other.example"), "wrong_audience"),
        (issuer.mint({"iss": "https://other.example"}, audience=AUDIENCE), "wrong_issuer"),
        (issuer.mint({}, SigningKey.ed25519("forged"), audience=AUDIENCE), "unknown_key"),
        (issuer.mint({}, header={"alg": "none"}), "algorithm_not_allowed"),
        ("a.b", "malformed_token"),
        ("a b", "malformed_authorization"),
    ):
        # A second unknown key gets 503 until the next fetch is allowed.
        for path in ("me", "greeting") if code != "unknown_key" else ("me",):
            answer = call(path, raw)
            assert answer.status_code == 401, code
            error = "invalid_request" if code == "malformed_authorization" else "invalid_token"
            assert answer.headers["WWW-Authenticate"] == (
                f'Bearer error="{error}", error_description="{code}"'
            )
            assert answer.json() == {"detail": code}
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Type"] == "application/json"


def test_tokens_without_the_scope_or_the_role(call: Call, issuer: Issuer) -> None:
    raw = issuer.mint({"scope": "orders:write"}, audience=AUDIENCE)
    answer = call("orders", raw)
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer error="insufficient_scope", error_description="insufficient_scope", '
        'scope="orders:read"'
    )
    answer = call("admin", raw)
    assert answer.status_code == 403
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("name", SERVICES)
def test_an_outage(name: str) -> None:
    with Issuer() as issuer, issuer.outage(), started(name, issuer) as service:
        raw = issuer.mint({"sub": "alice"}, audience=AUDIENCE)
        answer = httpx.get(f"{service}/me", headers={"Authorization": f"Bearer {raw}"})
        assert answer.status_code == 503
        assert "WWW-Authenticate" not in answer.headers
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert "keys_unavailable" in answer.text


def test_revocation_and_health_with_fastapi() -> None:
    with Issuer() as issuer, started("fastapi", issuer) as service:
        for jti, status in (("good", 200), ("stolen", 401), ("unknowable", 503)):
            raw = issuer.mint({"sub": "alice", "jti": jti}, audience=AUDIENCE)
            answer = httpx.get(f"{service}/me", headers={"Authorization": f"Bearer {raw}"})
            assert answer.status_code == status
        assert answer.headers["Retry-After"] == "1"
        health = httpx.get(f"{service}/health").json()
        assert health == {"usable_keys": 1, "last_failure": None}
        caller = httpx.get(f"{service}/caller", headers={"Authorization": f"Bearer {raw}"})
        assert caller.json() == {"sub": "alice", "email": None}
        document = httpx.get(f"{service}/openapi.json").json()
        assert document["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"
