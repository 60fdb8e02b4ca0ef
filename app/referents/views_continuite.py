"""“Continuité”, the page that should be empty: what has nobody today, or will have nobody, each with its remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.audit.vocabulaire import Action
from app.jeunes.queries import names_of
from app.jeunes.rules_identite import age_of
from app.referents.forms_absences import jours
from app.referents.queries_absences import absences_in, agents_of_structure, gaps_to_come
from app.referents.queries_continuite import Curseur, balance, dossiers_unanswered
from app.referents.queries_demandes import count_late
from app.referents.queries_passation import unacknowledged
from app.referents.rules_absences import PREVOIR, days_alone
from app.referents.views_passation import passation_cursor, passation_mark
from app.referents.vocabulaire import Vacance

bp = Blueprint("continuite", __name__, template_folder="templates")
PAR_PAGE = 50
# of each list on the first page; each has its own pages
APERCU = 10
DOSSIERS = "dossiers"
PASSATIONS = "passations"


@bp.get("/structure/continuite")
@requires(Permission.VOIR_SANS_REFERENT)
def continuite() -> str:
    if request.args.get("voir") == DOSSIERS:
        return _all_dossiers()
    if request.args.get("voir") == PASSATIONS:
        return _all_passations()
    session, agent, today = requete.session(), requete.agent(), requete.today()
    bilan = balance(session, agent=agent, today=today)
    rows = dossiers_unanswered(session, agent=agent, today=today, limit=APERCU) if bilan.sans_reponse else []
    trous = gaps_to_come(session, agent=agent, today=today)
    demandes = count_late(session, agent=agent, today=today, now=requete.now())
    passations = unacknowledged(session, agent=agent, limit=APERCU)
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len({row.id for row in (*rows, *passations)}))
    tacites = passations[0].total if passations else 0
    return render_template(
        "referents/continuite.html",
        bilan=bilan,
        demandes=demandes,
        groupes=[groupe for groupe in bilan.laisses if groupe.agent_id is not None],
        trous=trous,
        jours_seuls=days_alone(trous),
        horizon=today + timedelta(days=PREVOIR),
        absences=absences_in(session, agent.structure_id, today=today),
        agents=agents_of_structure(session, agent.structure_id),
        suite=url_for("continuite.continuite", voir=DOSSIERS) if bilan.sans_reponse > len(rows) else None,
        tacites=tacites,
        suite_passations=url_for("continuite.continuite", voir=PASSATIONS) if tacites > len(passations) else None,
        **_named(rows, passations),
    )


def _all_dossiers() -> str:
    agent, today, after = requete.agent(), requete.today(), _cursor()
    rows = dossiers_unanswered(requete.session(), agent=agent, today=today, limit=PAR_PAGE + 1, after=after)
    shown, suivant = rows[:PAR_PAGE], None
    if len(rows) > PAR_PAGE:
        reached = f"{shown[-1].depuis.isoformat()}~{shown[-1].id}"
        suivant = url_for("continuite.continuite", voir=DOSSIERS, apres=reached)
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(shown))
    debut = url_for("continuite.continuite", voir=DOSSIERS) if after else None
    return render_template("referents/continuite_dossiers.html", suivant=suivant, debut=debut, **_named(shown))


def _all_passations() -> str:
    after = passation_cursor(request.args.get("apres", ""))
    rows = unacknowledged(requete.session(), agent=requete.agent(), limit=PAR_PAGE + 1, after=after)
    shown, suivant = rows[:PAR_PAGE], None
    if len(rows) > PAR_PAGE:
        suivant = url_for("continuite.continuite", voir=PASSATIONS, apres=passation_mark(shown[-1]))
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(shown))
    debut = url_for("continuite.continuite", voir=PASSATIONS) if after else None
    return render_template("referents/continuite_passations.html", suivant=suivant, debut=debut, **_named([], shown))


def _named(rows: Sequence[Any], passations: Sequence[Any] = ()) -> dict[str, Any]:
    """What the lines of dossiers, and those of handovers, are written with."""
    ids = [row.id for row in (*rows, *passations)]
    names = names_of(requete.session(), requete.vault(), ids) if ids else {}
    ages = {row.id: age_of(names[row.id].date_naissance, row.annee_naissance, today=requete.today()) for row in rows}
    words = {"libelles": {one.value: one.label for one in Vacance}, "jours": jours}
    return {"dossiers": rows, "passations": passations, "noms": names, "ages": ages, **words}


def _cursor() -> Curseur | None:
    """Where the previous page ended; an address that was tampered with begins again."""
    depuis, _, dossier_id = request.args.get("apres", "").partition("~")
    if not re.fullmatch(r"\d{1,18}", dossier_id, re.ASCII):
        return None
    try:
        return Curseur(date.fromisoformat(depuis), int(dossier_id))
    except ValueError:
        return None
