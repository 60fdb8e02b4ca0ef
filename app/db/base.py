"""The two metadata: what the data database holds, and what the key store holds."""

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Everything but keys."""

    metadata = MetaData(naming_convention=NAMING)


class KeyBase(DeclarativeBase):
    """The key store: another database, with its own short backup cycle (securite.md §1)."""

    metadata = MetaData(naming_convention=NAMING)
