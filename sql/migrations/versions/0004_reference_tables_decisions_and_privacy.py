"""Reference tables, decisions and privacy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("retained_id", schema="quarantine")))
    op.create_table(
        "look",
        sa.Column("look_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number."),
        sa.Column("looked_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.Column(
            "looked_by",
            sa.Text(),
            nullable=False,
            comment="Who: the database's log-in, or the person a command or page acts for.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="retained, possible_pair, verification_sample or person."),
        sa.Column(
            "subject",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What was looked at: keys and numbers, no personal data.",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="Rows shown."),
        sa.PrimaryKeyConstraint("look_id"),
        schema="ops",
        comment="One row per look at personal data: who saw what, when and why; never the data.",
    )
    op.create_table(
        "retained_count",
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity."),
        sa.Column("rule", sa.Text(), nullable=False, comment="Rule that failed."),
        sa.Column("state", sa.Text(), nullable=False, comment="open, mended_at_source, corrected or accepted."),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="Rows."),
        sa.PrimaryKeyConstraint("source", "dataset", "entity", "rule", "state"),
        schema="ops",
        comment="One row per source, dataset, entity, rule and state: how many rows are or were held back.",
    )
    op.create_table(
        "rule",
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity; `*` = every entity."),
        sa.Column("rule", sa.Text(), nullable=False, comment="Rule."),
        sa.Column("severity", sa.Text(), nullable=False, comment="critical or warning."),
        sa.Column(
            "acceptable", sa.Boolean(), nullable=False, comment="Whether a person may accept a row that fails it."
        ),
        sa.Column("what", sa.Text(), nullable=False, comment="Qué se revisa."),
        sa.Column("why", sa.Text(), nullable=False, comment="Por qué importa."),
        sa.Column("how_to_fix", sa.Text(), nullable=False, comment="Cómo se corrige."),
        sa.PrimaryKeyConstraint("entity", "rule"),
        schema="ops",
        comment="One row per entity and rule: what it checks, in the words that a specialist reads.",
    )
    op.create_table(
        "correction",
        sa.Column("decision_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Decision."),
        sa.Column("field", sa.Text(), nullable=False, comment="Staged field."),
        sa.Column("value", sa.Text(), nullable=True, comment="Value it gets; null = empty."),
        sa.PrimaryKeyConstraint("decision_id", "field"),
        schema="quarantine",
        comment="One row per decision and field: what a person wrote in its place (personal data).",
    )
    op.create_table(
        "account_ref",
        sa.Column("account_key", sa.Uuid(), nullable=False, comment="Account."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column(
            "account_ref", sa.Text(), nullable=False, comment="Local id at the source, else its normalised e-mail."
        ),
        sa.PrimaryKeyConstraint("account_key"),
        schema="restricted",
        comment="One row per account: what its account_key is made of (personal data).",
    )
    op.create_table(
        "tombstone",
        sa.Column("account_key", sa.Uuid(), nullable=False, comment="Account, as it stands in the facts for good."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column(
            "key_mark",
            sa.Text(),
            nullable=False,
            comment="Mark of the key that account_key was made with; needed after a rotation.",
        ),
        sa.Column("decision_id", sa.BigInteger(), nullable=False, comment="Decision to erase."),
        sa.PrimaryKeyConstraint("account_key"),
        schema="restricted",
        comment="One row per erased account: what a source says of it is staged without personal fields.",
    )
    op.create_table(
        "alias",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("kind", sa.Text(), nullable=True, comment="Field kind as delivered, normalised to text."),
        sa.Column("alias", sa.Text(), nullable=True, comment="Field alias as delivered, normalised to text."),
        sa.Column("code", sa.Text(), nullable=True, comment="Field code as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity alias, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_alias_batch", "alias", ["batch_id"], unique=False, schema="staging", postgresql_using="brin"
    )
    op.create_table(
        "edition_course",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("edition", sa.Text(), nullable=True, comment="Field edition as delivered, normalised to text."),
        sa.Column(
            "delivered_by", sa.Text(), nullable=True, comment="Field delivered_by as delivered, normalised to text."
        ),
        sa.Column(
            "source_course", sa.Text(), nullable=True, comment="Field source_course as delivered, normalised to text."
        ),
        sa.Column("activities", sa.Text(), nullable=True, comment="Field activities as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity edition_course, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_edition_course_batch",
        "edition_course",
        ["batch_id"],
        unique=False,
        schema="staging",
        postgresql_using="brin",
    )
    op.create_table(
        "institution",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column(
            "institution", sa.Text(), nullable=True, comment="Field institution as delivered, normalised to text."
        ),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Field order_of_government as delivered, normalised to text.",
        ),
        sa.Column("state", sa.Text(), nullable=True, comment="Field state as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity institution, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_institution_batch",
        "institution",
        ["batch_id"],
        unique=False,
        schema="staging",
        postgresql_using="brin",
    )
    op.create_table(
        "milestone",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("indicator", sa.Text(), nullable=True, comment="Field indicator as delivered, normalised to text."),
        sa.Column("stage", sa.Text(), nullable=True, comment="Field stage as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity milestone, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_milestone_batch", "milestone", ["batch_id"], unique=False, schema="staging", postgresql_using="brin"
    )
    op.create_table(
        "period",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("period", sa.Text(), nullable=True, comment="Field period as delivered, normalised to text."),
        sa.Column("ordinal", sa.Text(), nullable=True, comment="Field ordinal as delivered, normalised to text."),
        sa.Column("starts_on", sa.Text(), nullable=True, comment="Field starts_on as delivered, normalised to text."),
        sa.Column("ends_on", sa.Text(), nullable=True, comment="Field ends_on as delivered, normalised to text."),
        sa.Column(
            "fiscal_year", sa.Text(), nullable=True, comment="Field fiscal_year as delivered, normalised to text."
        ),
        sa.Column("fy_period", sa.Text(), nullable=True, comment="Field fy_period as delivered, normalised to text."),
        sa.Column("timezone", sa.Text(), nullable=True, comment="Field timezone as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity period, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_period_batch", "period", ["batch_id"], unique=False, schema="staging", postgresql_using="brin"
    )
    op.create_table(
        "state",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("state", sa.Text(), nullable=True, comment="Field state as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column("short_name", sa.Text(), nullable=True, comment="Field short_name as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity state, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_state_batch", "state", ["batch_id"], unique=False, schema="staging", postgresql_using="brin"
    )
    op.create_table(
        "alias",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("kind", sa.Text(), nullable=False, comment="institution, state or course."),
        sa.Column(
            "alias",
            sa.Text(),
            nullable=False,
            comment="The name as warehouse.comparable() has it: upper case, letters and digits, no accents.",
        ),
        sa.Column("code", sa.Text(), nullable=False, comment="Code of what it names."),
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
        sa.PrimaryKeyConstraint("source", "kind", "alias", "valid_from", name="alias_pk"),
        schema="warehouse",
        comment="One version of one reviewed name by which sources call an institution, a state or a course.",
    )
    op.create_index("alias_batch", "alias", ["batch_id"], unique=False, schema="warehouse", postgresql_using="brin")
    op.create_index(
        "alias_current",
        "alias",
        ["source", "kind", "alias"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "edition_course",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("edition", sa.Text(), nullable=False, comment="Course edition."),
        sa.Column("delivered_by", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("source_course", sa.Text(), nullable=False, comment="How that source names the course."),
        sa.Column(
            "activities",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Module code, or `certificate` -> activity of the source that stands for it.",
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
            "source", "edition", "delivered_by", "source_course", "valid_from", name="edition_course_pk"
        ),
        schema="warehouse",
        comment="One version of one source course that carries an edition or a part of it.",
    )
    op.create_index(
        "edition_course_batch",
        "edition_course",
        ["batch_id"],
        unique=False,
        schema="warehouse",
        postgresql_using="brin",
    )
    op.create_index(
        "edition_course_current",
        "edition_course",
        ["source", "edition", "delivered_by", "source_course"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "institution",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("institution", sa.Text(), nullable=False, comment="Code."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column(
            "order_of_government", sa.Text(), nullable=True, comment="FEDERAL, ESTATAL, MUNICIPAL_ALCALDIA or OTRO."
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=True,
            comment="State it belongs to, INEGI key as text; null = none or the whole country.",
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
        sa.PrimaryKeyConstraint("source", "institution", "valid_from", name="institution_pk"),
        schema="warehouse",
        comment="One version of one institution of the reviewed list.",
    )
    op.create_index(
        "institution_batch", "institution", ["batch_id"], unique=False, schema="warehouse", postgresql_using="brin"
    )
    op.create_index(
        "institution_current",
        "institution",
        ["source", "institution"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "milestone",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column("stage", sa.Text(), nullable=False, comment="Number of the stage, from 0 on."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the stage."),
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
        sa.PrimaryKeyConstraint("source", "indicator", "stage", "valid_from", name="milestone_pk"),
        schema="warehouse",
        comment="One version of one stage of a milestone indicator.",
    )
    op.create_index(
        "milestone_batch", "milestone", ["batch_id"], unique=False, schema="warehouse", postgresql_using="brin"
    )
    op.create_index(
        "milestone_current",
        "milestone",
        ["source", "indicator", "stage"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "period",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter, such as 2020-Q2."),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="Order in the project, from 1."),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="First local day."),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="Last local day."),
        sa.Column(
            "starts_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Start of the first day in the project's zone.",
        ),
        sa.Column(
            "ends_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="End of the last day in the project's zone (exclusive).",
        ),
        sa.Column("fiscal_year", sa.Text(), nullable=False, comment="The donor's fiscal year, such as FY2020."),
        sa.Column(
            "fy_period", sa.Text(), nullable=False, comment="Quarter of the donor's fiscal year, such as FY2020-Q3."
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
        sa.PrimaryKeyConstraint("source", "period", "valid_from", name="period_pk"),
        schema="warehouse",
        comment="One version of one quarter of the project.",
    )
    op.create_index("period_batch", "period", ["batch_id"], unique=False, schema="warehouse", postgresql_using="brin")
    op.create_index(
        "period_current",
        "period",
        ["source", "period"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "state",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("state", sa.Text(), nullable=False, comment="INEGI key of two digits, as text."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("short_name", sa.Text(), nullable=True, comment="Short name for tables and charts."),
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
        sa.PrimaryKeyConstraint("source", "state", "valid_from", name="state_pk"),
        schema="warehouse",
        comment="One version of one state of the country.",
    )
    op.create_index("state_batch", "state", ["batch_id"], unique=False, schema="warehouse", postgresql_using="brin")
    op.create_index(
        "state_current",
        "state",
        ["source", "state"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.alter_column(
        "decision",
        "kind",
        existing_type=sa.TEXT(),
        comment="accept_row, correct_row, merge_persons, split_persons, different_persons, revoke, withdraw_batch, accept_shrink, erase_person, rotate_key, …",
        existing_comment="accept_row, merge_persons, split_persons, withdraw_batch, accept_shrink, restate, …",
        existing_nullable=False,
        schema="ops",
    )
    op.add_column(
        "row",
        sa.Column(
            "retained_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('quarantine.retained_id')"),
            nullable=False,
            comment="Number by which people name it.",
        ),
        schema="quarantine",
    )
    op.add_column(
        "row",
        sa.Column("decision_id", sa.BigInteger(), nullable=True, comment="Decision that corrected or accepted it."),
        schema="quarantine",
    )
    op.add_column(
        "landed_file",
        sa.Column(
            "removed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When retention removed the file; null = it is there.",
        ),
        schema="ops",
    )
    op.create_index("row_retained_id", "row", ["retained_id"], unique=True, schema="quarantine")
    retained_rows_by_content()
    op.add_column(
        "person",
        sa.Column(
            "sex_source", sa.Text(), nullable=True, comment="Source whose sex counts; null = missing or contradictory."
        ),
        schema="warehouse",
    )
    op.add_column(
        "person",
        sa.Column(
            "institution_listed",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="Whether institution is a code of the project's list.",
        ),
        schema="warehouse",
    )
    op.alter_column("person", "institution_listed", server_default=None, schema="warehouse")
    op.add_column(
        "person",
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="First non-missing by source order, else that of the institution.",
        ),
        schema="warehouse",
    )
    op.add_column(
        "enrolment",
        sa.Column(
            "gap_closed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="System time since which it has been active without a gap; null = never seen away.",
        ),
        schema="warehouse",
    )
    op.execute(
        "UPDATE warehouse.enrolment AS e SET gap_closed_at = g.closed_at FROM ("
        " SELECT account_key, source, edition, max(valid_to) AS closed_at FROM warehouse.enrolment"
        " WHERE NOT active OR vanished_at IS NOT NULL GROUP BY account_key, source, edition) AS g"
        " WHERE e.valid_to = 'infinity' AND g.closed_at < 'infinity' AND e.account_key = g.account_key"
        " AND e.source = g.source AND e.edition = g.edition"
    )
    op.alter_column(
        "person",
        "institution",
        existing_type=sa.TEXT(),
        comment="First non-missing by source order: its code, or the text as given when the list does not know it.",
        existing_comment="First non-missing by source order.",
        existing_nullable=True,
        schema="warehouse",
    )
    op.alter_column(
        "person",
        "state",
        existing_type=sa.TEXT(),
        comment="First non-missing by source order, else that of the institution; INEGI key as text.",
        existing_comment="First non-missing by source order.",
        existing_nullable=True,
        schema="warehouse",
    )
    op.alter_column(
        "person_link",
        "reason",
        existing_type=sa.TEXT(),
        comment="What links it: legal_id, employee_id, email, decision, erased (joined by +), or own.",
        existing_comment="Identifiers that link it: legal_id, employee_id, email, or own.",
        existing_nullable=False,
        schema="warehouse",
    )


def retained_rows_by_content() -> None:
    """A retained row is known by what was staged, whatever the contract and the key of its account were."""
    op.add_column(
        "scope_delivery",
        sa.Column(
            "held_back",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of them not remembered, since a row of theirs is held back.",
        ),
        schema="ops",
    )
    op.add_column(
        "record",
        sa.Column(
            "content_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="sha256 of an unreadable record, whatever the contract; null = readable.",
        ),
        schema="staging",
    )
    op.alter_column(
        "failed_row",
        "severity",
        existing_type=sa.Text(),
        comment="critical, warning, or accepted: a person accepted it for rows of this content, should it fail.",
        existing_nullable=False,
        schema="staging",
    )
    op.drop_constraint("row_pkey", "row", schema="quarantine")
    op.execute(
        "UPDATE quarantine.row SET row_hash = sha256(convert_to(CAST(jsonb_strip_nulls(fields - 'account_key') AS text),"
        " 'UTF8')) WHERE entity <> 'record'"
    )
    op.execute(
        "DELETE FROM quarantine.row AS q USING quarantine.row AS k WHERE (q.source, q.dataset, q.scope, q.entity,"
        " q.row_hash, q.rule) = (k.source, k.dataset, k.scope, k.entity, k.row_hash, k.rule)"
        " AND (q.last_batch_id, q.retained_id) < (k.last_batch_id, k.retained_id)"
    )
    op.create_primary_key(
        "row_pkey", "row", ["source", "dataset", "scope", "entity", "row_hash", "rule"], schema="quarantine"
    )
    op.alter_column(
        "row",
        "record_hash",
        existing_type=sa.LargeBinary(),
        comment="Hash of its record when it was last at the door.",
        existing_nullable=False,
        schema="quarantine",
    )
    op.alter_column(
        "row",
        "row_hash",
        existing_type=sa.LargeBinary(),
        comment="sha256 of the staged fields without account_key; of an unreadable record that of its content.",
        existing_nullable=False,
        schema="quarantine",
    )
    op.create_table_comment(
        "row",
        "One row per source, scope, entity, staged content and critical rule: a row held back.",
        schema="quarantine",
    )


def downgrade() -> None:
    raise NotImplementedError("Decisions and erasures cannot be taken out of the warehouse again.")
