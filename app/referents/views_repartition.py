"""“Répartir” : a caseload, or the dossiers of nobody, spread over several in one page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.queries import agent_by_id
from app.accounts.saisie import depot, form_data
from app.alertes.queries_reglages import reglages_of
from app.audit.vocabulaire import Action
from app.db.errors import DepotConflict, DomainError
from app.jeunes.queries import names_of
from app.parcours.services_groupes import depot_of
from app.parcours.views_acces import posted_depot, qui
from app.parcours.vocabulaire import Intensite
from app.referents.forms_repartition import RepartirForm, posted_choices, repartir_form
from app.referents.queries_charge import load_of
from app.referents.queries_repartition import answering_now, dossiers_of_caseload, names_here, receivers, teams_among
from app.referents.rules_charge import Charge, quarts
from app.referents.rules_repartition import LOT_AU_PLUS, Lot, split
from app.referents.services_repartition import Part, spread
from app.referents.views_acces import Reponse
from app.referents.views_charge import Barre, bars
from app.referents.views_repartitions import already_done, by_name
from app.referents.vocabulaire import MotifAffectation
from app.vault.places import Place
from app.web.filters import pluriel
from app.web.saisie import storable

bp = Blueprint("repartition", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Portefeuille:
    """Whose dossiers may be spread (`de`; None: those of nobody), which, who may receive them, what each carries."""

    de: Agent | None
    rows: Sequence[Any]
    receveurs: Sequence[Any]
    charges: Mapping[int, Charge]

    @property
    def codes(self) -> list[str]:
        """Of those that somebody here may receive."""
        return [row.code for row in self.rows if not row.opposee]


@dataclass(frozen=True, slots=True)
class Groupe:
    """What one receiver would have: `avant` and `apres` are bars of the same scale, one a yardstick."""

    charge: Charge
    apres: Charge
    barres: Sequence[tuple[Barre, Barre]]
    lignes: Sequence[Any]


@bp.route("/structure/repartitions/referents/<int:referent_id>", methods=["GET", "POST"])
@requires(Permission.REPARTIR)
def repartir(referent_id: int) -> Reponse:
    """Of a référent of the structure, or of whoever answers for some of its dossiers."""
    de = agent_by_id(requete.session(), storable(referent_id)) or abort(404)
    lot = _portefeuille(de)
    if not lot.rows and de.structure_id != requete.agent().structure_id:
        abort(404)
    return _answer(lot)


@bp.route("/structure/repartitions/sans-referent", methods=["GET", "POST"])
@requires(Permission.REPARTIR)
def repartir_sans_referent() -> Reponse:
    return _answer(_portefeuille(None))


def _portefeuille(de: Agent | None) -> Portefeuille:
    session, today, de_id = requete.session(), requete.today(), de and de.id
    here = {"structure_id": requete.agent().structure_id}
    rows = dossiers_of_caseload(session, de_id=de_id, limit=LOT_AU_PLUS, **here)
    loads = load_of(session, here["structure_id"], today) if rows else []
    return Portefeuille(
        de,
        rows,
        receivers(session, sauf=de_id, today=today, **here) if rows else [],
        {one.agent_id: one for one in loads},
    )


def _answer(lot: Portefeuille) -> Reponse:
    if request.method == "GET":
        return _opened(lot)
    if "proposer" in request.form or "recalculer" in request.form:
        return _again(lot)
    if (done := already_done(posted_depot(), posted_choices(request.form))) is not None:
        return done
    form = _posted(lot)
    if form.validate() and not _gone(lot):
        try:
            key = _spread(lot, form)
        except DepotConflict:
            return already_done(posted_depot(), posted_choices(request.form)) or abort(404)
        except DomainError as error:
            return _refused(lot, form, error)
        many = pluriel(len(form.choix()), "dossier réparti", "dossiers répartis")
        flash(f"{many}. Les nouveaux référents en répondent dès maintenant.", "succes")
        return redirect(url_for("repartitions.repartition", repartition_id=key), 303)
    return _page(lot, form), 422


def _opened(lot: Portefeuille) -> Reponse:
    kept = form_data()
    if kept is not None:
        form = repartir_form(lot.codes)(formdata=kept)
        form.offer(lot.receveurs, requete.today())
        return _page(lot, form), 200
    form = repartir_form(lot.codes)(formdata=None, data=_shown(lot))
    form.offer(lot.receveurs, requete.today())
    if form.choisis:
        _propose(lot, form)
    return _page(lot, form), 200


def _shown(lot: Portefeuille) -> dict[str, Any]:
    leaves = lot.de is not None and lot.de.desactive_le is not None
    motif = MotifAffectation.DEPART_AGENT if leaves else MotifAffectation.CHARGE
    return {"depot": depot(), "motif": motif.value, "parmi": request.args.getlist("parmi")}


def _again(lot: Portefeuille) -> Reponse:
    """What was typed stays; who is proposed is worked out again, or the loads alone."""
    form = _posted(lot)
    if not form.choisis:
        form.parmi.errors = ["Choisissez au moins une personne."]
    elif "proposer" in request.form:
        _propose(lot, form)
    return _page(lot, form), 422 if form.errors else 200


def _posted(lot: Portefeuille) -> RepartirForm:
    form = repartir_form(lot.codes)(formdata=request.form)
    form.offer(lot.receveurs, requete.today())
    return form


def _gone(lot: Portefeuille) -> list[str]:
    """The codes that were to be given and are no longer there to give."""
    if request.method != "POST":
        return []
    return sorted(set(posted_choices(request.form)) - set(lot.codes))


def _propose(lot: Portefeuille, form: RepartirForm) -> None:
    chosen, session = form.choisis, requete.session()
    rows = [row for row in lot.rows if not row.opposee]
    teams = teams_among(session, [row.id for row in rows], chosen, today=requete.today())
    lots = [Lot(row.id, quarts(row.intensite), teams.get(row.id, frozenset())) for row in rows]
    found = split(lots, {agent_id: lot.charges[agent_id].quarts for agent_id in chosen})
    form.propose({row.code: found[row.id] for row in rows})
    form.offer(lot.receveurs, requete.today())


def _spread(lot: Portefeuille, form: RepartirForm) -> UUID:
    key, by_code = posted_depot(), {row.code: row for row in lot.rows}
    keys = requete.vault().keys([row.uid for row in lot.rows]) if form.texte else None
    parts = []
    for code, agent_id in form.choix().items():
        row = by_code[code]
        own = depot_of(key, row)
        note = keys.seal(row.uid, {"texte": form.texte}, place=Place.PASSATION, row=own) if keys else None
        parts.append(Part(row.id, agent_id, own, note))
    agent = requete.agent()
    said = {"structure_id": agent.structure_id, "de_id": lot.de and lot.de.id}
    motif = MotifAffectation(form.motif.data)
    return spread(requete.session(), parts, repartition_id=key, motif=motif, par=agent, **said, **qui()).id


def _refused(lot: Portefeuille, form: RepartirForm, error: DomainError) -> Reponse:
    """Nothing is lost: the page again, as things are now."""
    codes = {row.id: row.code for row in lot.rows}
    if error.code == "dossiers_changes":
        lot = _portefeuille(lot.de)
        form = _posted(lot)
    elif error.code == "lignes_refusees":
        refused, choices = error.facts["refus"], form.choix()
        here = {"structure_id": requete.agent().structure_id}
        names = names_here(requete.session(), [choices[codes[one]] for one in refused], **here)
        for one, reason in refused.items():
            form.refuse_line(codes[one], reason.code, names.get(choices[codes[one]]))
    form.refuse(error)
    return _page(lot, form), 422


def _page(lot: Portefeuille, form: RepartirForm) -> str:
    session, structure = requete.session(), requete.agent().structure
    if (gone := _gone(lot)) and not form.form_errors:
        form.refuse(DomainError("dossiers_changes"))
    if request.method == "GET":
        requete.journal_read(Action.LISTE_CONSULTEE, nombre=len(lot.rows))
    groupes = _groups(lot, form)
    names = names_of(session, requete.vault(), [row.id for row in lot.rows])
    return render_template(
        "referents/repartir.html",
        form=form,
        lot=lot,
        total=lot.rows[0].total if lot.rows else 0,
        noms=names,
        groupes=[replace(one, lignes=by_name(one.lignes, names)) for one in groupes],
        restent=by_name(_left(lot, form), names),
        equipes=_known(lot, form),
        gone=gone,
        changes=answering_now(session, gone, structure_id=structure.id) if gone else [],
        propose=bool(form.choix()) or request.method == "POST",
    )


def _known(lot: Portefeuille, form: RepartirForm) -> dict[int, list[str]]:
    """Of each dossier, who of those that are shown follows it already: their names."""
    shown = _shown_ids(lot, form)
    names = {row.id: f"{row.prenom} {row.nom}" for row in lot.receveurs if row.id in shown}
    teams = teams_among(requete.session(), [row.id for row in lot.rows], shown, today=requete.today()) if shown else {}
    return {dossier_id: [name for one, name in names.items() if one in team] for dossier_id, team in teams.items()}


def _left(lot: Portefeuille, form: RepartirForm) -> list[Any]:
    """Those that stay as they are: nobody was chosen for them, or nobody may be."""
    shown = _shown_ids(lot, form)
    choices = form.choix()
    return [row for row in lot.rows if choices.get(row.code) not in shown]


def _shown_ids(lot: Portefeuille, form: RepartirForm) -> Collection[int]:
    choices = set(form.choix().values())
    return [row.id for row in lot.receveurs if not row.seul and (row.id in form.choisis or row.id in choices)]


def _groups(lot: Portefeuille, form: RepartirForm) -> list[Groupe]:
    choices, loads = form.choix(), lot.charges
    before, after, given = [], [], []
    for agent_id in _shown_ids(lot, form):
        rows = [row for row in lot.rows if choices.get(row.code) == agent_id]
        before.append(loads[agent_id])
        after.append(_with(loads[agent_id], rows))
        given.append(rows)
    reglages = reglages_of(requete.session(), requete.agent().structure_id)
    shown = bars([*before, *after], reglages["charge_soutenus"], reglages["charge_dossiers"])
    pairs = zip(shown[: len(before)], shown[len(before) :], strict=True)
    return [
        Groupe(one, then, list(zip(*pair, strict=True)), rows)
        for one, then, pair, rows in zip(before, after, pairs, given, strict=True)
    ]


def _with(charge: Charge, rows: Sequence[Any]) -> Charge:
    """The same caseload with these dossiers."""
    return replace(
        charge,
        dossiers=charge.dossiers + len(rows),
        soutenus=charge.soutenus + sum(row.intensite is Intensite.SOUTENU for row in rows),
        quarts=charge.quarts + sum(quarts(row.intensite) for row in rows),
    )
