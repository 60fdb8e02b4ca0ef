"""What a cell of an import may say: pure functions from text to value, DomainError with a code and no quotation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from app.db.errors import DomainError
from app.jeunes.rules_identite import LONGUEUR_NOM, normalise_nom
from app.parcours.rules import check_cloture

E = TypeVar("E", bound=StrEnum)

PREMIERE_ANNEE = 1900
DERNIERE_ANNEE = 2200
LONGUEUR_REFERENCE = 60
LONGUEUR_TERRITOIRE = 60
LONGUEUR_PRECISIONS = 2_000
# Longer lists are not read: the nearest code is shown instead.
LISTE_COURTE = 8

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_FRANCAISE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


@lru_cache(maxsize=20_000)
def read_date(texte: str) -> date:
    """AAAA-MM-JJ or JJ/MM/AAAA."""
    if parts := _ISO.fullmatch(texte):
        annee, mois, jour = map(int, parts.groups())
    elif parts := _FRANCAISE.fullmatch(texte):
        jour, mois, annee = map(int, parts.groups())
    else:
        raise DomainError("date_illisible")
    check_annee(annee)
    try:
        return date(annee, mois, jour)
    except ValueError:
        raise DomainError("date_inexistante") from None


def read_annee(texte: str) -> int:
    """A year in four figures."""
    if re.fullmatch("[0-9]{4}", texte) is None:
        raise DomainError("annee_illisible")
    check_annee(int(texte))
    return int(texte)


def check_annee(annee: int) -> None:
    if not PREMIERE_ANNEE <= annee <= DERNIERE_ANNEE:
        raise DomainError("annee_invraisemblable")


def read_code(codes: type[E]) -> Callable[[str], E]:
    """A rule that reads one code of a list, whatever its case."""
    par_code = {member.value: member for member in codes}

    def read(texte: str) -> E:
        member = par_code.get(texte) or par_code.get(texte.casefold())
        if member is None:
            raise DomainError("code_inconnu", attendus=_expected(texte, list(par_code)))
        return member

    return read


def _expected(texte: str, codes: list[str]) -> list[str]:
    if len(codes) <= LISTE_COURTE:
        return codes
    return get_close_matches(texte.casefold().replace(" ", "_")[:60], codes, n=3, cutoff=0.6)


def read_reference(texte: str) -> str:
    """What the structure calls the dossier: up to 60 visible characters."""
    return _visible(texte, maximum=LONGUEUR_REFERENCE)


def read_territoire(texte: str) -> str:
    """A territory's code or name."""
    return _visible(texte, maximum=LONGUEUR_TERRITOIRE)


def read_nom(texte: str) -> str:
    """A first name, name or pseudonym, as the forms keep it."""
    nom = normalise_nom(_one_line(texte))
    if len(nom) > LONGUEUR_NOM:
        raise DomainError("trop_long", maximum=LONGUEUR_NOM)
    return nom


def read_precisions(texte: str) -> str:
    """Free text, on several lines if need be."""
    if len(texte) > LONGUEUR_PRECISIONS:
        raise DomainError("trop_long", maximum=LONGUEUR_PRECISIONS)
    return texte.replace("\r\n", "\n").replace("\r", "\n")


def read_heures(texte: str) -> int:
    """A whole number; its bounds are those of a step."""
    if re.fullmatch("[0-9]{1,5}", texte) is None:
        raise DomainError("nombre_illisible")
    return int(texte)


def check_sortie(ouvert_le: date, clos_le: date | None, motif: object, *, today: date) -> None:
    """Closed on a day, for a motive: both or neither."""
    if clos_le is None and motif is None:
        return
    if motif is None:
        raise DomainError("motif_absent", field="motif_sortie")
    if clos_le is None:
        raise DomainError("cloture_absente", field="clos_le")
    check_cloture(clos_le, ouvert_le=ouvert_le, today=today)


def _visible(texte: str, *, maximum: int) -> str:
    if len(texte) > maximum:
        raise DomainError("trop_long", maximum=maximum)
    if not _one_line(texte).isprintable():
        raise DomainError("caractere_invisible")
    return texte


def _one_line(texte: str) -> str:
    if "\n" in texte or "\r" in texte:
        raise DomainError("plusieurs_lignes")
    return texte
