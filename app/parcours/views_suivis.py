"""Noting a follow-up, in two taps from a list or on its page, and correcting one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.maison import jour_de
from app.accounts.policies import Permission, requires
from app.accounts.saisie import depot, form_data
from app.db.cliche import portion
from app.db.errors import DepotConflict, DomainError, StaleVersion
from app.parcours import services_suivis
from app.parcours.forms_refus import REFUS
from app.parcours.forms_suivis import CANAUX, QUI_PEUT_LIRE, CorrigerSuiviForm, SuiviForm, shown, suivi_shown
from app.parcours.models import ContactPrevu, Dossier, Suivi
from app.parcours.models_propositions import Proposition
from app.parcours.policies import may_delete_suivi, may_edit_suivi
from app.parcours.queries import find_suivi, last_canal, promised_at
from app.parcours.services_suivis import Prochain
from app.parcours.views_acces import (
    Acte,
    Paires,
    apres,
    conflit,
    dossier_a_noter,
    illisible,
    ouvrir,
    page,
    posted_depot,
    posted_version,
    qui,
    qui_suit,
    sceller,
    status,
    typed,
)
from app.parcours.views_annulation import annulable
from app.parcours.views_fraicheur import offer_confirmation
from app.parcours.views_propositions import annoncer, deux_versions, versions_reglees
from app.parcours.vocabulaire import Canal, Resultat, Visibilite
from app.parcours.vocabulaire_propositions import ObjetProposition
from app.referents.queries import DossierVisible
from app.vault.errors import Unreadable
from app.vault.places import Place
from app.web.filters import date_longue, heure, paragraphes

bp = Blueprint("suivis", __name__, template_folder="templates")
bp.register_error_handler(Unreadable, illisible)

# The two attempts that are noted from a list, and the canal by which they were made when nothing else is said.
RAPIDES = {Resultat.ABSENT_NON_EXCUSE: Canal.ENTRETIEN, Resultat.SANS_REPONSE: Canal.TELEPHONE}
Reponse = Response | tuple[str, int]
PROCHAIN = "Prochain rendez-vous"


@bp.get("/dossiers/<code>/suivis/nouveau")
@requires(Permission.NOTER)
def nouveau(code: str) -> Reponse:
    return noter(code)


@bp.route("/dossiers/<code>/suivis", methods=["GET", "POST"])
@requires(Permission.NOTER)
def noter(code: str) -> Reponse:
    """The form is found again where it was posted, so that what was typed there can be offered back."""
    vu = dossier_a_noter(code)
    posted = request.method == "POST"
    said = form_data(url_for("suivis.noter", code=code))
    form = SuiviForm(formdata=said, data=None if posted else defaults(), today=requete.today())
    if posted and form.validate():
        try:
            noted = note(vu.dossier, form)
        except DepotConflict as conflict:
            return noted_otherwise(vu, form, conflict.existing, request.form)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Suivi enregistré.", "succes")
            if "autre" in request.form:
                return redirect(url_for("suivis.nouveau", code=code), 303)
            after = apres(code)
            offer_confirmation(vu, noted, retour=after.location)
            return after
    return _page(vu, form, suivi=None)


def _page(vu: DossierVisible, form: CorrigerSuiviForm, *, suivi: Suivi | None) -> Reponse:
    shown = {"form": form, "suivi": suivi, "qui_peut_lire": QUI_PEUT_LIRE}
    shown["supprimable"] = suivi is not None and may_delete_suivi(
        author_id=suivi.agent_id, ecrit_le=jour_de(suivi.cree_le), agent=requete.agent(), today=requete.today()
    )
    return page("noter_suivi.html", vu, **shown), status()


def defaults() -> dict[str, Any]:
    """An exchange, today, by the canal that the address names or that this agent used last."""
    asked = request.args.get("canal")
    canal = Canal(asked) if asked in set(Canal) else last_canal(requete.session(), requete.agent().id)
    return {
        "depot": depot(),
        "resultat": Resultat.ECHANGE_FAIT.value,
        "quand": "aujourdhui",
        "visibilite": Visibilite.MON_EQUIPE.value,
        **shown(canal or Canal.ENTRETIEN, CANAUX, "canal"),
    }


def note(dossier: Dossier, form: SuiviForm) -> Suivi:
    key = posted_depot()

    def same_note(stored: bytes | None) -> bool:
        return ouvrir(dossier, stored, place=Place.NOTE, row=key) == form.texte

    return services_suivis.log_suivi(
        requete.session(),
        dossier,
        agent=requete.agent(),
        suivi_id=key,
        depot=key,
        note=sceller(dossier, form.texte, place=Place.NOTE, row=key),
        same_note=same_note,
        prochain=form.prochain(),
        **form.values(),
        **qui(),
    )


@bp.post("/dossiers/<code>/suivis/rapide")
@requires(Permission.NOTER)
def rapide(code: str) -> Reponse:
    """« Absent » or « sans réponse », noted from a list for today."""
    vu = dossier_a_noter(code)
    resultat = next((item for item in RAPIDES if item.value == request.form.get("resultat")), None) or abort(400)
    said = MultiDict(
        {
            "resultat": resultat.value,
            "quand": "aujourdhui",
            "visibilite": Visibilite.MON_EQUIPE.value,
            **shown(RAPIDES[resultat], CANAUX, "canal"),
        }
    )
    form = SuiviForm(formdata=said, today=requete.today())
    try:
        noted = note(vu.dossier, form)
    except DepotConflict as conflict:
        return noted_otherwise(vu, form, conflict.existing, said)
    except DomainError:
        abort(400)
    flash(Markup(render_template("parcours/_note_rapide.html", code=code, suivi=noted)), "succes")  # noqa: S704
    return apres(code)


@bp.route("/dossiers/<code>/suivis/<uuid:suivi_id>", methods=["GET", "POST"])
@requires(Permission.NOTER)
def suivi(code: str, suivi_id: UUID) -> Reponse:
    """Correct a follow-up: its author alone."""
    vu, found = _load_mine(code, suivi_id)
    texte = ouvrir(vu.dossier, found.note, place=Place.NOTE, row=found.id)
    data = suivi_shown(found, texte, today=requete.today())
    form = CorrigerSuiviForm(formdata=form_data(), data=data, today=requete.today())
    if request.method == "POST" and form.validate():
        try:
            with versions_reglees(vu, ObjetProposition.SUIVI, found.id):
                _correct(vu.dossier, found, form)
        except StaleVersion:
            titre = "Ce suivi a changé pendant que vous écriviez"
            return deux_versions(vu, ObjetProposition.SUIVI, found.id, form, titre=titre)
        except DomainError as error:
            form.refuse(error)
        else:
            flash("Suivi corrigé.", "succes")
            return apres(code)
    annoncer(vu, ObjetProposition.SUIVI, found.id)
    return _page(vu, form, suivi=found)


@bp.post("/dossiers/<code>/suivis/<uuid:suivi_id>/supprimer")
@requires(Permission.NOTER)
def supprimer(code: str, suivi_id: UUID) -> Reponse:
    """Noted by mistake: its author, on the day it was written."""
    vu, found = _load_mine(code, suivi_id)
    mine = {"dossier_id": vu.dossier.id}
    rows = portion(Suivi, **mine, id=found.id), portion(ContactPrevu, **mine), portion(Proposition, **mine)
    who = {"version": posted_version(), "agent": requete.agent(), **qui()}
    try:
        with annulable("Suivi supprimé.", "suivi", *rows, dossier=vu.dossier):
            services_suivis.delete_suivi(requete.session(), vu.dossier, found, **who)
    except StaleVersion:
        flash("Ce suivi a changé entre-temps : le voici.", "attention")
        return redirect(url_for("suivis.suivi", code=code, suivi_id=suivi_id), 303)
    except DomainError as error:
        flash(REFUS[error.code], "attention")
        return redirect(url_for("suivis.suivi", code=code, suivi_id=suivi_id), 303)
    return apres(code)


def _load_mine(code: str, suivi_id: UUID) -> tuple[DossierVisible, Suivi]:
    vu = dossier_a_noter(code)
    found = find_suivi(requete.session(), vu.dossier.id, suivi_id)
    if found is None or not may_edit_suivi(author_id=found.agent_id, agent=requete.agent()):
        abort(404)
    return vu, found


def _correct(dossier: Dossier, found: Suivi, form: CorrigerSuiviForm) -> None:
    services_suivis.edit_suivi(
        requete.session(),
        dossier,
        found,
        version=posted_version(),
        note=sceller(dossier, form.texte, place=Place.NOTE, row=found.id),
        **form.values(),
        **qui(),
    )


def noted_otherwise(vu: DossierVisible, form: SuiviForm, earlier: Suivi, said: MultiDict[str, str]) -> Reponse:
    """The back button, then other words: neither is lost, and who wrote them chooses."""
    again, code = typed(said), vu.dossier.code
    correct = url_for("suivis.suivi", code=code, suivi_id=earlier.id, **qui_suit())
    another = url_for("suivis.noter", code=code, **qui_suit())
    stored, written = _stored_pairs(vu.dossier, earlier), _typed_pairs(form)
    return conflit(
        vu,
        titre="Ce suivi est déjà enregistré, avec d’autres mots",
        enregistre=stored,
        saisi=written,
        # a correction is of the follow-up alone
        rendez_vous_a_part=dict(stored).get(PROCHAIN) != dict(written).get(PROCHAIN),
        actes=[
            Acte(correct, "Corriger le suivi enregistré", [*again, ("version", str(earlier.version))]),
            Acte(another, "En noter un autre", [*again, ("depot", str(depot()))], "bouton bouton-secondaire"),
        ],
    )


def _stored_pairs(dossier: Dossier, suivi: Suivi) -> Paires:
    promised = promised_at(requete.session(), dossier.id, suivi.id)
    prochain = Prochain(promised.jour, promised.heure, promised.canal) if promised else None
    texte = ouvrir(dossier, suivi.note, place=Place.NOTE, row=suivi.id)
    said = {name: getattr(suivi, name) for name in ("jour", "canal", "resultat", "themes", "visibilite", "partage")}
    return _pairs(said, texte, prochain)


def _typed_pairs(form: CorrigerSuiviForm) -> Paires:
    prochain = form.prochain() if isinstance(form, SuiviForm) else None
    return _pairs(form.values(), form.texte, prochain)


def _pairs(said: dict[str, Any], texte: str, prochain: Prochain | None) -> Paires:
    pairs = [
        ("Ce qui s’est passé", said["resultat"].label),
        ("Comment", said["canal"].label),
        ("Quand", date_longue(said["jour"])),
        ("Quelques mots", paragraphes(texte) or "Aucun"),
        ("Thèmes", ", ".join(theme.label for theme in said["themes"]) or "Aucun"),
        ("Qui peut lire", ", ".join(one.label for one in (said["visibilite"], said["partage"]) if one)),
    ]
    if prochain is not None:
        when = [date_longue(prochain.jour), heure(prochain.heure)]
        pairs.append((PROCHAIN, ", ".join(filter(None, when))))
    return pairs
