"""The words around the activity of a structure: the same tables make the page and the file."""

from __future__ import annotations

from collections.abc import Iterator

from app.alertes.forms_chiffres import Ligne, Tableau
from app.parcours.vocabulaire import TrancheAge
from app.rue.queries_activite import Activite
from app.rue.rules_activite import Periode
from app.rue.vocabulaire import SexeRencontre
from app.web.filters import INSECABLE, duree_heures, mois_annee


def said(periode: Periode) -> str:
    """“novembre 2026”, “4e trimestre 2026”, “année 2026”."""
    if "T" in periode.code:
        annee, number = periode.code.split("-T")
        return f"{number}{'er' if number == '1' else 'e'} trimestre {annee}"
    return mois_annee(periode.debut) if "-" in periode.code else f"année{INSECABLE}{periode.code}"


def reperes(activite: Activite) -> list[tuple[str, str, str]]:
    """(what, how many, of what): what one looks at first."""
    bilan = activite.bilan
    return [
        ("Sorties", str(bilan.sorties), ""),
        ("Heures en rue", duree_heures(bilan.minutes), f"{duree_heures(bilan.minutes_agents)} d’intervenants"),
        ("Jeunes rencontrés", str(bilan.rencontres), "une même personne compte à chaque sortie"),
        ("Pour la première fois", str(bilan.premieres), "parmi eux"),
        ("Ne souhaitent pas de dossier", str(bilan.refus), "parmi eux, comptés sans nom"),
        ("Dossiers ouverts", str(activite.ouverts), "dans la période"),
        ("Dossiers clos", str(activite.clos), "dans la période"),
    ]


def nombres(activite: Activite) -> list[tuple[str, int]]:
    """The same for a spreadsheet: whole numbers."""
    bilan = activite.bilan
    return [
        ("Sorties", bilan.sorties),
        ("Minutes en rue", bilan.minutes),
        ("Minutes d’intervenants", bilan.minutes_agents),
        ("Jeunes rencontrés", bilan.rencontres),
        ("Pour la première fois", bilan.premieres),
        ("Ne souhaitent pas de dossier", bilan.refus),
        ("Dossiers ouverts", activite.ouverts),
        ("Dossiers clos", activite.clos),
    ]


def tableaux(activite: Activite) -> list[Tableau]:
    """Every table of the page, in its order."""
    return [
        Tableau(
            "Jeunes rencontrés, par âge et sexe",
            "Comptés à l’œil, sans nom, y compris ceux qui ne souhaitent pas être dans le fichier. Ce sont des "
            "rencontres : une même personne, croisée trois soirs, compte trois fois.",
            ("Âge", "Total", *(sexe.label for sexe in SexeRencontre)),
            list(_ages(activite)),
            large=True,
            courtes=("Âge", "Total", "Filles", "Garçons", "Autre"),
        ),
        Tableau(
            "Par territoire",
            "Le territoire du lieu de la sortie.",
            ("Territoire", "Sorties", "Heures", "Rencontres"),
            [
                Ligne(one.territoire, (one.sorties, round(one.minutes / 60), one.rencontres))
                for one in activite.territoires
            ],
            large=True,
        ),
        Tableau(
            "Ce qui a été fait",
            "Une sortie peut compter dans plusieurs lignes.",
            ("Action", "Sorties"),
            [Ligne(action.label, (count,)) for action, count in activite.actions.items()],
        ),
        Tableau(
            "Suivis notés dans les dossiers",
            "Dans les dossiers de la structure, par canal, qui que ce soit qui les ait notés. Un contact réussi est un "
            "échange avec le jeune lui-même.",
            ("Canal", "Suivis", "Contacts réussis"),
            [Ligne(canal.label, counts) for canal, counts in activite.suivis.items()],
        ),
    ]


def _ages(activite: Activite) -> Iterator[Ligne]:
    for age in TrancheAge:
        counts = [activite.rencontres.get((age, sexe), 0) for sexe in SexeRencontre]
        if any(counts):
            yield Ligne(age.label, (sum(counts), *counts))
