"""The pages of the peer."""

from django.urls import path

from bench.pair import views, views_suivi

urlpatterns = [
    path("mes-jeunes", views.mes_jeunes),
    path("mes-jeunes-sans-nom", views.mes_jeunes_sans_nom),
    path("dossiers/<str:code>/suivis", views_suivi.noter),
    path("dossiers/<str:code>/suivis-usuel", views_suivi.noter_usuellement),
    path("dossiers/<str:code>/suivis-simple", views_suivi.noter_simplement),
]
