"""Rules about single claims and header parameters.

For instance::

    from verijot import Verifier, rules

    verifier = Verifier(
        issuer="https://issuer.example",
        audience=None,
        claims={"azp": rules.one_of("https://app.example"), "nonce": rules.absent()},
    )

Except for `absent`, a rule requires the claim: without it the token is refused with
`missing_claim`, with a value of the wrong JSON type with `invalid_claim`, and with another value
with `wrong_claim`. No error shows a value. A rule that makes no sense raises InvalidPolicyError
when the policy is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from verijot._documents import Document

__all__ = [
    "Rule",
    "absent",
    "boolean",
    "contains_all",
    "contains_any",
    "date",
    "equals",
    "has_key",
    "matches_segments",
    "not_empty",
    "object_",
    "one_of",
    "same_as",
    "starts_with",
    "string",
]


@dataclass(frozen=True, slots=True)
class Rule(Document):
    """What one claim must be like. The functions of this module make it."""

    # Not shown, because a nonce is a secret.
    _test: Mapping[str, Any] = field(repr=False)
    _if_present: bool = False

    def if_present(self) -> Self:
        """Waives that the claim must be there: the rule is about tokens that have it."""
        return replace(self, _if_present=True)

    def _document(self) -> dict[str, Any]:
        return {**self._test, "if_present": True} if self._if_present else {**self._test}


def equals(value: Any, /) -> Rule:
    """Requires exactly this JSON value. An integer of more than 64 bits never matches."""
    return Rule({"equals": value})


def one_of(*values: Any) -> Rule:
    """Requires one of these JSON values."""
    return Rule({"one_of": values})


def contains_all(*texts: str) -> Rule:
    """Requires an array of strings with all of these; a string counts as an array of one."""
    return Rule({"contains_all": texts})


def contains_any(*texts: str) -> Rule:
    """Requires an array of strings with at least one of these; a string counts as one of one."""
    return Rule({"contains_any": texts})


def has_key(name: str, /) -> Rule:
    """Requires an object with a member of this name, whatever its value."""
    return Rule({"has_key": name})


def string() -> Rule:
    """Requires a string, which may be empty."""
    return Rule({"is": "string"})


def not_empty() -> Rule:
    """Requires a string of at least one character."""
    return Rule({"is": "not_empty"})


def boolean(value: bool, /) -> Rule:  # noqa: FBT001, the only argument
    """Requires this truth value; the strings `"true"` and `"false"` are of the wrong type."""
    return Rule({"boolean": value})


def date() -> Rule:
    """Requires a date: a finite number, like `exp`. It is not compared with the current time."""
    return Rule({"is": "date"})


def object_() -> Rule:
    """Requires an object, which may be empty."""
    return Rule({"is": "object"})


def starts_with(prefix: str, /) -> Rule:
    """Requires a string that starts with this text.

    End it with a separator: `repo:octo/app` is also how `repo:octo/app-of-somebody-else` starts.
    """
    return Rule({"starts_with": prefix})


def matches_segments(pattern: str, /) -> Rule:
    """Requires a string that has this pattern, for the subjects of continuous integration.

    `:` and `/` separate segments. `*`, at most once in a segment, stands for one or more characters
    of that segment; it never matches a separator. Everything else is compared exactly.

    `repo:octo/app:ref:refs/heads/*` matches the branch `main`, but not `feature/a`. Name as many
    segments as possible, because outsiders choose the names of branches.
    """
    return Rule({"matches_segments": pattern})


def absent() -> Rule:
    """Requires that the claim is missing. A claim that is null is there."""
    return Rule({"is": "absent"})


def same_as(path: str | tuple[str, ...], /) -> Rule:
    """Requires the JSON value of the claim at this path, which the token must have, too.

    A path is a str that is split at its dots, or a tuple of names. Of a parameter of the header it
    requires the value of that claim (RFC 7519 §5.3).
    """
    return Rule({"same_as": path.split(".") if isinstance(path, str) else path})
