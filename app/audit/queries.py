"""Reading the journal back: is every line still what was written?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, ColumnElement, LargeBinary, Row, Select, String, cast, select, type_coerce
from sqlalchemy.orm import Session

from app.audit.models import EntreeJournal, TeteFlux
from app.audit.rules import CHAINED, ORIGIN, as_text, fingerprint
from app.audit.vocabulaire import Action

_PAGE = 5_000
_TEXTS = frozenset({"instant", "acteur", "action", "precision"})


class Cause(StrEnum):
    """How a chain is broken."""

    LIGNE_MODIFIEE = "ligne_modifiee"
    LIGNES_ABSENTES = "lignes_absentes"
    CHAINE_ROMPUE = "chaine_rompue"
    TETE_DIFFERENTE = "tete_differente"


@dataclass(frozen=True, slots=True)
class Rupture:
    """Where a chain is broken: the line `numero` of the stream `flux`."""

    flux: int
    numero: int
    cause: Cause


def verify(session: Session) -> list[Rupture]:
    """Walk every stream from its first line; an empty list means that nothing was changed or removed."""
    heads = {flux: (numero, tete) for flux, numero, tete in session.execute(select(TeteFlux.__table__))}
    breaks: list[Rupture] = []
    last: dict[int, tuple[int, bytes]] = {}
    for row in session.execute(_lines(session), execution_options={"yield_per": _PAGE}):
        breaks.extend(_breaks(row, *last.get(row.flux, (0, ORIGIN))))
        last[row.flux] = (row.numero, row.empreinte)
    for flux in sorted(heads.keys() | last.keys()):
        end = last.get(flux, (0, ORIGIN))
        if heads.get(flux) != end:
            breaks.append(Rupture(flux, end[0] + 1, Cause.TETE_DIFFERENTE))
    return breaks


def _breaks(row: Row, numero: int, previous: bytes) -> Iterator[Rupture]:
    if row.numero != numero + 1:
        yield Rupture(row.flux, numero + 1, Cause.LIGNES_ABSENTES)
    elif row.precedent != previous:
        yield Rupture(row.flux, row.numero, Cause.CHAINE_ROMPUE)
    values = [_as_written(name, value) for name, value in zip(CHAINED, row, strict=False)]
    if fingerprint(values, row.precedent) != row.empreinte:
        yield Rupture(row.flux, row.numero, Cause.LIGNE_MODIFIEE)


def _lines(session: Session) -> Select:
    """Columns as they are stored: an edited code or date must be reported, not fail to load."""
    table = EntreeJournal.__table__
    stored = [_stored(table.c[name], session.get_bind().dialect.name) for name in CHAINED]
    return select(*stored, table.c.precedent, table.c.empreinte).order_by(table.c.flux, table.c.numero)


def _stored(column: Column, dialect: str) -> ColumnElement:
    if column.name not in _TEXTS:
        return column
    # SQLite stores as text what is no longer UTF-8, and its driver refuses to read it
    raw = cast(column, LargeBinary) if dialect == "sqlite" else type_coerce(column, String)
    return raw.label(column.name)


def _as_written(name: str, value: object) -> object:
    if name not in _TEXTS or value is None:
        return value
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return as_text(value)


def last_author(session: Session, action: Action, *, dossier: str) -> int | None:
    """The agent who last did this to this dossier, where its row does not say so."""
    named = session.info["journal"].pseudonymise(dossier)
    mine = (EntreeJournal.dossier == named, EntreeJournal.action == action)
    newest = (EntreeJournal.instant.desc(), EntreeJournal.id.desc())
    return session.scalar(select(EntreeJournal.agent_id).where(*mine).order_by(*newest).limit(1))
