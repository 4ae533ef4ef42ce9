"""Pickling, processes, threads and memory."""

import contextlib
import copy
import gc
import multiprocessing
import pickle
import resource
import sys
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint, encoded
from verijot import JwkSet, LifetimeClasses, VerificationError, VerifiedToken, Verifier

EXAMPLES = Path(__file__).parents[2] / "cli" / "examples"


def everything() -> Verifier:
    return Verifier(
        issuer=[ISSUER, "x"],
        audience=AUDIENCE,
        algorithms=["HS256"],
        types=["JWT"],
        leeway=Decimal("1.5"),
        allow_missing_expiry=True,
        required_claims={"sub"},
        expected_claims={"nonce": {"a": [1]}},
        max_age=timedelta(hours=1),
        max_lifetime=3600.5,
        max_lifetime_by=LifetimeClasses("c", {"a": 600}, timedelta(seconds=600)),
        required_scopes=["s"],
        required_roles={("r", "x"): ["admin"], "y.z": "w"},
        revoked=never,
        max_token_octets=2000,
    )


def never(_: VerifiedToken) -> bool:
    return False


def outcome(job: tuple[Verifier, JwkSet, str]) -> str:
    verifier, keys, token = job
    return verifier.verify(token, keys, now=NOW).subject or ""


def sets() -> list[JwkSet]:
    jwks = {"keys": [{"kty": "oct", "kid": "k1", "k": encoded(SECRET)}, {"kty": "oct"}]}
    return [
        JwkSet.from_json(jwks, symmetric_keys=True, max_octets=1000, max_keys=2),
        JwkSet.from_secret(SECRET, None),
        JwkSet.from_secret(SECRET, "HS256"),
        JwkSet.from_secret(SECRET, ["HS256"], kid="k1"),
    ]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(protocol: int, mint: Mint) -> None:
    verifier = everything()
    token = mint(
        {"typ": "JWT"},
        nonce={"a": [1]},
        c="a",
        scope="s",
        r={"x": "admin"},
        y={"z": ["w"]},
    )
    again = pickle.loads(pickle.dumps(verifier, protocol))  # noqa: S301
    assert again.__getnewargs_ex__() == verifier.__getnewargs_ex__()
    for keys in sets():
        same = pickle.loads(pickle.dumps(keys, protocol))  # noqa: S301
        assert same.keys == keys.keys
        assert same.skipped == keys.skipped
        assert outcome((again, same, token)) == "alice"
        assert outcome((copy.deepcopy(verifier), copy.copy(keys), token)) == "alice"
    pem = (Path(__file__).parent / "public.pem").read_bytes()
    for kid in (None, "k"):
        keys = JwkSet.from_pem(pem, ["ES256"], kid)
        assert pickle.loads(pickle.dumps(keys, protocol)).keys == keys.keys  # noqa: S301


def test_tokens_and_explanations_cannot_be_pickled(
    verifier: Verifier, keys: JwkSet, mint: Mint
) -> None:
    token = mint()
    moments: list[Any] = [
        verifier.verify(token, keys, now=NOW),
        verifier.open(token),
        verifier.explain(token, keys, now=NOW),
    ]
    for moment in moments:
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(moment)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_worker_processes(method: str, mint: Mint) -> None:
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, revoked=never)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        jobs = [(verifier, keys, mint(sub=f"s{number}")) for number, keys in enumerate(sets())]
        assert list(pool.map(outcome, jobs)) == ["s0", "s1", "s2", "s3"]
        refused = pool.submit(outcome, (verifier, sets()[0], mint(aud="x")))
        with pytest.raises(VerificationError) as caught:
            refused.result()
        assert caught.value.code == "wrong_audience"


@pytest.mark.parametrize("asymmetric", [False, True])
def test_eight_threads_and_one_verifier(asymmetric: bool, mint: Mint) -> None:  # noqa: FBT001
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE)
    if asymmetric:
        keys = JwkSet.from_json((EXAMPLES / "jwks.json").read_bytes())
        good = (EXAMPLES / "token.jwt").read_text().strip()
        bad = good[:-6] + ("AAAAAA" if not good.endswith("AAAAAA") else "BBBBBB")
    else:
        keys = sets()[0]
        good, bad = mint(), mint(exp=1)
    now = 1_790_000_000 if asymmetric else NOW
    subject = verifier.verify(good, keys, now=now).subject
    code = "invalid_signature" if asymmetric else "expired"
    wrong: list[str] = []
    start = threading.Barrier(8)

    def hammer() -> None:
        start.wait()
        opened = verifier.open(good)
        for number in range(300 if asymmetric else 3000):
            token = verifier.verify(good, keys, now=now)
            if token.subject != subject or token.claims["iss"] != ISSUER:
                wrong.append("another token")
            if number % 3 == 0 and opened.verify(keys, now=now).subject != subject:
                wrong.append("another opened token")
            try:
                verifier.verify(bad, keys, now=now)
                wrong.append("accepted")
            except VerificationError as error:
                if error.code != code:
                    wrong.append(error.code)

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_eight_threads_share_the_claims_of_one_token(keys: JwkSet, mint: Mint) -> None:
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE)
    for _ in range(200):
        token = verifier.verify(mint(), keys, now=NOW)
        seen: list[int] = []

        def ask(token: VerifiedToken = token, seen: list[int] = seen) -> None:
            seen.append(id(token.claims))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(seen)) == 1


def test_memory_stays_flat(verifier: Verifier, keys: JwkSet, mint: Mint) -> None:
    good = [mint(sub=f"s{number}", **{f"n{number}": number}) for number in range(50)]
    bad = [mint(exp=1), mint(aud="x"), "nonsense", mint()[:-2]]

    def verify(times: int) -> None:
        for number in range(times):
            token = verifier.verify(good[number % 50], keys, now=NOW)
            _ = token.claims, token.header, token.expires_at, token.scopes, token.payload
            if number % 10 == 0:
                verifier.explain(good[0], keys, now=NOW)
                verifier.open(good[1]).verify(keys, now=NOW)
                with contextlib.suppress(VerificationError):
                    verifier.verify(bad[number // 10 % 4], keys, now=NOW)

    verify(20_000)
    gc.collect()
    before, blocks = resident(), sys.getallocatedblocks()
    verify(200_000)
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 2_000
    assert resident() - before < 4 * 1024 * 1024


def resident() -> int:
    pages = Path("/proc/self/statm")
    if not pages.exists():
        pytest.skip("the platform has no /proc with the memory in use")
    return int(pages.read_text().split()[1]) * resource.getpagesize()


def test_a_hook_that_holds_the_verifier_can_be_collected() -> None:
    class Service:
        def __init__(self) -> None:
            self.verifier = Verifier(issuer=None, audience=None, revoked=self.revoked)

        def revoked(self, _: VerifiedToken) -> bool:
            return False

    service = Service()
    alive = weakref.ref(service)
    del service
    gc.collect()
    assert alive() is None
