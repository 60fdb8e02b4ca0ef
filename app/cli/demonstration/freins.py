"""Where the invented people place themselves: at entry, then once more, a little further on most lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy.orm import Session

from app.cli.demonstration.chargement import GRAINE, Personne
from app.cli.demonstration.gestes import SOIR, Fiche, acteur_of, instant
from app.parcours.rules_freins import Reponse
from app.parcours.services_freins import note_bilan
from app.parcours.vocabulaire_freins import Dimension, DitPar, Inconnu

# One in four did, and one of those in three twice or more.
UN_SUR = 4
ENSUITE = timedelta(days=90)


def place_people(session: Session, written: Iterable[tuple[Personne, Fiche]], *, today: date) -> None:
    """Those followed today."""
    for person, fiche in written:
        if person.suivi and person.numero % UN_SUR == 0:
            _place(session, fiche, Random(GRAINE + person.numero), today)  # noqa: S311 - invented people


def _place(session: Session, fiche: Fiche, random: Random, today: date) -> None:
    first = min(fiche.dossier.ouvert_le + timedelta(days=random.randrange(0, 15)), today)
    said: dict[Dimension, Reponse] = {
        dimension: random.choice((1, 2, 2, 3, 3, 4)) for dimension in Dimension if random.random() < 0.75
    }
    said[random.choice(list(said) or list(Dimension))] = random.choice(list(Inconnu))
    _note(session, fiche, DitPar.JEUNE, said, first)
    if random.random() < 0.6:
        _note(session, fiche, DitPar.PROFESSIONNEL, _moved(random, said, (-1, 0, 0, 0)), first)
    if first + ENSUITE <= today:
        _note(session, fiche, DitPar.JEUNE, _moved(random, said, (-1, 0, 1, 1, 2)), first + ENSUITE)


def _moved(random: Random, said: Mapping[Dimension, Reponse], by: tuple[int, ...]) -> dict[Dimension, Reponse]:
    return {
        dimension: level if isinstance(level, Inconnu) else min(5, max(1, level + random.choice(by)))
        for dimension, level in said.items()
    }


def _note(session: Session, fiche: Fiche, dit_par: DitPar, reponses: Mapping[Dimension, Reponse], jour: date) -> None:
    note_bilan(
        session, fiche.dossier, agent=fiche.referent, acteur=acteur_of(fiche.referent), jour=jour, dit_par=dit_par,
        reponses=reponses, depot=uuid4(), now=instant(jour, heure=SOIR), today=jour,
    )  # fmt: skip
