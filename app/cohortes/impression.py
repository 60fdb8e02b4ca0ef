"""A page as a PDF, where WeasyPrint and Pango are installed (`pip install parcours[pdf]`); elsewhere there is none."""

from __future__ import annotations

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

    def fetch(url: str, *_: object, **__: object) -> dict[str, object]:
        path = urlsplit(url).path
        target = (statique / path.removeprefix(prefixe).lstrip("/")).resolve()
        if not url.startswith(BASE) or not path.startswith(prefixe) or not target.is_relative_to(statique.resolve()):
            raise ValueError(url)
        return {"string": target.read_bytes(), "mime_type": _KINDS.get(target.suffix, "application/octet-stream")}

    sheet = weasyprint.CSS(string=style)
    return weasyprint.HTML(string=page, base_url=BASE, url_fetcher=fetch).write_pdf(stylesheets=[sheet])


_KINDS = {".css": "text/css", ".svg": "image/svg+xml"}
