"""Who follows beside the référent from another structure, who asks to, and whom a young person does not want."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.maison import Maison, jour_de
from app.accounts.models import Agent
from app.cli.demonstration.gestes import acteur_of
from app.cli.demonstration.urgences import dossier_of
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import Accord, FormeInformation
from app.referents.rules_equipe import Partage, proposed_end
from app.referents.services_demandes import ask_to_join
from app.referents.services_equipe import invite, oppose
from app.referents.vocabulaire import Finalite

MOTS = "Elle vient au local le mercredi et m’a donné son code. Elle voudrait qu’on l’aide pour le collège."
DEPUIS = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Invite:
    """Who is invited, in which dossier of whom, for what; `sensibles`: the kinds of step ticked beside."""

    referent: str
    rang: int
    partenaire: str
    finalite: Finalite
    accord: Accord
    sensibles: tuple[GenreEtape, ...] = ()


INVITES = (
    Invite("Nadia", 0, "Lucie", Finalite.INSERTION, Accord.ACCORD),
    Invite("Nadia", 1, "Moussa", Finalite.VIE_SOCIALE, Accord.INFORME),
    Invite("Thomas", 0, "David", Finalite.LOGEMENT, Accord.ACCORD, (GenreEtape.LOGEMENT,)),
)


def play(maison: Maison, *, now: datetime) -> None:
    """Three partners, told and agreed; a request that waits for Nadia since yesterday; an opposition noted by Awa."""
    with maison.database.writing() as session:
        people = {agent.prenom: agent for agent in session.scalars(select(Agent))}
        for one in INVITES:
            _invited(session, one, people, now)
        _asked(session, maison, people, now)
        _opposed(session, people, now)


def _invited(session: Session, one: Invite, people: dict[str, Agent], now: datetime) -> None:
    par = people[one.referent]
    dossier, _ = dossier_of(session, par, one.rang)
    day = max(dossier.ouvert_le, jour_de(now - DEPUIS))
    told = {"informe_le": day, "informe_forme": FormeInformation.ORALE, "accord": one.accord}
    partage = Partage(one.finalite, one.sensibles, proposed_end(day), **told)
    who = {"agent": people[one.partenaire], "par": par, "acteur": acteur_of(par)}
    invite(session, dossier, partage=partage, now=now - (jour_de(now) - day), today=day, **who)


def _asked(session: Session, maison: Maison, people: dict[str, Agent], now: datetime) -> None:
    asks, when = people["Sarah"], now - timedelta(days=1)
    dossier, _ = dossier_of(session, people["Nadia"], 2)
    ask_to_join(
        session, maison.vault, code=dossier.code, finalite=Finalite.SCOLARITE, echeance=proposed_end(jour_de(when)),
        mots=MOTS, demande_id=uuid4(), agent=asks, acteur=acteur_of(asks), now=when, today=jour_de(when),
    )  # fmt: skip


def _opposed(session: Session, people: dict[str, Agent], now: datetime) -> None:
    par, when = people["Awa"], now - timedelta(days=3)
    dossier, _ = dossier_of(session, par, 0)
    oppose(
        session, dossier, structure=people["Lucie"].structure, le=jour_de(when), opposition_id=uuid4(), par=par,
        acteur=acteur_of(par), now=when, today=jour_de(when),
    )  # fmt: skip
