"""Noting several young people at once: an atelier, an outing, a hall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.errors import DepotConflict, DomainError
from app.jeunes.queries_recents import Groupe, Personne, in_chantier, last_group, recent_people
from app.parcours.forms_groupe import CANAUX, LIGNES_AU_PLUS, GroupeForm, LigneForm, Presence
from app.parcours.forms_refus import REFUS
from app.parcours.forms_suivis import QUI_PEUT_LIRE, shown
from app.parcours.models import Dossier, Suivi
from app.parcours.services_groupes import Ligne, depot_of, log_group
from app.parcours.views_acces import ouvrir, posted_depot, qui, sceller
from app.parcours.views_noter import way_back
from app.parcours.views_personnes import chercher, choix_de
from app.parcours.vocabulaire import Canal, Visibilite
from app.referents.policies import may_log
from app.referents.queries import load_several
from app.vault.places import Place
from app.web.filters import pluriel

bp = Blueprint("groupe", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]
PROPOSES = 8
DEJA = "Déjà enregistré, autrement."


@bp.route("/suivis/groupe", methods=["GET", "POST"])
@requires(Permission.NOTER)
def groupe() -> Reponse:
    if request.method == "GET":
        return _opened()
    if "chercher" in request.form:
        return _searched()
    form = GroupeForm(today=requete.today())
    if form.validate():
        dossiers = _dossiers(line.code.data for line in form.concernees)
        try:
            noted = _note(form, dossiers, groupe=_deposit())
        except DomainError as error:
            conflict = _refuse(form, dossiers, error)
            return _page(form, conflit=conflict), 409 if conflict else 422
        flash(f"{pluriel(len(noted), 'suivi enregistré', 'suivis enregistrés')}.", "succes")
        return redirect(way_back(), 303)
    return _page(form), 422


def _opened() -> Reponse:
    """Nobody there yet, or those of an address: who is on a chantier, or who was there last time."""
    session, agent, today, now = requete.session(), requete.agent(), requete.today(), requete.now()
    chantier = in_chantier(session, agent=agent, today=today)[:LIGNES_AU_PLUS]
    dernier = last_group(session, agent=agent, today=today, now=now)
    asked = request.args.get("avec")
    there = chantier if asked == "chantier" else dernier.codes if asked == "dernier" and dernier else []
    canal = Canal.CHANTIER_SORTIE if asked == "chantier" else dernier.canal if dernier else Canal.ATELIER_COLLECTIF
    form = GroupeForm(formdata=form_data(), data=_defaults(canal), today=today)
    if not form.lignes.entries:
        for code in there[:LIGNES_AU_PLUS]:
            form.lignes.append_entry({"code": code, "presence": Presence.PRESENT.value})
    return _page(form, chantier=chantier, dernier=dernier, proposes=PROPOSES), 200


def _defaults(canal: Canal) -> dict[str, Any]:
    visibilite = Visibilite.MON_EQUIPE.value
    return {"depot": depot(), "quand": "aujourdhui", "visibilite": visibilite, **shown(canal, CANAUX, "canal")}


def _searched() -> Reponse:
    """What was typed stays, and those who were found are added to the list."""
    said = MultiDict(request.form)
    form = GroupeForm(formdata=said, today=requete.today())
    texte = (form.cherche.data or "").strip()[:100]
    found = chercher(texte) if texte else []
    for one in found:
        if one.code not in form.codes and len(form.codes) < LIGNES_AU_PLUS:
            form.lignes.append_entry({"code": one.code, "presence": Presence.PAS_CONCERNE.value})
    return _page(form, trouves=[one.code for one in found], cherche=bool(texte)), 200


def _deposit() -> UUID:
    """That of the page; of its second button, which notes the same people once more, its own."""
    if "encore" not in request.form:
        return posted_depot()
    try:
        return UUID(request.form["encore"])
    except ValueError:
        abort(400)


def _dossiers(codes: Iterable[str | None]) -> dict[str, Dossier]:
    """Those where this agent may write; 404 if any of these codes is of another."""
    asked = {code or "" for code in codes}
    seen = load_several(requete.session(), sorted(asked), agent=requete.agent(), today=requete.today())
    found = {one.dossier.code: one.dossier for one in seen if may_log(one.relation)}
    if set(found) != asked:
        abort(404)
    return found


def _note(form: GroupeForm, dossiers: dict[str, Dossier], *, groupe: UUID) -> Sequence[Suivi]:
    lines = [_line(line, dossiers[line.code.data or ""], form.texte, groupe) for line in form.concernees]
    return log_group(requete.session(), lines, groupe=groupe, agent=requete.agent(), **form.values(), **qui())


def _line(line: LigneForm, dossier: Dossier, communs: str, groupe: UUID) -> Ligne:
    key, texte = depot_of(groupe, dossier), line.note(communs)

    def same_note(stored: bytes | None) -> bool:
        return ouvrir(dossier, stored, place=Place.NOTE, row=key) == texte

    return Ligne(dossier, line.dite.resultat, sceller(dossier, texte, place=Place.NOTE, row=key), same_note)


def _refuse(form: GroupeForm, dossiers: dict[str, Dossier], error: DomainError) -> dict[str, tuple[Suivi, str]]:
    """Say what was refused of each; by code, what was noted already with other words."""
    existing: dict[str, tuple[Suivi, str]] = {}
    for line in form.concernees:
        dossier = dossiers[line.code.data or ""]
        refused = error.facts["refus"].get(dossier.id)
        if isinstance(refused, DepotConflict):
            row = refused.existing
            existing[dossier.code] = row, ouvrir(dossier, row.note, place=Place.NOTE, row=row.id)
            form.refuse_line(line, DEJA)
        elif refused is not None and refused.code == "jour_futur":
            # the day is that of all of them
            form.jour.errors = [REFUS[refused.code]]
        elif refused is not None:
            form.refuse_line(line, REFUS[refused.code])
    form.refuse(error)
    return existing


def _page(
    form: GroupeForm,
    *,
    chantier: Sequence[str] = (),
    dernier: Groupe | None = None,
    proposes: int = 0,
    trouves: Sequence[str] = (),
    cherche: bool = False,
    conflit: dict[str, tuple[Suivi, str]] | None = None,
) -> str:
    people = _people(form, proposes)
    for one in people:
        if one.code not in form.codes and len(form.codes) < LIGNES_AU_PLUS:
            form.lignes.append_entry({"code": one.code, "presence": Presence.PAS_CONCERNE.value})
    choices = {choix.code: choix for choix in choix_de(people)}
    lines = [line for entry in form.lignes if (line := entry.form).code.data in choices]
    # who was just looked for is under the eyes
    lines.sort(key=lambda line: line.code.data not in trouves)
    return render_template(
        "parcours/groupe.html",
        form=form,
        lignes=[(line, choices[line.code.data]) for line in lines],
        chantier=chantier,
        dernier=dernier,
        cherche=cherche and not trouves,
        conflit=conflit or {},
        encore=depot(),
        retour=way_back(),
        qui_peut_lire=QUI_PEUT_LIRE,
    )


def _people(form: GroupeForm, proposes: int) -> Sequence[Personne]:
    given = {"agent": requete.agent(), "today": requete.today(), "now": requete.now()}
    return recent_people(requete.session(), limite=proposes, codes=form.codes, **given)
