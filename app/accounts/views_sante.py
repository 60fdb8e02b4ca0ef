"""What a monitor asks: does it answer, does the database, does the scheduler. No data."""

from collections.abc import Iterator

from flask import Blueprint, Response

from app.accounts import queries
from app.accounts.maison import maison
from app.accounts.policies import public
from app.alertes.forms_planification import faults
from app.alertes.queries_planification import watch

bp = Blueprint("sante", __name__)


@bp.get("/sante")
@public
def sante() -> Response:
    """`ok`, or 503 and why: the database does not answer, or the scheduler that was launched one day stands still."""
    wrong = list(_wrong())
    words = "\n".join(wrong) if wrong else "ok"
    return Response(f"{words}\n", 503 if wrong else 200, mimetype="text/plain")


def _wrong() -> Iterator[str]:
    house = maison()
    if not queries.database_answers(house.database):
        yield "la base de données ne répond pas"
        return
    with house.database.reading() as session:
        yield from faults(watch(session), house.clock())
