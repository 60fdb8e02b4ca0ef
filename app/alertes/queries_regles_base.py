"""What the SELECT of every rule is made of: the open dossier, the numbers of its structure, the steps that follow.

`Restriction`: from a column of dossiers, the condition on those to speak of; None is everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, extract, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlalchemy.sql.util import ClauseAdapter

from app.alertes import rules
from app.alertes.models import Reglage
from app.alertes.rules_parametres import PARAMETRES
from app.db.sql import add_days, code, day_in_year, later_of, number
from app.parcours.models import OUVERTE, Dossier, Etape, Etat, Reouverture
from app.parcours.vocabulaire import GenreEtape

Restriction = Callable[[Any], ColumnElement[bool]] | None
OUVERTES = text(f"etape.{OUVERTE}")


def parametre(name: str) -> ColumnElement[int]:
    """The number that applies to the dossier of the row: its structure's, or the default."""
    return func.coalesce(Reglage.__table__.c[name], number(PARAMETRES[name].defaut))


def by_code(column: Any, numbers: Mapping[Any, ColumnElement[int]]) -> ColumnElement[int]:
    return case({code(value): expression for value, expression in numbers.items()}, value=column)


def among_codes(column: Any, codes: Collection[str]) -> ColumnElement[bool]:
    return column.in_([code(value) for value in sorted(codes)])


def of_open(restriction: Restriction, *columns: Any) -> Select[Any]:
    """`columns` of the open dossiers, whose `etat`, `dossier` and `reglage` are there to read."""
    return _followed(restriction, *columns).where(Etat.clos_le.is_(None))


def of_closed(restriction: Restriction, *columns: Any) -> Select[Any]:
    return _followed(restriction, *columns).where(Etat.clos_le.is_not(None))


def _followed(restriction: Restriction, *columns: Any) -> Select[Any]:
    statement = (
        select(Etat.dossier_id.label("dossier_id"), *columns)
        .select_from(Etat)
        .join(Dossier, Dossier.id == Etat.dossier_id)
        .outerjoin(Reglage, Reglage.structure_id == Dossier.structure_id)
    )
    return statement if restriction is None else statement.where(restriction(Etat.dossier_id))


def suspended(due: ColumnElement[Any], attente: Any = Etat.attente_jusqu_au) -> ColumnElement[Any]:
    """The later of both dates: a mise en attente of the journey stops the clocks until it ends.

    `attente`: its end, where a subquery carries it; null when there is none.
    """
    return case((attente > due, attente), else_=due)


def first_row(table: Any, *order: Any, where: Sequence[Any] = ()) -> ColumnElement[bool]:
    """What joins to `etat` the first row of its dossier in `table`, in this order: one at most, read once.

    A scalar subquery used in three expressions would be planned and run three times.
    """
    alias = table.__table__.alias(f"premiere_{table.__tablename__}")
    adapt = ClauseAdapter(alias)
    first = (
        select(alias.c.id)
        .where(alias.c.dossier_id == Etat.dossier_id, *(adapt.traverse(clause) for clause in where))
        .order_by(*(adapt.traverse(column) for column in order), alias.c.id)
        .limit(number(1))
        .scalar_subquery()
    )
    return and_(table.dossier_id == Etat.dossier_id, table.id == first, *where)


# joined by `with_opening`
OPENED = func.coalesce(Reouverture.rouvert_le, Etat.ouvert_le)


def with_opening(statement: Select[Any]) -> Select[Any]:
    """The day from which a dossier is followed, its last reopening if there is one, is then OPENED."""
    return statement.outerjoin(Reouverture, first_row(Reouverture, Reouverture.rouvert_le.desc()))


def step_key() -> ColumnElement[str]:
    """The id of the step, in 32 signs on both engines."""
    return func.replace(cast(Etape.id, String), code("-"), code(""))


def is_summer_school(genre: Any, fin: Any) -> ColumnElement[bool]:
    """A schooling or a training that ends with the school year: it is judged at the rentrée."""
    month = extract("month", fin)
    return and_(
        among_codes(genre, rules.GENRES_RENTREE),
        month >= number(rules.FIN_ANNEE_SCOLAIRE[0]),
        month <= number(rules.FIN_ANNEE_SCOLAIRE[1]),
    )


def rentree_of(fin: Any) -> ColumnElement[Any]:
    """The day of its year from which what follows the summer is judged."""
    return day_in_year(extract("year", fin), *(number(part) for part in rules.JUGEMENT_RENTREE))


def after_summer(genre: Any, fin: Any, due: ColumnElement[Any]) -> ColumnElement[Any]:
    """`due`, or the rentrée when it comes later, for what ended with the school year."""
    return case((is_summer_school(genre, fin), later_of(due, rentree_of(fin))), else_=due)


def late_end() -> ColumnElement[Any]:
    """The first day on which an open step that should have ended is late."""
    return after_summer(Etape.genre, Etape.fin_prevue, add_days(Etape.fin_prevue, parametre("retard")))


def goes_on(after: Any, *, dossier_id: Any = None, but: Any = None) -> ColumnElement[bool]:
    """A step that leads somewhere is planned, or open beyond the day `after` (null: any that is open)."""
    suite = aliased(Etape, name="suite")
    still = or_(suite.fin_prevue.is_(None), suite.fin_prevue > after) if after is not None else None
    is_open = among_codes(suite.statut, {"en_cours", "en_attente"})
    found = [
        suite.dossier_id == (Etape.dossier_id if dossier_id is None else dossier_id),
        among_codes(suite.genre, rules.GENRES_VERS),
        or_(suite.statut == code("prevue"), is_open if still is None else and_(is_open, still)),
    ]
    if but is not None:
        found.append(suite.id != but)
    return exists().where(*found)


def is_genre(*genres: GenreEtape) -> ColumnElement[bool]:
    return among_codes(Etape.genre, set(genres))
