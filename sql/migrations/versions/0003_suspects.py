"""Rows that a rule may fail are noted before Great Expectations judges them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suspect",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity."),
        sa.Column("staged_id", sa.BigInteger(), nullable=False, comment="Staged row."),
        schema="staging",
        comment="One row per staged row that a rule may fail: what Great Expectations is shown.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("suspect_entity", "suspect", ["batch_id", "entity", "staged_id"], unique=False, schema="staging")


def downgrade() -> None:
    op.drop_table("suspect", schema="staging")
