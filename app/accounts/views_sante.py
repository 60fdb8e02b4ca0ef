"""What a monitor asks: does it answer, does the database. No data."""

from flask import Blueprint, Response

from app.accounts import queries
from app.accounts.garde import public
from app.accounts.maison import maison

bp = Blueprint("sante", __name__)


@bp.get("/sante")
@public
def sante() -> Response:
    """`ok`, or 503 when the database does not answer."""
    well = queries.database_answers(maison().database)
    return Response(
        "ok\n" if well else "la base de données ne répond pas\n", 200 if well else 503, mimetype="text/plain"
    )
