"""Passer le relais."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for

from app.accounts import requete
from app.accounts.models import Agent
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.alertes.queries import alerts_of
from app.alertes.rules import tells
from app.alertes.vocabulaire import Regle
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.jeunes.queries_representants import family_contact
from app.parcours.models import Dossier
from app.parcours.views_acces import (
    Acte,
    Paires,
    adresse,
    conflit,
    ouvrir,
    posted_depot,
    qui,
    qui_suit,
    sceller,
    status,
    typed,
)
from app.referents import services, services_affectations
from app.referents.forms import RelaisForm
from app.referents.models import Affectation
from app.referents.policies import may_hand_over, may_keep
from app.referents.queries import DossierVisible, affectations_of, handed_over_already
from app.referents.queries_equipe import members_of
from app.referents.queries_receveurs import possible_referents
from app.referents.queries_resume import resume_of
from app.referents.rules_resume import GENRES_DITS
from app.referents.views_acces import Reponse, allowed, lead, page, receiver, visible
from app.referents.views_resume_mots import note as in_words
from app.referents.vocabulaire import MotifAffectation, Relation
from app.vault.errors import Unreadable
from app.vault.places import Place

bp = Blueprint("referents", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Passage:
    """A référent of the past or the present; words are None when the key is gone."""

    row: Any
    note: str | None
    refus: str | None


@bp.route("/dossiers/<code>/referent", methods=["GET", "POST"])
@requires(Permission.PASSER_LE_RELAIS)
def relais(code: str) -> Reponse:
    vu, again = visible(code), _sent_twice(code)
    if again and (vu is None or not may_hand_over(vu.relation)):
        # the first one took the dossier out of its author's hands: it was done, there is nothing else to say
        return redirect(url_for("alertes.mes_jeunes"), 303)
    vu = allowed(vu, lambda relation, _: may_hand_over(relation))
    if vu.dossier.clos_le is not None:
        flash("Ce dossier est clos : rouvrez-le d’abord.", "info")
        return redirect(adresse(code), 303)
    passages = history(vu.dossier)
    current = passages[0].row if passages and passages[0].row.fin is None else None
    equipe, sent = members_of(requete.session(), vu.dossier.id, today=requete.today()), form_data()
    # when nothing was typed yet
    prepared = "" if sent else in_brief(vu, passages, equipe)
    form = RelaisForm(formdata=sent, data=_shown(current, passages) | {"note": prepared})
    who = _possible(vu.dossier, None if again else current)
    form.offer(who, requete.today(), premier=again or not passages)
    if request.method == "POST" and form.validate():
        answer = _handed_over(vu, form, again=again)
        if answer is not None:
            return answer
    return page(
        "relais.html",
        vu,
        status=status(),
        form=form,
        historique=passages,
        actuel=current,
        perdu=_loses(vu),
        equipe=[one for one in equipe if current is None or one.agent_id != current.agent_id],
    )


def in_brief(vu: DossierVisible, passages: list[Passage], equipe: Sequence[Any], *, completer: bool = True) -> str:
    """The note that a handover begins with, or the journey alone; nothing sealed is opened for it.

    `equipe`: rows of `members_of`; `completer` as `views_resume_mots.note` has it.
    """
    session, today = requete.session(), requete.today()
    read = {"affectations": [one.row for one in passages], "equipe": equipe, "today": today}
    regles = (Regle(dite.regle) for dite in alerts_of(session, vu.dossier.id))
    return in_words(
        resume_of(session, vu.dossier, vu.etat, **read),
        alertes=[regle.label for regle in regles if tells(GENRES_DITS, regle)],
        representants=family_contact(session, vu.dossier.id) is not None,
        completer=completer,
    )


def _loses(vu: DossierVisible) -> bool:
    """Whether this agent will only read the dossier, for some days, once it is handed over."""
    return Relation.REFERENT in vu.relation and Relation.COORDINATEUR not in vu.relation


def _sent_twice(code: str) -> bool:
    """Whether this agent's form already made its affectation."""
    if request.method != "POST":
        return False
    return handed_over_already(requete.session(), code, affectation_id=posted_depot(), agent=requete.agent())


def history(dossier: Dossier) -> list[Passage]:
    """Every référent of the dossier, newest first, with what each was left and why some gave it back."""
    return [
        Passage(
            row,
            _words(dossier, row.note, place=Place.PASSATION, row=row.id),
            _words(dossier, row.refus, place=Place.REFUS, row=row.id),
        )
        for row in affectations_of(requete.session(), dossier.id)
    ]


def _words(dossier: Dossier, blob: bytes | None, *, place: Place, row: UUID) -> str | None:
    try:
        return ouvrir(dossier, blob, place=place, row=row)
    except Unreadable:
        return None


