"""The words of published numbers: cells, dates, measures with how to read them, what the protection did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.cohortes.forms_phrases import INSECABLE, MASQUE, fin_lisible
from app.cohortes.rules_cellules import COURBE_MIN, Cellule
from app.cohortes.rules_graphiques import COULEURS
from app.cohortes.rules_graphiques_barres import cell_words
from app.cohortes.rules_lecture import Lu
from app.cohortes.rules_mesures import DUREES, FLUX
from app.cohortes.vocabulaire import Bande, Marque, Mesure, Niveau, Raison
from app.web.filters import nombre

NOMS = Bande.choices()
TITRE_ACCUEIL = "Cohortes"
AXE_MOIS = "Mois depuis l’entrée"
DATES = {
    0: "À l’entrée",
    6: "6 mois après",
    12: "1 an après",
    24: "2 ans après",
    36: "3 ans après",
    48: "4 ans après",
    60: "5 ans après",
}
METHODE = (
    "Chiffres arrondis au multiple de 5 le plus proche, jamais en dessous de 15. De 0 à 10 jeunes, on lit "
    f"«{INSECABLE}{MASQUE}{INSECABLE}»{INSECABLE}; à 10 jeunes près de l’ensemble, «{INSECABLE}≥{INSECABLE}x"
    f"{INSECABLE}%{INSECABLE}». Les pourcentages sont calculés sur les nombres arrondis."
)

# said under a chronogramme whose end is mostly masked, with the month from which it is
AMINCI = (
    "À partir du mois {mois}, trop peu de jeunes ont été vus dans la plupart des situations\N{NO-BREAK SPACE}: elles "
    "passent dans «\N{NO-BREAK SPACE}Autres situations\N{NO-BREAK SPACE}». Ce n’est pas une chute."
)
COURTS = {
    Mesure.DELAI_EMPLOI: "Premier emploi",
    Mesure.DELAI_EMPLOI_6: "Emploi tenu 6 mois",
    Mesure.DELAI_RACCROCHAGE: "Raccrochage",
    Mesure.PREMIERE_ETAPE: "Première étape",
    Mesure.CONTACTS: "Échanges",
}

SITUATIONS_LIRE = (
    "Chaque mois est compté depuis l’entrée de chacun, quelle que soit sa date. La hauteur d’une couleur est la part "
    "des jeunes dans cette situation le dernier jour du mois.",
    "Ceux qui sont entrés récemment n’ont pas encore vécu tous ces mois. La suite est estimée d’après ceux qui les ont "
    "vécus (méthode d’Aalen-Johansen)\N{NO-BREAK SPACE}: c’est une estimation, pas un décompte.",
    "«\N{NO-BREAK SPACE}Autres situations\N{NO-BREAK SPACE}», en hachures, réunit ce qui n’est pas connu et ce qui est "
    "trop petit pour être montré.",
)
FLUX_LIRE = (
    "À gauche, où étaient les jeunes à une date\N{NO-BREAK SPACE}; à droite, où sont les mêmes plus tard. La largeur "
    "d’un ruban est leur nombre.",
    "Seuls comptent les jeunes entrés depuis assez longtemps\N{NO-BREAK SPACE}: d’une paire de dates à la suivante, ce "
    "ne sont pas tout à fait les mêmes, et les hauteurs peuvent différer.",
)
DELAI_LIRE = (
    "La courbe monte à mesure que des jeunes y arrivent. La bande claire dit l’incertitude\N{NO-BREAK SPACE}: la vraie "
    "part y est 95 fois sur 100, l’effet de l’arrondi mis à part. En hachures, les premiers mois, où ils étaient trop "
    "peu pour être montrés.",
    "Ceux qui attendent encore comptent pour le temps déjà vécu (méthode de Kaplan-Meier). Le point marque le moment "
    "où la moitié y est.",
    "Un jeune sorti du suivi avant d’y arriver compte comme n’y étant pas\N{NO-BREAK SPACE}: on ne sait pas s’il y "
    "est arrivé ensuite.",
)
DEFINITIONS_DELAI = {
    Mesure.DELAI_EMPLOI: "Un premier emploi\N{NO-BREAK SPACE}: le premier mois en emploi depuis l’entrée, même si "
    "l’emploi ne dure qu’un mois. L’insertion par l’activité économique et l’alternance n’y sont pas.",
    Mesure.DELAI_EMPLOI_6: "Un emploi tenu 6 mois\N{NO-BREAK SPACE}: six mois d’emploi de suite, hors insertion par "
    "l’activité économique. On ne dit pas «\N{NO-BREAK SPACE}durable\N{NO-BREAK SPACE}»\N{NO-BREAK SPACE}: ce mot a un "
    "autre sens, celui du contrat.",
    Mesure.DELAI_RACCROCHAGE: "Un raccrochage scolaire\N{NO-BREAK SPACE}: le premier mois de retour accompagné à "
    "l’école, par la MLDS, un microlycée ou un établissement. Le temps est compté depuis l’entrée.",
}
TRANSITIONS_LIRE = (
    "Sur 100 mois passés dans la première situation, combien sont suivis d’un mois dans la seconde. Un passage n’est "
    "montré que si au moins 11 jeunes différents l’ont fait.",
)
DUREES_LIRE = (
    "La moyenne par jeune, sur ceux qui ont vécu tous ces mois, à un demi-mois près. Ceux qui n’y ont pas passé un "
    "jour comptent pour zéro.",
)
SORTIES_LIRE = (
    "Trois mesures, trois définitions, trois groupes de jeunes. Elles ne s’additionnent pas et ne se comparent pas "
    "entre elles.",
)
DEFINITIONS_SORTIES = {
    "positive": (
        "Issue favorable",
        "Parmi les jeunes dont le suivi est clos\N{NO-BREAK SPACE}: le motif est une scolarité maintenue ou reprise, "
        "une alternance, une formation, un emploi, l’insertion par l’activité économique, un service civique, ou des "
        "objectifs atteints.",
    ),
    "dynamiques": (
        "Sorties dynamiques",
        "Parmi les mêmes jeunes, au sens de l’insertion par l’activité économique\N{NO-BREAK SPACE}: emploi durable, "
        "emploi de transition, formation, alternance, insertion. L’école et le service civique n’y sont pas.",
    ),
    "plie_positives": (
        "Sorties positives du PLIE",
        "Parmi les jeunes entrés par un plan local pour l’insertion et l’emploi, suivi clos ou non\N{NO-BREAK SPACE}: "
        "six mois d’emploi de suite, ou une qualification validée.",
    ),
}
RACCROCHAGES_LIRE = (
    "Un retour est solide s’il tient encore six mois plus tard, sans trou\N{NO-BREAK SPACE}; passer de l’école à un "
    "emploi ne le rompt pas. On n’en juge que pour les retours qui datent de six mois au moins. Un suivi clos avant "
    "ces six mois compte comme non tenu\N{NO-BREAK SPACE}: on ne sait plus.",
    "Un jeune «\N{NO-BREAK SPACE}sans solution\N{NO-BREAK SPACE}» n’est pas compté parmi les décrochages ici.",
    "Un chantier, un stage ou un accompagnement n’est pas un retour\N{NO-BREAK SPACE}: il se fait pendant le "
    "décrochage.",
)
PREMIERE_LIRE = (
    "La première étape vraiment commencée depuis l’entrée\N{NO-BREAK SPACE}: formation, emploi, stage, chantier, "
    "accompagnement… Une étape seulement prévue ne compte pas.",
)
CONTACTS_LIRE = (
    "Le temps moyen entre deux échanges avec le jeune lui-même. Un message sans réponse, ou un échange avec un "
    "proche, n’est pas un contact.",
    "Seuls comptent les jeunes qui ont eu deux échanges ou plus, à des jours différents\N{NO-BREAK SPACE}: des autres, "
    "ce temps n’est pas connu. «\N{NO-BREAK SPACE}Tous les 30 jours\N{NO-BREAK SPACE}» comprend ceux de tous les 15 "
    "jours.",
)
CONTACTS_SANS_PART = (
    "Pas de pourcentage ici\N{NO-BREAK SPACE}: le nombre de ceux qui ont eu deux échanges n’est pas montré, ou il est "
    "trop petit."
)
CONTACTS_DITS = {
    "15": "Tous les 15 jours ou plus souvent",
    "30": "Tous les 30 jours ou plus souvent",
    "60": "Tous les 60 jours ou plus souvent",
    "plus": "Moins souvent que tous les 60 jours",
}
IMMOBILES_LIRE = (
    "Parmi les dossiers ouverts, ceux qu’une règle d’alerte dit arrêtés le jour du calcul\N{NO-BREAK SPACE}: une "
    "étape qui n’avance plus, une attente trop longue, un jeune sans échange. C’est un rappel pour l’équipe, pas un "
    "jugement sur le jeune.",
)


def cell_text(cell: Cellule | None) -> str:
    """“345”, “< 11”, “≥ 85 %”."""
    if cell is None:
        return MASQUE
    if cell.marque is Marque.PRESQUE_TOUS:
        return f"≥{INSECABLE}{cell.valeur}{INSECABLE}%"
    return nombre(cell.valeur)


def share_text(cell: Cellule | None, effectif: int) -> str:
    """“45 %”, “≥ 90 %”, “< 11”; a dash under 20 people, where no rate is said."""
    if cell is None:
        return MASQUE
    return cell_words(cell, effectif) or "–"


def months_text(mois: float | None) -> str:
    """“4,5 mois”."""
    return MASQUE if mois is None else f"{nombre(mois)}{INSECABLE}mois"


def dated(releve: Lu) -> str:
    """“Jeunes entrés jusqu’au 30 septembre 2026, vus à cette date.”"""
    entree, vue = fin_lisible(releve.trimestre), fin_lisible(releve.millesime)
    if entree == vue:
        return f"Jeunes entrés jusqu’au {entree}, vus à cette date."
    return f"Jeunes entrés jusqu’au {entree}, vus au {vue}."


def headcount(releve: Lu) -> str:
    """“Environ 345 jeunes”."""
    return f"Environ {nombre(releve.effectif)}{INSECABLE}jeunes"


# -- what the protection did -------------------------------------------------------------------------------------------

_NIVEAUX = {
    Niveau.EFFECTIF: "Moins de 20 jeunes\N{NO-BREAK SPACE}: leur nombre seul est montré.",
    Niveau.HORIZONS: "De 20 à 49 jeunes\N{NO-BREAK SPACE}: quelques dates sont montrées, sans courbe.",
    Niveau.COURBES: "De 50 à 199 jeunes\N{NO-BREAK SPACE}: les courbes ont un point par trimestre.",
    Niveau.MENSUEL: "200 jeunes ou plus\N{NO-BREAK SPACE}: les courbes ont un point par mois.",
}
TROP_PEU = "il y faut plus de jeunes"
PAS_ASSEZ_DE_RECUL = "trop peu de ces jeunes sont entrés depuis assez longtemps"


def protection(releves: Mapping[Mesure, Lu]) -> list[str]:
    """Level, rounding, masks, in sentences."""
    situations = releves.get(Mesure.SITUATIONS)
    if situations is None:
        return [METHODE]
    shown = [releve for releve in releves.values() if releve.mois]
    said = [_NIVEAUX[situations.niveau], METHODE]
    if shown:
        said.append(
            f"Un mois n’est montré que si un quart de ces jeunes, ou {COURBE_MIN} d’entre eux, l’ont déjà vécu. Les "
            "parts arrondies peuvent dépasser un peu le total\N{NO-BREAK SPACE}: les dessins sont alors ramenés à leur "
            "somme."
        )
    return said


def missing(releves: Mapping[Mesure, Lu], refus: Mapping[Mesure, Raison]) -> list[tuple[str, str]]:
    """(measure, why) of those that this cohort does not have."""
    situations = releves.get(Mesure.SITUATIONS)
    if situations is None:
        return []
    absent = [mesure for mesure in Mesure if mesure not in releves]
    return [(mesure.label, _why(mesure, situations, refus)) for mesure in absent]


def _why(mesure: Mesure, situations: Lu, refus: Mapping[Mesure, Raison]) -> str:
    if mesure in refus:
        return small(refus[mesure].label.rstrip("."))
    longer = mesure in FLUX or mesure in DUREES or mesure is Mesure.PREMIERE_ETAPE
    few = situations.niveau in (Niveau.EFFECTIF, Niveau.HORIZONS) and mesure is not Mesure.PREMIERE_ETAPE
    return PAS_ASSEZ_DE_RECUL if longer and not few else TROP_PEU


def small(phrase: str) -> str:
    """With a small first letter, to go on a sentence."""
    return phrase[0].lower() + phrase[1:]


def listed(mots: Iterable[str]) -> str:
    """“a, b et c”."""
    *debut, fin = list(mots)
    return f"{', '.join(debut)} et {fin}" if debut else fin


def capital(phrase: str) -> str:
    """With a capital, to begin a sentence."""
    return phrase[0].upper() + phrase[1:]


# -- the method --------------------------------------------------------------------------------------------------------

PRUDENCE = (
    "Une différence entre deux groupes ne dit pas sa cause\N{NO-BREAK SPACE}: les jeunes n’y sont pas les mêmes, ni "
    "les époques, ni les quartiers."
)
_DITES = {
    Bande.EMPLOI: "insertion par l’activité économique comprise.",
    Bande.ALTERNANCE: "apprentissage, professionnalisation.",
    Bande.FORMATION: "stagiaire de la formation professionnelle, école de la deuxième chance comprise.",
    Bande.SCOLARITE: "collège, lycée, études supérieures, y compris quand l’assiduité est fragile.",
    Bande.ENGAGEMENT: "service civique, EPIDE.",
    Bande.RACCROCHAGE: "un retour accompagné à l’école, microlycée, MLDS.",
    Bande.DECROCHAGE: "ni école, ni formation, ni emploi.",
    Bande.SORTI: "le suivi est clos, quel qu’en soit le motif\N{NO-BREAK SPACE}; la suite n’est plus connue.",
    Bande.AUTRES: "ce qui n’est pas connu, les indisponibilités, les données effacées, et tout ce qui est trop petit "
    "pour être montré.",
}
CONTEXTE = {
    "noms": NOMS,
    "couleurs": COULEURS,
    "prudence": PRUDENCE,
    "situations_lire": SITUATIONS_LIRE,
    "situations_dites": {bande.value: f"{INSECABLE}: {texte}" for bande, texte in _DITES.items()},
    "delais_dits": tuple(DEFINITIONS_DELAI.values()),
    "sorties_dites": tuple(DEFINITIONS_SORTIES.values()),
    "autres_dites": (
        (Mesure.RACCROCHAGES.label, RACCROCHAGES_LIRE),
        (Mesure.PREMIERE_ETAPE.label, PREMIERE_LIRE),
        (Mesure.CONTACTS.label, CONTACTS_LIRE),
        (Mesure.TRANSITIONS.label, TRANSITIONS_LIRE),
        (Mesure.IMMOBILES.label, IMMOBILES_LIRE),
    ),
}
