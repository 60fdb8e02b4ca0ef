"""Histories made at random, and written to a database one act at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.alertes.rules_parametres import PARAMETRES
from app.parcours.rules import current_situation
from app.parcours.rules_retour import return_day
from app.parcours.vocabulaire import (
    STATUTS_FINIS,
    Canal,
    GenreEtape,
    Intensite,
    MotifSortie,
    Resultat,
    StatutContactPrevu,
    StatutEtape,
)
from app.parcours.vocabulaire_actes import GenreJalon, MoyenDemarche, ObjetVerification, ReponseVerification
from tests.alertes.lecture import Acte, Conditions, Dit, Lecture, Pas, Reponse, Vie
from tests.alertes.monde import ESPACE, JOUR, Dite, Monde, a_midi, jours

# Those that some rule looks at, often; the others seldom.
GENRES = (
    [GenreEtape.DECROCHAGE, GenreEtape.CHANTIER_EDUCATIF] * 3
    + [GenreEtape.SCOLARITE, GenreEtape.FORMATION, GenreEtape.ALTERNANCE, GenreEtape.EMPLOI, GenreEtape.RACCROCHAGE] * 2
    + list(GenreEtape)
)
STATUTS = [StatutEtape.PREVUE, StatutEtape.ANNULEE, *[StatutEtape.EN_COURS] * 4, StatutEtape.EN_ATTENTE,
           *[StatutEtape.TERMINEE] * 3, StatutEtape.INTERROMPUE_JEUNE]  # fmt: skip
FETES = [(2, 29), (1, 1), (12, 31), (1, 31), (8, 31)]


class Ecriture(NamedTuple):
    """One write: not before `jour`, of the row of a dossier."""

    jour: date
    ecrit: Callable[[Monde, int], Any]


def invente(chance: Random, *, agents: int = 2) -> Vie:
    """Somebody's history, up to JOUR."""
    opened = _avant(chance, 0, 900)
    # a few were written long after they were opened
    written = opened if chance.random() < 0.8 else opened + jours(chance.randint(0, (JOUR - opened).days))
    vie = Vie(opened, written, intensite=chance.choice([*Intensite, Intensite.SOUTENU]))
    vie.annee = chance.choice([None, 2000, 2001, 2004, 2005, 2007, *range(2007, 2015)])
    if vie.annee is not None and chance.random() < 0.6:
        vie.naissance = _naissance(chance, vie.annee)
    chance.choice([_etapes, _etapes, _ecole, _retour, _sans_rien])(chance, vie)
    _ouvertures(chance, vie)
    vie.suivis = [(_avant(chance, 0, 150), chance.choice([Canal.TELEPHONE, Canal.ENTRETIEN_TIERS, Canal.MESSAGE]),
                   chance.choice([*Resultat, Resultat.SANS_REPONSE]))
                  for _ in range(chance.choice([0, 1, 3, 6]))]  # fmt: skip
    vie.prevus = [(JOUR + jours(chance.randint(-40, 60)), chance.choice(list(StatutContactPrevu)))
                  for _ in range(chance.choice([0, 0, 1, 2]))]  # fmt: skip
    if chance.random() < 0.35:
        since = _avant(chance, 0, 60)
        vie.attentes.append((since, since + jours(chance.choice([0, 1, 20, 60, 90, 150]))))
    vie.demarches = [(_avant(chance, 0, 90), chance.choice(list(MoyenDemarche))) for _ in range(chance.randint(0, 3))]
    _jalons(chance, vie)
    _reponses(chance, vie)
    if chance.random() < 0.5:
        vie.nomme, vie.nomme_le = True, chance.choice([None, _avant(chance, 0, 60)])
        vie.informe_le = JOUR if chance.random() < 0.4 else None
    _referents(chance, vie, agents)
    return vie


def _avant(chance: Random, first: int, last: int) -> date:
    return JOUR - jours(chance.randint(first, last))


def _naissance(chance: Random, annee: int) -> date:
    for month, day in chance.sample(FETES, 1):
        if chance.random() < 0.3 and (day != 29 or annee % 4 == 0):
            return date(annee, month, day)
    return date(annee, 1, 1) + jours(chance.randint(0, 364))


