"""Promises, on random histories: scan = sum of re-evaluations, twice = once, order does not matter, both engines
agree, and all of them with a reading of the rules written apart, in Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.alertes.services import Bilan, reevaluate, scan
from app.parcours.vocabulaire import GenreEtape, Intensite, Situation, StatutEtape
from tests.alertes.monde import JOUR, Dite, Monde, a_midi, jours

DOSSIERS = 3
AGENTS = 2
OPENED = JOUR - jours(400)
RHYTHMS = {
    "decrochage": 14,
    "sans_solution": 14,
    "raccrochage": 21,
    "scolarite_fragile": 21,
    "accompagnement": 30,
    "inconnue": 30,
    "alternance": 45,
    "formation": 45,
    "emploi": 60,
    "insertion_activite_economique": 60,
    "service_civique": 60,
    "indisponible": 60,
    "scolarite": 90,
    "enseignement_superieur": 90,
}

Event = tuple[int, str, Any]
ages = st.integers(min_value=-20, max_value=130)
etapes = st.tuples(
    st.sampled_from([GenreEtape.CHANTIER_EDUCATIF, GenreEtape.STAGE]),
    st.sampled_from([StatutEtape.PREVUE, StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE]),
    ages,
    st.none() | st.integers(0, 60),
)
events = st.one_of(
    st.tuples(st.just("contact"), st.none() | st.integers(0, 130)),
    st.tuples(st.just("situation"), st.sampled_from([s for s in Situation if s is not Situation.SORTI])),
    st.tuples(st.just("intensite"), st.sampled_from(Intensite)),
    st.tuples(st.just("etape"), etapes),
    st.tuples(st.just("fin_etape"), st.none()),
    st.tuples(st.just("clot"), st.integers(0, 10)),
    st.tuples(st.just("rouvre"), st.integers(0, 40)),
    st.tuples(st.just("sans_referent"), st.integers(0, 6)),
    st.tuples(st.just("affecte"), st.integers(0, AGENTS - 1)),
)
histories = st.lists(st.tuples(st.integers(0, DOSSIERS - 1), events).map(lambda e: (e[0], *e[1])), max_size=20)


@dataclass
class File:
    """What the test itself knows of one dossier."""

    id: int
    dernier_contact: date | None = None
    situation: Situation = Situation.INCONNUE
    intensite: Intensite = Intensite.SOUTENU
    clos_le: date | None = None
    rouvert_le: date | None = None
    referent: int | None = None
    parti_le: date | None = None
    etapes: dict[Any, list] = field(default_factory=dict)


class Histoire:
    """Three files, two agents; each event is written to the database and noted in Python."""

    def __init__(self, session: Session) -> None:
        self.monde = Monde(session)
        self.agents = [self.monde.agent() for _ in range(AGENTS)]
        self.disabled: dict[int, date] = {}
        self.files = [File(self.monde.dossier(None, ouvert_le=OPENED)) for _ in range(DOSSIERS)]

    def play(self, event: Event) -> int:
        """Write one event; the dossier that it touches."""
        which, what, value = event
        getattr(self, what)(self.files[which], value)
        return self.files[which].id

    def contact(self, file: File, ago: int | None) -> None:
        file.dernier_contact = None if ago is None else JOUR - jours(ago)
        self.monde.etat(file.id, dernier_contact=file.dernier_contact)

    def situation(self, file: File, situation: Situation) -> None:
        if file.clos_le is None:
            file.situation = situation
            self.monde.etat(file.id, situation=situation)

    def intensite(self, file: File, intensite: Intensite) -> None:
        file.intensite = intensite
        self.monde.intensite(file.id, intensite)

    def etape(self, file: File, value: Any) -> None:
        genre, statut, ago, lasting = value
        debut = JOUR - jours(ago)
        if any(known[:3:2] == [genre, debut] for known in file.etapes.values()):
            return
        fin_prevue = None if lasting is None else debut + jours(lasting)
        number = self.monde.etape(file.id, genre, statut, debut, fin_prevue=fin_prevue)
        file.etapes[number] = [genre, statut, debut, fin_prevue]

    def fin_etape(self, file: File, value: None) -> None:
        for number, known in file.etapes.items():
            if known[1] is not StatutEtape.TERMINEE:
                known[1] = StatutEtape.TERMINEE
                self.monde.change_etape(file.id, number, statut=StatutEtape.TERMINEE, fin=known[2])
                return

    def clot(self, file: File, ago: int) -> None:
        if file.clos_le is None:
            file.clos_le, file.situation = JOUR - jours(ago), Situation.SORTI
            self.monde.clot(file.id, file.clos_le)

    def rouvre(self, file: File, ago: int) -> None:
        if file.clos_le is not None:
            day = max(JOUR - jours(ago), file.clos_le)
            self.monde.rouvre(file.id, file.clos_le, day)
            file.clos_le, file.situation = None, Situation.INCONNUE
            file.rouvert_le = max(day, file.rouvert_le or day)

    def sans_referent(self, file: File, ago: int) -> None:
        if file.referent is not None:
            day = JOUR - jours(ago)
            self.monde.retire_referent(file.id, a_midi(day))
            file.referent, file.parti_le = None, max(day, file.parti_le or day)

    def affecte(self, file: File, agent: int) -> None:
        if file.referent is None:
            file.referent = self.agents[agent]
            self.monde.affecte(file.id, file.referent, a_midi(OPENED))

    def disable(self, agent: int, day: date) -> list[int]:
        number = self.agents[agent]
        self.disabled[number] = day
        self.monde.desactive(number, a_midi(day))
        return [file.id for file in self.files if file.referent == number]

    def expected(self, today: date) -> set[Dite]:
        """The alerts that the rules ask for, read apart from the SELECTs."""
        said = {one for file in self.files for one in self._of(file)}
        return {
            one for one in said if one[4] <= today and not any(self._closed(file, one, today) for file in self.files)
        }

    def _closed(self, file: File, one: Dite, today: date) -> bool:
        return file.id == one[0] and file.clos_le is not None and file.clos_le <= today

    def _of(self, file: File) -> list[Dite]:
        opened = max(OPENED, file.rouvert_le or OPENED)
        heard = file.dernier_contact is not None and file.dernier_contact >= opened
        since = file.dernier_contact if heard else opened
        found: list[Dite] = []
        if file.situation is not Situation.SORTI:
            rhythm = RHYTHMS[file.situation]
            working = [GenreEtape.CHANTIER_EDUCATIF, StatutEtape.EN_COURS]
            if any(known[:2] == working for known in file.etapes.values()):
                rhythm = min(rhythm, 14)
            rhythm *= {"soutenu": 1, "suivi": 2, "veille": 4}[file.intensite]
            start = "contact" if heard else "reouverture" if file.rouvert_le else "ouverture"
            grave = 1 if file.situation in ("decrochage", "sans_solution") else 2
            facts = {"jours": rhythm, "situation": file.situation, "intensite": file.intensite, "depart": start}
            found.append(said(file.id, "silence", since.isoformat(), since, since + jours(rhythm), grave, facts))
        for number, (genre, statut, debut, fin_prevue) in file.etapes.items():
            late, which = (debut, "debut") if statut is StatutEtape.PREVUE else (fin_prevue, "fin")
            if late is not None and statut is not StatutEtape.TERMINEE:
                facts = {"attendu": which, "genre": genre}
                found.append(said(file.id, "etape_en_retard", number.hex, late, late + jours(14), 3, facts))
        if file.referent is None:
            left = file.parti_le is not None and file.parti_le >= opened
            since = file.parti_le if left else opened
            facts = {"motif": "affectation_terminee" if left else "jamais_affecte"}
            found.append(said(file.id, "sans_referent", since.isoformat(), since, since + jours(3), 1, facts))
        elif (day := self.disabled.get(file.referent)) is not None:
            facts = {"motif": "referent_desactive"}
            found.append(said(file.id, "sans_referent", f"agent:{file.referent}", day, day, 1, facts))
        return found


def said(dossier: int, regle: str, cle: str, depuis: date, due: date, gravite: int, faits: dict[str, Any]) -> Dite:
    return dossier, regle, cle, depuis, due, gravite, tuple(sorted(faits.items()))


def by_place(histoire: Histoire) -> set[Any]:
    """What is open, with dossiers, agents and steps named by what they are, so that two databases compare."""
    places = {file.id: place for place, file in enumerate(histoire.files)}
    names = {f"agent:{number}": f"agent:{place}" for place, number in enumerate(histoire.agents)}
    names |= {number.hex: f"{known[0]} {known[2]}" for file in histoire.files for number, known in file.etapes.items()}
    return {(places[one[0]], one[1], names.get(one[2], one[2]), *one[3:]) for one in histoire.monde.ouvertes()}


def at(day: date):
    return {"today": day, "now": a_midi(day)}


def write_by_write(histoire: Histoire, history: list[Event], today: date) -> None:
    for event in history:
        reevaluate(histoire.monde.session, [histoire.play(event)], **at(today))


def all_then_scan(histoire: Histoire, history: list[Event], today: date) -> None:
    for event in history:
        histoire.play(event)
    scan(histoire.monde.session, **at(today))


def dossier_by_dossier(histoire: Histoire, history: list[Event], today: date) -> None:
    ids = [histoire.play(event) for event in sorted(history, key=lambda event: -event[0])]
    if ids:
        reevaluate(histoire.monde.session, sorted(set(ids)), **at(today))


WAYS = [write_by_write, all_then_scan, dossier_by_dossier]
ENGINES = ["sqlite", "postgresql"]
without_engine_reset = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def both(request: pytest.FixtureRequest) -> list[Any]:
    return [request.getfixturevalue(f"{name}_tables") for name in ENGINES]


@pytest.mark.postgresql
@without_engine_reset
@given(
    history=histories, later=st.integers(0, 130), disabled=st.none() | st.tuples(st.integers(0, 1), st.integers(0, 9))
)
def test_every_way_says_the_same_on_both_engines(both: list[Any], history: list[Event], later: int, disabled: Any):
    today = JOUR + jours(later)
    found = []
    for engine in both:
        for way in WAYS:
            with Session(engine) as session:
                histoire = Histoire(session)
                # a world where everything already had its alert, before the history
                scan(session, **at(JOUR))
                way(histoire, history, JOUR)
                if disabled:
                    ids = histoire.disable(disabled[0], JOUR - jours(disabled[1]))
                    reevaluate(session, ids, **at(JOUR))
                assert histoire.monde.ouvertes() == histoire.expected(JOUR), way.__name__
                assert scan(session, **at(JOUR)) == Bilan(), f"{way.__name__}, then a scan"

                scan(session, **at(today))
                assert histoire.monde.ouvertes() == histoire.expected(today)
                assert scan(session, **at(today)) == Bilan(), "a second scan"
                found.append(by_place(histoire))
                session.rollback()
    assert all(one == found[0] for one in found)


@pytest.mark.postgresql
@without_engine_reset
@given(history=histories, days=st.lists(st.integers(0, 60), min_size=1, max_size=3))
def test_reevaluating_everybody_is_a_scan_on_any_day(both: list[Any], history: list[Event], days: list[int]):
    for engine in both:
        with Session(engine) as session:
            histoire = Histoire(session)
            for event in history:
                histoire.play(event)
            ids = [file.id for file in histoire.files]
            for shift in days:
                today = JOUR + jours(shift)
                for one in ids:
                    reevaluate(session, [one], **at(today))
                assert histoire.monde.ouvertes() == histoire.expected(today)
                assert scan(session, **at(today)) == Bilan()
            session.rollback()
