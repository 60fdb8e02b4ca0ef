"""Column types shared by the rooms."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, LargeBinary, String
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

# SQLite numbers a table by itself only when its key is spelled INTEGER.
Identifiant = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. On SQLite, fixed-width ISO text, so that comparing text compares time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect):
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant carries its time zone")
        utc = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return utc
        # ten times faster than strftime, and an import writes thousands of them
        return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: str | datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC)


def coded(enumeration: type[enum.Enum], *, name: str) -> Enum:
    """A stored code list: text with a CHECK, the same on both engines; `name` names the constraint."""
    return Enum(
        enumeration,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


class Codes(TypeDecorator[tuple[enum.Enum, ...]]):
    """Several codes of one list in one column: `emploi,mobilite`, in the order of the list."""

    impl = String(400)
    cache_ok = True

    def __init__(self, enumeration: type[enum.Enum]) -> None:
        super().__init__()
        self.enumeration = enumeration

    def process_bind_param(self, value: Iterable[enum.Enum] | None, dialect: Dialect) -> str:
        chosen = {self.enumeration(item) for item in value or ()}
        return ",".join(item.value for item in self.enumeration if item in chosen)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[enum.Enum, ...]:
        return tuple(self.enumeration(item) for item in value.split(",")) if value else ()


def sealed(*, nullable: bool = True) -> MappedColumn[bytes | None]:
    """A ciphertext that only the vault opens. Raises when a page forgot to ask for it."""
    return mapped_column(LargeBinary, nullable=nullable, deferred=True, deferred_raiseload=True)
