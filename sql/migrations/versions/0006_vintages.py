"""Candidates and vintages with their evidence, wider spans, drift."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("evidence_set_id", schema="results")))
    op.create_table(
        "contract",
        sa.Column("digest", sa.Text(), nullable=False, comment="sha256 of the files."),
        sa.Column(
            "files",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Path below the project -> text; corrections may name accounts.",
        ),
        sa.PrimaryKeyConstraint("digest"),
        schema="restricted",
        comment="One row per state of the project's YAML files that a candidate was made with.",
    )
    op.create_table(
        "candidate",
        sa.Column("candidate_id", sa.BigInteger(), autoincrement=True, nullable=False, comment="Number."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter."),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="close, restatement (a published quarter anew) or inherited (figures of before Trimestre).",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="pending, returned, void (a newer one took its place) or vintage (approved).",
        ),
        sa.Column(
            "vintage",
            sa.BigInteger(),
            nullable=True,
            comment="Number of the official version in its quarter, from 1; null = not approved.",
        ),
        sa.Column(
            "report_state",
            sa.Text(),
            nullable=False,
            comment="borrador, enviada, con_observaciones (of the donor) or aceptada.",
        ),
        sa.Column(
            "hash",
            sa.Text(),
            nullable=False,
            comment="sha256 of values, definitions and evidence rows: no keys of people, times of running or code version.",
        ),
        sa.Column(
            "pins",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Source -> last merged batch: what was known.",
        ),
        sa.Column(
            "base",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Closed quarter -> candidate_id of its vintage in force: what was officially said.",
        ),
        sa.Column(
            "known_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            comment="System time of the newest merge it knew; a label.",
        ),
        sa.Column(
            "definitions",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What values depend on beside data: indicators (code -> whole definition), framework, surveys, periods.",
        ),
        sa.Column(
            "contract",
            sa.Text(),
            nullable=True,
            comment="Digest in restricted.contract: all YAML files of the project; null for inherited figures.",
        ),
        sa.Column(
            "forced", sa.Boolean(), nullable=False, comment="Whether it was written before the quarter's limits."
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=True,
            comment="Why it was forced or restated; where figures of before come from.",
        ),
        sa.Column(
            "findings",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What the coherence checks found: [{indicator, check, severity, …}].",
        ),
        sa.Column(
            "explanations",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Indicator -> {text, by, at}: deviations as people explained them.",
        ),
        sa.Column(
            "project_status",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="{proposed, decided, reason, by}: achieved, on_track or off_track.",
        ),
        sa.Column("prepared_by", sa.Text(), nullable=False, comment="Who prepared it."),
        sa.Column("prepared_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When."),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="Who approved it or sent it back."),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True, comment="When."),
        sa.Column("comment", sa.Text(), nullable=True, comment="What they said."),
        sa.CheckConstraint("(state = 'vintage') = (vintage IS NOT NULL)", name="candidate_vintage"),
        sa.CheckConstraint("kind IN ('close', 'restatement', 'inherited')", name="candidate_kind"),
        sa.CheckConstraint(
            "report_state IN ('borrador', 'enviada', 'con_observaciones', 'aceptada')", name="candidate_report_state"
        ),
        sa.CheckConstraint("state IN ('pending', 'returned', 'void', 'vintage')", name="candidate_state"),
        sa.CheckConstraint("decided_by <> prepared_by", name="candidate_two_people"),
        sa.PrimaryKeyConstraint("candidate_id"),
        schema="results",
        comment="One row per candidate: the figures of a quarter as they were proposed; approved, it is a vintage.",
    )
    op.create_index(
        "candidate_pending",
        "candidate",
        ["period"],
        unique=True,
        schema="results",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("candidate_vintage_number", "candidate", ["period", "vintage"], unique=True, schema="results")
    op.create_table(
        "candidate_value",
        sa.Column("candidate_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Candidate."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column("official", sa.Boolean(), nullable=False, comment="True = official line; false = reconciliation."),
        sa.Column(
            "covers",
            sa.Text(),
            nullable=False,
            comment="The quarter itself, or a wider span up to it: 2020-H1, 2020, FY2020, or project.",
        ),
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
            comment="For scores of surveys: n / those who could have answered.",
        ),
        sa.Column("n", sa.BigInteger(), nullable=False, comment="Rows of evidence counted."),
        sa.Column(
            "excluded", sa.BigInteger(), nullable=False, comment="Rows of evidence excluded, each with its reason."
        ),
        sa.Column(
            "obs_status",
            sa.Text(),
            nullable=False,
            comment="normal, n_d (not available), n_a (a total that means nothing), no_representativo, no_calculable (a rate whose denominator nobody knows), n_insuficiente (a mean of too few answers) or heredado (a figure of before).",
        ),
        sa.Column(
            "target", sa.Numeric(), nullable=True, comment="Target of what the value covers, in force for the quarter."
        ),
        sa.Column(
            "percent_of_target",
            sa.Numeric(),
            nullable=True,
            comment="100 × value / target, one decimal; null where less is better.",
        ),
        sa.Column(
            "percent_of_progress",
            sa.Numeric(),
            nullable=True,
            comment="100 × (value - baseline) / (target - baseline), one decimal; null where it can't be.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            nullable=True,
            comment="alcanzada, conforme, con_rezago, sin_dato, sin_meta; null below the total.",
        ),
        sa.Column(
            "late",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of n: rows of earlier, closed quarters or editions («resultado extemporáneo»).",
        ),
        sa.Column(
            "added",
            sa.Numeric(),
            nullable=True,
            comment="What this quarter adds; null where quarters can't be added up.",
        ),
        sa.Column(
            "adjustment",
            sa.Numeric(),
            nullable=True,
            comment="Accumulated less what earlier quarters officially said less added («ajuste a trimestres anteriores»).",
        ),
        sa.Column("accumulated", sa.Numeric(), nullable=True, comment="Since the project began, as known now."),
        sa.PrimaryKeyConstraint("candidate_id", "indicator", "official", "covers", "disaggregation", "category"),
        schema="results",
        comment="One row per candidate, indicator, line, span, breakdown and category: one cell.",
    )
    op.create_table(
        "drift",
        sa.Column("candidate_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Vintage."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=False,
            comment="late_row, correction, merge, split, withdrawal, vanished, definition or other.",
        ),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter."),
        sa.Column("published", sa.Numeric(), nullable=True, comment="Published value of the total."),
        sa.Column("now", sa.Numeric(), nullable=True, comment="Value as known and defined today."),
        sa.Column(
            "amount",
            sa.Numeric(),
            nullable=True,
            comment="Part of the difference that this reason makes; all reasons add up to it.",
        ),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="Rows of evidence that came, went or changed."),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False, comment="When it was last compared."),
        sa.PrimaryKeyConstraint("candidate_id", "indicator", "reason"),
        schema="results",
        comment="One row per vintage in force, indicator and reason: by how much today's official total differs from the published one.",
    )
    op.create_table(
        "drift_row",
        sa.Column("candidate_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Vintage."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column("row_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="Number."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why, as in results.drift."),
        sa.Column("movement", sa.Text(), nullable=False, comment="came, went or changed."),
        sa.Column(
            "evidence_key", sa.Text(), nullable=False, comment="What it is a row of; `*` in place of its account."
        ),
        sa.Column("account_key", sa.Uuid(), nullable=True, comment="Account; null = nobody's."),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="What of it was published: value, hit, excluded, categories.",
        ),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="What of it holds today."),
        sa.Column("batch_id", sa.BigInteger(), nullable=True, comment="Batch that brought what holds today."),
        sa.Column("landed_file_id", sa.BigInteger(), nullable=True, comment="Landed file."),
        sa.Column("position", sa.Text(), nullable=True, comment="Position in it."),
        sa.PrimaryKeyConstraint("candidate_id", "indicator", "row_no"),
        schema="results",
        comment="One row per vintage in force, indicator and row of evidence that came, went or changed since.",
    )
    op.create_table(
        "evidence",
        sa.Column("set_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Set."),
        sa.Column("row_no", sa.BigInteger(), autoincrement=False, nullable=False, comment="Number in the set."),
        sa.Column(
            "evidence_key", sa.Text(), nullable=False, comment="What it is a row of; `*` in place of its account."
        ),
        sa.Column(
            "thing",
            sa.Text(),
            nullable=False,
            comment="What is counted once a person: edition, event, survey, module; a typed figure's key.",
        ),
        sa.Column("account_key", sa.Uuid(), nullable=True, comment="Account; null = nobody's."),
        sa.Column("person_key", sa.Uuid(), nullable=True, comment="Person at the time; null = nobody's."),
        sa.Column("period", sa.Text(), nullable=True, comment="Quarter that it counts in."),
        sa.Column(
            "late",
            sa.Boolean(),
            nullable=False,
            comment="Whether it is of an earlier quarter or edition that was closed («resultado extemporáneo»).",
        ),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=True, comment="Instant."),
        sa.Column("at_estimated", sa.Boolean(), nullable=False, comment="Whether the instant is estimated."),
        sa.Column("course", sa.Text(), nullable=True, comment="Course."),
        sa.Column("edition", sa.Text(), nullable=True, comment="Edition."),
        sa.Column("event", sa.Text(), nullable=True, comment="Event."),
        sa.Column("survey", sa.Text(), nullable=True, comment="Survey."),
        sa.Column("module", sa.Text(), nullable=True, comment="Module."),
        sa.Column("source", sa.Text(), nullable=False, comment="Source."),
        sa.Column("value", sa.Numeric(), nullable=True, comment="Value, of what has one."),
        sa.Column("hit", sa.Boolean(), nullable=True, comment="Whether it counts in the numerator, of what has one."),
        sa.Column("excluded", sa.Text(), nullable=True, comment="Why it does not count; null = counted."),
        sa.Column("sex", sa.Text(), nullable=True, comment="Sex."),
        sa.Column("institution", sa.Text(), nullable=True, comment="Institution."),
        sa.Column("state", sa.Text(), nullable=True, comment="State, INEGI key."),
        sa.Column("organisation_type", sa.Text(), nullable=True, comment="Type of organisation."),
        sa.Column("batch_id", sa.BigInteger(), nullable=True, comment="Batch."),
        sa.Column("landed_file_id", sa.BigInteger(), nullable=True, comment="Landed file."),
        sa.Column("position", sa.Text(), nullable=True, comment="Position in it."),
        sa.PrimaryKeyConstraint("set_id", "row_no"),
        schema="results",
        comment="One row per set and row of evidence up to the quarter, counted or excluded, pseudonymous.",
    )
    op.create_index("evidence_thing", "evidence", ["set_id", "thing"], unique=False, schema="results")
    op.create_table(
        "evidence_set",
        sa.Column("candidate_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Candidate."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column("official", sa.Boolean(), nullable=False, comment="True = official line; false = reconciliation."),
        sa.Column("attribution", sa.Text(), nullable=False, comment="event or edition."),
        sa.Column(
            "set_id",
            sa.BigInteger(),
            nullable=False,
            comment="Rows in results.evidence; indicators with the same evidence share them.",
        ),
        sa.Column(
            "first_period",
            sa.Text(),
            nullable=False,
            comment="Rows from this quarter on count for the quarter's value; empty = since ever.",
        ),
        sa.Column("last_period", sa.Text(), nullable=False, comment="Rows up to this quarter."),
        sa.Column("definition_version", sa.Integer(), nullable=False, comment="Version of the definition."),
        sa.Column("method", sa.Text(), nullable=False, comment="Digest of the method of the definition."),
        sa.PrimaryKeyConstraint("candidate_id", "indicator", "official"),
        schema="results",
        comment="One row per candidate, indicator and line: which rows stand behind its values.",
    )
    op.create_index("evidence_set_rows", "evidence_set", ["set_id"], unique=False, schema="results")
    op.create_table(
        "span_value",
        sa.Column("computation_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Computation."),
        sa.Column("indicator", sa.Text(), nullable=False, comment="Indicator."),
        sa.Column(
            "covers", sa.Text(), nullable=False, comment="Span up to the quarter: 2020-H1, 2020, FY2020, or project."
        ),
        sa.Column(
            "disaggregation", sa.Text(), nullable=False, comment="Breakdown; `total` for the whole; `a×b` crossed."
        ),
        sa.Column("category", sa.Text(), nullable=False, comment="Category; `total` for the whole."),
        sa.Column("period", sa.Text(), nullable=False, comment="Quarter up to which it is told."),
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
            comment="For scores of surveys: n / those who could have answered.",
        ),
        sa.Column("n", sa.BigInteger(), nullable=False, comment="Rows of evidence counted."),
        sa.Column(
            "excluded", sa.BigInteger(), nullable=False, comment="Rows of evidence excluded, each with its reason."
        ),
        sa.Column(
            "obs_status",
            sa.Text(),
            nullable=False,
            comment="normal, n_d (not available), n_a (a total that means nothing), no_representativo, no_calculable (a rate whose denominator nobody knows), n_insuficiente (a mean of too few answers) or heredado (a figure of before).",
        ),
        sa.Column(
            "target", sa.Numeric(), nullable=True, comment="Target of what the value covers, in force for the quarter."
        ),
        sa.Column(
            "percent_of_target",
            sa.Numeric(),
            nullable=True,
            comment="100 × value / target, one decimal; null where less is better.",
        ),
        sa.Column(
            "percent_of_progress",
            sa.Numeric(),
            nullable=True,
            comment="100 × (value - baseline) / (target - baseline), one decimal; null where it can't be.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            nullable=True,
            comment="alcanzada, conforme, con_rezago, sin_dato, sin_meta; null below the total.",
        ),
        sa.Column(
            "late",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of n: rows of earlier, closed quarters or editions («resultado extemporáneo»).",
        ),
        sa.Column(
            "added",
            sa.Numeric(),
            nullable=True,
            comment="What this quarter adds; null where quarters can't be added up.",
        ),
        sa.Column(
            "adjustment",
            sa.Numeric(),
            nullable=True,
            comment="Accumulated less what earlier quarters officially said less added («ajuste a trimestres anteriores»).",
        ),
        sa.Column("accumulated", sa.Numeric(), nullable=True, comment="Since the project began, as known now."),
        sa.PrimaryKeyConstraint("computation_id", "indicator", "covers", "disaggregation", "category"),
        schema="results",
        comment="One row per computation, indicator, span wider than the quarter, breakdown and category: one cell of the official line.",
    )
    op.alter_column(
        "decision",
        "kind",
        existing_type=sa.TEXT(),
        comment="accept_row, correct_row, merge_persons, split_persons, different_persons, revoke, withdraw_batch, accept_shrink, erase_person, rotate_key, explain, project_status, …",
        existing_comment="accept_row, correct_row, merge_persons, split_persons, different_persons, revoke, withdraw_batch, accept_shrink, erase_person, rotate_key, …",
        existing_nullable=False,
        schema="ops",
    )
    op.add_column(
        "computation",
        sa.Column(
            "base",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Closed quarter -> candidate_id of its vintage in force: what was officially said.",
        ),
        schema="results",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "percent_of_progress",
            sa.Numeric(),
            nullable=True,
            comment="100 × (value - baseline) / (target - baseline), one decimal; null where it can't be.",
        ),
        schema="results",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "late",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of n: rows of earlier, closed quarters or editions («resultado extemporáneo»).",
        ),
        schema="results",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "added",
            sa.Numeric(),
            nullable=True,
            comment="What this quarter adds; null where quarters can't be added up.",
        ),
        schema="results",
    )
    op.add_column(
        "indicator_value",
        sa.Column(
            "adjustment",
            sa.Numeric(),
            nullable=True,
            comment="Accumulated less what earlier quarters officially said less added («ajuste a trimestres anteriores»).",
        ),
        schema="results",
    )
    op.add_column(
        "indicator_value",
        sa.Column("accumulated", sa.Numeric(), nullable=True, comment="Since the project began, as known now."),
        schema="results",
    )
    op.alter_column(
        "indicator_value",
        "response_rate",
        existing_type=sa.NUMERIC(),
        comment="For scores of surveys: n / those who could have answered.",
        existing_comment="For means of surveys: n / those who could have answered.",
        existing_nullable=True,
        schema="results",
    )
    op.alter_column(
        "indicator_value",
        "obs_status",
        existing_type=sa.TEXT(),
        comment="normal, n_d (not available), n_a (a total that means nothing), no_representativo, no_calculable (a rate whose denominator nobody knows), n_insuficiente (a mean of too few answers) or heredado (a figure of before).",
        existing_comment="normal, n_d (not available), n_a (a total that means nothing), no_representativo or no_calculable (a rate whose denominator nobody knows).",
        existing_nullable=False,
        schema="results",
    )
    op.alter_column(
        "indicator_value",
        "target",
        existing_type=sa.NUMERIC(),
        comment="Target of what the value covers, in force for the quarter.",
        existing_comment="Target of the quarter.",
        existing_nullable=True,
        schema="results",
    )
    op.alter_column(
        "indicator_value",
        "percent_of_target",
        existing_type=sa.NUMERIC(),
        comment="100 × value / target, one decimal; null where less is better.",
        existing_comment="100 × value / target, one decimal.",
        existing_nullable=True,
        schema="results",
    )
    op.create_table_comment(
        "indicator_value",
        "One row per computation, indicator, line, breakdown and category: one cell of a quarter.",
        existing_comment="One row per computation, indicator, line, breakdown and category: one cell.",
        schema="results",
    )


def downgrade() -> None:
    raise NotImplementedError("Official figures cannot be taken out of the warehouse again.")
