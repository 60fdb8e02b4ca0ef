"""Invented journeys: what could have happened to somebody who entered on that day at that age. Pure, seeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from app.alertes.rules_parametres import RYTHMES
from app.cli.demonstration import decor
from app.parcours.rules import is_contact_reussi
from app.parcours.vocabulaire import (
    Canal,
    Contrat,
    GenreEtape,
    IssueEtape,
    MotifSortie,
    NiveauVise,
    Resultat,
    Situation,
    StatutEtape,
    Theme,
)

G = GenreEtape


@dataclass(frozen=True, slots=True)
class Pas:
    """A step: open when `fin` is None."""

    genre: GenreEtape
    debut: date
    fin: date | None
    statut: StatutEtape
    fin_prevue: date | None = None
    issue: IssueEtape | None = None
    contrat: Contrat | None = None
    niveau_vise: NiveauVise | None = None
    heures: int | None = None
    precisions: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    jour: date
    canal: Canal
    resultat: Resultat
    themes: tuple[Theme, ...]
    texte: str
    par_un_collegue: bool

    @property
    def reussi(self) -> bool:
        return is_contact_reussi(self.canal, self.resultat)


@dataclass(frozen=True, slots=True)
class Geste:
    """Something else that was done on that day: `quoi` is a function of `gestes`, `dit` its keywords."""

    jour: date
    quoi: str
    dit: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Histoire:
    """From `ouvert_le` on; `clos_le` and `motif` when it is over. `prevus` are planned contacts still to come."""

    ouvert_le: date
    etapes: list[Pas] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    prevus: list[date] = field(default_factory=list)
    gestes: list[Geste] = field(default_factory=list)
    clos_le: date | None = None
    motif: MotifSortie | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """How long a kind lasts, in days, and what may follow, with weights."""

    jours: tuple[int, int]
    apres: dict[GenreEtape, int]


SUITES: dict[GenreEtape, Suite] = {
    G.SCOLARITE: Suite((120, 420), {G.DECROCHAGE: 40, G.SCOLARITE_FRAGILE: 20, G.ALTERNANCE: 20, G.FORMATION: 10}),
    G.SCOLARITE_FRAGILE: Suite((40, 150), {G.DECROCHAGE: 55, G.SCOLARITE: 45}),
    G.DECROCHAGE: Suite(
        (35, 230), {G.RACCROCHAGE: 40, G.FORMATION: 20, G.ALTERNANCE: 12, G.EMPLOI: 8, G.SERVICE_CIVIQUE: 8}
    ),
    G.RACCROCHAGE: Suite((60, 190), {G.SCOLARITE: 50, G.DECROCHAGE: 25, G.FORMATION: 20}),
    G.SANS_SOLUTION: Suite(
        (30, 200), {G.FORMATION: 30, G.EMPLOI: 28, G.IAE: 15, G.ALTERNANCE: 12, G.SERVICE_CIVIQUE: 10}
    ),
    G.FORMATION: Suite((60, 240), {G.EMPLOI: 35, G.SANS_SOLUTION: 30, G.ALTERNANCE: 20, G.IAE: 10}),
    G.ALTERNANCE: Suite((50, 500), {G.EMPLOI: 45, G.SANS_SOLUTION: 35, G.FORMATION: 10}),
    G.EMPLOI: Suite((40, 420), {G.SANS_SOLUTION: 50, G.FORMATION: 20, G.ALTERNANCE: 10}),
    G.IAE: Suite((90, 330), {G.EMPLOI: 50, G.SANS_SOLUTION: 35, G.FORMATION: 15}),
    G.SERVICE_CIVIQUE: Suite((180, 240), {G.EMPLOI: 35, G.FORMATION: 30, G.SANS_SOLUTION: 25}),
}
# Under 16, school alone; a chantier éducatif from 14.
DES_16_ANS = frozenset({G.EMPLOI, G.ALTERNANCE, G.FORMATION, G.IAE, G.SERVICE_CIVIQUE, G.SANS_SOLUTION})
RUPTURES = frozenset({G.DECROCHAGE, G.SANS_SOLUTION})
RYTHME = {
    G.DECROCHAGE: 12,
    G.SANS_SOLUTION: 13,
    G.RACCROCHAGE: 18,
    G.SCOLARITE_FRAGILE: 18,
    G.EMPLOI: 40,
    G.ALTERNANCE: 32,
}
RYTHME_ORDINAIRE = 35
# The further back, the fewer words: what was noted before the last months.
PASSE, RYTHME_PASSE = 120, 3.0
SORTIES_RECENTES = 400
# Some files have gone quiet: that is what the tool is for.
SILENCES = 0.27
DECROCHAGE_LONG = 50
MOTIFS = {
    G.SCOLARITE: MotifSortie.SCOLARITE_REPRISE,
    G.ALTERNANCE: MotifSortie.ALTERNANCE,
    G.FORMATION: MotifSortie.FORMATION_QUALIFIANTE,
    G.EMPLOI: MotifSortie.EMPLOI_TRANSITION,
    G.IAE: MotifSortie.IAE,
    G.SERVICE_CIVIQUE: MotifSortie.SERVICE_CIVIQUE,
}
MOTIFS_ORDINAIRES = (
    MotifSortie.MISSION_LOCALE, MotifSortie.DEMENAGEMENT, MotifSortie.DEMANDE_DU_JEUNE,
    MotifSortie.FRANCE_TRAVAIL, MotifSortie.SERVICE_SOCIAL,
)  # fmt: skip
THEMES = {
    G.EMPLOI: (Theme.EMPLOI, Theme.MOBILITE, Theme.RESSOURCES),
    G.ALTERNANCE: (Theme.EMPLOI, Theme.FORMATION, Theme.LOGEMENT),
    G.FORMATION: (Theme.FORMATION, Theme.MOBILITE, Theme.NUMERIQUE),
    G.DECROCHAGE: (Theme.SCOLARITE, Theme.FAMILLE, Theme.LOISIRS_LIEN_SOCIAL),
    G.SANS_SOLUTION: (Theme.EMPLOI, Theme.ADMINISTRATIF, Theme.FORMATION),
}
THEMES_ORDINAIRES = (Theme.SCOLARITE, Theme.CITOYENNETE, Theme.ADMINISTRATIF)


def invent(random: Random, *, ouvert_le: date, age: int, today: date, suivi_aujourdhui: bool) -> Histoire:
    """A journey from `ouvert_le` (age in whole years that day) to `today`, still followed or closed before."""
    histoire = Histoire(ouvert_le=ouvert_le)
    _steps(random, histoire, age, today, suivi_aujourdhui)
    if not suivi_aujourdhui:
        _close(random, histoire, today)
    if histoire.clos_le is None or is_recent(histoire.clos_le, today):
        _contacts(random, histoire, today)
    return histoire


def is_recent(clos_le: date, today: date) -> bool:
    """Closed lately enough for what comes after an exit to be asked still."""
    return (today - clos_le).days <= SORTIES_RECENTES


def _steps(random: Random, histoire: Histoire, age: int, today: date, suivi: bool) -> None:
    genre = _first(random, age)
    debut = histoire.ouvert_le - timedelta(days=random.randrange(0, 60))
    limit = (
        today
        if suivi
        else min(today - timedelta(days=20), histoire.ouvert_le + timedelta(days=random.randrange(200, 900)))
    )
    while True:
        planned = timedelta(days=random.randint(*SUITES[genre].jours))
        fin = debut + planned
        if fin >= limit:
            if suivi and genre is G.DECROCHAGE and (today - debut).days > DECROCHAGE_LONG and random.random() < 0.85:
                fin = today - timedelta(days=random.randrange(5, 40))
                histoire.etapes.append(_ended(random, genre, debut, fin))
                genre, debut, fin = (
                    G.RACCROCHAGE,
                    fin + timedelta(days=1),
                    today + timedelta(days=random.randrange(45, 150)),
                )
            histoire.etapes.append(_open(random, genre, debut, fin, today))
            break
        histoire.etapes.append(_ended(random, genre, debut, fin))
        _beside(random, histoire, histoire.etapes[-1], age, today)
        years = age + max(0, (fin - histoire.ouvert_le).days) // 365
        genre = _next(random, genre, years)
        gap = random.randrange(5, 30) if random.random() < 0.15 else 0
        debut = fin + timedelta(days=1 + gap)
        if debut >= limit:
            return
    last = histoire.etapes[-1]
    _beside(random, histoire, last, age, today)
    if suivi:
        _plan_next(random, histoire, last, today)


def _plan_next(random: Random, histoire: Histoire, last: Pas, today: date) -> None:
    """What ends soon has mostly been prepared."""
    if last.fin_prevue is None or not today <= last.fin_prevue < today + timedelta(days=45) or random.random() < 0.35:
        return
    genre = G.EMPLOI if last.genre in DES_16_ANS else G.FORMATION
    debut = last.fin_prevue + timedelta(days=random.randrange(1, 20))
    histoire.etapes.append(Pas(genre, debut, None, StatutEtape.PREVUE))


def _first(random: Random, age: int) -> GenreEtape:
    if age < 16:
        return random.choices([G.SCOLARITE, G.SCOLARITE_FRAGILE, G.DECROCHAGE], [35, 35, 30])[0]
    return random.choices([G.DECROCHAGE, G.SANS_SOLUTION, G.SCOLARITE, G.FORMATION], [35, 40, 15, 10])[0]


def _next(random: Random, genre: GenreEtape, age: int) -> GenreEtape:
    possible = {kind: weight for kind, weight in SUITES[genre].apres.items() if age >= 16 or kind not in DES_16_ANS}
    return random.choices(list(possible), list(possible.values()))[0]


def _traits(random: Random, genre: GenreEtape, debut: date, fin: date) -> dict:
    words = decor.PRECISIONS.get(genre.value)
    short = (Contrat.CDD_COURT, Contrat.INTERIM) if (fin - debut).days < 180 else (Contrat.CDD_6_MOIS_PLUS, Contrat.CDI)
    return {
        "contrat": random.choice(short) if genre is G.EMPLOI else None,
        "niveau_vise": random.choice(list(NiveauVise)) if genre is G.FORMATION else None,
        "precisions": random.choice(words) if words and random.random() < 0.6 else "",
    }


def _ended(random: Random, genre: GenreEtape, debut: date, fin: date) -> Pas:
    traits = _traits(random, genre, debut, fin)
    if genre in RUPTURES:
        return Pas(genre, debut, fin, StatutEtape.TERMINEE, issue=IssueEtape.OBJECTIF_ATTEINT, **traits)
    if random.random() < 0.28:
        statut = random.choice([StatutEtape.INTERROMPUE_JEUNE, StatutEtape.INTERROMPUE_STRUCTURE])
        return Pas(genre, debut, fin, statut, issue=IssueEtape.RUPTURE, **traits)
    issue = random.choice([IssueEtape.OBJECTIF_ATTEINT, IssueEtape.POURSUITE, IssueEtape.REORIENTATION])
    return Pas(genre, debut, fin, StatutEtape.TERMINEE, issue=issue, **traits)


def _open(random: Random, genre: GenreEtape, debut: date, fin: date, today: date) -> Pas:
    """Still going on; some ends are known, and a few of those passed without anybody saying so."""
    fin_prevue = None
    if genre not in RUPTURES and random.random() < 0.6:
        late = random.random() < 0.05
        fin_prevue = max(debut, today - timedelta(days=random.randrange(16, 50))) if late else max(fin, today)
    return Pas(genre, debut, None, StatutEtape.EN_COURS, fin_prevue=fin_prevue, **_traits(random, genre, debut, fin))


def _beside(random: Random, histoire: Histoire, pas: Pas, age: int, today: date) -> None:
    """A chantier or a stage runs inside a décrochage, an accompagnement beside anything."""
    fin = pas.fin or today
    if pas.genre in RUPTURES and age >= 14 and (fin - pas.debut).days > 45 and random.random() < 0.45:
        debut = pas.debut + timedelta(days=random.randrange(10, 25))
        genre = G.CHANTIER_EDUCATIF if random.random() < 0.7 else G.STAGE
        heures = random.randrange(35, 180, 5) if genre is G.CHANTIER_EDUCATIF else None
        words = random.choice(decor.PRECISIONS[genre.value])
        histoire.etapes.append(
            Pas(genre, debut, debut + timedelta(days=random.randrange(5, 19)), StatutEtape.TERMINEE,
                issue=IssueEtape.OBJECTIF_ATTEINT, heures=heures, precisions=words)
        )  # fmt: skip
    already = {step.genre for step in histoire.etapes if step.fin is None}
    if pas.fin is None and G.MOBILITE not in already and random.random() < 0.35:
        genre = random.choice([G.MOBILITE, G.LOGEMENT, G.NUMERIQUE, G.ACCOMPAGNEMENT_EDUCATIF, G.SAVOIRS_DE_BASE])
        debut = max(pas.debut, today - timedelta(days=random.randrange(10, 90)))
        histoire.etapes.append(Pas(genre, debut, None, StatutEtape.EN_COURS))


def _close(random: Random, histoire: Histoire, today: date) -> None:
    last = max(histoire.etapes, key=lambda pas: (pas.debut, pas.genre.rang is not None))
    end = max((pas.fin or pas.debut) for pas in histoire.etapes)
    histoire.clos_le = min(max(end, histoire.ouvert_le) + timedelta(days=random.randrange(5, 60)), today)
    ordinary = random.choice(MOTIFS_ORDINAIRES)
    histoire.motif = MOTIFS.get(last.genre, ordinary) if random.random() < 0.75 else ordinary


def _contacts(random: Random, histoire: Histoire, today: date) -> None:
    followed = histoire.clos_le is None
    end = histoire.clos_le or today - timedelta(days=1)
    quiet = followed and random.random() < SILENCES
    kind = _kind_on(histoire, today)
    allowed = RYTHMES[Situation(kind.value) if kind else Situation.INCONNUE]
    limit = max(histoire.ouvert_le, end - timedelta(days=allowed + random.randrange(0, 14))) if quiet else end
    jour = histoire.ouvert_le
    while jour <= limit:
        if jour.weekday() < 6:
            histoire.contacts.append(_contact(random, _kind_on(histoire, jour), jour))
        rhythm = RYTHME.get(_kind_on(histoire, jour), RYTHME_ORDINAIRE) * (1 if followed else 3)
        if (end - jour).days > PASSE:
            rhythm *= RYTHME_PASSE
        jour += timedelta(days=max(2, round(rhythm * random.uniform(0.35, 1.15))))
    if followed:
        _keep_in_touch(random, histoire, limit, kind, 1 if quiet else min(allowed, RYTHME_ORDINAIRE))
    if followed and not quiet and random.random() < 0.6:
        histoire.prevus.append(today + timedelta(days=random.randrange(1, 21)))


def _keep_in_touch(random: Random, histoire: Histoire, end: date, kind: GenreEtape | None, allowed: int) -> None:
    """The last exchange is not older than what the situation asks, nor followed by attempts that all failed."""
    spoken = [contact.jour for contact in histoire.contacts if contact.reussi]
    if spoken and (end - max(spoken)).days < allowed * 0.6 and spoken[-1] == histoire.contacts[-1].jour:
        return
    jour = end - timedelta(days=random.randrange(0, max(1, round(allowed * 0.5))))
    jour = max(histoire.ouvert_le, jour - timedelta(days=jour.weekday() == 6))
    histoire.contacts = [contact for contact in histoire.contacts if contact.jour < jour]
    histoire.contacts.append(exchange(random, kind, jour))


def _kind_on(histoire: Histoire, jour: date) -> GenreEtape | None:
    open_then = [pas for pas in histoire.etapes if pas.debut <= jour and (pas.fin is None or jour <= pas.fin)]
    deciding = [pas.genre for pas in open_then if pas.genre.rang is not None]
    return min(deciding, key=lambda genre: genre.rang or 0, default=None)


def _contact(random: Random, genre: GenreEtape | None, jour: date) -> Contact:
    luck = random.random()
    if luck < 0.08:
        theme = _themes(genre)[0]
        tiers = random.choice(decor.TIERS)
        return Contact(jour, Canal.ENTRETIEN_TIERS, Resultat.ECHANGE_FAIT, (theme,), tiers, random.random() < 0.15)
    return attempt(random, jour) if luck < 0.24 else exchange(random, genre, jour)


def attempt(random: Random, jour: date) -> Contact:
    """A contact that failed."""
    failed = random.choice([Resultat.ABSENT_NON_EXCUSE, Resultat.SANS_REPONSE, Resultat.SANS_REPONSE])
    canal = Canal.ENTRETIEN if failed is not Resultat.SANS_REPONSE else Canal.TELEPHONE
    return Contact(jour, canal, failed, (), random.choice(decor.TENTATIVES), random.random() < 0.15)


def exchange(random: Random, genre: GenreEtape | None, jour: date) -> Contact:
    """A contact réussi with somebody whose situation is that kind."""
    canal = random.choices(
        [Canal.ENTRETIEN, Canal.TELEPHONE, Canal.MESSAGE, Canal.PRESENCE_RUE, Canal.ACCOMPAGNEMENT_PHYSIQUE],
        [35, 25, 15, 18, 7],
    )[0]
    themes = tuple(random.sample(_themes(genre), k=random.randrange(1, 3)))
    texte = random.choice(decor.echanges(genre)) if random.random() < 0.75 else ""
    return Contact(jour, canal, Resultat.ECHANGE_FAIT, themes, texte, random.random() < 0.15)


def _themes(genre: GenreEtape | None) -> tuple[Theme, ...]:
    return THEMES.get(genre, THEMES_ORDINAIRES) if genre else THEMES_ORDINAIRES
