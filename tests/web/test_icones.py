"""The icons that phones ask for are those that the house draws, and as large as they say."""

from __future__ import annotations

import struct
import zlib

import pytest

from app.web.icones import DOSSIER, ICONES, Icone, draw


def points(png: bytes) -> bytes:
    """The uncompressed lines: compression may differ from one machine to another."""
    start = png.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", png[start - 8 : start - 4])
    return zlib.decompress(png[start : start + length])


def test_the_files_are_what_the_drawing_gives() -> None:
    smallest = min(ICONES, key=lambda icone: icone.taille)
    assert points((DOSSIER / smallest.fichier).read_bytes()) == points(draw(smallest))


@pytest.mark.parametrize("icone", ICONES, ids=lambda icone: icone.fichier)
def test_each_is_as_large_as_it_says_and_cut_only_where_nobody_else_cuts(icone: Icone) -> None:
    png = (DOSSIER / icone.fichier).read_bytes()
    assert struct.unpack(">II", png[16:24]) == (icone.taille, icone.taille)
    lines = points(png)
    corner, middle = lines[4], lines[(icone.taille * 4 + 1) * (icone.taille // 2) + icone.taille * 2 + 4]
    assert (corner, middle) == (255 if icone.pleine else 0, 255)
