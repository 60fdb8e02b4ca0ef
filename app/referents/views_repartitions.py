"""“Répartitions” : whose caseload may be spread, what was spread lately, and taking a whole back for a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes.queries import NomAffiche, names_of
from app.parcours.views_acces import qui
from app.referents.forms_repartition import REFUS_REPARTITION
from app.referents.queries_repartition import (
    RepereRepartition,
    caseloads,
    fates,
    lines_of,
    recent_repartitions,
    repartition_shown,
)
from app.referents.rules_repartition import REPRISE, may_take_back
from app.referents.services_repartition import take_back
from app.referents.views_acces import Reponse
from app.referents.vocabulaire import SuiteRepartition
from app.web.filters import pluriel

bp = Blueprint("repartitions", __name__, template_folder="templates")
PAR_PAGE = 20


@bp.get("/structure/repartitions")
@requires(Permission.REPARTIR)
def repartitions() -> str:
    session, structure_id, after = requete.session(), requete.agent().structure_id, _cursor()
    rows = recent_repartitions(session, structure_id, limit=PAR_PAGE + 1, after=after)
    shown, suivant = rows[:PAR_PAGE], None
    if len(rows) > PAR_PAGE:
        last = shown[-1].Repartition
        suivant = url_for("repartitions.repartitions", apres=f"{last.cree_le.isoformat()}~{last.id}")
    return render_template(
        "referents/repartitions.html",
        repartitions=shown,
        portefeuilles=caseloads(session, structure_id) if after is None else [],
        reprises={row.Repartition.id for row in shown if _may_take_back(row)},
        suivant=suivant,
        debut=url_for("repartitions.repartitions") if after else None,
    )


@bp.get("/structure/repartitions/<uuid:repartition_id>")
@requires(Permission.REPARTIR)
def repartition(repartition_id: UUID) -> str:
    """What was given to whom; while it may be taken back, what that would do to each."""
    return _detail(_found(repartition_id))


@bp.post("/structure/repartitions/<uuid:repartition_id>/reprendre")
@requires(Permission.REPARTIR)
def reprendre(repartition_id: UUID) -> Response:
    row, here = _found(repartition_id), url_for("repartitions.repartition", repartition_id=repartition_id)
    try:
        become = list(take_back(requete.session(), row.Repartition, par=requete.agent(), **qui()).values())
    except DomainError as error:
        flash(REFUS_REPARTITION[error.code], "attention")
        return redirect(here, 303)
    flash(_said(become, row.de), "succes")
    return redirect(here, 303)


def already_done(key: UUID, choices: Mapping[str, int]) -> Reponse | None:
    """The answer to a form whose deposit was spread already; None when it was not. `choices`: who receives, by code."""
    row = repartition_shown(requete.session(), key, structure_id=requete.agent().structure_id)
    if row is None or row.Repartition.par_id != requete.agent().id:
        return None
    lines = lines_of(requete.session(), row.Repartition)
    if {line.code: line.agent_id for line in lines} == choices:
        return redirect(url_for("repartitions.repartition", repartition_id=key), 303)
    return _detail(row, autrement=True), 409


def by_name(rows: Iterable[Any], names: Mapping[int, NomAffiche]) -> list[Any]:
    """Rows with an id and a code, in the order of the names shown."""
    return sorted(rows, key=lambda row: (names[row.id].affiche.casefold(), row.code))


def _said(become: Sequence[SuiteRepartition], de: str | None) -> str:
    counts = {suite: become.count(suite) for suite in SuiteRepartition}
    parts = []
    if back := counts[SuiteRepartition.RENDU]:
        parts.append(f"{pluriel(back, 'dossier revient', 'dossiers reviennent')} à {de}")
    if left := counts[SuiteRepartition.SANS_REFERENT]:
        parts.append(f"{pluriel(left, 'dossier est', 'dossiers sont')} sans référent, dans Continuité")
    if kept := counts[SuiteRepartition.RESTE]:
        parts.append(f"{pluriel(kept, 'reste', 'restent')} à leur nouveau référent")
    return f"C’est repris : {', '.join(parts)}."


def _found(repartition_id: UUID) -> Any:
    """One of the structure that this agent coordinates; 404 for any other."""
    row = repartition_shown(requete.session(), repartition_id, structure_id=requete.agent().structure_id)
    return row or abort(404)


def _may_take_back(row: Any) -> bool:
    return row.Repartition.annulee_le is None and may_take_back(row.Repartition.cree_le, requete.now())


def _detail(row: Any, *, autrement: bool = False) -> str:
    session, made = requete.session(), row.Repartition
    lines = lines_of(session, made)
    open_still = _may_take_back(row)
    become = fates(session, made, lines) if open_still else {}
    if request.method == "GET":
        requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(lines))
    names = names_of(session, requete.vault(), [line.id for line in lines])
    return render_template(
        "referents/repartition.html",
        row=row,
        repartition=made,
        groupes=[by_name(group, names) for _, group in groupby(lines, key=lambda line: line.agent_id)],
        noms=names,
        suites=become if open_still else {line.id: line.LigneRepartition.suite for line in lines},
        nombres={suite.value: list(become.values()).count(suite) for suite in SuiteRepartition},
        reprenable=open_still,
        jusqu_a=made.cree_le + REPRISE,
        autrement=autrement,
    )


def _cursor() -> RepereRepartition | None:
    """Where the previous page ended; an address that was tampered with begins again."""
    cree_le, _, key = request.args.get("apres", "").partition("~")
    try:
        return RepereRepartition(datetime.fromisoformat(cree_le).astimezone(UTC), UUID(key))
    except (ValueError, OverflowError):
        return None
