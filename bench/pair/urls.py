"""The pages of the peer."""

from django.urls import path

from bench.pair import views

urlpatterns = [
    path("mes-jeunes", views.mes_jeunes),
    path("mes-jeunes-sans-nom", views.mes_jeunes_sans_nom),
    path("dossiers/<str:code>/suivis", views.noter),
    path("dossiers/<str:code>/suivis-simple", views.noter_simplement),
]
