"""The same figures for the people who live there: short words, one idea a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.cohortes.forms_phrases import INSECABLE, chiffre
from app.cohortes.rules_graphiques import Figure
from app.cohortes.rules_graphiques_barres import cell_words, horizons
from app.cohortes.rules_lecture import Lu, column
from app.cohortes.rules_phrases import Fait, Part, Sujet, faits
from app.cohortes.vocabulaire import Bande, Mesure
from app.web.filters import nombre

MOTS_SIMPLES = {
    Bande.EMPLOI.value: "Travail",
    Bande.ALTERNANCE.value: "Alternance",
    Bande.FORMATION.value: "Formation",
    Bande.SCOLARITE.value: "École, études",
    Bande.ENGAGEMENT.value: "Service civique",
    Bande.RACCROCHAGE.value: "Retour vers l’école",
    Bande.DECROCHAGE.value: "Ni école, ni travail",
    Bande.SORTI.value: "Accompagnement fini",
    Bande.AUTRES.value: "Autre, ou on ne sait pas",
}
DATES = {0: "Au début", 12: "Un an après", 24: "Deux ans après"}
GLOSSAIRE = (
    ("Accompagner", "Un adulte suit un jeune. Il l’aide à avancer vers ce que le jeune a choisi."),
    ("Alternance", "Apprendre un métier à l’école et en entreprise. Le jeune reçoit un salaire."),
    (
        "Arrondi",
        "Un chiffre un peu plus grand ou un peu plus petit que le vrai. Par exemple 60 pour 62.",
    ),
    ("Contrat de ville", "Un accord entre la ville, l’État et d’autres, pour aider des quartiers."),
    ("Décrochage", "Quitter l’école sans diplôme, et n’avoir ni formation, ni travail."),
    ("Formation", "Apprendre un métier, ou se préparer à l’apprendre."),
    ("Insertion", "Trouver sa place\N{NO-BREAK SPACE}: un travail, une formation, des études."),
    ("Mission locale", "Un lieu qui aide les jeunes de 16 à 25 ans à trouver une formation ou un travail."),
)
DEMANDER = (
    "Pourquoi ce chiffre monte-t-il\N{NO-BREAK SPACE}? Pourquoi baisse-t-il\N{NO-BREAK SPACE}?",
    "Qu’est-ce qui est fait dans notre quartier\N{NO-BREAK SPACE}? Qui le fait\N{NO-BREAK SPACE}?",
    "Combien d’argent y est consacré\N{NO-BREAK SPACE}?",
    "Que disent les jeunes eux-mêmes de leur accompagnement\N{NO-BREAK SPACE}?",
    "Qu’est-ce qui sera changé l’an prochain\N{NO-BREAK SPACE}?",
)
DEMANDER_POUR_SOI = (
    "Vous avez été accompagné\N{NO-BREAK SPACE}? Vous pouvez lire ce qui est écrit sur vous.",
    "Vous pouvez le faire corriger.",
    "Vous pouvez le faire effacer.",
)


@dataclass(frozen=True, slots=True)
class Simple:
    """One large figure and its short sentences."""

    chiffre: str
    titre: str
    phrases: tuple[str, ...]


def simples(releves: Mapping[Mesure, Lu]) -> list[Simple]:
    """What `constats` says, in the same order."""
    return [_MOTS[fait.sujet](fait) for fait in faits(releves)]


def bars(releves: Mapping[Mesure, Lu]) -> Figure | None:
    """Where they were at two or three dates; None when no month is published."""
    found = releves.get(Mesure.SITUATIONS)
    dates = [mois for mois in DATES if found is not None and mois in found.mois]
    if found is None or not dates:
        return None
    return horizons(found.effectif, [(DATES[mois], column(found, mois)) for mois in dates], noms=MOTS_SIMPLES)


def bars_alt(releves: Mapping[Mesure, Lu]) -> str:
    """The same in words."""
    found = releves.get(Mesure.SITUATIONS)
    said = []
    for mois, date in DATES.items():
        if found is not None and mois in found.mois:
            shown = [
                f"{MOTS_SIMPLES[bande]} {cell_words(cell, found.effectif)}"
                for bande, cell in column(found, mois).items()
                if cell_words(cell, found.effectif)
            ]
            said.append(f"{date}, {', '.join(shown) or 'trop peu de jeunes pour le dire'}.")
    return " ".join(said)


def _sur(part: Part) -> str:
    """“130 jeunes sur 345”."""
    if part.masquee:
        return f"Moins de 11{INSECABLE}jeunes sur {nombre(part.sur)}"
    if part.nombre is None:
        return f"Presque tous les jeunes sur {nombre(part.sur)}"
    return f"{nombre(part.nombre)}{INSECABLE}jeunes sur {nombre(part.sur)}"


def _temps(mois: int) -> str:
    return {0: "Au début", 3: "Trois mois après", 6: "Six mois après", 12: "Un an après", 24: "Deux ans après"}.get(
        mois, f"{mois}{INSECABLE}mois après"
    )


def _suivis(fait: Fait) -> Simple:
    return Simple(
        nombre(fait.effectif),
        "jeunes accompagnés",
        ("Ce nombre est arrondi.", "Il compte tous les jeunes accompagnés depuis le début."),
    )


def _dates(fait: Fait, titre: str, ils: str) -> Simple:
    quand = "apres" if "apres" in fait.parts else "entree"
    part = fait.parts[quand]
    said = [f"{_temps(fait.mois if quand == 'apres' else 0)}, {_petit(_sur(part))} {ils}."]
    if quand == "apres":
        said.append(f"Au début, c’était {_petit(_sur(fait.parts['entree']))}.")
        said.append("C’est une estimation. Ceux dont l’accompagnement est fini n’y sont plus comptés.")
    return Simple(chiffre(part), titre, tuple(said))


def _activite(fait: Fait) -> Simple:
    return _dates(fait, "ont un travail ou une formation", "ont un travail, une alternance ou une formation")


def _decrochage(fait: Fait) -> Simple:
    return _dates(fait, "n’ont ni école, ni formation, ni travail", "n’ont ni école, ni formation, ni travail")


def _scolarite(fait: Fait) -> Simple:
    return _dates(fait, "vont à l’école ou étudient", "vont à l’école ou étudient")


def _part(fait: Fait, titre: str, avant: str, apres: str) -> Simple:
    part = fait.parts["part"]
    return Simple(chiffre(part), titre, (avant, f"{_sur(part)} {apres}."))


def _retours_solides(fait: Fait) -> Simple:
    return _part(
        fait,
        "sont revenus, et tiennent",
        "Des jeunes avaient quitté l’école. Ils ont repris l’école, une formation ou un travail.",
        "y sont encore six mois plus tard",
    )


def _retours(fait: Fait) -> Simple:
    return _part(
        fait,
        "sont revenus",
        "Des jeunes avaient quitté l’école.",
        "ont repris l’école, une formation ou un travail",
    )


def _sorties(fait: Fait) -> Simple:
    return _part(
        fait,
        "finissent avec un travail ou une formation",
        "Pour certains jeunes, l’accompagnement est fini. Le retour à l’école n’est pas compté ici.",
        "ont alors un travail ou une formation",
    )


def _delai(fait: Fait) -> Simple:
    if fait.mediane is not None:
        temps = f"{fait.mediane}{INSECABLE}mois"
        return Simple(temps, "pour un premier travail", (f"En {temps}, la moitié des jeunes a eu un premier travail.",))
    part = fait.parts["part"]
    said = f"{_temps(fait.mois)}, {_petit(_sur(part))} ont eu un premier travail."
    return Simple(chiffre(part), "ont eu un premier travail", (said, "Pour les autres, on ne l’a pas vu."))


def _premiere(fait: Fait) -> Simple:
    return _part(
        fait,
        "ont vite commencé quelque chose",
        "Une formation, un stage, un travail, un chantier.",
        "ont commencé dans les trois mois",
    )


def _contacts(fait: Fait) -> Simple:
    return _part(
        fait,
        "voient souvent leur accompagnateur",
        "Un échange, c’est se voir ou se parler.",
        "ont un échange au moins tous les 30\N{NO-BREAK SPACE}jours, en moyenne",
    )


def _petit(mots: str) -> str:
    return mots[0].lower() + mots[1:]


_MOTS = {
    Sujet.SUIVIS: _suivis,
    Sujet.ACTIVITE: _activite,
    Sujet.DECROCHAGE: _decrochage,
    Sujet.RETOURS_SOLIDES: _retours_solides,
    Sujet.SORTIES_DYNAMIQUES: _sorties,
    Sujet.DELAI_EMPLOI: _delai,
    Sujet.PREMIERE_ETAPE: _premiere,
    Sujet.RETOURS: _retours,
    Sujet.CONTACTS: _contacts,
    Sujet.SCOLARITE: _scolarite,
}