def _etapes(chance: Random, vie: Vie, *, combien: int | None = None) -> None:
    seen = {(pas.genre, pas.debut) for pas in vie.etapes}
    for _ in range(chance.choice([0, 1, 2, 3, 5, 7]) if combien is None else combien):
        genre, statut = chance.choice(GENRES), chance.choice(STATUTS)
        debut = _avant(chance, -100 if statut == "prevue" else 0, 120 if statut == "prevue" else 700)
        if (genre, debut) in seen:
            continue
        seen.add((genre, debut))
        pas = Pas(_numero(chance), genre, statut, debut, ecrite_le=_avant(chance, 0, 40))
        if statut in STATUTS_FINIS:
            # often at the end of a month: the clamps of the months that follow
            pas.fin = min(debut + jours(chance.choice([0, 10, 60, 200, 364])), JOUR)
        if chance.random() < 0.6:
            pas.fin_prevue = debut + jours(chance.choice([0, 5, 30, 90, 200, 365, 500]))
        if genre == "chantier_educatif":
            pas.heures = chance.choice([None, 0, 100, 350, 349, 700])
            if chance.random() < 0.6:
                pas.conditions = _conditions(chance, pas)
        vie.etapes.append(pas)


def _ecole(chance: Random, vie: Vie) -> None:
    """A schooling or a training that ends around the summer, and perhaps what follows."""
    genre = chance.choice(
        [GenreEtape.SCOLARITE, GenreEtape.FORMATION, GenreEtape.ENSEIGNEMENT_SUPERIEUR, GenreEtape.EMPLOI]
    )
    year = chance.choice([2025, 2026])
    end = date(year, 5, 20) + jours(chance.choice([0, 11, 12, 45, 100, 103, 104, 130]))
    pas = Pas(
        _numero(chance), genre, StatutEtape.EN_COURS, min(end - jours(chance.choice([20, 300])), JOUR), fin_prevue=end
    )
    if year == 2025 and chance.random() < 0.7:
        pas.statut, pas.fin = chance.choice([StatutEtape.TERMINEE, StatutEtape.INTERROMPUE_ACCORD]), end
    vie.etapes.append(pas)
    if chance.random() < 0.4:
        _etapes(chance, vie, combien=1)


def _retour(chance: Random, vie: Vie) -> None:
    """A décrochage that ended, and a return."""
    debut, fin = _avant(chance, 200, 400), _avant(chance, 0, 190)
    vie.etapes.append(Pas(_numero(chance), GenreEtape.DECROCHAGE, StatutEtape.TERMINEE, debut, fin))
    back = fin - jours(chance.choice([0, 0, 10]))
    genre = chance.choice([GenreEtape.RACCROCHAGE, GenreEtape.SCOLARITE, GenreEtape.ALTERNANCE, GenreEtape.EMPLOI])
    vie.etapes.append(Pas(_numero(chance), genre, StatutEtape.EN_COURS, back))
    if chance.random() < 0.3:
        _etapes(chance, vie, combien=1)


def _sans_rien(chance: Random, vie: Vie) -> None:
    """Somebody of the age of the duty of training, in nothing."""
    vie.annee = chance.choice([2008, 2009, 2010])
    vie.naissance = _naissance(chance, vie.annee) if chance.random() < 0.8 else None
    genre = chance.choice([GenreEtape.DECROCHAGE, GenreEtape.SANS_SOLUTION])
    vie.etapes.append(Pas(_numero(chance), genre, StatutEtape.EN_COURS, _avant(chance, 0, 400)))
    if chance.random() < 0.3:
        _etapes(chance, vie, combien=2)


def _numero(chance: Random) -> UUID:
    return uuid5(ESPACE, f"pas {chance.random()}")


def _conditions(chance: Random, pas: Pas) -> Conditions:
    agreed, told = (chance.choice([None, JOUR - jours(3)]) for _ in range(2))
    if chance.random() < 0.4:
        return Conditions(agreed, told)
    since = pas.debut - jours(chance.choice([0, 1, 20]))
    return Conditions(agreed, told, since, since + jours(chance.choice([10, 13, 40, 120])))


def _ouvertures(chance: Random, vie: Vie) -> None:
    if chance.random() < 0.3:
        closed = vie.ouvert_le + jours(chance.randint(0, (JOUR - vie.ouvert_le).days))
        vie.reouvertures.append((closed, closed + jours(chance.randint(0, (JOUR - closed).days))))
    if chance.random() < 0.2:
        first = max([vie.ouvert_le, *(rouvert for _, rouvert in vie.reouvertures)])
        vie.clos_le = first + jours(chance.randint(0, (JOUR - first).days))
        vie.motif = chance.choice(list(MotifSortie))


