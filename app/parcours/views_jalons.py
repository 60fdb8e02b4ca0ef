"""L’obligation de formation d’un jeune de 16 ou 17 ans : ce qui est dû, ce qui a été fait."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.errors import DepotConflict, DomainError
from app.parcours import services_jalons
from app.parcours.forms_jalons import REFUS_JALON, SOURCE, JalonForm, suite
from app.parcours.models_actes import Jalon
from app.parcours.policies import is_mission_locale
from app.parcours.queries_jalons import find_jalon, jalons_of
from app.parcours.rules_obligation import RESERVES_A_LA_MISSION_LOCALE, duty_period, expected_act, stage
from app.parcours.views_acces import (
    Acte,
    Paires,
    conflit,
    dossier_permis,
    naissance_de,
    page,
    posted_depot,
    qui,
    typed,
)
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import GenreJalon
from app.referents.policies import may_log
from app.referents.queries import DossierVisible
from app.web.filters import date_longue

bp = Blueprint("jalons", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]


@bp.get("/dossiers/<code>/obligation-de-formation")
@requires(Permission.VOIR_SES_DOSSIERS)
def obligation(code: str) -> Reponse:
    vu = dossier_permis(code, _is_told)
    return _page(vu, _form(begun=True, attendu=_expected(vu)), 200)


def _is_told(vu: DossierVisible) -> bool:
    """The duty of training is of who has left school: a partner who may not know of that sees nothing of it."""
    return vu.shows(GenreEtape.DECROCHAGE)


def _may_note(vu: DossierVisible) -> bool:
    return may_log(vu.relation) and _is_told(vu)


def _expected(vu: DossierVisible) -> GenreJalon | None:
    """What a mission locale owes next here; nobody else owes an act."""
    if not is_mission_locale(requete.agent()):
        return None
    today = requete.today()
    return expected_act(stage(jalons_of(requete.session(), vu.dossier.id), today), today)


def _form(*, begun: bool, attendu: GenreJalon | None = None) -> JalonForm:
    """What is expected next, today; or what was posted, or what a draft holds."""
    data = {"depot": depot(), "jour": requete.today(), "genre": attendu and attendu.value} if begun else None
    form = JalonForm(formdata=form_data(), data=data)
    form.offer(mission_locale=is_mission_locale(requete.agent()))
    return form


@bp.post("/dossiers/<code>/obligation-de-formation")
@requires(Permission.NOTER)
def noter(code: str) -> Reponse:
    vu, form = dossier_permis(code, _may_note), _form(begun=False)
    if form.validate():
        try:
            services_jalons.note_jalon(
                requete.session(),
                vu.dossier,
                agent=requete.agent(),
                naissance=naissance_de(vu.dossier),
                depot=posted_depot(),
                **form.values(),
                **qui(),
            )
        except DepotConflict as conflict:
            return _noted_otherwise(vu, form, conflict.existing)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("C’est noté.", "succes")
            return _back(code)
    return _page(vu, form, 422)


def _page(vu: DossierVisible, form: JalonForm, status: int) -> tuple[str, int]:
    naissance, jalons = naissance_de(vu.dossier), jalons_of(requete.session(), vu.dossier.id)
    ours, writes = is_mission_locale(requete.agent()), may_log(vu.relation) and vu.dossier.clos_le is None
    shown = {
        "form": form,
        "suite": suite(stage(jalons, requete.today()), mission_locale=ours),
        "source": SOURCE,
        "periode": duty_period(naissance) if isinstance(naissance, date) else None,
        "jalons": [(one, writes and (ours or one.genre not in RESERVES_A_LA_MISSION_LOCALE)) for one in jalons],
        "noter": writes,
        "exemption": GenreJalon.EXEMPTION_MEDICALE.value,
    }
    return page("obligation.html", vu, **shown), status


def _noted_otherwise(vu: DossierVisible, form: JalonForm, earlier: Jalon) -> Reponse:
    said = form.values()
    here = url_for("jalons.noter", code=vu.dossier.code)
    return conflit(
        vu,
        titre="C’est déjà enregistré, autrement",
        enregistre=_pairs(earlier.genre, earlier.jour, earlier.jusqu_au),
        saisi=_pairs(**said),
        actes=[Acte(here, "Noter aussi ce que je viens d’écrire", [*typed(request.form), ("depot", str(depot()))])],
    )


def _pairs(genre: GenreJalon, jour: date, jusqu_au: date | None) -> Paires:
    pairs = [("Ce qui a été fait", genre.label), ("Le", date_longue(jour))]
    return pairs + ([("Dernier jour", date_longue(jusqu_au))] if jusqu_au else [])


@bp.post("/dossiers/<code>/obligation-de-formation/<uuid:jalon_id>/annuler")
@requires(Permission.NOTER)
def annuler(code: str, jalon_id: UUID) -> Response:
    vu, jalon = _load(code, jalon_id)
    try:
        services_jalons.cancel_jalon(requete.session(), vu.dossier, jalon, agent=requete.agent(), **qui())
    except DomainError as error:
        flash(REFUS_JALON[error.code], "attention")
    else:
        flash("Annulé. Il reste possible de le rétablir.", "succes")
    return _back(code)


@bp.post("/dossiers/<code>/obligation-de-formation/<uuid:jalon_id>/retablir")
@requires(Permission.NOTER)
def retablir(code: str, jalon_id: UUID) -> Response:
    vu, jalon = _load(code, jalon_id)
    try:
        services_jalons.restore_jalon(
            requete.session(),
            vu.dossier,
            jalon,
            agent=requete.agent(),
            naissance=naissance_de(vu.dossier),
            **qui(),
        )
    except DomainError as error:
        flash(REFUS_JALON[error.code], "attention")
    else:
        flash("Rétabli.", "succes")
    return _back(code)


def _load(code: str, jalon_id: UUID) -> tuple[DossierVisible, Jalon]:
    vu = dossier_permis(code, _may_note)
    jalon = find_jalon(requete.session(), vu.dossier.id, jalon_id)
    if jalon is None:
        abort(404)
    return vu, jalon


def _back(code: str) -> Response:
    return redirect(url_for("jalons.obligation", code=code), 303)
