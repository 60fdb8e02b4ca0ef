"""Setting the numbers of the rules in a structure, and seeing first what that would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.accounts.models import Structure
from app.alertes.models import Reglage
from app.alertes.queries_ecarts import Naissances, count_true
from app.alertes.queries_reglages import open_dossiers_of, stored_of
from app.alertes.rules_parametres import PARAMETRES
from app.alertes.services import reevaluate
from app.alertes.vocabulaire import GenreEvenement, Regle
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.parcours.queries import lock_dossiers

_table = Reglage.__table__
# What a structure that set nothing is read at.
VERSION_INITIALE = 0
# What comes back to every default.
DEFAUTS: Mapping[str, None] = dict.fromkeys(PARAMETRES)


@dataclass(frozen=True, slots=True)
class Effet:
    """The alerts true today among the open dossiers of a structure, with the numbers that apply and with others."""

    avant: Mapping[Regle, int]
    apres: Mapping[Regle, int]

    def ecart(self, regle: Regle) -> int:
        """How many more; fewer when it is negative."""
        return self.apres.get(regle, 0) - self.avant.get(regle, 0)


def set_reglages(
    session: Session,
    structure: Structure,
    values: Mapping[str, int | None],
    *,
    version: int,
    acteur: Acteur,
    now: datetime,
    today: date,
    naissances: Naissances,
) -> Sequence[str]:
    """Write the numbers that apply from now on, None or the default being the default; the codes that changed.

    `values` names those to change, the others stay. The structure was read by `accounts.queries.structure_to_change`,
    so that one writer at a time is here. Its open dossiers are re-evaluated in the same transaction; what closes was
    not closed by an act.
    Raises DomainError `reglage_hors_bornes`, StaleVersion with what is stored.
    """
    wanted = _checked(values)
    stored = stored_of(session, structure.id)
    if stored.get("version", VERSION_INITIALE) != version:
        raise StaleVersion(stored)
    changed = [code for code, value in wanted.items() if stored.get(code) != value]
    if not changed:
        return []
    # the dossiers before their state rows and the journal of access, as every other writer takes them
    ids = open_dossiers_of(session, structure.id)
    lock_dossiers(session, ids)
    _write(session, structure.id, {code: wanted[code] for code in changed}, version)
    reevaluate(session, ids, today=today, now=now, naissances=naissances, closing=GenreEvenement.ETEINTE)
    precision = changed[0] if len(changed) == 1 else f"structure:{structure.id}"
    audit.record(session, Action.REGLAGE_MODIFIE, acteur=acteur, now=now, nombre=len(changed), precision=precision)
    return changed


def preview(
    session: Session,
    structure: Structure,
    values: Mapping[str, int | None],
    *,
    today: date,
    naissances: Naissances,
) -> Effet:
    """What `values` would change, by the same SELECTs as the alerts: written, counted, and taken back.

    Needs a session that writes; leaves nothing in it. Raises DomainError as `set_reglages`.
    """
    wanted = _checked(values)
    before = count_true(session, structure.id, today=today, naissances=naissances)
    with session.begin_nested() as trial:
        version = stored_of(session, structure.id).get("version", VERSION_INITIALE)
        _write(session, structure.id, wanted, version)
        after = count_true(session, structure.id, today=today, naissances=naissances)
        trial.rollback()
    return Effet(before, after)


def _checked(values: Mapping[str, int | None]) -> dict[str, int | None]:
    """The same, each within its bounds, and null where it is the default."""
    wanted: dict[str, int | None] = {}
    for code, value in values.items():
        parametre = PARAMETRES[code]
        if value is not None and not parametre.minimum <= value <= parametre.maximum:
            raise DomainError("reglage_hors_bornes", field=code)
        wanted[code] = None if value == parametre.defaut else value
    return wanted


def _write(session: Session, structure_id: int, wanted: Mapping[str, int | None], version: int) -> None:
    if version == VERSION_INITIALE:
        session.execute(insert(_table).values(structure_id=structure_id, version=1, **wanted))
    else:
        row = update(_table).where(_table.c.structure_id == structure_id)
        session.execute(row.values(version=version + 1, **wanted))
