"""The agreements that a minor's chantier éducatif needs: recording them, and not beginning without them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError, StaleVersion
from app.db.unit import touch
from app.parcours.models import Dossier, Etape
from app.parcours.models_actes import ConditionsChantier
from app.parcours.queries import lock_dossier
from app.parcours.queries_chantier import conditions_of
from app.parcours.rules import check_en_cours
from app.parcours.rules_chantier import check_age, check_dates, check_vacances, missing
from app.parcours.rules_etapes import Cadre, Faits, check_faits
from app.parcours.vocabulaire import STATUTS_OUVERTS, GenreEtape, StatutEtape


@dataclass(frozen=True, slots=True)
class Dites:
    """What is said of the conditions; days only. None: not recorded."""

    accord_le: date | None = None
    inspection_le: date | None = None
    vacances_du: date | None = None
    vacances_au: date | None = None


def check_chantier(
    session: Session,
    dossier: Dossier,
    faits: Faits,
    *,
    naissance: date | int | None,
    etape_id: UUID,
    before: StatutEtape | None,
    today: date,
    field: str = "statut",
) -> None:
    """Refuse a chantier before 14, and one that begins without what a minor's needs first.

    `naissance` is the birth date when it is known; else the year that the dossier holds refuses what is certain.
    `before` is the status the step had. What is over, or had begun already, is history and is taken as it is.
    DomainErrors: chantier_moins_de_14, chantier_sans_conditions (on `field`).
    """
    if faits.genre is not GenreEtape.CHANTIER_EDUCATIF or faits.statut is StatutEtape.ANNULEE:
        return
    # a date that no step can have is said to be that first
    check_faits(faits, cadre=Cadre(dossier.annee_naissance, dossier.clos_le), today=today)
    born = dossier.annee_naissance if naissance is None else naissance
    check_age(born, faits.debut)
    if faits.statut not in STATUTS_OUVERTS or before in STATUTS_OUVERTS:
        return
    lacking = missing(born, faits.debut, faits.fin_prevue, conditions_of(session, dossier.id, etape_id))
    if lacking:
        raise DomainError("chantier_sans_conditions", field=field, manque=lacking)


def set_conditions(
    session: Session,
    dossier: Dossier,
    etape: Etape,
    *,
    version: int,
    dites: Dites,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> ConditionsChantier:
    """Record the agreements of this chantier, read at `version` (0: nothing was recorded yet).

    Sent twice with the same days, one row. StaleVersion carries what somebody else recorded.
    DomainErrors: dossier_clos, pas_un_chantier, fin_prevue_absente, those of `check_dates` and `check_vacances`.
    """
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    if etape.genre is not GenreEtape.CHANTIER_EDUCATIF:
        raise DomainError("pas_un_chantier")
    current = conditions_of(session, dossier.id, etape.id)
    if current is not None and current.version != version:
        if all(getattr(current, name) == said for name, said in asdict(dites).items()):
            return current
        raise StaleVersion(current)
    check_dates(dites, debut=etape.debut, today=today)
    _check_holidays(etape, dites)
    row = current or ConditionsChantier(dossier_id=dossier.id, etape_id=etape.id, version=0)
    for name, said in asdict(dites).items():
        setattr(row, name, said)
    row.version += 1
    session.add(row)
    session.flush()
    touch(session, dossier.id)
    audit.record(session, Action.CONDITIONS_CHANTIER, acteur=acteur, dossier=dossier.code, now=now)
    return row


def _check_holidays(etape: Etape, dites: Dites) -> None:
    if dites.vacances_du is None or dites.vacances_au is None:
        return
    last = etape.fin or etape.fin_prevue
    if last is None:
        raise DomainError("fin_prevue_absente", field="vacances_du")
    check_vacances(etape.debut, last, dites.vacances_du, dites.vacances_au)
