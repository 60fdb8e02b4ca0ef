"""From the bytes of a file to its lines. Whatever the bytes, what comes out is lines or a FichierRefuse.

Nothing here quotes a cell: a shifted column would put a name on a screen or in a log.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from app.db.errors import DomainError

TAILLE_MAXIMALE = 50_000_000
# Beyond, nobody reads the list: they mend the export.
DEFAUTS_MONTRES = 1_000
LONGUEUR_COLONNE = 40
T = TypeVar("T")

_TABLEURS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_BOM_UTF8 = b"\xef\xbb\xbf"
# What UTF-8 writes for French letters, dashes and quotes. In Windows-1252 these pairs are "Ã©", "â€™": nobody's text.
_TRACE_UTF8 = re.compile(rb"[\xc2-\xc5][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
_CONTROLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class FichierRefuse(DomainError):
    """The file as a whole cannot be read. `facts` may hold `ligne` and `colonnes`."""


@dataclass(frozen=True, slots=True)
class Defaut:
    """What is wrong in one line, counted as a person does: the header is line 1. `colonne` is None for all of it."""

    ligne: int
    colonne: str | None
    code: str
    faits: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Defauts:
    """All that is wrong in a file; past DEFAUTS_MONTRES only counted, since memory has an end."""

    montres: list[Defaut] = field(default_factory=list)
    total: int = 0

    def add(self, ligne: int, colonne: str | None, code: str, **faits: object) -> None:
        self.total += 1
        if len(self.montres) < DEFAUTS_MONTRES:
            self.montres.append(Defaut(ligne, colonne, code, faits))


@dataclass(slots=True)
class Ligne:
    """One line being read: its cells by column, and where what is wrong with it is said."""

    numero: int
    cellules: dict[str, str]
    defauts: Defauts
    saine: bool = True

    def read(self, colonne: str, rule: Callable[[str], T]) -> T | None:
        """What `rule` makes of a cell; None when it is empty, absent, or refused, which is then said."""
        texte = self.cellules.get(colonne)
        if not texte:
            return None
        try:
            return rule(texte)
        except DomainError as error:
            self.refuse(colonne, error.code, **error.facts)
            return None

    def require(self, colonne: str, rule: Callable[[str], T]) -> T | None:
        """As `read`; an empty cell is refused."""
        if not self.cellules.get(colonne):
            self.refuse(colonne, "manquant")
            return None
        return self.read(colonne, rule)

    def check(self, rule: Callable[[], object], *, dites: Mapping[str | None, str] = MappingProxyType({})) -> None:
        """Apply a rule that speaks of several cells. Its field is the column at fault, or `dites` gives another."""
        try:
            rule()
        except DomainError as error:
            self.refuse(dites.get(error.field, error.field), error.code, **error.facts)

    def refuse(self, colonne: str | None, code: str, **faits: object) -> None:
        self.saine = False
        self.defauts.add(self.numero, colonne, code, **faits)


@dataclass(frozen=True, slots=True)
class Fichier:
    """A text whose header was understood: the columns, and an iterator over what follows."""

    colonnes: tuple[str, ...]
    suite: Iterator[tuple[int, list[str]]]

    def lines(self, defauts: Defauts) -> Iterator[Ligne]:
        """The lines with their cells, those that only hold separators left out. May raise FichierRefuse."""
        vide = True
        for numero, cellules in self.suite:
            if not any(cellules):
                continue
            vide = False
            if len(cellules) != len(self.colonnes):
                defauts.add(numero, None, "nombre_de_cellules", lu=len(cellules), attendu=len(self.colonnes))
                continue
            yield Ligne(numero, dict(zip(self.colonnes, map(_clean, cellules), strict=True)), defauts)
        if vide:
            raise FichierRefuse("sans_ligne")


def read_path(chemin: Path) -> bytes:
    """The content of a file of at most TAILLE_MAXIMALE bytes."""
    try:
        with chemin.open("rb") as flux:
            contenu = flux.read(TAILLE_MAXIMALE + 1)
    except FileNotFoundError:
        raise FichierRefuse("introuvable") from None
    except OSError:
        raise FichierRefuse("illisible") from None
    if len(contenu) > TAILLE_MAXIMALE:
        raise FichierRefuse("trop_gros", maximum=TAILLE_MAXIMALE // 1_000_000)
    return contenu


def read_table(contenu: bytes, *, connues: Sequence[str], requises: Collection[str]) -> Fichier:
    """The lines of a CSV. `connues` are the columns that may stand in the header, `requises` must."""
    texte = decode(contenu)
    separateur = _separator(texte)
    suite = _records(texte, separateur)
    entete = next(((numero, cellules) for numero, cellules in suite if any(cellules)), None)
    if entete is None:
        raise FichierRefuse("vide")
    colonnes = tuple(_clean(nom).casefold() for nom in entete[1])
    _check_header(colonnes, connues=connues, requises=requises, ligne=entete[0])
    return Fichier(colonnes, suite)


def decode(contenu: bytes) -> str:
    """The text of a file in UTF-8, with or without its mark, or in Windows-1252."""
    if not contenu.strip():
        raise FichierRefuse("vide")
    if contenu.startswith(_TABLEURS):
        raise FichierRefuse("tableur")
    if contenu.startswith(_UTF16) or _looks_like_utf16(contenu):
        raise FichierRefuse("utf16")
    if b"\x00" in contenu:
        raise FichierRefuse("octet_nul", ligne=_line_after(contenu[: contenu.index(b"\x00")]))
    texte = _decode_text(contenu)
    controle = _CONTROLE.search(texte)
    if controle is not None:
        raise FichierRefuse("caractere_de_controle", ligne=_line_after(texte[: controle.start()].encode()))
    return texte


def _looks_like_utf16(contenu: bytes) -> bool:
    """Every other byte of the header is null, on one side or the other."""
    debut = contenu[:40]
    return len(debut) >= 4 and any(not any(debut[side::2]) and any(debut[1 - side :: 2]) for side in (0, 1))


def _decode_text(contenu: bytes) -> str:
    marque = contenu.startswith(_BOM_UTF8)
    utile = contenu[len(_BOM_UTF8) :] if marque else contenu
    try:
        return utile.decode()
    except UnicodeDecodeError as error:
        ligne = _line_after(utile[: error.start])
    # one stray byte must not turn every accent of an UTF-8 file into two characters
    if marque or _TRACE_UTF8.search(utile):
        raise FichierRefuse("utf8_abime", ligne=ligne)
    try:
        return utile.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FichierRefuse("encodage_inconnu", ligne=_line_after(utile[: error.start])) from None


def _line_after(avant: bytes) -> int:
    return len(re.findall(rb"\r\n|\r|\n", avant)) + 1


def _separator(texte: str) -> str:
    """`;` or `,`, whichever the first line that holds something uses outside quotes."""
    premiere = next((ligne for ligne in io.StringIO(texte, newline="") if ligne.strip()), "")
    hors_guillemets = re.sub(r'"[^"]*"', "", premiere)
    return "," if hors_guillemets.count(",") > hors_guillemets.count(";") else ";"


def _records(texte: str, separateur: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line where it begins."""
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    while True:
        ligne = lecteur.line_num + 1
        try:
            cellules = next(lecteur, None)
        except csv.Error:
            # the three things `csv` refuses here: an end inside quotes, text after a closing quote, a cell of 128 KiB
            raise FichierRefuse("guillemet", ligne=ligne) from None
        if cellules is None:
            return
        yield ligne, cellules


def _clean(cellule: str) -> str:
    cellule = cellule.strip()
    return cellule if cellule.isascii() else unicodedata.normalize("NFC", cellule)


def _check_header(colonnes: Sequence[str], *, connues: Sequence[str], requises: Collection[str], ligne: int) -> None:
    # a file without a header begins with a person: nothing of that line is repeated
    if not set(colonnes) & set(requises):
        raise FichierRefuse("sans_entete", colonnes=list(connues))
    sans_nom = [str(rang) for rang, nom in enumerate(colonnes, start=1) if not nom]
    for code, noms in (
        ("colonne_sans_nom", sans_nom),
        ("colonnes_en_double", sorted({nom for nom in colonnes if nom and colonnes.count(nom) > 1})),
        ("colonnes_inconnues", [nom[:LONGUEUR_COLONNE] for nom in colonnes if nom and nom not in connues]),
        ("colonnes_manquantes", [nom for nom in connues if nom in requises and nom not in colonnes]),
    ):
        if noms:
            raise FichierRefuse(code, colonnes=noms, ligne=ligne)
