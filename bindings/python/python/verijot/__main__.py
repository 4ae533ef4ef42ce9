"""`python -m verijot` and the program `verijot`: JSON Web Tokens in the shell.

Both run the command line of the native half of the package.
"""

import signal
import sys

from verijot._native import run_command


def main() -> int:
    """Runs the command line with the process's arguments. Returns the exit code."""
    # Python's handler for Ctrl-C has no effect until the native half returns, which may wait for
    # input. A SIGINT that the shell ignores stays ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
