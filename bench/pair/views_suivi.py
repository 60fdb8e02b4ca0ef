"""Noting a follow-up in Django, three ways: all that the application does, what is usually done, and the least."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.decorators import login_required
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from app.vault.places import Place
from bench.pair import coffre, derives
from bench.pair.forms import SuiviForm
from bench.pair.models import Agent, ContactPrevu, Dossier, MembreEquipe, Suivi


@login_required
@require_http_methods(["GET", "POST"])
@transaction.atomic
def noter(request: HttpRequest, code: str) -> HttpResponse:
    """Visibility by relation, one row for a deposit, sealed words, planned contacts, the state and situations computed
    from the events, the alerts of the dossier, the chained journal: one transaction."""
    dossier = _visible_dossier(request, code)
    form = SuiviForm(request.POST or None)
    if not form.is_valid():
        return _refused(request, form, dossier)
    if Suivi.objects.filter(dossier=dossier, depot=form.cleaned_data["depot"]).first() is None:
        suivi = _sealed(request, dossier, form)
        _hold_contacts(suivi)
        derives.refresh(dossier)
        derives.reevaluate(dossier)
        derives.record(request.user.pk, dossier)
    messages.success(request, "Suivi enregistré.")
    return redirect(f"/dossiers/{dossier.code}")


@login_required
@require_http_methods(["GET", "POST"])
@transaction.atomic
def noter_usuellement(request: HttpRequest, code: str) -> HttpResponse:
    """Sealed words, planned contacts, the dates of the state row, a line of Django's own history."""
    dossier = _own_dossier(request, code)
    form = SuiviForm(request.POST or None)
    if not form.is_valid():
        return _refused(request, form, dossier)
    suivi = _sealed(request, dossier, form)
    _hold_contacts(suivi)
    derives.refresh_dates(dossier)
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
        return _refused(request, form, dossier)
    suivi = _suivi(request, dossier, form)
    suivi.note = form.cleaned_data["mots"].encode()
    suivi.save(force_insert=True)
    return redirect(f"/dossiers/{dossier.code}")


def _refused(request: HttpRequest, form: SuiviForm, dossier: Dossier) -> HttpResponse:
    return render(request, "pair/noter.html", {"form": form, "dossier": dossier}, status=422)


def _own_dossier(request: HttpRequest, code: str) -> Dossier:
    mine = Q(etat__referent_id=request.user.pk)
    return get_object_or_404(Dossier.objects.filter(mine), code=code)


def _visible_dossier(request: HttpRequest, code: str) -> Dossier:
    agent = Agent.objects.get(pk=request.user.pk)
    member = MembreEquipe.objects.filter(
        dossier_id=OuterRef("pk"), agent_id=agent.pk, jusqu_au__isnull=True, depuis__lte=coffre.today()
    )
    visible = Q(etat__referent_id=agent.pk) | Exists(member)
    if agent.coordinateur:
        visible |= Q(structure_id=agent.structure_id)
    return get_object_or_404(Dossier.objects.filter(visible).select_related("etat"), code=code)


def _sealed(request: HttpRequest, dossier: Dossier, form: SuiviForm) -> Suivi:
    suivi = _suivi(request, dossier, form)
    keys = coffre.Coffre.vault.keys([dossier.uid])
    suivi.note = keys.seal(dossier.uid, {"texte": form.cleaned_data["mots"]}, place=Place.NOTE, row=suivi.id)
    suivi.save(force_insert=True)
    return suivi


def _suivi(request: HttpRequest, dossier: Dossier, form: SuiviForm) -> Suivi:
    said = form.cleaned_data
    return Suivi(
        dossier=dossier,
        id=uuid4(),
        jour=said["jour"],
        agent_id=request.user.pk,
        canal=said["canal"],
        resultat=said["resultat"],
        themes=",".join(said["themes"]),
        visibilite=said["visibilite"],
        cree_le=coffre.Coffre.clock(),
        depot=said["depot"],
    )


def _hold_contacts(suivi: Suivi) -> None:
    held = ContactPrevu.objects.filter(dossier_id=suivi.dossier_id, statut="prevu", jour__lte=suivi.jour)
    held.update(statut="tenu", tenu_par=suivi.id, version=F("version") + 1)
