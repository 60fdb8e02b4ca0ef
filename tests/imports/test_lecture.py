"""Whatever the bytes: lines, or one reason why not."""

from __future__ import annotations

import codecs
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.jeunes import import_lecture
from app.jeunes.import_lecture import Defauts, FichierRefuse, read_path, read_table

CONNUES = ("reference", "sexe", "territoire", "precisions")
REQUISES = frozenset({"reference", "territoire"})


def read(contenu: bytes) -> tuple[list[tuple[int, dict[str, str]]], Defauts]:
    defauts = Defauts()
    fichier = read_table(contenu, connues=CONNUES, requises=REQUISES)
    return [(ligne.numero, ligne.cellules) for ligne in fichier.lines(defauts)], defauts


def cells(contenu: bytes) -> list[list[str]]:
    return [list(cellules.values()) for _, cellules in read(contenu)[0]]


def refusal(contenu: bytes) -> FichierRefuse:
    with pytest.raises(FichierRefuse) as caught:
        read(contenu)
    return caught.value


TEXTE = "reference;territoire\nA1;Échirolles\nA2;L’Œuvre\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_usual_encodings_read_the_same(encoding: str):
    assert cells(TEXTE.encode(encoding)) == [["A1", "Échirolles"], ["A2", "L’Œuvre"]]


@pytest.mark.parametrize("fin", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separateur", [";", ","])
def test_separators_and_line_ends(fin: str, separateur: str):
    assert cells(TEXTE.replace("\n", fin).replace(";", separateur).encode())[0] == ["A1", "Échirolles"]


def test_a_comma_inside_cells_does_not_make_it_the_separator():
    assert cells(b'reference;"territoire"\nA1;"Crest, Dr\xc3\xb4me, Rh\xc3\xb4ne"\n') == [["A1", "Crest, Drôme, Rhône"]]


def test_accents_are_composed_so_that_equal_names_are_equal():
    assert cells(unicodedata.normalize("NFD", TEXTE).encode())[0] == ["A1", "Échirolles"]


def test_header_in_any_case_and_cells_are_trimmed():
    assert cells(b" Reference ;TERRITOIRE\n A1 ; Crest \n") == [["A1", "Crest"]]


def test_lines_are_numbered_as_a_person_counts_them():
    lines, defauts = read(b'reference;territoire;precisions\nA1;x;"two\nlines"\n\n;;\nA2;y;\nA3\n')
    assert [numero for numero, _ in lines] == [2, 6]
    assert [(defaut.ligne, defaut.code, defaut.faits) for defaut in defauts.montres] == [
        (7, "nombre_de_cellules", {"lu": 1, "attendu": 3})
    ]


def spreadsheet() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("contenu", "code"),
    [
        (b"", "vide"),
        (b"\n \r\n", "vide"),
        (codecs.BOM_UTF8, "vide"),
        (codecs.BOM_UTF8 + b"\n", "vide"),
        (b";;\n;;\n", "vide"),
        (b"reference;territoire\n", "sans_ligne"),
        (b"reference;territoire\n;\n", "sans_ligne"),
        (spreadsheet(), "tableur"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "tableur"),
        (TEXTE.encode("utf-16"), "utf16"),
        (TEXTE.encode("utf-16-be"), "utf16"),
        (TEXTE.encode("utf-16-le"), "utf16"),
        (codecs.BOM_UTF32_LE + TEXTE.encode("utf-32-le"), "utf16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "octet_nul"),
        (b"reference;territoire\nA1;a\x00b\n", "octet_nul"),
        (b"reference;territoire\nA1;a\x07b\n", "caractere_de_controle"),
        ("reference;territoire\nA1;a\x85b\n".encode(), "caractere_de_controle"),
        (TEXTE.encode() + b"A3;caf\xe9\n", "utf8_abime"),
        (codecs.BOM_UTF8 + b"reference;territoire\nA1;\xe9\n", "utf8_abime"),
        (b"reference;territoire\nA1;\x81\n", "encodage_inconnu"),
        (b'reference;territoire\nA1;"never closed\nA2;x\n', "guillemet"),
        (b'reference;territoire\nA1;"a"b\n', "guillemet"),
        (b'reference;territoire\nA1;"' + b"x" * 200_000, "guillemet"),
        (b"A1;Crest\nA2;Crest\n", "sans_entete"),
        (b"reference\tterritoire\nA1\tCrest\n", "sans_entete"),
        (b"reference;territoire;\nA1;x;\n", "colonne_sans_nom"),
        (b"reference;territoire;Reference\nA1;x;A1\n", "colonnes_en_double"),
        (b"reference;territoire;nom_usuel\nA1;x;y\n", "colonnes_inconnues"),
        (b"reference;sexe\nA1;femme\n", "colonnes_manquantes"),
    ],
)
def test_what_is_not_a_csv_of_ours_is_refused_with_its_reason(contenu: bytes, code: str):
    assert refusal(contenu).code == code


def test_a_refusal_says_where():
    assert refusal(b'reference;territoire\nA1;x\n\n"A2;x\nA3;y\n').facts["ligne"] == 4
    assert refusal(b"reference;territoire\r\nA1;x\r\nA2;\x01\r\n").facts["ligne"] == 3
    assert refusal(b"reference;territoire;nom_usuel\nA1;x;y\n").facts["colonnes"] == ["nom_usuel"]
    assert refusal(b"reference;sexe\nA1;femme\n").facts["colonnes"] == ["territoire"]


def test_a_file_without_a_header_is_not_quoted():
    assert "Quatrevaux" not in str(refusal("Zéphyrin;Quatrevaux;2009-05-04\n".encode()).facts)


def test_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(import_lecture, "TAILLE_MAXIMALE", 100)
    chemin = tmp_path / "f.csv"
    chemin.write_bytes(b"x" * 100)
    assert len(read_path(chemin)) == 100
    chemin.write_bytes(b"x" * 101)
    with pytest.raises(FichierRefuse, match="trop_gros"):
        read_path(chemin)


def test_a_path_that_is_no_file(tmp_path: Path):
    with pytest.raises(FichierRefuse, match="introuvable"):
        read_path(tmp_path / "absent.csv")
    with pytest.raises(FichierRefuse, match="illisible"):
        read_path(tmp_path)


def test_defects_past_the_limit_are_counted_and_not_kept():
    defauts = Defauts()
    for numero in range(import_lecture.DEFAUTS_MONTRES + 5):
        defauts.add(numero, None, "manquant")
    assert (len(defauts.montres), defauts.total) == (import_lecture.DEFAUTS_MONTRES, import_lecture.DEFAUTS_MONTRES + 5)


signs = [b"reference", b"territoire", b"sexe", b";", b",", b'"', b"\n", b"\r", b"\r\n", b"\x00", b" ", b"A1", b"\x1a"]
marks = [b"\xff\xfe", codecs.BOM_UTF8, b"PK\x03\x04", b"\xe9", "é".encode(), "\u2028".encode(), "\ud7ff".encode()]
bits = st.sampled_from(signs + marks)


@given(st.one_of(st.binary(max_size=400), st.lists(bits, max_size=40).map(b"".join)))
@example(b"reference;territoire\n" + b"\x9d")
@example(b'reference;territoire\n"\r\r\n"";')
def test_no_bytes_make_it_fall(contenu: bytes):
    try:
        lines, defauts = read(contenu)
    except FichierRefuse:
        return
    assert lines or defauts.total
    assert all(set(cellules) <= set(CONNUES) for _, cellules in lines)
