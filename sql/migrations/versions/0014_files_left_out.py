"""Files of a drop folder that a batch left out: what arrived beside them is no complete snapshot."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "left_out",
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Batch; what it brought of the scope is no complete snapshot.",
        ),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset that it belongs to."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope of that dataset."),
        sa.Column("original_name", sa.Text(), nullable=False, comment="Its name."),
        sa.Column(
            "reason", sa.Text(), nullable=False, comment="unreadable, or changing (somebody seemed to be writing it)."
        ),
        sa.PrimaryKeyConstraint("batch_id", "dataset", "original_name", name=op.f("left_out_pkey")),
        schema="ops",
        comment="One row per batch, dataset and file that was in the drop folder and could not be brought over.",
    )


def downgrade() -> None:
    op.drop_table("left_out", schema="ops")
