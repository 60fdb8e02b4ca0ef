"""One line of a file of dossiers: what it says, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from app.jeunes import import_rules as rules
from app.jeunes.import_lecture import Defauts, Fichier, Ligne
from app.jeunes.import_reperes import Referents, Structures, Territoires, read_structure
from app.jeunes.rules_identite import (
    CONTACT,
    IDENTITE,
    NOMS,
    normalise_courriel,
    normalise_telephone,
)
from app.parcours.rules import check_ouverture
from app.parcours.vocabulaire import MotifSortie, Sexe

REQUISES = frozenset({"reference", "sexe", "annee_naissance", "territoire", "ouvert_le"})
CONNUES = (
    *("reference", "sexe", "annee_naissance", "territoire", "ouvert_le"),
    *IDENTITE,
    *CONTACT,
    *("structure", "referent", "clos_le", "motif_sortie"),
)

_read_sexe = rules.read_code(Sexe)
_read_motif = rules.read_code(MotifSortie)


@dataclass(frozen=True, slots=True)
class LigneDossier:
    """What one line says, understood. `territoire` is a key of `Territoires`."""

    numero: int
    structure_id: int
    reference: str
    territoire: str
    ouvert_le: date
    sexe: Sexe
    annee_naissance: int | None
    clos_le: date | None
    motif_sortie: MotifSortie | None
    referent_id: int | None
    identite: dict[str, str] = field(repr=False)
    contact: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reperes:
    """What the lines may name, and the day of the import."""

    structures: Structures
    territoires: Territoires
    referents: Referents
    today: date


def read_lines(fichier: Fichier, reperes: Reperes, defauts: Defauts) -> Iterator[LigneDossier]:
    """The sound lines; what is wrong with the others goes to `defauts`."""
    premieres: dict[tuple[int, str], int] = {}
    for ligne in fichier.lines(defauts):
        structure_id = read_structure(ligne, reperes.structures)
        reference = ligne.require("reference", rules.read_reference)
        if structure_id is not None and reference is not None:
            premiere = premieres.setdefault((structure_id, reference), ligne.numero)
            if premiere != ligne.numero:
                ligne.refuse("reference", "reference_en_double", premiere=premiere)
        lue = _read(ligne, structure_id, reference, reperes)
        if lue is not None:
            yield lue


def _read(ligne: Ligne, structure_id: int | None, reference: str | None, reperes: Reperes) -> LigneDossier | None:
    territoire = ligne.require("territoire", lambda texte: reperes.territoires.note(rules.read_territoire(texte)))
    ouvert_le = ligne.require("ouvert_le", rules.read_date)
    sexe = ligne.read("sexe", _read_sexe) or Sexe.NON_RENSEIGNE
    clos_le = ligne.read("clos_le", rules.read_date)
    motif = ligne.read("motif_sortie", _read_motif)
    referent_id = ligne.read("referent", reperes.referents.resolve)
    identite = _read_identite(ligne)
    contact = _read_contact(ligne)
    annee = _read_naissance(ligne, identite)
    if ouvert_le is not None:
        dite = "annee_naissance" if ligne.cellules.get("annee_naissance") else "date_naissance"
        opened = partial(check_ouverture, ouvert_le, annee_naissance=annee, today=reperes.today)
        ligne.check(opened, dites={"annee_naissance": dite})
    if ligne.saine:
        closed = partial(rules.check_sortie, ouvert_le, clos_le, motif, today=reperes.today)
        ligne.check(closed, dites={"le": "clos_le"})
    if not ligne.saine:
        return None
    return LigneDossier(
        numero=ligne.numero,
        structure_id=structure_id,
        reference=reference,
        territoire=territoire,
        ouvert_le=ouvert_le,
        sexe=sexe,
        annee_naissance=annee,
        clos_le=clos_le,
        motif_sortie=motif,
        referent_id=referent_id,
        identite=identite,
        contact=contact,
    )


def _read_identite(ligne: Ligne) -> dict[str, str]:
    """The fields that hold something, the birth date as ISO text."""
    identite = {nom: lu for nom in NOMS if (lu := ligne.read(nom, rules.read_nom))}
    naissance = ligne.read("date_naissance", rules.read_date)
    return identite | ({"date_naissance": naissance.isoformat()} if naissance else {})


def _read_contact(ligne: Ligne) -> dict[str, str]:
    telephone = ligne.read("telephone", normalise_telephone)
    courriel = ligne.read("courriel", normalise_courriel)
    return {nom: lu for nom, lu in (("telephone", telephone), ("courriel", courriel)) if lu}


def _read_naissance(ligne: Ligne, identite: dict[str, str]) -> int | None:
    """The year in clear: typed, or that of the birth date; the two must agree."""
    annee = ligne.read("annee_naissance", rules.read_annee)
    if "date_naissance" not in identite:
        return annee
    exacte = date.fromisoformat(identite["date_naissance"]).year
    if annee is not None and annee != exacte:
        ligne.refuse("annee_naissance", "naissances_discordantes")
    return exacte
