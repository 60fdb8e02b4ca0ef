"""Asking to join the équipe of a dossier by its code, and answering: whoever asks learns nothing but the answer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts import freinage
from app.accounts.models import Agent
from app.audit import services as audit
from app.audit.services import Acteur
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.parcours.models import Dossier
from app.parcours.queries import lock_dossier
from app.referents.models import MembreEquipe
from app.referents.models_demandes import DemandeEquipe
from app.referents.queries_demandes import load_waiting, standing, to_join
from app.referents.rules_equipe import DEMANDES_PAR_JOUR, Partage, check_end, lapsed_since
from app.referents.services_equipe import invite
from app.referents.vocabulaire import Finalite, MotifRefusEquipe, StatutDemandeEquipe
from app.vault.places import Place
from app.vault.service import Vault

_JOUR = timedelta(days=1)


def ask_to_join(
    session: Session,
    vault: Vault,
    *,
    code: str,
    finalite: Finalite,
    echeance: date,
    mots: str,
    demande_id: UUID,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> DemandeEquipe:
    """Ask whoever answers for the dossier of this code, if there is one: the same statements run, the same row is
    written, and the same is answered whether there is or not. One request waits at a time.

    DomainErrors, before the code is looked at: echeance_passee, echeance_trop_loin, trop_de_demandes.
    """
    check_end(echeance, today=today)
    key = freinage.throttle_key(vault.pseudonymise, "equipe", str(agent.id))
    if not freinage.hit(session, key, limit=DEMANDES_PAR_JOUR, window=_JOUR, now=now):
        raise DomainError("trop_de_demandes", field="code")
    found = to_join(session, code, agent=agent)
    _lapse(session, agent, now)
    earlier = standing(session, agent=agent, code=code, dossier_id=found.id if found else None)
    keys = vault.keys([found.uid if found else uuid4()])
    if earlier is not None and earlier.code_dit == code:
        return earlier
    if earlier is not None:
        # two codes of one dossier: one line for each, as for two codes of nobody
        found = None
    sealed = (
        keys.seal(found.uid, {"texte": mots}, place=Place.DEMANDE_EQUIPE, row=demande_id) if found and mots else None
    )
    asked = DemandeEquipe(
        id=demande_id, demandeur_id=agent.id, code_dit=code, dossier_id=found.id if found else None,
        finalite=finalite, echeance=echeance, mots=sealed, cree_le=now,
    )  # fmt: skip
    return _written(session, asked, acteur, found.code if found else None)


def _written(session: Session, asked: DemandeEquipe, acteur: Acteur, code: str | None) -> DemandeEquipe:
    """The row; when another form was faster, theirs stands and this one says nothing."""
    try:
        with session.begin_nested():
            session.add(asked)
    except IntegrityError as error:
        if "demande_equipe" not in str(error.orig):
            raise
        return asked
    audit.record(session, Action.EQUIPE_DEMANDEE, acteur=acteur, dossier=code, now=asked.cree_le)
    return asked


def _lapse(session: Session, agent: Agent, now: datetime) -> None:
    """What nobody answered in time is over, and may be asked again."""
    theirs = (DemandeEquipe.demandeur_id == agent.id, DemandeEquipe.statut == StatutDemandeEquipe.EN_ATTENTE)
    over = {"statut": StatutDemandeEquipe.SANS_SUITE, "repondu_le": now}
    session.execute(update(DemandeEquipe).where(*theirs, DemandeEquipe.cree_le <= lapsed_since(now)).values(**over))


def accept(
    session: Session,
    dossier: Dossier,
    demande_id: UUID,
    *,
    asker: Agent,
    partage: Partage,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> MembreEquipe | None:
    """Let in whoever asked, on what is agreed; None when this request does not wait for the answer of `par`.

    DomainErrors as for `services_equipe.invite`, which settles the request.
    """
    lock_dossier(session, dossier)
    if load_waiting(session, demande_id, agent=par, today=today, now=now) is None:
        return None
    return invite(session, dossier, agent=asker, partage=partage, par=par, acteur=acteur, now=now, today=today)


def refuse(
    session: Session,
    dossier: Dossier,
    demande_id: UUID,
    *,
    motif: MotifRefusEquipe,
    par: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> DemandeEquipe | None:
    """Say no; whoever asked is told neither by whom nor why. None when it does not wait for the answer of `par`."""
    lock_dossier(session, dossier)
    waiting = load_waiting(session, demande_id, agent=par, today=today, now=now)
    if waiting is None:
        return None
    demande, code = waiting
    demande.statut, demande.motif_refus = StatutDemandeEquipe.REFUSEE, motif
    demande.repondu_le, demande.repondu_par = now, par.id
    audit.record(session, Action.EQUIPE_REPONDUE, acteur=acteur, dossier=code, now=now, precision="refusee")
    return demande
