"""Noting from anywhere: somebody of one's days, a few words, done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.interruptions import safe_return
from app.accounts.policies import Permission, requires
from app.accounts.saisie import form_data
from app.db.errors import DepotConflict, DomainError
from app.jeunes.queries import nom_of
from app.jeunes.queries_recents import Personne, recent_people
from app.parcours.forms_noter import NoterForm
from app.parcours.forms_suivis import QUI_PEUT_LIRE
from app.parcours.models import Suivi
from app.parcours.views_acces import dossier_a_noter, status
from app.parcours.views_fraicheur import offer_confirmation
from app.parcours.views_personnes import chercher, choix_de
from app.parcours.views_suivis import defaults, note, noted_otherwise
from app.referents.queries import DossierVisible

bp = Blueprint("noter", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]
# Three lines of tiles on a phone: the words and the button stay on the first screen.
RECENTS = 6
# Where one begins to note: nobody goes back there.
_ENTREES = ("/", "/noter", "/noter/inconnu", "/suivis/groupe")


@bp.route("/noter", methods=["GET", "POST"])
@requires(Permission.NOTER)
def noter() -> Reponse:
    posted = request.method == "POST"
    if posted and "chercher" in request.form:
        return _searched(NoterForm(today=requete.today()))
    form = NoterForm(formdata=form_data(), data=None if posted else _defaults(), today=requete.today())
    if posted and form.validate():
        vu = dossier_a_noter(form.jeune.data)
        try:
            noted = note(vu.dossier, form)
        except DepotConflict as conflict:
            return noted_otherwise(vu, form, conflict.existing, request.form)
        except DomainError as error:
            form.refuse(error)
        else:
            return _noted(vu, noted)
    return _page(form, _people(form)), status()


def _defaults() -> dict[str, Any]:
    return defaults() | {"jeune": request.args.get("jeune")}


def _people(form: NoterForm) -> Sequence[Personne]:
    """Those of the agent's days, after the one who is chosen already."""
    asked = form.jeune.data
    found = recent_people(
        requete.session(),
        agent=requete.agent(),
        today=requete.today(),
        now=requete.now(),
        limite=RECENTS,
        codes=[asked] if asked else [],
    )
    if asked not in {one.code for one in found}:
        form.jeune.data = None
    return found[:RECENTS]


def _searched(form: NoterForm) -> Reponse:
    """Names never stand in an address: the search is posted, with all that was typed."""
    texte = (form.cherche.data or "").strip()
    if not texte or not form.cherche.validate(form):
        return _page(form, _people(form)), 422 if texte else 200
    found = chercher(texte)
    if len(found) == 1:
        form.jeune.data = found[0].code
    return _page(form, found, cherche=True), 200


def _page(form: NoterForm, people: Sequence[Personne], *, cherche: bool = False) -> str:
    return render_template(
        "parcours/noter.html",
        form=form,
        personnes=choix_de(people),
        cherche=cherche,
        retour=way_back(),
        qui_peut_lire=QUI_PEUT_LIRE,
    )


def way_back() -> str:
    """The page that one noted from: what the form says, else what led here; else the day."""
    origin = urlsplit(request.referrer or "")
    came_from = f"{origin.path}?{origin.query}".rstrip("?") if origin.netloc == request.host else ""
    asked = request.form.get("retour") if request.method == "POST" else came_from
    page = safe_return(asked)
    return url_for("journee.journee") if page is None or urlsplit(page).path in _ENTREES else page


def _noted(vu: DossierVisible, noted: Suivi) -> Response:
    dossier = vu.dossier
    nom = nom_of(requete.session(), requete.vault(), dossier)
    said = render_template("parcours/_noter_fait.html", code=dossier.code, suivi=noted, premier=nom.premier)
    flash(Markup(said.strip()), "succes")  # noqa: S704 - our own template, escaped
    suite = url_for("noter.noter") if "autre" in request.form else way_back()
    offer_confirmation(vu, noted, retour=suite)
    return redirect(suite, 303)
