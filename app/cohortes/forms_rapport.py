"""The words of the yearly report, of the fiches, and of what is written beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, TextAreaField

from app.cohortes.forms_mots import CONTEXTE, dated, listed, missing, protection, small
from app.cohortes.forms_phrases import (
    INSECABLE,
    Constat,
    chiffre,
    constat_of,
    constats,
    fin_lisible,
    manque,
    trimestre_lisible,
)
from app.cohortes.forms_tableaux import Releves, Tableau, Volet
from app.cohortes.forms_volets import volets
from app.cohortes.queries_contrats import Lieu
from app.cohortes.rules_lecture import REPERES
from app.cohortes.rules_phrases import Fait, Sujet, all_faits
from app.cohortes.rules_rapport import (
    APPORTS,
    METHODE,
    SYNTHESE,
    axis_part,
    measures_of,
    subjects_of,
    territory_part,
    vintage_of,
    years_of,
)
from app.cohortes.rules_treillis import year_of
from app.cohortes.vocabulaire import Mesure, Raison
from app.programme.models import Axe, Contrat
from app.programme.vocabulaire import Thematique
from app.web.filters import nombre, typo
from app.web.saisie import Refusable

REFUS = {
    "commentaire_vide": "Écrivez quelques mots, ou supprimez le commentaire.",
    "commentaire_long": "Ce commentaire est trop long\N{NO-BREAK SPACE}: 4\N{NO-BREAK SPACE}000 signes au plus.",
    "commentaire_courriel": "Ce texte contient une adresse de courriel. Il sera publié\N{NO-BREAK SPACE}: retirez-la.",
    "commentaire_telephone": (
        "Ce texte contient ce qui ressemble à un numéro de téléphone. Il sera publié\N{NO-BREAK SPACE}: retirez-le."
    ),
    "commentaire_dossier": "Ce texte contient un code de dossier. Il sera publié\N{NO-BREAK SPACE}: retirez-le.",
}
# Said of a theme that the ledger knows nothing about, or less than its name promises.
_RIEN = "Le registre suit des parcours, mois après mois. Il ne dit rien de ce thème."
PRECISIONS = {
    Thematique.CHANTIERS_EDUCATIFS: (
        "Un chantier n’est pas compté à part\N{NO-BREAK SPACE}: il entre dans les premières étapes."
    ),
    Thematique.PREVENTION_DELINQUANCE: "Parcours n’écrit jamais une infraction\N{NO-BREAK SPACE}: il n’en dit rien.",
    Thematique.SANTE: "Parcours n’écrit jamais un diagnostic\N{NO-BREAK SPACE}: il n’en dit rien.",
    Thematique.SAVOIRS_DE_BASE: "Ce que chacun a appris est dans son dossier, et n’est pas compté.",
    Thematique.USAGES_NUMERIQUES: "Ce que chacun a appris est dans son dossier, et n’est pas compté.",
    Thematique.ACCOMPAGNEMENT_SCOLAIRE: "Le registre voit qui est à l’école, non l’aide qui y mène.",
    Thematique.CITOYENNETE_LIEN_SOCIAL: "Seul est compté le lien tenu avec chaque jeune, par ses échanges.",
}
# The figure that stands for a subject in the table of territories.
_COLONNES = {
    Sujet.SUIVIS: "Jeunes",
    Sujet.ACTIVITE: "En emploi, alternance ou formation",
    Sujet.DECROCHAGE: "En décrochage, sans solution",
    Sujet.RETOURS_SOLIDES: "Retours solides",
    Sujet.SORTIES_DYNAMIQUES: "Sorties dynamiques",
    Sujet.DELAI_EMPLOI: "Premier emploi",
    Sujet.PREMIERE_ETAPE: "Première étape en 3 mois",
    Sujet.RETOURS: "Revenus d’un décrochage",
    Sujet.CONTACTS: "Échange tous les 30 jours",
    Sujet.SCOLARITE: "À l’école, en études",
}
LIGNES_BREVES, COLONNES_ETROITES = 12, 6
# what the templates of this paper say besides
CONTEXTE_PAPIER = {**CONTEXTE, "trimestre_lisible": trimestre_lisible, "fin_lisible": fin_lisible}


class CommentaireForm(Refusable):
    """`version` 0: nothing was written yet."""

    refus = REFUS
    texte = TextAreaField("Commentaire", filters=[lambda texte: texte or ""])
    version = HiddenField()


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of an axis: what of it the ledger shows, and what is to be known of that."""

    label: str
    montre: str
    precision: str


