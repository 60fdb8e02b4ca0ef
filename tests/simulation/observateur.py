"""Somebody who reads the log, knows the rules from their description, and says each evening which alerts there are.

Nothing here comes from the engine: neither its SQL nor its rules nor its numbers. What depends on time alone is a
span of days, so that the causes of a file are worked out once for each write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.parcours.vocabulaire import Canal, GenreEtape, MotifSortie, Resultat, StatutEtape
from app.parcours.vocabulaire_actes import GenreJalon, ObjetVerification, ReponseVerification
from tests.simulation.journal import OUVERTS, SUITES, Fiche, Pas, jours

G, J = GenreEtape, GenreJalon
PARIS = ZoneInfo("Europe/Paris")
JAMAIS = date.max
# the kind that decides when several are open
PRIORITE = (
    G.EMPLOI, G.IAE, G.ALTERNANCE, G.FORMATION, G.ENSEIGNEMENT_SUPERIEUR, G.SCOLARITE_FRAGILE, G.SCOLARITE,
    G.SERVICE_CIVIQUE, G.RACCROCHAGE, G.DECROCHAGE, G.SANS_SOLUTION, G.INDISPONIBLE, G.ACCOMPAGNEMENT,
)  # fmt: skip
RYTHMES = {
    None: 30, G.DECROCHAGE: 14, G.SANS_SOLUTION: 14, G.RACCROCHAGE: 21, G.SCOLARITE_FRAGILE: 21, G.ACCOMPAGNEMENT: 30,
    G.ALTERNANCE: 21, G.FORMATION: 45, G.EMPLOI: 60, G.IAE: 60, G.SERVICE_CIVIQUE: 60, G.INDISPONIBLE: 60,
    G.SCOLARITE: 90, G.ENSEIGNEMENT_SUPERIEUR: 90,
}  # fmt: skip
# after so many months, another rhythm
ENSUITE = {G.ALTERNANCE: (3, 45), G.EMPLOI: (6, 90)}
FRAICHEURS = {
    None: 60, G.DECROCHAGE: 90, G.SANS_SOLUTION: 90, G.RACCROCHAGE: 120, G.SCOLARITE_FRAGILE: 120, G.INDISPONIBLE: 120,
    G.SCOLARITE: 365, G.ENSEIGNEMENT_SUPERIEUR: 365,
}  # fmt: skip
FACTEURS = {"soutenu": 1, "suivi": 2, "veille": 4}
ECHECS = {Resultat.SANS_REPONSE, Resultat.COORDONNEES_INCORRECTES, Resultat.ABSENT_NON_EXCUSE}
REUSSITES = {Resultat.ECHANGE_FAIT, Resultat.RDV_PRIS}
SCOLAIRES = {G.SCOLARITE, G.SCOLARITE_FRAGILE, G.ENSEIGNEMENT_SUPERIEUR, G.FORMATION}
MENENT = set(PRIORITE[:9]) | {G.CHANTIER_EDUCATIF, G.STAGE}
FERMENT = {G.SCOLARITE, G.FORMATION, G.ALTERNANCE, G.EMPLOI, G.IAE, G.SERVICE_CIVIQUE, G.RACCROCHAGE}
SANS_RIEN = {G.DECROCHAGE, G.SANS_SOLUTION}
PROCEDURE = (J.ENTRETIEN_PROPOSE, J.ABSENCE_NON_JUSTIFIEE, J.CONVOCATION, J.TRANSMISSION_DEPARTEMENT)


class Cause(NamedTuple):
    """There is an alert from `du` to `au` excluded."""

    regle: str
    cle: str
    du: date
    au: date = JAMAIS


class Etat(NamedTuple):
    """What the log says of a file that is open."""

    fiche: Fiche
    nombres: dict[str, int]
    ouverture: date
    genre: GenreEtape | None
    depuis: date
    entendu: date | None
    attente: date

    def apres(self, jour: date) -> date:
        """A wait stops the clock: the later of both."""
        return max(jour, self.attente)


def plus_mois(jour: date, months: int) -> date:
    year, month = divmod(jour.year * 12 + jour.month - 1 + months, 12)
    for day in range(jour.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, jour.day)


def ans(naissance: date, age: int) -> date:
    if (naissance.month, naissance.day) == (2, 29):
        return (
            date(naissance.year + age, 3, 1)
            if (naissance.year + age) % 4
            else naissance.replace(year=naissance.year + age)
        )
    return naissance.replace(year=naissance.year + age)


def situation(fiche: Fiche) -> tuple[GenreEtape | None, date]:
    """The kind that decides now, and since when without a break."""
    spans = [
        (pas.debut, pas.fin or JAMAIS, pas.genre)
        for pas in fiche.pas
        if pas.statut not in (StatutEtape.PREVUE, StatutEtape.ANNULEE) and pas.genre in PRIORITE
    ]
    days = {day for begin, end, _ in spans for day in (begin, end) if day is not JAMAIS} | {fiche.ouvert_le}
    found: list[tuple[date, GenreEtape | None]] = []
    for day in sorted(days):
        genres = [genre for begin, end, genre in spans if begin <= day < end]
        genre = min(genres, key=PRIORITE.index, default=None)
        if not found or found[-1][1] is not genre:
            found.append((day, genre))
    day, genre = found[-1]
    return genre, day if genre else max(day, fiche.ouvert_le)


def silence(e: Etat) -> Iterator[Cause]:
    since = e.entendu if e.entendu and e.entendu >= e.ouverture else e.ouverture
    factor = FACTEURS[e.fiche.intensite.value]
    code = f"silence_{e.genre.value}" if e.genre and e.genre not in ENSUITE else ""
    first = e.nombres.get(code, RYTHMES[e.genre])
    months, later = ENSUITE.get(e.genre, (0, 0))
    if any(pas.genre is G.CHANTIER_EDUCATIF and pas.statut is StatutEtape.EN_COURS for pas in e.fiche.pas):
        first, later = min(first, 14), min(later, 14)
    due = since + jours(first * factor)
    if months and due >= plus_mois(e.depuis, months):
        due = max(since + jours(later * factor), plus_mois(e.depuis, months))
    yield Cause("silence", since.isoformat(), e.apres(due))


def injoignable(e: Etat) -> Iterator[Cause]:
    eve = e.entendu if e.entendu and e.entendu >= e.ouverture else e.ouverture - jours(1)
    failed = sorted(_echecs(e.fiche, eve))
    for first, second in pairwise(failed):
        if (second - first).days <= 30:
            yield Cause("injoignable", eve.isoformat(), e.apres(second))
            return


def _echecs(fiche: Fiche, eve: date) -> list[date]:
    tiers = Canal.ENTRETIEN_TIERS
    return [jour for jour, canal, said in fiche.contacts if jour > eve and said in ECHECS and canal is not tiers]


def rendez_vous_sans_suite(e: Etat) -> Iterator[Cause]:
    planned = [rdv.jour for rdv in e.fiche.rendez_vous if rdv.prevu]
    if planned:
        yield Cause("rendez_vous_sans_suite", min(planned).isoformat(), e.apres(min(planned) + jours(7)))


def situation_a_confirmer(e: Etat) -> Iterator[Cause]:
    said = [
        jour
        for objet, _, _, reponse, jour in e.fiche.verifications
        if objet is ObjetVerification.SITUATION and reponse is ReponseVerification.TOUJOURS_EN_PLACE
    ]
    known = max([e.depuis, e.ouverture, *said])
    yield Cause("situation_a_confirmer", known.isoformat(), e.apres(known + jours(FRAICHEURS.get(e.genre, 180))))


def informer_jeune(e: Etat, enregistre_le: date) -> Iterator[Cause]:
    if e.fiche.informe_le is None:
        yield Cause("informer_jeune", "information", enregistre_le + jours(30))


def _rentree(pas: Pas, fin: date, due: date) -> date:
    summer = pas.genre in SCOLAIRES and fin.month in (6, 7, 8)
    return max(due, date(fin.year, 9, 15)) if summer else due


def etape_en_retard(e: Etat) -> Iterator[Cause]:
    delay = jours(e.nombres.get("retard", 14))
    for pas in e.fiche.pas:
        if pas.statut is StatutEtape.PREVUE:
            yield Cause("etape_en_retard", pas.id.hex, e.apres(pas.debut + delay))
        elif pas.statut in OUVERTS and pas.fin_prevue:
            due = _rentree(pas, pas.fin_prevue, pas.fin_prevue + delay)
            yield Cause("etape_en_retard", pas.id.hex, e.apres(due))


def rupture_sans_suite(e: Etat) -> Iterator[Cause]:
    if e.genre is not None or any(pas.statut in SUITES and pas.genre in MENENT for pas in e.fiche.pas):
        return
    ended = [pas for pas in e.fiche.pas if pas.fin and pas.genre in PRIORITE and pas.statut is not StatutEtape.ANNULEE]
    if ended:
        last_day = max(pas.fin for pas in ended)
        # of those that ended on one day, the database keeps the first by its id
        last = min((pas for pas in ended if pas.fin == last_day), key=lambda pas: pas.id.hex)
        since = max(last_day, e.ouverture)
        due = _rentree(last, last_day, since + jours(e.nombres.get("rupture", 30)))
        yield Cause("rupture_sans_suite", last.id.hex, e.apres(due))


def decrochage_qui_dure(e: Etat) -> Iterator[Cause]:
    for pas in e.fiche.pas:
        if pas.genre is not G.DECROCHAGE or pas.statut not in OUVERTS:
            continue
        back = [one for one in e.fiche.pas if one.genre in FERMENT and one.debut >= pas.debut]
        if not any(one.statut in OUVERTS for one in back):
            since = max([one.fin for one in back if one.fin], default=pas.debut)
            yield Cause("decrochage_qui_dure", pas.id.hex, e.apres(since + jours(60)))


def retour(e: Etat) -> date | None:
    """Since when somebody is back from a décrochage, if they still are."""
    if e.genre in {None, *SANS_RIEN, G.INDISPONIBLE, G.ACCOMPAGNEMENT}:
        return None
    lived = [pas for pas in e.fiche.pas if pas.statut not in (StatutEtape.PREVUE, StatutEtape.ANNULEE)]
    out = [pas for pas in lived if pas.genre is G.DECROCHAGE]
    if not out:
        return min((p.debut for p in lived if p.genre is G.RACCROCHAGE and p.statut in OUVERTS), default=None)
    if any(pas.fin is None for pas in out):
        return None
    # a time with nothing to do breaks a return as well
    out += [pas for pas in lived if pas.genre is G.SANS_SOLUTION and pas.fin]
    last = max(out, key=lambda pas: (pas.fin, pas.debut))
    after = [
        pas.debut
        for pas in lived
        if pas.genre in FERMENT and pas.debut > last.debut and (pas.fin is None or pas.fin > last.fin)
    ]
    return max(min(after), last.fin) if after else None


def raccrochages(e: Etat) -> Iterator[Cause]:
    back = retour(e)
    if back is None:
        return
    eve = e.entendu if e.entendu and e.entendu >= back else back - jours(1)
    failed = [jour for jour in _echecs(e.fiche, eve) if jour < plus_mois(back, 3)]
    if failed:
        yield Cause("raccrochage_fragile", back.isoformat(), e.apres(min(failed)))
    asked = plus_mois(back, 6)
    answered = any(one[:2] == (ObjetVerification.RACCROCHAGE, back) for one in e.fiche.verifications)
    if asked >= e.fiche.ouvert_le and not answered:
        yield Cause("raccrochage_a_verifier", back.isoformat(), e.apres(asked))


def entree_immobile(e: Etat) -> Iterator[Cause]:
    steps = (pas for pas in e.fiche.pas if pas.statut is not StatutEtape.ANNULEE)
    if not any(pas.fin is None or pas.fin >= e.ouverture for pas in steps):
        yield Cause("entree_immobile", e.ouverture.isoformat(), e.apres(e.ouverture + jours(30)))


def parcours_immobile(e: Etat) -> Iterator[Cause]:
    lived = [pas for pas in e.fiche.pas if pas.statut not in (StatutEtape.PREVUE, StatutEtape.ANNULEE)]
    moved = max((pas.fin or pas.debut for pas in lived), default=None)
    if moved is not None:
        since = max(moved, e.ouverture)
        ends = [pas.fin_prevue for pas in lived if pas.fin is None and pas.fin_prevue is not None]
        yield Cause("parcours_immobile", since.isoformat(), e.apres(max([plus_mois(since, 12), *ends])))


def age(e: Etat, naissance: date) -> Iterator[Cause]:
    for years in (16, 18, 21, 25, 26):
        day = ans(naissance, years)
        begins = (day - jours(90)).replace(day=1)
        yield Cause("age", str(years), begins, plus_mois(day.replace(day=1), 1))


def obligation(e: Etat, naissance: date) -> Iterator[Cause]:
    """The duty of training of those who have nothing at 16 and 17, and the transmission."""
    if e.genre not in SANS_RIEN:
        return
    since, end = max(e.depuis, ans(naissance, 16)), ans(naissance, 18)
    for genre, _, until in e.fiche.jalons:
        if genre is J.EXEMPTION_MEDICALE:
            since = max(since, until + jours(1))
    before = max((pas.fin for pas in e.fiche.pas if pas.fin and pas.genre in FERMENT), default=date.min)
    acts = [(jour, PROCEDURE.index(genre)) for genre, jour, _ in e.fiche.jalons if genre in PROCEDURE and jour > before]
    stage, last = None, date.min
    for jour, rank in sorted(acts):
        if stage != J.CONVOCATION or PROCEDURE[rank] is J.TRANSMISSION_DEPARTEMENT:
            stage, last = PROCEDURE[rank], jour
    if stage is J.TRANSMISSION_DEPARTEMENT:
        return
    since = max(since, last + jours(30 if stage is J.ENTRETIEN_PROPOSE else 0))
    if stage is J.CONVOCATION:
        passed = max(since, plus_mois(last, 2))
        yield Cause("obligation_formation", e.depuis.isoformat(), since, min(passed, end))
        yield Cause("transmission_departement", last.isoformat(), passed, end)
    else:
        yield Cause("obligation_formation", e.depuis.isoformat(), since, end)


def sans_referent(e: Etat, partis: dict[int, date]) -> Iterator[Cause]:
    held = e.fiche.referent
    if held is None:
        ends = [_paris(charge.fin) for charge in e.fiche.charges]
        since = max([e.ouverture, *ends])
        yield Cause("sans_referent", since.isoformat(), since + jours(3))
    elif held in partis:
        yield Cause("sans_referent", f"agent:{held}", partis[held])


def _paris(instant: datetime) -> date:
    return instant.astimezone(PARIS).date()


def apres_sortie(fiche: Fiche) -> Iterator[Cause]:
    if fiche.motif in (MotifSortie.DECES, MotifSortie.DOUBLON_ERREUR):
        return
    for month, until in ((3, 6), (6, 12), (12, 18)):
        if not any(one[:3] == (ObjetVerification.SORTIE, fiche.clos_le, month) for one in fiche.verifications):
            begins, ends = plus_mois(fiche.clos_le, month), plus_mois(fiche.clos_le, until)
            yield Cause("apres_sortie", f"{fiche.clos_le}:{month}", begins, ends)


SIMPLES: tuple[Callable[[Etat], Iterator[Cause]], ...] = (
    silence, injoignable, rendez_vous_sans_suite, situation_a_confirmer, etape_en_retard, rupture_sans_suite,
    decrochage_qui_dure, raccrochages, entree_immobile, parcours_immobile,
)  # fmt: skip
# what this observer says nothing of
NON_LUES = frozenset({"etape_qui_finit", "rentree", "chantier_plafond", "chantier_mineur"})


class Observateur:
    """`nombres`: what each structure changed. `partis`: the agents whose account is closed, and since when."""

    def __init__(self, nombres: dict[int, dict[str, int]], debut: date) -> None:
        self.nombres, self.debut = nombres, debut
        self.partis: dict[int, date] = {}
        self._connues: dict[int, tuple[int, int, list[Cause]]] = {}

    def attendues(self, fiche: Fiche, jour: date) -> dict[tuple[str, str], Cause]:
        """The causes that hold on that day, by (rule, key)."""
        return {cause[:2]: cause for cause in self.causes(fiche) if cause.du <= jour < cause.au}

    def causes(self, fiche: Fiche) -> list[Cause]:
        known = self._connues.get(fiche.id)
        if known is None or known[:2] != (fiche.version, len(self.partis)):
            found = list(self._lit(fiche) if fiche.clos_le is None else apres_sortie(fiche))
            known = self._connues[fiche.id] = fiche.version, len(self.partis), found
        return known[2]

    def _lit(self, fiche: Fiche) -> Iterator[Cause]:
        heard = [
            jour for jour, canal, said in fiche.contacts if said in REUSSITES and canal is not Canal.ENTRETIEN_TIERS
        ]
        waits = [one.jusqu_au for one in fiche.attentes if one.jusqu_au > one.depuis]
        opened = fiche.retours[-1][1] if fiche.retours else fiche.ouvert_le
        state = Etat(
            fiche, self.nombres.get(fiche.structure, {}), opened, *situation(fiche),
            max(heard, default=None), max(waits, default=date.min),
        )  # fmt: skip
        born = fiche.naissance or date(fiche.annee, 1, 1)
        for rule in SIMPLES:
            yield from rule(state)
        yield from informer_jeune(state, max(fiche.ouvert_le, self.debut))
        yield from age(state, born)
        yield from obligation(state, born)
        yield from sans_referent(state, self.partis)
