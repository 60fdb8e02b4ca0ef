"""The numbers of the rules as a form, grouped by rule; what a preview and a measure say, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wtforms import Field, HiddenField
from wtforms.validators import NumberRange, Optional

from app.alertes.forms_explications import is_report
from app.alertes.forms_fiches import en_unite, singulier
from app.alertes.queries_utilite import DELAI, Utilite
from app.alertes.rules_parametres import PARAMETRES, Parametre, Source
from app.alertes.services_reglages import Effet
from app.alertes.vocabulaire import HORLOGES_LEGALES, Regle
from app.parcours.forms_refus import Nombre
from app.web.filters import accord, nombre, pluriel, typo
from app.web.saisie import Refusable

REFUS = {"reglage_hors_bornes": typo("Ce nombre est hors des bornes : relisez-les sous le champ.")}
TOUTES = "Toutes les règles"
# Periods of the measure, in days.
PERIODES = {90: "90 jours", 365: "un an"}
# Below, a share says more of chance than of the rule.
ASSEZ = 5
TROP_PEU = "trop peu pour dire"


def is_vain(parametre: Parametre) -> bool:
    """The longest report of a legal clock: it cannot be put off at all."""
    return parametre.regle in HORLOGES_LEGALES and is_report(parametre.code)


def is_fixe(parametre: Parametre) -> bool:
    """A law, or what a word means, leaves no choice."""
    return parametre.minimum == parametre.maximum


def _field(parametre: Parametre) -> Nombre:
    said = typo(
        f"« {parametre.label} » : écrivez un nombre entre {parametre.minimum} et {parametre.maximum}, "
        f"ou rien pour revenir à {parametre.defaut}."
    )
    bounds = NumberRange(parametre.minimum, parametre.maximum, said)
    return Nombre(parametre.label, validators=[Optional(), bounds])


class _Reglages(Refusable):
    refus = REFUS
    version = HiddenField(default="0")

    def valeurs(self) -> dict[str, int | None]:
        """What was sent, None where the field was emptied; a field that was not sent is not asked to change."""
        return {code: self._fields[code].data for code in REGLABLES if self._fields[code].raw_data}


SHOWN = [parametre for parametre in PARAMETRES.values() if not is_vain(parametre)]


def _in_order() -> Iterator[Parametre]:
    """As the page shows them: what concerns all rules first."""
    for regle in (None, *Regle):
        yield from (parametre for parametre in SHOWN if parametre.regle is regle)


REGLABLES = {parametre.code: parametre for parametre in _in_order() if not is_fixe(parametre)}
ReglagesForm = type("ReglagesForm", (_Reglages,), {code: _field(one) for code, one in REGLABLES.items()})


@dataclass(frozen=True, slots=True)
class Champ:
    """One number on the page. `champ` is None where there is no choice."""

    parametre: Parametre
    champ: Field | None
    aide: str
    unite: str
    valeur: str


@dataclass(frozen=True, slots=True)
class Groupe:
    """A rule and its numbers; `regle` is None for all rules. `source`: said once when it is the same for all."""

    regle: Regle | None
    titre: str
    champs: list[Champ]
    source: str
    propres: int
    ouvert: bool


def groupes(form: Refusable, applied: Mapping[str, int], *, changed: frozenset[str] = frozenset()) -> list[Groupe]:
    """The page, folded where nothing was set. `applied`: the values stored; `changed`: codes that a preview moves."""
    return [_groupe(regle, form, applied, changed) for regle in (None, *Regle)]


def _groupe(regle: Regle | None, form: Refusable, applied: Mapping[str, int], changed: frozenset[str]) -> Groupe:
    own = [parametre for parametre in SHOWN if parametre.regle is regle]
    sources = {parametre.source for parametre in own}
    champs = [_champ(parametre, form, applied, alone=len(sources) > 1) for parametre in own]
    propres = sum(applied[parametre.code] != parametre.defaut for parametre in own)
    moved = any(parametre.code in changed for parametre in own)
    faulty = any(champ.champ is not None and champ.champ.errors for champ in champs)
    titre = typo(regle.label) if regle else TOUTES
    source = typo(sources.pop().label) if len(sources) == 1 else ""
    return Groupe(regle, titre, champs, source, propres, bool(propres or moved or faulty))


def _champ(parametre: Parametre, form: Refusable, applied: Mapping[str, int], *, alone: bool) -> Champ:
    value, fixed = applied[parametre.code], is_fixe(parametre)
    aide = "" if fixed else f"Par défaut {parametre.defaut} ; de {parametre.minimum} à {parametre.maximum}."
    if alone and parametre.source is not Source.PRODUIT:
        aide = f"{aide} {parametre.source.label}".strip()
    field = None if fixed else form._fields[parametre.code]
    return Champ(parametre, field, typo(aide), accord(value, singulier(parametre.unite)), en_unite(parametre, value))


@dataclass(frozen=True, slots=True)
class LigneApercu:
    """What the preview says of one rule. `ecart`: “+14”, “−3”, "" when nothing changes; `phrase` follows it."""

    titre: str
    changements: list[str]
    ecart: str
    phrase: str


def apercu(effet: Effet, applied: Mapping[str, int], wanted: Mapping[str, int]) -> list[LigneApercu]:
    """One line for each rule that changes, or of which a number does. Empty when nothing was changed."""
    lignes = []
    for regle in (None, *Regle):
        moved = [
            typo(f"{parametre.label} : {en_unite(parametre, wanted[code])} au lieu de {nombre(applied[code])}")
            for code, parametre in REGLABLES.items()
            if parametre.regle is regle and wanted[code] != applied[code]
        ]
        gap = 0 if regle is None else effet.ecart(regle)
        if moved or gap:
            lignes.append(LigneApercu(typo(regle.label) if regle else TOUTES, moved, _signed(gap), _more(gap)))
    return lignes


def _signed(gap: int) -> str:
    return f"{'+' if gap > 0 else '−'}{nombre(abs(gap))}" if gap else ""


def _more(gap: int) -> str:
    return accord(gap, "alerte") if gap else "Rien ne change aujourd’hui."


def utilite_lue(said: Utilite | None, jours: int) -> list[tuple[str, str]]:
    """The measure of one rule, as (what, how much)."""
    if said is None:
        return [("Ouvertes", f"aucune en {PERIODES[jours]}")]
    return [
        ("Ouvertes", f"{nombre(said.ouvertes)} fois, {pluriel(said.dossiers, 'jeune')}"),
        (f"Suivies d’un acte en {DELAI} jours", _part(said.a_temps, said.revolues)),
        ("Délai médian avant l’acte", _delay(said)),
        ("Jugées inutiles", _part(said.inutiles, said.ouvertes)),
        ("Reportées", _part(said.reportees, said.ouvertes)),
        ("Revenues", _part(said.rouvertes, said.ouvertes)),
    ]


def utilite_breve(said: Utilite | None) -> str:
    """The same in a few words, beside the name of the rule."""
    if said is None:
        return "aucune ouverture"
    opened = pluriel(said.ouvertes, "ouverture")
    if said.revolues < ASSEZ:
        return opened
    return f"{opened}, {round(100 * said.a_temps / said.revolues)}\u00a0% suivies d’un acte"


def _part(some: int, total: int) -> str:
    if total < ASSEZ:
        return TROP_PEU
    return f"{round(100 * some / total)}\u00a0% ({nombre(some)} sur {nombre(total)})"


def _delay(said: Utilite) -> str:
    if said.mediane is None or said.traitees < ASSEZ:
        return TROP_PEU
    return "le jour même" if said.mediane < 1 else pluriel(said.mediane, "jour")
