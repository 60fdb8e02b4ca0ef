"""A code list: what is stored and what is shown, in one place."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A stored code and its French label: `CODE = "code", "Libellé"`. A stored code never changes meaning."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> dict[str, str]:
        """Label of each code, in the order of the list, as WTForms takes them."""
        return {member.value: member.label for member in cls}
