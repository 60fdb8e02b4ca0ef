"""Figures of a simulated agency, read from the history of the alerts at the end. Every one is measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alertes.models import Alerte, EvenementAlerte
from app.alertes.vocabulaire import GenreEvenement, Regle
from tests.simulation.agence import Agence
from tests.simulation.calendrier import DEBUT
from tests.simulation.controles import Controles
from tests.simulation.journal import Fiche

PARIS = ZoneInfo("Europe/Paris")
OUVRE = (GenreEvenement.OUVERTE, GenreEvenement.ROUVERTE)
FERME = (GenreEvenement.TRAITEE, GenreEvenement.ETEINTE)


@dataclass(slots=True)
class Episode:
    """One opening of an alert; `acte`: it was closed by a write."""

    alerte_id: int
    dossier_id: int
    regle: Regle
    du: date
    au: date | None = None
    acte: bool = False
    portee: bool = False
    reports: int = 0

    def jours(self, fin: date) -> int:
        return ((self.au or fin) - self.du).days


@dataclass(slots=True)
class Chiffres:
    """`mois`: the share of the followed files that had an alert in each month but the first; by rule as well."""

    episodes: list[Episode]
    mois: list[float] = field(default_factory=list)
    instantane: list[float] = field(default_factory=list)
    par_regle: dict[Regle, list[float]] = field(default_factory=lambda: defaultdict(list))
    invu: int = 0


def episodes(session: Session) -> list[Episode]:
    rows = session.execute(
        select(Alerte.id, Alerte.dossier_id, Alerte.regle, EvenementAlerte.genre, EvenementAlerte.quand)
        .join(EvenementAlerte, EvenementAlerte.alerte_id == Alerte.id)
        .order_by(Alerte.id, EvenementAlerte.quand, EvenementAlerte.id)
    )
    found: list[Episode] = []
    for number, dossier_id, regle, genre, quand in rows:
        jour = quand.astimezone(PARIS).date()
        if genre in OUVRE:
            found.append(Episode(number, dossier_id, regle, jour))
            continue
        last = found[-1]
        if genre in FERME:
            last.au, last.acte = jour, genre is GenreEvenement.TRAITEE
        last.portee |= genre is GenreEvenement.ESCALADEE
        last.reports += genre is GenreEvenement.REPORTEE
    return found


def suivie(fiche: Fiche, jour: date) -> bool:
    """The file was open on that day, as far as the log tells."""
    if fiche.ouvert_le > jour or (fiche.clos_le is not None and fiche.clos_le <= jour):
        return False
    return not any(clos <= jour < rouvert for clos, rouvert in fiche.retours)


def mois(fin: date) -> Iterator[tuple[date, date]]:
    """Whole months (first day, first day of the next), without the first one, when everything opens at once."""
    day = date(DEBUT.year, DEBUT.month + 1, 1)
    while (after := date(day.year + day.month // 12, day.month % 12 + 1, 1)) <= fin:
        yield day, after
        day = after


def mesure(agence: Agence, session: Session) -> Chiffres:
    figures = Chiffres(episodes(session))
    for first, after in mois(agence.jour):
        _un_mois(figures, agence.registre.fiches, first, after)
    figures.invu = max(_invus(figures.episodes, agence), default=0)
    return figures


def _un_mois(figures: Chiffres, fiches: dict[int, Fiche], first: date, after: date) -> None:
    followed = {number for number, fiche in fiches.items() if suivie(fiche, first)}
    alerted: dict[Regle, set[int]] = defaultdict(set)
    that_day: set[int] = set()
    for one in figures.episodes:
        if one.du < after and (one.au is None or one.au >= first) and one.dossier_id in followed:
            alerted[one.regle].add(one.dossier_id)
            if one.du <= first and (one.au is None or one.au > first):
                that_day.add(one.dossier_id)
    everybody = set().union(*alerted.values())
    figures.mois.append(len(everybody) / len(followed))
    figures.instantane.append(len(that_day) / len(followed))
    for regle in Regle:
        figures.par_regle[regle].append(len(alerted[regle]) / len(followed))


def _invus(found: Iterable[Episode], agence: Agence) -> Iterator[int]:
    """How long the first opening of each alert waited before a list that somebody looked at showed it."""
    once: set[int] = set()
    for one in found:
        if one.alerte_id not in once:
            once.add(one.alerte_id)
            seen = agence.vues.get(one.alerte_id) or one.au or agence.jour
            yield (min(seen, one.au or seen) - one.du).days


def part(value: float) -> str:
    return f"{100 * value:.0f} %"


def tableau(figures: Chiffres, agence: Agence) -> Iterator[str]:
    """The table by rule, in Markdown."""
    yield "| règle | ouvertes | closes | traitées en 7 j | jours pour agir | portées | dossiers alertés par mois |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for regle in Regle:
        mine = [one for one in figures.episodes if one.regle is regle]
        if mine:
            noise = figures.par_regle[regle]
            yield (
                f"| {regle.label} | {len(mine)} | {sum(one.au is not None for one in mine)} | {_a_temps(mine, agence)} "
                f"| {_mediane(mine, agence)} | {part(sum(one.portee for one in mine) / len(mine))} "
                f"| {part(min(noise))} · {part(median(noise))} · {part(max(noise))} |"
            )


def _a_temps(mine: list[Episode], agence: Agence) -> str:
    old = [one for one in mine if (agence.jour - one.du).days > 7]
    return part(sum(one.acte and one.jours(agence.jour) <= 7 for one in old) / len(old)) if old else "–"


def _mediane(mine: list[Episode], agence: Agence) -> str:
    acted = [one.jours(agence.jour) for one in mine if one.acte]
    return f"{median(acted):.0f}" if acted else "–"


def lignes(figures: Chiffres, agence: Agence, controles: Controles) -> Iterator[str]:
    found = figures.episodes
    by_end = Counter("acte" if one.acte else "temps" if one.au else "ouverte" for one in found)
    files = len(agence.registre.fiches)
    yield f"- dossiers : {files}, {agence.jeunes} suivis à tout moment ; contacts {agence.registre.contacts}"
    yield f"- alertes ouvertes {len(found)} : {by_end['acte']} closes par un acte, {by_end['temps']} par le temps"
    for name, shares in (("dans le mois", figures.mois), ("un jour donné", figures.instantane)):
        spread = " · ".join(part(value) for value in (min(shares), median(shares), max(shares)))
        yield f"- part des dossiers suivis en alerte {name} (minimum · médiane · maximum) : {spread}"
    yield f"- traitées dans les 7 jours : {_a_temps(found, agence)} ; médiane : {_mediane(found, agence)} jours"
    brought, put_off = sum(one.portee for one in found), sum(one.reports for one in found)
    yield f"- portées au coordinateur : {brought} ; reportées : {put_off}"
    yield f"- le plus long temps sans être vue par personne : {figures.invu} jours"
    yield f"- « Ma journée » regardée {agence.regards} fois, {agence.lignes / agence.regards:.1f} lignes en moyenne"
    first = agence.raisons.most_common(5)
    shares = ", ".join(f"{regle.label} {part(number / agence.lignes)}" for regle, number in first)
    yield f"- première raison d’une ligne de « Ma journée » : {shares}"
    gaps = len(controles.manquees) + len(controles.de_trop)
    compared = f"{controles.comparees} alertes de {controles.regardes} dossiers"
    yield f"- comparées le soir avec l’observateur : {compared}, {gaps} écart, {controles.doubles} doublon"
    yield f"- retombées : {len(controles.retombees)}, et {controles.majeurs} l’année des 18 ans"
    yield f"- hors de toute liste : {controles.injoignables}"
