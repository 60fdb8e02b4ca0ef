"""The published cells of one cohort as a workbook: a sheet of cells, a sheet that says how to read them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.writer.excel import ExcelWriter

from app.cohortes.forms_export import ENTETES, closing, lines
from app.cohortes.forms_tableaux import Releves
from app.cohortes.rules_treillis import first_day_after

_LARGEURS = (30, 36, 20, 20, 12, 12, 44, 12, 20)
CREATEUR = "Parcours"
# an empty file has no vintage
_NOTHING = date(2000, 1, 1)


def workbook(releves: Releves, *, titre: str) -> bytes:
    """The same bytes inside for the same ledger: its only date is the day after the last vintage."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Chiffres publiés"
    sheet.append(ENTETES)
    for line in lines(releves, titre=titre):
        sheet.append(line)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGHI", _LARGEURS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    name, text = closing()
    notes = book.create_sheet(name)
    notes.append((text,))
    notes.column_dimensions["A"].width = 120
    return _saved(book, releves)


def _saved(book: Workbook, releves: Releves) -> bytes:
    """As `Workbook.save`, which would write the instant of the download among the properties."""
    last = max((releve.millesime for releve in releves.values()), default=None)
    day = _NOTHING if last is None else first_day_after(last)
    # openpyxl writes UTC and wants it without its zone
    instant = datetime.combine(day, time(), tzinfo=UTC).replace(tzinfo=None)
    book.properties.creator = CREATEUR
    book.properties.created = book.properties.modified = instant
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()
    return content.getvalue()
