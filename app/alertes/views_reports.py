"""What is decided of one alert: put off, taken back, judged useless; and what happened to those of a dossier."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.interruptions import safe_return
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.alertes import services_reports
from app.alertes.forms_reports import REFUS, ReportForm
from app.alertes.models import Alerte
from app.alertes.policies import may_put_off, may_put_off_again
from app.alertes.queries import alerts_of
from app.alertes.queries_historique import Histoire, coordinateurs_of, find_alerte, histories_of, reports_of
from app.alertes.queries_reglages import reglages_of
from app.alertes.rules import tells
from app.alertes.rules_reports import is_legal_clock, last_day, put_off_before
from app.alertes.views_lignes import Phrase, phrases
from app.alertes.vocabulaire import Regle
from app.config import PARIS
from app.db.errors import DomainError
from app.parcours.views_acces import adresse, apres, dossier_permis, dossier_vu, headed, status
from app.referents.queries import DossierVisible
from app.web.filters import date_longue
from app.web.saisie import storable

bp = Blueprint("reports", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]
# what the form proposes: a week, unless the rule allows less
PROPOSE = timedelta(days=7)


@bp.get("/dossiers/<code>/alertes")
@requires(Permission.VOIR_SES_DOSSIERS)
def historique(code: str) -> str:
    vu = dossier_vu(code)
    ouvertes, passees = histories_of(requete.session(), vu.dossier.id)
    return headed(
        "alertes/historique.html",
        vu,
        groupes=[("Ouvertes", _told(vu, ouvertes)), ("Passées", _told(vu, passees))],
        decider=may_put_off(vu.relation),
    )


def _told(vu: DossierVisible, histoires: Iterable[Histoire]) -> list[tuple[Phrase, Histoire]]:
    """Those that this agent may be told of, in the words of their last day: what ended does not go on ageing."""
    agent, told = requete.agent(), []
    for one in (one for one in histoires if tells(vu.genres, Regle(one.dite.regle))):
        last = one.fermee_le.astimezone(PARIS).date() if one.fermee_le else requete.today()
        told += [(phrase, one) for phrase in phrases([one.dite], today=last, agent=agent)]
    return told


@bp.route("/dossiers/<code>/alertes/<int:alerte_id>/report", methods=["GET", "POST"])
@requires(Permission.NOTER)
def reporter(code: str, alerte_id: int) -> Reponse:
    vu = _vu(code)
    alerte = _open_alert(vu, alerte_id)
    if alerte is None:
        return _closed(code)
    au_plus = _last_day(vu, alerte)
    shown = {"jusqu_au": min(requete.today() + PROPOSE, au_plus)}
    form = ReportForm(formdata=form_data(), data=shown)
    if request.method == "POST" and form.validate():
        try:
            services_reports.put_off(
                requete.session(),
                vu.dossier,
                alerte_id,
                relation=vu.relation,
                agent=requete.agent(),
                today=requete.today(),
                **form.values(),
                **_who(),
            )
        except DomainError as error:
            if error.code == "alerte_fermee":
                return _closed(code)
            form.refuse(error)
        else:
            flash(_undo(code, alerte_id, form), "succes")
            return apres(code)
    return _page(vu, alerte, form, au_plus)


def _page(vu: DossierVisible, alerte: Alerte, form: ReportForm, au_plus: Any) -> Reponse:
    """The form; or why it cannot be put off, and whom to ask."""
    session, today = requete.session(), requete.today()
    dite = next((dite for dite in alerts_of(session, vu.dossier.id) if dite.alerte_id == alerte.id), None)
    if dite is None:
        # a job closed it since it was found
        return _closed(vu.dossier.code)
    again = put_off_before(reports_of(session, alerte))
    asked = again and not may_put_off_again(vu.relation)
    context = {
        "phrase": phrases([dite], today=today, agent=requete.agent())[0],
        "au_plus": au_plus,
        "legale": is_legal_clock(alerte.regle, alerte.due, today=today),
        "reportee_au": alerte.reportee_au if alerte.reportee_au and alerte.reportee_au > today else None,
        "second": again,
        "a_demander": coordinateurs_of(session, vu.dossier.structure_id) if asked else None,
        "revient": safe_return(request.values.get("retour")),
    }
    return headed("alertes/report.html", vu, form=form, **context), status()


@bp.post("/dossiers/<code>/alertes/<int:alerte_id>/report/lever")
@requires(Permission.NOTER)
def lever(code: str, alerte_id: int) -> Response:
    return _decide(code, alerte_id, "Report levé : l’alerte est de nouveau là.", _lift)


@bp.post("/dossiers/<code>/alertes/<int:alerte_id>/inutile")
@requires(Permission.NOTER)
def inutile(code: str, alerte_id: int) -> Response:
    words = Markup(
        "Merci : cette alerte compte comme inutile. Elle reste ouverte tant que sa cause est là. "
        '<a href="{}">Changer d’avis</a>'
    )
    return _decide(code, alerte_id, words.format(url_for("reports.historique", code=code)), _judge, inutile=True)


@bp.post("/dossiers/<code>/alertes/<int:alerte_id>/utile")
@requires(Permission.NOTER)
def utile(code: str, alerte_id: int) -> Response:
    return _decide(code, alerte_id, "L’alerte ne compte plus comme inutile.", _judge, inutile=False)


def _lift(vu: DossierVisible, alerte_id: int) -> None:
    services_reports.lift(requete.session(), vu.dossier, alerte_id, agent=requete.agent(), **_who())


def _judge(vu: DossierVisible, alerte_id: int, *, inutile: bool) -> None:
    services_reports.judge(requete.session(), vu.dossier, alerte_id, inutile=inutile, **_who())


def _decide(code: str, alerte_id: int, said: str, act: Any, **given: Any) -> Response:
    vu = _vu(code)
    if _open_alert(vu, alerte_id) is None:
        return _closed(code)
    try:
        act(vu, storable(alerte_id), **given)
    except DomainError:
        return _closed(code)
    flash(said, "succes")
    return apres(code)


def _undo(code: str, alerte_id: int, form: ReportForm) -> str:
    words = Markup('Alerte reportée : elle reviendra le {}. <a href="{}">Annuler le report</a>')
    came_from = safe_return(request.form.get("retour"))
    back = url_for("reports.reporter", code=code, alerte_id=alerte_id, retour=came_from or None)
    return words.format(date_longue(form.jusqu_au.data, requete.today()), back)


def _vu(code: str) -> DossierVisible:
    """A dossier whose alerts this agent may decide of."""
    return dossier_permis(code, lambda seen: may_put_off(seen.relation))


def _open_alert(vu: DossierVisible, alerte_id: int) -> Alerte | None:
    """An open alert that this agent may be told of; for any other, the same answer as for a closed one."""
    found = find_alerte(requete.session(), vu.dossier.id, storable(alerte_id))
    return found if found is not None and tells(vu.genres, Regle(found.regle)) else None


def _last_day(vu: DossierVisible, alerte: Alerte) -> Any:
    reglages = reglages_of(requete.session(), vu.dossier.structure_id)
    return last_day(alerte.regle, reglages, today=requete.today())


def _closed(code: str) -> Response:
    flash(REFUS["alerte_fermee"], "info")
    return redirect(adresse(code), 303)


def _who() -> dict[str, Any]:
    return {"acteur": requete.acteur(), "now": requete.now()}
