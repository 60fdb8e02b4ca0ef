"""The five sentences and the five figures of a cohort, in French, each with how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.cohortes.rules_lecture import Lu
from app.cohortes.rules_phrases import COMBIEN, Fait, Part, Sujet, faits
from app.cohortes.vocabulaire import Mesure
from app.web.filters import nombre

INSECABLE = "\N{NO-BREAK SPACE}"
MASQUE = f"<{INSECABLE}11"
# said instead of what is missing
PEU_DE_JEUNES = (
    "Ces jeunes sont trop peu nombreux pour en dire davantage\N{NO-BREAK SPACE}: on risquerait d’en désigner un."
)
_RANGS = ("1er", "2e", "3e", "4e")
_FINS = ("31 mars", "30 juin", "30 septembre", "31 décembre")


@dataclass(frozen=True, slots=True)
class Constat:
    """`chiffre` is shown large, `phrase` beside it, `lire` under “Comment lire”."""

    mesure: Mesure
    chiffre: str
    phrase: str
    lire: str


def constats(releves: Mapping[Mesure, Lu]) -> list[Constat]:
    """Five from 50 young people on; fewer, with PEU_DE_JEUNES to say why, when the protection leaves no more."""
    return [constat_of(fait) for fait in faits(releves)]


def manque(found: list[Constat]) -> str:
    """Why there are fewer than five; nothing when there are five."""
    return PEU_DE_JEUNES if 0 < len(found) < COMBIEN else ""


def trimestre_lisible(trimestre: int) -> str:
    """“3e trimestre 2026”."""
    annee, rang = divmod(trimestre, 4)
    return f"{_RANGS[rang]} trimestre {annee}"


def fin_lisible(trimestre: int) -> str:
    """The last day of a quarter: “30 septembre 2026”."""
    annee, rang = divmod(trimestre, 4)
    return f"{_FINS[rang]} {annee}"


def duree_lisible(mois: int) -> str:
    """“un an”, “18 mois”."""
    return {6: "six mois", 12: "un an", 24: "deux ans"}.get(mois, f"{mois}{INSECABLE}mois")


def chiffre(part: Part) -> str:
    """“38 %”, “≥ 90 %”, or “< 11”."""
    if part.pourcent is None:
        return MASQUE
    return f"{part.pourcent}{INSECABLE}%" if part.nombre is not None else f"≥{INSECABLE}{part.pourcent}{INSECABLE}%"


def en_mots(part: Part) -> str:
    """“130 jeunes sur 345”, “au moins 90 % de 345 jeunes”, “moins de 11 jeunes sur 345”."""
    if part.masquee:
        return f"moins de 11{INSECABLE}jeunes sur {nombre(part.sur)}"
    if part.nombre is None:
        return f"au moins {part.pourcent}{INSECABLE}% de {nombre(part.sur)}{INSECABLE}jeunes"
    return f"{nombre(part.nombre)}{INSECABLE}jeunes sur {nombre(part.sur)}"


def estime(part: Part) -> str:
    """The same of a curve, whose later months not everybody has lived: “on estime que 130 jeunes sur 345”."""
    mots = en_mots(part)
    return f"on estime {'qu’' if mots.startswith('au ') else 'que '}{mots}"


def constat_of(fait: Fait) -> Constat:
    figure, phrase, lire = _MOTS[fait.sujet](fait)
    return Constat(fait.mesure, figure, phrase, lire)


Mots = tuple[str, str, str]


def _suivis(fait: Fait) -> Mots:
    return (
        nombre(fait.effectif),
        f"{nombre(fait.effectif)}{INSECABLE}jeunes environ ont été accompagnés.",
        f"Ceux qui sont entrés jusqu’au {fin_lisible(fait.trimestre)}. Une fois compté, un jeune le reste, même après "
        "sa sortie. Le nombre est arrondi à 5 près.",
    )


def _au_recul(fait: Fait, verbe: str, lire: str) -> Mots:
    """A share a while after entry, and what it was at entry. `verbe`: what those young people do."""
    entree = fait.parts["entree"]
    if "apres" not in fait.parts:
        return chiffre(entree), f"À l’entrée, {en_mots(entree)} {verbe}.", lire
    apres = fait.parts["apres"]
    avant = "moins de 11" if entree.masquee else chiffre(entree).replace(f"≥{INSECABLE}", "au moins ")
    phrase = f"{_majuscule(duree_lisible(fait.mois))} après l’entrée, {estime(apres)} {verbe}. "
    return chiffre(apres), f"{phrase}À l’entrée, ils étaient {avant}.", f"{lire} {ESTIMATION}"


ESTIMATION = (
    "Pour les jeunes entrés depuis moins longtemps, la suite est estimée d’après les autres (méthode d’Aalen-Johansen)."
)


def _activite(fait: Fait) -> Mots:
    return _au_recul(
        fait,
        "sont en emploi, en alternance ou en formation",
        "Les trois situations additionnées, après arrondi\N{NO-BREAK SPACE}; celle de moins de 11 jeunes n’est pas "
        "comptée. Un jeune sorti du suivi n’y est plus compté, même parti vers un emploi.",
    )


def _scolarite(fait: Fait) -> Mots:
    return _au_recul(fait, "sont à l’école ou en études", "Collège, lycée ou études supérieures.")


def _decrochage(fait: Fait) -> Mots:
    return _au_recul(
        fait,
        "sont en décrochage ou sans solution",
        "Ni école, ni formation, ni emploi. Un jeune sorti du suivi n’y est plus compté.",
    )


def _retours_solides(fait: Fait) -> Mots:
    part = fait.parts["part"]
    return (
        chiffre(part),
        f"Revenus d’un décrochage, {en_mots(part)} tiennent encore six mois plus tard.",
        f"Parmi ceux dont le retour date de six mois ou plus. Un suivi clos entre-temps compte comme non tenu. "
        f"{RETOUR}",
    )


RETOUR = "Un retour\N{NO-BREAK SPACE}: l’école, une formation, une alternance, un emploi ou un service civique."


def _retours(fait: Fait) -> Mots:
    part = fait.parts["part"]
    return (
        chiffre(part),
        f"Passés par un décrochage, {en_mots(part)} en sont revenus.",
        f"Le premier retour est compté, qu’il ait tenu ou non. «{INSECABLE}Sans solution{INSECABLE}» n’est pas un "
        f"décrochage. {RETOUR}",
    )


def _sorties_dynamiques(fait: Fait) -> Mots:
    part = fait.parts["part"]
    return (
        chiffre(part),
        f"Parmi ceux dont le suivi est clos, {en_mots(part)} ont une sortie «{INSECABLE}dynamique{INSECABLE}».",
        "Définition de l’insertion par l’activité économique\N{NO-BREAK SPACE}: sortie vers l’emploi, l’alternance, la "
        "formation ou l’insertion. Ne se compare ni aux issues favorables, ni aux sorties positives du PLIE.",
    )


def _delai_emploi(fait: Fait) -> Mots:
    lire = (
        "Le premier mois en emploi depuis l’entrée. Les jeunes qui attendent encore sont pris en compte (méthode de "
        "Kaplan-Meier)\N{NO-BREAK SPACE}; ceux qui sont sortis du suivi sans emploi comptent de même."
    )
    if fait.mediane is not None:
        temps = f"{fait.mediane}{INSECABLE}mois"
        return temps, f"La moitié des jeunes ont eu un premier emploi {temps} après l’entrée, ou plus tôt.", lire
    part = fait.parts["part"]
    return (
        chiffre(part),
        f"{_majuscule(duree_lisible(fait.mois))} après l’entrée, {estime(part)} ont eu un premier emploi. On n’a "
        "pas vu la moitié y arriver.",
        lire,
    )


def _premiere_etape(fait: Fait) -> Mots:
    part = fait.parts["part"]
    return (
        chiffre(part),
        f"Dans les trois mois de leur entrée, {en_mots(part)} ont commencé une première étape.",
        "Une étape qui a vraiment commencé\N{NO-BREAK SPACE}: formation, emploi, stage, chantier, accompagnement…",
    )


def _contacts(fait: Fait) -> Mots:
    part = fait.parts["part"]
    return (
        chiffre(part),
        f"En moyenne, {en_mots(part)} ont un échange tous les 30{INSECABLE}jours ou plus souvent.",
        "Parmi ceux qui en ont eu deux ou plus, avec le jeune lui-même. Ceux avec sa famille ou un partenaire n’y "
        "comptent pas.",
    )


def _majuscule(mots: str) -> str:
    return mots[0].upper() + mots[1:]


_MOTS = {
    Sujet.SUIVIS: _suivis,
    Sujet.ACTIVITE: _activite,
    Sujet.DECROCHAGE: _decrochage,
    Sujet.RETOURS_SOLIDES: _retours_solides,
    Sujet.SORTIES_DYNAMIQUES: _sorties_dynamiques,
    Sujet.DELAI_EMPLOI: _delai_emploi,
    Sujet.PREMIERE_ETAPE: _premiere_etape,
    Sujet.RETOURS: _retours,
    Sujet.CONTACTS: _contacts,
    Sujet.SCOLARITE: _scolarite,
}
