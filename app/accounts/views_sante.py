"""What a monitor asks: does it answer, does the database. No data."""

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from app.accounts.garde import public
from app.accounts.maison import maison

bp = Blueprint("sante", __name__)