@dataclass(frozen=True, slots=True)
class PartieAxe:
    """`ailleurs`: (title, anchor) of what an earlier axis of the report already shows."""

    axe: Axe
    partie: str
    themes: list[Theme]
    constats: list[Constat]
    volets: list[Volet]
    ailleurs: list[tuple[str, str]]
    territoires: Tableau | None


@dataclass(frozen=True, slots=True)
class Fiche:
    """What one territory, or everybody, may read on a page. `absent`: why the last vintage has nothing of it."""

    nom: str | None
    constats: list[Constat]
    manque: str
    volet: Volet | None
    protection: list[str]
    non_montre: list[tuple[str, list[str]]]
    date: str
    millesime: int | None
    absent: str = ""


def fiche_of(
    nom: str | None,
    releves: Releves,
    *,
    refus: Mapping[Mesure, Raison],
    raison: Raison | None = None,
    partie: str = "fiche",
) -> Fiche:
    """`refus`: the measures refused to this cohort; `raison`: why the whole of it is not published.

    `partie`: what the ids of its chart begin with.
    """
    situations = releves.get(Mesure.SITUATIONS)
    if situations is None:
        return Fiche(nom, [], "", None, [], [], "", None, raison.label if raison else "")
    said = constats(releves)
    chart = next((one for one in volets({Mesure.SITUATIONS: situations})), None)
    return Fiche(
        nom,
        said,
        manque(said),
        chart and replace(brief(chart), id=f"{partie}-{chart.id}"),
        protection(releves),
        _by_reason(missing(releves, refus)),
        dated(situations),
        situations.millesime,
        raison.label if raison else "",
    )


