"""The published cells of one cohort as files that a French Excel opens at once."""

from __future__ import annotations

import csv as tables
import io

from flask import Blueprint, Response, abort, request

from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.cohortes import queries_releves
from app.cohortes.acces import acces
from app.cohortes.forms_adresse import read_cle
from app.cohortes.forms_classeur import workbook
from app.cohortes.forms_export import ENTETES, Valeur, closing, file_name, lines
from app.cohortes.forms_tableaux import Releves
from app.cohortes.rules_treillis import Cle

bp = Blueprint("cohortes_exports", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/cohortes/export.csv")
@requires(Permission.VOIR_COHORTES)
def csv() -> Response:
    """Semicolons, a decimal comma and the mark of UTF-8: what a French spreadsheet opens without asking."""
    cle, releves, titre = _read()
    text = io.StringIO()
    written = tables.writer(text, delimiter=";", lineterminator="\r\n")
    written.writerow(ENTETES)
    written.writerows([_french(value) for value in line] for line in lines(releves, titre=titre))
    written.writerow(closing())
    return _file(text.getvalue().encode("utf-8-sig"), "text/csv", f"{file_name(releves, cle.code)}.csv")


@bp.get("/cohortes/export.xlsx")
@requires(Permission.VOIR_COHORTES)
def xlsx() -> Response:
    cle, releves, titre = _read()
    return _file(workbook(releves, titre=titre), XLSX, f"{file_name(releves, cle.code)}.xlsx")


def _read() -> tuple[Cle, Releves, str]:
    session, cle = acces().session(), read_cle(request.args)
    if cle is None:
        abort(404)
    releves = queries_releves.latest(session, cle)
    if not releves and cle.filtres and not queries_releves.is_known(session, cle):
        abort(404)
    acces().journal_read(Action.COHORTE_CONSULTEE, nombre=1)
    return cle, releves, queries_releves.libelles(session).of(cle)


def _french(value: Valeur) -> str:
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def _file(content: bytes, mimetype: str, name: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
