"""Notices: what people are told of when it begins and when it is over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number."),
        sa.Column("kind", sa.Text(), nullable=False, comment="What is wrong: run_failed, source_late, disk_full, …"),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="What it is about, such as source:eventos: one incident of a subject is told at a time.",
        ),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What its sentences name: numbers, codes and names of sources; nobody's data.",
        ),
        sa.Column("first_seen_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When it was first seen."),
        sa.Column(
            "opened_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it had lasted long enough to be told; null = not yet.",
        ),
        sa.Column(
            "recovered_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="When it was over; null = it is not."
        ),
        sa.Column(
            "superseded",
            sa.Boolean(),
            server_default=sa.text("FALSE"),
            nullable=False,
            comment="Whether another incident of the subject took its place: its end is not told.",
        ),
        sa.PrimaryKeyConstraint("notice_id"),
        schema="ops",
        comment="One row per incident: something that people are told of when it begins and when it is over.",
    )
    op.create_index(
        "notice_open",
        "notice",
        ["kind", "subject"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("recovered_at IS NULL"),
    )
    op.create_table(
        "notice_told",
        sa.Column("notice_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Incident."),
        sa.Column("event", sa.Text(), nullable=False, comment="opened or recovered."),
        sa.Column("channel", sa.Text(), nullable=False, comment="email, or webhook: and its connection."),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.PrimaryKeyConstraint("notice_id", "event", "channel"),
        schema="ops",
        comment="One row per incident, event and channel: that it was told there.",
    )
    op.create_table(
        "watch",
        sa.Column("look", sa.Text(), nullable=False, comment="everything."),
        sa.Column("looked_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.PrimaryKeyConstraint("look"),
        schema="ops",
        comment=(
            "One row per kind of look: when somebody last looked. Not in `setting`: what is there moves the marts."
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way back: restore a backup.")
