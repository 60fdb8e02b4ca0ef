"""The outings of the club, over the last three months: most evenings somebody is outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy.orm import Session

from app.accounts.models import Agent
from app.cli.demonstration.gestes import acteur_of, instant
from app.parcours.vocabulaire import TrancheAge
from app.rue.rules import Faits, NouveauLieu
from app.rue.services import add_sortie
from app.rue.vocabulaire import ActionRue, SexeRencontre

GRAINE = 20260318
JOURS = 92
# where, in the order of the territories of the decor, and how many of each age are usually there
LIEUX = (
    ("Place des Tilleuls", (3, 3, 3, 1, 0)),
    ("Arrêt du collège Jean-Moulin", (7, 2, 0, 0, 0)),
    ("Dalle de Bellevue", (1, 3, 5, 3, 2)),
    ("Parvis du Moulin-Neuf", (4, 4, 2, 1, 0)),
    ("City-stade des Aubépines", (3, 4, 3, 0, 0)),
    ("Quai de Port-Saint-Jean", (0, 1, 3, 2, 1)),
)
COLLEGE = 1
L_APRES_MIDI = (ActionRue.PRESENCE, ActionRue.ANIMATION, ActionRue.INFORMATION, ActionRue.MEDIATION)
LE_SOIR = (ActionRue.PRESENCE, ActionRue.MARAUDE, ActionRue.MEDIATION)


def go_out(session: Session, agents: list[Agent], territoires: list[int], *, today: date) -> None:
    """By the service that the form calls, on the evening itself."""
    random = Random(GRAINE)  # noqa: S311 - invented outings, not keys
    for ago in range(JOURS, 0, -1):
        jour = today - timedelta(days=ago)
        if jour.weekday() == 6 or random.random() < 0.35:
            continue
        team = random.sample(agents, min(len(agents), random.choice((1, 2, 2, 2, 3))))
        faits = _evening(random, jour, team, territoires)
        author = team[0]
        add_sortie(session, faits, agent=author, depot=uuid4(), acteur=acteur_of(author), now=instant(jour), today=jour)


def _evening(random: Random, jour: date, team: list[Agent], territoires: list[int]) -> Faits:
    number = random.randrange(len(LIEUX))
    nom, usual = LIEUX[number]
    met = dict(_met(random, usual))
    total = sum(met.values())
    begins = time(16, 30) if number == COLLEGE else random.choice((time(17), time(18), time(20, 30), time(21)))
    done = {random.choice(LE_SOIR if begins.hour > 18 else L_APRES_MIDI)}
    if number == COLLEGE:
        done.add(ActionRue.SORTIE_ECOLE)
    return Faits(
        NouveauLieu(territoires[number], nom),
        jour,
        begins,
        time(begins.hour + 2, random.choice((0, 30))),
        frozenset(agent.id for agent in team),
        actions=tuple(action for action in ActionRue if action in done),
        rencontres=met,
        premieres=sum(random.random() < 0.15 for _ in range(total)),
        refus=sum(random.random() < 0.08 for _ in range(total)),
    )


def _met(random: Random, usual: tuple[int, ...]) -> Iterator[tuple[tuple[TrancheAge, SexeRencontre], int]]:
    for age, around in zip(TrancheAge, usual, strict=True):
        for sexe, part in ((SexeRencontre.FEMME, 0.35), (SexeRencontre.HOMME, 0.65)):
            if count := sum(random.random() < part for _ in range(random.randrange(0, 2 * around + 1))):
                yield (age, sexe), count
