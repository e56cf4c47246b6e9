"""Parts of a batch that went through the door: they may be staged beside each other."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "part",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Batch."),
        sa.Column(
            "part",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Number of the part in the batch, from 0.",
        ),
        sa.Column("landed", sa.BigInteger(), nullable=False, comment="Records that it brought, blank ones included."),
        sa.PrimaryKeyConstraint("batch_id", "part", name=op.f("part_pkey")),
        schema="staging",
        comment="One row per part of a batch, of one or more of its landed files, that went through the door.",
        prefixes=["UNLOGGED"],
    )
    op.alter_column(
        "record",
        "record_no",
        existing_comment="Number of the record in the batch, from 1.",
        comment=("Number of the record in the batch: from 1 in its first part, a billion further on in each next one."),
        schema="staging",
    )


def downgrade() -> None:
    op.drop_table("part", schema="staging")
