"""Lines of indicators are kept, and what began or ended since an instant is found by indexes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

VERSIONED = (
    "warehouse.account", "warehouse.alias", "warehouse.answer", "warehouse.attendance", "warehouse.attendance_interval",
    "warehouse.certificate", "warehouse.course", "warehouse.course_edition", "warehouse.edition_course",
    "warehouse.enrolment", "warehouse.event", "warehouse.indicator", "warehouse.institution", "warehouse.invitation",
    "warehouse.milestone", "warehouse.module", "warehouse.module_completion", "warehouse.period", "warehouse.person",
    "warehouse.person_link", "warehouse.question", "warehouse.question_option", "warehouse.reported_value",
    "warehouse.response", "warehouse.state", "warehouse.survey", "restricted.account_identity",
)  # fmt: skip


def upgrade() -> None:
    for table in VERSIONED:
        schema, name = table.split(".")
        op.create_index(f"{name}_from", name, ["valid_from"], schema=schema)
        op.create_index(
            f"{name}_until", name, ["valid_to"], schema=schema, postgresql_where=sa.text("valid_to < 'infinity'")
        )
    op.create_table(
        "kept_line",
        sa.Column(
            "line",
            sa.Text(),
            nullable=False,
            comment="Digest of the statements, parameters and closed quarters that the line is made by.",
        ),
        sa.Column(
            "instants",
            JSONB(),
            nullable=False,
            comment="Source -> system time up to which it was known: the pins.",
        ),
        sa.Column(
            "content",
            JSONB(),
            nullable=False,
            comment="Cells per quarter, persons per set of quarters, rows that came late per closed quarter.",
        ),
        sa.PrimaryKeyConstraint("line"),
        schema="ops",
        comment="One row per line of an indicator as it was last worked out: its cells at the pins, to which a "
        "computation adds what people changed since. Working memory: it may be emptied at any time, and no candidate "
        "is made of it.",
    )


def downgrade() -> None:
    op.drop_table("kept_line", schema="ops")
    for table in VERSIONED:
        schema, name = table.split(".")
        op.drop_index(f"{name}_until", table_name=name, schema=schema)
        op.drop_index(f"{name}_from", table_name=name, schema=schema)
