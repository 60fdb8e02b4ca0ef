"""Welcoming a new young person: dossier, identity, référent and first note, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.audit.services import Acteur
from app.db.errors import DepotConflict, DomainError
from app.jeunes import queries
from app.jeunes.queries_doublons import Jumeau, matching_uids, visible_twins
from app.jeunes.rules_identite import (
    NOMS,
    Portrait,
    check_annee,
    check_information,
    check_nommable,
    clean_contact,
    clean_identite,
)
from app.jeunes.services import Champs, indexes_of, register
from app.jeunes.services_doublons import Ailleurs, look_elsewhere
from app.jeunes.vocabulaire import FormeInformation
from app.parcours.models import Dossier
from app.parcours.queries import suivi_of_depot
from app.parcours.services_dossiers import open_dossier
from app.parcours.services_suivis import log_suivi
from app.parcours.vocabulaire import Canal, Diplome, Origine, Resultat, Sexe
from app.referents.services import assign, join_team
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import IndexKind, Place
from app.vault.service import Vault


@dataclass(frozen=True, slots=True)
class Accueil:
    """A form about somebody new; `prepare` gives it checked, with names and reach as they will be sealed.

    `rencontre`: the meeting of today is noted even when there are no words about it.
    """

    depot: UUID
    territoire_id: int
    identite: Champs
    contact: Champs
    annee_naissance: int | None
    informe_le: date | None
    informe_forme: FormeInformation | None
    anonymat_demande: bool
    sexe: Sexe
    origine: Origine | None
    diplome: Diplome
    canal: Canal
    note: str
    rencontre: bool = False

    @property
    def portrait(self) -> Portrait:
        birth = self.identite.get("date_naissance")
        return Portrait(
            *(self.identite.get(field, "") for field in NOMS),
            date.fromisoformat(birth) if birth else None,
            self.annee_naissance,
        )

    @property
    def indexes(self) -> dict[IndexKind, tuple[str, ...]]:
        return indexes_of(self.identite, self.contact)


def prepare(saisie: Accueil, *, today: date) -> Accueil:
    """What was typed, checked and cleaned before anything is made.

    DomainErrors of `services.register`, and annee_naissance_invraisemblable.
    """
    names, reach = clean_identite(saisie.identite, ouvert_le=today), clean_contact(saisie.contact)
    check_nommable(names)
    check_information(names | reach, le=saisie.informe_le, forme=saisie.informe_forme, today=today)
    annee = saisie.annee_naissance
    if birth := names.get("date_naissance"):
        annee = date.fromisoformat(birth).year
    elif annee is not None:
        check_annee(annee, ouvert_le=today)
    return replace(saisie, identite=names, contact=reach, annee_naissance=annee, note=saisie.note.strip())


@dataclass(frozen=True, slots=True)
class Reception:
    """What came of a form: a dossier; else twins that the agent may see, else what may be said of the others."""

    dossier: Dossier | None
    jumeaux: Sequence[Jumeau] = ()
    ailleurs: Ailleurs = Ailleurs.RIEN


def receive(
    session: Session,
    vault: Vault,
    accueil: Accueil,
    *,
    referent_id: int | None,
    autres: Collection[str],
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Reception:
    """Welcome somebody, unless they seem to be known already.

    `autres` are the codes of the dossiers that the agent was shown and said to be somebody else's. Twins that they
    may see are shown; of the others, their référents are asked (`services_doublons.look_elsewhere`). A form sent
    twice gives its dossier again, or DepotConflict when its words changed.
    """
    if (earlier := _deposited(session, vault, accueil, agent)) is not None:
        return Reception(earlier)
    # locked before the journal is: whoever disables an account takes the two in this order
    referent = None if referent_id is None else session.get(Agent, referent_id, with_for_update={"read": True})
    if referent_id is not None and referent is None:
        raise DomainError("referent_inconnu", field="referent_id")
    uids = matching_uids(vault, accueil.indexes)
    twins = visible_twins(session, vault, agent=agent, portrait=accueil.portrait, uids=uids, today=today)
    if twins := [twin for twin in twins if twin.nom.code not in autres]:
        # one of them may be this very form, which another request has just committed
        return Reception(_deposited(session, vault, accueil, agent), jumeaux=twins)
    common = {"agent": agent, "acteur": acteur, "now": now, "today": today}
    ailleurs = look_elsewhere(session, vault, indexes=accueil.indexes, uids=uids, **common)
    if ailleurs is Ailleurs.DEMANDE:
        return Reception(None, ailleurs=ailleurs)
    return Reception(welcome(session, vault, accueil, referent=referent, **common), ailleurs=ailleurs)


def welcome(
    session: Session,
    vault: Vault,
    accueil: Accueil,
    *,
    referent: Agent | None,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> Dossier:
    """Open the dossier, write who it is about, give it its référent and its first note.

    The author and the référent are members of the équipe. DomainErrors and DepotConflict of the services it calls.
    """
    common = {"acteur": acteur, "now": now, "today": today}
    uid = uuid4()
    # committed in the key store before there is anything to seal; without a dossier it is swept (securite.md §1)
    vault.create_key(uid)
    dossier = _open(session, accueil, uid, agent, acteur, now, today)
    if dossier.uid != uid:
        return _same_or_conflict(session, vault, dossier, accueil, agent)
    if referent is not None:
        said = {"motif": MotifAffectation.PREMIERE_AFFECTATION, "jeune_informe_le": accueil.informe_le}
        assign(session, dossier, to=referent, par=agent, **said, **common)
    else:
        join_team(session, dossier, agent=agent, **common)
    if accueil.note or accueil.rencontre:
        _first_note(session, vault, dossier, accueil, agent, acteur, now, today)
    register(
        session,
        vault,
        dossier,
        identite=accueil.identite,
        contact=accueil.contact,
        informe_le=accueil.informe_le,
        informe_forme=accueil.informe_forme,
        **common,
    )
    return dossier


def _open(
    session: Session, accueil: Accueil, uid: UUID, agent: Agent, acteur: Acteur, now: datetime, today: date
) -> Dossier:
    return open_dossier(
        session,
        uid=uid,
        structure_id=agent.structure_id,
        territoire_id=accueil.territoire_id,
        ouvert_le=today,
        par=agent,
        acteur=acteur,
        now=now,
        today=today,
        sexe=accueil.sexe,
        annee_naissance=accueil.annee_naissance,
        origine=accueil.origine,
        diplome=accueil.diplome,
        anonymat_demande=accueil.anonymat_demande,
        depot=accueil.depot,
    )


def _first_note(
    session: Session,
    vault: Vault,
    dossier: Dossier,
    accueil: Accueil,
    agent: Agent,
    acteur: Acteur,
    now: datetime,
    today: date,
) -> None:
    suivi_id = accueil.depot
    keys = vault.keys([dossier.uid])
    log_suivi(
        session,
        dossier,
        agent=agent,
        acteur=acteur,
        jour=today,
        canal=accueil.canal,
        resultat=Resultat.ECHANGE_FAIT,
        suivi_id=suivi_id,
        depot=accueil.depot,
        note=keys.seal(dossier.uid, {"texte": accueil.note}, place=Place.NOTE, row=suivi_id) if accueil.note else None,
        now=now,
        today=today,
    )


def _deposited(session: Session, vault: Vault, accueil: Accueil, agent: Agent) -> Dossier | None:
    earlier = session.scalar(select(Dossier).where(Dossier.depot == accueil.depot))
    return None if earlier is None else _same_or_conflict(session, vault, earlier, accueil, agent)


def _same_or_conflict(session: Session, vault: Vault, dossier: Dossier, accueil: Accueil, agent: Agent) -> Dossier:
    """The dossier of a form sent twice. Another agent's deposit is not theirs to find: DomainError `depot_inconnu`."""
    if dossier.cree_par != agent.id:
        raise DomainError("depot_inconnu")
    fiche = queries.identite_of(session, vault, dossier)
    there = (dossier.territoire_id, dossier.annee_naissance, dossier.sexe, dossier.origine, dossier.diplome)
    given = (accueil.territoire_id, accueil.annee_naissance, accueil.sexe, accueil.origine, accueil.diplome)
    same = fiche is not None and (fiche.identite, fiche.contact) == (accueil.identite, accueil.contact)
    if not same or there != given or first_note(session, vault, dossier) != accueil.note:
        raise DepotConflict(dossier)
    return dossier


def first_note(session: Session, vault: Vault, dossier: Dossier) -> str:
    """What was written with the dossier itself; empty when nothing was."""
    suivi = None if dossier.depot is None else suivi_of_depot(session, dossier.id, dossier.depot)
    if suivi is None or suivi.note is None:
        return ""
    return vault.keys([dossier.uid]).open(dossier.uid, suivi.note, place=Place.NOTE, row=suivi.id)["texte"]
