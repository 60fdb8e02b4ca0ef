"""What is done in a history beside its steps, by the services that the pages call, on the day when it was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.alertes.models import Alerte
from app.alertes.services_reports import judge, put_off
from app.alertes.vocabulaire import MotifReport, Regle
from app.audit.services import Acteur
from app.cli.demonstration.histoires import Contact, Geste
from app.jeunes import services as jeunes
from app.jeunes.vocabulaire import FormeInformation
from app.parcours import (
    etat,
    services_attente,
    services_chantier,
    services_etapes,
    services_injoignable,
    services_jalons,
    services_suivis,
    services_verifications,
)
from app.parcours.models import Dossier, Etape
from app.parcours.queries import open_etapes_of
from app.parcours.queries_attente import last_attente
from app.parcours.queries_verifications import reperes_of
from app.parcours.rules_etapes import Faits
from app.parcours.services_chantier import Dites
from app.parcours.services_dossiers import Fin
from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, StatutEtape
from app.parcours.vocabulaire_actes import (
    GenreJalon,
    MotifAttente,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
    ResultatDemarche,
)
from app.referents import services as referents
from app.referents.vocabulaire import Relation
from app.vault.dossier_keys import DossierKeys
from app.vault.places import Place

MATIN, JOURNEE, SOIR = 8, 15, 17
# The longest wait, as a structure that set nothing has it.
ATTENTE_AU_PLUS = 90


@dataclass(slots=True)
class Fiche:
    """Somebody who was written, and what is still to be done for them, day by day."""

    numero: int
    dossier: Dossier
    naissance: date
    referent: Agent
    colleague: Agent
    keys: DossierKeys
    gestes: list[Geste] = field(default_factory=list)


def instant(jour: date, *, heure: int = JOURNEE) -> datetime:
    """When something of that day was typed."""
    return datetime.combine(jour, time(heure), UTC)


def do(session: Session, fiche: Fiche, geste: Geste) -> None:
    """Do it, as the référent would have on that day."""
    GESTES[geste.quoi](session, fiche, geste.jour, **geste.dit)


def acteur_of(agent: Agent) -> Acteur:
    return Acteur.agent(agent.id, agent.structure_id)


def _by(fiche: Fiche, jour: date, *, heure: int = JOURNEE) -> dict[str, Any]:
    return {"acteur": acteur_of(fiche.referent), "now": instant(jour, heure=heure), "today": jour}


def _noter(session: Session, fiche: Fiche, jour: date, *, contact: Contact) -> None:
    who, suivi_id, dossier = (fiche.colleague if contact.par_un_collegue else fiche.referent), uuid4(), fiche.dossier
    note = None
    if contact.texte:
        note = fiche.keys.seal(dossier.uid, {"texte": contact.texte}, place=Place.NOTE, row=suivi_id)
    services_suivis.log_suivi(
        session, dossier, agent=who, acteur=acteur_of(who), jour=jour, canal=contact.canal, resultat=contact.resultat,
        themes=contact.themes, note=note, suivi_id=suivi_id, depot=uuid4(), now=instant(jour, heure=16), today=jour,
    )  # fmt: skip


def _prevoir(session: Session, fiche: Fiche, jour: date, *, le: date) -> None:
    services_suivis.plan_contact(
        session, fiche.dossier, agent=fiche.referent, jour=le, heure=time(9 + le.day % 8), canal=Canal.ENTRETIEN,
        contact_id=uuid4(), depot=uuid4(), **_by(fiche, jour, heure=SOIR),
    )  # fmt: skip


def _attendre(session: Session, fiche: Fiche, jour: date, *, motif: MotifAttente, jusqu_au: date) -> None:
    said = {"motif": motif, "jusqu_au": jusqu_au, "au_plus": ATTENTE_AU_PLUS, "depot": uuid4()}
    services_attente.set_attente(session, fiche.dossier, **said, **_by(fiche, jour))


def _reprendre(session: Session, fiche: Fiche, jour: date) -> None:
    session.flush()
    last = last_attente(session, fiche.dossier.id)
    services_attente.lift_attente(session, fiche.dossier, attente_id=last.id, **_by(fiche, jour))


def _chercher(session: Session, fiche: Fiche, jour: date, *, moyen: MoyenDemarche, resultat: ResultatDemarche) -> None:
    services_injoignable.note_demarche(
        session, fiche.dossier, agent=fiche.referent, moyen=moyen, resultat=resultat, famille_joignable=False,
        depot=uuid4(), **_by(fiche, jour),
    )  # fmt: skip


def _jalon(session: Session, fiche: Fiche, jour: date, *, genre: GenreJalon, jusqu_au: date | None = None) -> None:
    said = {"genre": genre, "jour": jour, "jusqu_au": jusqu_au, "naissance": fiche.naissance, "depot": uuid4()}
    services_jalons.note_jalon(session, fiche.dossier, agent=fiche.referent, **said, **_by(fiche, jour))


def _verifier(
    session: Session,
    fiche: Fiche,
    jour: date,
    *,
    objet: ObjetVerification,
    mois: int | None = None,
    reponse: ReponseVerification = ReponseVerification.TOUJOURS_EN_PLACE,
    genre: GenreEtape | None = None,
) -> None:
    said = {"objet": objet, "mois": mois, "reponse": reponse, "genre": genre, "depot": uuid4()}
    repere = reperes_of(session, fiche.dossier.id)[objet]
    services_verifications.answer_verification(session, fiche.dossier, repere=repere, **said, **_by(fiche, jour))


def _cloturer(session: Session, fiche: Fiche, jour: date, *, motif: MotifSortie) -> None:
    dossier = fiche.dossier
    ended = {etape.id: Fin(StatutEtape.TERMINEE) for etape in open_etapes_of(session, dossier.id)}
    referents.close(
        session, dossier, version=dossier.version, le=jour, motif=motif, etapes=ended, **_by(fiche, jour, heure=SOIR)
    )
    # what is asked after the exit is asked of the state row
    session.flush()
    etat.refresh(session, [dossier.id])


def _partir(session: Session, fiche: Fiche, jour: date) -> None:
    """Their référent leaves and nobody comes after."""
    said = {"acteur": acteur_of(fiche.referent), "now": instant(jour, heure=SOIR)}
    referents.end_affectation(session, fiche.dossier, le=jour, **said)


def _informer(session: Session, fiche: Fiche, jour: date) -> None:
    jeunes.tell(session, fiche.dossier, forme=FormeInformation.ORALE, **_by(fiche, jour))


def _chantier(session: Session, fiche: Fiche, jour: date, *, debut: date, fin: date) -> None:
    faits = Faits(GenreEtape.CHANTIER_EDUCATIF, StatutEtape.PREVUE, debut, fin_prevue=fin, heures=70)
    services_etapes.add_etape(
        session, fiche.dossier, faits=faits, etape_id=uuid4(), depot=uuid4(), naissance=fiche.naissance,
        **_by(fiche, jour),
    )  # fmt: skip


def _accord(session: Session, fiche: Fiche, jour: date) -> None:
    said = {"version": 0, "dites": Dites(accord_le=jour)}
    services_chantier.set_conditions(session, fiche.dossier, _planned(session, fiche), **said, **_by(fiche, jour))


def _commencer(session: Session, fiche: Fiche, jour: date) -> None:
    etape = _planned(session, fiche)
    said = {"version": etape.version, "debut": jour, "naissance": fiche.naissance}
    services_etapes.start_etape(session, fiche.dossier, etape, **said, **_by(fiche, jour))


def _planned(session: Session, fiche: Fiche) -> Etape:
    mine = (Etape.dossier_id == fiche.dossier.id, Etape.statut == StatutEtape.PREVUE)
    return session.scalars(select(Etape).where(*mine, Etape.genre == GenreEtape.CHANTIER_EDUCATIF)).one()


def _reporter(session: Session, fiche: Fiche, jour: date, *, regle: Regle, motif: MotifReport, jusqu_au: date) -> None:
    if (alerte_id := _open_alert(session, fiche, regle)) is not None:
        said = {"motif": motif, "jusqu_au": jusqu_au, "relation": Relation.REFERENT, "agent": fiche.referent}
        put_off(session, fiche.dossier, alerte_id, **said, **_by(fiche, jour, heure=SOIR))


def _inutile(session: Session, fiche: Fiche, jour: date, *, regle: Regle) -> None:
    if (alerte_id := _open_alert(session, fiche, regle)) is not None:
        said = {"acteur": acteur_of(fiche.referent), "now": instant(jour, heure=SOIR)}
        judge(session, fiche.dossier, alerte_id, inutile=True, **said)


def _open_alert(session: Session, fiche: Fiche, regle: Regle) -> int | None:
    """None: the season makes the rule silent."""
    mine = (Alerte.dossier_id == fiche.dossier.id, Alerte.regle == regle, Alerte.fermee_le.is_(None))
    return session.scalar(select(Alerte.id).where(*mine).limit(1))


GESTES: Mapping[str, Callable[..., None]] = {
    "noter": _noter,
    "prevoir": _prevoir,
    "attendre": _attendre,
    "reprendre": _reprendre,
    "chercher": _chercher,
    "jalon": _jalon,
    "verifier": _verifier,
    "cloturer": _cloturer,
    "partir": _partir,
    "informer": _informer,
    "chantier": _chantier,
    "accord": _accord,
    "commencer": _commencer,
    "reporter": _reporter,
    "inutile": _inutile,
}
