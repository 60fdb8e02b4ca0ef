"""What happens to the young people, whether or not somebody knows: ends, broken contracts, dropouts, returns.

`Jeune.nouvelles` holds what has happened or will: an agent learns of it at the next exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from app.parcours.vocabulaire import Contrat, GenreEtape, Intensite, StatutEtape
from tests.simulation.journal import Fiche, Pas, jours
from tests.simulation.registre import Registre

G = GenreEtape
ECOLES = frozenset({G.SCOLARITE, G.SCOLARITE_FRAGILE, G.ENSEIGNEMENT_SUPERIEUR})
VIDES = frozenset({G.DECROCHAGE, G.SANS_SOLUTION})
# (shortest, longest) in days, and the risk of a break in a month
DUREES: dict[GenreEtape, tuple[int, int]] = {
    G.EMPLOI: (30, 240),
    G.IAE: (120, 240),
    G.ALTERNANCE: (330, 700),
    G.FORMATION: (80, 250),
    G.SERVICE_CIVIQUE: (180, 270),
    G.RACCROCHAGE: (90, 210),
    G.INDISPONIBLE: (40, 120),
    G.ACCOMPAGNEMENT: (170, 365),
    G.CHANTIER_EDUCATIF: (5, 45),
    G.STAGE: (10, 30),
}
RUPTURES: dict[GenreEtape, float] = {
    G.EMPLOI: 0.05,
    G.IAE: 0.04,
    G.ALTERNANCE: 0.03,
    G.FORMATION: 0.05,
    G.ENSEIGNEMENT_SUPERIEUR: 0.02,
    G.SCOLARITE: 0.008,
    G.SCOLARITE_FRAGILE: 0.05,
    G.SERVICE_CIVIQUE: 0.03,
    G.RACCROCHAGE: 0.06,
}
# how long one stays without anything, on average
VIDE_MOYEN = 130

Tirage = tuple[tuple[GenreEtape | None, int], ...]
ENTREES: tuple[tuple[int, Tirage], ...] = (
    (16, ((G.SCOLARITE, 66), (G.SCOLARITE_FRAGILE, 20), (G.DECROCHAGE, 9), (G.RACCROCHAGE, 4), (None, 1))),
    (18, ((G.SCOLARITE, 44), (G.SCOLARITE_FRAGILE, 14), (G.DECROCHAGE, 14), (G.SANS_SOLUTION, 8), (G.ALTERNANCE, 8),
          (G.FORMATION, 8), (None, 4))),
    (99, ((G.SANS_SOLUTION, 28), (G.EMPLOI, 22), (G.FORMATION, 14), (G.ALTERNANCE, 10), (G.ENSEIGNEMENT_SUPERIEUR, 8),
          (G.IAE, 5), (G.SERVICE_CIVIQUE, 4), (G.ACCOMPAGNEMENT, 4), (G.INDISPONIBLE, 2), (None, 3))),
)  # fmt: skip
SUITES: dict[str, tuple[Tirage, Tirage]] = {
    # of a minor, of an adult
    "fin": (
        ((G.SCOLARITE, 62), (G.SCOLARITE_FRAGILE, 8), (G.ALTERNANCE, 8), (G.FORMATION, 8), (G.DECROCHAGE, 14)),
        ((G.EMPLOI, 34), (G.FORMATION, 20), (G.SANS_SOLUTION, 22), (G.ALTERNANCE, 8), (None, 16)),
    ),
    "ecole": (
        ((G.SCOLARITE, 84), (G.SCOLARITE_FRAGILE, 8), (G.ALTERNANCE, 4), (None, 4)),
        ((G.ENSEIGNEMENT_SUPERIEUR, 34), (G.EMPLOI, 22), (G.ALTERNANCE, 12), (G.SANS_SOLUTION, 14), (None, 18)),
    ),
    "rupture": (
        ((G.DECROCHAGE, 72), (G.RACCROCHAGE, 8), (None, 20)),
        ((G.SANS_SOLUTION, 58), (G.EMPLOI, 10), (None, 32)),
    ),
    "retour": (
        ((G.RACCROCHAGE, 56), (G.SCOLARITE, 22), (G.FORMATION, 14), (G.ALTERNANCE, 8)),
        ((G.EMPLOI, 34), (G.FORMATION, 26), (G.IAE, 12), (G.SERVICE_CIVIQUE, 8), (G.ALTERNANCE, 10),
         (G.ACCOMPAGNEMENT, 10)),
    ),
}  # fmt: skip


@dataclass(eq=False, slots=True)
class Jeune:
    """A young person behind a file. `joignable`: how often they answer; to nobody from the first day of `perdu` on."""

    fiche: Fiche
    joignable: float
    perdu: tuple[date, date] | None = None
    nouvelles: list[tuple[date, str, Pas]] = field(default_factory=list)


def fin_scolaire(chance: Random, jour: date, age: int) -> date:
    """The end of a school year; for most, of the cycle: collège, then lycée."""
    year = jour.year + (jour.month >= 6)
    if age < 17 and chance.random() < 0.6:
        year += max(0, (15 if age < 15 else 18) - age - 1)
    return date(year, 6 if chance.random() < 0.3 else 7, chance.randint(2, 6) if chance.random() < 0.7 else 4)


class Vie:
    """Chance, and what it gives."""

    def __init__(self, registre: Registre, chance: Random) -> None:
        self.registre, self.chance = registre, chance
        self.jeunes: dict[int, Jeune] = {}

    def tire(self, tirage: Tirage) -> GenreEtape | None:
        return self.chance.choices([one[0] for one in tirage], [one[1] for one in tirage])[0]

    def entree(self, age: int) -> GenreEtape | None:
        return self.tire(next(tirage for limit, tirage in ENTREES if age < limit))

    def suite(self, issue: str, age: int, jour: date) -> tuple[GenreEtape | None, date]:
        """What comes after, and when: after the summer for what follows a school year."""
        genre = self.tire(SUITES[issue][age >= 18])
        if genre in {G.ALTERNANCE, G.FORMATION, G.SERVICE_CIVIQUE} and age < 16:
            genre = G.SCOLARITE
        begins = jour + jours(self.chance.randint(0, 25))
        if issue == "ecole" and genre in ECOLES | {G.ALTERNANCE}:
            begins = date(jour.year, 9, self.chance.randint(1, 8))
        return genre, max(begins, jour)

    def commence(self, fiche: Fiche, genre: GenreEtape, debut: date, jour: date) -> Pas:
        """The step of that kind, open when it has begun by `jour`, planned otherwise."""
        fin = None
        contrat = None
        since = max(debut, jour)
        if genre in ECOLES:
            fin = fin_scolaire(self.chance, since, fiche.age(since))
        elif genre in DUREES:
            fin = since + jours(self.chance.randint(*DUREES[genre]))
        if genre is G.EMPLOI:
            contrat = self.chance.choice([Contrat.CDI, Contrat.CDD_COURT, Contrat.INTERIM, Contrat.CDD_6_MOIS_PLUS])
            fin = None if contrat is Contrat.CDI else fin
        heures = self.chance.choice([35, 70, 105, 140]) if genre is G.CHANTIER_EDUCATIF else None
        statut = StatutEtape.EN_COURS if debut <= jour else StatutEtape.PREVUE
        pas = self.registre.etape(fiche, genre, statut, debut, fin_prevue=fin, contrat=contrat, heures=heures)
        self._avenir(self.jeunes[fiche.id], pas)
        return pas

    def _avenir(self, jeune: Jeune, pas: Pas) -> None:
        """What will become of a step."""
        draw, since = self.chance.random, max(pas.debut, self.registre.jour)
        if pas.statut is StatutEtape.PREVUE:
            what = "commence" if draw() < 0.9 else "renonce"
            jeune.nouvelles.append((pas.debut, what, pas))
        elif pas.genre in VIDES:
            jeune.nouvelles.append((since + jours(15 + int(self.chance.expovariate(1 / VIDE_MOYEN))), "retour", pas))
        else:
            end = pas.fin_prevue
            risk = RUPTURES.get(pas.genre, 0)
            if risk:
                broken = since + jours(1 + int(self.chance.expovariate(risk / 30)))
                if end is None or broken < end:
                    jeune.nouvelles.append((broken, "rupture", pas))
                    return
            if end is not None:
                jeune.nouvelles.append((end, "ecole" if pas.genre in ECOLES else "fin", pas))

    def avenir_de(self, jeune: Jeune, pas: Pas) -> None:
        jeune.nouvelles = [one for one in jeune.nouvelles if one[2] is not pas]
        self._avenir(jeune, pas)

    def apprend(self, jeune: Jeune, jour: date) -> bool:
        """Write what has happened by `jour`. Whether anything had."""
        known = False
        while due := sorted((one for one in jeune.nouvelles if one[0] <= jour), key=lambda one: one[0]):
            known = True
            quand, what, pas = due[0]
            jeune.nouvelles.remove(due[0])
            self._ecrit(jeune, quand, what, pas, jour)
        return known

    def _ecrit(self, jeune: Jeune, quand: date, what: str, pas: Pas, jour: date) -> None:
        fiche, registre = jeune.fiche, self.registre
        if what in ("commence", "renonce"):
            if pas.statut is StatutEtape.PREVUE:
                begun = StatutEtape.EN_COURS if what == "commence" else StatutEtape.ANNULEE
                registre.change(fiche, pas, statut=begun)
                if what == "commence":
                    self._referme(fiche, pas)
                    self._avenir(jeune, pas)
            return
        if pas.statut not in (StatutEtape.EN_COURS, StatutEtape.EN_ATTENTE):
            return
        if pas.genre in (G.CHANTIER_EDUCATIF, G.STAGE):
            registre.change(fiche, pas, statut=StatutEtape.TERMINEE, fin=max(quand, pas.debut))
            return
        if what != "retour":
            ended = StatutEtape.INTERROMPUE_JEUNE if what == "rupture" else StatutEtape.TERMINEE
            registre.change(fiche, pas, statut=ended, fin=max(quand, pas.debut))
        self.apres(jeune, what, quand, jour)

    def apres(self, jeune: Jeune, what: str, quand: date, jour: date) -> Pas | None:
        """What comes next, unless something already does."""
        fiche = jeune.fiche
        if any(pas.genre.rang is not None and pas.genre not in VIDES for pas in [*fiche.ouverts(), *fiche.prevus()]):
            return None
        genre, begins = self.suite(what, fiche.age(quand), quand)
        if genre is None:
            return None
        pas = self.commence(fiche, genre, begins, jour)
        if pas.statut is StatutEtape.EN_COURS:
            self._referme(fiche, pas)
        if genre is G.DECROCHAGE and fiche.intensite is Intensite.VEILLE:
            self.registre.intensite(fiche, Intensite.SOUTENU)
        return pas

    def _referme(self, fiche: Fiche, nouveau: Pas) -> None:
        """Beginning something ends the void before it."""
        if nouveau.genre.rang is None or nouveau.genre in VIDES:
            return
        for pas in fiche.ouverts():
            if pas.genre in VIDES and pas is not nouveau:
                end = max(pas.debut, nouveau.debut - jours(1))
                self.registre.change(fiche, pas, statut=StatutEtape.TERMINEE, fin=end)
