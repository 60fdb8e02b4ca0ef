"""What must hold every evening, every week, every month: the lists of the engine beside the observer's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte
from app.alertes.queries import Vue, inbox
from app.alertes.queries_ordre import ORDRE
from app.alertes.queries_regles import among_ids
from app.parcours.models import Dossier, Etat
from app.parcours.rules import MAJORITE
from tests.simulation.agence import STRUCTURES, Agence
from tests.simulation.calendrier import DEBUT
from tests.simulation.observateur import NON_LUES, Observateur

ECHANTILLON = 200
_OUVERTES = select(Alerte.dossier_id, Alerte.regle, Alerte.cle, Alerte.due).where(Alerte.fermee_le.is_(None))
_DE_CERTAINS = _OUVERTES.where(among_ids(Alerte.dossier_id))
_RANGS = (
    select(Alerte.id, ORDRE.label("rang"), Alerte.ouverte_le, Alerte.gravite, Etat.situation, Dossier.annee_naissance)
    .join(Etat, Etat.dossier_id == Alerte.dossier_id)
    .join(Dossier, Dossier.id == Alerte.dossier_id)
    .where(Alerte.fermee_le.is_(None))
)


class Controles:
    """`manquees`: causes without an alert; `de_trop`: alerts without a cause; `dites`: how many were compared."""

    def __init__(self, agence: Agence) -> None:
        self.agence = agence
        self.observateur = Observateur({n: changed for n, (_, _, changed) in enumerate(STRUCTURES, 1)}, DEBUT)
        self.chance = Random(1)
        self.manquees: list[str] = []
        self.de_trop: list[str] = []
        self.doubles = self.injoignables = self.comparees = self.regardes = 0
        self.retombees: list[str] = []
        self.majeurs = 0
        self.rangs: dict[int, tuple[Any, ...]] = {}

    def soir(self) -> None:
        """The alerts of two hundred files, others each day; of everybody on the first of the month.

        Who can reach them each quarter, whether they climb each Monday.
        """
        agence = self.agence
        self.observateur.partis = {poste.id: poste.parti for poste in agence.postes if poste.parti}
        everybody = list(agence.registre.fiches)
        with agence.database.reading() as session:
            if agence.jour.day == 1:
                self.compare(everybody, session.execute(_OUVERTES))
                self._unicite(session)
                if agence.jour.month % 3 == 1:
                    self._atteintes(session)
            else:
                some = sorted(self.chance.sample(everybody, min(ECHANTILLON, len(everybody))))
                self.compare(some, session.execute(_DE_CERTAINS, {"ids": some}))
            if agence.jour.weekday() == 0:
                self._rangs(session)

    def compare(self, numbers: Iterable[int], rows: Iterable[Any]) -> None:
        jour = self.agence.jour
        found: dict[int, dict[tuple[str, str], date]] = {}
        for number, regle, cle, due in rows:
            if regle.value not in NON_LUES:
                found.setdefault(number, {})[regle.value, cle] = due
        for number in numbers:
            said, wanted = found.get(number, {}), self.observateur.attendues(self.agence.registre.fiches[number], jour)
            self.comparees += len(wanted)
            self.regardes += 1
            for key in wanted.keys() - said.keys():
                self.manquees.append(f"{jour} dossier {number} {wanted[key]}")
            for key in said.keys() - wanted.keys():
                self.de_trop.append(f"{jour} dossier {number} {key} due {said[key]}")

    def _unicite(self, session: Session) -> None:
        cause = (Alerte.dossier_id, Alerte.regle, Alerte.cle)
        twice = select(*cause).group_by(*cause).having(func.count() > 1).subquery()
        self.doubles += session.scalar(select(func.count()).select_from(twice))

    def _atteintes(self, session: Session) -> None:
        """What no list of anybody active shows."""
        reached: set[int] = set()
        for poste in [*self.agence.postes, *self.agence.coordinateurs]:
            if poste.parti is None:
                for vue in (Vue.A_TRAITER, Vue.REPORTEES):
                    page = inbox(session, agent=poste.compte, today=self.agence.jour, apres=None, vue=vue, limite=5_000)
                    reached |= {dite.alerte_id for ligne in page.lignes for dite in ligne.alertes}
        opened = set(session.scalars(select(Alerte.id).where(Alerte.fermee_le.is_(None))))
        self.injoignables += len(opened - reached)

    def _rangs(self, session: Session) -> None:
        """What nobody touched stands no lower than a week before."""
        today = self.agence.jour
        now: dict[int, tuple[Any, ...]] = {}
        for number, rang, *rest in session.execute(_RANGS, {"today": today, "majeurs": today.year - MAJORITE}):
            minor = today.year - rest.pop() < MAJORITE
            now[number] = rang, minor, tuple(rest)
            before = self.rangs.get(number)
            if before is None or before[2] != tuple(rest) or rang <= before[0]:
                continue
            if before[1] and not minor:
                self.majeurs += 1
            else:
                self.retombees.append(f"{today} alerte {number}: {before} {now[number]}")
        self.rangs = now
