"""The warehouse as of the first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("record_id", schema="ops")))
    op.create_table(
        "batch",
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            autoincrement=True,
            nullable=False,
            comment="Number of the batch; rises with time.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that ran."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="landing, landed, staged, validated, merged, empty, rejected, abandoned or withdrawn.",
        ),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When the run began."),
        sa.Column("landed_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="When the last file was landed."),
        sa.Column(
            "merged_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="System time of the merge: valid_from of its versions; strictly rising.",
        ),
        sa.Column(
            "fingerprint", sa.Text(), nullable=True, comment="Contract fingerprint its records were hashed with."
        ),
        sa.Column(
            "quarters", postgresql.ARRAY(sa.Text()), nullable=True, comment="Quarters whose figures it may move."
        ),
        sa.Column(
            "message", sa.Text(), nullable=True, comment="Why it was rejected or found empty, without personal data."
        ),
        sa.PrimaryKeyConstraint("batch_id"),
        schema="ops",
        comment="One row per batch: one run of one source.",
    )
    op.create_index("batch_merged_at", "batch", ["merged_at"], unique=True, schema="ops")
    op.create_index("batch_source_state", "batch", ["source", "state"], unique=False, schema="ops")
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number."),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="accept_row, merge_persons, split_persons, withdraw_batch, accept_shrink, restate, …",
        ),
        sa.Column(
            "subject",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What it is about: keys and numbers, no personal data.",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.Column("decided_by", sa.Text(), nullable=False, comment="Who."),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.PrimaryKeyConstraint("decision_id"),
        schema="ops",
        comment="One row per decision of a person, honoured by every replay.",
    )
    op.create_table(
        "landed_file",
        sa.Column("landed_file_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the file."),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch it was landed by."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source it came from."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset it belongs to."),
        sa.Column(
            "scope", sa.Text(), nullable=False, comment="Scope it is a snapshot of; empty when its records say so."
        ),
        sa.Column("path", sa.Text(), nullable=False, comment="Path below the landing folder."),
        sa.Column("sha256", sa.Text(), nullable=False, comment="sha256 of the content as received."),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="Length of the content as received."),
        sa.Column(
            "original_name", sa.Text(), nullable=False, comment="Name it arrived under; empty for answers of an API."
        ),
        sa.Column("dropped", postgresql.ARRAY(sa.Text()), nullable=False, comment="Fields removed before writing."),
        sa.PrimaryKeyConstraint("landed_file_id"),
        schema="ops",
        comment="One row per landed file: one stored raw file, never changed.",
    )
    op.create_index("landed_file_source_sha256", "landed_file", ["source", "sha256"], unique=False, schema="ops")
    op.create_table(
        "record_account",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Batch."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("landed", sa.BigInteger(), nullable=False, comment="Records landed."),
        sa.Column("blank", sa.BigInteger(), nullable=False, comment="Records without any content."),
        sa.Column("repeated", sa.BigInteger(), nullable=False, comment="Records equal to an earlier one of the batch."),
        sa.Column(
            "unchanged", sa.BigInteger(), nullable=False, comment="Records equal to one seen in an earlier batch."
        ),
        sa.Column("parsed", sa.BigInteger(), nullable=False, comment="Records that were staged (or found unreadable)."),
        sa.CheckConstraint("landed = blank + repeated + unchanged + parsed", name="records_add_up"),
        sa.PrimaryKeyConstraint("batch_id", "dataset"),
        schema="ops",
        comment="One row per batch and dataset: landed = blank + repeated + unchanged + parsed, in records.",
    )
    op.create_table(
        "record_seen",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Number of the record."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope."),
        sa.Column(
            "record_hash", sa.LargeBinary(), nullable=False, comment="sha256(contract fingerprint, header, record)."
        ),
        sa.Column(
            "row_counts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Rows it gave per entity: they count as unchanged while it stays equal.",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch that merged it."),
        sa.PrimaryKeyConstraint("record_id"),
        sa.UniqueConstraint("source", "dataset", "scope", "record_hash", name="record_seen_hash"),
        schema="ops",
        comment="One row per record remembered at the door: an equal one goes no further.",
    )
    op.create_table(
        "row_account",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Batch."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity."),
        sa.Column(
            "landed",
            sa.BigInteger(),
            nullable=False,
            comment="Rows staged, and rows of the records that were unchanged at the door.",
        ),
        sa.Column("merged", sa.BigInteger(), nullable=False, comment="Rows that became a new version."),
        sa.Column(
            "unchanged",
            sa.BigInteger(),
            nullable=False,
            comment="Rows equal to the current version, and rows of unchanged records.",
        ),
        sa.Column("quarantined", sa.BigInteger(), nullable=False, comment="Rows held back by a critical rule."),
        sa.Column(
            "repeated",
            sa.BigInteger(),
            nullable=False,
            comment="Rows equal to another row of the batch with the same key.",
        ),
        sa.Column(
            "out_of_scope", sa.BigInteger(), nullable=False, comment="Rows of things the project does not count."
        ),
        sa.Column("new", sa.BigInteger(), nullable=False, comment="Keys never seen before."),
        sa.Column("changed", sa.BigInteger(), nullable=False, comment="Keys whose declared columns changed."),
        sa.Column("returned", sa.BigInteger(), nullable=False, comment="Keys that had vanished and are back."),
        sa.Column("vanished", sa.BigInteger(), nullable=False, comment="Keys that a complete scope no longer holds."),
        sa.Column(
            "current_before",
            sa.BigInteger(),
            nullable=False,
            comment="Current, not vanished versions of the source before the merge.",
        ),
        sa.Column("current_after", sa.BigInteger(), nullable=False, comment="The same after the merge, counted anew."),
        sa.CheckConstraint("current_after = current_before + new + returned - vanished", name="history_adds_up"),
        sa.CheckConstraint("landed = merged + unchanged + quarantined + repeated + out_of_scope", name="rows_add_up"),
        sa.CheckConstraint("merged = new + changed + returned", name="merged_adds_up"),
        sa.PrimaryKeyConstraint("batch_id", "entity"),
        schema="ops",
        comment="One row per batch and entity: landed = merged + unchanged + quarantined + repeated + out_of_scope, in rows; current_after = current_before + new + returned - vanished.",
    )
    op.create_table(
        "row_owner",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The further record."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity of the row."),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False, comment="sha256 of the row's natural key."),
        sa.PrimaryKeyConstraint("record_id", "entity", "key_hash"),
        schema="ops",
        comment="One row per further record that gives a row which another record owns already.",
    )
    op.create_index("row_owner_key", "row_owner", ["entity", "key_hash"], unique=False, schema="ops")
    op.create_table(
        "rule_result",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Batch."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity judged."),
        sa.Column("rule", sa.Text(), nullable=False, comment="Rule."),
        sa.Column("severity", sa.Text(), nullable=False, comment="critical or warning."),
        sa.Column("checked", sa.BigInteger(), nullable=False, comment="Staged rows judged."),
        sa.Column("failed", sa.BigInteger(), nullable=False, comment="Rows that failed."),
        sa.PrimaryKeyConstraint("batch_id", "entity", "rule"),
        schema="ops",
        comment="One row per batch, entity and rule: how many staged rows were judged and failed.",
    )
    op.create_table(
        "scope_delivery",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Batch."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope."),
        sa.Column(
            "complete",
            sa.Boolean(),
            nullable=False,
            comment="True = a complete snapshot: what is missing has vanished.",
        ),
        sa.Column(
            "records",
            sa.BigInteger(),
            nullable=False,
            comment="Different records delivered (incomplete: and remembered); the next batch's floor is a share of it.",
        ),
        sa.PrimaryKeyConstraint("batch_id", "dataset", "scope"),
        schema="ops",
        comment="One row per batch, dataset and scope: what arrived, and whether it was all.",
    )
    op.create_table(
        "setting",
        sa.Column("setting", sa.Text(), nullable=False, comment="Name, such as identity_contract."),
        sa.Column("value", sa.Text(), nullable=False, comment="Value."),
        sa.PrimaryKeyConstraint("setting"),
        schema="ops",
        comment="One row per thing the warehouse remembers about how it was last worked on.",
    )
    op.create_table(
        "row",
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity; `record` when nothing could be read of it."),
        sa.Column("record_hash", sa.LargeBinary(), nullable=False, comment="Hash of its record at the door."),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False, comment="sha256 of the staged fields."),
        sa.Column("rule", sa.Text(), nullable=False, comment="Rule that failed."),
        sa.Column(
            "fields",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The staged fields as they came (personal data).",
        ),
        sa.Column("landed_file_id", sa.BigInteger(), nullable=False, comment="Landed file it was last found in."),
        sa.Column("position", sa.Text(), nullable=False, comment="Position there."),
        sa.Column("first_batch_id", sa.BigInteger(), nullable=False, comment="Batch that held it back first."),
        sa.Column("last_batch_id", sa.BigInteger(), nullable=False, comment="Batch that held it back last."),
        sa.Column("state", sa.Text(), nullable=False, comment="open, mended_at_source, corrected or accepted."),
        sa.PrimaryKeyConstraint("source", "dataset", "scope", "entity", "record_hash", "row_hash", "rule"),
        schema="quarantine",
        comment="One row per record, entity, row and critical rule: a row held back.",
    )
    op.create_table(
        "account_identity",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("local_id", sa.Text(), nullable=True, comment="Identifier at the source."),
        sa.Column("full_name", sa.Text(), nullable=True, comment="Name."),
        sa.Column("email", sa.Text(), nullable=True, comment="E-mail as given."),
        sa.Column("legal_id", sa.Text(), nullable=True, comment="CURP or other legal id, upper case."),
        sa.Column("employee_id", sa.Text(), nullable=True, comment="Employee number."),
        sa.Column(
            "email_normalised",
            sa.Text(),
            nullable=True,
            comment="E-mail trimmed and in lower case; null when it is no address.",
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
        sa.PrimaryKeyConstraint("account_key", "source", "valid_from", name="account_identity_pk"),
        schema="restricted",
        comment="One version of who an account is (personal data).",
    )
    op.create_index("account_identity_batch", "account_identity", ["batch_id"], unique=False, schema="restricted")
    op.create_index(
        "account_identity_current",
        "account_identity",
        ["account_key", "source"],
        unique=True,
        schema="restricted",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_index(
        "account_identity_email_normalised",
        "account_identity",
        ["email_normalised"],
        unique=False,
        schema="restricted",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_index(
        "account_identity_employee_id",
        "account_identity",
        ["employee_id"],
        unique=False,
        schema="restricted",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_index(
        "account_identity_legal_id",
        "account_identity",
        ["legal_id"],
        unique=False,
        schema="restricted",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "computation",
        sa.Column("computation_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter."),
        sa.Column("computed_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.Column(
            "known_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="System time of the newest merge it knew."
        ),
        sa.Column(
            "pins",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Source -> last merged batch: what was known.",
        ),
        sa.Column(
            "definitions",
            sa.Text(),
            nullable=False,
            comment="sha256 of the definitions, limits and evidence statements used.",
        ),
        sa.Column("current", sa.Boolean(), nullable=False, comment="True = the newest of its quarter."),
        sa.PrimaryKeyConstraint("computation_id"),
        schema="results",
        comment="One row per computation of a quarter: what was known and which definitions held.",
    )
    op.create_index(
        "computation_current",
        "computation",
        ["period"],
        unique=True,
        schema="results",
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "indicator_value",
        sa.Column("computation_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Computation."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column("official", sa.Boolean(), nullable=False, comment="True = official line; false = reconciliation."),
        sa.Column(
            "disaggregation", sa.Text(), nullable=False, comment="Breakdown; `total` for the whole; `a×b` crossed."
        ),
        sa.Column("category", sa.Text(), nullable=False, comment="Category; `total` for the whole."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter."),
        sa.Column(
            "attribution", sa.Text(), nullable=False, comment="event or edition: which quarter a row belongs to."
        ),
        sa.Column(
            "value",
            sa.Numeric(),
            nullable=True,
            comment="Value at published precision (a share in percent); null = not available.",
        ),
        sa.Column("value_exact", sa.Numeric(), nullable=True, comment="Value before rounding."),
        sa.Column("numerator", sa.Numeric(), nullable=True, comment="Numerator of a share, sum of a mean."),
        sa.Column("denominator", sa.Numeric(), nullable=True, comment="Denominator of a share, n of a mean."),
        sa.Column(
            "response_rate",
            sa.Numeric(),
            nullable=True,
            comment="For means of surveys: n / those who could have answered.",
        ),
        sa.Column("n", sa.BigInteger(), nullable=False, comment="Rows of evidence counted."),
        sa.Column(
            "excluded", sa.BigInteger(), nullable=False, comment="Rows of evidence excluded, each with its reason."
        ),
        sa.Column(
            "obs_status",
            sa.Text(),
            nullable=False,
            comment="normal, n_d (not available), n_a (a total that means nothing) or no_representativo.",
        ),
        sa.Column("target", sa.Numeric(), nullable=True, comment="Target of the quarter."),
        sa.Column("percent_of_target", sa.Numeric(), nullable=True, comment="100 × value / target, one decimal."),
        sa.Column(
            "status",
            sa.Text(),
            nullable=True,
            comment="alcanzada, conforme, con_rezago, sin_dato, sin_meta; null below the total.",
        ),
        sa.PrimaryKeyConstraint("computation_id", "indicator", "official", "disaggregation", "category"),
        schema="results",
        comment="One row per computation, indicator, line, breakdown and category: one cell.",
    )
    op.create_table(
        "account",
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
        sa.Column("kind", sa.Text(), nullable=True, comment="Field kind as delivered, normalised to text."),
        sa.Column("sex", sa.Text(), nullable=True, comment="Field sex as delivered, normalised to text."),
        sa.Column(
            "institution", sa.Text(), nullable=True, comment="Field institution as delivered, normalised to text."
        ),
        sa.Column("state", sa.Text(), nullable=True, comment="Field state as delivered, normalised to text."),
        sa.Column(
            "order_of_government",
            sa.Text(),
            nullable=True,
            comment="Field order_of_government as delivered, normalised to text.",
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Field organisation_type as delivered, normalised to text.",
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity account, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_account_batch", "account", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "account_identity",
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
        sa.Column("local_id", sa.Text(), nullable=True, comment="Field local_id as delivered, normalised to text."),
        sa.Column("full_name", sa.Text(), nullable=True, comment="Field full_name as delivered, normalised to text."),
        sa.Column("email", sa.Text(), nullable=True, comment="Field email as delivered, normalised to text."),
        sa.Column("legal_id", sa.Text(), nullable=True, comment="Field legal_id as delivered, normalised to text."),
        sa.Column(
            "employee_id", sa.Text(), nullable=True, comment="Field employee_id as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity account_identity, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_account_identity_batch", "account_identity", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "answer",
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
        sa.Column("survey", sa.Text(), nullable=True, comment="Field survey as delivered, normalised to text."),
        sa.Column(
            "response_id", sa.Text(), nullable=True, comment="Field response_id as delivered, normalised to text."
        ),
        sa.Column("question", sa.Text(), nullable=True, comment="Field question as delivered, normalised to text."),
        sa.Column("sub_code", sa.Text(), nullable=True, comment="Field sub_code as delivered, normalised to text."),
        sa.Column("value", sa.Text(), nullable=True, comment="Field value as delivered, normalised to text."),
        sa.Column("free_text", sa.Text(), nullable=True, comment="Field free_text as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity answer, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_answer_batch", "answer", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "attendance",
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
        sa.Column(
            "registered_at", sa.Text(), nullable=True, comment="Field registered_at as delivered, normalised to text."
        ),
        sa.Column(
            "organisation_type",
            sa.Text(),
            nullable=True,
            comment="Field organisation_type as delivered, normalised to text.",
        ),
        sa.Column(
            "institution", sa.Text(), nullable=True, comment="Field institution as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity attendance, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_attendance_batch", "attendance", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "certificate",
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
        sa.Column("edition", sa.Text(), nullable=True, comment="Field edition as delivered, normalised to text."),
        sa.Column("state", sa.Text(), nullable=True, comment="Field state as delivered, normalised to text."),
        sa.Column(
            "obtained_at", sa.Text(), nullable=True, comment="Field obtained_at as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity certificate, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_certificate_batch", "certificate", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "course",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("course", sa.Text(), nullable=True, comment="Field course as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column("aliases", sa.Text(), nullable=True, comment="Field aliases as delivered, normalised to text."),
        sa.Column("line", sa.Text(), nullable=True, comment="Field line as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity course, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_course_batch", "course", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "course_edition",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("edition", sa.Text(), nullable=True, comment="Field edition as delivered, normalised to text."),
        sa.Column("course", sa.Text(), nullable=True, comment="Field course as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column("opens_on", sa.Text(), nullable=True, comment="Field opens_on as delivered, normalised to text."),
        sa.Column("closes_on", sa.Text(), nullable=True, comment="Field closes_on as delivered, normalised to text."),
        sa.Column("last_day", sa.Text(), nullable=True, comment="Field last_day as delivered, normalised to text."),
        sa.Column(
            "cutoff_reason", sa.Text(), nullable=True, comment="Field cutoff_reason as delivered, normalised to text."
        ),
        sa.Column("population", sa.Text(), nullable=True, comment="Field population as delivered, normalised to text."),
        sa.Column("timezone", sa.Text(), nullable=True, comment="Field timezone as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity course_edition, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_course_edition_batch", "course_edition", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "enrolment",
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
        sa.Column("edition", sa.Text(), nullable=True, comment="Field edition as delivered, normalised to text."),
        sa.Column("role", sa.Text(), nullable=True, comment="Field role as delivered, normalised to text."),
        sa.Column("active", sa.Text(), nullable=True, comment="Field active as delivered, normalised to text."),
        sa.Column("suspended", sa.Text(), nullable=True, comment="Field suspended as delivered, normalised to text."),
        sa.Column(
            "enrolled_at", sa.Text(), nullable=True, comment="Field enrolled_at as delivered, normalised to text."
        ),
        sa.Column(
            "accessed_at", sa.Text(), nullable=True, comment="Field accessed_at as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity enrolment, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_enrolment_batch", "enrolment", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "event",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("event", sa.Text(), nullable=True, comment="Field event as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column("held_on", sa.Text(), nullable=True, comment="Field held_on as delivered, normalised to text."),
        sa.Column("line", sa.Text(), nullable=True, comment="Field line as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity event, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_event_batch", "event", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "failed_row",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("entity", sa.Text(), nullable=False, comment="Entity."),
        sa.Column(
            "staged_id", sa.BigInteger(), nullable=False, comment="Staged row; for the entity `record` its record_no."
        ),
        sa.Column("rule", sa.Text(), nullable=False, comment="Rule that failed."),
        sa.Column("severity", sa.Text(), nullable=False, comment="critical or warning."),
        schema="staging",
        comment="One row per staged row and rule that it failed.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "failed_row_entity", "failed_row", ["batch_id", "entity", "staged_id"], unique=False, schema="staging"
    )
    op.create_table(
        "indicator",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("indicator", sa.Text(), nullable=True, comment="Field indicator as delivered, normalised to text."),
        sa.Column("version", sa.Text(), nullable=True, comment="Field version as delivered, normalised to text."),
        sa.Column("definition", sa.Text(), nullable=True, comment="Field definition as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity indicator, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_indicator_batch", "indicator", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "invitation",
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
        sa.Column(
            "target_kind", sa.Text(), nullable=True, comment="Field target_kind as delivered, normalised to text."
        ),
        sa.Column("target", sa.Text(), nullable=True, comment="Field target as delivered, normalised to text."),
        sa.Column("sent_at", sa.Text(), nullable=True, comment="Field sent_at as delivered, normalised to text."),
        sa.Column(
            "completed_at", sa.Text(), nullable=True, comment="Field completed_at as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity invitation, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_invitation_batch", "invitation", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "module",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("course", sa.Text(), nullable=True, comment="Field course as delivered, normalised to text."),
        sa.Column("module", sa.Text(), nullable=True, comment="Field module as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column("ordinal", sa.Text(), nullable=True, comment="Field ordinal as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity module, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_module_batch", "module", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "module_completion",
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
        sa.Column("edition", sa.Text(), nullable=True, comment="Field edition as delivered, normalised to text."),
        sa.Column("module", sa.Text(), nullable=True, comment="Field module as delivered, normalised to text."),
        sa.Column("state", sa.Text(), nullable=True, comment="Field state as delivered, normalised to text."),
        sa.Column(
            "completed_at", sa.Text(), nullable=True, comment="Field completed_at as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity module_completion, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        "staging_module_completion_batch", "module_completion", ["batch_id"], unique=False, schema="staging"
    )
    op.create_table(
        "question",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("survey", sa.Text(), nullable=True, comment="Field survey as delivered, normalised to text."),
        sa.Column("question", sa.Text(), nullable=True, comment="Field question as delivered, normalised to text."),
        sa.Column("sub_code", sa.Text(), nullable=True, comment="Field sub_code as delivered, normalised to text."),
        sa.Column("type", sa.Text(), nullable=True, comment="Field type as delivered, normalised to text."),
        sa.Column("ordinal", sa.Text(), nullable=True, comment="Field ordinal as delivered, normalised to text."),
        sa.Column("text", sa.Text(), nullable=True, comment="Field text as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity question, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_question_batch", "question", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "question_option",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("survey", sa.Text(), nullable=True, comment="Field survey as delivered, normalised to text."),
        sa.Column("question", sa.Text(), nullable=True, comment="Field question as delivered, normalised to text."),
        sa.Column("code", sa.Text(), nullable=True, comment="Field code as delivered, normalised to text."),
        sa.Column("label", sa.Text(), nullable=True, comment="Field label as delivered, normalised to text."),
        sa.Column("score", sa.Text(), nullable=True, comment="Field score as delivered, normalised to text."),
        sa.Column("ordinal", sa.Text(), nullable=True, comment="Field ordinal as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity question_option, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_question_option_batch", "question_option", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "record",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("landed_file_id", sa.BigInteger(), nullable=False, comment="Landed file."),
        sa.Column("dataset", sa.Text(), nullable=False, comment="Dataset."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Scope."),
        sa.Column(
            "position",
            sa.Text(),
            nullable=False,
            comment="1-based record ordinal, or ordinal of the answer and JSON pointer in it.",
        ),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Number of the record in the batch, from 1."),
        sa.Column(
            "record_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="sha256(contract fingerprint, header, record); null = blank.",
        ),
        sa.Column(
            "record_id",
            sa.BigInteger(),
            nullable=True,
            comment="Remembered record it equals, or its number once remembered.",
        ),
        sa.Column("status", sa.Text(), nullable=False, comment="blank, repeated, unchanged or parsed."),
        sa.Column(
            "unreadable", sa.Text(), nullable=True, comment="Why no rows could be made of it, without its content."
        ),
        schema="staging",
        comment="One row per record of a batch at the door.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("record_hash", "record", ["batch_id", "record_hash"], unique=False, schema="staging")
    op.create_index("record_no", "record", ["batch_id", "record_no"], unique=True, schema="staging")
    op.create_table(
        "record_rows",
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record."),
        sa.Column("row_counts", sa.Text(), nullable=False, comment="Rows per entity, as JSON."),
        schema="staging",
        comment="One row per parsed record of a batch: how many rows it gave per entity.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("record_rows_no", "record_rows", ["batch_id", "record_no"], unique=False, schema="staging")
    op.create_table(
        "reported_value",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("indicator", sa.Text(), nullable=True, comment="Field indicator as delivered, normalised to text."),
        sa.Column("period", sa.Text(), nullable=True, comment="Field period as delivered, normalised to text."),
        sa.Column(
            "disaggregation", sa.Text(), nullable=True, comment="Field disaggregation as delivered, normalised to text."
        ),
        sa.Column("category", sa.Text(), nullable=True, comment="Field category as delivered, normalised to text."),
        sa.Column("value", sa.Text(), nullable=True, comment="Field value as delivered, normalised to text."),
        sa.Column(
            "reported_on", sa.Text(), nullable=True, comment="Field reported_on as delivered, normalised to text."
        ),
        sa.Column(
            "verification", sa.Text(), nullable=True, comment="Field verification as delivered, normalised to text."
        ),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity reported_value, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_reported_value_batch", "reported_value", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "response",
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
        sa.Column("survey", sa.Text(), nullable=True, comment="Field survey as delivered, normalised to text."),
        sa.Column(
            "response_id", sa.Text(), nullable=True, comment="Field response_id as delivered, normalised to text."
        ),
        sa.Column("complete", sa.Text(), nullable=True, comment="Field complete as delivered, normalised to text."),
        sa.Column(
            "submitted_at", sa.Text(), nullable=True, comment="Field submitted_at as delivered, normalised to text."
        ),
        sa.Column("started_at", sa.Text(), nullable=True, comment="Field started_at as delivered, normalised to text."),
        sa.Column("language", sa.Text(), nullable=True, comment="Field language as delivered, normalised to text."),
        sa.Column("sex", sa.Text(), nullable=True, comment="Field sex as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity response, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_response_batch", "response", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "survey",
        sa.Column(
            "staged_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number of the staged row."
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=False, comment="Batch."),
        sa.Column("record_no", sa.BigInteger(), nullable=False, comment="Record of the batch it was made of."),
        sa.Column(
            "out_of_scope", sa.Text(), nullable=True, comment="Why the project does not count it; null = in scope."
        ),
        sa.Column("survey", sa.Text(), nullable=True, comment="Field survey as delivered, normalised to text."),
        sa.Column("name", sa.Text(), nullable=True, comment="Field name as delivered, normalised to text."),
        sa.Column("edition", sa.Text(), nullable=True, comment="Field edition as delivered, normalised to text."),
        sa.Column("event", sa.Text(), nullable=True, comment="Field event as delivered, normalised to text."),
        sa.Column("closes_on", sa.Text(), nullable=True, comment="Field closes_on as delivered, normalised to text."),
        sa.Column("timezone", sa.Text(), nullable=True, comment="Field timezone as delivered, normalised to text."),
        sa.PrimaryKeyConstraint("staged_id"),
        schema="staging",
        comment="One row per staged row of the entity survey, as normalised text.",
        prefixes=["UNLOGGED"],
    )
    op.create_index("staging_survey_batch", "survey", ["batch_id"], unique=False, schema="staging")
    op.create_table(
        "account",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("kind", sa.Text(), nullable=False, comment="learner, attendee, invitee or respondent."),
        sa.Column(
            "sex", sa.Text(), nullable=True, comment="mujer, hombre, no_binario, otro; null = the source does not say."
        ),
        sa.Column("institution", sa.Text(), nullable=True, comment="Institution as the source names it."),
        sa.Column("state", sa.Text(), nullable=True, comment="State, INEGI key as text."),
        sa.Column(
            "order_of_government", sa.Text(), nullable=True, comment="FEDERAL, ESTATAL, MUNICIPAL_ALCALDIA or OTRO."
        ),
        sa.Column("organisation_type", sa.Text(), nullable=True, comment="Type of organisation."),
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
        sa.PrimaryKeyConstraint("account_key", "source", "valid_from", name="account_pk"),
        schema="warehouse",
        comment="One version of one account: one appearance of a human in one source.",
    )
    op.create_index("account_batch", "account", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "account_current",
        "account",
        ["account_key", "source"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "answer",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("survey", sa.Text(), nullable=False, comment="Survey."),
        sa.Column("response_id", sa.Text(), nullable=False, comment="Response."),
        sa.Column("question", sa.Text(), nullable=False, comment="Question."),
        sa.Column("sub_code", sa.Text(), nullable=False, comment="Sub-question; empty when there is none."),
        sa.Column(
            "value", sa.Text(), nullable=True, comment="Code or number answered; null = skipped, not seen or free text."
        ),
        sa.Column("answered", sa.Boolean(), nullable=False, comment="Whether anything was answered."),
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
            "account_key", "source", "survey", "response_id", "question", "sub_code", "valid_from", name="answer_pk"
        ),
        schema="warehouse",
        comment="One version of one answer: one question's value in one response.",
    )
    op.create_index("answer_batch", "answer", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "answer_current",
        "answer",
        ["account_key", "source", "survey", "response_id", "question", "sub_code"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "attendance",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("event", sa.Text(), nullable=False, comment="Event."),
        sa.Column(
            "registered_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When the account was registered at the event.",
        ),
        sa.Column("organisation_type", sa.Text(), nullable=True, comment="Type of organisation given at the event."),
        sa.Column("institution", sa.Text(), nullable=True, comment="Institution given at the event."),
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
        sa.PrimaryKeyConstraint("account_key", "source", "event", "valid_from", name="attendance_pk"),
        schema="warehouse",
        comment="One version of one attendance: an account present at an event.",
    )
    op.create_index("attendance_batch", "attendance", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "attendance_current",
        "attendance",
        ["account_key", "source", "event"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "certificate",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("edition", sa.Text(), nullable=False, comment="Course edition."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="obtained, not_obtained, or reset (emptied after a gap: still counts).",
        ),
        sa.Column(
            "obtained_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="First time it was obtained in the present unbroken state.",
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
        sa.PrimaryKeyConstraint("account_key", "source", "edition", "valid_from", name="certificate_pk"),
        schema="warehouse",
        comment="One version of the certificate of one enrolment.",
    )
    op.create_index("certificate_batch", "certificate", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "certificate_current",
        "certificate",
        ["account_key", "source", "edition"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "course",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("course", sa.Text(), nullable=False, comment="Code of the course."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("aliases", sa.Text(), nullable=True, comment="Other names, separated by ' | '."),
        sa.Column("line", sa.Text(), nullable=False, comment="Line of action."),
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
        sa.PrimaryKeyConstraint("source", "course", "valid_from", name="course_pk"),
        schema="warehouse",
        comment="One version of one course: a syllabus.",
    )
    op.create_index("course_batch", "course", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "course_current",
        "course",
        ["source", "course"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "course_edition",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("edition", sa.Text(), nullable=False, comment="Course edition."),
        sa.Column("course", sa.Text(), nullable=False, comment="Course."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("opens_on", sa.Date(), nullable=False, comment="First local day."),
        sa.Column("closes_on", sa.Date(), nullable=False, comment="Last local day as planned."),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Last local day whose events count."),
        sa.Column("cutoff_reason", sa.Text(), nullable=True, comment="Why the last day differs from the plan."),
        sa.Column(
            "population",
            sa.Text(),
            nullable=False,
            comment="enrolled = all invited are enrolled; unknown = no coverage from it.",
        ),
        sa.Column(
            "opens_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="Start of the first day in the project's zone.",
        ),
        sa.Column(
            "cutoff_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="End of the last day in the project's zone (exclusive).",
        ),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter of its opening."),
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
        sa.PrimaryKeyConstraint("source", "edition", "valid_from", name="course_edition_pk"),
        schema="warehouse",
        comment="One version of one course edition: a dated run of a course.",
    )
    op.create_index("course_edition_batch", "course_edition", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "course_edition_current",
        "course_edition",
        ["source", "edition"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "enrolment",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("edition", sa.Text(), nullable=False, comment="Course edition."),
        sa.Column("role", sa.Text(), nullable=False, comment="Role in the course; only `student` is counted."),
        sa.Column(
            "active",
            sa.Boolean(),
            nullable=False,
            comment="Seen active and not suspended from start to end of the batch.",
        ),
        sa.Column(
            "in_population",
            sa.Boolean(),
            nullable=False,
            comment="Sticky: once seen active, student and not suspended it stays in.",
        ),
        sa.Column(
            "enrolled_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="When enrolled, where the source tells."
        ),
        sa.Column(
            "first_access_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Earliest access ever seen; platforms tell only the last one.",
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
        sa.PrimaryKeyConstraint("account_key", "source", "edition", "valid_from", name="enrolment_pk"),
        schema="warehouse",
        comment="One version of one enrolment: an account in a course edition.",
    )
    op.create_index("enrolment_batch", "enrolment", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "enrolment_current",
        "enrolment",
        ["account_key", "source", "edition"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "event",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("event", sa.Text(), nullable=False, comment="Code of the event."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("held_on", sa.Date(), nullable=False, comment="Local day."),
        sa.Column("line", sa.Text(), nullable=False, comment="Line of action."),
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
        sa.PrimaryKeyConstraint("source", "event", "valid_from", name="event_pk"),
        schema="warehouse",
        comment="One version of one event: a dated meeting.",
    )
    op.create_index("event_batch", "event", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "event_current",
        "event",
        ["source", "event"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "indicator",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Code of the indicator."),
        sa.Column("version", sa.Integer(), nullable=False, comment="Version of the definition."),
        sa.Column(
            "definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="The whole definition."
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
        sa.PrimaryKeyConstraint("source", "indicator", "valid_from", name="indicator_pk"),
        schema="warehouse",
        comment="One version of one indicator definition, as its YAML said.",
    )
    op.create_index("indicator_batch", "indicator", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "indicator_current",
        "indicator",
        ["source", "indicator"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "invitation",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("target_kind", sa.Text(), nullable=False, comment="survey or edition."),
        sa.Column("target", sa.Text(), nullable=False, comment="Survey or edition it invites to."),
        sa.Column(
            "sent_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it was sent; null = not sent or unknown.",
        ),
        sa.Column(
            "completed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When it was answered, where the source tells.",
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
        sa.PrimaryKeyConstraint("account_key", "source", "target_kind", "target", "valid_from", name="invitation_pk"),
        schema="warehouse",
        comment="One version of one invitation: an account asked to answer or to enrol.",
    )
    op.create_index("invitation_batch", "invitation", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "invitation_current",
        "invitation",
        ["account_key", "source", "target_kind", "target"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "module",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("course", sa.Text(), nullable=False, comment="Course."),
        sa.Column("module", sa.Text(), nullable=False, comment="Code of the module."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="Order in the course, from 1."),
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
        sa.PrimaryKeyConstraint("source", "course", "module", "valid_from", name="module_pk"),
        schema="warehouse",
        comment="One version of one module of a course.",
    )
    op.create_index("module_batch", "module", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "module_current",
        "module",
        ["source", "course", "module"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "module_completion",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("edition", sa.Text(), nullable=False, comment="Course edition."),
        sa.Column("module", sa.Text(), nullable=False, comment="Module."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="completed, failed, not_completed, or reset (emptied after a gap: still counts).",
        ),
        sa.Column(
            "completed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Earliest time in the present unbroken completed state.",
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
            "account_key", "source", "edition", "module", "valid_from", name="module_completion_pk"
        ),
        schema="warehouse",
        comment="One version of the state of one module for one enrolment.",
    )
    op.create_index("module_completion_batch", "module_completion", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "module_completion_current",
        "module_completion",
        ["account_key", "source", "edition", "module"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "person",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("person_key", sa.Uuid(), nullable=False, comment="Person."),
        sa.Column(
            "sex",
            sa.Text(),
            nullable=False,
            comment="First non-missing by source order; no_especificado when missing or contradictory.",
        ),
        sa.Column("sex_known", sa.Boolean(), nullable=False, comment="Whether any source of the person says a sex."),
        sa.Column(
            "sex_conflict", sa.Boolean(), nullable=False, comment="True = sources contradict each other: for review."
        ),
        sa.Column("institution", sa.Text(), nullable=True, comment="First non-missing by source order."),
        sa.Column("state", sa.Text(), nullable=True, comment="First non-missing by source order."),
        sa.Column("accounts", sa.Integer(), nullable=False, comment="Accounts linked."),
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
        sa.PrimaryKeyConstraint("source", "person_key", "valid_from", name="person_pk"),
        schema="warehouse",
        comment="One version of one person: what is known of a human across sources.",
    )
    op.create_index("person_batch", "person", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "person_current",
        "person",
        ["source", "person_key"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "person_link",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column(
            "person_key",
            sa.Uuid(),
            nullable=False,
            comment="Person: the smallest account_key of the connected component.",
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="Identifiers that link it: legal_id, employee_id, email, or own.",
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
        sa.PrimaryKeyConstraint("account_key", "source", "valid_from", name="person_link_pk"),
        schema="warehouse",
        comment="One version of the link from an account to its person.",
    )
    op.create_index("person_link_batch", "person_link", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "person_link_current",
        "person_link",
        ["account_key", "source"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_index(
        "person_link_person",
        "person_link",
        ["person_key"],
        unique=False,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "question",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("survey", sa.Text(), nullable=False, comment="Survey."),
        sa.Column("question", sa.Text(), nullable=False, comment="Code of the question."),
        sa.Column("sub_code", sa.Text(), nullable=False, comment="Code of the sub-question; empty when there is none."),
        sa.Column("type", sa.Text(), nullable=False, comment="Type at the source."),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="Order in the questionnaire."),
        sa.Column("text", sa.Text(), nullable=True, comment="Wording in the survey's base language."),
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
        sa.PrimaryKeyConstraint("source", "survey", "question", "sub_code", "valid_from", name="question_pk"),
        schema="warehouse",
        comment="One version of one question or sub-question of a survey.",
    )
    op.create_index("question_batch", "question", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "question_current",
        "question",
        ["source", "survey", "question", "sub_code"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "question_option",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("survey", sa.Text(), nullable=False, comment="Survey."),
        sa.Column("question", sa.Text(), nullable=False, comment="Code of the question."),
        sa.Column("code", sa.Text(), nullable=False, comment="Code of the option."),
        sa.Column("label", sa.Text(), nullable=True, comment="Label in the survey's base language."),
        sa.Column("score", sa.Numeric(), nullable=True, comment="Score; null = not scored."),
        sa.Column("ordinal", sa.Integer(), nullable=False, comment="Order among the options."),
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
        sa.PrimaryKeyConstraint("source", "survey", "question", "code", "valid_from", name="question_option_pk"),
        schema="warehouse",
        comment="One version of one answer option of a question.",
    )
    op.create_index("question_option_batch", "question_option", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "question_option_current",
        "question_option",
        ["source", "survey", "question", "code"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "reported_value",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter it is for."),
        sa.Column("disaggregation", sa.Text(), nullable=False, comment="Breakdown; `total` when there is none."),
        sa.Column("category", sa.Text(), nullable=False, comment="Category; `total` when there is none."),
        sa.Column("value", sa.Numeric(), nullable=False, comment="Value; a typed zero is a zero."),
        sa.Column("reported_on", sa.Date(), nullable=False, comment="Day it is true for."),
        sa.Column("verification", sa.Text(), nullable=True, comment="Means of verification."),
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
            "source", "indicator", "period", "disaggregation", "category", "valid_from", name="reported_value_pk"
        ),
        schema="warehouse",
        comment="One version of one figure typed by a person.",
    )
    op.create_index("reported_value_batch", "reported_value", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "reported_value_current",
        "reported_value",
        ["source", "indicator", "period", "disaggregation", "category"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "response",
        sa.Column(
            "account_key",
            sa.Uuid(),
            nullable=False,
            comment="Account: HMAC-SHA-256 of source and local id, first 128 bits.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("survey", sa.Text(), nullable=False, comment="Survey."),
        sa.Column("response_id", sa.Text(), nullable=False, comment="Identifier of the response in its survey."),
        sa.Column("complete", sa.Boolean(), nullable=False, comment="Submitted to the end."),
        sa.Column(
            "submitted_at",
            sa.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When; null = incomplete or the survey keeps no dates.",
        ),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="When begun."),
        sa.Column("language", sa.Text(), nullable=True, comment="Language it was begun in."),
        sa.Column("sex", sa.Text(), nullable=True, comment="Sex as answered in the survey."),
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
        sa.PrimaryKeyConstraint("account_key", "source", "survey", "response_id", "valid_from", name="response_pk"),
        schema="warehouse",
        comment="One version of one response: one submission of a survey.",
    )
    op.create_index("response_batch", "response", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "response_current",
        "response",
        ["account_key", "source", "survey", "response_id"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )
    op.create_table(
        "survey",
        sa.Column("source", sa.Text(), nullable=False, comment="Source that delivers it."),
        sa.Column("survey", sa.Text(), nullable=False, comment="Code of the survey."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name."),
        sa.Column("edition", sa.Text(), nullable=True, comment="Edition whose learners answer it."),
        sa.Column("event", sa.Text(), nullable=True, comment="Event whose attendees answer it."),
        sa.Column("closes_on", sa.Date(), nullable=False, comment="Last local day whose answers count."),
        sa.Column(
            "closes_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="End of that day in the project's zone (exclusive).",
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
        sa.PrimaryKeyConstraint("source", "survey", "valid_from", name="survey_pk"),
        schema="warehouse",
        comment="One version of one survey: a questionnaire.",
    )
    op.create_index("survey_batch", "survey", ["batch_id"], unique=False, schema="warehouse")
    op.create_index(
        "survey_current",
        "survey",
        ["source", "survey"],
        unique=True,
        schema="warehouse",
        postgresql_where=sa.text("valid_to = 'infinity'"),
    )


def downgrade() -> None:
    raise NotImplementedError("The first release has nothing before it.")
