"""A goal, and what a dossier says beside the name, may have two versions too."""

from alembic import op

from app.db.ddl import replace_codes

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

AVANT = ("suivi", "etape", "contact_prevu", "identite", "representant_legal")
NOUVEAUX = ("objectif", "reperes")
_CHECK = {"table": "proposition", "column": "objet", "constraint": "ck_proposition_objet"}


def upgrade() -> None:
    replace_codes(op.get_bind(), **_CHECK, codes=[*AVANT, *NOUVEAUX])


def downgrade() -> None:
    codes = ", ".join(repr(code) for code in NOUVEAUX)
    op.execute(f"DELETE FROM proposition WHERE objet IN ({codes})")  # noqa: S608 - our own names
    replace_codes(op.get_bind(), **_CHECK, codes=AVANT)
