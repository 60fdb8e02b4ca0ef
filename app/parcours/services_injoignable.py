"""Looking for somebody who does not answer: each way that was tried, or cannot be, is noted with one tap."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.db.unit import touch
from app.parcours.models import Dossier, Suivi
from app.parcours.models_actes import Demarche
from app.parcours.policies import may_undo_demarche
from app.parcours.queries import find_suivi, lock_dossier, suivi_of_depot
from app.parcours.queries_demarches import demarche_of_depot, demarches_faites
from app.parcours.rules import check_en_cours
from app.parcours.rules_injoignable import SUIVIS
from app.parcours.services_suivis import log_suivi
from app.parcours.vocabulaire_actes import MoyenDemarche, ResultatDemarche


def note_demarche(
    session: Session,
    dossier: Dossier,
    *,
    agent: Agent,
    acteur: Acteur,
    moyen: MoyenDemarche,
    resultat: ResultatDemarche,
    famille_joignable: bool,
    depot: UUID,
    now: datetime,
    today: date,
) -> Demarche:
    """Today this way was tried, or cannot be here. One that was tried is a follow-up of the journal too.

    `famille_joignable`: some representative may be contacted; whoever calls has read it, this room cannot.
    Deposits as for `log_suivi`. DomainErrors: dossier_clos, famille_a_ne_pas_contacter, demarche_deja_notee,
    depot_inconnu.
    """
    lock_dossier(session, dossier)
    if (earlier := demarche_of_depot(session, dossier.id, depot)) is not None:
        if (earlier.moyen, earlier.resultat) != (moyen, resultat):
            raise DepotConflict(earlier)
        return earlier
    check_en_cours(dossier.clos_le)
    tried = resultat is ResultatDemarche.TENTEE
    if tried and moyen is MoyenDemarche.FAMILLE and not famille_joignable:
        raise DomainError("famille_a_ne_pas_contacter", field="moyen")
    _refuse_twice(session, dossier, moyen, resultat, today)
    suivi = _log(session, dossier, moyen, agent, acteur, depot, now, today) if tried else None
    key = {"dossier_id": dossier.id, "id": depot, "depot": depot, "suivi_id": suivi and suivi.id}
    demarche = Demarche(**key, moyen=moyen, resultat=resultat, jour=today, cree_le=now, cree_par=agent.id)
    session.add(demarche)
    session.flush()
    touch(session, dossier.id)
    audit.record(session, Action.DEMARCHE_NOTEE, acteur=acteur, dossier=dossier.code, now=now, precision=moyen.value)
    return demarche


def _refuse_twice(
    session: Session, dossier: Dossier, moyen: MoyenDemarche, resultat: ResultatDemarche, today: date
) -> None:
    """Tried again another day is another attempt; the same day, or impossible twice, is a finger too many."""
    for row in demarches_faites(session, dossier):
        same = (row.moyen, row.resultat) == (moyen, resultat)
        if same and (row.jour == today or resultat is ResultatDemarche.SANS_OBJET):
            raise DomainError("demarche_deja_notee", field="moyen")


def _log(
    session: Session,
    dossier: Dossier,
    moyen: MoyenDemarche,
    agent: Agent,
    acteur: Acteur,
    depot: UUID,
    now: datetime,
    today: date,
) -> Suivi:
    canal, resultat = SUIVIS[moyen]
    if suivi_of_depot(session, dossier.id, depot) is not None:
        # a follow-up that was written by itself is not this way being tried, and must not go when it is taken back
        raise DomainError("depot_inconnu", field="moyen")
    return log_suivi(
        session,
        dossier,
        agent=agent,
        acteur=acteur,
        jour=today,
        canal=canal,
        resultat=resultat,
        suivi_id=depot,
        depot=depot,
        now=now,
        today=today,
    )


def undo_demarche(
    session: Session,
    dossier: Dossier,
    demarche: Demarche,
    *,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> None:
    """It was noted by mistake: its author takes it back on the day itself, with the follow-up that it logged.

    A follow-up that was corrected since holds somebody's words: it stays. DomainErrors: dossier_clos,
    demarche_a_garder.
    """
    lock_dossier(session, dossier)
    check_en_cours(dossier.clos_le)
    if not may_undo_demarche(author_id=demarche.cree_par, jour=demarche.jour, agent=agent, today=today):
        raise DomainError("demarche_a_garder")
    suivi = None if demarche.suivi_id is None else find_suivi(session, dossier.id, demarche.suivi_id)
    session.delete(demarche)
    session.flush()
    if suivi is not None and suivi.version == 1:
        session.delete(suivi)
        session.flush()
    touch(session, dossier.id)
    audit.record(session, Action.DEMARCHE_NOTEE, acteur=acteur, dossier=dossier.code, now=now, precision="annulee")
