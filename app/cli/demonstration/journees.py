"""The last weeks, played day by day: each night the engine looks, each day somebody acts, and alerts follow.

So an alert was opened on the day when it began to hold, closed by the act that answered it, brought to the
coordinateur when nobody did: by the services of the engine, at the instants when the scheduler would have called them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alertes.queries_ecarts import due
from app.alertes.services import reevaluate
from app.alertes.services_escalade import escalate
from app.alertes.vocabulaire import GenreEvenement
from app.cli.demonstration.chargement import DEBUT_DES_JOURNEES, GRAINE, Personne
from app.cli.demonstration.gestes import SOIR, Fiche, do, instant
from app.cli.demonstration.histoires import Geste
from app.cli.demonstration.tenue import afterwards, upkeep
from app.parcours import etat
from app.parcours.models import Etat
from app.referents.services import refresh_referent

Faits = dict[date, list[tuple[Fiche, Geste]]]


def play(session: Session, written: Sequence[tuple[Personne, Fiche]], *, today: date) -> None:
    """Everything that was not written with the dossiers, until yesterday; the unit of work then looks at today."""
    ids = [fiche.dossier.id for _, fiche in written]
    _follow(session, ids)
    for person, fiche in written:
        fiche.gestes.extend(_kept(session, person, fiche, today))
    agenda = _by_day(written)
    begins = today - timedelta(days=DEBUT_DES_JOURNEES)
    for day in [day for day in agenda if day < begins]:
        _act(session, agenda[day])
    _follow(session, ids)
    reevaluate(session, ids, today=begins, now=instant(begins, heure=3), closing=GenreEvenement.ETEINTE)
    for ago in range(DEBUT_DES_JOURNEES, 0, -1):
        _day(session, today - timedelta(days=ago), agenda)


def _kept(session: Session, person: Personne, fiche: Fiche, today: date) -> list[Geste]:
    random = Random(GRAINE + person.numero)  # noqa: S311 - invented people, not keys
    if person.cas is not None:
        return []
    if person.suivi:
        state = session.scalars(select(Etat).where(Etat.dossier_id == fiche.dossier.id)).one()
        return list(upkeep(random, state, person.naissance, today))
    # nobody has asked yet about one in three
    return list(afterwards(random, person.histoire.clos_le, today)) if person.numero % 3 else []


def _by_day(written: Sequence[tuple[Personne, Fiche]]) -> Faits:
    """In the order of the days; on one day, in the order in which they were said."""
    agenda: Faits = defaultdict(list)
    for _, fiche in written:
        for geste in fiche.gestes:
            agenda[geste.jour].append((fiche, geste))
    return {day: agenda[day] for day in sorted(agenda)}


def _day(session: Session, day: date, agenda: Faits) -> None:
    night = instant(day, heure=3)
    reevaluate(session, due(session, today=day), today=day, now=night, closing=GenreEvenement.ETEINTE)
    escalate(session, today=day, now=night)
    if day not in agenda:
        return
    touched = sorted({fiche.dossier.id for fiche, _ in agenda[day]})
    _act(session, agenda[day])
    _follow(session, touched)
    reevaluate(session, touched, today=day, now=instant(day, heure=SOIR))


def _act(session: Session, acts: Sequence[tuple[Fiche, Geste]]) -> None:
    for fiche, geste in acts:
        do(session, fiche, geste)


def _follow(session: Session, ids: Sequence[int]) -> None:
    session.flush()
    etat.refresh(session, ids)
    refresh_referent(session, ids)
