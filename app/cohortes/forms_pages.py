"""What each page of cohorts shows, from the ledger alone: the first page, one cohort, the years, the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from app.cohortes import forms_mots as mots
from app.cohortes.filtres import Critere
from app.cohortes.forms_adresse import CRITERES, Choix, Groupes, groups, parameters
from app.cohortes.forms_phrases import INSECABLE, Constat, constats, fin_lisible, manque
from app.cohortes.forms_tableaux import Releves, Tableau, Volet
from app.cohortes.forms_volets import volets
from app.cohortes.forms_volets_temps import every_month, situations_alt
from app.cohortes.queries_releves import Libelles, Publiee
from app.cohortes.rules_graphiques_chronogramme import Planche, vignettes
from app.cohortes.rules_lecture import Lu, bands_seen, parts
from app.cohortes.rules_treillis import Cle
from app.cohortes.vocabulaire import Mesure, Niveau, Raison
from app.web.filters import nombre

PAR_PAGE = 25
NON_PUBLIEE = "non publiée"
REPERE_ANNEES = 12


@dataclass(frozen=True, slots=True)
class Lien:
    """A way to one cohort."""

    mots: str
    parametres: dict[str, str]
    precision: str = ""


@dataclass(frozen=True, slots=True)
class Accueil:
    """`vide`: nothing was ever published."""

    vide: bool
    date: str
    constats: list[Constat]
    manque: str
    entrees: list[tuple[str, list[Lien]]]
    groupes: Groupes


def home(releves: Releves, catalogue: Sequence[Publiee], libelles: Libelles) -> Accueil:
    situations = releves.get(Mesure.SITUATIONS)
    found = constats(releves)
    return Accueil(
        vide=not catalogue,
        date=mots.dated(situations) if situations else "",
        constats=found,
        manque=manque(found),
        entrees=list(_ways(catalogue, libelles)),
        groupes=groups(libelles),
    )


def _ways(catalogue: Sequence[Publiee], libelles: Libelles) -> Iterator[tuple[str, list[Lien]]]:
    """Every single value of every criterion that has one."""
    alone = {one.cle.filtres[0]: one for one in catalogue if len(one.cle.filtres) == 1}
    for critere in (Critere.TERRITOIRE, Critere.ENTREE, Critere.SEXE, Critere.AGE, Critere.STRUCTURE):
        liens = [
            Lien(words, {critere.value: valeur}, said(alone[critere, valeur]))
            for valeur, words in libelles.valeurs(critere)
            if (critere, valeur) in alone
        ]
        if liens:
            yield CRITERES[critere], liens


def said(one: Publiee) -> str:
    """Of a cohort in a list: how many, or that it is not published."""
    return NON_PUBLIEE if one.effectif is None else f"environ {nombre(one.effectif)}"


@dataclass(frozen=True, slots=True)
class Refusee:
    """Why the last vintage does not hold a cohort, and where to look instead."""

    raison: str
    ancienne: str
    proches: list[Lien]


@dataclass(frozen=True, slots=True)
class Page:
    """One cohort. `vide`: nothing was ever frozen."""

    cle: Cle
    titre: str
    vide: bool
    date: str
    effectif: str
    refusee: Refusee | None
    constats: list[Constat]
    volets: list[Volet]
    protection: list[str]
    manquent: list[tuple[str, str]]
    groupes: Groupes
    choix: Choix
    parametres: dict[str, str]


def cohort(
    cle: Cle,
    releves: Releves,
    refus: Mapping[Mesure, Raison],
    near: Mapping[Cle, Releves],
    libelles: Libelles,
) -> Page:
    """`near`: the cohorts with one criterion less, looked up when this one is refused."""
    situations = releves.get(Mesure.SITUATIONS)
    return Page(
        cle=cle,
        titre=libelles.of(cle),
        vide=situations is None and not refus,
        date=mots.dated(situations) if situations else "",
        effectif=mots.headcount(situations) if situations else "",
        refusee=_refused(releves, refus.get(Mesure.SITUATIONS), near, libelles),
        constats=constats(releves) if situations else [],
        volets=volets(releves),
        protection=mots.protection(releves) if situations else [],
        manquent=mots.missing(releves, refus),
        groupes=groups(libelles),
        choix=Choix.showing(cle),
        parametres=parameters(cle),
    )


def _refused(
    releves: Releves, raison: Raison | None, near: Mapping[Cle, Releves], libelles: Libelles
) -> Refusee | None:
    if raison is None:
        return None
    situations = releves.get(Mesure.SITUATIONS)
    ancienne = fin_lisible(situations.millesime) if situations else ""
    proches = [
        Lien(libelles.of(cle), parameters(cle), f"environ {nombre(found[Mesure.SITUATIONS].effectif)}{INSECABLE}jeunes")
        for cle, found in near.items()
        if Mesure.SITUATIONS in found
    ]
    return Refusee(raison.label, ancienne, proches)


@dataclass(frozen=True, slots=True)
class Annees:
    """Small multiples: one miniature a year. `refusees` are the years that have no curve, and why."""

    planche: Planche | None
    liens: list[Lien]
    titres: list[str]
    descriptions: list[str]
    tableau: Tableau | None
    tables: list[Tableau]
    sans_courbe: list[Lien]


def years(found: Mapping[Cle, Releves], libelles: Libelles) -> Annees:
    drawn: list[tuple[Cle, Lu]] = []
    sans: list[Lien] = []
    for cle, releves in found.items():
        one = releves.get(Mesure.SITUATIONS)
        if one is not None and one.mois and one.niveau in (Niveau.COURBES, Niveau.MENSUEL):
            drawn.append((cle, one))
        else:
            why = NON_PUBLIEE if one is None else "trop peu de jeunes pour une courbe"
            sans.append(Lien(libelles.of(cle), parameters(cle), why))
    planche = vignettes([(one.effectif, one.mois, parts(one)) for _, one in drawn], noms=mots.NOMS) if drawn else None
    return Annees(
        planche,
        [Lien(libelles.of(cle), parameters(cle), mots.headcount(one)) for cle, one in drawn],
        [libelles.of(cle) for cle, _ in drawn],
        [situations_alt(one) for _, one in drawn],
        _after_a_year(drawn, libelles),
        [every_month(one, nom=f"{libelles.of(cle)},") for cle, one in drawn],
        sans,
    )


def _after_a_year(drawn: Sequence[tuple[Cle, Lu]], libelles: Libelles) -> Tableau | None:
    kept = [(cle, one) for cle, one in drawn if REPERE_ANNEES in one.mois]
    if not kept:
        return None
    bandes = list(dict.fromkeys(bande for bande in mots.NOMS for _, one in kept if bande in bands_seen(one)))
    lignes = [
        (
            libelles.of(cle),
            (
                nombre(one.effectif),
                *(mots.share_text(one.cellule(REPERE_ANNEES, bande), one.effectif) for bande in bandes),
            ),
        )
        for cle, one in kept
    ]
    return Tableau(
        "Part des jeunes dans chaque situation, un an après l’entrée",
        ("Année", "Jeunes", *(mots.NOMS[bande] for bande in bandes)),
        lignes,
    )


@dataclass(frozen=True, slots=True)
class Liste:
    """One page of the catalogue. `etat` is “”, “publiees” or “refusees”."""

    lignes: list[tuple[Lien, str, str]]
    etat: str
    numero: int
    pages: int
    total: int
    onglets: list[tuple[str, str, int]] = field(default_factory=list)


def listing(args: MultiDict[str, str], catalogue: Sequence[Publiee], libelles: Libelles) -> Liste | None:
    """None when the address asks for a page or a state that there is not."""
    etats = {"": list(catalogue), "publiees": [one for one in catalogue if one.raison is None]}
    etats["refusees"] = [one for one in catalogue if one.raison is not None]
    etat, page = args.get("etat", ""), args.get("page", "1")
    kept = etats.get(etat)
    if set(args) - {"etat", "page"} or kept is None or not (page.isascii() and page.isdecimal() and len(page) < 6):
        return None
    pages = max(1, -(-len(kept) // PAR_PAGE))
    if not 1 <= int(page) <= pages:
        return None
    start = (int(page) - 1) * PAR_PAGE
    lignes = [_line(one, libelles) for one in kept[start : start + PAR_PAGE]]
    onglets = [(code, mot, len(etats[code])) for code, mot in _ETATS.items()]
    return Liste(lignes, etat, int(page), pages, len(kept), onglets)


_ETATS = {"": "Toutes", "publiees": "Publiées", "refusees": "Non publiées"}


def _line(one: Publiee, libelles: Libelles) -> tuple[Lien, str, str]:
    lien = Lien(libelles.of(one.cle), parameters(one.cle), said(one))
    jusqua = f"vus au {fin_lisible(one.millesime)}" if one.millesime is not None else ""
    if one.raison is not None:
        return lien, jusqua, one.raison.label
    return lien, jusqua, one.niveau.label if one.niveau else ""
