"""Withdrawal and replay of batches, presence at events, questionnaires in several languages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendance_interval",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column(
            "account_ref",
            sa.Text(),
            nullable=True,
            comment="Local id of the account at the source, else its normalised e-mail.",
        ),
        sa.Column(
            "account_key", sa.Uuid(), nullable=True, comment="HMAC of source and account_ref; set by the stage step."
        ),
        sa.Column("event", sa.Text(), nullable=True, comment="Field event as delivered, normalised to text."),
        sa.Column("joined_at", sa.Text(), nullable=True, comment="Field joined_at as delivered, normalised to text."),
        sa.Column("left_at", sa.Text(), nullable=True, comment="Field left_at as delivered, normalised to text."),
        sa.Column("seconds", sa.Text(), nullable=True, comment="Field seconds as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity attendance_interval, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_attendance_interval_batch", "attendance_interval", ["batch_id"], unique=False, schema="staging"
    )
    op.create_table(
        "attendance_interval",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("event", sa.Text(), nullable=False, comment="Event."),
        sa.Column("joined_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When it came in."),
        sa.Column("left_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When it left."),
        sa.Column(
            "seconds",
            sa.Numeric(),
            nullable=True,
            comment="Length as the platform tells it (rounded up); the interval itself counts.",
        ),
        sa.Column(
            "valid_from",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time from which this version holds.",
        ),
        sa.Column(
            "valid_to",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time until which it holds (exclusive); infinity = current.",
        ),
        sa.Column(
            "vanished_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When the source stopped delivering it; null = present.",
        ),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False, comment="sha256 of the declared columns."),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that wrote the version."),
        sa.Column("landed_file_id", sa.BigInteger(), nullable=True, comment="Landed file the version came from."),
        sa.Column("position", sa.Text(), nullable=True, comment="Position there."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset that delivers the row now (bookkeeping)."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope that delivers the row now (bookkeeping)."),
        sa.Column(
            "record_id",
            sa.BigInteger(),
            nullable=True,
            comment="Remembered record that gives the row now (bookkeeping).",
        ),
        sa.Column(
            "stale",
            sa.Boolean(),
            nullable=False,
            comment="True = its newest row is held back; this is the last good version.",
        ),
        sa.PrimaryKeyConstraint(
            "account_key", "source", "event", "joined_at", "left_at", "valid_from", name="attendance_interval_pk"
        ),
        schema="warehouse",
        comment="One version of one interval in which an account was connected to an event.",
    )
    op.create_index("attendance_interval_batch", "attendance_interval", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "attendance_interval_current",
        "attendance_interval",
        ["account_key", "source", "event", "joined_at", "left_at"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.add_column(
        "batch",
        sa.Column(
            "withdraws",
            sa.BigInteger(),
            nullable=True,
            comment="Batch that this one undoes by later versions; it has no landed files.",
        ),
        schema="ops",
    )
    op.add_column(
        "batch",
        sa.Column(
            "replayed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When its versions were last made anew from its landed files.",
        ),
        schema="ops",
    )
    op.add_column(
        "attendance",
        sa.Column("weak", sa.Text(), nullable=True, comment="Field weak as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "attendance",
        sa.Column("seconds", sa.Text(), nullable=True, comment="Field seconds as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "event",
        sa.Column("starts_at", sa.Text(), nullable=True, comment="Field starts_at as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "event",
        sa.Column("ends_at", sa.Text(), nullable=True, comment="Field ends_at as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "event",
        sa.Column(
            "minimum_percent",
            sa.Text(),
            nullable=True,
            comment="Field minimum_percent as delivered, normalised to text.",
        ),
        schema="staging",
    )
    op.add_column(
        "question",
        sa.Column("texts", sa.Text(), nullable=True, comment="Field texts as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "question",
        sa.Column("free_text", sa.Text(), nullable=True, comment="Field free_text as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "question_option",
        sa.Column("labels", sa.Text(), nullable=True, comment="Field labels as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "survey",
        sa.Column("reached_by", sa.Text(), nullable=True, comment="Field reached_by as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "survey",
        sa.Column("repeated", sa.Text(), nullable=True, comment="Field repeated as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "attendance",
        sa.Column(
            "weak",
            sa.Boolean(),
            nullable=False,
            server_default="false",
            comment="True = known only by the name shown at this event: it is linked to nobody else.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "attendance",
        sa.Column(
            "seconds",
            sa.Numeric(),
            nullable=True,
            comment="Time present as the platform adds it up, where it tells no intervals.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "event",
        sa.Column(
            "starts_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Scheduled start; null = presence is not measured.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "event",
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Scheduled end (exclusive)."),
        schema="warehouse",
    )
    op.add_column(
        "event",
        sa.Column(
            "minimum_percent",
            sa.Numeric(),
            nullable=True,
            comment="Share of the scheduled time, in percent, from which somebody attended; null = being on the list is enough.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "question",
        sa.Column(
            "texts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Language -> wording; null = only the base language.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "question",
        sa.Column(
            "free_text",
            sa.Boolean(),
            nullable=False,
            server_default="false",
            comment="Answered in free text: its values are kept out unless the survey says they are safe.",
        ),
        schema="warehouse",
    )
    op.alter_column(
        "question",
        "type",
        existing_type=sa.TEXT(),
        comment="choice, choices, ranking, number, date, text, file or note, whatever the platform calls it.",
        existing_comment="Type at the source.",
        existing_nullable=False,
        schema="warehouse",
    )
    op.add_column(
        "question_option",
        sa.Column(
            "labels",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Language -> label; null = only the base language.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "survey",
        sa.Column(
            "reached_by",
            sa.Text(),
            nullable=False,
            server_default="open_link",
            comment="invitation, attendance, enrolment or open_link: the denominator of its response rate (an open link has none).",
        ),
        schema="warehouse",
    )
    op.add_column(
        "survey",
        sa.Column(
            "repeated",
            sa.Text(),
            nullable=False,
            server_default="last",
            comment="first, last or all: which complete responses of one account count.",
        ),
        schema="warehouse",
    )
    op.alter_column(
        "indicator_value",
        "obs_status",
        existing_type=sa.TEXT(),
        comment="normal, n_d (not available), n_a (a total that means nothing), no_representativo or no_calculable (a rate whose denominator nobody knows).",
        existing_comment="normal, n_d (not available), n_a (a total that means nothing) or no_representativo.",
        existing_nullable=False,
        schema="results",
    )
    op.add_column(
        "invitation",
        sa.Column("delivered", sa.Text(), nullable=True, comment="Field delivered as delivered, normalised to text."),
        schema="staging",
    )
    op.add_column(
        "invitation",
        sa.Column(
            "delivered",
            sa.Boolean(),
            nullable=False,
            server_default="false",
            comment="Sent and not come back; where the source only gives dates, sent_at is known.",
        ),
        schema="warehouse",
    )
    # Rows that were there got a value that their next reading will correct; new ones bring their own.
    op.execute("UPDATE warehouse.invitation SET delivered = TRUE WHERE sent_at IS NOT NULL")
    op.alter_column("invitation", "delivered", server_default=None, schema="warehouse")
    op.alter_column("attendance", "weak", server_default=None, schema="warehouse")
    op.alter_column("question", "free_text", server_default=None, schema="warehouse")
    op.alter_column("survey", "reached_by", server_default=None, schema="warehouse")
    op.alter_column("survey", "repeated", server_default=None, schema="warehouse")


def downgrade() -> None:
    raise NotImplementedError("Restore a backup: what the new columns hold would be lost.")
