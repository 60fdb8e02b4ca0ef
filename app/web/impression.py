"""A page as a PDF, where WeasyPrint and Pango are installed (`pip install parcours[pdf]`); elsewhere there is none."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

# An address that leads nowhere: what a page asks for is found below, or not at all.
BASE = "https://parcours.invalid"


@cache
def engine() -> ModuleType | None:
    """WeasyPrint; None where it, or the library that it draws with, is missing."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    return weasyprint


def pdf_of(page: str, *, statique: Path, prefixe: str, style: str) -> bytes:
    """The printed page, with one more `style`. Only files of `statique`, whose address begins with `prefixe`, are read.

    Raises LookupError where `engine` has none.
    """
    weasyprint = engine()
    if weasyprint is None:
        raise LookupError("weasyprint is not installed")

    class Statiques(weasyprint.urls.URLFetcher):
        def fetch(self, url: str, headers: object = None) -> object:
            path = _static(url, statique=statique, prefixe=prefixe)
            kind = _KINDS.get(path.suffix, "application/octet-stream")
            return weasyprint.urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    # it draws the halo of letters over them
    plain = _HALO.sub("", page)
    sheet = weasyprint.CSS(string=style)
    return weasyprint.HTML(string=plain, base_url=BASE, url_fetcher=Statiques()).write_pdf(stylesheets=[sheet])


def _static(url: str, *, statique: Path, prefixe: str) -> Path:
    """The file that an address names. Raises ValueError for any other address."""
    path = urlsplit(url).path
    target = (statique / path.removeprefix(prefixe).lstrip("/")).resolve()
    if not url.startswith(f"{BASE}/") or not path.startswith(prefixe) or not target.is_relative_to(statique.resolve()):
        raise ValueError(url)
    return target


_HALO = re.compile(r' stroke="[^"]*" stroke-width="[^"]*" stroke-linejoin="round" paint-order="stroke"')
_KINDS = {".css": "text/css", ".svg": "image/svg+xml"}
