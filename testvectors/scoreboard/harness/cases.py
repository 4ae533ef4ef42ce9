"""Test vectors, reduced to what libraries need that do not know their format."""

import json
from pathlib import Path
from typing import Any

Case = dict[str, Any]
Request = dict[str, Any]

TESTVECTORS = Path(__file__).resolve().parents[2]

ASYMMETRIC = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
]
SYMMETRIC = ["HS256", "HS384", "HS512"]

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# Members of a policy that no library's verification call has.
VERIJOT_ALONE = [
    *("max_lifetime", "max_lifetime_by", "required_scopes", "required_roles"),
    *("known_tenants", "revocation", "limits", "numeric_subject", "future_issued_at", "rules"),
]


def committed() -> dict[str, list[Case]]:
    """The cases of each category, each with its key set; a valid one is followed by its twin."""
    files = sorted(
        path
        for path in TESTVECTORS.glob("*.json")
        if not path.name.endswith("schema.json") and path.name != "codes.json"
    )
    return {path.stem: _cases(json.loads(path.read_text("utf-8"))) for path in files}


def _cases(file: dict[str, Any]) -> list[Case]:
    cases: list[Case] = []
    for written in file["cases"]:
        case = written
        if isinstance(case.get("jwks"), str):
            case = {**case, "jwks": file["key_sets"][case["jwks"]]}
        cases.append(case)
        if is_valid(case):
            cases.append(_twin(case))
    return cases


def _twin(case: Case) -> Case:
    """The case with one bit of its signature flipped."""
    kind = next(name for name in ("token", "authorization", "token_repeat") if name in case)
    token = case[kind]
    if kind == "token_repeat":
        token = {**token, "suffix": _flipped(token["suffix"])}
    else:
        token = _flipped(token)
    expect = {"error": "invalid_signature"}
    return {**case, "id": f"{case['id']}-flipped", kind: token, "expect": expect}


def _flipped(token: str) -> str:
    signed, signature = token.rsplit(".", 1)
    return f"{signed}.{BASE64URL[BASE64URL.index(signature[0]) ^ 1]}{signature[1:]}"


def is_valid(case: Case) -> bool:
    """Whether the token must be accepted."""
    return "valid" in case["expect"]


def request(case: Case) -> Request | str:
    """The case with the parameters that every library has, or what they cannot express."""
    if "profile" in case:
        return "profile"
    policy = case["policy"]
    if "authorization" in case:
        return "authorization"
    if case.get("jwks", True) is None:
        return "no key set at all"
    for member in ("jwks_options", "jwks_certificates", "jwks_purposes", "alb"):
        if member in case:
            return member
    for member in VERIJOT_ALONE:
        if member in policy:
            return member
    if isinstance(policy["audiences"], dict) or isinstance(policy.get("types"), dict):
        return "exact audiences, audiences in another claim, types or none"
    if any(isinstance(issuer, dict) for issuer in policy["issuers"] or []):
        return "issuer templates"
    required = list(policy.get("required_claims", []))
    if policy.get("require_exp", True):
        required.append("exp")
    for claim, accepted in (("iss", policy["issuers"]), ("aud", policy["audiences"])):
        if accepted is not None:
            required.append(claim)
    expected = policy.get("expected_claims", {})
    required += expected
    return {
        "id": case["id"],
        "mode": case.get("mode", "jwt"),
        **_token(case),
        "jwks": case["jwks_text"] if "jwks_text" in case else json.dumps(case["jwks"]),
        "now": case["now"],
        "algorithms": _algorithms(policy),
        "issuers": policy["issuers"],
        "audiences": policy["audiences"],
        "leeway": policy.get("leeway", "30"),
        "required": sorted(set(required)),
        "typ": policy.get("types"),
        "expected": expected,
        "max_age": policy.get("max_age"),
    }


# The kinds of tokens that libraries for OpenID verify, with the settings and expectations that one
# of them has.
SETTINGS = {
    "id-token": {"issuer", "client_id", "algorithms", "symmetric_keys", "leeway"},
    "logout-token": {"issuer", "client_id", "algorithms", "leeway", "without_replay_check"},
    "access-token": {"issuers", "audiences", "algorithms", "leeway"},
}
EXPECTATIONS = {
    *("nonce", "without_nonce", "any_nonce", "max_age", "auth_time_required", "acr"),
    *("access_token", "code", "channel"),
}
# The policy by which `access-token.json` says RFC 9068 without a profile.
RFC9068 = {"types": ["at+jwt"], "required_claims": ["sub", "client_id", "iat", "jti"]}


def is_of_kind(case: Case) -> bool:
    """Whether the case is about a verifier for one kind of token."""
    return "profile" in case or RFC9068.items() <= case["policy"].items()


def profile_request(case: Case) -> Request | str:
    """The case with the parameters that libraries for OpenID have, or what they cannot express."""
    if not is_of_kind(case):
        return "a policy"
    document = case.get("profile") or {
        "profile": "access-token",
        **{name: value for name, value in case["policy"].items() if name not in RFC9068},
    }
    settings = {name: value for name, value in document.items() if name != "profile"}
    expectations = case.get("expectations", {})
    kind = document["profile"]
    if kind not in SETTINGS:
        return f"a {kind}"
    unknown = (settings.keys() - SETTINGS[kind]) | (expectations.keys() - EXPECTATIONS)
    if unknown:
        return ", ".join(sorted(unknown))
    for member in ("replay_window", "jwks_text", "jwks_certificates", "jwks_purposes"):
        if member in case:
            return member
    issuers = settings.get("issuers", [settings.get("issuer")])
    audiences = settings.get("audiences", [settings.get("client_id")])
    if len(issuers) != 1 or len(audiences) != 1 or None in (*issuers, *audiences):
        return "one issuer, one audience"
    return {
        "id": case["id"],
        "kind": kind,
        "token": case["token"],
        "jwks": json.dumps(case["jwks"]),
        "now": case["now"],
        "issuer": issuers[0],
        "audience": audiences[0],
        "algorithms": settings.get("algorithms"),
        "symmetric": settings.get("symmetric_keys", False),
        "leeway": settings.get("leeway", "30"),
        "expectations": expectations,
    }


def _token(case: Case) -> dict[str, str | None]:
    if "token_repeat" in case:
        parts = case["token_repeat"]
        whole = parts["prefix"] + parts["unit"] * parts["times"] + parts["suffix"]
        return {"token": whole, "token_hex": None}
    return {"token": case.get("token"), "token_hex": case.get("token_hex")}


def _algorithms(policy: dict[str, Any]) -> list[str]:
    named = policy.get("algorithms")
    if named is None:
        return ASYMMETRIC + (SYMMETRIC if policy.get("symmetric_keys") else [])
    both = {"EdDSA", "Ed25519"}
    return [*named, *sorted(both - set(named))] if both & set(named) else list(named)
