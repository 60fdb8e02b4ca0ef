"""Yesterday's handovers, which wait for one word this morning; one of them was given back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from uuid import uuid4

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.cli.demonstration.chargement import Personne, Scene
from app.cli.demonstration.gestes import Fiche, acteur_of, instant
from app.referents import services, services_passation
from app.referents.models import Affectation
from app.referents.queries import open_affectation
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import Place

NOTE = "On s’est vus chaque semaine. La suite est dite dans les étapes ; les rendez-vous à venir sont tenus."
RAISON = "Je suis déjà beaucoup de jeunes en suivi soutenu : je ne pourrais pas voir celui-ci assez souvent."
# of whom, to whom, how many, and whether the last is given back
RELAIS = (("Awa", "Nadia", 2, False), ("Hélène", "Thomas", 1, False), ("Awa", "Thomas", 1, True))


def play(session: Session, scene: Scene, written: Iterable[tuple[Personne, Fiche]], *, today: date) -> None:
    """Among those whose journey is not told elsewhere, the first of each référent."""
    people = {agent.prenom: agent for agent in scene.agents["ML"]}
    fiches = [fiche for person, fiche in written if person.suivi and person.cas is None]
    waiting = {prenom: _of(fiches, agent) for prenom, agent in people.items()}
    yesterday = today - timedelta(days=1)
    for de, vers, many, given_back in RELAIS:
        for fiche in islice(waiting[de], many):
            made = _pass(session, fiche, people[vers], yesterday)
            if given_back:
                _refuse(session, fiche, made, people[vers], yesterday)


def _of(fiches: Sequence[Fiche], agent: Agent) -> Iterator[Fiche]:
    return (fiche for fiche in fiches if fiche.referent.id == agent.id and fiche.dossier.clos_le is None)


def _pass(session: Session, fiche: Fiche, to: Agent, day: date) -> Affectation:
    key, dossier, par = uuid4(), fiche.dossier, fiche.referent
    note = fiche.keys.seal(dossier.uid, {"texte": NOTE}, place=Place.PASSATION, row=key)
    return services.hand_over(
        session, dossier, to=to, par=par, acteur=acteur_of(par), motif=MotifAffectation.SECTEUR, note=note,
        affectation_id=key, remplace=open_affectation(session, dossier.id).id, jeune_informe_le=day,
        now=instant(day), today=day,
    )  # fmt: skip


def _refuse(session: Session, fiche: Fiche, made: Affectation, agent: Agent, day: date) -> None:
    refus = fiche.keys.seal(fiche.dossier.uid, {"texte": RAISON}, place=Place.REFUS, row=made.id)
    services_passation.refuse(
        session, fiche.dossier, affectation_id=made.id, refus=refus, retour_id=uuid4(), agent=agent,
        acteur=acteur_of(agent), now=instant(day, heure=16), today=day,
    )  # fmt: skip
