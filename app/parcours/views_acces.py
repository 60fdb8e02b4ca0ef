"""What the pages of the journey share: reaching a dossier, sealing words, going back, showing two texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.accounts import requete
from app.accounts.interruptions import safe_return
from app.audit.vocabulaire import Action
from app.jeunes.queries import birth_dates, nom_of
from app.parcours.models import Dossier
from app.referents.policies import may_log
from app.referents.queries import DossierVisible, load_visible
from app.vault.errors import Unreadable
from app.vault.places import Place

Paires = list[tuple[str, str]]
# among other words that can be read
ILLISIBLE = Markup("<p class='secondaire'>Ces mots ne peuvent plus être lus. Prévenez votre administrateur.</p>")
# What a page was opened with and must be found again after it.
_SUIVENT = ("brouillon", "suite")
_TECHNIQUES = frozenset({"csrf_token", "depot", "version"})


@dataclass(frozen=True, slots=True)
class Acte:
    """A button of the page that shows two texts: it posts `champs` to `url`."""

    url: str
    label: str
    champs: Paires
    classe: str = "bouton"


def dossier_permis(
    code: str, may: Callable[[DossierVisible], bool], *, action: Action = Action.DOSSIER_CONSULTE
) -> DossierVisible:
    """The dossier of this address, when `may` allows it; 404 for any other, as for what does not exist.

    Its reading is journalled as `action`.
    """
    seen = load_visible(requete.session(), code, agent=requete.agent(), today=requete.today())
    if seen is None or not may(seen):
        abort(404)
    if request.method == "GET":
        requete.journal_read(action, dossier=code)
    return seen


def dossier_vu(code: str) -> DossierVisible:
    """The dossier, for whoever may see it."""
    return dossier_permis(code, lambda seen: True)


def dossier_a_noter(code: str) -> DossierVisible:
    """The dossier where this agent may write."""
    return dossier_permis(code, lambda seen: may_log(seen.relation))


def qui() -> dict[str, Any]:
    """Who writes, and when, as every service takes it."""
    return {"acteur": requete.acteur(), "now": requete.now(), "today": requete.today()}


def naissance_de(dossier: Dossier) -> date | int | None:
    """The birth date when the identity holds it, else the year that the dossier knows, if any."""
    return birth_dates(requete.vault(), requete.session(), [dossier.id]).get(dossier.id, dossier.annee_naissance)


def sceller(dossier: Dossier, texte: str, *, place: Place, row: UUID) -> bytes | None:
    """The words, sealed for the row that will hold them; nothing when there are none."""
    if not texte:
        return None
    return requete.vault().keys([dossier.uid]).seal(dossier.uid, {"texte": texte}, place=place, row=row)


def ouvrir(dossier: Dossier, blob: bytes | None, *, place: Place, row: UUID) -> str:
    """The words of a row; empty when there are none."""
    if blob is None:
        return ""
    return requete.vault().keys([dossier.uid]).open(dossier.uid, blob, place=place, row=row)["texte"]


def posted_depot() -> UUID:
    """The id of this deposit, which is also that of the row it makes."""
    return _uuid(request.form.get("depot", ""))


def posted_version() -> int:
    typed = request.form.get("version", "")
    if not typed.isdecimal() or len(typed) > 9:
        abort(400)
    return int(typed)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        abort(400)


def qui_suit(**more: Any) -> dict[str, Any]:
    """The parameters of this page's address that its forms keep."""
    return {name: request.args[name] for name in _SUIVENT if name in request.args} | more


def apres(code: str) -> Response:
    """Where a page that wrote leads: the review or the list when it was opened from there, else the dossier."""
    if request.args.get("suite") == "revue":
        return redirect("/revue/dossier", 303)
    return redirect(safe_return(request.form.get("retour")) or adresse(code), 303)


def adresse(code: str) -> str:
    return url_for("dossier.dossier", code=code)


def page(template: str, vu: DossierVisible, **context: Any) -> str:
    """A page of the journey about one dossier, headed by its name."""
    return headed(f"parcours/{template}", vu, **context)


def headed(template: str, vu: DossierVisible, **context: Any) -> str:
    """A page of any room about one dossier, headed by its name."""
    dossier = vu.dossier
    nom = nom_of(requete.session(), requete.vault(), dossier)
    shared = {
        "vu": vu,
        "dossier": dossier,
        "etat": vu.etat,
        "nom": nom,
        "retour": adresse(dossier.code),
        "qui_suit": qui_suit(),
    }
    return render_template(template, **(shared | context))


def status() -> int:
    return 422 if request.method == "POST" else 200


def typed(form: MultiDict[str, str]) -> Paires:
    """What was typed, to be posted again."""
    return [(name, value) for name, value in form.items(multi=True) if name not in _TECHNIQUES]


def conflit(
    vu: DossierVisible, *, titre: str, enregistre: Paires, saisi: Paires, actes: Iterable[Acte], **more: Any
) -> tuple[str, int]:
    """409: what is stored and what was typed, side by side, and what can be done with each."""
    both = {"titre": titre, "enregistre": enregistre, "saisi": saisi, "actes": list(actes)}
    return page("conflit.html", vu, **both, **more), 409


def illisible(error: Unreadable) -> tuple[str, int]:
    """Words that no longer open are neither shown as empty nor written over."""
    retour = adresse((request.view_args or {})["code"])
    return render_template("parcours/illisible.html", retour=retour), 409
