"""The watch knows when a backup was last made."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = (
    "One row per thing to be done again and again: when it last was. Not in `setting`: what is there moves the marts."
)


def upgrade() -> None:
    op.create_table_comment(
        "watch",
        TABLE,
        existing_comment="One row per kind of look: when somebody last looked. Not in `setting`: what is there moves the marts.",
        schema="ops",
    )
    op.alter_column(
        "watch",
        "look",
        existing_comment="everything.",
        comment="everything (a look at what is watched), or backup.",
        schema="ops",
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way back: restore a backup.")
