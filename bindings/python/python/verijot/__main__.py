"""`python -m verijot`: JSON Web Tokens in the shell."""

import sys

from verijot._command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
