"""`python -m verijot` and the program `verijot`: JSON Web Tokens in the shell.

Both are the command line that the native half of the package holds.
"""

import signal
import sys

from verijot._native import run_command


def main() -> int:
    """Runs the command line with what was typed, and gives its exit code."""
    # Python only takes note of Ctrl-C until the native half returns, which may wait for input.
    # Where the shell has it ignored it stays ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
