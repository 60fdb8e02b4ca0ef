"""The twenty-one rules read in plain Python, of one history and one day: from their words, apart from the SELECTs.

The situation and the day of a return come from the pure functions of `parcours`, which have tests of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from app.alertes import rules
from app.alertes.rules_parametres import PARAMETRES
from app.parcours.rules import current_situation
from app.parcours.rules_chantier import age_band, missing
from app.parcours.rules_retour import return_day
from app.parcours.vocabulaire import (
    GENRES_QUI_CLOSENT_UN_DECROCHAGE,
    STATUTS_FINIS,
    STATUTS_OUVERTS,
    Canal,
    GenreEtape,
    Intensite,
    MotifSortie,
    Resultat,
    StatutContactPrevu,
    StatutEtape,
)
from app.parcours.vocabulaire_actes import (
    GenreJalon,
    MoyenDemarche,
    ObjetVerification,
    ReponseVerification,
)

JOUR = timedelta(days=1)
RATES = ("sans_reponse", "coordonnees_incorrectes", "absent_non_excuse")
REUSSIS = ("echange_fait", "rdv_pris")
# Every kind that decides a situation.
DECIDENT = frozenset(genre for genre in GenreEtape if genre.rang is not None)


class Conditions(NamedTuple):
    accord_le: date | None = None
    inspection_le: date | None = None
    vacances_du: date | None = None
    vacances_au: date | None = None


@dataclass
class Pas:
    """A step."""

    id: UUID
    genre: GenreEtape
    statut: StatutEtape
    debut: date
    fin: date | None = None
    fin_prevue: date | None = None
    heures: int | None = None
    ecrite_le: date = date(2026, 3, 17)
    conditions: Conditions | None = None
    contrat: None = None

    @property
    def ouverte(self) -> bool:
        return self.statut in STATUTS_OUVERTS

    @property
    def finie(self) -> bool:
        return self.statut in STATUTS_FINIS


class Acte(NamedTuple):
    """A jalon."""

    genre: GenreJalon
    jour: date
    jusqu_au: date | None = None
    annule_le: date | None = None


class Reponse(NamedTuple):
    """A verification. `annulee`: taken back."""

    objet: ObjetVerification
    repere: date
    mois: int | None
    reponse: ReponseVerification
    jour: date
    annulee: bool = False


class Dit(NamedTuple):
    """What a rule says, true on the days from `due` to `fin` excluded."""

    regle: str
    cle: str
    depuis: date
    due: date
    fin: date | None
    gravite: int
    faits: dict[str, Any]


@dataclass
class Vie:
    """What happened to one young person. Days only; `referent` and `depart` say who answers, and since when nobody."""

    ouvert_le: date
    cree_le: date
    annee: int | None = None
    naissance: date | None = None
    intensite: Intensite = Intensite.SOUTENU
    clos_le: date | None = None
    motif: MotifSortie | None = None
    reouvertures: list[tuple[date, date]] = field(default_factory=list)
    suivis: list[tuple[date, Canal, Resultat]] = field(default_factory=list)
    prevus: list[tuple[date, StatutContactPrevu]] = field(default_factory=list)
    etapes: list[Pas] = field(default_factory=list)
    attentes: list[tuple[date, date]] = field(default_factory=list)
    jalons: list[Acte] = field(default_factory=list)
    reponses: list[Reponse] = field(default_factory=list)
    demarches: list[tuple[date, MoyenDemarche]] = field(default_factory=list)
    nomme: bool = False
    nomme_le: date | None = None
    informe_le: date | None = None
    departs: list[date] = field(default_factory=list)
    referent: bool = True
    desactive_le: date | None = None
    agent: int = 0
    reglage: dict[str, int] = field(default_factory=dict)


def plus_mois(day: date, months: int) -> date:
    """The same day so many months later, or the nearest before it that exists."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError


def anniversaire(naissance: date, age: int) -> date:
    if (naissance.month, naissance.day) == (2, 29):
        return date(naissance.year + age, 2, 28) + JOUR
    return naissance.replace(year=naissance.year + age)


def premier_du_mois(day: date) -> date:
    return day.replace(day=1)


def finit_avec_l_ecole(genre: GenreEtape, fin: date) -> bool:
    schools = ("scolarite", "scolarite_fragile", "enseignement_superieur", "formation")
    return genre in schools and fin.month in (6, 7, 8)


