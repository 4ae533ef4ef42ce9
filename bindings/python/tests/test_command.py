"""The command line in the wheel; `bindings/cli/tests` tests what it does."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import verijot
from signing import SECRET, signed
from verijot import _native

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = Path(__file__).parents[2] / "cli" / "examples"
VECTORS = Path(__file__).parents[3] / "testvectors"
KEYS = ("--jwks", str(EXAMPLES / "jwks.json"))
WHO = ("--issuer", "https://issuer.example", "--audience", "https://api.example")
ANYBODY = ("--any-issuer", "--any-audience")
TOKEN = f"@{EXAMPLES}/token.jwt"
NOW = ("--now", "1790000000")
LATER = ("--now", "5000000000")

MODULE = (sys.executable, "-m", "verijot")
SCRIPT = (shutil.which("verijot", path=sysconfig.get_path("scripts")) or "verijot",)
PLAN = ("--overlap", "7d", "--ttl", "1h", "--token-lifetime", "1h")


def run(
    *arguments: str | bytes, program: "Sequence[str]" = MODULE, stdin: str = ""
) -> tuple[int, str, str]:
    done = subprocess.run(  # noqa: S603, the arguments are those of the tests
        [*program, *arguments], input=stdin.encode(), capture_output=True, check=False
    )
    # Decoded here, so that line breaks are not translated.
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    return done.returncode, out, err


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("verify", *KEYS, *WHO, *NOW, TOKEN), 0, '"iss":"https://issuer.example"'),
        (("verify", *KEYS, *WHO, *LATER, TOKEN), 1, "expired: "),
        (("verify", *KEYS, *WHO, *NOW, "-"), 1, "malformed_token: "),
        (("explain", *KEYS, *WHO, *NOW, TOKEN), 0, "accepted\n"),
        (("explain", "--json", *KEYS, *WHO, *LATER, TOKEN), 1, '"code":"expired"'),
        (("decode", TOKEN), 0, "nothing was verified"),
        (("decode", "a.b"), 1, "malformed_token: "),
        (("jwks", KEYS[1]), 0, "usable"),
        (("jwks", "-"), 2, "malformed_jwks: "),
        (("rehearse", "--old", KEYS[1], "--new", KEYS[1], *PLAN), 0, "is refused"),
        (("vectors", str(VECTORS)), 0, " 0 failed"),
        (("vectors", str(EXAMPLES)), 2, "unusable_vectors: "),
        (("--help",), 0, "Usage: verijot "),
        (("--version",), 0, f"verijot {verijot.__version__}\n"),
        ((), 2, "Usage: verijot "),
        (("verify", TOKEN), 2, "usage: missing: "),
        (("verify", "--unknown"), 2, "usage: an unknown option"),
    ],
)
def test_every_command(
    program: tuple[str, ...], arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended_with, out, err = run(*arguments, program=program)
    assert says in out + err
    assert ended_with == code


def test_the_command_line_uses_the_packages_provider() -> None:
    code, out, _ = run("vectors", "--json", str(VECTORS))
    report = json.loads(out)
    assert (code, report["provider"], report["failed"]) == (0, _native.PROVIDER, 0)


def test_the_processs_standard_input_and_output_are_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    options = ("--secret-file", str(tmp_path / "secret"), *ANYBODY, "--now", "1700000000")
    code, out, err = run("verify", *options, "-", stdin=signed(sub="someone") + "\n")
    assert (code, json.loads(out)["sub"], err) == (0, "someone", "")
    code, out, err = run("verify", "--json", *options, "-", stdin=signed(exp=1))
    assert (code, out, json.loads(err)["code"]) == (1, "", "expired")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
def test_arguments_are_octets(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.jwt"
    Path(os.fsdecode(name)).write_bytes((EXAMPLES / "token.jwt").read_bytes())
    assert run("verify", *KEYS, *WHO, *NOW, b"@" + name)[0] == 0
    assert run("decode", b"\xff.\xff.\xff")[0] == 1
    code, out, err = run("verify", *KEYS, "--issuer", b"\xff", TOKEN)
    assert (code, out, err.split("(")[0]) == (2, "", "usage: an option's value is not UTF-8 ")


def started(*arguments: str) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    return subprocess.Popen([*MODULE, *arguments], stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603


def test_a_closed_standard_output_changes_no_verdict() -> None:
    for verb, now, code in (("verify", NOW, 0), ("explain", NOW, 0), ("explain", LATER, 1)):
        with started(verb, *KEYS, *WHO, *now, "-") as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            # The program prints only after it has read the token, so the pipe closes in time.
            process.stdout.close()
            process.stdin.write((EXAMPLES / "token.jwt").read_bytes())
            process.stdin.close()
            assert process.stderr.read() == b""
            assert process.wait() == code


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_ctrl_c_ends_a_command_that_waits_for_input() -> None:
    # A child inherits an ignored SIGINT, which background jobs have.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = started("decode", "-")
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdin
        # More than a pipe can hold: when all is written, the program is reading.
        process.stdin.write(b"a" * 300_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT


def test_the_process_continues_after_a_call() -> None:
    source = "from verijot._native import run_command as run; print(run([]), run(['--version']))"
    code, out, _ = run("-c", source, program=[sys.executable])
    assert (code, out) == (0, f"verijot {verijot.__version__}\n2 0\n")
    with pytest.raises(TypeError):
        _native.run_command([b"--version"])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]


def vectors(*arguments: object) -> tuple[int, str, str]:
    return run(*map(str, arguments), program=[sys.executable, "-m", "verijot.vectors"])


def test_vectors_through_the_python_api(tmp_path: Path) -> None:
    source = json.loads((VECTORS / "alg-none.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(source))
    code, out, err = vectors(tmp_path)
    assert (code, err) == (0, "")
    # Each valid case has a twin that is not in the file.
    ran = len(source["cases"]) + sum("valid" in case["expect"] for case in source["cases"])
    assert out.endswith(f"{ran} ran, {ran} passed, 0 failed, 0 skipped\n")
    source["cases"][0]["id"] = "\u001b[31m\n"
    source["cases"][0]["expect"] = {"error": "expired"}
    (tmp_path / "a.json").write_text(json.dumps(source))
    code, out, err = vectors(tmp_path)
    assert (code, err) == (1, "")
    assert "\nFAILED \\x1b[31m\\n: expected expired, got " in out
    for arguments in ((), (tmp_path / "nowhere",), (tmp_path, tmp_path)):
        code, out, err = vectors(*arguments)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
