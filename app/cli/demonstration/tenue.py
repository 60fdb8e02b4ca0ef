"""What a well-kept agency does for everybody: confirm, ask whether a return holds, invite, ask after an exit.

A few are left undone, so that each rule has something to say. Pure: the state row says where everybody stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from app.alertes.rules import AGES
from app.alertes.rules_ages import first_of_month
from app.alertes.rules_parametres import FRAICHEURS, PARAMETRES, REPORTS
from app.alertes.vocabulaire import MotifReport, Regle
from app.cli.demonstration.histoires import Geste
from app.parcours.rules import birthday
from app.parcours.rules_obligation import duty_period
from app.parcours.rules_verifications import MOIS, months_later
from app.parcours.vocabulaire import GenreEtape, Situation
from app.parcours.vocabulaire_actes import GenreJalon, ObjetVerification, ReponseVerification

LAISSEES = 0.16
GRAVES = (Situation.DECROCHAGE, Situation.SANS_SOLUTION)
DEVENUS = (GenreEtape.EMPLOI, GenreEtape.FORMATION, GenreEtape.SANS_SOLUTION)


def upkeep(random: Random, etat: Any, naissance: date, today: date) -> Iterator[Geste]:
    """For an open dossier, the acts that its state asked for until yesterday."""
    yield from _confirmed(random, etat, today)
    yield from _held(random, etat, today)
    yield from _invited(random, etat, naissance, today)
    yield from _prepared(random, naissance, today)


def _confirmed(random: Random, etat: Any, today: date) -> Iterator[Geste]:
    known = max(etat.situation_depuis, etat.ouvert_le)
    fresh = FRAICHEURS[etat.situation]
    said = {"objet": ObjetVerification.SITUATION}
    if (today - known).days < fresh * 0.9:
        return
    if random.random() < LAISSEES:
        # confirmed in its time, and due again for a few days
        last = today - timedelta(days=fresh + random.randrange(0, 10))
        if last > known:
            yield Geste(last, "verifier", said)
        return
    earlier = today - timedelta(days=round(fresh * random.uniform(0.95, 1.25)))
    last = today - timedelta(days=random.randrange(1, max(2, round(fresh * 0.7))))
    if earlier > known:
        yield Geste(earlier, "verifier", said)
    yield Geste(max(last, known), "verifier", said)


def _held(random: Random, etat: Any, today: date) -> Iterator[Geste]:
    if etat.retour_le is None:
        return
    asked = months_later(etat.retour_le, *MOIS[ObjetVerification.RACCROCHAGE])
    answered = asked + timedelta(days=random.randrange(0, 12))
    if etat.ouvert_le <= asked and answered < today:
        yield Geste(answered, "verifier", {"objet": ObjetVerification.RACCROCHAGE, "mois": 6})


def _invited(random: Random, etat: Any, naissance: date, today: date) -> Iterator[Geste]:
    begins, ends = duty_period(naissance)
    first = max(begins, etat.situation_depuis, etat.ouvert_le)
    if etat.situation in GRAVES and first < today < ends:
        proposed = max(first, today - timedelta(days=random.randrange(2, 26)))
        yield Geste(proposed, "jalon", {"genre": GenreJalon.ENTRETIEN_PROPOSE})


def _prepared(random: Random, naissance: date, today: date) -> Iterator[Geste]:
    """A birthday to come was spoken of, and an appointment fixed before it."""
    for age in AGES:
        day = birthday(naissance, age)
        begins = first_of_month(day - timedelta(days=PARAMETRES["age"].defaut))
        spoken = max(begins, today - timedelta(days=45)) + timedelta(days=random.randrange(2, 10))
        if spoken < today < first_of_month(day, 1) and random.random() < 0.7:
            until = spoken + timedelta(days=REPORTS[Regle.AGE])
            yield Geste(spoken, "reporter", {"regle": Regle.AGE, "motif": MotifReport.RDV_FIXE, "jusqu_au": until})


def afterwards(random: Random, clos_le: date, today: date) -> Iterator[Geste]:
    """What became of somebody after the exit, asked at 3, 6 and 12 months."""
    for mois in MOIS[ObjetVerification.SORTIE]:
        answered = months_later(clos_le, mois) + timedelta(days=random.randrange(0, 15))
        if answered < today and random.random() < 0.9:
            reponse = random.choices(list(ReponseVerification), [60, 20, 20])[0]
            genre = random.choice(DEVENUS) if reponse is ReponseVerification.CHANGEE else None
            yield Geste(
                answered,
                "verifier",
                {"objet": ObjetVerification.SORTIE, "mois": mois, "reponse": reponse, "genre": genre},
            )
