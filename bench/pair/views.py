"""*Mes jeunes* as a good Django developer would write it: with names opened by the same vault, and without."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, OuterRef, Prefetch, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from app.parcours.vocabulaire import GenreEtape, Situation
from app.vault.places import Place
from bench.pair import coffre
from bench.pair.models import GRAVES, Alerte, Etat, SituationMois

MOIS_MONTRES = 24
FAMILLES = {genre.value: genre.famille.value for genre in GenreEtape}
LIBELLES = Situation.choices()


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
    day = coffre.today()
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
    keys = coffre.Coffre.vault.keys(etat.dossier.uid for etat in etats) if opened else None
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
