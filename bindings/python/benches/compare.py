"""One table: how long each package takes to verify the same token.

    python benches/compare.py [--batches 400]

Every package gets its key ready to use, checks the signature, `exp`, `nbf`, `iat`, the issuer and
the audience, and returns the claims as a dict. The time of a call is the smallest mean of many
short batches. The packages take turns, so that other work of the machine has little effect.
"""

import argparse
import platform
import threading
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import contenders
import tokens
import verijot
from verijot import _native

Call = Callable[[], object]


def main() -> None:
    """Prints the table and, below it, verijot's rates with one and two threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=400)
    options = parser.parse_args()
    samples = tokens.samples()
    rows: dict[str, dict[str, float]] = {}
    calls = {
        sample.algorithm: {
            name: call
            for name, make in contenders.CONTENDERS.items()
            if (call := contenders.made(make, sample)) is not None
        }
        for sample in samples
    }
    for algorithm, contestants in calls.items():
        for name, seconds in best(contestants, options.batches).items():
            rows.setdefault(name, {})[algorithm] = seconds * 1e6
    describe()
    table(rows)
    scaling(samples)


def best(calls: dict[str, Call], batches: int) -> dict[str, float]:
    """Returns the smallest mean for each call, with interleaved batches.

    Batches are so short that some of them run while the machine is otherwise idle. The first call
    of one round is the last of the next.
    """
    times: dict[str, int] = {}
    for name, call in calls.items():
        once = min(_seconds(call, 1) for _ in range(20))
        times[name] = max(5, int(BATCH / once))
    smallest = dict.fromkeys(calls, float("inf"))
    order = list(calls)
    for _ in range(batches):
        order.append(order.pop(0))
        for name in order:
            smallest[name] = min(smallest[name], _seconds(calls[name], times[name]))
    return smallest


def _seconds(call: Call, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def describe() -> None:
    """Prints what is measured, and the versions."""
    packages = ["oxyjwt", "PyJWT", "joserfc", "python-jose", "Authlib", "ryjwt", "cryptography"]
    found: list[str] = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    print(f"verijot {verijot.__version__} ({_native.PROVIDER}), {', '.join(found)}")
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    print(f"microseconds for a token of {tokens.OCTETS} octets with 18 claims\n")


def table(rows: dict[str, dict[str, float]]) -> None:
    """Prints microseconds, and how many times verijot's."""
    print(f"| | {' | '.join(tokens.ALGORITHMS)} |")
    print(f"|---|{'---:|' * len(tokens.ALGORITHMS)}")
    ours = rows["verijot"]
    for name, times in rows.items():
        cells: list[str] = []
        for algorithm in tokens.ALGORITHMS:
            taken = times.get(algorithm)
            if taken is None:
                cells.append("-")
            elif name == "verijot" or name in contenders.PARTS:
                cells.append(f"{taken:.2f}")
            else:
                cells.append(f"{taken:.1f} ({taken / ours[algorithm]:.2f}x)")
        print(f"| {name} | {' | '.join(cells)} |")
    print()


def scaling(samples: list[tokens.Sample]) -> None:
    """Prints verifications per second with one thread and with two."""
    print("| verijot, verifications per second | one thread | two threads | |")
    print("|---|---:|---:|---:|")
    for sample in samples:
        call = contenders.made(contenders.CONTENDERS["verijot"], sample)
        if call is None:
            continue
        one, two = (max(_rate(call, threads) for _ in range(5)) for threads in (1, 2))
        print(f"| {sample.algorithm} | {one:,.0f} | {two:,.0f} | {two / one:.2f}x |")


def _rate(call: Call, threads: int) -> float:
    start = time.perf_counter()
    call()
    count = max(100, int(0.2 / (time.perf_counter() - start)))

    def work() -> None:
        for _ in range(count):
            call()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return threads * count / (time.perf_counter() - start)


BATCH = 0.002
"""The duration of a batch in seconds."""

if __name__ == "__main__":
    main()
