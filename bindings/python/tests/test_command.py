"""`python -m verijot`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint, signed

EXAMPLES = Path(__file__).parents[2] / "cli" / "examples"
KEYS = ("--jwks", str(EXAMPLES / "jwks.json"))
WHO = ("--issuer", "https://issuer.example", "--audience", "https://api.example")
ANYBODY = ("--any-issuer", "--any-audience")


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    command = [sys.executable, "-m", "verijot", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def secret(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "secret").write_bytes(SECRET)
    return ("--secret-file", str(tmp_path / "secret"), "--algorithm", "HS256")


def test_verify_prints_the_claims_as_they_were_signed() -> None:
    code, out, err = run("verify", *KEYS, *WHO, "--now", "1790000000", f"@{EXAMPLES}/token.jwt")
    assert (code, err) == (0, "")
    assert json.loads(out)["iss"] == "https://issuer.example"


def test_verify_says_why_not(secret: tuple[str, ...]) -> None:
    token = signed(aud="x")
    options = (*secret, "--issuer", ISSUER, "--audience", AUDIENCE, "--now", str(NOW))
    code, out, err = run("verify", *options, token)
    assert (code, out) == (1, "")
    assert err == f"wrong_audience: aud is x; expected: {AUDIENCE}\n"
    code, out, err = run("verify", "--json", *options, "-", stdin=token + "\n")
    assert code == 1
    assert json.loads(err)["code"] == "wrong_audience"


def test_explain(secret: tuple[str, ...]) -> None:
    options = (*secret, *ANYBODY, "--now", "2023-11-14T22:13:20Z", signed())
    code, out, _ = run("explain", *options)
    assert code == 0
    assert "expiry           2023-11-14 22:23:20 UTC (in 10 minutes)" in out
    assert out.endswith("accepted\n")
    code, out, _ = run("--json", "explain", *options[:-1], signed(exp=1))
    report = json.loads(out)
    assert (code, report["accepted"], report["error"]["code"]) == (1, False, "expired")
    assert report["now"] == str(NOW)
    assert len(report["checks"]) == 19


@pytest.mark.parametrize(
    ("options", "claims", "code"),
    [
        (("--leeway", "0"), {"exp": NOW}, 1),
        (("--require", "jti"), {}, 1),
        (("--expect", "n:=[1]"), {"n": [1]}, 0),
        (("--expect", "n=1"), {"n": 1}, 1),
        (("--scope", "a"), {"scope": "a b"}, 0),
        (("--type", "at+jwt"), {}, 1),
        (("--any-type",), {}, 0),
        (("--max-lifetime", "10"), {}, 1),
        (("--max-age", "10"), {}, 0),
        (("--allow-missing-expiry",), {"exp": None}, 0),
        (("--algorithm", "none"), {}, 2),
        (("--scope", "a b"), {}, 2),
    ],
)
def test_policies(
    options: tuple[str, ...],
    claims: dict[str, object],
    code: int,
    secret: tuple[str, ...],
    mint: Mint,
) -> None:
    run_code, _, _ = run("verify", *secret, *ANYBODY, *options, "--now", str(NOW), mint(**claims))
    assert run_code == code


def test_a_secret_needs_no_algorithm(secret: tuple[str, ...]) -> None:
    options = (*secret[:2], *ANYBODY, "--now", str(NOW))
    assert run("verify", *options, signed())[0] == 0
    code, _, err = run("verify", *options, signed({"alg": "HS512"}))
    assert (code, err.split(":")[0]) == (1, "algorithm_not_allowed")
    code, _, err = run("verify", "--key", secret[1], *ANYBODY, signed())
    assert (code, "--algorithm" in err) == (2, True)


def test_decode() -> None:
    code, out, err = run("decode", signed(sub="someone"))
    assert code == 0
    assert '"sub": "someone"' in out
    assert "32 octets, not verified" in out
    assert err.startswith("warning: nothing was verified")
    code, out, _ = run("decode", "--json", signed())
    assert json.loads(out)["verified"] is False
    for token, name in (("a.b", "malformed_token"), ("e30.a.b.c.d", "encrypted_token")):
        code, out, err = run("decode", token)
        assert (code, name in err) == (1, True)


def test_jwks(tmp_path: Path) -> None:
    code, out, _ = run("jwks", KEYS[1])
    assert code == 0
    assert "usable" in out
    keys = {"keys": [{"kty": "oct", "kid": "\u001b[31m"}, {"kty": "x"}]}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    code, out, _ = run("jwks", str(tmp_path / "keys.json"))
    assert code == 1
    assert "symmetric_key" in out
    assert "0 of 2 keys usable" in out
    assert "\u001b" not in out
    code, out, _ = run("jwks", "--json", "-", stdin=json.dumps(keys))
    assert [key["reason"] for key in json.loads(out)["keys"]] == [
        "symmetric_key",
        "unsupported_key_type",
    ]
    code, _, err = run("jwks", "-", stdin="nonsense")
    assert (code, err.split(":")[0]) == (2, "malformed_jwks")


def test_vectors(tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "testvectors"
    source = json.loads((folder / "alg-none.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(source))
    code, out, _ = run("vectors", str(tmp_path))
    assert (code, "0 failed" in out) == (0, True)
    source["cases"][0]["expect"] = {"error": "expired"}
    (tmp_path / "a.json").write_text(json.dumps(source))
    code, out, _ = run("vectors", "--json", str(tmp_path))
    assert (code, json.loads(out)["failed"]) == (1, 1)
    assert run("vectors", str(tmp_path / "nowhere"))[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("T",),
        ("verify", "T"),
        ("verify", *KEYS, "T"),
        ("verify", *KEYS, *ANYBODY, "T", "T"),
        ("verify", *KEYS, *ANYBODY, "--T", "T"),
        ("verify", *KEYS, *ANYBODY, "--issuer", "T", "T"),
        ("verify", *KEYS, *ANYBODY, "--now", "T", "T"),
        ("verify", *KEYS, *ANYBODY, "--leeway", "T", "T"),
        ("verify", *KEYS, *ANYBODY, "--expect", "T", "T"),
        ("verify", *KEYS, "--any-audience", "--issuer", "T", "x"),
        ("verify", *KEYS, *ANYBODY, "--algorithm", "T", "T"),
        ("verify", *KEYS, *ANYBODY, "--any-type=T", "T"),
        ("verify", "--jwks", "T", *ANYBODY, "T"),
        ("verify", "--key", "T", *ANYBODY, "T"),
        ("verify", "--key", "T", "--algorithm", "ES256", *ANYBODY, "T"),
        ("verify", "--jwks", "-", *ANYBODY, "-"),
        ("verify", *KEYS, *ANYBODY, "@T"),
        ("jwks", "T"),
        ("jwks", "https://T"),
        ("vectors", "T"),
        ("decode",),
    ],
)
def test_what_cannot_be_decided_repeats_nothing(arguments: tuple[str, ...]) -> None:
    token = signed(sub="someone")
    typed = [argument.replace("T", token) for argument in arguments]
    code, out, err = run(*typed)
    assert (code, out) == (2, "")
    assert token[:20] not in err
    assert len(err.splitlines()) == 1
    code, out, err = run("--json", *typed)
    assert (code, out) == (2, "")
    assert set(json.loads(err)) == {"code", "message"}


def test_help_and_version() -> None:
    for arguments in (("--help",), ("verify", "--help"), ("--version",)):
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        assert "verijot" in out
