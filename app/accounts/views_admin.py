"""The administration: its door, and the matrix of rights. Whoever administers reads no dossier."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.policies import PERMISSIONS, Permission, requires
from app.accounts.vocabulaire import Role

bp = Blueprint("admin", __name__, template_folder="templates")


@bp.get("/administration")
@requires(Permission.ADMINISTRER)
def administration() -> Response:
    return redirect(url_for("agents.agents"), 303)


@bp.get("/administration/droits")
@requires(Permission.ADMINISTRER)
def droits() -> str:
    rows = [
        (permission.label, [role.label for role in Role if permission in PERMISSIONS[role]])
        for permission in Permission
    ]
    return render_template("accounts/droits.html", lignes=rows)
