"""The icon of the application, for phones that ask for pixels: `icone.svg` drawn again, with nothing but Python.

`python -m app.web.icones` writes the files of ICONES; a test draws one again and compares.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from math import hypot, inf
from pathlib import Path
from typing import NamedTuple

DOSSIER = Path(__file__).parent / "static"
VERT, BLANC = (0x1A, 0x44, 0x3B), (0xFF, 0xFF, 0xFF)
# The square of `icone.svg`, the radius of its corners, half of the width of its line.
COTE, RAYON, TRAIT = 32.0, 7.0, 1.5
SEGMENTS = (((8.5, 22.0), (8.5, 19.5)), ((13.5, 14.5), (18.5, 14.5)), ((23.5, 9.5), (23.5, 8.0)))
# Quarters of a circle: the centre, then on which side of it they lie.
QUARTS = (((13.5, 19.5), (-1, -1)), ((18.5, 9.5), (1, 1)))
RAYON_DES_QUARTS = 5.0
DISQUE, RAYON_DU_DISQUE = (8.5, 23.0), 3.5


class Icone(NamedTuple):
    """`pleine`: without round corners, for systems that cut it themselves; `echelle` shrinks the drawing inside."""

    fichier: str
    taille: int
    pleine: bool = False
    echelle: float = 1.0


ICONES = (
    Icone("icone-192.png", 192),
    Icone("icone-512.png", 512),
    # what a mask leaves for sure is a disc of 80 % of the side (W3C, Web Application Manifest, § 4)
    Icone("icone-masque-512.png", 512, pleine=True, echelle=0.85),
    Icone("icone-apple-180.png", 180, pleine=True, echelle=0.95),
)


def draw(icone: Icone) -> bytes:
    """The PNG: each point is covered by as much as its distance to the edge says."""
    pixel = COTE / icone.taille
    lines = (
        b"\0" + bytes(channel for column in range(icone.taille) for channel in _pixel(icone, column, row, pixel))
        for row in range(icone.taille)
    )
    header = struct.pack(">IIBBBBB", icone.taille, icone.taille, 8, 6, 0, 0, 0)
    body = (("IHDR", header), ("IDAT", zlib.compress(b"".join(lines), 9)), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), data) for name, data in body)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pixel(icone: Icone, column: int, row: int, pixel: float) -> Iterator[int]:
    x, y = (column + 0.5) * pixel, (row + 0.5) * pixel
    middle = COTE / 2
    drawn = _drawing(middle + (x - middle) / icone.echelle, middle + (y - middle) / icone.echelle) * icone.echelle
    white = _cover(drawn, pixel)
    for green, full in zip(VERT, BLANC, strict=True):
        yield round(green + (full - green) * white)
    yield 255 if icone.pleine else round(255 * _cover(_ground(x, y), pixel))


def _cover(distance: float, pixel: float) -> float:
    return min(1.0, max(0.0, 0.5 - distance / pixel))


def _ground(x: float, y: float) -> float:
    """How far outside the rounded square; negative inside."""
    middle, straight = COTE / 2, COTE / 2 - RAYON
    dx, dy = abs(x - middle) - straight, abs(y - middle) - straight
    return hypot(max(dx, 0.0), max(dy, 0.0)) + min(max(dx, dy), 0.0) - RAYON


def _drawing(x: float, y: float) -> float:
    """How far outside the line and its disc."""
    line = min(_to_segment(x, y, *ends) for ends in SEGMENTS)
    turns = min(_to_quarter(x, y, *quarter) for quarter in QUARTS)
    return min(min(line, turns) - TRAIT, hypot(x - DISQUE[0], y - DISQUE[1]) - RAYON_DU_DISQUE)


def _to_segment(x: float, y: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    """To one that is upright or level."""
    left, right = sorted((start[0], end[0]))
    low, high = sorted((start[1], end[1]))
    return hypot(x - min(max(x, left), right), y - min(max(y, low), high))


def _to_quarter(x: float, y: float, centre: tuple[float, float], side: tuple[int, int]) -> float:
    """Beyond its ends, the segments that it joins are nearer."""
    dx, dy = (x - centre[0]) * side[0], (y - centre[1]) * side[1]
    return abs(hypot(dx, dy) - RAYON_DES_QUARTS) if dx >= 0 and dy >= 0 else inf


if __name__ == "__main__":
    for one in ICONES:
        (DOSSIER / one.fichier).write_bytes(draw(one))
