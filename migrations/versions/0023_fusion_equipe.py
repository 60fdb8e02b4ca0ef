"""Who follows a merged dossier by the merge alone; and the anonymity that was asked for in either of the two."""

import sqlalchemy as sa
from alembic import op

from app.config import PARIS
from app.db.types import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _identifiant():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("fusion", sa.Column("anonymat", sa.Boolean(), nullable=False, server_default=sa.false()))
    made = op.create_table(
        "membre_fusion",
        sa.Column("fusion_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", _identifiant(), nullable=False),
        sa.Column("depuis", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fusion_id"], ["fusion.id"], name=op.f("fk_membre_fusion_fusion_id_fusion"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_membre_fusion_agent_id_agent")),
        sa.PrimaryKeyConstraint("fusion_id", "agent_id", name=op.f("pk_membre_fusion")),
        sqlite_with_rowid=False,
    )
    fusions = sa.table(
        "fusion",
        sa.column("id", sa.Uuid()),
        sa.column("garde_id", _identifiant()),
        sa.column("absorbe_id", _identifiant()),
        sa.column("le", Instant()),
        sa.column("par_id", _identifiant()),
        sa.column("referent_id", _identifiant()),
        sa.column("referent_repris", sa.Boolean()),
        sa.column("annulee_le", Instant()),
        sa.column("anonymat", sa.Boolean()),
    )
    _write_members(fusions, made)
    _keep_anonymity(fusions)


def _write_members(fusions: sa.TableClause, made: sa.Table) -> None:
    """Of the merges that hold: who entered the équipe that day by whoever merged, or to answer, and was in the other."""
    membre = sa.table(
        "membre_equipe",
        sa.column("dossier_id", _identifiant()),
        sa.column("agent_id", _identifiant()),
        sa.column("depuis", sa.Date()),
        sa.column("jusqu_au", sa.Date()),
        sa.column("par_id", _identifiant()),
    )
    bind, there = op.get_bind(), membre.alias()
    for fusion in bind.execute(sa.select(fusions).where(fusions.c.annulee_le.is_(None))).all():
        theirs = sa.select(there.c.agent_id).where(there.c.dossier_id == fusion.absorbe_id, there.c.jusqu_au.is_(None))
        came = sa.select(membre.c.agent_id, membre.c.depuis).where(
            membre.c.dossier_id == fusion.garde_id,
            membre.c.depuis == fusion.le.astimezone(PARIS).date(),
            sa.or_(
                membre.c.par_id == fusion.par_id,
                sa.and_(sa.literal(bool(fusion.referent_repris)), membre.c.agent_id == fusion.referent_id),
            ),
            membre.c.agent_id.in_(theirs),
        )
        rows = [{"fusion_id": fusion.id, **row._mapping} for row in bind.execute(came)]
        if rows:
            bind.execute(sa.insert(made), rows)


def _keep_anonymity(fusions: sa.TableClause) -> None:
    dossier = sa.table("dossier", sa.column("id", _identifiant()), sa.column("anonymat_demande", sa.Boolean()))
    bind, absorbe = op.get_bind(), dossier.alias()
    asked = sa.select(dossier.c.id).where(dossier.c.anonymat_demande)
    bind.execute(sa.update(fusions).where(fusions.c.garde_id.in_(asked)).values(anonymat=sa.true()))
    merged = (
        sa.select(fusions.c.garde_id)
        .join(absorbe, absorbe.c.id == fusions.c.absorbe_id)
        .where(fusions.c.annulee_le.is_(None), absorbe.c.anonymat_demande)
    )
    bind.execute(sa.update(dossier).where(dossier.c.id.in_(merged)).values(anonymat_demande=sa.true()))


def downgrade() -> None:
    op.drop_table("membre_fusion")
    op.drop_column("fusion", "anonymat")