def _jalons(chance: Random, vie: Vie) -> None:
    days = sorted(_avant(chance, 0, 200) for _ in range(chance.choice([0, 0, 1, 2, 4])))
    seen = set()
    for day in days:
        genre = chance.choice(list(GenreJalon))
        cancelled = day if chance.random() < 0.15 else None
        until = None
        if genre is GenreJalon.EXEMPTION_MEDICALE and chance.random() < 0.8:
            until = day + jours(chance.choice([0, 30, 120, 300]))
        if cancelled is None:
            if (genre, day) in seen:
                continue
            seen.add((genre, day))
        vie.jalons.append(Acte(genre, day, until, cancelled))


def _reponses(chance: Random, vie: Vie) -> None:
    present = current_situation(vie.etapes, ouvert_le=vie.ouvert_le, clos_le=vie.clos_le)
    returned = return_day(vie.etapes, present.situation)
    asked = [(ObjetVerification.SITUATION, present.depuis, None)] * chance.choice([0, 1, 2])
    if returned is not None and chance.random() < 0.5:
        asked.append((ObjetVerification.RACCROCHAGE, returned, 6))
    if vie.clos_le is not None:
        asked += [(ObjetVerification.SORTIE, vie.clos_le, mois) for mois in chance.sample([3, 6, 12], 1)]
    for objet, repere, mois in asked:
        given = chance.choice([ReponseVerification.TOUJOURS_EN_PLACE, ReponseVerification.INCONNUE])
        vie.reponses.append(Reponse(objet, repere, mois, given, _avant(chance, 0, 60), chance.random() < 0.2))


def _referents(chance: Random, vie: Vie, agents: int) -> None:
    vie.agent = chance.randrange(agents)
    vie.referent = chance.random() < 0.8
    vie.departs = [_avant(chance, 0, 300) for _ in range(chance.choice([0, 0, 1, 2]))]


def parametres(chance: Random, *, nombre: int) -> dict[str, int]:
    """Some numbers of a structure, within their bounds."""
    codes = chance.sample(sorted(PARAMETRES), nombre)
    return {code: chance.randint(PARAMETRES[code].minimum, PARAMETRES[code].maximum) for code in codes}


class Peuple:
    """A world of invented people, in two structures, one with numbers of its own; two référents, one disabled."""

    def __init__(
        self, session: Session, graine: int, combien: int, *, retouche: Callable[[Vie], Any] = lambda vie: None
    ) -> None:
        chance = Random(graine)
        self.monde, self.session = Monde(session), session
        numbers = parametres(chance, nombre=25)
        self.structures = (self.monde.structure_id, self.monde.structure())
        self.monde.reglage(self.structures[1], **numbers)
        self.desactive_le = _avant(chance, 0, 50)
        self.agents = (self.monde.agent(), self.monde.agent(desactive_le=a_midi(self.desactive_le)))
        self.vies: dict[int, Vie] = {}
        self.actes: dict[int, list[Ecriture]] = {}
        for _ in range(combien):
            vie = invente(chance)
            retouche(vie)
            own = chance.random() < 0.4
            vie.reglage = numbers if own else {}
            vie.desactive_le = self.desactive_le if vie.agent == 1 else None
            number = self._ouvre(vie, self.structures[own])
            self.vies[number] = vie
            self.actes[number] = ecritures(vie, self.agents)
        self.lectures = {number: Lecture(vie) for number, vie in self.vies.items()}

    def _ouvre(self, vie: Vie, structure: int) -> int:
        number = self.monde.dossier(
            None,
            ouvert_le=vie.ouvert_le,
            cree_le=a_midi(vie.cree_le),
            annee_naissance=vie.annee,
            intensite=vie.intensite,
            structure_id=structure,
        )
        self.monde.rafraichit(number)
        return number

    def naissances(self, session: Session, ids: Sequence[int]) -> dict[int, date]:
        return {number: born for number in ids if (born := self.vies[number].naissance) is not None}

    def le(self, today: date) -> dict[str, Any]:
        return {"today": today, "now": a_midi(today), "naissances": self.naissances}

    def ecrit_tout(self) -> None:
        for number, actes in self.actes.items():
            for acte in actes:
                acte.ecrit(self.monde, number)
        self.monde.rafraichit(*self.vies)

    def dites(self, today: date) -> set[Dite]:
        """What there should be, read apart; agents by their number in this database."""
        return {self._dite(number, one) for number, lu in self.lectures.items() for one in lu.dites(today)}

    def _dite(self, number: int, one: Dit) -> Dite:
        cle = f"agent:{self.agents[int(one.cle[6:])]}" if one.cle.startswith("agent:") else one.cle
        return number, one.regle, cle, one.depuis, one.due, one.gravite, tuple(sorted(one.faits.items()))

    def par_place(self) -> set[Any]:
        """What is open, dossiers and agents named by their place, so that two databases compare."""
        places = {number: place for place, number in enumerate(self.vies)}
        names = {f"agent:{number}": f"agent:{place}" for place, number in enumerate(self.agents)}
        return {(places[one[0]], one[1], names.get(one[2], one[2]), *one[3:]) for one in self.monde.ouvertes()}


