"""The same page and the same act, written as a good Django developer would.

Two variants of each: with what the application also does (names opened and notes sealed by the same vault, state row,
planned contacts, a line in Django's own history), and without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from app.parcours.vocabulaire import GenreEtape, Situation
from app.vault.places import Place
from app.vault.service import Vault
from bench.pair.forms import SuiviForm
from bench.pair.models import GRAVES, Alerte, ContactPrevu, Dossier, Etat, SituationMois, Suivi

MOIS_MONTRES = 24
FAMILLES = {genre.value: genre.famille.value for genre in GenreEtape}
LIBELLES = Situation.choices()


class Coffre:
    """The vault and the clock of the application that is compared, given once by the benchmark."""

    vault: Vault
    clock = staticmethod(timezone.now)


def today() -> date:
    return Coffre.clock().astimezone(timezone.get_current_timezone()).date()


@dataclass(slots=True)
class Trait:
    x: float
    largeur: float
    famille: str


@login_required
def mes_jeunes(request: HttpRequest) -> HttpResponse:
    return _list(request, opened=True)


@login_required
def mes_jeunes_sans_nom(request: HttpRequest) -> HttpResponse:
    """The code in the place of the name: nothing is opened."""
    return _list(request, opened=False)


def _list(request: HttpRequest, *, opened: bool) -> HttpResponse:
    day = today()
    mine = Etat.objects.filter(referent_id=request.user.pk, clos_le__isnull=True)
    page = Paginator(_ordered(mine, day), int(request.GET.get("par", "25"))).get_page(request.GET.get("page"))
    _complete(page.object_list, day, opened=opened)
    territoires = mine.values("dossier__territoire_id", "dossier__territoire__nom").annotate(jeunes=Count("pk"))
    situations = mine.values("situation").annotate(jeunes=Count("pk"))
    context = {
        "page": page,
        "territoires": territoires.order_by("dossier__territoire__nom"),
        "situations": [(LIBELLES[row["situation"]], row) for row in situations],
        "alertes": mine.filter(dossier__alertes__fermee_le__isnull=True, dossier__alertes__isnull=False)
        .distinct()
        .count(),
        "depot": uuid4(),
        "today": day,
    }
    return render(request, "pair/mes_jeunes.html", context)


def _ordered(mine: QuerySet[Etat], day: date) -> QuerySet[Etat]:
    """Those who need attention first, with all that a line shows in four statements."""
    open_alerts = Alerte.objects.filter(fermee_le__isnull=True).order_by("gravite", "due", "id")
    worst = open_alerts.filter(dossier_id=OuterRef("dossier_id"))
    return (
        mine.select_related("dossier__territoire", "dossier__identite")
        .prefetch_related(
            Prefetch("dossier__alertes", queryset=open_alerts, to_attr="ouvertes"),
            Prefetch("dossier__situations", queryset=SituationMois.objects.order_by("m0"), to_attr="mois"),
        )
        .annotate(
            pire=Subquery(worst.values("gravite")[:1]),
            due=Subquery(worst.values("due")[:1]),
            majeur=Case(When(dossier__annee_naissance__gt=day.year - 18, then=Value(0)), default=Value(1)),
            grave=Case(When(situation__in=GRAVES, then=Value(0)), default=Value(1)),
        )
        .order_by(
            F("pire").asc(nulls_last=True),
            "majeur",
            "grave",
            F("due").asc(nulls_last=True),
            F("prochain_contact").asc(nulls_last=True),
            F("dernier_contact").asc(nulls_first=True),
            "dossier_id",
        )
    )


def _complete(etats: list[Etat], day: date, *, opened: bool) -> None:
    """What the template shows of each line and the database does not say."""
    keys = Coffre.vault.keys(etat.dossier.uid for etat in etats) if opened else None
    month = day.year * 12 + day.month
    for etat in etats:
        dossier = etat.dossier
        etat.noms = {"prenom": dossier.code, "nom": ""}
        if keys is not None:
            blob = bytes(dossier.identite.identite)
            etat.noms = keys.open(dossier.uid, blob, place=Place.IDENTITE, row=dossier.uid)
        birth = etat.noms.get("date_naissance")
        etat.age = _age(date.fromisoformat(birth), day) if birth else day.year - dossier.annee_naissance
        etat.situation_dite = LIBELLES[etat.situation]
        etat.phrases = [alerte.phrase(day) for alerte in dossier.ouvertes]
        etat.traits = _traits(dossier.mois, month)


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _traits(spells: list[SituationMois], month: int) -> list[Trait]:
    begin = month - MOIS_MONTRES
    shown = [(max(spell.m0, begin), min(spell.m1, month), spell.situation) for spell in spells if spell.m1 > begin]
    scale = 100 / MOIS_MONTRES
    return [
        Trait(round((m0 - begin) * scale, 1), round((m1 - m0) * scale, 1), FAMILLES.get(situation, "accompagnement"))
        for m0, m1, situation in shown
        if m1 > m0
    ]


@login_required
@require_http_methods(["GET", "POST"])
@transaction.atomic
def noter(request: HttpRequest, code: str) -> HttpResponse:
    """The whole act: sealed words, planned contacts, state row, a line of history, one transaction."""
    dossier = _own_dossier(request, code)
    form = SuiviForm(request.POST or None)
    if not form.is_valid():
        return render(request, "pair/noter.html", {"form": form, "dossier": dossier}, status=422)
    suivi = _suivi(request, dossier, form)
    keys = Coffre.vault.keys([dossier.uid])
    suivi.note = keys.seal(dossier.uid, {"texte": form.cleaned_data["mots"]}, place=Place.NOTE, row=suivi.id)
    suivi.save(force_insert=True)
    held = ContactPrevu.objects.filter(dossier=dossier, statut="prevu", jour__lte=suivi.jour)
    held.update(statut="tenu", tenu_par=suivi.id, version=F("version") + 1)
    _refresh(dossier)
    kind = ContentType.objects.get_for_model(Suivi)
    LogEntry.objects.create(
        user_id=request.user.pk, content_type=kind, object_id=dossier.code, object_repr="suivi", action_flag=ADDITION
    )
    messages.success(request, "Suivi enregistré.")
    return redirect(f"/dossiers/{dossier.code}")


@login_required
@require_http_methods(["GET", "POST"])
def noter_simplement(request: HttpRequest, code: str) -> HttpResponse:
    """The least: a form, one row in clear, a redirection."""
    dossier = _own_dossier(request, code)
    form = SuiviForm(request.POST or None)
    if not form.is_valid():
        return render(request, "pair/noter.html", {"form": form, "dossier": dossier}, status=422)
    suivi = _suivi(request, dossier, form)
    suivi.note = form.cleaned_data["mots"].encode()
    suivi.save(force_insert=True)
    return redirect(f"/dossiers/{dossier.code}")


def _own_dossier(request: HttpRequest, code: str) -> Dossier:
    mine = Q(etat__referent_id=request.user.pk)
    return get_object_or_404(Dossier.objects.filter(mine), code=code)


def _suivi(request: HttpRequest, dossier: Dossier, form: SuiviForm) -> Suivi:
    said = form.cleaned_data
    now: datetime = Coffre.clock()
    return Suivi(
        dossier=dossier,
        id=uuid4(),
        jour=said["jour"],
        agent_id=request.user.pk,
        canal=said["canal"],
        resultat=said["resultat"],
        themes=",".join(said["themes"]),
        visibilite=said["visibilite"],
        cree_le=now,
        depot=said["depot"],
    )


def _refresh(dossier: Dossier) -> None:
    """The state row, from the events."""
    suivis = Suivi.objects.filter(dossier=dossier)
    exchanged = suivis.filter(resultat__in=["echange_fait", "rdv_pris"]).exclude(canal="entretien_tiers")
    planned = ContactPrevu.objects.filter(dossier=dossier, statut="prevu")
    Etat.objects.filter(dossier=dossier).update(
        dernier_contact=exchanged.order_by("-jour").values_list("jour", flat=True).first(),
        derniere_tentative=suivis.order_by("-jour").values_list("jour", flat=True).first(),
        prochain_contact=planned.order_by("jour").values_list("jour", flat=True).first(),
    )
