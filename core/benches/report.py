#!/usr/bin/env python3
"""Measures verijot and its peers, and writes the tables and charts of the guide.

    core/benches/report.py [RUNS]

Runs the benchmarks RUNS times (default 3). What stands in one row was measured in turns; of each
row the quietest run is kept, and numbers of different runs are never compared. Writes between the
marks in core/guide/performance.md, and the charts beside it. Needs Rust, a C compiler, CMake and
libclang (Debian: libclang-dev), the last two for jwt-simple's BoringSSL.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

BENCHES = Path(__file__).resolve().parent
ROOT = BENCHES.parent.parent
GUIDE = BENCHES.parent / "guide"

# table -> row -> column -> nanoseconds of the fastest batch
Run = dict[str, dict[str, dict[str, float]]]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    write([measure(number) for number in range(1, runs + 1)])


def write(runs: list[list[str]]) -> None:
    noise, run, codes = quietest(runs)
    text = (GUIDE / "performance.md").read_text()
    tables = {
        "machine": machine(noise, len(runs)),
        "overhead": overhead(run),
        "own": own(run),
        "peers": peers(run),
        "sizes": sizes(run),
        "keys": keys(run),
        "memory": memory(run),
        "cache": cache(run),
        "refused": refused(run, codes),
        "threads": threads(run),
    }
    for name, content in tables.items():
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            sys.exit(f"performance.md has no place for the table {name}")
        text = f"{before}{start}{content}\n{end}{after}"
    (GUIDE / "performance.md").write_text(text)
    (GUIDE / "performance-peers.svg").write_text(peers_chart(run))
    (GUIDE / "performance-overhead.svg").write_text(overhead_chart(run))


def measure(number: int) -> list[str]:
    """The lines that the benchmarks print: table, row, column, best and median, by tabs."""
    environment = os.environ | {"CARGO_TERM_COLOR": "never"}
    own_command = (
        "cargo bench --quiet --package verijot --features aws-lc-rs,std --bench speed"
    )
    peers_command = (
        f"cargo run --quiet --release --manifest-path {BENCHES}/peers/Cargo.toml"
    )
    target = Path(environment.get("CARGO_TARGET_DIR", ROOT / "target")) / "peers"
    lines: list[str] = []
    for command, folder in ((own_command, None), (peers_command, target)):
        print(f"run {number}: {command}", file=sys.stderr)
        place = {"CARGO_TARGET_DIR": str(folder)} if folder else {}
        output = subprocess.run(
            command.split(),
            cwd=ROOT,
            env=environment | place,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        lines += [line for line in output.stdout.splitlines() if line.count("\t") == 4]
    return lines


def quietest(runs: list[list[str]]) -> tuple[float, Run, dict[str, str]]:
    """Of each row the run whose medians are closest to its bests; and the error codes."""
    run: Run = defaultdict(dict)
    codes: dict[str, str] = {}
    noises: dict[tuple[str, str], float] = {}
    for lines in runs:
        rows: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
        for line in lines:
            table, row, column, best, median = line.split("\t")
            if table == "code":
                codes[row] = column
            else:
                rows[table, row][column] = float(best), float(median)
        for (table, row), columns in rows.items():
            noise = fmean(median / best - 1 for best, median in columns.values())
            if table == "threads":
                # Quiet is when the second core was free.
                noise = columns["2"][0] / columns["1"][0]
            if noise < noises.get((table, row), float("inf")):
                noises[table, row] = noise
                run[table][row] = {
                    column: best for column, (best, _) in columns.items()
                }
    noise = fmean(noise for (table, _), noise in noises.items() if table != "threads")
    return noise, run, codes


# Tables.


def machine(noise: float, runs: int) -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    rustc = subprocess.run(
        ["rustc", "--version"], stdout=subprocess.PIPE, text=True, check=True
    )
    lock = (BENCHES / "peers" / "Cargo.lock").read_text()
    versions = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock))
    names = ("ring", "aws-lc-rs", "jsonwebtoken", "jwt-simple", "jwt-compact")
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}:"
        f" {model[1] if model else platform.machine()} ({os.cpu_count()} virtual cores),"
        f" {platform.system()}, {rustc.stdout.split(' (')[0].strip()};"
        f" {', '.join(f'{name} {versions[name]}' for name in names)}."
        f" Of each row the quietest of {runs} runs; in those the median batch took {noise:.0%}"
        " longer than the fastest."
    )


def overhead(run: Run) -> str:
    def row(alg: str, times: dict[str, float]) -> Iterable[str]:
        yield alg
        for provider in ("ring", "aws-lc-rs"):
            primitive = times.get(f"{provider} primitive")
            if primitive is None:
                yield from ("–", "–", "–")
                continue
            yield micro(primitive)
            yield signed(times[f"{provider} verify"] - primitive)
            yield signed(times[f"{provider} claims"] - primitive)

    columns = ("primitive", "verify", "and claims")
    providers = ("ring", "aws-lc-rs")
    head = (
        "`alg`",
        *(f"{provider}: {what}" for provider in providers for what in columns),
    )
    return table(head, (row(*each) for each in run["algorithms"].items()))


def own(run: Run) -> str:
    columns = ("own verify", "own claims", "own borrowed claims")
    return table(
        (
            "`alg`",
            "registered claims",
            "and 18 claims, owned",
            "and 18 claims, borrowed",
        ),
        (
            (alg, *(micro(times[column]) for column in columns))
            for alg, times in run["algorithms"].items()
        ),
    )


PEERS = {
    "verijot aws-lc-rs": "verijot, aws-lc-rs",
    "verijot ring": "verijot, ring",
    "jsonwebtoken aws_lc_rs": "jsonwebtoken, aws_lc_rs",
    "jsonwebtoken rust_crypto": "jsonwebtoken, rust_crypto",
    "jwt-simple": "jwt-simple",
    "jwt-compact": "jwt-compact",
}


def peers(run: Run) -> str:
    algorithms = run["peers"]
    names = PEERS | {
        "verijot aws-lc-rs borrowed": "verijot, aws-lc-rs, borrowed claims",
        "verijot ring borrowed": "verijot, ring, borrowed claims",
    }
    order = sorted(
        names,
        key=lambda name: (not name.startswith("verijot"), list(names).index(name)),
    )
    return table(
        ("library", *algorithms),
        (
            (names[name], *(micro(times.get(name)) for times in algorithms.values()))
            for name in order
        ),
    )


def sizes(run: Run) -> str:
    kinds = [
        f"{alg} {provider}"
        for alg in ("HS256", "ES256")
        for provider in ("ring", "aws-lc-rs")
    ]

    def row(size: str, times: dict[str, float]) -> Iterable[str]:
        yield size
        for kind in kinds:
            primitive = times[f"{kind} primitive"]
            yield f"{micro(primitive)} {signed(times[f'{kind} verify'] - primitive)}"

    return table(("token", *kinds), (row(*each) for each in run["sizes"].items()))


def keys(run: Run) -> str:
    found, parsed = run["keys"]["find"], run["parse"]
    kinds = [
        f"{kind} {provider}"
        for kind in ("RSA 2048", "P-256")
        for provider in ("ring", "aws-lc-rs")
    ]
    return table(
        (
            "keys",
            "HS256, verified",
            "header not cached",
            "unknown `kid`",
            *(f"parse {kind}" for kind in kinds),
        ),
        (
            (
                f"{int(size):,}",
                *(
                    micro(found[f"{size} {what}"])
                    for what in ("found", "header not cached", "unknown")
                ),
                *(micro(times[kind]) for kind in kinds),
            )
            for size, times in parsed.items()
        ),
    )


def memory(run: Run) -> str:
    return table(
        ("key of", "ring", "aws-lc-rs"),
        (
            (
                alg,
                *(
                    f"{octets[provider]:,.0f} octets"
                    for provider in ("ring", "aws-lc-rs")
                ),
            )
            for alg, octets in run["memory"].items()
        ),
    )


def cache(run: Run) -> str:
    kinds = ("verified", "cached", "shared")
    return table(
        ("`alg`", "verified", "cached: `TokenCache`", "`SharedTokenCache`"),
        (
            (alg, *(micro(times[kind]) for kind in kinds))
            for alg, times in run["cache"].items()
        ),
    )


def refused(run: Run, codes: dict[str, str]) -> str:
    return table(
        ("what is sent", "answer", "time"),
        (
            (kind, f"`{codes[kind]}`" if codes[kind] else "accepted", micro(time))
            for kind, time in run["refused"]["time"].items()
        ),
    )


def threads(run: Run) -> str:
    return table(
        ("`alg`", "one thread", "two threads", "speed-up"),
        (
            (
                alg,
                per_second(times["1"]),
                per_second(times["2"]),
                f"{times['1'] / times['2']:.2f}",
            )
            for alg, times in run["threads"].items()
        ),
    )


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def micro(nanoseconds: float | None) -> str:
    if nanoseconds is None:
        return "–"
    value = nanoseconds / 1000
    return (
        f"{value:,.2f}"
        if value < 10
        else f"{value:,.1f}"
        if value < 1000
        else f"{value:,.0f}"
    )


def signed(nanoseconds: float) -> str:
    return f"{nanoseconds / 1000:+.2f}"


def per_second(nanoseconds: float) -> str:
    return f"{1e9 / nanoseconds:,.0f} /s"


# Charts: bars in SVG that read on a light page and on a dark one.


def peers_chart(run: Run) -> str:
    groups = []
    for alg in ("HS256", "RS256", "ES256", "EdDSA"):
        times = run["peers"][alg]
        bars = [
            (label, times[name] / 1000, name.startswith("verijot"))
            for name, label in PEERS.items()
            if name in times
        ]
        groups.append((alg, sorted(bars, key=lambda bar: bar[1])))
    return chart(
        "Microseconds to verify one token with 18 typed claims; shorter is better",
        groups,
    )


def overhead_chart(run: Run) -> str:
    groups = []
    for alg in ("HS256", "RS256", "ES256", "EdDSA"):
        times = run["algorithms"][alg]
        bars = [
            (
                "the signature alone, aws-lc-rs",
                times["aws-lc-rs primitive"] / 1000,
                False,
            ),
            ("verijot, registered claims", times["aws-lc-rs verify"] / 1000, True),
            ("verijot, 18 typed claims", times["aws-lc-rs claims"] / 1000, True),
        ]
        groups.append((alg, bars))
    return chart(
        "Microseconds: the signature alone, and the whole verification", groups
    )


def chart(title: str, groups: list[tuple[str, list[tuple[str, float, bool]]]]) -> str:
    left, width, line = 250, 340, 19
    y, parts = 30, []
    for name, bars in groups:
        most = max(value for _, value, _ in bars)
        parts.append(f'<text class="group" x="0" y="{y + 14}">{name}</text>')
        for label, value, ours in bars:
            length = max(2, value / most * width)
            kind = "ours" if ours else "other"
            parts.append(
                f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{label}</text>'
                f'<rect class="{kind}" x="{left}" y="{y + 3}" width="{length:.1f}"'
                f' height="{line - 5}" rx="2"/>'
                f'<text x="{left + length + 6:.1f}" y="{y + 14}">{micro(value * 1000)}</text>'
            )
            y += line
        y += 10
    style = (
        "text{font:12px system-ui,sans-serif;fill:#1f2328}.group,.title{font-weight:600}"
        ".ours{fill:#1a7f5a}.other{fill:#8c959f}"
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ours{fill:#3fb68b}.other{fill:#6e7681}}"
    )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 {y}" role="img"'
        f' aria-label="{title}">\n'
        f"<style>{style}</style>\n"
        f'<text class="title" x="0" y="14">{title}</text>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
