"""Invented journeys, in clear and without a database: from a seeded generator come the facts of one person.

Nobody here exists. The telephone numbers are of the range that the regulator keeps for fiction (06 39 98).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.cli.demonstration.decor import ECHANGES, NOMS, PRENOMS_FEMININS, PRENOMS_MASCULINS, TENTATIVES
from app.parcours.rules_etapes import Faits
from app.parcours.vocabulaire import (
    RESULTATS_REUSSIS,
    Canal,
    Contrat,
    GenreEtape,
    Intensite,
    IssueEtape,
    MotifSortie,
    NiveauVise,
    Resultat,
    Sexe,
    StatutEtape,
    Theme,
)

PROFONDEUR = 6 * 365  # days of history behind the oldest dossier
DECISIVES = {
    GenreEtape.DECROCHAGE: 18,
    GenreEtape.SCOLARITE: 16,
    GenreEtape.SCOLARITE_FRAGILE: 10,
    GenreEtape.RACCROCHAGE: 12,
    GenreEtape.FORMATION: 13,
    GenreEtape.EMPLOI: 13,
    GenreEtape.ALTERNANCE: 7,
    GenreEtape.SANS_SOLUTION: 12,
    GenreEtape.IAE: 4,
    GenreEtape.SERVICE_CIVIQUE: 4,
    GenreEtape.INDISPONIBLE: 3,
}
AUTOUR = (
    GenreEtape.CHANTIER_EDUCATIF,
    GenreEtape.STAGE,
    GenreEtape.MOBILITE,
    GenreEtape.LOGEMENT,
    GenreEtape.ACCES_SOINS,
    GenreEtape.NUMERIQUE,
)
FINS = (StatutEtape.TERMINEE, StatutEtape.INTERROMPUE_JEUNE, StatutEtape.INTERROMPUE_STRUCTURE)
CANAUX = {
    Canal.ENTRETIEN: 34,
    Canal.TELEPHONE: 26,
    Canal.MESSAGE: 16,
    Canal.PRESENCE_RUE: 10,
    Canal.ENTRETIEN_TIERS: 8,
    Canal.ACCOMPAGNEMENT_PHYSIQUE: 6,
}
RESULTATS = {
    Resultat.ECHANGE_FAIT: 66,
    Resultat.RDV_PRIS: 8,
    Resultat.SANS_REPONSE: 14,
    Resultat.ABSENT_NON_EXCUSE: 8,
    Resultat.EXCUSE: 4,
}
SYLLABES = "ba be ca co da de di fa fe ga gi la le li ma me mo na ni no pa ra re ri sa se so ta te to va vi za".split()


@dataclass(frozen=True, slots=True)
class Ampleur:
    """How much a journey holds: least and most of each, and days since the opening when they are imposed."""

    etapes: tuple[int, int] = (6, 14)
    suivis: tuple[int, int] = (10, 70)
    anciennete: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A follow-up before it has a dossier; `texte` is empty when nothing was written."""

    jour: date
    canal: Canal
    resultat: Resultat
    themes: tuple[Theme, ...]
    texte: str


@dataclass(frozen=True, slots=True)
class Vie:
    """One journey. `prevu` is the day of a planned contact, sometimes already past."""

    naissance: date
    sexe: Sexe
    intensite: Intensite
    ouvert_le: date
    clos_le: date | None
    motif: MotifSortie | None
    prenom: str
    nom: str
    telephone: str | None
    etapes: tuple[Faits, ...]
    suivis: tuple[Contact, ...]
    prevu: date | None