def ecritures(vie: Vie, agents: tuple[int, ...]) -> list[Ecriture]:
    """The writes that make that history, in no order but that of their days."""
    found = [*_pas(vie), *_dossier(vie, agents)]
    for jour, canal, resultat in vie.suivis:
        found.append(Ecriture(jour, _puis(Monde.suivi, jour, resultat, canal)))
    for jour, statut in vie.prevus:
        found.append(Ecriture(JOUR, _puis(Monde.prevu, jour, statut)))
    for depuis, jusqu_au in vie.attentes:
        found.append(Ecriture(depuis, _puis(Monde.attente, depuis, jusqu_au)))
    for jour, moyen in vie.demarches:
        found.append(Ecriture(jour, _puis(Monde.demarche, jour, moyen)))
    for acte in vie.jalons:
        rest = {"jusqu_au": acte.jusqu_au, "annule_le": acte.annule_le}
        found.append(Ecriture(acte.jour, _puis(Monde.jalon, acte.genre, acte.jour, **rest)))
    for one in vie.reponses:
        rest = {"mois": one.mois, "reponse": one.reponse, "annulee_le": one.jour if one.annulee else None}
        found.append(
            Ecriture(max(one.jour, one.repere), _puis(Monde.verification, one.objet, one.repere, one.jour, **rest))
        )
    return found


def _puis(write: Callable[..., Any], *given: Any, **values: Any) -> Callable[[Monde, int], Any]:
    return lambda monde, number: write(monde, number, *given, **values)


def _pas(vie: Vie) -> list[Ecriture]:
    found = []
    for pas in vie.etapes:
        rest = {
            "id": pas.id, "fin": pas.fin, "fin_prevue": pas.fin_prevue, "heures": pas.heures,
            "cree_le": a_midi(pas.ecrite_le),
        }  # fmt: skip
        said = pas.conditions._asdict() if pas.conditions else None
        day = max(pas.fin or pas.debut, pas.ecrite_le) if pas.statut != "prevue" else pas.ecrite_le
        found.append(Ecriture(day, _puis(_etape, pas.genre, pas.statut, pas.debut, said, rest)))
    return found


def _etape(monde: Monde, number: int, genre: Any, statut: Any, debut: date, said: Any, rest: dict[str, Any]) -> None:
    etape_id: UUID = monde.etape(number, genre, statut, debut, **rest)
    if said is not None:
        monde.conditions(number, etape_id, **said)


def _dossier(vie: Vie, agents: tuple[int, ...]) -> list[Ecriture]:
    found = [Ecriture(rouvert, _puis(Monde.a_rouvert, clos, rouvert)) for clos, rouvert in vie.reouvertures]
    if vie.nomme:
        told = {"informe_le": vie.informe_le, "informe_forme": "orale" if vie.informe_le else None}
        found.append(Ecriture(JOUR, _puis(Monde.identite, b"scelle", identifie_le=vie.nomme_le, **told)))
    for rank, day in enumerate(vie.departs):
        found.append(Ecriture(day, _puis(Monde.est_parti, agents[0], a_midi(day) + timedelta(seconds=rank))))
    if vie.referent:
        found.append(Ecriture(JOUR, _puis(Monde.affecte, agents[vie.agent], a_midi(JOUR))))
    if vie.clos_le is not None:
        found.append(Ecriture(vie.clos_le, _puis(Monde.clot, vie.clos_le, vie.motif)))
    return found
