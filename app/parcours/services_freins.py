"""Writing down where somebody places themselves, and taking away what was written by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.db.unit import touch
from app.parcours.models import Dossier
from app.parcours.models_freins import Bilan, Placement
from app.parcours.queries import lock_dossier
from app.parcours.queries_freins import bilan_of_depot, find_bilan, reponses_of
from app.parcours.rules_freins import Reponse, check_bilan
from app.parcours.vocabulaire_freins import Dimension, DitPar, Inconnu


def note_bilan(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    acteur: Acteur,
    jour: date,
    dit_par: DitPar,
    reponses: Mapping[Dimension, Reponse],
    depot: UUID,
    now: datetime,
    today: date,
) -> Bilan:
    """What `dit_par` said on that day: a level for a dimension, or why there is none; the others were not spoken of.

    Deposits as for `log_suivi`; somebody else's is `depot_inconnu`. DomainErrors: those of `check_bilan`.
    """
    lock_dossier(session, dossier)
    if (earlier := bilan_of_depot(session, dossier.id, depot)) is not None:
        return _same(session, earlier, agent=agent, jour=jour, dit_par=dit_par, reponses=reponses)
    check_bilan(jour, reponses, ouvert_le=dossier.ouvert_le, clos_le=dossier.clos_le, today=today)
    bilan = Bilan(
        dossier_id=dossier.id, id=depot, depot=depot, jour=jour, dit_par=dit_par, agent_id=agent.id, cree_le=now
    )
    session.add(bilan)
    session.flush()
    for dimension, reponse in reponses.items():
        said = {"inconnu": reponse} if isinstance(reponse, Inconnu) else {"niveau": reponse}
        key = {"dossier_id": dossier.id, "id": uuid4(), "bilan_id": bilan.id}
        session.add(Placement(**key, dimension=dimension, **said))
    _written(session, dossier, Action.FREINS_NOTES, acteur, now)
    return bilan


def _same(
    session: Session,
    earlier: Bilan,
    *,
    agent: Agent,
    jour: date,
    dit_par: DitPar,
    reponses: Mapping[Dimension, Reponse],
) -> Bilan:
    if earlier.agent_id != agent.id:
        raise DomainError("depot_inconnu")
    stored = reponses_of(session, earlier.dossier_id, earlier.id)
    if (earlier.jour, earlier.dit_par, stored) != (jour, dit_par, dict(reponses)):
        raise DepotConflict(earlier)
    return earlier


def delete_bilan(session: Session, dossier: Dossier, bilan: Bilan, *, acteur: Acteur, now: datetime) -> None:
    """It was written by mistake; gone already, nothing is left to do."""
    lock_dossier(session, dossier)
    if (current := find_bilan(session, dossier.id, bilan.id)) is None:
        return
    session.delete(current)
    _written(session, dossier, Action.FREINS_SUPPRIMES, acteur, now)


def _written(session: Session, dossier: Dossier, action: Action, acteur: Acteur, now: datetime) -> None:
    session.flush()
    touch(session, dossier.id)
    audit.record(session, action, acteur=acteur, dossier=dossier.code, now=now)