def _shown(current: Any, passages: list[Passage]) -> dict[str, Any]:
    """What the form proposes: a first référent, or the departure of one whose account was closed."""
    motif = None if passages else MotifAffectation.PREMIERE_AFFECTATION
    if current and current.desactive_le:
        motif = MotifAffectation.DEPART_AGENT
    return {"depot": depot(), "remplace": current.id if current else "", "motif": motif}


def _possible(dossier: Dossier, current: Any) -> Any:
    return possible_referents(
        requete.session(),
        structure_id=dossier.structure_id,
        today=requete.today(),
        sauf=current.agent_id if current else None,
    )


def _handed_over(vu: DossierVisible, form: RelaisForm, *, again: bool) -> Reponse | None:
    """The answer, or None when the form has to be shown again with what was refused."""
    try:
        to = receiver(form.agent.data)
        if to.id == requete.agent().id and not may_keep(vu.relation):
            raise DomainError("relais_a_soi", field="agent")
        _entrust(vu.dossier, form, to, again=again)
    except StaleVersion as stale:
        return _changed_meanwhile(vu.dossier.code, form, to, stale.current)
    except DepotConflict as conflict:
        return _already_otherwise(vu, form, to, conflict.existing)
    except DomainError as error:
        form.refuse(error)
        return None
    flash(f"{to.nom_complet} répond maintenant de ce dossier.", "succes")
    mine = Relation.REFERENT if to.id == requete.agent().id else Relation(0)
    return lead(vu.dossier.code, still=vu.relation & Relation.COORDINATEUR | mine)


def _entrust(dossier: Dossier, form: RelaisForm, to: Agent, *, again: bool) -> None:
    key = posted_depot()
    if not again:
        services_affectations.check_there(requete.session(), to, requete.today())

    def same_note(stored: bytes | None) -> bool:
        return ouvrir(dossier, stored, place=Place.PASSATION, row=key) == form.texte

    given = {
        "to": to,
        "par": requete.agent(),
        "motif": MotifAffectation(form.motif.data),
        "affectation_id": key,
        "note": sceller(dossier, form.texte, place=Place.PASSATION, row=key),
        "same_note": same_note,
        "jeune_informe_le": form.jeune_informe_le.data,
        **qui(),
    }
    if replaced := _replaced():
        services.hand_over(requete.session(), dossier, remplace=replaced, **given)
    else:
        services.assign(requete.session(), dossier, **given)


def _replaced() -> UUID | None:
    posted = request.form.get("remplace")
    try:
        return UUID(posted) if posted else None
    except ValueError:
        abort(400)


def _changed_meanwhile(code: str, form: RelaisForm, to: Agent, current: Affectation | None) -> Reponse:
    """Somebody else was faster; whoever no longer sees the dossier learns nothing of it."""
    vu = allowed(visible(code), lambda relation, _: may_hand_over(relation))
    again = [*_typed(), ("depot", str(depot())), ("remplace", str(current.id) if current else "")]
    return conflit(
        vu,
        titre="Le référent a changé pendant que vous écriviez",
        enregistre=_stored(vu.dossier, current),
        saisi=_pairs(to, form.motif.data, form.texte),
        actes=[Acte(url_for("referents.relais", code=code, **qui_suit()), "Passer quand même le relais", again)],
    )


def _already_otherwise(vu: DossierVisible, form: RelaisForm, to: Agent, earlier: Affectation) -> Reponse:
    """The back button, then other words: the first handover stands, another may follow it."""
    again = [*_typed(), ("depot", str(depot())), ("remplace", str(earlier.id))]
    return conflit(
        vu,
        titre="Ce relais est déjà passé, autrement",
        enregistre=_stored(vu.dossier, earlier),
        saisi=_pairs(to, form.motif.data, form.texte),
        actes=[Acte(url_for("referents.relais", code=vu.dossier.code), "Passer un autre relais", again)],
    )


def _typed() -> Paires:
    return [pair for pair in typed(request.form) if pair[0] != "remplace"]


def _stored(dossier: Dossier, affectation: Affectation | None) -> Paires:
    if affectation is None:
        return [("Référent", "Personne")]
    passage = next(one for one in history(dossier) if one.row.id == affectation.id)
    return _pairs(passage.row, passage.row.motif, passage.note or "")


def _pairs(agent: Any, motif: str, note: str) -> Paires:
    pairs = [("Référent", f"{agent.prenom} {agent.nom}"), ("Motif", MotifAffectation(motif).label)]
    return [*pairs, *([("Quelques mots", note)] if note else [])]
