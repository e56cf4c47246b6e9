"""Autovacuum leaves the rows of staging alone, which are gone soon after they came; it still clears what is deleted."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STAGING = (
    "account", "account_identity", "alias", "answer", "attendance", "attendance_interval", "certificate", "course",
    "course_edition", "edition_course", "enrolment", "event", "failed_row", "indicator", "institution", "invitation",
    "milestone", "module", "module_completion", "part", "period", "question", "question_option", "record",
    "record_rows", "reported_value", "response", "same_key", "state", "survey", "suspect",
)  # fmt: skip


def upgrade() -> None:
    for table in STAGING:
        op.execute(
            f"ALTER TABLE staging.{table} SET"
            " (autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 2147483647)"
        )


def downgrade() -> None:
    for table in STAGING:
        op.execute(
            f"ALTER TABLE staging.{table} RESET (autovacuum_vacuum_insert_threshold, autovacuum_analyze_threshold)"
        )