def invent(random: Random, *, ouvert: bool, today: date, ampleur: Ampleur) -> Vie:
    """A whole journey up to `today`; `ouvert` says whether it still goes on."""
    days = ampleur.anciennete or random.randrange(200, PROFONDEUR)
    ouvert_le = today - timedelta(days=days)
    clos_le = None if ouvert else ouvert_le + timedelta(days=random.randrange(150, days))
    end = clos_le or today
    sexe = random.choice((Sexe.FEMME, Sexe.HOMME))
    suivis = tuple(_contacts(random, ouvert_le, end, random.randint(*ampleur.suivis), recent=ouvert))
    return Vie(
        naissance=ouvert_le - timedelta(days=random.randrange(12 * 366, 24 * 365)),
        sexe=sexe,
        intensite=random.choices((Intensite.SOUTENU, Intensite.SUIVI, Intensite.VEILLE), (60, 30, 10))[0],
        ouvert_le=ouvert_le,
        clos_le=clos_le,
        motif=None if ouvert else random.choice(list(MotifSortie)),
        prenom=random.choice(PRENOMS_FEMININS if sexe is Sexe.FEMME else PRENOMS_MASCULINS),
        nom=family_name(random),
        telephone=f"+3363998{random.randrange(10_000):04}" if random.random() < 0.8 else None,
        etapes=tuple(_steps(random, ouvert_le, end, random.randint(*ampleur.etapes), goes_on=ouvert, today=today)),
        suivis=suivis,
        prevu=today + timedelta(days=random.randrange(-3, 40)) if ouvert and random.random() < 0.4 else None,
    )


def family_name(random: Random) -> str:
    """One of the demonstration's, or one made of syllables: two thousand people have some hundreds of names."""
    if random.random() < 0.4:
        return random.choice(NOMS)
    return "".join(random.choices(SYLLABES, k=random.randint(2, 4))).capitalize()


def _steps(random: Random, begin: date, end: date, count: int, *, goes_on: bool, today: date) -> Iterator[Faits]:
    """`count` steps: two thirds follow each other and decide the situation, the others go on around them."""
    planned = goes_on and count > 3 and random.random() < 0.2
    around = count // 3 - planned
    cuts = sorted(random.sample(range(1, (end - begin).days), count - around - planned - 1))
    bounds = [begin, *(begin + timedelta(days=cut) for cut in cuts), end]
    before = None
    for number, debut in enumerate(bounds[:-1]):
        genre = random.choices([genre for genre in DECISIVES if genre is not before], _weights(before))[0]
        before = genre
        last = number == len(bounds) - 2
        yield _step(random, genre, debut, None if last and goes_on else bounds[number + 1])
    begins = random.sample(range((end - begin).days), around)
    for offset in begins:
        debut = begin + timedelta(days=offset)
        fin = min(debut + timedelta(days=random.randrange(5, 60)), end)
        yield _step(random, random.choice(AUTOUR), debut, fin)
    if planned:
        yield Faits(GenreEtape.SAVOIRS_DE_BASE, StatutEtape.PREVUE, today + timedelta(days=random.randrange(-20, 60)))


def _weights(excepted: GenreEtape | None) -> list[int]:
    return [weight for genre, weight in DECISIVES.items() if genre is not excepted]


def _step(random: Random, genre: GenreEtape, debut: date, fin: date | None) -> Faits:
    details = {
        "contrat": random.choice(list(Contrat)) if genre is GenreEtape.EMPLOI else None,
        "niveau_vise": random.choice(list(NiveauVise)) if genre is GenreEtape.FORMATION else None,
        "heures": random.randrange(10, 200) if genre is GenreEtape.CHANTIER_EDUCATIF else None,
    }
    if fin is not None:
        return Faits(genre, random.choice(FINS), debut, fin, issue=random.choice(list(IssueEtape)), **details)
    statut = StatutEtape.EN_COURS if random.random() < 0.9 else StatutEtape.EN_ATTENTE
    expected = debut + timedelta(days=random.randrange(60, 500)) if random.random() < 0.4 else None
    return Faits(genre, statut, debut, fin_prevue=expected, **details)


def _contacts(random: Random, begin: date, end: date, count: int, *, recent: bool) -> Iterator[Contact]:
    """`count` follow-ups in the order of days; in a journey that goes on the last one is most often recent."""
    span = (end - begin).days
    offsets = [random.randint(0, span) for _ in range(count)]
    if offsets and recent:
        offsets[0] = span - min(span, int(random.expovariate(1 / 20)))
    for offset in sorted(offsets):
        canal, resultat = _weighted(random, CANAUX), _weighted(random, RESULTATS)
        texts = ECHANGES if resultat in RESULTATS_REUSSIS else TENTATIVES
        texte = random.choice(texts) if random.random() < 0.65 else ""
        themes = tuple(random.sample(list(Theme), random.choice((0, 1, 1, 2))))
        yield Contact(begin + timedelta(days=offset), canal, resultat, themes, texte)


def _weighted(random: Random, weights: dict) -> object:
    return random.choices(tuple(weights), tuple(weights.values()))[0]
