"""*Doublons*: the queue of probable duplicates; making one dossier of two, and undoing it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot
from app.audit.vocabulaire import Action
from app.db.errors import DomainError
from app.jeunes import services_fusion
from app.jeunes.forms_fusion import REFUS, AvecForm, FusionForm
from app.jeunes.queries import nom_of
from app.jeunes.queries_fusion import Suivant, find_merge, followers, merges_of, pairs
from app.jeunes.rules_fusion import may_undo
from app.jeunes.rules_identite import age_of
from app.parcours.queries import etapes_of
from app.parcours.views_acces import adresse, dossier_permis, headed, posted_depot
from app.referents.policies import may_hand_over, may_merge
from app.referents.queries import DossierVisible, load_visible

bp = Blueprint("fusion", __name__, template_folder="templates")
PAR_PAGE = 25
SANS_REFERENT = (
    "L’autre dossier est sans référent : celui d’avant ne peut plus en répondre (compte fermé, plus référent, ou "
    "structure dont le jeune ne veut pas). La coordination de sa structure le trouve dans Continuité."
)
Reponse = Response | str | tuple[str, int]


@bp.get("/doublons")
@requires(Permission.CLORE)
def doublons() -> str:
    """The queue; its pages are cut from what one scan finds, since the names are only there to be compared."""
    page = _page_asked(request.args.get("page", ""))
    found = pairs(requete.session(), requete.vault(), agent=requete.agent(), today=requete.today())
    shown = found[(page - 1) * PAR_PAGE : page * PAR_PAGE]
    requete.journal_read(Action.LISTE_CONSULTEE, nombre=2 * len(shown))
    return render_template(
        "jeunes/doublons.html",
        paires=shown,
        total=len(found),
        page=page,
        suivante=len(found) > page * PAR_PAGE,
        ages={one.dossier_id: _age(one) for pair in shown for one in (pair.un, pair.autre)},
    )


def _page_asked(typed: str) -> int:
    return max(int(typed), 1) if re.fullmatch(r"\d{1,4}", typed, re.ASCII) else 1


def _age(one: Any) -> Any:
    return age_of(one.nom.date_naissance, one.annee_naissance, today=requete.today())


@bp.post("/doublons/ecarter")
@requires(Permission.CLORE)
def ecarter() -> Response:
    un, autre = (_answered(request.form.get(name, "")) for name in ("un", "autre"))
    try:
        services_fusion.set_aside(requete.session(), un.dossier, autre.dossier, par=requete.agent(), **_who())
    except DomainError:
        abort(400)
    flash("Noté : ce sont deux personnes. Cette paire ne sera plus proposée.", "succes")
    return redirect(url_for("fusion.doublons"), 303)


@bp.get("/dossiers/<code>/fusion")
@requires(Permission.CLORE)
def fusion(code: str) -> Reponse:
    """What was merged into this dossier; with `?avec=`, the two side by side before they are made one."""
    vu = dossier_permis(code, lambda seen: may_hand_over(seen.relation))
    if "avec" not in request.args:
        return _state(vu, AvecForm(formdata=None))
    form = AvecForm(formdata=request.args, meta={"csrf": False})
    if not form.validate():
        return _state(vu, form)
    try:
        return _compare(vu, _other(vu, form.avec.data), None)
    except DomainError as error:
        form.refuse(error)
        return _state(vu, form)


@bp.post("/dossiers/<code>/fusion")
@requires(Permission.CLORE)
def fusionner(code: str) -> Reponse:
    vu = dossier_permis(code, lambda seen: may_hand_over(seen.relation))
    try:
        autre = _other(vu, request.form.get("avec", ""))
    except DomainError as error:
        form = AvecForm(formdata=request.form)
        form.refuse(error)
        return _state(vu, form)
    both = {seen.dossier.code: seen.dossier for seen in (vu, autre)}
    form = FusionForm()
    form.offer(*both, noms=_names(vu, autre))
    if form.validate():
        garde = both.pop(form.garde.data)
        (absorbe,) = both.values()
        try:
            _merge(garde, absorbe, prendre=form.identite.data == absorbe.code)
        except DomainError as error:
            form.refuse(error)
        else:
            flash(f"Un seul dossier désormais : {garde.code}. Le code {absorbe.code} y mène aussi.", "succes")
            return redirect(url_for("fusion.fusion", code=garde.code), 303)
    return _compare(vu, autre, form)


@bp.post("/dossiers/<code>/fusion/<uuid:fusion_id>/annuler")
@requires(Permission.CLORE)
def annuler(code: str, fusion_id: UUID) -> Reponse:
    vu = dossier_permis(code, lambda seen: may_hand_over(seen.relation))
    found = find_merge(requete.session(), fusion_id, garde_id=vu.dossier.id) or abort(404)
    try:
        answered = services_fusion.undo(
            requete.session(), requete.vault(), found, par=requete.agent(), **_who(today=True)
        )
    except DomainError as error:
        flash(REFUS[error.code], "attention")
        return redirect(url_for("fusion.fusion", code=vu.dossier.code), 303)
    flash("La fusion est annulée : il y a de nouveau deux dossiers.", "succes")
    if not answered:
        flash(SANS_REFERENT, "attention")
    return redirect(adresse(vu.dossier.code), 303)


def _who(*, today: bool = False) -> dict[str, Any]:
    who = {"acteur": requete.acteur(), "now": requete.now()}
    return who | {"today": requete.today()} if today else who


def _merge(garde: Any, absorbe: Any, *, prendre: bool) -> None:
    given = {"fusion_id": posted_depot(), "prendre_identite": prendre, "par": requete.agent()}
    services_fusion.merge(requete.session(), requete.vault(), garde, absorbe, **given, **_who(today=True))


def _answered(code: str) -> DossierVisible:
    return dossier_permis(code, lambda seen: may_hand_over(seen.relation))


def _other(vu: DossierVisible, code: str) -> DossierVisible:
    """The other dossier, as its code was typed. DomainErrors of the field `avec`."""
    typed = code.strip().upper()
    found = load_visible(requete.session(), typed, agent=requete.agent(), today=requete.today())
    if found is None:
        raise DomainError("dossier_inconnu", field="avec")
    if found.dossier.id == vu.dossier.id:
        raise DomainError("meme_dossier", field="avec")
    if not may_merge(vu.relation, found.relation):
        raise DomainError("pas_les_deux", field="avec")
    if request.method == "GET":
        requete.journal_read(Action.DOSSIER_CONSULTE, dossier=found.dossier.code)
    return found


def _names(*seen: DossierVisible) -> dict[str, str]:
    return {one.dossier.code: nom_of(requete.session(), requete.vault(), one.dossier).affiche for one in seen}


def _state(vu: DossierVisible, form: AvecForm) -> Reponse:
    rows = merges_of(requete.session(), vu.dossier.id)
    undoable = {row.Fusion.id for row in rows if may_undo(row.Fusion.le, requete.now())}
    page = headed("jeunes/fusion.html", vu, form=form, fusions=rows, annulables=undoable)
    return page, 422 if form.errors else 200


def _left(kept: DossierVisible, other: DossierVisible) -> list[Suivant]:
    """Who follows the other one and would not follow the one that is kept."""
    coming = followers(requete.session(), garde=kept.dossier, absorbe=other.dossier, today=requete.today())
    return [one for one in coming if one.partage is None]


def _compare(vu: DossierVisible, autre: DossierVisible, form: FusionForm | None) -> Reponse:
    both = sorted((vu, autre), key=lambda seen: (seen.dossier.clos_le is not None, seen.dossier.ouvert_le))
    noms = _names(*both)
    if form is None:
        first = both[0].dossier.code
        shown = {"depot": depot(), "avec": autre.dossier.code, "garde": first, "identite": first}
        form = FusionForm(formdata=None, data=shown)
        form.offer(*noms, noms=noms)
    sides = [
        (kept, noms[kept.dossier.code], etapes_of(requete.session(), kept.dossier.id), _left(kept, other))
        for kept, other in (both, both[::-1])
    ]
    page = headed("jeunes/fusion_comparer.html", vu, form=form, cotes=sides)
    return page, 422 if form.errors else 200
