"""Parts of a policy that are written as documents."""

from abc import ABC, abstractmethod
from typing import Any


class Document(ABC):
    """A part of a policy. The native module writes it into the policy's document."""

    __slots__ = ()

    @abstractmethod
    def _document(self) -> Any:
        """Returns the part as it stands in the policy's document."""
