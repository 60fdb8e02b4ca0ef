"""Default deny: a view that does not say who may call it answers 404, and a test fails."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user

from app.accounts.policies import PUBLIC, declared, permissions_of


def init_app(app: Flask) -> None:
    app.before_request(_check)


def _check() -> Any:
    """Sign-in first, then the permission. What one may not do does not exist: 404."""
    if request.endpoint is None:
        return None
    needed = declared(current_app.view_functions[request.endpoint])
    if needed == PUBLIC or request.endpoint == "static":
        return None
    if needed is None:
        abort(404)
    if not current_user.is_authenticated:
        return redirect(url_for("connexion.connexion", retour=_way_back()), 303)
    if needed not in permissions_of(current_user.roles):
        abort(404)
    return None


def _way_back() -> str | None:
    return request.path if request.method == "GET" and request.path != "/" else None
