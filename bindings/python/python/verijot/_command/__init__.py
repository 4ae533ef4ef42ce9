"""The command line: it converts arguments, calls the package once, and prints.

Its verbs are some of those of the command line written in Rust, with the same exit codes and texts:
0 accepted, 1 rejected, 2 nothing could be decided. What was typed is never repeated, for it may be
a token or a secret.
"""

from collections.abc import Sequence

from verijot._command import decode, jwks, vectors, verification
from verijot._command.arguments import parse
from verijot._command.problem import ProblemError
from verijot._command.streams import complain, complain_json


def main(arguments: Sequence[str]) -> int:
    """Runs one verb and gives the exit code."""
    # Asked of the raw arguments, because what cannot be parsed has to be reported too.
    as_json = "--json" in arguments
    try:
        options = parse(arguments)
        accepted = RUN[options.verb](options)
    except ProblemError as problem:
        if as_json:
            complain_json({"code": problem.code, "message": problem.message})
        else:
            complain(f"{problem.code}: {problem.message}")
        return 2
    except BrokenPipeError:
        # A reader that has gone away has seen enough.
        return 2
    return 0 if accepted else 1


RUN = {
    "verify": verification.verify,
    "explain": verification.explain,
    "decode": decode.run,
    "jwks": jwks.run,
    "vectors": vectors.run,
}
