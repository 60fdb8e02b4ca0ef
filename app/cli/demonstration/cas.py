"""The journeys that show each rule, and each act that answers it, a few times. Pure; days count from today.

Their dates make one thing speak and leave the rest quiet: a recent exchange, a situation known lately.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from app.alertes.rules import JUGEMENT_RENTREE
from app.alertes.vocabulaire import MotifReport, Regle
from app.cli.demonstration.histoires import Geste, Histoire, Pas, attempt, exchange
from app.parcours.vocabulaire import Contrat, GenreEtape, IssueEtape, StatutEtape
from app.parcours.vocabulaire_actes import (
    GenreJalon,
    MotifAttente,
    MoyenDemarche,
    ObjetVerification,
    ResultatDemarche,
)

G, S, J, M = GenreEtape, StatutEtape, GenreJalon, MoyenDemarche
TENTEE, SANS_OBJET = ResultatDemarche.TENTEE, ResultatDemarche.SANS_OBJET
# Contacts before those that a journey tells, in days.
RYTHME = 11


class P(NamedTuple):
    """A step, in days from today."""

    genre: GenreEtape
    debut: int
    fin: int | None = None
    statut: StatutEtape | None = None
    prevue: int | None = None
    heures: int | None = None


class A(NamedTuple):
    """An act; its keywords, those named in `JOURS` in days from today too."""

    jour: int
    quoi: str
    dit: dict[str, Any] = {}


JOURS = frozenset({"jusqu_au", "le", "debut", "fin"})


@dataclass(frozen=True, slots=True)
class Cas:
    """Who: structure, first name of the référent, (years, days) since birth. What: see `recit`."""

    structure: str
    referent: str
    age: tuple[int, int]
    ouvert: int
    etapes: tuple[P, ...]
    vus: tuple[int, ...]
    manques: tuple[int, ...] = ()
    gestes: tuple[A, ...] = ()
    # known by a nickname, and not told yet that a file is kept
    anonyme: bool = False

    def naissance(self, today: date) -> date:
        years, days = self.age
        day = today - timedelta(days=days)
        return day.replace(year=day.year - years, day=min(day.day, 28))


def recit(cas: Cas, random: Random, today: date) -> Histoire:
    """The journey, with older exchanges before those that it tells."""

    def on(days: int) -> date:
        return today + timedelta(days=days)

    def when(days: int) -> date:
        return on(days) - timedelta(days=on(days).weekday() == 6)

    histoire = Histoire(ouvert_le=on(cas.ouvert), etapes=[_step(pas, on) for pas in cas.etapes])
    kind = cas.etapes[-1].genre if cas.etapes else None
    told = min((*cas.vus, *cas.manques))
    seen = [*range(cas.ouvert, told - RYTHME + 2, RYTHME), *cas.vus]
    histoire.contacts = [exchange(random, kind, max(histoire.ouvert_le, when(days))) for days in seen]
    histoire.contacts += [attempt(random, when(days)) for days in cas.manques]
    histoire.contacts.sort(key=lambda contact: contact.jour)
    for acte in cas.gestes:
        dit = {name: on(value) if name in JOURS else value for name, value in acte.dit.items()}
        histoire.gestes.append(Geste(on(acte.jour), acte.quoi, dit))
    return histoire


def _step(pas: P, on: Callable[[int], date]) -> Pas:
    over = pas.fin is not None
    statut = pas.statut or (S.TERMINEE if over else S.EN_COURS)
    broken = over and statut is not S.TERMINEE
    return Pas(
        pas.genre,
        on(pas.debut),
        on(pas.fin) if over else None,
        statut,
        fin_prevue=None if pas.prevue is None else on(pas.prevue),
        issue=IssueEtape.RUPTURE if broken else None,
        contrat=Contrat.CDD_COURT if pas.genre is G.EMPLOI else None,
        heures=pas.heures,
    )


def end_of_school_year(today: date) -> date:
    """The one that the rentrée to come follows."""
    judged = date(today.year, *JUGEMENT_RENTREE)
    return date(today.year + (today >= judged), 7, 5)


def _jalons(*dated: tuple[int, GenreJalon]) -> tuple[A, ...]:
    return tuple(A(jour, "jalon", {"genre": genre}) for jour, genre in dated)


def _search(*ways: tuple[int, MoyenDemarche, ResultatDemarche]) -> tuple[A, ...]:
    return tuple(A(jour, "chercher", {"moyen": moyen, "resultat": resultat}) for jour, moyen, resultat in ways)


def _put_off(jour: int, regle: Regle, motif: MotifReport, jusqu_au: int) -> A:
    return A(jour, "reporter", {"regle": regle, "motif": motif, "jusqu_au": jusqu_au})


def cases(today: date) -> Sequence[Cas]:
    """All of them."""
    return (*_duty(), *_waits_and_searches(), *_steps(today), *_returns(), *_chantiers(), *_ages())


def _duty() -> tuple[Cas, ...]:
    """The duty of training, at each of its stages."""
    convened = ((-120, J.ENTRETIEN_PROPOSE), (-106, J.ABSENCE_NON_JUSTIFIEE), (-76, J.CONVOCATION))
    confirmed = A(-21, "verifier", {"objet": ObjetVerification.SITUATION})
    nothing = (P(G.SCOLARITE, -400, -131), P(G.SANS_SOLUTION, -130))
    return (
        Cas("ML", "Nadia", (16, 200), -18, (P(G.SANS_SOLUTION, -22),), (-6,)),
        Cas("ML", "Nadia", (17, 100), -125, nothing, (-24, -11), (), (*_jalons(*convened), confirmed)),
        Cas("ML", "Thomas", (17, 60), -48, (P(G.SCOLARITE, -300, -50), P(G.DECROCHAGE, -49)), (-8,), (),
            _jalons((-40, J.ENTRETIEN_PROPOSE), (-12, J.ABSENCE_NON_JUSTIFIEE))),
        Cas("ML", "Awa", (16, 150), -84, (P(G.SANS_SOLUTION, -90),), (-5,), (),
            (*_jalons((-70, J.ENTRETIEN_PROPOSE), (-55, J.ABSENCE_NON_JUSTIFIEE), (-35, J.CONVOCATION)), confirmed)),
        Cas("ML", "Awa", (17, 150), -190, (P(G.SANS_SOLUTION, -200),), (-7,), (),
            (*_jalons((-150, J.ENTRETIEN_PROPOSE), (-120, J.ABSENCE_NON_JUSTIFIEE), (-95, J.CONVOCATION),
                      (-30, J.TRANSMISSION_DEPARTEMENT)), confirmed)),
        Cas("ML", "Thomas", (16, 220), -52, (P(G.SANS_SOLUTION, -54),), (-9,), (),
            (A(-30, "jalon", {"genre": J.EXEMPTION_MEDICALE, "jusqu_au": 60}),)),
    )  # fmt: skip


def _waits_and_searches() -> tuple[Cas, ...]:
    """Waits, searches, appointments without a sequel, entries that do not move, a nickname, no référent left."""
    all_ways = (
        (-24, M.MESSAGE, TENTEE), (-19, M.VISITE, TENTEE), (-15, M.PARTENAIRE, TENTEE), (-15, M.FAMILLE, SANS_OBJET),
        (-11, M.PAIRS, TENTEE),
    )  # fmt: skip
    lost = tuple(
        Cas(structure, referent, (20, 60), -80, (P(G.FORMATION, -100),), (-18 - left,), (), (A(-left, "partir"),))
        for structure, referent, left in (("ML", "Thomas", 2), ("CLUB", "Karim", 7), ("PLIE", "Lucie", 18))
    )
    return (
        Cas("ML", "Nadia", (19, 200), -38, (P(G.SANS_SOLUTION, -44), P(G.FORMATION, 26, statut=S.PREVUE)), (-19,), (),
            (A(-12, "attendre", {"motif": MotifAttente.RENTREE, "jusqu_au": 27}),)),
        Cas("ML", "Thomas", (22, 90), -140, (P(G.EMPLOI, -150),), (-9,), (),
            (A(-70, "attendre", {"motif": MotifAttente.HORS_TERRITOIRE, "jusqu_au": -20}), A(-33, "reprendre"))),
        Cas("ML", "Nadia", (20, 60), -70, (P(G.SANS_SOLUTION, -50),), (-27,), (-18, -12),
            _search((-9, M.MESSAGE, TENTEE), (-4, M.VISITE, TENTEE))),
        Cas("CLUB", "Karim", (18, 200), -140, (P(G.FORMATION, -150),), (-41,), (-33, -28), _search(*all_ways)),
        Cas("ML", "Nadia", (19, 60), -90, (P(G.FORMATION, -95),), (-21,), (), (A(-20, "prevoir", {"le": -9}),)),
        Cas("PLIE", "David", (22, 200), -90, (P(G.EMPLOI, -95),), (-26,), (), (A(-25, "prevoir", {"le": -12}),)),
        Cas("ML", "Thomas", (18, 180), -37, (), (-9,), (),
            (_put_off(-2, Regle.ENTREE_IMMOBILE, MotifReport.ATTENTE_PARTENAIRE, 9),)),
        Cas("CLUB", "Sarah", (14, 100), -34, (), (-10,)),
        Cas("CLUB", "Karim", (19, 150), -39, (P(G.SANS_SOLUTION, -45),), (-6,), anonyme=True),
        *lost,
    )  # fmt: skip


def _steps(today: date) -> tuple[Cas, ...]:
    """Steps that are late, that end, that broke off, that nothing has moved for a year; the end of the school year."""
    school = (end_of_school_year(today) - today).days
    return (
        Cas("ML", "Awa", (20, 90), -150, (P(G.IAE, -160, prevue=-18),), (-10,)),
        Cas("PLIE", "Lucie", (23, 90), -130, (P(G.SERVICE_CIVIQUE, -140, prevue=-21),), (-12,)),
        Cas("ML", "Awa", (19, 100), -110, (P(G.EMPLOI, -120, prevue=11),), (-13,)),
        Cas("ML", "Thomas", (22, 200), -110, (P(G.EMPLOI, -120, prevue=19),), (-16,), (),
            (_put_off(-3, Regle.ETAPE_QUI_FINIT, MotifReport.RDV_FIXE, 6),)),
        Cas("ML", "Awa", (19, 120), -150, (P(G.IAE, -140, -36, S.INTERROMPUE_JEUNE),), (-14,)),
        Cas("PLIE", "David", (22, 60), -150, (P(G.ALTERNANCE, -170, -41, S.INTERROMPUE_STRUCTURE),), (-15,)),
        Cas("PLIE", "Lucie", (22, 120), -430, (P(G.ALTERNANCE, -402),), (-20,), (),
            (A(-60, "verifier", {"objet": ObjetVerification.SITUATION}),
             A(-9, "inutile", {"regle": Regle.PARCOURS_IMMOBILE}))),
        Cas("ML", "Awa", (16, 100), -60, (P(G.SCOLARITE, -320, prevue=school),), (-15,)),
        Cas("CLUB", "Sarah", (14, 60), -75, (P(G.SCOLARITE_FRAGILE, -320, prevue=school),), (-7,)),
    )  # fmt: skip


def _returns() -> tuple[Cas, ...]:
    """Returns that are fragile, that hold for six months; a décrochage that lasts."""
    return (
        Cas("ML", "Nadia", (17, 90), -120, (P(G.DECROCHAGE, -122, -42), P(G.RACCROCHAGE, -41)), (-17,), (-6,)),
        Cas("CLUB", "Karim", (15, 80), -110, (P(G.DECROCHAGE, -115, -36), P(G.SCOLARITE, -35)), (-15,), (-4,)),
        Cas("ML", "Nadia", (18, 200), -260, (P(G.DECROCHAGE, -265, -193), P(G.FORMATION, -192)), (-12,), (),
            (A(-25, "verifier", {"objet": ObjetVerification.SITUATION}),)),
        Cas("CLUB", "Karim", (14, 150), -80, (P(G.SCOLARITE_FRAGILE, -200, -73), P(G.DECROCHAGE, -72)), (-8,), (),
            (A(-20, "verifier", {"objet": ObjetVerification.SITUATION}),)),
    )  # fmt: skip


def _chantiers() -> tuple[Cas, ...]:
    """A minor's chantier without its agreements and with them; hours near the ceiling."""
    weeks = ((-330, -300), (-260, -230), (-180, -150), (-110, -80), (-40, -12))
    months = tuple(P(G.CHANTIER_EDUCATIF, debut, fin, heures=142) for debut, fin in weeks)
    confirmed = A(-15, "verifier", {"objet": ObjetVerification.SITUATION})
    return (
        Cas("CLUB", "Sarah", (15, 100), -45, (P(G.SCOLARITE_FRAGILE, -60),), (-6,), (),
            (A(-3, "chantier", {"debut": 20, "fin": 25}),)),
        Cas("CLUB", "Karim", (17, 100), -50, (P(G.SCOLARITE_FRAGILE, -60),), (-4,), (),
            (A(-15, "chantier", {"debut": -5, "fin": 34}), A(-10, "accord"), A(-5, "commencer"))),
        Cas("CLUB", "Sarah", (19, 100), -345, (*months, P(G.SANS_SOLUTION, -340)), (-5,), (), (confirmed,)),
    )  # fmt: skip


def _ages() -> tuple[Cas, ...]:
    """Birthdays within the next 90 days."""
    return (
        Cas("ML", "Thomas", (17, 282), -60, (P(G.ALTERNANCE, -70),), (-8,)),
        Cas("CLUB", "Sarah", (15, 300), -60, (P(G.SCOLARITE, -70),), (-15,), (),
            (_put_off(-2, Regle.AGE, MotifReport.RDV_FIXE, 12),)),
        Cas("PLIE", "Lucie", (24, 310), -60, (P(G.FORMATION, -70),), (-14,)),
    )  # fmt: skip
