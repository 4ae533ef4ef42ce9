"""What keeps a run from deciding anything."""


class ProblemError(Exception):
    """Bad usage, an unreadable file, unusable keys, a senseless policy.

    The message never holds what was typed or what a file contains: either may be a secret in the
    wrong place.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
