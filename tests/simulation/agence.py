"""An agency of three structures, day after day: the engine passes, people look, act, and the day is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, update

from app.accounts.models import Agent, Structure
from app.accounts.vocabulaire import GenreStructure
from app.alertes.models import Reglage
from app.alertes.queries import Vue, inbox
from app.alertes.queries_aujourdhui import today_lines
from app.alertes.queries_lignes import Ligne
from app.alertes.services import Bilan, reevaluate, scan, scan_due
from app.alertes.services_escalade import escalate
from app.alertes.vocabulaire import Regle
from app.db.engine import Engines
from app.db.unit import Database, touch
from app.parcours.etat import refresh
from app.parcours.models import Dossier
from app.parcours.vocabulaire import Canal, GenreEtape, Intensite, Resultat
from app.programme.models import Territoire
from app.programme.vocabulaire import GenreTerritoire
from app.referents.services import refresh_referent
from tests.simulation.calendrier import DEBUT, absences, ouvre
from tests.simulation.equipe import Actes, Poste
from tests.simulation.journal import Fiche, jours
from tests.simulation.registre import Registre
from tests.simulation.vie import ECOLES, Jeune, Vie

# by structure: (kind, référents, what it changed of the numbers of the rules)
STRUCTURES: tuple[tuple[GenreStructure, int, dict[str, int]], ...] = (
    (GenreStructure.MISSION_LOCALE, 12, {}),
    (GenreStructure.PREVENTION_SPECIALISEE, 10, {}),
    (GenreStructure.ASSOCIATION, 8, {"aujourdhui": 5, "silence_scolarite": 120, "rupture": 21, "retard": 21}),
)
AUJOURDHUI = 7
# by day of the simulation, who leaves for good
DEPARTS = {200: 3, 520: 14, 800: 25}
# how many of a day are met without any alert
DE_SOI_MEME = (0, 1, 2)


class Agence:
    def __init__(self, engines: Engines, *, graine: int, jeunes: int) -> None:
        self.chance, self.jeunes = Random(graine), jeunes
        self.database = Database(engines)
        self.naissances: dict[int, date] = {}
        self.jour = DEBUT
        self.postes: list[Poste] = []
        self.coordinateurs: list[Poste] = []
        self.retours: dict[date, list[Fiche]] = {}
        # by alert, the first day on which a list showed it to somebody
        self.vues: dict[int, date] = {}
        self.regards = self.lignes = self.suivis = 0
        # the first reason of each line of *Ma journée*
        self.raisons: Counter[Regle] = Counter()
        self.escaladees = 0
        self._branche()
        self._fonde()

    def _branche(self) -> None:
        """The hooks of the application, with birth dates taken from here rather than from the vault."""
        self.database.on_touch(refresh)
        self.database.on_touch(refresh_referent)
        self.database.on_touch(
            lambda session, ids: reevaluate(
                session, ids, today=self.jour, now=self.registre.instant, naissances=self.born
            )
        )

    def born(self, session: Any, ids: Iterable[int]) -> dict[int, date]:
        return {number: self.naissances[number] for number in ids if number in self.naissances}

    # -- the first day

    def _fonde(self) -> None:
        with self.database.writing() as session:
            place = insert(Territoire).values(code="HQ", nom="Hors quartier", genre=GenreTerritoire.HORS_QPV, version=1)
            territoire = session.execute(place).inserted_primary_key[0]
            self.registre = Registre(self.chance, territoire)
            self.vie = Vie(self.registre, self.chance)
            self.registre.jour = DEBUT
            missions = set()
            for number, (genre, size, reglage) in enumerate(STRUCTURES, 1):
                session.execute(insert(Structure).values(id=number, code=f"S{number}", nom=f"S{number}", genre=genre))
                if genre is GenreStructure.MISSION_LOCALE:
                    missions.add(number)
                if reglage:
                    session.execute(insert(Reglage.__table__).values(structure_id=number, version=1, **reglage))
                for _ in range(size):
                    self.postes.append(self._poste(session, number, reglage, referent=True))
                self.coordinateurs.append(self._poste(session, number, reglage, coordinateur=True))
        self.actes = Actes(self.registre, self.vie, self.chance, missions)
        self._accueille_les_premiers()

    def _poste(self, session: Any, structure: int, reglage: dict[str, int], **roles: bool) -> Poste:
        number = len(self.postes) + len(self.coordinateurs) + 1
        agent = Agent(
            courriel=f"a{number}@exemple.test",
            prenom="A",
            nom=f"Agent{number}",
            structure_id=structure,
            cree_le=self.registre.instant,
            **roles,
        )
        session.add(agent)
        session.flush()
        # one in five has not enough hours for everybody
        capacity = 30 if agent.coordinateur else self.chance.choice([2, 3, 4, 4, 4])
        malade = self.chance.random() < 0.3
        leaves = absences(self.chance, malade=malade)
        return Poste(agent, capacity, leaves, reglage.get("aujourdhui", AUJOURDHUI))

    def _accueille_les_premiers(self) -> None:
        with self._ecrit() as registre:
            # caseloads from 40 to 100
            weights = [self.chance.uniform(40, 100) for _ in self.postes]
            for poste in self.chance.choices(self.postes, weights, k=self.jeunes):
                le = DEBUT - jours(self.chance.randint(20, 900))
                fiche = self._entre(poste.compte.structure_id, le)
                fiche_depuis = datetime.combine(le, time(9), tzinfo=UTC)
                registre.confie(fiche, poste.id, depuis=fiche_depuis)
                if self.chance.random() < 0.93:
                    registre.informe(fiche, le)
                last = DEBUT - jours(int(self.chance.expovariate(1 / 25)))
                if last >= le:
                    registre.suivi(fiche, poste.id, Canal.ENTRETIEN, Resultat.ECHANGE_FAIT, le=last)

    def _entre(self, structure: int, le: date) -> Fiche:
        """Somebody comes, with what they live."""
        age = self.chance.choices(range(11, 26), [3, 3, 5, 6, 8, 10, 11, 11, 10, 9, 8, 6, 4, 3, 2])[0]
        birth = date(self.jour.year - age, self.chance.randint(1, 12), self.chance.randint(1, 28))
        known = birth if self.chance.random() < 0.93 else None
        degree = self.chance.choices(list(Intensite), (25, 40, 35))[0]
        fiche = self.registre.ouvre(structure, birth.year, known, le, degree)
        if known:
            self.naissances[fiche.id] = known
        jeune = self.vie.jeunes[fiche.id] = Jeune(fiche, self.chance.choice([0.5, 0.7, 0.8, 0.9]))
        genre = self.vie.entree(age)
        if genre is not None and (le < self.jour or self.chance.random() < 0.75):
            debut = self._debut(genre, le)
            if genre is GenreEtape.DECROCHAGE:
                fiche.intensite = self.registre.rows[Dossier][-1]["intensite"] = Intensite.SOUTENU
            self.vie.commence(fiche, genre, debut, self.jour)
        if self.chance.random() < 0.3:
            start = self.jour + jours(self.chance.randint(0, 1000))
            jeune.perdu = start, start + jours(self.chance.randint(40, 300))
        return fiche

    def _debut(self, genre: GenreEtape, le: date) -> date:
        """When what they live had begun: with the school year, or before they came."""
        if genre in ECOLES:
            year = self.jour.year - (self.jour.month < 9)
            return min(date(year, 9, self.chance.randint(1, 8)), self.jour)
        return le - jours(self.chance.randint(0, 60))

    # -- a day

    def passe(self) -> None:
        """One day, from the scan of the morning to the commit of the evening."""
        self.registre.jour = self.jour
        with self.database.writing() as session:
            scan_due(session, today=self.jour, now=self.matin, naissances=self.born)
            self.escaladees += escalate(session, today=self.jour, now=self.matin)
        self._departs()
        if ouvre(self.jour):
            self._travaille()
        self._arrivees()
        with self._ecrit():
            pass

    @property
    def matin(self) -> datetime:
        return datetime.combine(self.jour, time(5), tzinfo=UTC)

    @contextmanager
    def _ecrit(self) -> Any:
        """What is written inside, and before it, reaches the database in one unit of work."""
        yield self.registre
        with self.database.writing() as session:
            self.suivis += self.registre.verse(session)

    def scanne(self) -> Bilan:
        """The nightly scan of everybody."""
        with self.database.writing() as session:
            return scan(session, today=self.jour, now=self.matin + timedelta(hours=16), naissances=self.born)

    def _travaille(self) -> None:
        self.portefeuilles = self._portefeuilles()
        with self.database.reading() as session:
            for poste in self.coordinateurs:
                if poste.present(self.jour) and self.jour.weekday() in (0, 3):
                    self._coordonne(session, poste)
            for poste in self.postes:
                if poste.present(self.jour):
                    self._journee(session, poste)

    def _portefeuilles(self) -> dict[int, list[Fiche]]:
        found: dict[int, list[Fiche]] = {poste.id: [] for poste in self.postes}
        for fiche in self.registre.fiches.values():
            if fiche.clos_le is None and fiche.referent is not None:
                found[fiche.referent].append(fiche)
        return found

    def _journee(self, session: Any, poste: Poste) -> None:
        """Appointments, then *Ma journée*, then the list while there is time left."""
        left = poste.capacite - self._rendez_vous(poste)
        left -= self._d_eux_memes(poste)
        if self.jour.month == 9:
            self._rentree(poste)
        if (self.jour.toordinal() + poste.id) % 3 == 0:
            # one day in three at their desk, the others out of the office
            left += poste.capacite
            left -= self._prend(poste, self.regarde(session, poste), left)
            if left > 2:
                boite = inbox(session, agent=poste.compte, today=self.jour, apres=None, limite=2 * poste.limite)
                self._vu(boite.lignes)
                self._prend(poste, boite.lignes, left)

    def regarde(self, session: Any, poste: Poste) -> list[Ligne]:
        """*Ma journée*, never longer than what the structure set."""
        found = today_lines(session, poste.compte, self.jour, poste.limite)
        assert len(found.lignes) == min(found.total, poste.limite)
        assert len({ligne.dossier_id for ligne in found.lignes}) == len(found.lignes)
        self.regards += 1
        self.lignes += len(found.lignes)
        self.raisons.update(Regle(ligne.alertes[0].regle) for ligne in found.lignes)
        self._vu(found.lignes)
        return found.lignes

    def _vu(self, lignes: Iterable[Ligne]) -> None:
        for ligne in lignes:
            for dite in ligne.alertes:
                self.vues.setdefault(dite.alerte_id, self.jour)

    def _prend(self, poste: Poste, lignes: Iterable[Ligne], left: int) -> int:
        done = 0
        for ligne in lignes:
            if done >= left:
                break
            done += self.actes.traite(poste, ligne)
        return done

    def _rendez_vous(self, poste: Poste) -> int:
        """Those of the day; one in five is not written down."""
        done = 0
        for fiche, rdv in poste.agenda.pop(self.jour, ()):
            if not rdv.prevu or fiche.id in self.registre.touches or self.chance.random() < 0.2:
                continue
            done += 1
            if self.chance.random() < 0.7:
                self.actes.entretien(poste, self.vie.jeunes[fiche.id], Canal.ENTRETIEN)
            else:
                missed = self.chance.choice([Resultat.ABSENT_NON_EXCUSE, Resultat.EXCUSE])
                self.registre.suivi(fiche, poste.id, Canal.ENTRETIEN, missed)
                self.registre.solde(fiche, rdv, tenu=False)
        return done

    def _d_eux_memes(self, poste: Poste) -> int:
        mine, done = self.portefeuilles[poste.id], 0
        for _ in range(min(len(mine), self.chance.choice(DE_SOI_MEME))):
            fiche = self.chance.choice(mine)
            if fiche.id not in self.registre.touches:
                done += 1
                self.actes.rencontre(poste, fiche)
        return done

    def _rentree(self, poste: Poste) -> None:
        """The lists of the schools come in September, and most are on them."""
        done = 0
        for fiche in self.portefeuilles[poste.id]:
            if done >= 8 or fiche.id in self.registre.touches or fiche.id % 7 == self.jour.year % 7:
                continue
            jeune = self.vie.jeunes[fiche.id]
            if any(one[0] <= self.jour and one[2].genre in ECOLES for one in jeune.nouvelles):
                done += self.vie.apprend(jeune, self.jour)

    def _coordonne(self, session: Any, poste: Poste) -> None:
        """Who has nobody, and what was brought to them."""
        left = poste.capacite
        portees = inbox(session, agent=poste.compte, today=self.jour, apres=None, vue=Vue.PORTEES)
        self._vu(portees.lignes)
        for ligne in [*self.regarde(session, poste), *portees.lignes]:
            fiche = self.registre.fiches[ligne.dossier_id]
            if left > 0 and fiche.id not in self.registre.touches:
                left -= self._decide(poste, fiche, ligne)

    def _decide(self, poste: Poste, fiche: Fiche, ligne: Ligne) -> bool:
        held = next((one for one in self.postes if one.id == fiche.referent), None)
        gone = held is not None and held.parti is not None and held.parti <= self.jour
        # a departure is not handed over in a day
        late = gone and held.parti + jours(15 + fiche.id % 25) > self.jour
        away = held is not None and not held.present(self.jour) and fiche.id % 5 == 0
        if fiche.clos_le is None and not late and (held is None or gone or away):
            return self._confie(fiche)
        return not late and self.actes.traite(poste, ligne)

    def _confie(self, fiche: Fiche) -> bool:
        """To whoever has the fewest, among those at work."""
        there = [
            poste
            for poste in self.postes
            if poste.compte.structure_id == fiche.structure and poste.present(self.jour) and poste.id != fiche.referent
        ]
        if not there:
            return False
        chosen = min(there, key=lambda poste: len(self.portefeuilles.get(poste.id, ())))
        self.portefeuilles.setdefault(chosen.id, []).append(fiche)
        self.registre.confie(fiche, chosen.id)
        return True

    # -- comings and goings

    def _arrivees(self) -> None:
        for fiche in self.retours.pop(self.jour, ()):
            self.registre.rouvre(fiche)
            if self.chance.random() < 0.6:
                self._confie(fiche)
        for number in sorted(self.registre.clotures):
            if self.chance.random() < 0.15:
                back = self.jour + jours(self.chance.randint(20, 400))
                self.retours.setdefault(back, []).append(self.registre.fiches[number])
        if not ouvre(self.jour):
            return
        followed = sum(fiche.clos_le is None for fiche in self.registre.fiches.values())
        for _ in range(min(6, self.jeunes - followed)):
            fiche = self._entre(self.chance.choice([1, 1, 1, 2, 2, 3, 3]), self.jour)
            if self.chance.random() < 0.85:
                self._confie(fiche)

    def _departs(self) -> None:
        """An account is disabled: its dossiers are touched, as the service does."""
        since = (self.jour - DEBUT).days
        if since not in DEPARTS:
            return
        poste = self.postes[DEPARTS[since]]
        poste.parti = self.jour
        with self.database.writing() as session:
            session.execute(update(Agent).where(Agent.id == poste.id).values(desactive_le=self.matin))
            for fiche in self.registre.fiches.values():
                if fiche.clos_le is None and fiche.referent == poste.id:
                    touch(session, fiche.id)
        with self.database.writing() as session:
            self.postes.append(self._poste(session, poste.compte.structure_id, {}, referent=True))
