"""Questions answered with one tap: the situation, the return, what became of them after the exit."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_verifications
from app.parcours.forms_actes import REFUS_VERIFICATION, VerificationForm, asked, read_day
from app.parcours.models_actes import Verification
from app.parcours.queries_verifications import verifications_of
from app.parcours.views_acces import adresse, apres, dossier_permis, page, posted_depot, qui, status
from app.parcours.views_actes_mots import Question, answer_words, question, to_answer
from app.parcours.views_annulation import annulable
from app.parcours.vocabulaire import GenreEtape
from app.parcours.vocabulaire_actes import ObjetVerification, ReponseVerification
from app.referents.policies import may_check, may_confirm
from app.referents.queries import DossierVisible

bp = Blueprint("verifications", __name__, template_folder="templates")
Reponse = Response | tuple[str, int]
PERIMEE = "Ce que vous confirmez n’est plus ce que dit le dossier."
# What the service refuses of a question that has no answer of its own: nothing in the form can be corrected.
SANS_OBJET = frozenset({"sans_verification", "verification_trop_tot", "deja_repondu"})


@bp.post("/dossiers/<code>/situation/confirmer")
@requires(Permission.NOTER)
def confirmer(code: str) -> Reponse:
    vu = dossier_permis(code, lambda seen: may_confirm(seen, clos=seen.dossier.clos_le is not None))
    said = {"reponse": ReponseVerification.TOUJOURS_EN_PLACE, "genre": None}
    try:
        _write(vu, ObjetVerification.SITUATION, None, _posted_repere(), said)
    except (StaleVersion, DepotConflict):
        return _perimee(vu, PERIMEE)
    _noted(code, "la situation est toujours la même")
    return apres(code)


@bp.route("/dossiers/<code>/verifications", methods=["GET", "POST"])
@requires(Permission.NOTER)
def repondre(code: str) -> Reponse:
    """One tap from a list or a dossier; or the form that asks what the young person does now."""
    vu, said = dossier_permis(code, lambda seen: may_check(seen, clos=seen.dossier.clos_le is not None)), form_data()
    given = request.args if said is None else said
    which = asked(given.get("objet"), given.get("mois"))
    if request.method == "POST":
        objet, mois = which or abort(400)
        asking = question(vu.dossier, objet, mois, _posted_repere(), today=requete.today())
    elif (asking := _waiting(vu, which)) is None:
        flash("Cette vérification n’attend pas de réponse.", "info")
        return redirect(f"{adresse(code)}#verifications", 303)
    shown = {"depot": depot(), "objet": asking.objet.value, "mois": asking.mois, "repere": asking.repere}
    form = VerificationForm(formdata=said, data=shown | {"reponse": request.args.get("reponse")})
    answer = _answer(vu, asking, form) if request.method == "POST" and form.validate() else status()
    if not isinstance(answer, int):
        return answer
    return page("verification.html", vu, form=form, question=asking), answer


def _waiting(vu: DossierVisible, which: tuple[ObjetVerification, int] | None) -> Question | None:
    """The question, when it waits for an answer today."""
    rows = verifications_of(requete.session(), vu.dossier.id)
    waiting = to_answer(vu.dossier, vu.etat, rows, today=requete.today())
    return next((asking for asking in waiting if (asking.objet, asking.mois) == which), None)


def _answer(vu: DossierVisible, asking: Question, form: VerificationForm) -> Reponse | int:
    said = form.values()
    try:
        _write(vu, asking.objet, asking.mois, asking.repere, said)
    except (StaleVersion, DepotConflict):
        return _perimee(vu, PERIMEE)
    except DomainError as error:
        if error.code in SANS_OBJET:
            return _perimee(vu, REFUS_VERIFICATION[error.code])
        form.refuse(error)
        return 422
    code = vu.dossier.code
    _noted(code, answer_words(said["reponse"], said["genre"]))
    if said["genre"] is not None and asking.objet is ObjetVerification.RACCROCHAGE:
        flash("Le parcours a changé : ajoutez maintenant l’étape, et terminez celle qui s’arrête.", "info")
        return redirect(url_for("etapes.ajouter", code=code, genre=said["genre"].value), 303)
    return apres(code)


@bp.post("/dossiers/<code>/verifications/<uuid:verification_id>/annuler")
@requires(Permission.NOTER)
def annuler(code: str, verification_id: UUID) -> Reponse:
    vu = dossier_permis(code, lambda seen: may_confirm(seen, clos=seen.dossier.clos_le is not None))
    rows, clos = portion(Verification, dossier_id=vu.dossier.id), vu.dossier.clos_le is not None
    with annulable("Réponse annulée.", "verification", rows, dossier=vu.dossier):
        found = services_verifications.cancel_verification(
            requete.session(), vu.dossier, verification_id=verification_id, **qui()
        )
        # of another question than the situation, only who may answer it takes the answer back
        of_them = found is not None and (found.objet is ObjetVerification.SITUATION or may_check(vu, clos=clos))
        if not of_them:
            abort(404)
    return apres(code)


def _write(
    vu: DossierVisible,
    objet: ObjetVerification,
    mois: int | None,
    repere: date,
    said: dict[str, ReponseVerification | GenreEtape | None],
) -> None:
    services_verifications.answer_verification(
        requete.session(),
        vu.dossier,
        objet=objet,
        repere=repere,
        mois=mois,
        depot=posted_depot(),
        **said,
        **qui(),
    )


def _posted_repere() -> date:
    return read_day(request.form.get("repere")) or abort(400)


def _noted(code: str, reponse: str) -> None:
    words = render_template("parcours/_note_verification.html", code=code, reponse=reponse)
    flash(Markup(words), "succes")  # noqa: S704 - our own template, escaped


def _perimee(vu: DossierVisible, pourquoi: str) -> Reponse:
    return page("verification_perimee.html", vu, pourquoi=pourquoi), 409
