"""What is said to whoever takes an act back."""

from __future__ import annotations

from app.parcours.rules_annulation import DELAI

REFUS_ANNULATION = {
    "annulation_tardive": f"Trop tard : un acte s’annule dans les {DELAI.seconds} secondes. Il se corrige à la main.",
    "acte_depasse": "Quelque chose a changé depuis : rien n’a été annulé. Relisez ce qui est enregistré.",
}