def _by_reason(manquent: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """(why, what is missing) from (what, why)."""
    found: dict[str, list[str]] = {}
    for quoi, pourquoi in manquent:
        found.setdefault(pourquoi, []).append(small(quoi))
    return list(found.items())


def axis_parts(axes: Sequence[Axe], releves: Releves, lieux: Iterable[tuple[Lieu, Releves]]) -> list[PartieAxe]:
    """Each axis with what the ledger says of its themes; a chart is drawn once in the report."""
    places = list(lieux)
    drawn: dict[str, tuple[str, str]] = {}
    return [_axis_part(axe, releves, places, drawn) for axe in axes]


def _axis_part(
    axe: Axe, releves: Releves, lieux: list[tuple[Lieu, Releves]], drawn: dict[str, tuple[str, str]]
) -> PartieAxe:
    """`drawn`: (title, anchor) of every chart of the report so far; those of this axis join it."""
    partie = axis_part(axe.id)
    own = {mesure: releves[mesure] for mesure in measures_of(axe.thematiques) if mesure in releves}
    shown = [brief(one) for one in volets(own)]
    again = [drawn[one.id] for one in shown if one.id in drawn]
    new = [replace(one, id=f"{partie}-{one.id}") for one in shown if one.id not in drawn]
    drawn |= {one.id: (one.titre, f"{partie}-{one.id}") for one in shown if one.id not in drawn}
    sujets = subjects_of(axe.thematiques)
    told = [fait for fait in all_faits(own) if fait.sujet in sujets and not fait.muet]
    par_lieu = territories(lieux, [fait.sujet for fait in told]) if told and lieux else None
    themes = [_theme(theme) for theme in axe.thematiques]
    return PartieAxe(axe, partie, themes, [constat_of(fait) for fait in told], new, again, par_lieu)


def _theme(theme: Thematique) -> Theme:
    mesures = APPORTS[theme].mesures
    montre = listed(small(mesure.label) for mesure in mesures) if mesures else ""
    return Theme(theme.label, montre, PRECISIONS.get(theme, "" if mesures else _RIEN))


def territories(lieux: Iterable[tuple[Lieu, Releves]], sujets: Sequence[Sujet]) -> Tableau:
    """One line for each published territory: its headcount, then the figure of each subject."""
    lignes = []
    for lieu, releves in lieux:
        if Mesure.SITUATIONS in releves:
            told = {fait.sujet: fait for fait in all_faits(releves)}
            lignes.append((lieu.nom, (_figure(told.get(Sujet.SUIVIS)), *(_figure(told.get(one)) for one in sujets))))
    return Tableau("Par territoire", ("Territoire", "Jeunes", *(_COLONNES[one] for one in sujets)), lignes)


def _figure(fait: Fait | None) -> str:
    """A dash: there are too few young people for a rate."""
    if fait is None:
        return "–"
    if fait.mediane is not None:
        return f"moitié en {fait.mediane}{INSECABLE}mois"
    if not fait.parts:
        return nombre(fait.effectif)
    part = next(iter(fait.parts.values()))
    return f"{chiffre(part)} en {fait.mois}{INSECABLE}mois" if fait.sujet is Sujet.DELAI_EMPLOI else chiffre(part)


def brief(volet: Volet) -> Volet:
    """The same with tables small enough for paper: a table of months keeps the landmarks, one of dates the first."""
    repere = volet.repere and _narrow(volet.repere)
    return replace(volet, tables=tuple(_landmarks(one) for one in volet.tables), repere=repere)


def _narrow(tableau: Tableau) -> Tableau:
    kept = COLONNES_ETROITES
    return replace(
        tableau, colonnes=tableau.colonnes[:kept], lignes=[(nom, textes[: kept - 1]) for nom, textes in tableau.lignes]
    )


def _landmarks(tableau: Tableau) -> Tableau:
    if len(tableau.lignes) <= LIGNES_BREVES:
        return tableau
    kept = [ligne for ligne in tableau.lignes if ligne[0] in {str(mois) for mois in REPERES}]
    return replace(tableau, lignes=kept or tableau.lignes[:LIGNES_BREVES])


# -- which report ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choix:
    """A year, its vintage (None: nothing was frozen by then), a contract, and what else one may ask for."""

    annee: int
    millesime: int | None
    annees: list[int]
    contrat: Contrat
    contrats: list[Contrat]

    @property
    def en_vigueur(self) -> bool:
        return in_force(self.contrat, self.annee)


def in_force(contrat: Contrat, annee: int) -> bool:
    return contrat.debut.year <= annee and (contrat.fin is None or contrat.fin.year >= annee)


def read_report(
    args: MultiDict[str, str], *, millesimes: Sequence[int], contrats: list[Contrat], today: date
) -> Choix | None:
    """From `annee` and `contrat`, both optional; None when the address is not one of ours."""
    if set(args) - {"annee", "contrat"} or any(len(values) > 1 for _, values in args.lists()):
        return None
    annees = years_of(millesimes, today=today)
    newest = year_of(millesimes[0]) if millesimes else annees[0]
    annee = {str(one): one for one in annees}.get(args.get("annee", str(newest)))
    if annee is None or not contrats:
        return None
    usual = next((one for one in contrats if in_force(one, annee)), contrats[0])
    contrat = {one.code: one for one in contrats}.get(args.get("contrat", usual.code))
    return contrat and Choix(annee, vintage_of(annee, millesimes), annees, contrat, contrats)


def running_foot(choix: Choix) -> str:
    """The style of the foot of a printed report: contract, year, vintage."""
    vu = "" if choix.millesime is None else f"Chiffres du {trimestre_lisible(choix.millesime)}."
    mots = f"{typo(choix.contrat.libelle)}, rapport {choix.annee}. {vu}"
    # as CSS writes a string: nothing of the label can end it
    ecrit = "".join(f"\\{ord(signe):x} " if signe in '\\"<' or ord(signe) < 32 else signe for signe in mots)
    return f'@page papier {{ @bottom-left {{ content: "{ecrit}"; font: 8pt sans-serif; color: #545d59; }} }}\n'


def read_comment_address(
    args: MultiDict[str, str],
    *,
    parties: Collection[str],
    contrats: Iterable[Contrat],
    millesimes: Sequence[int],
    today: date,
) -> dict[str, Any] | None:
    """What an address of a comment holds; None when it is not one of ours.

    `annee`, `partie`, and `contrat`: the code of the report that one reads and goes back to, None for the usual one.
    """
    annees = {str(one): one for one in years_of(millesimes, today=today)}
    newest = str(year_of(millesimes[0])) if millesimes else next(iter(annees))
    annee, partie = annees.get(args.get("annee", newest)), args.get("partie", SYNTHESE)
    contrat = args.get("contrat")
    if annee is None or partie not in parties or contrat not in {None, *(one.code for one in contrats)}:
        return None
    return {"annee": annee, "partie": partie, "contrat": contrat}


def parts_of(axes: Iterable[Axe], lieux: Iterable[Lieu]) -> dict[str, str]:
    """Every part that may be commented, and its words."""
    return {
        SYNTHESE: "Synthèse",
        **{axis_part(axe.id): axe.libelle for axe in axes},
        **{territory_part(lieu.id): lieu.nom for lieu in lieux},
        METHODE: "Méthode et protection",
    }
