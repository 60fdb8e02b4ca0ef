"""The sheet of each rule, made of its explanation, its numbers and what the house does with every alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.alertes.forms_explications import EXPLICATIONS, cites, dite, is_report, sources_of
from app.alertes.rules_ordre import LIBELLES, QUINZAINE
from app.alertes.rules_parametres import PARAMETRES, Parametre, Unite, report_code, values
from app.alertes.vocabulaire import HORLOGES_LEGALES, REGLES_SUSPENDUES, MotifReport, Regle
from app.parcours.vocabulaire_actes import MotifAttente
from app.web.filters import pluriel, typo

TITRE = typo("Pourquoi cette alerte ?")
CHAPEAU = typo(
    "Une alerte dit ce qui n’avance pas, depuis quand, et ce qui était attendu. Elle s’ouvre et se ferme d’elle-même : "
    "ce sont les faits notés qui la ferment, jamais un clic. Elle ne paraît jamais deux fois pour la même cause, et ne "
    "disparaît pas en vieillissant."
)
COMPTER = typo(
    "Les jours se comptent ainsi : un délai de 14 jours est passé quand le quatorzième jour arrive sans ce qui était "
    "attendu. Les mois vont d’un jour au même jour du mois, ou au dernier d’un mois plus court. "
    "Sans date de naissance, l’âge est celui atteint dans l’année."
)
SUITES = (
    (
        "L’ordre de Ma journée",
        "Ma journée montre {aujourdhui} au plus, un par ligne avec sa raison la plus forte ; le reste est à une "
        "touche. Dans un même rang, ce qui attend depuis le plus longtemps passe devant. Ce qui reste sans suite "
        "monte d’un rang tous les {quinzaine} jours, plus lentement quand c’est moins grave, sans passer devant les "
        "échéances légales.",
    ),
    (
        "L’escalade",
        "Une alerte est pour le référent. Quand ce qui manque reste sans suite, elle est portée à la coordination "
        "après {escalade} ; ce qui est à préparer ou à confirmer, non. Reportée, elle ne l’est qu’à son retour. Un "
        "responsable n’en voit que le nombre. Son historique dit qui a été prévenu, et quand.",
    ),
    (
        "Reporter",
        "Un report a un motif ({motifs}) et une date de retour ; chaque règle a son maximum. Le deuxième de suite "
        "revient à la coordination. Une échéance légale ne se reporte pas. Un report se retire, et l’alerte reparaît.",
    ),
    (
        "Mettre un parcours en attente",
        "{attente} au plus, avec un motif ({attentes}), jamais une raison de santé. Les délais de suivi s’arrêtent "
        "jusqu’à la date dite ; ceux que la loi fixe continuent. Une attente ne peut pas en suivre une autre sans un "
        "échange avec le jeune.",
    ),
    (
        "Une alerte inutile ?",
        "Dites-le d’un geste. Elle demeure, puisque sa cause est là, mais la mesure d’utilité de la règle s’en "
        "souvient. On mesure les règles, jamais les agents.",
    ),
)


@dataclass(frozen=True, slots=True)
class Fiche:
    """A rule in words. `lignes`: (what is told, the sentence); `nombres`: (what it counts, how much), of those
    that no sentence says."""

    regle: Regle
    titre: str
    lignes: list[tuple[str, str]]
    nombres: list[tuple[str, str]]
    sources: list[str]


def en_unite(parametre: Parametre, value: int) -> str:
    """“30 jours”, “1 mois”, “7 jeunes”."""
    return pluriel(value, singulier(parametre.unite))


def singulier(unit: Unite) -> str:
    return unit.label if unit in (Unite.MOIS, Unite.FOIS) else unit.label.removesuffix("s")


def en_mots(applied: Mapping[str, int]) -> dict[str, str]:
    """Every number with its unit, by code."""
    return {code: en_unite(parametre, applied[code]) for code, parametre in PARAMETRES.items()}


def fiches(applied: Mapping[str, int]) -> list[Fiche]:
    """One for each rule, with the numbers that apply."""
    mots = en_mots(applied)
    return [_fiche(regle, mots) for regle in Regle]


def _fiche(regle: Regle, mots: Mapping[str, str]) -> Fiche:
    said = EXPLICATIONS[regle]
    lignes = [
        ("Ce qu’elle regarde", dite(said.regarde, mots)),
        ("Quand elle commence", dite(said.commence, mots)),
        ("Quand elle cesse", dite(said.cesse, mots)),
        ("Ce qu’il y a à faire", dite(said.faire, mots)),
        ("Mise en attente du parcours", _pause(regle)),
        ("Report", _report(regle, mots)),
    ]
    told = cites(regle)
    own = [
        one for one in PARAMETRES.values() if one.regle is regle and not is_report(one.code) and one.code not in told
    ]
    nombres = [(one.label, mots[one.code]) for one in own]
    sources = [typo(source) for source in sources_of(regle)]
    return Fiche(regle, typo(regle.label), [(what, typo(text)) for what, text in lignes], nombres, sources)


def _pause(regle: Regle) -> str:
    if regle in REGLES_SUSPENDUES:
        return "Elle arrête son délai : l’alerte ne paraît pas avant la fin de l’attente."
    return "Elle ne l’arrête pas."


def _report(regle: Regle, mots: Mapping[str, str]) -> str:
    if regle in HORLOGES_LEGALES:
        return "Aucun : la loi fixe cette échéance."
    return f"{mots[report_code(regle)]} au plus. Un deuxième report de suite revient à la coordination."


@dataclass(frozen=True, slots=True)
class Suite:
    """What the house does with every alert. `rangs`: an ordered list under the words, or none."""

    titre: str
    textes: list[str]
    rangs: list[str]


def suites(applied: Mapping[str, int]) -> list[Suite]:
    """The order first, then who is told, then what an agent may do."""
    mots = en_mots(applied) | {
        "quinzaine": str(QUINZAINE),
        "motifs": ", ".join(motif.label.lower() for motif in MotifReport),
        "attentes": ", ".join(motif.label.lower() for motif in MotifAttente),
    }
    rangs = [f"{label[0].upper()}{label[1:]}." for label in LIBELLES.values()]
    return [
        Suite(typo(titre), [typo(dite(texte, mots)) for texte in textes], [] if place else rangs)
        for place, (titre, *textes) in enumerate(SUITES)
    ]


def markdown() -> str:
    """docs/alertes.md: the same sheets, with the defaults."""
    sheets = (line for fiche in fiches(values({})) for line in _sheet(fiche))
    return "\n".join([*_opening(), "## Les règles", "", *sheets]).rstrip() + "\n"


def _opening() -> Iterator[str]:
    yield from (f"# {TITRE}", "", CHAPEAU, "", COMPTER, "")
    yield from (
        typo(
            "Les nombres sont ceux d’une structure qui n’a rien réglé ; « Pourquoi cette alerte ? », dans "
            "l’application, montre ceux de la vôtre. Cette page est écrite par `parcours alertes expliquer`."
        ),
        "",
    )
    for suite in suites(values({})):
        yield from (f"## {suite.titre}", "", *(part for text in suite.textes for part in (text, "")))
        if suite.rangs:
            yield from (*(f"{place}. {rang}" for place, rang in enumerate(suite.rangs, start=1)), "")


def _sheet(fiche: Fiche) -> Iterator[str]:
    yield from (f"### {fiche.titre}", "")
    yield from (f"- **{what}** : {text}" for what, text in fiche.lignes)
    if fiche.nombres:
        yield (
            "- **Ses autres nombres** : "
            + typo(" ; ".join(f"{label} : {value}" for label, value in fiche.nombres))
            + "."
        )
    yield from (f"- **Source** : {' '.join(fiche.sources)}", "")
