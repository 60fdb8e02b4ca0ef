"""The address of a cohort: one value of each criterion, two criteria at most. Anything else is nowhere (T11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.cohortes.filtres import Critere
from app.cohortes.queries_releves import Libelles
from app.cohortes.rules_treillis import FILTRES_MAX, Cle
from app.parcours.vocabulaire import Sexe, TrancheAge

_NUMERO = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ANNEE = re.compile(r"(?:19|20|21)[0-9]{2}", re.ASCII)
_VALEURS: dict[Critere, Callable[[str], object]] = {
    Critere.TERRITOIRE: _NUMERO.fullmatch,
    Critere.SEXE: lambda valeur: valeur in list(Sexe),
    Critere.AGE: lambda valeur: valeur in list(TrancheAge),
    Critere.ENTREE: _ANNEE.fullmatch,
    Critere.STRUCTURE: _NUMERO.fullmatch,
}
CRITERES = {
    Critere.TERRITOIRE: "Territoire",
    Critere.SEXE: "Sexe",
    Critere.AGE: "Âge à l’entrée",
    Critere.ENTREE: "Année d’entrée",
    Critere.STRUCTURE: "Structure à l’entrée",
}
MEME_CRITERE = (
    "Ces deux choix parlent de la même chose. Choisissez deux critères différents, par exemple un quartier et une "
    "année d’entrée."
)
AUTRE_CRITERE = (
    "Comparez deux valeurs d’un même critère\N{NO-BREAK SPACE}: deux quartiers, deux années, femmes et hommes."
)
MEME_VALEUR = "C’est deux fois la même valeur. Choisissez-en une autre."
CHOISIR = "Choisissez une valeur."
CRITERE_PRIS = "Ce critère est déjà celui que vous comparez. Choisissez-en un autre, ou tous les jeunes."
CHOIX_INCONNU = "Ce choix n’existe pas. Prenez-en un de la liste."


def read_cle(args: MultiDict[str, str]) -> Cle | None:
    """The cohort that a query string names; None for a list, a range, a third criterion, a word we do not know."""
    filtres: dict[Critere, str] = {}
    for nom, valeurs in args.lists():
        if nom not in list(Critere) or len(valeurs) != 1 or not _VALEURS[Critere(nom)](valeurs[0]):
            return None
        filtres[Critere(nom)] = valeurs[0]
    return Cle.of(filtres) if len(filtres) <= FILTRES_MAX else None


@dataclass(frozen=True, slots=True)
class Comparaison:
    """Two values of one criterion, among the cohort `parmi`."""

    par: Critere
    a: str
    b: str
    parmi: Cle

    @property
    def cles(self) -> tuple[Cle, Cle]:
        return with_value(self.parmi, self.par, self.a), with_value(self.parmi, self.par, self.b)

    @property
    def parameters(self) -> dict[str, str]:
        return {"par": self.par.value, "a": self.a, "b": self.b, **parameters(self.parmi)}


def read_comparison(args: MultiDict[str, str]) -> Comparaison | None:
    """From `par`, `a`, `b` and at most one other criterion; None when the address is not one of ours."""
    own = {nom: args.getlist(nom) for nom in ("par", "a", "b")}
    parmi = read_cle(MultiDict((nom, valeur) for nom, valeur in args.items(multi=True) if nom not in own))
    if parmi is None or any(len(valeurs) != 1 for valeurs in own.values()) or own["par"][0] not in list(Critere):
        return None
    par, a, b = Critere(own["par"][0]), own["a"][0], own["b"][0]
    readable = all(_VALEURS[par](valeur) for valeur in (a, b))
    if not readable or a == b or len(parmi.filtres) >= FILTRES_MAX or parmi.get(par) is not None:
        return None
    return Comparaison(par, a, b, parmi)


def with_value(cle: Cle, critere: Critere, valeur: str) -> Cle:
    return Cle.of({**dict(cle.filtres), critere: valeur})


def parameters(cle: Cle) -> dict[str, str]:
    """What stands after the question mark, in the order of the criteria."""
    return {critere.value: valeur for critere, valeur in cle.filtres}


# -- the form: two lists, so that a third choice cannot even be sent ---------------------------------------------------

Groupes = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Choix:
    """Two lists of “criterion:value” as they were sent, and what is wrong with each."""

    un: str = ""
    deux: str = ""
    erreur_un: str = ""
    erreur_deux: str = ""

    @property
    def refuse(self) -> bool:
        return bool(self.erreur_un or self.erreur_deux)

    @property
    def cle(self) -> Cle:
        """Raises ValueError while it is refused."""
        if self.refuse:
            raise ValueError("a refused choice is no cohort")
        return Cle.of(dict(_pair(choix) for choix in (self.un, self.deux) if choix))

    @classmethod
    def showing(cls, cle: Cle) -> Choix:
        return cls(*(f"{critere.value}:{valeur}" for critere, valeur in cle.filtres))


def read_choice(args: MultiDict[str, str], libelles: Libelles) -> Choix:
    un, deux = args.get("un", ""), args.get("deux", "")
    offered = {value for _, options in groups(libelles) for value, _ in options}
    wrong = [CHOIX_INCONNU if choix and choix not in offered else "" for choix in (un, deux)]
    if not any(wrong) and un and deux and _pair(un)[0] is _pair(deux)[0]:
        wrong[1] = MEME_CRITERE
    return Choix(un, deux, *wrong)


def groups(libelles: Libelles) -> Groupes:
    """What a list offers, by criterion."""
    return [
        (CRITERES[critere], [(f"{critere.value}:{valeur}", mots) for valeur, mots in libelles.valeurs(critere)])
        for critere in Critere
        if libelles.valeurs(critere)
    ]


@dataclass(frozen=True, slots=True)
class Paire:
    """What is chosen to compare, as it was sent, among whom, and what is wrong; `comparaison` once nothing is."""

    choix: Choix = Choix()
    parmi: str = ""
    erreur_parmi: str = ""
    comparaison: Comparaison | None = None

    @property
    def refuse(self) -> bool:
        return self.choix.refuse or bool(self.erreur_parmi)

    @classmethod
    def showing(cls, asked: Comparaison) -> Paire:
        parmi = Choix.showing(asked.parmi).un
        return cls(Choix(f"{asked.par}:{asked.a}", f"{asked.par}:{asked.b}"), parmi)


def read_pair(args: MultiDict[str, str], libelles: Libelles) -> Paire:
    """Of an empty form, an empty pair."""
    un, deux, parmi = (args.get(nom, "") for nom in ("un", "deux", "parmi"))
    if not args:
        return Paire()
    offered = {value for _, options in groups(libelles) for value, _ in options}
    wrong = [CHOISIR if not choix else "" if choix in offered else CHOIX_INCONNU for choix in (un, deux)]
    wrong_parmi = CHOIX_INCONNU if parmi and parmi not in offered else ""
    if not any(wrong):
        wrong[1] = MEME_VALEUR if un == deux else "" if _pair(un)[0] is _pair(deux)[0] else AUTRE_CRITERE
        if parmi and not wrong_parmi and _pair(parmi)[0] is _pair(un)[0]:
            wrong_parmi = CRITERE_PRIS
    if any(wrong) or wrong_parmi:
        return Paire(Choix(un, deux, *wrong), parmi, wrong_parmi)
    (par, a), (_, b) = _pair(un), _pair(deux)
    return Paire(Choix(un, deux), parmi, "", Comparaison(par, a, b, Cle.of(dict([_pair(parmi)] if parmi else []))))


def _pair(choix: str) -> tuple[Critere, str]:
    nom, _, valeur = choix.partition(":")
    return Critere(nom), valeur