class Lecture:
    """`dites(day)`: what should be open on that day."""

    def __init__(self, vie: Vie) -> None:
        self.vie = vie

    def dites(self, day: date) -> list[Dit]:
        fixed = (one for one in self.fixes if one.due <= day and (one.fin is None or day < one.fin))
        if self.vie.clos_le is not None:
            return list(fixed)
        return [*fixed, *self.du_jour(day)]

    @cached_property
    def fixes(self) -> list[Dit]:
        """What the history fixes once, whatever the day."""
        return list(self.apres_sortie() if self.vie.clos_le is not None else self.ouvert())

    def du_jour(self, day: date) -> Iterator[Dit]:
        """What depends on what is counted that day."""
        yield from self.plafond(day)

    def ouvert(self) -> Iterator[Dit]:
        for read in (self.silence, self.injoignable, self.rendez_vous, self.a_confirmer, self.informer, self.etapes,
                     self.fin_de_parcours, self.decrochages, self.retour, self.entree, self.immobile, self.referent,
                     self.ages, self.mineur, self.obligation):  # fmt: skip
            yield from read()

    # What the rules look at

    def n(self, code: str) -> int:
        return self.vie.reglage.get(code, PARAMETRES[code].defaut)

    @cached_property
    def attente(self) -> date:
        """Until when the journey waits."""
        return max((jusqu for depuis, jusqu in self.vie.attentes if jusqu > depuis), default=date.min)

    @cached_property
    def ouverture(self) -> date:
        return max((rouvert for _, rouvert in self.vie.reouvertures), default=self.vie.ouvert_le)

    @cached_property
    def presente(self):
        return current_situation(self.vie.etapes, ouvert_le=self.vie.ouvert_le, clos_le=self.vie.clos_le)

    @cached_property
    def retour_le(self) -> date | None:
        return return_day(self.vie.etapes, self.presente.situation)

    @cached_property
    def entendu(self) -> date | None:
        """The last exchange with the young person, whenever it was."""
        return max(
            (jour for jour, canal, resultat in self.vie.suivis if resultat in REUSSIS and canal != "entretien_tiers"),
            default=None,
        )

    @cached_property
    def entendu_depuis(self) -> date | None:
        """The last exchange of what is followed now."""
        return self.entendu if self.entendu is not None and self.entendu >= self.ouverture else None

    def rates_apres(self, day: date) -> list[date]:
        return sorted(
            jour
            for jour, canal, resultat in self.vie.suivis
            if jour > day and resultat in RATES and canal != "entretien_tiers"
        )

    def suite(self, *, sauf: Pas | None = None, apres: date | None = None) -> bool:
        """Something that leads somewhere is planned, or goes on beyond that day."""
        for pas in self.vie.etapes:
            if pas is sauf or pas.genre not in rules.GENRES_VERS:
                continue
            if pas.statut == "prevue":
                return True
            if pas.ouverte and (apres is None or pas.fin_prevue is None or pas.fin_prevue > apres):
                return True
        return False

    def attendu(self, regle: str, cle: str, depuis: date, due: date, gravite: int, faits, fin: date | None = None):
        """Of a clock that a mise en attente stops."""
        return Dit(regle, cle, depuis, max(due, self.attente), fin, gravite, faits)

    # The rules

    def silence(self) -> Iterator[Dit]:
        since = self.entendu_depuis or self.ouverture
        situation, depuis = self.presente.situation, self.presente.depuis
        chantier = any(pas.genre == "chantier_educatif" and pas.statut == "en_cours" for pas in self.vie.etapes)

        settled, new = (plus_mois(depuis, self.n(code)) for code in ("emploi_installe", "alternance_debut"))
        facteur = {"soutenu": 1, "suivi": 2, "veille": 4}[self.vie.intensite]

        def rhythm(day: date) -> int:
            days = self.n(f"silence_{situation.value}")
            if situation == "alternance" and day < new:
                days = self.n("silence_alternance_debut")
            if situation == "emploi" and day >= settled:
                days = self.n("silence_emploi_installe")
            if chantier:
                days = min(days, self.n("silence_chantier"))
            return days * facteur

        # the first day that is too long by the rhythm of that very day
        due = next(day for n in range(365 * 4 + 1) if n >= rhythm(day := since + n * JOUR))
        start = "contact" if self.entendu_depuis else "reouverture" if self.vie.reouvertures else "ouverture"
        faits = {"jours": rhythm(due), "situation": situation.value, "intensite": self.vie.intensite.value,
                 "depart": start}  # fmt: skip
        gravite = 1 if situation in ("decrochage", "sans_solution") else 2
        yield self.attendu("silence", since.isoformat(), since, due, gravite, faits)

    def injoignable(self) -> Iterator[Dit]:
        eve = self.entendu_depuis or self.ouverture - JOUR
        rates = self.rates_apres(eve)
        for day in rates:
            near = [other for other in rates if 0 <= (day - other).days <= self.n("injoignable_jours")]
            if len(near) >= self.n("injoignable_tentatives"):
                tried = {moyen for jour, moyen in self.vie.demarches if jour > eve}
                faits = {"tentatives": len(rates), "faites": len(tried), "sur": 5}
                yield self.attendu("injoignable", eve.isoformat(), day, day, 2, faits)
                return

    def rendez_vous(self) -> Iterator[Dit]:
        day = min((jour for jour, statut in self.vie.prevus if statut == "prevu"), default=None)
        if day is not None:
            due = day + self.n("rendez_vous") * JOUR
            yield self.attendu("rendez_vous_sans_suite", day.isoformat(), day, due, 3, {})

    def a_confirmer(self) -> Iterator[Dit]:
        said = [one.jour for one in self.vie.reponses
                if (one.objet, one.reponse, one.annulee) == ("situation", "toujours_en_place", False)]  # fmt: skip
        known = max([self.presente.depuis, self.ouverture, *said])
        days = self.n(f"fraicheur_{self.presente.situation.value}")
        faits = {"situation": self.presente.situation.value, "jours": days}
        yield self.attendu("situation_a_confirmer", known.isoformat(), known, known + days * JOUR, 5, faits)

    def informer(self) -> Iterator[Dit]:
        if self.vie.nomme and self.vie.informe_le is None:
            day = self.vie.nomme_le or self.vie.cree_le
            yield Dit("informer_jeune", "information", day, day + self.n("informer") * JOUR, None, 4, {})

    def jugee(self, genre: GenreEtape, fin: date, due: date) -> date:
        return max(due, date(fin.year, 9, 15)) if finit_avec_l_ecole(genre, fin) else due

    def etapes(self) -> Iterator[Dit]:
        for pas in self.vie.etapes:
            genre = pas.genre.value
            if pas.statut == "prevue":
                due = pas.debut + self.n("retard") * JOUR
                yield self.attendu(
                    "etape_en_retard", pas.id.hex, pas.debut, due, 3, {"attendu": "debut", "genre": genre}
                )
            if not pas.ouverte or pas.fin_prevue is None:
                continue
            fin = pas.fin_prevue
            late = self.jugee(pas.genre, fin, fin + self.n("retard") * JOUR)
            yield self.attendu("etape_en_retard", pas.id.hex, fin, late, 3, {"attendu": "fin", "genre": genre})
            if self.suite(sauf=pas, apres=fin):
                continue
            faits = {"genre": genre, "fin": fin.isoformat()}
            if finit_avec_l_ecole(pas.genre, fin):
                asked = max(date(fin.year, 6, 1), pas.debut)
                yield self.attendu("rentree", pas.id.hex, asked, asked, 4, faits, date(fin.year, 9, 15))
            elif pas.genre in rules.GENRES_A_SUITE:
                near = max(fin - self.n("fin_proche") * JOUR, pas.debut)
                yield self.attendu("etape_qui_finit", pas.id.hex, near, near, 4, faits, late)

    def fin_de_parcours(self) -> Iterator[Dit]:
        """What ended last, when nothing follows."""
        ended = [pas for pas in self.vie.etapes if pas.finie and pas.genre in DECIDENT]
        if self.presente.situation != "inconnue" or not ended or self.suite():
            return
        last = min(ended, key=lambda pas: (-pas.fin.toordinal(), pas.id.hex))
        since = max(last.fin, self.ouverture)
        judged = self.jugee(last.genre, last.fin, since + self.n("rupture") * JOUR)
        faits = {"genre": last.genre.value, "statut": last.statut.value}
        yield self.attendu("rupture_sans_suite", last.id.hex, since, judged, 2, faits)
        if finit_avec_l_ecole(last.genre, last.fin) and self.ouverture < date(last.fin.year, 9, 15):
            asked = max(date(last.fin.year, 6, 1), last.debut)
            faits = {"genre": last.genre.value, "fin": last.fin.isoformat()}
            yield self.attendu("rentree", last.id.hex, asked, asked, 4, faits, judged)

    def decrochages(self) -> Iterator[Dit]:
        days, annee = self.n("decrochage"), self.vie.annee
        for pas in self.vie.etapes:
            if pas.genre != "decrochage" or not pas.ouverte:
                continue
            tries = [other for other in self.vie.etapes
                     if other.genre in GENRES_QUI_CLOSENT_UN_DECROCHAGE and other.debut >= pas.debut]  # fmt: skip
            if any(other.ouverte for other in tries):
                continue
            since = max((other.fin for other in tries if other.finie), default=pas.debut)
            due = max(since + days * JOUR, self.attente)
            if annee is None:
                yield Dit("decrochage_qui_dure", pas.id.hex, since, due, None, 2, {"jours": days, "age": "inconnu"})
                continue
            starts = (date.min, date(annee + 16, 1, 1), date(annee + 18, 1, 1), None)
            for gravite, age in enumerate(("moins_16", "16_17", "majeur"), 1):
                start, end = starts[gravite - 1], starts[gravite]
                if end is None or due < end:
                    faits = {"jours": days, "age": age}
                    yield Dit("decrochage_qui_dure", pas.id.hex, since, max(due, start), end, gravite, faits)

    def retour(self) -> Iterator[Dit]:
        day = self.retour_le
        if day is None:
            return
        heard = self.entendu if self.entendu is not None and self.entendu >= day else day - JOUR
        missed = [one for one in self.rates_apres(heard) if one < plus_mois(day, self.n("raccrochage_fragile"))]
        if missed:
            faits = {"retour": day.isoformat(), "combien": len(missed)}
            yield self.attendu("raccrochage_fragile", day.isoformat(), missed[0], missed[0], 2, faits)
        months = self.n("raccrochage_solide")
        asked = plus_mois(day, months)
        answered = any((one.objet, one.repere, one.annulee) == ("raccrochage", day, False) for one in self.vie.reponses)
        if asked >= self.vie.ouvert_le and not answered:
            faits = {"retour": day.isoformat(), "mois": months}
            yield self.attendu("raccrochage_a_verifier", day.isoformat(), day, asked, 4, faits)

    def entree(self) -> Iterator[Dit]:
        for pas in self.vie.etapes:
            if pas.statut != "annulee" and (pas.fin is None or pas.fin >= self.ouverture):
                return
        since, days = self.ouverture, self.n("entree")
        yield self.attendu("entree_immobile", since.isoformat(), since, since + days * JOUR, 3, {"jours": days})

    def immobile(self) -> Iterator[Dit]:
        moves = [pas.fin or pas.debut for pas in self.vie.etapes if pas.ouverte or pas.finie]
        if moves:
            since, months = max(self.ouverture, *moves), self.n("immobile")
            ends = [pas.fin_prevue for pas in self.vie.etapes if pas.ouverte and pas.fin_prevue is not None]
            due = max([plus_mois(since, months), *ends])
            yield self.attendu("parcours_immobile", since.isoformat(), since, due, 5, {"mois": months})

    def referent(self) -> Iterator[Dit]:
        if not self.vie.referent:
            left = [day for day in self.vie.departs if day >= self.ouverture]
            since = max(left, default=self.ouverture)
            motif = "affectation_terminee" if left else "jamais_affecte"
            due = since + self.n("sans_referent") * JOUR
            yield Dit("sans_referent", since.isoformat(), since, due, None, 1, {"motif": motif})
        elif self.vie.desactive_le is not None:
            day = self.vie.desactive_le
            yield Dit("sans_referent", f"agent:{self.vie.agent}", day, day, None, 1, {"motif": "referent_desactive"})

    @property
    def ne(self) -> date | None:
        """The birth date, or the first day of its year; None when even the year is unknown."""
        return None if self.vie.annee is None else self.vie.naissance or date(self.vie.annee, 1, 1)

    def ages(self) -> Iterator[Dit]:
        if self.ne is None:
            return
        for age in (16, 18, 21, 25, 26):
            day = anniversaire(self.ne, age)
            begins = premier_du_mois(day - self.n("age") * JOUR)
            yield Dit("age", str(age), begins, begins, plus_mois(premier_du_mois(day), 1), 4, {"age": age})

    def mineur(self) -> Iterator[Dit]:
        for pas in self.vie.etapes:
            if pas.genre != "chantier_educatif" or not (pas.ouverte or pas.statut == "prevue") or self.ne is None:
                continue
            born = self.vie.naissance or self.vie.annee
            band = age_band(born, pas.debut)
            lacking = missing(born, pas.debut, pas.fin_prevue, pas.conditions)
            if band is not None and (lacking or band == "moins_14"):
                day = pas.ecrite_le
                faits = {"age": band, "manque": ",".join(lacking), "debut": pas.debut.isoformat()}
                yield Dit("chantier_mineur", pas.id.hex, day, day, None, 2, faits)

    def plafond(self, day: date) -> Iterator[Dit]:
        """Counted on the day itself: what ended more than the months ago counts no more."""
        lived = [pas for pas in self.vie.etapes
                 if pas.genre == "chantier_educatif" and pas.heures and (pas.ouverte or pas.finie)]  # fmt: skip
        months = self.n("chantier_mois")
        counted = [pas for pas in lived if pas.fin is None or day < plus_mois(pas.fin, months)]
        hours = sum(pas.heures for pas in counted)
        if hours >= self.n("chantier_heures"):
            last = max(pas.debut for pas in lived)
            gone = [plus_mois(pas.fin, months) for pas in lived if pas not in counted]
            if last <= day:
                yield Dit("chantier_plafond", "plafond", last, max([last, *gone]), None, 3, {"heures": hours})

    def obligation(self) -> Iterator[Dit]:
        situation = self.presente.situation
        if situation not in ("decrochage", "sans_solution") or self.ne is None:
            return
        acts = [acte for acte in self.vie.jalons if acte.annule_le is None]
        exempt = [acte.jusqu_au for acte in acts if acte.genre == "exemption_medicale"]
        if None in exempt:
            return
        # what went before a solution counts no more
        solutions = [pas.fin for pas in self.vie.etapes
                     if pas.finie and pas.genre in GENRES_QUI_CLOSENT_UN_DECROCHAGE]  # fmt: skip
        order = ("entretien_propose", "absence_non_justifiee", "convocation", "transmission_departement")
        acts = sorted(
            (acte for acte in acts if acte.genre in order and acte.jour > max(solutions, default=date.min)),
            key=lambda acte: (acte.jour, order.index(acte.genre)),
        )
        sent = [number for number, acte in enumerate(acts) if acte.genre == "transmission_departement"]
        if sent:
            acts = acts[sent[-1] + 1 :]
            if not acts:
                return
        depuis, ends = self.presente.depuis, anniversaire(self.ne, 18)
        since = max(depuis, anniversaire(self.ne, 16), *(day + JOUR for day in exempt), date.min)
        cle, said = depuis.isoformat(), {"situation": situation.value}
        convoked = [acte.jour for acte in acts if acte.genre == "convocation"]

        def duty(due: date, stage: str, jalon: str, until: date) -> Dit:
            return Dit("obligation_formation", cle, depuis, due, until, 2, said | {"etape": stage, "jalon": jalon})

        if convoked:
            day = convoked[0]
            begins = max(since, day)
            sent_by = max(plus_mois(day, 2), begins)
            yield duty(begins, "attente", day.isoformat(), min(sent_by, ends))
            faits = {"convocation": day.isoformat()}
            cause = min(day, sent_by)
            yield Dit("transmission_departement", day.isoformat(), cause, sent_by, ends, 1, faits)
        elif not acts:
            yield duty(since, "entretien", "", ends)
        else:
            day, missed = acts[-1].jour, acts[-1].genre == "absence_non_justifiee"
            due = max(since, day) if missed else max(since, day + 30 * JOUR)
            yield duty(due, "convocation" if missed else "propose", day.isoformat(), ends)

    def apres_sortie(self) -> Iterator[Dit]:
        closed = self.vie.clos_le
        if self.vie.motif in ("deces", "doublon_erreur") or closed < self.vie.cree_le:
            return
        for months, until in ((3, 6), (6, 12), (12, 18)):
            answered = any(
                (one.objet, one.repere, one.mois, one.annulee) == ("sortie", closed, months, False)
                for one in self.vie.reponses
            )
            if not answered:
                faits = {"mois": months, "motif": self.vie.motif.value}
                yield Dit("apres_sortie", f"{closed.isoformat()}:{months}", closed, plus_mois(closed, months),
                          plus_mois(closed, until), 6, faits)  # fmt: skip
